# SPDX-License-Identifier: GPL-2.0-or-later
"""The crash kernel's side: the lab's own guest boots as the crash kernel, to a shell. The saved
area is damaged in every way before its keys are restored."""
import hashlib
import re
import struct
import time

import pytest

from crash_guest import COMMAND_LINE, Area, crash, user_keys
from lab.vm import Vm
from module_guest import (CPUS, FLAVOUR, INITRD, ITEMS, KERNEL, MEMORY, NO_LEAKS,
                          assert_sane_kernel, crashkernel, key_bytes, loaded, module_lines, number,
                          prepare, prepared, saved, write)

SWITCHES = [f"{ITEMS}/restore", "/sys/kernel/crash_dm_crypt_keys/restore"]
YES, _SYSFS = SWITCHES
KEYS = {f"lab:{group}{n}": length
        for group, length, count in [("a", 1, 40), ("b", 64, 44), ("c", 256, 44)]
        for n in range(count)}

# module/area.h
HEADER = struct.Struct("<8s32sIIII")        # magic, digest, version, length, count, reserved
ENTRY = struct.Struct("<HHI128s256s")
DIGESTED = 40                               # the digest covers everything from here on


def seal(area):
    """Return the area with the correct digest."""
    length = HEADER.size + ENTRY.size * HEADER.unpack_from(area)[4]
    digest = hashlib.sha256(area[DIGESTED:length]).digest()
    return area[:8] + digest + area[DIGESTED:]


@pytest.fixture(scope="module")
def first_kernel():
    """Return what was seen before the crash."""
    return {}


@pytest.fixture(scope="module")
def crashed(built, first_kernel, tmp_path_factory):
    """A guest in its crash kernel, with 128 keys saved."""
    with Vm(FLAVOUR, cmdline_extra=f"{crashkernel('256M')} dmcryptkeys=0x1000",
            name="test_restore", cpus=CPUS, memory=MEMORY) as vm:
        prepare(vm)
        first_kernel["configfs"] = vm.run(f"ls {ITEMS}").split()
        first_kernel["sysfs"] = vm.run("ls /sys/kernel").split()
        first_kernel["write"] = [write(vm, path, b"yes") for path in SWITCHES]
        assert_sane_kernel(vm)

        vm.run("make-keys lab:a 1 40; make-keys lab:b 64 44; make-keys lab:c 256 44")
        vm.run(f"cd {ITEMS} && for key in a{{0..39}} b{{0..43}} c{{0..43}}; do mkdir $key && "
               "echo lab:$key >$key/description; done; cd", timeout=120)
        vm.run(f"kexec -s -p {KERNEL} --initrd={INITRD} --append='{COMMAND_LINE} {NO_LEAKS}'",
               timeout=120)
        assert saved(vm) == len(KEYS)
        crash(vm)
        area = Area(vm, tmp_path_factory.mktemp("restore") / "area")
        yield vm, area


@pytest.fixture
def vm(crashed):
    """The guest with the module as if newly loaded, the area intact, and no keys."""
    vm, area = crashed
    vm.run(f"! mountpoint -q /proc/cmdline || umount /proc/cmdline; grep -q 0 {YES} || "
           "{ rmmod crash_dm_crypt; modprobe crash_dm_crypt; }; "
           "echo 1000000 >/proc/sys/kernel/keys/root_maxkeys; "
           "echo 25000000 >/proc/sys/kernel/keys/root_maxbytes; keyctl clear @u; dmesg -C")
    vm.run(area.put_back_command)
    yield vm
    assert_sane_kernel(vm)


@pytest.fixture
def area(crashed):
    return crashed[1]


def restored(vm):
    """Return the value of the switch, which must be the same at both its paths."""
    first, second = (number(vm, path) for path in SWITCHES)
    assert first == second
    return first


def untouched(vm, area):
    """Check that nothing was restored."""
    assert user_keys(vm) == []
    assert restored(vm) == 0
    assert area.read() == area.original


def all_restored(vm, area):
    assert user_keys(vm) == sorted(KEYS)
    assert restored(vm) == 1
    assert not any(area.read())


# Kernels that have no area

