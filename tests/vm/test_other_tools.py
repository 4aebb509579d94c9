# SPDX-License-Identifier: GPL-2.0-or-later
"""Other tools with the same interface: the steps of kdumpctl of kdump-utils, from the key at boot
to the open volume in its crash kernel. With LAB_ALL=1 in the environment, also to the dump, which an
initramfs of dracut saves. test_packages.py makes such an initramfs without a guest."""
import os

import pytest

from lab import story
from lab.bench.contenders import Dracut
from lab.bench.machine import booted
from lab.disks import QUICK_PASSPHRASE
from crash_guest import COMMAND_LINE, crash, user_keys
from module_guest import ITEMS, INITRD, KERNEL, assert_sane_kernel, loaded, module_lines, number, saved

# kdumpctl always does this at its end.
REMOVE_ITEMS = f"find {ITEMS}/ -mindepth 1 -type d -delete"


def load(vm, key, item):
    """Do what kdumpctl does at its start. A description has no newline here."""
    assert number(vm, f"{ITEMS}/reuse") == 0
    vm.run(f"keyctl timeout $(keyctl request logon {key}) 300")
    vm.run(f"mkdir {item} && printf %s {key} >{item}/description")
    vm.run(f"kexec -s -p --command-line='{COMMAND_LINE}' --initrd={INITRD} {KERNEL}", timeout=120)
    vm.run(REMOVE_ITEMS)
    assert (number(vm, f"{ITEMS}/count"), saved(vm), loaded(vm)) == (0, 1, 1)


def test_as_kdumpctl_does(guest, luks_disk):
    # With udev, which makes the links that UUID= stands for.
    with guest(disks=[luks_disk], cmdline="crashkernel=256M rdinit=/init") as vm:
        vm.wait_shell()
        vm.run("modprobe configfs; mount -t configfs configfs /sys/kernel/config; "
               "modprobe crash_dm_crypt; dmesg -C; keyctl link @u @s")
        uuid = vm.run(f"cryptsetup luksUUID {story.DISK}")
        key, item = f"kdump-cryptsetup:vk-{uuid}", f"{ITEMS}/{uuid}"
        story.unlock(vm, QUICK_PASSPHRASE, link=False)
        story.make_filesystem(vm)
        story.mount(vm)
        token = story.log_token(vm)
        vm.run(f"echo {token} >{story.MOUNT}/token; sync")

        # As it was not linked at boot, the volume is unlocked once more.
        vm.run(f"cryptsetup open UUID={uuid} DUMMY '--link-vk-to-keyring=@u::%logon:{key}' "
               "--test-passphrase", timeout=180, dialog=[(story.PROMPT, QUICK_PASSPHRASE)])
        load(vm, key, item)
        # A reload unloads first, so that there is nothing to reuse: the key is still there.
        vm.run("kexec -s -p -u")
        assert (saved(vm), loaded(vm)) == (0, 0)
        load(vm, key, item)
        # When CPUs or memory are added or removed, the keys of the loaded image are used again.
        vm.run(f"keyctl unlink %logon:{key} @u; echo 1 >{ITEMS}/reuse")
        assert number(vm, f"{ITEMS}/reuse") == 1
        vm.run(f"echo 0 >{ITEMS}/reuse")
        assert module_lines(vm) == []
        assert_sane_kernel(vm)

        crash(vm)
        assert vm.run(f"cat {ITEMS}/restore") == "0"
        vm.run(f"echo 1 >{ITEMS}/restore")
        assert vm.run(f"cat {ITEMS}/restore") == "1"
        assert user_keys(vm) == [key]
        vm.run(f"cryptsetup luksOpen --volume-key-keyring %user:{key} {story.DISK} luks-{uuid}",
               timeout=120)
        vm.run(f"mount /dev/mapper/luks-{uuid} {story.MOUNT}")
        assert vm.run(f"cat {story.MOUNT}/token") == token


@pytest.mark.skipif("LAB_ALL" not in os.environ, reason="LAB_ALL=1 is not set")
@pytest.mark.usefixtures("built")
def test_dump_from_dracut():
    contender = Dracut()
    with booted(contender) as vm:
        contender.make(vm)
        contender.open(vm)
        contender.arm(vm)
        crash, token = contender.crash(vm)
        contender.check(vm, crash, token)
        assert crash.complete
