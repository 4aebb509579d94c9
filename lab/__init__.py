# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab: a Debian 13 sysroot, the project built in it, disks, and QEMU guests.

Modules:

  host.py           paths, running commands (as root if needed), LabError
  cache.py          cached trees and disks outside the checkout, each complete or absent;
                    `make clean-cache`
  sysroot.py        the Debian 13 trees, running commands in them, and QEMU
  product.py        building and checking the project in a tree: `make lab-build` and more
  disks.py          the guest's root disk, blank disks, LUKS disks
  installed.py      a disk with Debian 13 as its installer makes it
  packages_disk.py  disks with packages for the installed Debian, which has no network
  secure_boot.py    a firmware with Secure Boot, and signed modules
  tpm.py            a TPM 2.0 in software
  vm.py             a QEMU guest: console, shell, QMP
  saved.py          machines that are booted once and saved, for guests that start from there
  accel.py          KVM or TCG: boots a kernel to find out if KVM works
  story.py          the steps of the story in a guest
  ramscan.py        searches a guest's memory for copies of a volume key
  aes.py            AES key schedules as the kernel has them in memory
  fuzz.py           `make fuzz`
  demo.py           `make demo`
  memory.py         `make memory`
  shell.py          `make vm`
  bench/            `make bench`

Scripts, and files for guests:

  prepare-host       installs what the lab needs on the host
  sysroot-hook       runs in each tree before the kernels are configured
  newest-kernel      adds the newest kernel of Debian's backports to a tree
  installed-tree     prepares the tree of the installed Debian
  packages           builds the Debian packages in a tree
  download-packages  downloads packages and their dependencies for packages_disk.py
  root-image         makes the guest's root disk from a tree
  guest/             init, shell and poweroff of a lab guest
  lab.mk             the targets of make that use the lab
"""