def test_a_kernel_that_is_no_crash_kernel(crashed, first_kernel):
    """The kernel had dmcryptkeys= on its command line."""
    assert sorted(first_kernel["configfs"]) == ["count", "loads", "parameter", "reuse", "saved"]
    assert "crash_dm_crypt_keys" not in first_kernel["sysfs"]
    assert first_kernel["write"] == ["ENOENT", "ENOENT"]


def test_address_from_another_loader(start):
    """kexec_load(2) accepts any command line, here with the address of ordinary memory."""
    with start(prepared()) as vm:
        vm.run(f"make-keys lab:key 64; kexec -c -p {KERNEL} --initrd={INITRD} "
               f"--append='dmcryptkeys=0x1000 {COMMAND_LINE} {NO_LEAKS}'", timeout=120)
        assert (saved(vm), loaded(vm)) == (0, 1)
        crash(vm)
        for path in SWITCHES:
            assert write(vm, path, b"yes") == "ERANGE"
        assert restored(vm) == 0
        assert user_keys(vm) == []
        [first, second] = module_lines(vm)
        assert first == second and "no keys restored" in first
        vm.run("rmmod crash_dm_crypt && modprobe crash_dm_crypt")
        assert restored(vm) == 0
        assert_sane_kernel(vm)


# The switch

def test_the_switch_is_at_both_paths(vm, area):
    for directory in [ITEMS, "/sys/kernel/crash_dm_crypt_keys"]:
        assert sorted(vm.run(f"ls {directory}").split()) == [
            "free_pages", "hidden", "hide", "restore", "unreadable"]
    untouched(vm, area)


def test_other_values_do_nothing(vm, area):
    for path in SWITCHES:
        for value in [b"no", b"0", b"junk", b"\n", b"2", b"yess", b"off", b"false", b"ye",
                      b" yes", b"yes\n\n", b"0\n", b"\0", b"1" * 100]:
            assert write(vm, path, value) == "OK", value
        # configfs and sysfs decide about a write of no bytes.
        write(vm, path, b"")
    untouched(vm, area)
    assert module_lines(vm) == []


@pytest.mark.parametrize("path", SWITCHES, ids=["configfs", "sysfs"])
@pytest.mark.parametrize("value", ["yes", "1\n", "true", "on\n"], ids=str.strip)
def test_restores(vm, area, path, value):
    assert write(vm, path, value.encode()) == "OK"
    all_restored(vm, area)
    [line] = module_lines(vm)
    assert line == "128 keys restored"


def test_restored_keys_have_their_payloads(vm, area):
    assert write(vm, YES, b"yes") == "OK"
    some = [*list(KEYS)[::9], list(KEYS)[-1]]       # of each length
    got = vm.run(f"for key in {' '.join(some)}; do keyctl pipe %user:$key | "
                 "od -An -v -tx1 | tr -d ' \\n'; echo; done", timeout=120).split("\n")
    assert got[:len(some)] == [key_bytes(key, KEYS[key]).hex() for key in some]
    # They are root's, and their holder may use them in every way.
    assert re.search(r"^user;0;\d+;3f3f....;lab:b7$", vm.run("keyctl rdescribe %user:lab:b7"))


def test_second_restore_is_refused_and_harmless(vm, area):
    assert write(vm, YES, b"yes") == "OK"
    for path in SWITCHES:
        assert write(vm, path, b"yes") == "ENOKEY"
        all_restored(vm, area)
    # If the keys are gone, the write fails, too.
    vm.run("keyctl clear @u")
    assert write(vm, YES, b"yes") == "ENOKEY"
    assert user_keys(vm) == []
    # A module that is loaded again finds nothing, either.
    vm.run("rmmod crash_dm_crypt; modprobe crash_dm_crypt")
    assert restored(vm) == 0
    assert write(vm, YES, b"yes") == "EBADMSG"
    assert user_keys(vm) == []
    assert restored(vm) == 0


def test_many_at_once_restore_once(vm, area):
    said = vm.run(f"for n in $(seq 8); do write-bytes {YES} 796573 & done; wait", timeout=60)
    results = re.findall(r"^(OK|E[A-Z]+)$", said, re.M)
    assert sorted(results) == ["ENOKEY"] * 7 + ["OK"]
    all_restored(vm, area)


# A damaged area

