# SPDX-License-Identifier: GPL-2.0-or-later
"""Other programs that load a crash kernel with kexec_load(2), on x86-64: the story with kexec-tools,
with the copies of the key counted as in test_ram_scan.py, and what the crash kernel accepts.
test_load.py has loads by both system calls, in turn and at the same time."""
import os
import re

import pytest

import test_ram_scan
from crash_guest import COMMAND_LINE, crash, user_keys
from lab import disks, ramscan, story
from lab.disks import QUICK_PASSPHRASE
from module_guest import (FLAVOUR, FLAVOURS, INITRD, ITEMS, KERNEL, NO_LEAKS, VIRTIO_MEM, add_item,
                          add_memory, assert_sane_kernel, loaded, module_lines, number, prepare,
                          prepared, saved, write)

pytestmark = pytest.mark.skipif("LAB_ALL" not in os.environ, reason="LAB_ALL=1 is not set")

RESTORE, HIDE = f"{ITEMS}/restore", f"{ITEMS}/hide"
CAPTURE_INITRAMFS = "/var/lib/kdump-crypt/initramfs-$(uname -r).img"
# What the capture program needs.
CAPTURE = "console=ttyS0 nr_cpus=1 reset_devices panic=10 rootfstype=ramfs retain_initrd"
PAGE = 4096


def address_of(parameter):
    return int(parameter.split("=")[1], 16)


def kexec(vm, initramfs, command_line, check=True):
    return vm.run(f"kexec -c -p {KERNEL} --initrd={initramfs} --command-line='{command_line}'",
                  timeout=120, check=check)


class ByHand:
    """A machine in which another program than kdump-crypt loads."""

    def __init__(self, vm, scanner):
        self.vm, self.scanner = vm, scanner
        self.parameter = ""

    def load(self, check=True):
        return kexec(self.vm, CAPTURE_INITRAMFS,
                     f"{self.parameter} {CAPTURE} kdump_crypt.debug", check)

    def load_with_reuse(self):
        self.vm.run(f"echo 1 >{ITEMS}/reuse")
        self.load()
        assert (saved(self.vm), loaded(self.vm), number(self.vm, f"{ITEMS}/reuse")) == (1, 1, 0)

    def invalidate(self):
        self.vm.run(f"keyctl invalidate %logon:$(cat {ITEMS}/*/description)")

    def is_armed(self, point, keyring=0):
        """Check that one copy is in the held area, and none in reserved memory."""
        copies = self.scanner.settled(point, **self.scanner.open(whole=1 + keyring))
        start = address_of(self.parameter)
        assert len([at for at in copies.whole if start <= at < start + PAGE]) == 1


def open_volume(vm, scanner):
    uuid = vm.run(f"cryptsetup luksUUID {story.DISK}")
    vm.run(f"modprobe crash_dm_crypt link={uuid}; printf {QUICK_PASSPHRASE} >/root/key; "
           f"cryptsetup open --key-file /root/key {story.DISK} crash; keyctl link @u @s")
    story.make_filesystem(vm)
    story.mount(vm)
    scanner.settled("volume open, key in the keyring", **scanner.open(whole=1))


def resume(vm):
    vm.run("cryptsetup luksResume --key-file /root/key crash")


def replace_each_other(by_hand):
    vm, scanner = by_hand.vm, by_hand.scanner
    by_file = scanner.open(reserved_whole=1)
    vm.run("kdump-crypt load", timeout=180)
    scanner.settled("armed by kdump-crypt", **by_file)

    # Nobody has read `parameter`, so there is nothing to pass on.
    by_hand.load()
    assert (saved(vm), loaded(vm)) == (0, 1)
    assert "carries no keys" in vm.run("dmesg | tail -n 5")
    scanner.settled("replaced without parameter", **scanner.open())

    vm.run("kdump-crypt load --key-file /root/key")
    by_hand.parameter = vm.run(f"cat {ITEMS}/parameter")
    by_hand.load_with_reuse()
    by_hand.is_armed("replaced by kexec_load(2), key handed back", keyring=1)
    status, said = vm.run("kdump-crypt status", check=False)
    assert status != 0 and "another program has loaded its crash kernel" in said
    assert re.search(r"^Saved keys: +1$", said, re.M)
    by_hand.invalidate()
    by_hand.is_armed("key invalidated")
    status, said = by_hand.load(check=False)
    assert status != 0 and "Required key not available" in said
    assert (saved(vm), loaded(vm)) == (1, 1)
    by_hand.is_armed("a load without a key has failed")
    vm.run("kdump-crypt load")
    vm.run("kdump-crypt status")
    scanner.settled("replaced by kdump-crypt, key from the held area", **by_file)


def end_in_all_ways(by_hand):
    vm, scanner = by_hand.vm, by_hand.scanner
    by_hand.load_with_reuse()
    by_hand.invalidate()
    by_hand.is_armed("armed by kexec_load(2) again")
    vm.run("cryptsetup luksSuspend crash")
    scanner.settled("volume suspended")
    assert (saved(vm), loaded(vm)) == (0, 1)
    resume(vm)

    for unload in ["kexec -c -p -u", "kexec -s -p -u", "kdump-crypt unload"]:
        by_hand.load()
        by_hand.invalidate()
        by_hand.is_armed("volume resumed, armed")
        assert vm.run("rmmod crash_dm_crypt", check=False)[0] != 0
        vm.run(unload)
        assert (saved(vm), loaded(vm)) == (0, 0)
        scanner.settled(f"unloaded: {unload}", **scanner.open())
        vm.run("cryptsetup luksSuspend crash")
        resume(vm)


