# SPDX-License-Identifier: GPL-2.0-or-later
"""Volume keys are kept out of the dump: which parts of a key are in it, with and without hiding.

With LAB_ALL=1 in the environment also for other ciphers, implementations, places and kinds of
dumps."""
import json
import os
import random
from dataclasses import dataclass

import pytest

from crash_guest import COMMAND_LINE, crash as crash_to_shell, user_keys
from lab import aes, disks, ramscan, story
from lab.disks import QUICK_KDF, QUICK_PASSPHRASE
from lab.sysroot import enter, sysroot
from lab.vm import COUNT_INSTRUCTIONS, Vm
# SPARE is the disk for files that the host reads.
from machines import CONFIG, KEY, OPEN, OTHER_SPARE, SPARE, next_boot
from module_guest import (CHECKERS, INITRD, ITEMS, KERNEL, NO_LEAKS, add_item,
                          assert_sane_kernel, crashkernel, module_lines, number, prepare, run_beside,
                          saved)

only_all = pytest.mark.skipif("LAB_ALL" not in os.environ, reason="LAB_ALL=1 is not set")

PAGE = 4096
# Its pages are searched when they are first accessed.
LAZY = "/proc/crash_dm_crypt_vmcore"


def traces(key):
    """Return all byte strings that reveal the volume key, by name: the key, each half, and each
    round of an AES key that is made from one of those."""
    half = len(key) // 2
    found = {"whole": [key], "first half": [key[:half]], "second half": [key[half:]]}
    for name, part in [("first", key[:half]), ("second", key[half:]), ("whole", key)]:
        if len(part) in (16, 24, 32):
            found[f"rounds of the {name}"] = aes.round_keys(aes.encryption_schedule(part)) + \
                aes.round_keys(aes.decryption_schedule(part))
    return found


