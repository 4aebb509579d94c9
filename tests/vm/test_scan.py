# SPDX-License-Identifier: GPL-2.0-or-later
"""kdump-crypt scan: volume keys and key schedules of AES in a dump, and in one without any.

With LAB_ALL=1 in the environment it also searches every format, and truncated dumps."""
import json
import os
import re
import struct

from lab import story
from lab.disks import QUICK_KDF, QUICK_PASSPHRASE
from machines import CONFIG, KEY, OPEN, SPARE, next_boot

LAB_ALL = "LAB_ALL" in os.environ
DISK, OTHER_DISK = story.DISK, SPARE
SMALL = "/root/small"       # an ELF file with some pages of memory
FOUND = 3
PAGES = 16


def scan(vm, operands, status=FOUND):
    """Return the result of a scan, with nobody to ask."""
    # Leave out progress and warnings, which are shown as this is a terminal.
    got, said = vm.run(f"kdump-crypt scan --json {operands} 2>/tmp/errors", timeout=300,
                       check=False)
    assert got == status, said + vm.run("cat /tmp/errors")
    return json.loads(said)


def fails(vm, operands, reason, status=1):
    # In a session without a terminal nobody can be asked.
    got, said = vm.run(f"setsid --wait kdump-crypt scan {operands}", timeout=120, check=False)
    assert got == status
    assert re.search(reason, said), said


def has_key(volume):
    """Return True if scan has found both halves, and dm-crypt's schedules of each for encryption
    and decryption."""
    return min(volume["halves"]) >= 1 and volume["schedules"] >= 3 and volume["pages"] >= 1


def has_nothing(volume):
    return not any([volume["whole_keys"], *volume["halves"], volume["pieces"],
                    volume["schedules"], volume["pages"]])


def make_small(vm):
    """Make a dump that is no larger than needed. A key can be planted in it."""
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 4, 62, 1, 0, 64, 0, 0, 64, 56, 1,
                         0, 0, 0)
    header += struct.pack("<IIQQQQQQ", 1, 7, 4096, 0xffff888000000000, 0, PAGES << 12,
                          PAGES << 12, 0)
    escaped = "".join(f"\\x{byte:02x}" for byte in header)
    vm.run(f"printf '{escaped}' >{SMALL}; truncate -s {(PAGES + 1) << 12} {SMALL}")


def of_nothing(vm):
    said = scan(vm, f"--key-file {KEY} {SMALL}", status=0)
    assert said["safe"] is True and said["pages"] == PAGES
    assert has_nothing(said["luks_volumes"][0])
    assert said["other_schedules"] == 0
    said = scan(vm, f"--no-keys {SMALL}", status=0)
    assert said["safe"] is False and said["luks_volumes"] == []


def of_planted_key(vm):
    """The key is at an odd address. scan gets it with a passphrase, or from a key that user space
    can read."""
    prompt = (f"Passphrase of the LUKS volume on {DISK}: ", QUICK_PASSPHRASE)
    said = vm.run(f"kdump-crypt scan {SMALL}", dialog=[prompt])
    assert re.search(rf"LUKS volume \S+ on {DISK}: nothing of its key$", said, re.M)
    assert "This dump can be given away: it contains no key of these volumes." in said

    vm.run(f"cryptsetup luksDump -q --dump-volume-key --key-file {KEY} "
           f"--volume-key-file /root/volume-key {DISK}; dd if=/root/volume-key of={SMALL} bs=1 "
           "seek=12277 conv=notrunc status=none")
    status, said = vm.run(f"kdump-crypt scan {SMALL}", dialog=[prompt], check=False)
    assert status == FOUND
    assert re.search(rf"LUKS volume \S+ on {DISK}: its key$", said, re.M)
    assert "Do not give this dump away: it contains the key that opens the volume." in said

    uuid = vm.run(f"cryptsetup luksUUID {DISK}").strip()
    vm.run(f"keyctl padd user cryptsetup:{uuid} @u </root/volume-key")
    [volume] = scan(vm, SMALL)["luks_volumes"]
    assert volume == {"uuid": uuid, "device": DISK, "whole_keys": 1, "halves": [1, 1],
                      "pieces": 0, "schedules": 0, "pages": 2}
    # A user key that is not the volume's is not used.
    vm.run(f"head -c 64 /dev/urandom | keyctl padd user cryptsetup:{uuid} @u")
    fails(vm, SMALL, "no terminal to ask")


