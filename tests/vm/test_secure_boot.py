# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine with Secure Boot whose firmware trusts Debian's key and the one of DKMS. A module that
is not signed with it is refused. With one that is, a crash leaves its dump."""
import json
import re
import tarfile

import pytest

from lab import product, secure_boot, story
from lab.disks import QUICK_PASSPHRASE
from lab.sysroot import kernels, sysroot
from module_guest import FLAVOUR, KERNEL, assert_sane_kernel
from test_lockdown import fails

MODULES = "/usr/lib/modules/$(uname -r)/updates"
INSTALLED = f"{MODULES}/dkms/crash_dm_crypt.ko.xz"      # the place that DKMS uses
SIGNED = "/dev/vdc"     # a tar archive


@pytest.fixture
def keys(tmp_path):
    """A directory with two keys."""
    directory = tmp_path / "keys"
    directory.mkdir()
    for name in ["enrolled", "unknown"]:
        secure_boot.make_key(directory, name)
    return directory


@pytest.fixture
def signed(keys, built, tmp_path):
    """A disk with the module, signed with either key, each as <key>.ko.xz."""
    version = kernels(sysroot())[FLAVOUR]
    module = product.DEST / "lib/modules" / version / "updates/crash_dm_crypt.ko"
    with tarfile.open(tmp_path / "signed.img", "w") as archive:
        for name in ["enrolled", "unknown"]:
            compressed = tmp_path / f"{name}.ko.xz"
            compressed.write_bytes(secure_boot.sign(keys, module, version, name))
            archive.add(compressed, compressed.name)
    return tmp_path / "signed.img"


def install(vm, name):
    """Install the module that is signed with that key, instead of the one before."""
    vm.run(f"rm -f {MODULES}/crash_dm_crypt.ko; mkdir -p {MODULES}/dkms; "
           f"cp /root/{name}.ko.xz {INSTALLED} && depmod")
    assert vm.run("modinfo -F signer crash_dm_crypt") == name


def begin(vm):
    """Prepare the guest's first shell for the tool, and check that Secure Boot is on."""
    vm.run("mount -t securityfs securityfs /sys/kernel/security; modprobe efivarfs; "
           "mount -t efivarfs efivarfs /sys/firmware/efi/efivars")
    assert "Secure boot enabled" in vm.run("dmesg")
    assert "[integrity]" in vm.run("cat /sys/kernel/security/lockdown")


def test_secure_boot(guest, luks_disk, signed, keys):
    with guest(disks=[luks_disk, signed],
               devices=secure_boot.firmware(keys, FLAVOUR, "enrolled")) as vm:
        vm.wait_shell()
        begin(vm)
        vm.run(f"tar -C /root -xf {SIGNED}")
        story.unlock(vm, QUICK_PASSPHRASE)
        story.make_filesystem(vm)
        story.mount(vm)

        # First it is not signed at all, then with a key that is not enrolled.
        locked = "the kernel is locked down by Secure Boot and"
        fails(vm, "kdump-crypt load", f"{locked} does not trust the signature of the module "
              "crash_dm_crypt", "let DKMS sign it")
        vm.run("mkdir -p /var/lib/dkms; touch /var/lib/dkms/mok.pub")
        install(vm, "unknown")
        fails(vm, "kdump-crypt load", f"{locked} does not trust the key that signed",
              "run mokutil --import /var/lib/dkms/mok.pub")
        fails(vm, "kdump-crypt check", "run kdump-crypt load")

        # Now it is signed with an enrolled key.
        install(vm, "enrolled")
        vm.run(f"cp {KERNEL} /root/altered && "
               "printf altered | dd of=/root/altered bs=1 seek=1M conv=notrunc status=none")
        fails(vm, "kdump-crypt load --kernel /root/altered",
              f"{locked} does not trust the kernel image's signature")
        vm.run("kdump-crypt load --append loglevel=7", timeout=120)
        status = json.loads(vm.run("kdump-crypt status --json"))
        assert status["armed"] is True
        assert status["saved_keys"] == 1
        vm.run("kdump-crypt check", timeout=120)
        assert_sane_kernel(vm)

        token = story.log_token(vm)
        capture = story.crash(vm)
        print("\n".join(f"{when:6.2f} s {text}" for when, _, text in capture.lines))
        capture.time_of("^end: the dump is complete")
        # The crash kernel is locked down, too, and has loaded the module. One of the lines is
        # enough, as the console sometimes repeats a letter.
        assert re.search("Kernel is locked down|Secure boot enabled", capture.console)

        # All is as before the crash. The variables of the firmware have survived it.
        begin(vm)
        story.unlock(vm, QUICK_PASSPHRASE, link=False)
        story.mount(vm)
        [dump] = story.dumps(vm)
        assert token in story.dmesg_in(vm, dump)
