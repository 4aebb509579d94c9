# SPDX-License-Identifier: GPL-2.0-or-later
"""The machines that several tests start from: see lab/saved.py. They have 1 GiB of memory."""
from lab import disks, story
from lab.disks import QUICK_PASSPHRASE
from lab.saved import Saved
from lab.vm import Vm

KEY = "/root/key"
CLOUD = {"flavour": "cloud", "cmdline_extra": "crashkernel=128M", "memory": 1024}
# The disks: story.DISK has the LUKS volume, the others nothing.
SPARE, OTHER_SPARE = "/dev/vdc", "/dev/vdd"


def small(path):
    return disks.blank(path, 1 << 30)


def _prepare_volume(vm):
    """The volume has its filesystem, the capture initramfs is made, and the modules that all of
    this takes are loaded."""
    vm.run(f"printf {QUICK_PASSPHRASE} >{KEY}")
    story.unlock(vm, QUICK_PASSPHRASE, link=False)
    story.make_filesystem(vm)
    story.mount(vm)
    vm.run("kdump-crypt estimate", timeout=180)
    vm.run(f"umount {story.MOUNT}; cryptsetup close crash")


def _open(vm):
    """The volume is mounted, and its key is in the keyring."""
    story.unlock(vm, QUICK_PASSPHRASE)
    story.mount(vm)


BOOTED = Saved("booted", Vm.wait_shell, disks=[disks.luks, small, small], **CLOUD)
CLOSED = Saved("closed", _prepare_volume, base=BOOTED)
OPEN = Saved("open", _open, base=CLOSED)


def next_boot(vm):
    """In place of the boot that follows a crash, as story.crash()'s `back`, where it is not looked
    at: the machine goes on as CLOSED, with its data disks as they are now."""
    vm.resume(CLOSED.directory())