def test_flipped_bits(vm, area):
    """Flip one bit in every field of the header and of the first and the last entry, and in each
    byte of the numbers."""
    first = HEADER.size
    last = HEADER.size + ENTRY.size * (len(KEYS) - 1)
    end = last + ENTRY.size
    # Lengths; a description's first byte and one behind its end; likewise of the key.
    in_entry = [*range(9), 8 + 100, 8 + 127, 8 + 128, 8 + 128 + 200]
    offsets = [0, 7, 8, 23, 39, *range(DIGESTED, HEADER.size), *(at + field for at in [first, last] for field in in_entry),
               end - 1]
    flip = []
    for at in offsets:
        old = area.original[at]
        new = old ^ 1 << at % 8
        flip.append(f"poke {area.start + at} {new:03o} {old:03o} {at}")
    vm.run(r"""poke() {
        printf "\\$2" | dd of=/dev/mem bs=1 seek=$1 conv=notrunc status=none
        echo $4 $(write-bytes """ + YES + r""" 796573)
        printf "\\$3" | dd of=/dev/mem bs=1 seek=$1 conv=notrunc status=none
    }""")
    said = []
    for at in range(0, len(flip), 20):
        said += vm.run("; ".join(flip[at:at + 20]), timeout=120).split("\n")
    assert said == [f"{at} EBADMSG" for at in offsets]
    untouched(vm, area)
    # The original area is valid, so the flips were the reason.
    assert write(vm, YES, b"yes") == "OK"
    all_restored(vm, area)


def with_header(area, version=2, length=None, count=len(KEYS), reserved=0):
    magic, digest, *_ = HEADER.unpack_from(area.original)
    if length is None:
        length = HEADER.size + ENTRY.size * count
    return HEADER.pack(magic, digest, version, length % 2**32, count % 2**32, reserved) \
        + area.original[HEADER.size:]


def with_entry(area, number, **fields):
    """Return the area with other fields in an entry."""
    at = HEADER.size + ENTRY.size * number
    entry = dict(zip(["description_length", "key_length", "flags", "description", "key"],
                     ENTRY.unpack_from(area.original, at)))
    assert set(fields) <= set(entry)
    return area.original[:at] + ENTRY.pack(*(entry | fields).values()) \
        + area.original[at + ENTRY.size:]


