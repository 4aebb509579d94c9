# SPDX-License-Identifier: GPL-2.0-or-later
"""The machines that many tests start from, each booted once: see lab/saved.py."""
import functools

from lab import disks, story
from lab.disks import QUICK_PASSPHRASE
from lab.saved import Saved
from module_guest import FLAVOUR, MEMORY, crashkernel

KEY = "/root/key"
CONFIG = "/etc/kdump-crypt.conf"
# story.DISK has a LUKS volume with both keyslots; these have nothing, and 1 GiB of it.
SPARE, OTHER_SPARE = "/dev/vdc", "/dev/vdd"


def _spare(path):
    return disks.blank(path, 1 << 30)


def _prepare_volume(vm):
    vm.wait_shell()
    vm.run(f"printf {QUICK_PASSPHRASE} >{KEY}")
    story.unlock(vm, QUICK_PASSPHRASE, link=False)
    story.make_filesystem(vm)
    story.mount(vm)
    # Which status it has is no matter here.
    vm.run("kdump-crypt estimate", timeout=180, check=False)
    vm.run(f"umount {story.MOUNT}; cryptsetup close crash")


def _open_volume(vm):
    story.unlock(vm, QUICK_PASSPHRASE)
    story.mount(vm)


@functools.cache
def closed(flavour=FLAVOUR, cpus=1):
    """A machine whose volume has a filesystem and is not open. The capture initramfs for it is
    made, and the modules that opening it takes are loaded."""
    return Saved(f"closed-{flavour}-{cpus}", _prepare_volume, disks=[disks.luks, _spare, _spare],
                 flavour=flavour, cpus=cpus, cmdline_extra=crashkernel("128M"), memory=MEMORY)


CLOSED = closed()
# And one with the volume mounted and its key in the keyring: ready for `kdump-crypt load`.
OPEN = Saved("open", _open_volume, base=CLOSED)


def next_boot(vm):
    """In place of the boot that follows a crash, as story.crash()'s `back`, where it is not looked
    at: the machine goes on as CLOSED, with its data disks as they are now."""
    CLOSED.resume(vm)
