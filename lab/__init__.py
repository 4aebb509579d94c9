# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab: Debian 13 trees, the project built in one of them, disks, and QEMU guests.

  host.py           paths, running commands (as root if needed), LabError
  cache.py          the cache, outside the checkout; it has complete entries only
  sysroot.py        the Debian 13 trees, running something in one, and QEMU
  foreign.py        machines of another architecture: trees, cross-building, QEMU
  product.py        building the project in a tree
  disks.py          the root disk of the guests, blank disks, LUKS disks
  accel.py          KVM or emulation, whichever boots
  vm.py             a QEMU guest: console, shell, QMP
  saved.py          machines that are booted once, and guests that go on from there
  story.py          the steps of the story in a guest
  ramscan.py        copies of a volume key in a guest's memory
  aes.py            expanded AES keys
  installed.py      a disk with an installed Debian 13
  packages_disk.py  disks with packages for it
  secure_boot.py    a firmware with Secure Boot, and signed modules
  tpm.py            a TPM in software
  fuzz.py           `make fuzz`
  demo.py           `make demo`
  memory.py         `make memory`
  bench/            `make bench`
  shell.py          `make vm`
"""
