# SPDX-License-Identifier: GPL-2.0-or-later
"""The installed Debian with dracut in place of initramfs-tools. First the passphrase is typed in
its initramfs. Then a TPM has the key, and nobody is needed, not even after a crash."""
import json
import os

import pytest

import installed_guest
from installed_guest import (MORE, PACKAGES, install, log_in, reboot, unlock,
                             wait_until_armed)
from lab import packages_disk
from lab.disks import QUICK_PASSPHRASE
from lab.tpm import Tpm

pytestmark = pytest.mark.skipif("LAB_ALL" not in os.environ, reason="LAB_ALL=1 is not set")
PROMPT = r"enter passphrase for disk [^\n]*vda3_crypt[^\n]*:"
INITRAMFS = "/boot/initrd.img-$(uname -r)"


def boot(vm):
    vm.expect(PROMPT, 900, what="the prompt for the passphrase")
    unlock(vm)


def test_dracut_and_tpm(packages, tmp_path):
    dracut = packages_disk.debians(tmp_path / "dracut.qcow2", "dracut", "systemd-cryptsetup",
                                   "tpm2-tools")
    (tmp_path / "tpm").mkdir()
    with Tpm(tmp_path / "tpm") as tpm, \
            installed_guest.machine("test_installed_dracut", packages, dracut,
                                    devices=tpm.devices, fds=[tpm.fd]) as vm:
        installed_guest.boot(vm)
        # One for this machine, as the lab's initramfs-tools make it; and for a serial console.
        vm.run("mkdir -p /etc/dracut.conf.d; echo 'hostonly=yes' >/etc/dracut.conf.d/lab.conf")
        install(vm, MORE, "/media")
        assert "Running dracut" in install(vm, PACKAGES, "/mnt")
        print(vm.run(f"lsinitrd {INITRAMFS} | grep -E 'crash_dm_crypt|kdump-crypt|etc/crypttab'",
                     timeout=300))
        reboot(vm, boot)
        assert wait_until_armed(vm)["saved_keys"] == 1

        vm.run(f"printf {QUICK_PASSPHRASE} >/run/passphrase; systemd-cryptenroll "
               "--tpm2-device=auto --unlock-key-file=/run/passphrase /dev/vda3; "
               "rm /run/passphrase", timeout=300)
        vm.run("sed -i 's/luks,discard/luks,discard,tpm2-device=auto/' /etc/crypttab; "
               "dracut --force", timeout=900)
        reboot(vm, log_in)
        assert wait_until_armed(vm)["saved_keys"] == 1
        # By hand, too: the TPM unlocks the keyslot, and there is no terminal.
        vm.run("kdump-crypt unload; setsid -w kdump-crypt load </dev/null", timeout=300)
        assert json.loads(vm.run("kdump-crypt status --json"))["saved_keys"] == 1
        installed_guest.crash(vm, back=log_in)
