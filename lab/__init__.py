# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab: a Debian 13 sysroot, the project built in it, disks, and QEMU guests.

  host.py     paths, running commands (as root where needed), LabError
  cache.py    cached things outside the checkout, whole or not at all
  sysroot.py  the Debian 13 tree, how to run something in it, and QEMU
  product.py  building the project in the sysroot
  disks.py    the guest's root disk, blank disks, LUKS2 disks
  vm.py       a QEMU guest: console, shell, QMP
  accel.py    KVM or TCG, found out by booting
  story.py    the story's steps in a guest
  ramscan.py  a volume key's copies in a guest's memory
  fuzz.py     `make fuzz`
  demo.py     `make demo`
  memory.py   `make memory`
  bench/      `make bench`
  shell.py    `make vm`
"""
