# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel that has crash_dm_crypt_keys of its own. Part of make check-kernels."""
import re

from lab import story
from lab.disks import QUICK_PASSPHRASE
from module_guest import ITEMS, assert_sane_kernel, module_lines

OWN_KEYS = "own-keys"


def test_module_is_refused(guest):
    with guest(OWN_KEYS) as vm:
        vm.wait_shell()
        vm.run("mount -t configfs configfs /sys/kernel/config; dmesg -C")
        before = vm.run(f"ls {ITEMS}")
        for _ in range(3):
            status, said = vm.run("modprobe crash_dm_crypt", check=False)
            assert status != 0 and "busy" in said
        # Besides what the kernel itself says of a module from outside.
        said = [line for line in module_lines(vm) if not re.search("taint", line)]
        assert said == 3 * ["not needed: this kernel has crash_dm_crypt_keys of its own"]
        # The kernel's own goes on working, and ftrace has no hook of ours.
        assert vm.run(f"ls {ITEMS}") == before
        vm.run(f"mkdir {ITEMS}/item && rmdir {ITEMS}/item")
        vm.run("mount -t tracefs tracefs /sys/kernel/tracing")
        assert vm.run("cat /sys/kernel/tracing/enabled_functions") == ""
        vm.run("! grep -q ^crash_dm_crypt /proc/modules")
        assert_sane_kernel(vm)


def test_story(guest, luks_disk):
    """The tool and the capture use the kernel's own interface, and no module."""
    with guest(OWN_KEYS, [luks_disk]) as vm:
        vm.wait_shell()
        story.unlock(vm, QUICK_PASSPHRASE)
        story.make_filesystem(vm)
        story.mount(vm)
        vm.run("setsid -w kdump-crypt load </dev/null")
        vm.run("kdump-crypt status")
        vm.run("! grep -q ^crash_dm_crypt /proc/modules")
        token = story.log_token(vm)
        story.crash(vm)
        story.unlock(vm, QUICK_PASSPHRASE, link=False)
        story.mount(vm)
        [dump] = story.dumps(vm)
        assert token in story.dmesg_in(vm, dump)
