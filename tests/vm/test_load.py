# SPDX-License-Identifier: GPL-2.0-or-later
"""Loading a crash kernel with keys: what is saved, what is refused, what is left behind.

Tests of the keys alone load a kernel that loads quickly (TINY), or with kexec_load(2) one page. With
LAB_ALL=1 in the environment loads by both system calls also race, and copies of their keys are
counted."""
import mmap
import os
import re
import secrets

import pytest

from lab import ramscan
from module_guest import (CHECKERS, INITRD, ITEMS, KERNEL, TINY, add_item, assert_sane_kernel,
                          clean, key_bytes, load, loaded, module_lines, number, prepared,
                          remove_items, run_beside, saved, write)


only_all = pytest.mark.skipif("LAB_ALL" not in os.environ, reason="LAB_ALL=1 is not set")


@pytest.fixture(scope="module")
def machine(built):
    with prepared().start("test_load") as vm:
        yield vm


@pytest.fixture
def vm(machine):
    clean(machine)
    yield machine
    assert_sane_kernel(machine)


def make_key(vm, description, length=64):
    vm.run(f"make-keys {description} {length}")


def add_key_and_item(vm, name):
    """Make an item of this name, and the key lab:<name> that it needs."""
    make_key(vm, f"lab:{name}")
    add_item(vm, name, f"lab:{name}")


def add_128_items(vm, prefix):
    """Make 128 items. Each needs a key whose name is the prefix and a number."""
    vm.run(f"cd {ITEMS} && mkdir {{0..127}} && for n in {{0..127}}; do "
           f"echo {prefix}$n >$n/description; done; cd", timeout=120)


def remove_key(vm, description):
    vm.run(f"keyctl unlink %logon:{description} @u")


def refused(vm, errno, *words, **how):
    """Check that a load fails with this errno, and that the module logs the reason in one line with
    these words. Nothing is loaded or saved then, and the items are as before."""
    items = number(vm, f"{ITEMS}/count")
    vm.run("dmesg -C")
    assert load(vm, **how) == errno
    assert (saved(vm), loaded(vm)) == (0, 0)
    lines = module_lines(vm)
    assert len(lines) == 1, lines
    for word in words:
        assert word in lines[0]
    assert number(vm, f"{ITEMS}/count") == items


# Keys

def test_no_items_no_keys(vm):
    make_key(vm, "lab:key")
    assert load(vm) == "OK"
    assert (saved(vm), loaded(vm)) == (0, 1)
    assert module_lines(vm) == []


def test_as_kexec_loads(vm):
    """Load a complete crash kernel with a loader that does not know the module."""
    add_key_and_item(vm, "key")
    vm.run(f"kexec -s -p {KERNEL} --initrd={INITRD} --reuse-cmdline", timeout=120)
    assert (saved(vm), loaded(vm)) == (1, 1)
    vm.run("kexec -s -p -u")
    assert (saved(vm), loaded(vm)) == (0, 0)
    assert module_lines(vm) == []


def kernel_segment(vm):
    """Return the size of the content and of the memory, in bytes, of a crash kernel's largest
    segment, which is its kernel."""
    vm.run("dmesg -C")
    vm.run(f"kexec -d -s -p {KERNEL} --initrd={INITRD} --reuse-cmdline >/dev/null 2>&1",
           timeout=120)
    segments = re.findall(r"segment\[\d+\]: .*bufsz=(\w+) .*memsz=(\w+)", vm.run("dmesg"))
    return max((int(memory, 16), int(content, 16)) for content, memory in segments)[::-1]