def quick_traces(key):
    """Return fewer byte strings, for large files. Of a key schedule it has only the key of the last
    round."""
    return {name: patterns if "rounds" not in name else
            patterns[len(patterns) // 2 - 1:len(patterns) // 2]
            for name, patterns in traces(key).items()}


def find_any(content, patterns):
    """Return the places of any of those."""
    return {at for pattern in patterns for at in content.find_all(pattern)}


def count(path, named_patterns, size=0):
    """Count each of those in the first bytes of a file (0: in all of it)."""
    with ramscan.content(path, size) as content:
        return {name: len(find_any(content, patterns))
                for name, patterns in named_patterns.items()}


def on_host(vm, vmcore, directory, *options):
    """Copy a vmcore to a directory of the host and unpack it there. Return the path."""
    size = int(vm.run(f"cat {vmcore} >{SPARE} && sync && stat -c %s {vmcore}", timeout=240))
    with open(vm.disks[1], "rb") as spare:
        (directory / "vmcore").write_bytes(spare.read(size))
    (directory / "plain").unlink(missing_ok=True)
    enter(sysroot(), ["makedumpfile", *options, "-d", "31", "/work/vmcore", "/work/plain"],
          "makedumpfile", 300, [("--bind", directory, "/work")])
    return directory / "plain"


def crash(vm, back=Vm.wait_shell):
    """Crash and open the volume again. Return the capture and the directory of the dump."""
    token = story.log_token(vm)
    capture = story.crash(vm, back=back)
    story.unlock(vm, QUICK_PASSPHRASE, link=False)
    story.mount(vm)
    directory = story.dumps(vm)[-1]
    assert token in story.dmesg_in(vm, directory)
    return capture, directory


def test_dump_has_no_key(start, tmp_path):
    """Test the default cipher and collector."""
    with start(OPEN) as vm:
        key = ramscan.volume_key(vm.disks[0])
        assert len(key) == 64
        vm.run("kdump-crypt load")
        # The memory contains the key, and this search finds it.
        ramscan.save(vm, tmp_path / "ram")
        shown = count(tmp_path / "ram", quick_traces(key))
        assert all(shown.values()), shown
        capture, directory = crash(vm, next_boot)
        info = story.info_of(vm, directory)
        assert info["complete"] and info["keys_hidden"] is True
        # Two expanded keys are in one page or in two.
        assert 1 <= info["hidden_pages"] <= 8
        assert info["unreadable_pages"] == 0
        capture.time_of(f"^vmcore: hid {info['hidden_pages']} pages? that contains? ")
        assert " hidden " in vm.run("kdump-crypt list")
        assert "hidden, in" in vm.run(f"kdump-crypt show --lines 0 {directory.split('/')[-1]}")
        # Leave out the progress, which is for a terminal.
        said = json.loads(vm.run(f"kdump-crypt scan --json --key-file {KEY} {directory} "
                                 "2>/dev/null", timeout=300))
        assert said["safe"] is True and said["unreadable_pages"] == 0
        assert [volume["device"] for volume in said["luks_volumes"]] == [story.DISK]
        hidden = count(on_host(vm, f"{directory}/vmcore", tmp_path), traces(key))
        assert hidden == dict.fromkeys(hidden, 0)


@only_all
def test_dump_has_keys_without_hiding(start, tmp_path, show):
    """The counterpart."""
    with start(OPEN) as vm:
        key = ramscan.volume_key(vm.disks[0])
        vm.run(f"echo hide_keys no >{CONFIG}; kdump-crypt load")
        capture, directory = crash(vm, next_boot)
        info = story.info_of(vm, directory)
        assert info["keys_hidden"] is False and info["hidden_pages"] == 0
        capture.time_of("^vmcore: it contains volume keys")
        assert " inside " in vm.run("kdump-crypt list")
        shown = count(on_host(vm, f"{directory}/vmcore", tmp_path), traces(key))
        show(f"in a dump without hiding: {shown}")
        # dm-crypt has the halves only, each at the beginning of a key schedule.
        assert all(n for name, n in shown.items() if name != "whole")


@only_all
def test_other_volumes(start, tmp_path):
    """The key of an open volume that takes no dump is kept out, too, if the kernel has the key. If
    it does not, the dump is made, and marked."""
    other = disks.luks(tmp_path / "other.img", size=1 << 30, slots=[QUICK_PASSPHRASE])
    other_key = ramscan.volume_key(other)
    with start(OPEN, disks=[None, None, other]) as vm:
        key = ramscan.volume_key(vm.disks[0])
        uuid = vm.run(f"cryptsetup luksUUID {OTHER_SPARE}")
        vm.run(f"cryptsetup open --key-file {KEY} {OTHER_SPARE} other")
        said = vm.run("kdump-crypt load")
        assert said.count(f"will contain the key of the LUKS volume on {OTHER_SPARE}") == 1
        capture, directory = crash(vm, next_boot)
        info = story.info_of(vm, directory)
        assert info["keys_hidden"] is False and info["hidden_pages"] >= 1
        capture.time_of(f"^hide: the dump will contain the keys of these volumes: {uuid}$")
        dump = on_host(vm, f"{directory}/vmcore", tmp_path)
        assert not any(count(dump, traces(key)).values())
        assert any(count(dump, traces(other_key)).values())

        vm.run(f"cryptsetup open --link-vk-to-keyring '@u::%logon:cryptsetup:{uuid}' "
               f"--key-file {KEY} {OTHER_SPARE} other")
        said = vm.run(f"kdump-crypt load --key-file {KEY}", timeout=180)
        assert "will contain" not in said
        assert vm.run(f"cat {ITEMS}/*/hide_only | sort | tr -d '\\n'") == "01"
        assert number(vm, f"{ITEMS}/saved") == 2
        # The keyring's copies are gone, and the loaded image has them.
        assert "cryptsetup:" not in vm.run("keyctl list @u")
        assert "will contain" not in vm.run("kdump-crypt reload", timeout=180)
        capture, directory = crash(vm, next_boot)
        assert story.info_of(vm, directory)["keys_hidden"] is True
        assert not [text for _, _, text in capture.lines if text.startswith("hide:")]
        dump = on_host(vm, f"{directory}/vmcore", tmp_path)
        assert not any(count(dump, traces(key)).values())
        assert not any(count(dump, traces(other_key)).values())


@dataclass
class Volume:
    cipher: str
    key: bytes
    device: str = ""
    uuid: str = ""


def volumes():
    return [Volume(cipher, random.randbytes(size)) for cipher, size in [
        ("aes-xts-plain64", 64), ("aes-xts-plain64", 32), ("aes-cbc-essiv:sha256", 32),
        ("serpent-xts-plain64", 64), ("xchacha20,aes-adiantum-plain64", 32)]]


def parts(key):
    """Return the parts of a key to search for, each as it lies in memory."""
    half = len(key) // 2
    found = []
    for part in [key[:half], key[half:], key]:
        found.append(part)
        if len(part) in (16, 24, 32):
            found += [aes.encryption_schedule(part), aes.decryption_schedule(part)]
    return found


def bytes_to_plant(keys):
    """Return keys at odd addresses, for slab memory. Then return every part in pages of its own: at
    an odd address, and cut by the end of a page in several ways."""
    plant = bytearray(random.randbytes(2048))
    for number_of, key in enumerate(keys):
        at = 129 * number_of + 3
        plant[at:at + len(key)] = key
    plant += random.randbytes(PAGE - len(plant) % PAGE)
    for part in [part for key in keys for part in parts(key)]:
        for first in [8, 13, len(part) // 2, len(part) - 8]:
            pages = bytearray(random.randbytes(3 * PAGE))
            pages[PAGE - first:PAGE - first + len(part)] = part
            odd = 2 * PAGE + random.randrange(PAGE - len(part)) | 1
            pages[odd:odd + len(part)] = part
            plant += pages[:3 * PAGE]
    return bytes(plant)


def ends(key):
    """Return the fewest bytes of each part that must not be in a dump."""
    return {end for part in parts(key) for end in (part[:8], part[-8:])}


def make_volume(vm, volume, device):
    escaped = "".join(f"\\x{byte:02x}" for byte in volume.key)
    volume.device = device
    vm.run(f"printf '{escaped}' >/root/vk; cryptsetup luksFormat -q {' '.join(QUICK_KDF)} "
           f"--volume-key-file /root/vk --cipher {volume.cipher} --key-size "
           f"{len(volume.key) * 8} {device} /root/key; shred -u /root/vk", timeout=120)
    volume.uuid = vm.run(f"cryptsetup luksUUID {device}")
    name = device.rsplit("/", 1)[1]
    vm.run(f"cryptsetup open --link-vk-to-keyring '@u::%logon:cryptsetup:{volume.uuid}' "
           f"--key-file /root/key {device} {name}", timeout=120)
    # Decrypt something, so that the key schedule surely exists.
    vm.run(f"dd if=/dev/mapper/{name} of=/dev/null bs=64K count=1 status=none")
    add_item(vm, name, f"cryptsetup:{volume.uuid}")


DUMPS = {
    "a copy of /proc/vmcore": "dd if=/proc/vmcore bs=1M status=none",
    "ELF -d 0": "makedumpfile -E -d 0 -F /proc/vmcore",
    "-d 1": "makedumpfile -d 1 -F /proc/vmcore",
    "ELF -d 31": "makedumpfile -E -d 31 -F /proc/vmcore",
    "-d 31 without mmap": "makedumpfile --non-mmap -d 31 -F /proc/vmcore",
    "a copy of the lazy file": f"dd if={LAZY} bs=1M status=none",
    "lazy ELF -d 0": f"makedumpfile -E -d 0 -F {LAZY}",
    "lazy -d 31": f"makedumpfile -d 31 -F {LAZY}",
}


def give_dump(vm, command):
    """Give the standard output of a command to the host. Return its size."""
    said = vm.run(f"set -o pipefail; {command} 2>/dev/null | dd of={SPARE} bs=64K "
                  "iflag=fullblock conv=fsync 2>&1 | tail -n 1", timeout=900)
    return int(said.split()[0])


def crash_kernel_pages(vm):
    start, end = vm.run("sed -n 's/ *: Crash kernel$//p' /proc/iomem").split("-")
    return range(int(start, 16) // PAGE, int(end, 16) // PAGE + 1)


@only_all
@pytest.mark.parametrize("implementation", ["", "clearcpuid=avx", "clearcpuid=aes"],
                         ids=["avx", "aesni", "generic"])
def test_everything(guest, tmp_path, show, implementation):
    """Test several volumes at once, planted keys, and every kind of dump."""
    all_volumes = volumes()
    keys = [volume.key for volume in all_volumes]
    plant = tmp_path / "plant.img"
    plant.write_bytes(bytes_to_plant(keys))
    spare = disks.blank(tmp_path / "spare.img", 1280 << 20)
    blanks = [disks.blank(tmp_path / f"{n}.img", 64 << 20) for n in range(len(keys))]
    ram = tmp_path / "ram"
    with guest(disks=[plant, spare, *blanks], memory=1024,
               cmdline=f"{crashkernel('256M')} {implementation}") as vm:
        prepare(vm)
        vm.run(f"printf {QUICK_PASSPHRASE} >/root/key")
        for volume, letter in zip(all_volumes, "defgh"):
            make_volume(vm, volume, f"/dev/vd{letter}")
        # All but one are for hiding only.
        vm.run(f"for n in vde vdf vdg vdh; do echo 1 >{ITEMS}/$n/hide_only; done")
        # The page cache of the device and of a filesystem, the kernel's memory, a keyring.
        vm.run("cat /dev/vdb >/dev/shm/plant; modprobe plant_bytes file=/dev/shm/plant")
        drivers = vm.run("grep -h 'driver.*xts.*aes' /proc/crypto | sort | uniq")
        vm.run(f"kexec -s -p {KERNEL} --initrd={INITRD} --append='{COMMAND_LINE}'", timeout=120)
        assert saved(vm) == len(keys)
        not_dumped = crash_kernel_pages(vm)
        crash_to_shell(vm)

        ramscan.save(vm, ram)
        table = [f"{implementation or 'as it is'}: {' '.join(drivers.split())}"]
        looked_for = {"ends": set().union(*map(ends, keys))}
        for volume in all_volumes:
            shown = count(ram, quick_traces(volume.key))
            table.append(f"in memory, {volume.cipher} with {len(volume.key) * 8} bits: {shown}")
            assert all(shown.values())
            for what, patterns in quick_traces(volume.key).items():
                looked_for.setdefault(what, []).extend(patterns)
        shown = count(spare, looked_for, give_dump(vm, DUMPS["ELF -d 31"]))
        table.append(f"ELF -d 31 without hiding, of all of them: {shown}")
        assert all(shown.values())

        vm.run(f"echo yes >{ITEMS}/hide && echo yes >{ITEMS}/restore")
        assert user_keys(vm) == [f"cryptsetup:{all_volumes[0].uuid}"]
        assert vm.run("rmmod crash_dm_crypt", check=False)[0] != 0
        for name, command in DUMPS.items():
            left = count(spare, looked_for, give_dump(vm, command))
            table.append(f"{name}, of all of them: {left}")
            assert not any(left.values())
        hidden = number(vm, f"{ITEMS}/hidden")
        with ramscan.content(ram) as content:
            ends_at = find_any(content, looked_for["ends"])
        holding = {at // PAGE for at in ends_at
                   if at % PAGE <= PAGE - 8 and at // PAGE not in not_dumped}
        table.append(f"{hidden} pages hidden, {len(holding)} hold something of a key")
        show("\n".join(table))
        assert 0 < hidden <= len(holding)

        vm.run(f"echo no >{ITEMS}/hide")
        assert module_lines(vm)[-1] == \
            f"hid {hidden} pages with keys and 0 pages that could not be read"
        vm.run(f"dd if=/proc/vmcore of={SPARE} bs=1M skip=1 count=64 status=none && sync")
        with open(spare, "rb") as file:
            assert not any(file.read(64 << 20))
        assert_sane_kernel(vm)


@pytest.mark.skipif(not CHECKERS and "LAB_ALL" not in os.environ,
                    reason="it is for make check-debug-kernel, and LAB_ALL=1 is not set")
def test_kernel_stays_sane(guest):
    """The kernel's checkers find no fault in locking and memory while /proc/vmcore is read and
    mapped."""
    with guest(cmdline=crashkernel("256M")) as vm:
        prepare(vm)
        vm.run("make-keys lab:key 64")
        add_item(vm, "key", "lab:key")
        vm.run(f"kexec -s -p {KERNEL} --initrd={INITRD} --append='{COMMAND_LINE} {NO_LEAKS}'",
               timeout=120)
        assert saved(vm) == 1
        crash_to_shell(vm)
        vm.run(f"echo yes >{ITEMS}/hide")
        vm.run("dd if=/proc/vmcore of=/dev/null bs=1M count=64 status=none", timeout=300)
        vm.run("makedumpfile -z -d 31 /proc/vmcore /root/dump >/dev/null", timeout=300)
        assert number(vm, f"{ITEMS}/hidden") > 0
        # Two processes at a time. Checkers make each of 100,000 page faults take milliseconds.
        run_beside(vm, f"makedumpfile -l -d 31 {LAZY} /root/lazy >/dev/null",
                   f"{'timeout 60' if CHECKERS else ''} makedumpfile -z -d 31 {LAZY} /root/other "
                   ">/dev/null")
        if not CHECKERS:
            assert vm.run("sha256sum </root/other") == vm.run("sha256sum </root/dump")
        # Also while other processes read it.
        run_beside(vm, f"{{ makedumpfile -l -d 31 -F {LAZY} >/dev/null & "
                   "dd if=/proc/vmcore of=/dev/null bs=1M status=none; }",
                   f"sleep 3; echo no >{ITEMS}/hide")
        assert number(vm, f"{ITEMS}/hide") == 0
        assert_sane_kernel(vm)


def cost(vm, directory, what="/proc/vmcore"):
    """Return millions of instructions. `what` are the source and options before it."""
    before = vm.instructions()
    vm.run(f"makedumpfile -l -d 31 $NAMES {what} {directory}/dump >/dev/null 2>&1 && "
           f"sync {directory}/dump", timeout=600)
    took = vm.instructions() - before
    vm.run(f"rm {directory}/dump; sync")
    return round(took / 1e6)


@only_all
def test_cost(guest, tmp_path, show):
    """Measure dumps with and without hiding, for docs/performance.md."""
    disk = disks.luks(tmp_path / "crash.img", size=512 << 20, slots=[QUICK_PASSPHRASE])
    with guest(disks=[disk], cmdline=crashkernel("256M"), devices=COUNT_INSTRUCTIONS) as vm:
        prepare(vm)
        story.unlock(vm, QUICK_PASSPHRASE)
        uuid = vm.run(f"cryptsetup luksUUID {story.DISK}")
        add_item(vm, "crash", f"cryptsetup:{uuid}")
        vm.run(f"kexec -s -p {KERNEL} --initrd={INITRD} --append='{COMMAND_LINE}'", timeout=120)
        crash_to_shell(vm)
        vm.run(f"printf {QUICK_PASSPHRASE} | cryptsetup open {story.DISK} crash - && "
               "mkfs.ext4 -q /dev/mapper/crash && mount /dev/mapper/crash /mnt", timeout=120)
        # As the capture program, leave out free pages.
        vm.run("version=$(makedumpfile -v 2>&1 | sed -n 's/.*version \\([0-9.]*\\).*/\\1/p'); "
               "! collector-names /root/names $version 'makedumpfile -l -d 31' || "
               "NAMES='-i /root/names'")
        places = ["/root", "/mnt"]
        ways = ["/proc/vmcore", "--non-mmap /proc/vmcore"]
        for place in places:
            cost(vm, place)
        shown = {(place, way): cost(vm, place, way) for place in places for way in ways}
        vm.run(f"echo yes >{ITEMS}/hide")
        hidden = {(place, way): cost(vm, place, way) for place in places for way in [*ways, LAZY]}
        assert number(vm, f"{ITEMS}/hidden") > 0
        show(f"millions of instructions of a dump, shown: {shown}, hidden: {hidden}")
