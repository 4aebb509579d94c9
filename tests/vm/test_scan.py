# SPDX-License-Identifier: GPL-2.0-or-later
"""kdump-crypt scan: volume keys and key schedules of AES in a dump, and in one without any."""
import json
import re
import struct

from lab import disks, story
from lab.disks import QUICK_KDF, QUICK_PASSPHRASE

DISK, OTHER_DISK = story.DISK, "/dev/vdc"
KEY = "/root/key"
FOUND = 3
PAGES = 16

# An ELF header, one loadable segment, and nothing in it.
EMPTY = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 4, 62, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0,
                    0)
EMPTY += struct.pack("<IIQQQQQQ", 1, 7, 4096, 0xffff888000000000, 0, PAGES << 12, PAGES << 12, 0)


def scan(vm, operands, status=FOUND):
    """What it says of a dump, with nobody to ask."""
    got, said = vm.run(f"kdump-crypt scan --json {operands}", timeout=300, check=False)
    assert got == status, said
    return json.loads(said)


def fails(vm, operands, reason, status=1):
    got, said = vm.run(f"kdump-crypt scan {operands}", timeout=120, check=False)
    assert got == status
    assert re.search(reason, said), said


def has_key(volume):
    """Both halves, and what dm-crypt has of each for encryption and decryption."""
    return min(volume["halves"]) >= 1 and volume["schedules"] >= 3 and volume["pages"] >= 1


def has_nothing(volume):
    return not any([volume["whole_keys"], *volume["halves"], volume["pieces"],
                    volume["schedules"], volume["pages"]])


def is_told_on_terminal(vm, dump):
    said = vm.run(f"kdump-crypt scan {dump}", timeout=300, check=False,
                  dialog=[(f"Passphrase of the LUKS volume on {DISK}: ", QUICK_PASSPHRASE)])
    assert said[0] == FOUND
    assert re.search(rf"LUKS volume \S+ on {DISK}: its key$", said[1], re.M)
    assert "Do not give this dump away: who has it can read the volume." in said[1]


def of_other_formats(vm, dump, volume):
    """The same is found in what makedumpfile makes of it, and nobody wants in memory."""
    vm.run(f"makedumpfile -E -d 31 {dump}/vmcore /root/elf", timeout=180)
    vm.run(f"makedumpfile -F -c -d 31 {dump}/vmcore >/root/flattened", timeout=180)
    for file in ["/root/elf", "/root/flattened"]:
        said = scan(vm, f"--key-file {KEY} {file}")
        assert said["luks_volumes"] == [volume]
        assert said["unreadable_pages"] == 0


def of_what_is_cut(vm, dump):
    """What there is of it is looked through."""
    vm.run("mkdir /root/cut; size=$(stat -c %s {0}/vmcore); "
           "head -c $((size / 2)) {0}/vmcore >/root/cut/vmcore-incomplete".format(dump))
    said = scan(vm, "--no-keys /root/cut")
    assert said["vmcore"] == "/root/cut/vmcore-incomplete"
    assert said["pages"] > 0 and said["unreadable_pages"] > 0
    # Its header, and hardly more.
    vm.run("truncate -s 256K /root/cut/vmcore-incomplete")
    fails(vm, "--no-keys /root/cut", "no page of the vmcore can be read: ")


def of_nothing(vm):
    escaped = "".join(f"\\x{byte:02x}" for byte in EMPTY)
    vm.run(f"printf '{escaped}' >/root/empty; truncate -s {(PAGES + 1) << 12} /root/empty")
    said = scan(vm, f"--key-file {KEY} /root/empty", status=0)
    assert said["safe"] is True and said["pages"] == PAGES
    assert has_nothing(said["luks_volumes"][0])
    assert said["other_schedules"] == 0
    said = scan(vm, "--no-keys /root/empty", status=0)
    assert said["safe"] is False and said["luks_volumes"] == []


def of_bad_input(vm, dump):
    for operands, reason in [
            ("missing", 'there is no dump "missing" in .*: kdump-crypt list'),
            ("/root", "/root/vmcore: No such file"),
            ("/dev/mem", "/dev/mem is not a file"),
            ("--no-keys /etc/passwd", "/etc/passwd cannot be read as a vmcore"),
            (f"{dump}", "no terminal to ask .*: use --key-file(.|\n)*with --no-keys none"),
            (f"--key-file /root/missing {dump}", "/root/missing: No such file"),
            (f"--key-file /etc/passwd {dump}", "no keyslot opens with the content of"),
            (f"--device /dev/vda --key-file {KEY} {dump}", "/dev/vda: no usable LUKS header")]:
        fails(vm, operands, reason)
    for operands in ["", f"{dump} {dump}", f"--no-keys --key-file {KEY} {dump}",
                     f"--no-keys --device {DISK} {dump}", f"--nonsense {dump}"]:
        fails(vm, operands, "", status=2)
    vm.run(f"cp {KEY} /tmp/file; chmod 644 /tmp/file")
    status, said = vm.run("setpriv --reuid nobody kdump-crypt scan /tmp/file", check=False)
    assert status == 1 and "only root can look for the keys" in said


def with_key_in_keyring(vm, dump, volume):
    uuid = volume["uuid"]
    vm.run(f"umount {story.MOUNT}; cryptsetup close crash; cryptsetup open --key-file {KEY} "
           f'--link-vk-to-keyring "@u::%user:cryptsetup:{uuid}" {DISK} crash')
    story.mount(vm)
    assert scan(vm, dump)["luks_volumes"] == [volume]


def test_scan(guest, luks_disk, tmp_path):
    other_disk = disks.blank(tmp_path / "other.img", 64 << 20)
    with guest(disks=[luks_disk, other_disk]) as vm:
        vm.wait_shell()
        story.unlock(vm, QUICK_PASSPHRASE)
        story.make_filesystem(vm)
        story.mount(vm)
        vm.run("echo 'core_collector makedumpfile -l -d 31' >/etc/kdump-crypt.conf")
        vm.run("kdump-crypt load")
        story.crash(vm)

        vm.run(f"printf {QUICK_PASSPHRASE} >{KEY}")
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
        schedules = volume["schedules"] + said["other_schedules"]

        said = scan(vm, f"--device {OTHER_DISK} --key-file {KEY} {dump}")
        assert has_nothing(said["luks_volumes"][0])
        assert said["other_schedules"] == schedules
        assert scan(vm, f"--no-keys {dump}/vmcore")["other_schedules"] == schedules
        is_told_on_terminal(vm, dump)
        of_other_formats(vm, dump, volume)
        of_what_is_cut(vm, dump)
        of_nothing(vm)
        of_bad_input(vm, dump)
        with_key_in_keyring(vm, dump, volume)