SIZE = HEADER.size + ENTRY.size * len(KEYS)
FORGED = {
    "version 0": lambda area: with_header(area, version=0),
    "version 1": lambda area: with_header(area, version=1),
    "version 3": lambda area: with_header(area, version=3),
    "reserved": lambda area: with_header(area, reserved=1),
    "no keys": lambda area: with_header(area, count=0),
    "129 keys": lambda area: with_header(area, count=129),
    "count off by one": lambda area: with_header(area, count=127, length=SIZE),
    "count more than 32 bits of bytes": lambda area: with_header(area, count=2**32 // 392 + 1),
    "count -1": lambda area: with_header(area, count=-1),
    "length short": lambda area: with_header(area, length=SIZE - 1),
    "length a key short": lambda area: with_header(area, length=SIZE - ENTRY.size),
    "length long": lambda area: with_header(area, length=SIZE + 1),
    "length 0": lambda area: with_header(area, length=0),
    "length -1": lambda area: with_header(area, length=-1),
    "flags 2": lambda area: with_entry(area, 127, flags=2),
    "no description": lambda area: with_entry(area, 127, description_length=0),
    # Without a NUL in what it would be.
    "description 129": lambda area: with_entry(area, 127, description_length=129,
                                               description=b"x" * 128, key=b"x" * 256),
    "description 65535": lambda area: with_entry(area, 127, description_length=65535,
                                                 description=b"x" * 128, key=b"x" * 256),
    "NUL in description": lambda area: with_entry(area, 127, description=b"lab\0c9",
                                                  description_length=6),
    "no key": lambda area: with_entry(area, 127, key_length=0),
    "key 257": lambda area: with_entry(area, 127, key_length=257),
    "key 65535": lambda area: with_entry(area, 0, key_length=65535),
}


def sealed(area):
    """Return the area with the correct digest. If its count is more than the area can have, return
    it unchanged."""
    return seal(area) if HEADER.unpack_from(area)[4] <= 129 else area


def write_area(area, content):
    """Write the parts that differ."""
    for at in range(0, len(content), 256):
        if content[at:at + 256] != area.original[at:at + 256]:
            area.poke(at, content[at:at + 256])


@pytest.mark.parametrize("case", FORGED)
def test_forged(vm, area, case):
    """The area is wrong and its digest is correct: the digest is not the only check."""
    content = sealed(FORGED[case](area))
    assert content != area.original
    write_area(area, content)
    assert area.read() == content
    assert write(vm, YES, b"yes") == "EBADMSG"
    assert user_keys(vm) == []
    assert restored(vm) == 0
    assert area.read() == content


def test_forged_right(vm, area):
    """An area that this test has made is accepted if it is correct."""
    key = bytes(range(256))
    content = with_entry(area, 3, description_length=128, description=b"x" * 128, key_length=256,
                         key=key)
    write_area(area, sealed(content))
    assert write(vm, YES, b"yes") == "OK"
    assert "x" * 128 in user_keys(vm)
    assert vm.run(f"keyctl pipe %user:{'x' * 128} | sha256sum").split()[0] == \
        hashlib.sha256(key).hexdigest()


def test_keys_for_hiding_only_are_not_restored(vm, area):
    write_area(area, sealed(with_entry(area, 3, flags=1)))
    assert write(vm, YES, b"yes") == "OK"
    assert user_keys(vm) == sorted(set(KEYS) - {list(KEYS)[3]})
    assert module_lines(vm) == ["127 keys restored"]
    assert not any(area.read())


HIDE = [switch.replace("restore", "hide") for switch in SWITCHES]


def test_keys_too_short_to_be_hidden(vm, area):
    """Some of these keys have one byte."""
    for path in HIDE:
        assert write(vm, path, b"yes") == "EINVAL"
        assert number(vm, path) == 0
        [line] = module_lines(vm)
        assert line == "no pages hidden: cannot search for 128 keys: error -22"
        vm.run("dmesg -C")
        # There is nothing to end, and other values do nothing.
        for value in [b"no", b"junk", b"2"]:
            assert write(vm, path, value) == "OK"
    assert module_lines(vm) == []
    untouched(vm, area)


def test_nothing_is_hidden_where_the_area_is_damaged(vm, area):
    area.poke(area.size // 2, b"x")
    assert write(vm, HIDE[0], b"yes") == "EBADMSG"
    [line] = module_lines(vm)
    assert "no pages hidden: no intact saved area" in line


def test_nothing_is_hidden_after_restoring(vm, area):
    assert write(vm, YES, b"yes") == "OK"
    assert write(vm, HIDE[0], b"yes") == "ENOKEY"
    assert number(vm, HIDE[0]) == 0


# All or nothing

def eventually_no_user_keys(vm):
    """Wait until no user key is left. An invalidated key is unusable at once, and is collected
    later."""
    deadline = time.monotonic() + 30
    while user_keys(vm):
        assert time.monotonic() < deadline, user_keys(vm)
        time.sleep(0.5)


def usage(vm):
    """Return the number of keys and bytes that count for root's quota."""
    fields = re.search(r"^ *0: +\d+ \d+/\d+ (\d+)/\d+ (\d+)/\d+", vm.run("cat /proc/key-users"),
                       re.M)
    return int(fields[1]), int(fields[2])


def wait_for_usage(vm, wanted):
    """Wait for this usage. Deleted keys count until they have been collected."""
    deadline = time.monotonic() + 30
    while usage(vm) != wanted:
        assert time.monotonic() < deadline, (usage(vm), wanted)
        time.sleep(0.5)


@pytest.mark.parametrize("limit", ["maxkeys", "maxbytes"])
def test_quota_too_small_for_the_last_key(vm, area, limit):
    # Restore once to measure the quota that the keys need.
    assert write(vm, YES, b"yes") == "OK"
    with_keys = usage(vm)
    vm.run("keyctl clear @u; rmmod crash_dm_crypt; modprobe crash_dm_crypt")
    eventually_no_user_keys(vm)
    # A key counts with its description, a NUL, its payload, and 4 bytes of the keyring's.
    without = (with_keys[0] - len(KEYS),
               with_keys[1] - sum(len(key) + 1 + length + 4 for key, length in KEYS.items()))
    wait_for_usage(vm, without)
    vm.run(area.put_back_command)

    too_small = {"maxkeys": with_keys[0] - 1, "maxbytes": with_keys[1] - 1}[limit]
    vm.run(f"echo {too_small} >/proc/sys/kernel/keys/root_{limit}")
    assert write(vm, YES, b"yes") == "EDQUOT"
    # At once, and the quota is free again.
    assert user_keys(vm) == []
    assert usage(vm) == without
    assert restored(vm) == 0
    assert area.read() == area.original
    # With enough quota they are restored.
    vm.run(f"echo {with_keys[0] * 100000} >/proc/sys/kernel/keys/root_{limit}")
    assert write(vm, YES, b"yes") == "OK"
    all_restored(vm, area)


# Addresses

def with_cmdline(vm, cmdline):
    """Return the result of writing yes if this was the command line when the module was loaded."""
    again = "rmmod crash_dm_crypt; modprobe crash_dm_crypt"
    vm.run(f"echo '{cmdline}' >/root/cmdline; mount --bind /root/cmdline /proc/cmdline; {again}")
    try:
        answer = write(vm, YES, b"yes")
        # The command line is read only when the module is loaded.
        assert vm.run(f"umount /proc/cmdline; cat {YES}") == str(int(answer == "OK"))
        return answer
    finally:
        vm.run("! mountpoint -q /proc/cmdline || umount /proc/cmdline; "
               f"grep -q 1 {YES} || {{ {again}; }}")


BAD_ADDRESSES = {
    # The parameter's text
    "": "ENOENT", "quiet": "ENOENT", "xdmcryptkeys={start}": "ENOENT",
    "dmcryptkeys": "EINVAL", "dmcryptkeys=": "EINVAL", "dmcryptkeys=junk": "EINVAL",
    "dmcryptkeys={start}junk": "EINVAL", "dmcryptkeys=-1": "EINVAL",
    "dmcryptkeys={start},{start}": "EINVAL", "dmcryptkeys=0x1ffffffffffffffff": "ERANGE",
    "dmcryptkeys=0x1000 dmcryptkeys={start}": "ERANGE",
    # Ordinary memory, low and of the crash kernel's own; not aligned
    "dmcryptkeys=0": "EBADMSG ERANGE", "dmcryptkeys=0x1000": "ERANGE",
    "dmcryptkeys=0x9000": "ERANGE",
    "dmcryptkeys={before}": "ERANGE", "dmcryptkeys={after}": "ERANGE",
    "dmcryptkeys={unaligned}": "ERANGE",
    # No memory: the APIC, the HPET, a hole, the end of everything
    "dmcryptkeys=0xfee00000": "ERANGE", "dmcryptkeys=0xfed00000": "ERANGE",
    "dmcryptkeys=0xf000000000": "ERANGE", "dmcryptkeys=0xfffffffffffff000": "ERANGE",
    "dmcryptkeys=0x7ffffffffffff000": "ERANGE",
    # Reserved, but not for us: PCI configuration space, the firmware's ROM
    "dmcryptkeys=0xb0000000": "EBADMSG ERANGE", "dmcryptkeys=0xfffff000": "EBADMSG ERANGE",
    # In the area, but not its start
    "dmcryptkeys={second_page}": "EBADMSG",
}


@pytest.mark.parametrize("cmdline", BAD_ADDRESSES)
def test_bad_address(vm, area, cmdline):
    text = cmdline.format(start=hex(area.start), before=hex(area.start - 4096),
                          after=hex(area.start + area.size), unaligned=hex(area.start + 8),
                          second_page=hex(area.start + 4096))
    assert with_cmdline(vm, text) in BAD_ADDRESSES[cmdline].split()
    untouched(vm, area)
    [line] = module_lines(vm)
    assert "no keys restored" in line


def test_area_that_reaches_out_of_reserved_memory(vm, area):
    """A valid header is in the last page of the area. The memory behind it is not reserved."""
    at = area.size - 4096
    area.poke(at, area.original[:HEADER.size])
    assert with_cmdline(vm, f"dmcryptkeys={hex(area.start + at)}") == "EBADMSG"
    assert user_keys(vm) == []
    assert restored(vm) == 0


def test_right_address_among_others(vm, area):
    """The correct address works, so the address was the error in the tests above."""
    cmdline = f'root=/dev/vda "quoted text" dmcryptkeys={area.start} dmcryptkeys=0x1000'
    assert with_cmdline(vm, cmdline) == "OK"
    all_restored(vm, area)
