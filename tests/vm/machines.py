# SPDX-License-Identifier: GPL-2.0-or-later
"""The machines that many tests start from. Each is booted once, see lab/saved.py."""
import functools

from lab import disks, story
from lab.disks import QUICK_PASSPHRASE
from lab.saved import Saved
from module_guest import FLAVOUR, MEMORY, crashkernel

KEY = "/root/key"
CONFIG = "/etc/kdump-crypt.conf"
# story.DISK has a LUKS volume that QUICK_PASSPHRASE opens. These disks are empty, of 1 GiB each.
SPARE, OTHER_SPARE = "/dev/vdc", "/dev/vdd"


def _quick(path):
    return disks.luks(path, slots=[QUICK_PASSPHRASE])


def _spare(path):
    return disks.blank(path, 1 << 30)


def _prepare_volume(vm):
    vm.wait_shell()
    vm.run(f"printf {QUICK_PASSPHRASE} >{KEY}")
    story.unlock(vm, QUICK_PASSPHRASE, link=False)
    story.make_filesystem(vm)
    story.mount(vm)
    # The status does not matter here.
    vm.run("kdump-crypt estimate", timeout=180, check=False)
    vm.run(f"umount {story.MOUNT}; cryptsetup close crash")


def _open_volume(vm):
    story.unlock(vm, QUICK_PASSPHRASE)
    story.mount(vm)


@functools.cache
def closed(flavour=FLAVOUR, cpus=1, memory=MEMORY):
    """Return a machine whose volume has a filesystem and is not open. Its capture initramfs is
    made, and the modules for opening the volume are loaded. If it has more memory than others, the
    volume has both keyslots: the one with the default parameters needs 1 GiB."""
    return Saved(f"closed-{flavour}-{cpus}-{memory}", _prepare_volume,
                 disks=[disks.luks if memory > MEMORY else _quick, _spare, _spare],
                 flavour=flavour, cpus=cpus, cmdline_extra=crashkernel("128M"), memory=memory)


CLOSED = closed()
# The volume is mounted and its key is in the keyring, ready for `kdump-crypt load`.
OPEN = Saved("open", _open_volume, base=CLOSED)


def next_boot(vm):
    """Continue as CLOSED, with the data disks as they are now. This replaces the boot after a
    crash, as `back` of story.crash(), for tests that do not look at that boot."""
    CLOSED.resume(vm)
