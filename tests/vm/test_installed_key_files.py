# SPDX-License-Identifier: GPL-2.0-or-later
"""The installed Debian without a passphrase: a key file in the boot initramfs opens the volume of
the system, and a key file in the system opens the volume for the dumps."""
import os

import pytest

import installed_guest
from installed_guest import MORE, PACKAGES, install, log_in, reboot, wait_until_armed
from lab import disks, packages_disk
from lab.disks import QUICK_KDF, QUICK_PASSPHRASE

pytestmark = pytest.mark.skipif("LAB_ALL" not in os.environ, reason="LAB_ALL=1 is not set")
DISK = "/dev/vdd"
KDF = " ".join(QUICK_KDF)

KEY_FILES = [
    "umask 077; mkdir /etc/keys; for name in root dumps; do "
    "head -c 64 /dev/urandom >/etc/keys/$name.key; done; umask 022",
    f"printf {QUICK_PASSPHRASE} | cryptsetup luksAddKey {KDF} --key-file - /dev/vda3 "
    "/etc/keys/root.key",
    "sed -i 's| none luks,discard| /etc/keys/root.key luks,discard|' /etc/crypttab",
    "echo 'KEYFILE_PATTERN=/etc/keys/root.key' >>/etc/cryptsetup-initramfs/conf-hook; "
    "echo 'UMASK=0077' >>/etc/initramfs-tools/initramfs.conf",
]
DUMPS = [
    f"cryptsetup luksFormat -q {KDF} {DISK} /etc/keys/dumps.key",
    f"echo \"dumps UUID=$(blkid -o value -s UUID {DISK}) /etc/keys/dumps.key luks\" "
    ">>/etc/crypttab",
    "cryptdisks_start dumps; mkfs.ext4 -q /dev/mapper/dumps",
    "mkdir /srv/dumps; echo '/dev/mapper/dumps /srv/dumps ext4 defaults 0 2' >>/etc/fstab; "
    "systemctl daemon-reload; mount /srv/dumps",
    "printf '%s\\n' 'path /srv/dumps' 'fallback_path /var/crash' >/etc/kdump-crypt.conf; "
    "mkdir -m 700 /var/crash",
]


def test_key_files(packages, tmp_path):
    # The installer's Debian has it: it is what reads crypttab in the system.
    cryptsetup = packages_disk.debians(tmp_path / "crypttab.qcow2", "systemd-cryptsetup")
    disk = disks.blank(tmp_path / "dumps.img")
    with installed_guest.machine("test_installed_key_files", packages, cryptsetup, disk) as vm:
        installed_guest.boot(vm)
        install(vm, MORE, "/media")
        for command in [*KEY_FILES, *DUMPS]:
            vm.run(command, timeout=300)
        install(vm, PACKAGES, "/mnt")
        reboot(vm, log_in)
        status = wait_until_armed(vm)
        assert status["saved_keys"] == len(status["luks_volumes"]) == 2
        _, directory = installed_guest.crash(vm, back=log_in)
        assert directory.startswith("/srv/dumps/")