# The oldest and the newest kernel.
@pytest.mark.parametrize("flavour", sorted({FLAVOUR, FLAVOURS[-1]}))
def test_story(guest, tmp_path, show, flavour):
    disk = disks.luks(tmp_path / "crash.img", 1 << 30, [QUICK_PASSPHRASE])
    table = []
    with guest(flavour, [disk]) as vm:
        vm.wait_shell()
        scanner = test_ram_scan.Scanner(vm, ramscan.volume_key(disk), tmp_path / "ram", table, 0)
        by_hand = ByHand(vm, scanner)
        try:
            open_volume(vm, scanner)
            replace_each_other(by_hand)
            end_in_all_ways(by_hand)
            # The last way has removed the item.
            vm.run(f"rmdir {ITEMS}/*/", check=False)
            add_item(vm, "crash", f"cryptsetup:$(cryptsetup luksUUID {story.DISK})")
            by_hand.load()
            by_hand.invalidate()
            by_hand.is_armed("armed for the crash")
            assert_sane_kernel(vm)
            token = story.log_token(vm)
            test_ram_scan.crash(vm, scanner, address_of(by_hand.parameter))
        finally:
            show("\n".join(table))
        story.unlock(vm, QUICK_PASSPHRASE, link=False)
        story.mount(vm)
        [dump] = story.dumps(vm)
        assert story.info_of(vm, dump)["keys_hidden"] is True
        assert token in story.dmesg_in(vm, dump)
        vm.run(f"printf {QUICK_PASSPHRASE} >/root/key; "
               f"kdump-crypt scan --key-file /root/key {dump}", timeout=180)


def test_memory_of_a_driver(guest):
    """The crash kernel must find the keys in what kexec-tools lists for it. That is not the memory
    that a driver has added, of which the kernel takes memory first here."""
    with guest(devices=VIRTIO_MEM) as vm:
        prepare(vm)
        add_memory(vm, "online_kernel")
        vm.run("make-keys lab:key 64")
        add_item(vm, "key", "lab:key")
        parameter = vm.run(f"cat {ITEMS}/parameter")
        held = address_of(parameter)
        memory = re.findall(r"^ *(\w+)-(\w+) : (System RAM.*)", vm.run("cat /proc/iomem"), re.M)
        assert "System RAM (virtio_mem)" in [name for _, _, name in memory]
        assert [name for start, end, name in memory
                if int(start, 16) <= held <= int(end, 16)] == ["System RAM"], memory
        kexec(vm, INITRD, f"{parameter} {COMMAND_LINE} {NO_LEAKS}")
        crash(vm)
        assert write(vm, RESTORE, b"yes") == "OK"
        assert user_keys(vm) == ["lab:key"]
        assert_sane_kernel(vm)


def load_module_with(vm, command_line):
    """Load the module as if the kernel had this command line."""
    vm.run(f"! mountpoint -q /proc/cmdline || umount /proc/cmdline; rmmod crash_dm_crypt; "
           f"echo '{command_line}' >/root/cmdline; mount --bind /root/cmdline /proc/cmdline; "
           "modprobe crash_dm_crypt")


def test_what_the_crash_kernel_accepts(start, tmp_path):
    with start(prepared()) as vm:
        vm.run("make-keys lab:key 64")
        add_item(vm, "key", "lab:key")
        parameter = vm.run(f"cat {ITEMS}/parameter")
        held = address_of(parameter)
        kexec(vm, INITRD, f"{parameter} {COMMAND_LINE} {NO_LEAKS}")
        assert (saved(vm), loaded(vm)) == (1, 1)
        crash(vm)

        [own] = set(re.findall(r"^([1-9a-f]\w+)-\w+ : System RAM", vm.run("cat /proc/iomem"),
                               re.M)[-1:])
        for address, errno in [(held + 1, "ERANGE"), (held + PAGE, "EBADMSG"),
                               (int(own, 16), "ERANGE"), (0xfee00000, "ERANGE"),
                               (1 << 40, "ERANGE"), ((1 << 64) - PAGE, "ERANGE")]:
            load_module_with(vm, f"dmcryptkeys={address:#x}")
            assert write(vm, RESTORE, b"yes") == errno, hex(address)
        load_module_with(vm, "quiet")
        assert write(vm, RESTORE, b"yes") == "ENOENT"
        assert "no usable dmcryptkeys= on the command line" in module_lines(vm)[-1]
        load_module_with(vm, parameter)
        memory = f"dd of=/dev/mem bs=1 seek={held + 300} conv=notrunc status=none"
        before = vm.run(f"dd if=/dev/mem bs=1 skip={held + 300} count=1 status=none | od -An -tx1")
        vm.run(f"printf '\\x{int(before, 16) ^ 1:02x}' | {memory}")
        for switch in [RESTORE, HIDE]:
            assert write(vm, switch, b"yes") == "EBADMSG"
        assert user_keys(vm) == []
        vm.run(f"printf '\\x{int(before, 16):02x}' | {memory}")
        for switch in [HIDE, RESTORE]:
            assert write(vm, switch, b"yes") == "OK"
        assert user_keys(vm) == ["lab:key"]
        vm.qmp("pmemsave", val=held, size=PAGE, filename=str(tmp_path / "held"))
        assert (tmp_path / "held").read_bytes() == bytes(PAGE)
        assert write(vm, RESTORE, b"yes") == "ENOKEY"
        assert_sane_kernel(vm)