def of_other_formats(vm, dump, volume):
    """scan finds the same in makedumpfile's formats of the dump."""
    for options, output in [("-c", "/root/zlib"), ("-F -l", ">/root/flat")]:
        vm.run(f"makedumpfile {options} -d 31 {dump}/vmcore {output}", timeout=300)
        said = scan(vm, f"--key-file {KEY} {output.removeprefix('>')}")
        assert said["luks_volumes"] == [volume]
        assert said["unreadable_pages"] == 0


def of_what_is_cut(vm, dump):
    """scan searches the part that exists."""
    vm.run("mkdir /root/cut; size=$(stat -c %s {0}/vmcore); "
           "head -c $((size / 2)) {0}/vmcore >/root/cut/vmcore-incomplete".format(dump))
    status, said = vm.run("kdump-crypt scan --json --no-keys /root/cut 2>/dev/null", timeout=300,
                          check=False)
    assert status in [1, FOUND]     # as the key may be in the other half
    said = json.loads(said)
    assert said["vmcore"] == "/root/cut/vmcore-incomplete"
    assert said["pages"] > 0 and said["unreadable_pages"] > 0 and said["safe"] is False
    # Its header, and hardly more.
    vm.run("truncate -s 256K /root/cut/vmcore-incomplete")
    assert scan(vm, "--no-keys /root/cut", status=1)["unreadable_pages"] > 0


def of_bad_input(vm):
    for operands, reason in [
            ("missing", 'there is no dump "missing" in .*: kdump-crypt list'),
            ("/root", "/root/vmcore: No such file"),
            ("/dev/mem", "/dev/mem is not a file"),
            ("--no-keys /etc/passwd", "/etc/passwd cannot be read as a vmcore"),
            (SMALL, "no terminal to ask .*: use --key-file(.|\n)*with --no-keys none"),
            (f"--key-file /root/missing {SMALL}", "/root/missing: No such file"),
            (f"--key-file /etc/passwd {SMALL}", "no keyslot opens with the content of"),
            (f"--device /dev/vda --key-file {KEY} {SMALL}", "/dev/vda: no usable LUKS header")]:
        fails(vm, operands, reason)
    for operands in ["", f"{SMALL} {SMALL}", f"--no-keys --key-file {KEY} {SMALL}",
                     f"--no-keys --device {DISK} {SMALL}", f"--nonsense {SMALL}"]:
        fails(vm, operands, "", status=2)
    vm.run(f"cp {SMALL} /tmp/file; chmod 644 /tmp/file")
    status, said = vm.run("setpriv --reuid nobody kdump-crypt scan /tmp/file", check=False)
    assert status == 1 and "only root can search for volume keys" in said
    vm.run("setpriv --reuid nobody kdump-crypt scan --no-keys /tmp/file")


def test_scan(start):
    with start(OPEN) as vm:
        # As other tools' dumps are.
        vm.run(f"echo hide_keys no >{CONFIG}")
        vm.run("kdump-crypt load; sync")
        story.crash(vm, back=next_boot)

        vm.run(f"cryptsetup luksFormat -q {' '.join(QUICK_KDF)} {OTHER_DISK} {KEY}")
        story.unlock(vm, QUICK_PASSPHRASE, link=False)
        story.mount(vm)
        [dump] = story.dumps(vm)

        said = scan(vm, f"--key-file {KEY} {dump.rsplit('/', 1)[1]}")
        assert said["vmcore"] == f"{dump}/vmcore"
        assert said["safe"] is False and said["unreadable_pages"] == 0
        [volume] = said["luks_volumes"]
        assert volume["uuid"] == vm.run(f"cryptsetup luksUUID {DISK}").strip()
        assert volume["device"] == DISK
        assert has_key(volume)

        # Without the key the schedules are found, too.
        said = scan(vm, f"--device {OTHER_DISK} --key-file {KEY} {dump}")
        assert has_nothing(said["luks_volumes"][0])
        assert said["other_schedules"] >= volume["schedules"]

        make_small(vm)
        of_nothing(vm)
        of_bad_input(vm)
        of_planted_key(vm)
        if LAB_ALL:
            vm.run("keyctl clear @u")
            of_other_formats(vm, dump, volume)
            of_what_is_cut(vm, dump)