def test_digest_is_of_what_is_loaded(vm):
    """Purgatory's digest does not cover the memory into which the kernel unpacks itself."""
    vm.run("rmmod crash_dm_crypt")
    content, memory = kernel_segment(vm)
    assert content > 8 << 20 and memory > 2 * content
    vm.run("modprobe crash_dm_crypt")
    # A MiB of zeros follows the file.
    shortened = (content, -(-content // mmap.PAGESIZE) * mmap.PAGESIZE + (1 << 20))
    assert kernel_segment(vm) == shortened
    add_key_and_item(vm, "key")
    assert kernel_segment(vm) == shortened
    assert (saved(vm), loaded(vm)) == (1, 1)


@pytest.mark.parametrize("length", [1, 32, 64, 255, 256])
def test_key_length(vm, length):
    vm.run(f"head -c {length} /dev/urandom | keyctl padd logon lab:key @u")
    add_item(vm, "key", "lab:key")
    assert load(vm) == "OK"
    assert saved(vm) == 1


@pytest.mark.parametrize("length", [257, 4096])
def test_key_too_long(vm, length):
    vm.run(f"head -c {length} /dev/urandom | keyctl padd logon lab:key @u")
    add_item(vm, "key", "lab:key")
    refused(vm, "EKEYREJECTED", "lab:key")


@pytest.mark.parametrize("count", [1, 2, 10])
def test_number_of_keys(vm, count):
    vm.run(f"make-keys lab:key 64 {count}")
    for n in range(count):
        add_item(vm, n, f"lab:key{n}")
    assert load(vm) == "OK"
    assert (saved(vm), loaded(vm)) == (count, 1)
    add_item(vm, "later", "lab:later")
    assert vm.run(f"cat {ITEMS}/*/saved").split() == ["1"] * count + ["0"]
    # An item that is removed changes the next load, not the loaded image.
    remove_items(vm, 0, "later")
    assert saved(vm) == count
    assert load(vm) == "OK"
    assert saved(vm) == count - 1
    assert module_lines(vm) == []


def test_128_keys(vm):
    """The keys and descriptions have the maximum length."""
    prefix = "lab:" + "x" * 121
    vm.run(f"make-keys {prefix} 256 128")
    add_128_items(vm, prefix)
    assert load(vm) == "OK"
    assert saved(vm) == 128
    assert vm.run(f"cat {ITEMS}/*/saved | sort -u") == "1"
    vm.run(f"kexec -s -p {KERNEL} --initrd={INITRD} --reuse-cmdline", timeout=120)
    assert saved(vm) == 128
    assert module_lines(vm) == []


def test_two_items_of_one_key(vm):
    add_key_and_item(vm, "key")
    add_item(vm, "other", "lab:key")
    assert load(vm) == "OK"
    assert saved(vm) == 2


def test_every_load_succeeds(vm):
    """The area is at a random place each time, and is never in the way of the kernel."""
    add_key_and_item(vm, "key")
    results = vm.run(f"load-crash {TINY} none '' 500", timeout=180).split("\n")
    assert len(results) == 500
    assert results.count("OK") == 500, f"{500 - results.count('OK')} of 500 failed"
    assert saved(vm) == 1


# Keys that the module cannot get

def test_missing_key(vm):
    add_key_and_item(vm, "there")
    add_item(vm, "missing", "lab:missing")
    refused(vm, "ENOKEY", "lab:missing")


def test_key_of_another_type(vm):
    vm.run("keyctl add user lab:key secret @u")
    add_item(vm, "key", "lab:key")
    refused(vm, "ENOKEY", "lab:key")


def test_expired_key(vm):
    add_key_and_item(vm, "key")
    vm.run("keyctl timeout %logon:lab:key 1; sleep 2")
    # request_key() ignores expired keys.
    refused(vm, "ENOKEY", "lab:key")


def test_revoked_key(vm):
    add_key_and_item(vm, "key")
    vm.run("keyctl revoke %logon:lab:key")
    refused(vm, "EKEYREVOKED", "lab:key")


def test_negative_key(vm):
    # No program makes such a key on request. That leaves a negative key in the keyring.
    said = vm.run("keyctl request2 logon lab:key info @u", check=False)[1]
    assert "Required key not available" in said
    assert "lab:key" in vm.run("keyctl list @u")
    add_item(vm, "key", "lab:key")
    refused(vm, "ENOKEY", "lab:key")


def test_key_without_search_permission(vm):
    add_key_and_item(vm, "key")
    vm.run("keyctl setperm %logon:lab:key 0x37373737")      # all but search
    refused(vm, "EACCES", "lab:key")


def test_item_without_description(vm):
    add_key_and_item(vm, "key")
    vm.run(f"mkdir {ITEMS}/blank-item")
    refused(vm, "EINVAL", "blank-item")


def test_kexec_says_why(vm):
    add_item(vm, "missing", "lab:missing")
    status, said = vm.run(f"kexec -s -p {TINY}", check=False)
    assert status != 0 and "Required key not available" in said
    assert (saved(vm), loaded(vm)) == (0, 0)


def test_failed_load_takes_the_old_image_along(vm):
    """The core frees the old image first. The test is that this is reported."""
    add_key_and_item(vm, "key")
    assert load(vm) == "OK"
    assert (saved(vm), loaded(vm)) == (1, 1)
    add_item(vm, "missing", "lab:missing")
    refused(vm, "ENOKEY", "lab:missing")


# Loads that fail for another reason

def test_command_line_full(vm):
    """2047 bytes have room for a command line of 1990, but not together with the module's
    parameters."""
    long = "x" * 1990
    assert load(vm, command_line=long) == "OK"
    add_key_and_item(vm, "key")
    refused(vm, "EINVAL", command_line=long)
    # Nothing is left of it: the module can be reloaded, and the next load works.
    remove_items(vm, "key")
    vm.run("rmmod crash_dm_crypt && modprobe crash_dm_crypt")
    add_item(vm, "key", "lab:key")
    assert load(vm) == "OK"
    assert saved(vm) == 1


BAD_FILES = {
    "not-a-kernel": ("head -c 65536 /dev/urandom >/root/bad", "/root/bad", "none", "ENOEXEC"),
    "empty-kernel": (": >/root/bad", "/root/bad", "none", "EINVAL"),
    "truncated-kernel": (f"head -c 512 {KERNEL} >/root/bad", "/root/bad", "none", "ENOEXEC"),
    "kernel-fd": ("true", "/none", "none", "EBADF"),
    "initramfs-fd": ("true", TINY, "/none", "EBADF"),
    "initramfs-is-a-directory": ("true", TINY, "/root", "EINVAL"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_files(vm, case):
    make_bad, kernel, initramfs, errno = BAD_FILES[case]
    vm.run(make_bad)
    # The errno is the same without the module; it passes on what the core says.
    vm.run("rmmod crash_dm_crypt")
    assert load(vm, kernel=kernel, initramfs=initramfs) == errno
    vm.run("modprobe crash_dm_crypt")
    add_key_and_item(vm, "key")
    assert load(vm) == "OK"
    assert saved(vm) == 1
    assert load(vm, kernel=kernel, initramfs=initramfs) == errno
    # A load that is refused early leaves the old image. `saved` shows the truth.
    assert saved(vm) == loaded(vm)
    assert load(vm) == "OK"
    assert saved(vm) == 1


def test_another_user_namespace(vm):
    add_key_and_item(vm, "key")
    assert load(vm) == "OK"
    assert load(vm, prefix="unshare -Ur") == "EPERM"
    assert (saved(vm), loaded(vm)) == (1, 1)
    assert vm.run("unshare -Ur load-crash unload") == "EPERM"
    assert (saved(vm), loaded(vm)) == (1, 1)
    nobody = "setpriv --reuid nobody --regid nogroup --clear-groups"
    assert vm.run(f"{nobody} unshare -Ur load-crash unload") == "EPERM"
    assert (saved(vm), loaded(vm)) == (1, 1)
    assert module_lines(vm) == []


def test_keys_of_another_session(vm):
    """Only the caller's keyrings count. A key in a session that the caller is not in is not
    found."""
    vm.run("keyctl unlink @u @us")
    add_item(vm, "key", "lab:key")
    there = "head -c 64 /dev/urandom | keyctl padd logon lab:key @s >/dev/null; " \
            f"load-crash {TINY} none"
    assert vm.run(f"keyctl session - sh -c '{there}' 2>/dev/null") == "OK"
    assert saved(vm) == 1
    vm.run("load-crash unload")
    refused(vm, "ENOKEY", "lab:key")


# Two loads at once

def test_two_loads_at_once(vm):
    add_key_and_item(vm, "one")
    add_key_and_item(vm, "two")
    said = vm.run(f"load-race {TINY} 2 200", timeout=180)
    busy = int(re.fullmatch(r"busy (\d+)", said)[1])
    # Both started at the same moment often enough for this to have been a test.
    assert busy > 20
    assert (saved(vm), loaded(vm)) == (2, 1)


# Loads that are none of the module's business

def test_other_kernel_images_change_nothing(vm):
    add_key_and_item(vm, "key")
    assert load(vm) == "OK"
    vm.run(f"kexec -s -l {KERNEL} --initrd={INITRD} --reuse-cmdline", timeout=120)
    assert number(vm, "/sys/kernel/kexec_loaded") == 1
    assert (saved(vm), loaded(vm)) == (1, 1)
    vm.run("kexec -s -u")
    assert number(vm, "/sys/kernel/kexec_loaded") == 0
    assert (saved(vm), loaded(vm)) == (1, 1)
    # They carry no keys, so a missing key does not make them fail.
    add_item(vm, "missing", "lab:missing")
    vm.run(f"kexec -s -l {TINY}")
    vm.run("kexec -s -u")
    # The same through kexec_load(2).
    vm.run(f"kexec -c -l {KERNEL} --initrd={INITRD} --reuse-cmdline", timeout=120)
    assert number(vm, "/sys/kernel/kexec_loaded") == 1
    vm.run("kexec -c -u")
    assert (saved(vm), loaded(vm)) == (1, 1)
    assert module_lines(vm) == []


def legacy_load(vm):
    vm.run(f"kexec -c -p {KERNEL} --initrd={INITRD} --append=root=/dev/vda", timeout=120)


def test_legacy_load_with_items(vm):
    add_key_and_item(vm, "key")
    legacy_load(vm)
    assert (saved(vm), loaded(vm)) == (0, 1)
    [line] = module_lines(vm)
    assert "kexec_load(2)" in line and "carries no keys" in line
    assert "<4>" in vm.run("dmesg -r | grep 'carries no keys'")     # a warning
    # There is a warning for each such image.
    legacy_load(vm)
    assert len(module_lines(vm)) == 2


def test_legacy_load_over_a_load_with_keys(vm):
    add_key_and_item(vm, "key")
    assert load(vm) == "OK"
    legacy_load(vm)
    assert (saved(vm), loaded(vm)) == (0, 1)
    assert len(module_lines(vm)) == 1
    assert load(vm) == "OK"
    assert (saved(vm), loaded(vm)) == (1, 1)


def test_legacy_load_without_items(vm):
    legacy_load(vm)
    assert (saved(vm), loaded(vm)) == (0, 1)
    assert module_lines(vm) == []


# Reuse

def reuse(vm):
    return number(vm, f"{ITEMS}/reuse")


def test_reload_without_the_key(vm):
    add_key_and_item(vm, "key")
    assert load(vm) == "OK"
    for _ in range(3):
        remove_key(vm, "lab:key")
        assert write(vm, f"{ITEMS}/reuse", b"1") == "OK"
        assert load(vm) == "OK"
        assert saved(vm) == 1


def test_only_root_reuses(vm):
    """A process that may load a crash kernel does not get the keys of the one that is loaded."""
    vm.run(f"cp {TINY} /tmp/tiny; chmod 644 /tmp/tiny")
    loader = "setpriv --reuid nobody --clear-groups --inh-caps +sys_boot --ambient-caps +sys_boot"
    add_key_and_item(vm, "key")
    assert load(vm) == "OK"
    remove_key(vm, "lab:key")
    status, said = vm.run(f"{loader} sh -c 'echo 1 >{ITEMS}/reuse'", check=False)
    assert status != 0 and "Permission denied" in said
    assert reuse(vm) == 0
    refused(vm, "ENOKEY", "lab:key", kernel="/tmp/tiny", prefix=loader)
    # Nor does root by a load alone.
    make_key(vm, "lab:key")
    assert load(vm) == "OK"
    remove_key(vm, "lab:key")
    refused(vm, "ENOKEY", "lab:key")


def test_reload_goes_by_description(vm):
    for name in "abc":
        add_key_and_item(vm, name)
    assert load(vm) == "OK"
    assert saved(vm) == 3
    vm.run("keyctl clear @u")
    assert write(vm, f"{ITEMS}/reuse", b"1") == "OK"
    # The first item is removed, another one is added, and the rest are in another order.
    remove_items(vm, "a", "b")
    add_key_and_item(vm, "new")
    add_item(vm, "b-again", "lab:b")
    assert load(vm) == "OK"
    assert saved(vm) == 3
    # The key of the removed item is not in the loaded image any more.
    vm.run("keyctl clear @u")
    assert write(vm, f"{ITEMS}/reuse", b"1") == "OK"
    add_item(vm, "a", "lab:a")
    refused(vm, "ENOKEY", "lab:a")


@pytest.mark.parametrize("how", ["revoke %logon:lab:key", "timeout %logon:lab:key 1; sleep 2",
                                 "invalidate %logon:lab:key"])
def test_reload_with_the_key_spoilt(vm, how):
    add_key_and_item(vm, "key")
    assert load(vm) == "OK"
    vm.run(f"keyctl {how}")
    assert write(vm, f"{ITEMS}/reuse", b"1") == "OK"
    assert load(vm) == "OK"
    assert saved(vm) == 1


@pytest.mark.parametrize("unload", ["load-crash unload", "kexec -s -p -u", "kexec -c -p -u"])
def test_nothing_to_reuse_after_unload(vm, unload):
    add_key_and_item(vm, "key")
    assert load(vm) == "OK"
    remove_key(vm, "lab:key")
    vm.run(unload)
    assert (saved(vm), loaded(vm)) == (0, 0)
    refused(vm, "ENOKEY", "lab:key")


def test_nothing_to_reuse_after_a_failed_load(vm):
    add_key_and_item(vm, "key")
    assert load(vm) == "OK"
    add_item(vm, "missing", "lab:missing")
    refused(vm, "ENOKEY", "lab:missing")
    remove_key(vm, "lab:key")
    remove_items(vm, "missing")
    refused(vm, "ENOKEY", "lab:key")


def test_reuse_switch(vm):
    path = f"{ITEMS}/reuse"
    # There is nothing to reuse if nothing is loaded, or only an image without keys.
    assert write(vm, path, b"1") == "EINVAL"
    assert load(vm) == "OK"
    assert write(vm, path, b"yes") == "EINVAL"
    assert write(vm, path, b"0") == "OK"
    assert write(vm, path, b"junk") == "EINVAL"
    assert reuse(vm) == 0
    add_key_and_item(vm, "key")
    assert load(vm) == "OK"
    assert write(vm, path, b"true\n") == "OK"
    assert reuse(vm) == 1
    assert write(vm, path, b"junk") == "EINVAL"
    assert reuse(vm) == 1
    # It is for one load.
    assert load(vm) == "OK"
    assert (reuse(vm), saved(vm)) == (0, 1)
    assert write(vm, path, b"1") == "OK"
    assert write(vm, path, b"0") == "OK"
    assert reuse(vm) == 0


@pytest.mark.parametrize("unload", ["load-crash unload", "kexec -c -p -u"])
def test_reuse_after_unload(vm, unload):
    """The switch survives an unload. The keys are in root's keyring then, with an expiry, and need
    not be in a keyring of the loader."""
    add_key_and_item(vm, "key")
    add_key_and_item(vm, "other")
    assert load(vm) == "OK"
    remove_key(vm, "lab:key")
    assert write(vm, f"{ITEMS}/reuse", b"1") == "OK"
    vm.run(unload)
    assert (reuse(vm), saved(vm), loaded(vm)) == (1, 0, 0)
    # It can be set again.
    assert write(vm, f"{ITEMS}/reuse", b"1") == "OK"
    handed_back = vm.run("keyctl request logon lab:key")
    assert re.search(rf"^0*{int(handed_back):x} .* [45]m ", vm.run("cat /proc/keys"), re.M)
    # A process with a session keyring of its own does not find root's keys.
    alone = "keyctl session -"
    assert load(vm, prefix=alone).split("\n")[-1] == "OK"
    assert (reuse(vm), saved(vm), loaded(vm)) == (0, 2, 1)
    vm.run("load-crash unload")
    assert load(vm, prefix=alone).split("\n")[-1] == "ENOKEY"


def test_reuse_leaves_newer_keys(vm):
    add_key_and_item(vm, "key")
    assert load(vm) == "OK"
    vm.run("keyctl update %logon:lab:key newer")
    assert write(vm, f"{ITEMS}/reuse", b"1") == "OK"
    serial = vm.run("keyctl request logon lab:key")
    assert re.search(rf"^0*{int(serial):x} .* perm .*: 5$", vm.run("cat /proc/keys"), re.M)


def test_loads_are_counted(vm):
    """Every load of a crash kernel counts, whoever makes it and in whatever way; no other call."""
    before = number(vm, f"{ITEMS}/loads")
    assert load(vm) == "OK"
    assert number(vm, f"{ITEMS}/loads") == before + 1
    add_key_and_item(vm, "key")
    assert load(vm) == "OK"
    assert number(vm, f"{ITEMS}/loads") == before + 2
    vm.run("load-crash unload")
    assert number(vm, f"{ITEMS}/loads") == before + 2
    legacy_load(vm)
    assert number(vm, f"{ITEMS}/loads") == before + 3
    vm.run(f"kexec -s -l {KERNEL} --reuse-cmdline && kexec -s -u", timeout=120)
    assert number(vm, f"{ITEMS}/loads") == before + 3


# What is in memory, seen from outside

@pytest.fixture
def copies(vm, tmp_path):
    """Yield a function that counts the copies of each key in all of the guest's memory. Half a key
    counts as one, as an XTS key is two AES keys."""
    def count(*descriptions):
        path = tmp_path / "memory"
        vm.qmp("stop")
        try:
            ramscan.save(vm, path)
        finally:
            vm.qmp("cont")
        found = []
        with ramscan.content(path) as memory:
            for description in descriptions:
                key = key_bytes(description, 64)
                found.append(max(len(memory.find_all(half)) for half in [key[:32], key[32:]]))
        path.unlink()
        return found
    return count


def fresh_item(vm, name):
    """Call add_key_and_item() with a key that was never in this machine before."""
    description = f"lab:{secrets.token_hex(8)}"
    make_key(vm, description)
    add_item(vm, name, description)
    return description


# Keys for kexec_load(2)

@pytest.fixture
def raw(vm):
    """Read `parameter`, so that kexec_load(2) saves keys from now on. Return a function that loads
    an image of one page with it."""
    assert re.fullmatch("dmcryptkeys=0x[0-9a-f]*000", vm.run(f"cat {ITEMS}/parameter"))
    address = re.search(r"(\w+)-\w+ : Crash kernel", vm.run("cat /proc/iomem"))[1]
    vm.run(f"RESERVED=$((0x{address} + (16 << 20)))")
    yield lambda *options: vm.run(f"load-segment {' '.join(options)} $RESERVED")
    # Other tests are about a module whose parameter nobody has read.
    clean(vm)
    vm.run("rmmod crash_dm_crypt")


def test_both_ways_in_turn(vm, raw):
    add_key_and_item(vm, "key")
    for load_it in [raw, lambda: load(vm), raw, raw, lambda: load(vm)]:
        assert load_it() == "OK"
        assert (saved(vm), loaded(vm), number(vm, f"{ITEMS}/key/saved")) == (1, 1, 1)
    # The keys of an image of one way are used again by the other.
    remove_key(vm, "lab:key")
    for load_it in [raw, lambda: load(vm)]:
        assert write(vm, f"{ITEMS}/reuse", b"1") == "OK"
        assert load_it() == "OK"
        assert (saved(vm), loaded(vm), number(vm, f"{ITEMS}/reuse")) == (1, 1, 0)
        remove_key(vm, "lab:key")
    assert module_lines(vm) == []
    assert load(vm) == "ENOKEY"     # the kernel has freed the old image
    assert (saved(vm), loaded(vm)) == (0, 0)


def test_loads_with_keys_that_fail(vm, raw):
    add_key_and_item(vm, "key")
    assert raw() == "OK"
    # A missing key changes nothing.
    add_item(vm, "missing", "lab:missing")
    assert raw() == "ENOKEY"
    assert (saved(vm), loaded(vm)) == (1, 1)
    [line] = module_lines(vm)
    assert "lab:missing" in line
    remove_items(vm, "missing")
    # The kernel frees the old image before it reads the new one.
    assert raw("--unreadable") == "EFAULT"
    assert (saved(vm), loaded(vm)) == (0, 0)
    assert load(vm) == "OK"
    assert raw("--unreadable") == "EFAULT"
    assert (saved(vm), loaded(vm)) == (0, 0)
    assert raw() == "OK"
    assert load(vm, command_line="x" * 1990) == "EINVAL"
    assert (saved(vm), loaded(vm)) == (0, 0)


def test_unloads_after_kexec_load(vm, raw):
    add_key_and_item(vm, "key")
    for unload in ["load-crash unload", "load-segment unload"]:
        assert raw() == "OK"
        assert vm.run("rmmod crash_dm_crypt", check=False)[0] != 0
        assert vm.run(unload) == "OK"
        assert (saved(vm), loaded(vm)) == (0, 0)
    assert module_lines(vm) == []


def test_programs_of_32_bits_carry_no_keys(vm, raw):
    add_key_and_item(vm, "key")
    assert raw() == "OK"
    assert raw("--compat") == "OK"
    assert (saved(vm), loaded(vm)) == (0, 1)
    [line] = module_lines(vm)
    assert "carries no keys" in line
    assert raw() == "OK"
    assert (saved(vm), loaded(vm)) == (1, 1)


@only_all
def test_two_ways_at_once(vm, raw):
    add_key_and_item(vm, "key")
    said = run_beside(vm, f"while load-crash {TINY} none; do :; done >/root/loads",
                      "for n in $(seq 60); do load-segment $RESERVED; done")
    for results in [said, vm.run("sed '$d' /root/loads").split()]:
        assert "OK" in results and set(results) <= {"OK", "EBUSY"}
    for load_it in [lambda: load(vm), raw]:
        assert load_it() == "OK"
        assert (saved(vm), loaded(vm)) == (1, 1)
    assert vm.run("load-crash unload") == "OK"
    assert (saved(vm), loaded(vm)) == (0, 0)
    assert module_lines(vm) == []


@only_all
def test_copies_for_kexec_load(vm, copies, raw):
    """One copy more than the keyring's, and none once its image has ended, whoever ended it."""
    ends = {
        "replaced by kexec_file_load(2)": lambda: load(vm),
        "replaced by itself": raw,
        "replaced without keys": lambda: raw("--compat"),
        "unloaded by kexec_file_load(2)": lambda: vm.run("load-crash unload"),
        "unloaded": lambda: vm.run("load-segment unload"),
        "a load of a file that failed": lambda: load(vm, command_line="x" * 1990),
        "a load that failed": lambda: raw("--unreadable"),
    }
    keys = {}
    for end, do in ends.items():
        key = fresh_item(vm, "key")
        assert raw() == "OK"
        assert copies(key) == [2]
        remove_key(vm, key)
        remove_items(vm, "key")
        keys[end] = key
        do()
        assert saved(vm) == 0
    replaced = fresh_item(vm, "key")
    assert load(vm) == "OK"
    remove_key(vm, replaced)
    fresh_item(vm, "other")
    remove_items(vm, "key")
    assert raw() == "OK"
    assert dict(zip(keys, copies(*keys.values()))) == dict.fromkeys(keys, 0)
    assert copies(replaced) == [0]


def test_copies_while_loaded(vm, copies):
    """One copy more than the keyring's, after any number of loads."""
    kept, gone, replaced = (fresh_item(vm, name) for name in ["kept", "gone", "replaced"])
    for _ in range(3):
        assert load(vm) == "OK"
    remove_key(vm, gone)
    assert write(vm, f"{ITEMS}/reuse", b"1") == "OK"
    assert load(vm) == "OK"
    # The keyring has another key of that name by now. It may be newer, so it is taken.
    remove_key(vm, replaced)
    vm.run(f"head -c 64 /dev/urandom | keyctl padd logon {replaced} @u")
    assert write(vm, f"{ITEMS}/reuse", b"1") == "OK"
    assert load(vm) == "OK"
    assert saved(vm) == 3
    # The switch gives the keyring what it does not have.
    assert copies(kept, gone, replaced) == [2, 2, 0]


def test_no_copy_once_it_has_ended(vm, copies):
    """Several keys are loaded and leave the keyring. Each load ends in another way."""
    ends = {}

    def loaded_key(end):
        vm.run(f"rmdir {ITEMS}/*/", check=False)
        ends[end] = fresh_item(vm, "key")
        assert load(vm) == "OK"
        assert saved(vm) == 1
        remove_key(vm, ends[end])

    loaded_key("unloaded")
    vm.run("kexec -s -p -u")
    assert (saved(vm), loaded(vm)) == (0, 0)
    loaded_key("unloaded through kexec_load(2)")
    vm.run("kexec -c -p -u")
    assert (saved(vm), loaded(vm)) == (0, 0)
    loaded_key("replaced through kexec_load(2)")
    legacy_load(vm)
    assert (saved(vm), loaded(vm)) == (0, 1)
    loaded_key("reused, then its item removed")
    assert write(vm, f"{ITEMS}/reuse", b"1") == "OK"
    assert load(vm) == "OK"
    remove_key(vm, ends["reused, then its item removed"])
    fresh_item(vm, "other")
    remove_items(vm, "key")
    assert load(vm) == "OK"
    assert saved(vm) == 1
    remove_items(vm, "other")
    loaded_key("another key of its name")
    vm.run(f"head -c 64 /dev/urandom | keyctl padd logon {ends['another key of its name']} @u")
    assert load(vm) == "OK"
    assert saved(vm) == 1
    end = "the load that replaced it failed for another key"
    loaded_key(end)
    make_key(vm, ends[end])
    add_item(vm, "missing", "lab:missing")
    refused(vm, "ENOKEY", "lab:missing")
    remove_key(vm, ends[end])
    end = "the load that replaced it failed once it was placed"
    loaded_key(end)
    make_key(vm, ends[end])
    refused(vm, "EINVAL", command_line="x" * 1990)
    remove_key(vm, ends[end])
    loaded_key("the module removed")
    remove_items(vm, "key")
    assert load(vm) == "OK"
    assert saved(vm) == 0
    vm.run("rmmod crash_dm_crypt")
    assert loaded(vm) == 1
    found = dict(zip(ends, copies(*ends.values())))
    assert found == dict.fromkeys(ends, 0)


# Little reserved memory

def test_reserved_memory_too_small(start):
    """A crash kernel that does not fit beside its keys, or does not fit at all."""
    with start(prepared()) as vm:
        vm.run(f"echo {48 << 20} >/sys/kernel/kexec_crash_size")
        clean(vm)
        vm.run("make-keys lab:key 256 128")
        add_128_items(vm, "lab:key")
        # The small one fits, with 128 keys.
        assert load(vm) == "OK"
        assert saved(vm) == 128
        # The real one needs more than there is: the same errno as without the module.
        refused(vm, load_without_module(vm), kernel=KERNEL, initramfs=INITRD)
        assert load(vm) == "OK"
        assert saved(vm) == 128
        # Debian's kernels know lockdown; the one with every checker is built without.
        if not CHECKERS:
            locked_down(vm)
        assert_sane_kernel(vm)


def load_without_module(vm):
    """Without the module, load a kernel that does not fit. Then load the module and add all items
    again. Return the errno of the load."""
    vm.run(f"load-crash unload; rmdir {ITEMS}/*/; rmmod crash_dm_crypt")
    errno = load(vm, KERNEL, INITRD)
    assert errno != "OK"
    vm.run("modprobe crash_dm_crypt")
    add_128_items(vm, "lab:key")
    return errno


def locked_down(vm):
    """Lock the kernel down, so that it refuses the signature of the crash kernel. The core frees
    the old image before that."""
    vm.run("mountpoint -q /sys/kernel/security || "
           "mount -t securityfs securityfs /sys/kernel/security")
    vm.run("echo integrity >/sys/kernel/security/lockdown")
    assert load(vm) == "EPERM"
    assert saved(vm) == 128 * loaded(vm)
    vm.run("load-crash unload")
    assert (saved(vm), loaded(vm)) == (0, 0)
