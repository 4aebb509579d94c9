# SPDX-License-Identifier: GPL-2.0-or-later
"""Every copy of the volume key in the guest's RAM, counted from outside at each point of its life:
while armed one more than dm-crypt has, in reserved memory, and otherwise none.

dm-crypt itself has two expanded AES keys, each of which begins with a half of the key. So a half
that is not part of a whole copy is dm-crypt's. dm-crypt keeps the key itself only if it came in its
table, as for LUKS1, and not if it came from a keyring."""
import mmap
import os
import re
import time
from dataclasses import dataclass

import pexpect
import pytest

import machines
from lab import disks, product, ramscan, story
from lab.disks import QUICK_PASSPHRASE
from lab.host import BUILD

only_all = pytest.mark.skipif("LAB_ALL" not in os.environ, reason="LAB_ALL=1 is not set")
ITEMS = "/sys/kernel/config/crash_dm_crypt_keys"
PAGE = 4096
# The files for a load with kexec-tools. kdump-crypt made the initramfs.
CRASH_KERNEL = ("-p /boot/vmlinuz-$(uname -r) --reuse-cmdline "
                "--initrd=/var/lib/kdump-crypt/initramfs-$(uname -r).img")
SETTLE_SECONDS = 60

# First and second halves that dm-crypt holds of an open volume, and whole keys.
OPEN = (1, 1)
OPEN_WHOLE = {"luks2": 0, "luks1": 1}
# Halves in the search patterns of the module in the crash kernel, until the dump is made.
PATTERNS = (1, 1)


@dataclass
class Copies:
    """Addresses outside of and in reserved memory: of whole keys, and of each half that is not part
    of a whole key."""
    whole: list
    reserved_whole: list
    halves: tuple
    reserved_halves: tuple

    def counts(self):
        return {"whole": len(self.whole), "reserved_whole": len(self.reserved_whole),
                "halves": tuple(map(len, self.halves)),
                "reserved_halves": tuple(map(len, self.reserved_halves))}


class Scanner:
    """Counts copies in a guest's memory. Each count is a row of the table."""

    def __init__(self, vm, key, path, table, open_whole):
        self.vm, self.key, self.path, self.table = vm, key, path, table
        self.open_whole = open_whole
        first, last = re.search(r"(\w+)-(\w+) : Crash kernel",
                                vm.run("cat /proc/iomem")).groups()
        self.reserved = range(int(first, 16), int(last, 16) + 1)

    def scan_stopped(self):
        return self._sort(ramscan.find(self.vm, self.key, self.path))

    def scan(self):
        return self._sort(ramscan.scan(self.vm, self.key, self.path))

    def _sort(self, found):
        half = len(self.key) // 2
        whole = set(found["whole"])
        kinds = [whole, set(found["first half"]) - whole,
                 set(found["second half"]) - {at + half for at in whole}]
        outside = [sorted(at for at in kind if at not in self.reserved) for kind in kinds]
        inside = [sorted(at for at in kind if at in self.reserved) for kind in kinds]
        return Copies(outside[0], inside[0], tuple(outside[1:]), tuple(inside[1:]))

    def _row(self, point, counts):
        def halves(pair):
            return "{} + {}".format(*pair)
        self.table.append(f"{point:<46} {counts['whole']:>9} {halves(counts['halves']):>13} "
                          f"{counts['reserved_whole']:>7} {halves(counts['reserved_halves']):>11}")

    def open(self, **more):
        """Return the expected copies of an open volume, and additional ones."""
        return {"halves": OPEN, **more, "whole": self.open_whole + more.get("whole", 0)}

    def check(self, point, copies, **expected):
        """Compare exactly. Copies that are not named are expected not to exist."""
        counts = copies.counts()
        self._row(point, counts)
        assert counts == wanted(expected), f"{point}: {copies}"
        return copies

    def now(self, point, **expected):
        return self.check(point, self.scan(), **expected)

    def settled(self, point, **expected):
        """Scan again until the counts are as expected. The kernel wipes a key some time after it
        has left a keyring."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            copies = self.scan()
            if copies.counts() == wanted(expected) or time.monotonic() > deadline:
                return self.check(point, copies, **expected)
            time.sleep(1)


def wanted(expected):
    return {"whole": 0, "reserved_whole": 0, "halves": (0, 0), "reserved_halves": (0, 0),
            **expected}


@pytest.fixture
def table(show, version):
    """Collects rows for the table, which is printed even if the test fails."""
    rows = [f"{version:<46} {'outside reserved memory':>23} {'in it':>19}",
            f"{'':<46} {'whole key':>9} {'lone halves':>13} {'whole':>7} {'lone halves':>11}"]
    yield rows
    (BUILD / f"ram-scan-{version}.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    show("\n".join(rows))


def open_volume(vm):
    vm.run(f"cryptsetup open --key-file /root/key {story.DISK} crash")


def load(vm, options=""):
    vm.run(f"kdump-crypt load --append kdump_crypt.debug {options}")


def kexec(vm, how):
    vm.run(f"kexec {how} {CRASH_KERNEL}")
    return vm.run(f"cat {ITEMS}/saved")


def area_of(copies):
    """Return the page in which the saved area begins, found by the one copy in reserved memory."""
    [address] = copies.reserved_whole
    return address - address % PAGE


@pytest.mark.parametrize("version", ["luks2", pytest.param("luks1", marks=only_all)])
def test_ram(guest, tmp_path, table, version):
    disk = disks.luks(tmp_path / "crash.img", 1 << 30, [QUICK_PASSPHRASE], version)
    key = ramscan.volume_key(disk)
    assert len(key) == 64
    with guest(disks=[disk]) as vm:
        vm.wait_shell()
        vm.run(f"printf {QUICK_PASSPHRASE} >/root/key")
        scanner = Scanner(vm, key, tmp_path / "ram", table, OPEN_WHOLE[version])
        before_arming(vm, scanner)
        reloads(vm, scanner)
        area = last_load(vm, scanner)
        check_disks(vm, key, disk)
        crash(vm, scanner, area)


@only_all
def test_places(start):
    """The crash kernel loads beside the area, at every place in reserved memory."""
    with start(machines.OPEN) as vm:
        load(vm, "--keep-key")
        for _ in range(50):
            assert kexec(vm, "-s") == "1"


def before_arming(vm, scanner):
    scanner.now("volume closed")
    open_volume(vm)
    scanner.settled("volume open, without our module", **scanner.open())
    story.make_filesystem(vm)
    vm.run("cryptsetup close crash")
    scanner.settled("volume closed again")

    uuid = vm.run(f"cryptsetup luksUUID {story.DISK}")
    vm.run(f"modprobe crash_dm_crypt link={uuid}")
    open_volume(vm)
    scanner.settled("volume open, key linked", **scanner.open(whole=1))
    story.mount(vm)


def reloads(vm, scanner):
    load(vm, "--keep-key")
    places = {area_of(scanner.settled("armed, key still in the keyring",
                                      **scanner.open(whole=1, reserved_whole=1)))}
    vm.run("keyctl invalidate %logon:$(cat /sys/kernel/config/crash_dm_crypt_keys/*/description)")
    armed = scanner.open(reserved_whole=1)
    places.add(area_of(scanner.settled("armed, key invalidated", **armed)))
    assert len(places) == 1

    load(vm)
    places.add(area_of(scanner.settled("reloaded, key from the loaded image", **armed)))
    suspend(vm, scanner, armed)
    vm.run(f"echo 1 >{ITEMS}/reuse")
    assert kexec(vm, "-s") == "1"
    places.add(area_of(scanner.now("reloaded with the reuse switch, key handed back",
                                   **scanner.open(whole=1, reserved_whole=1))))
    vm.run("keyctl invalidate %logon:$(cat /sys/kernel/config/crash_dm_crypt_keys/*/description)")
    scanner.settled("armed, key invalidated again", **armed)
    # Each place is random, so two of them may be the same, but not all.
    assert len(places) > 1
    assert kexec(vm, "-c") == "0"
    scanner.now("replaced by kexec_load(2)", **scanner.open())

    load(vm, "--key-file /root/key")
    scanner.settled("armed again", **armed)
    vm.run("kdump-crypt unload --keep-keys")
    scanner.now("unloaded, key handed back", **scanner.open(whole=1))
    load(vm)
    scanner.settled("armed with the key that was handed back", **armed)
    vm.run("kdump-crypt unload --keep-keys; kdump-crypt unload")
    scanner.settled("unloaded for good", **scanner.open())
    load(vm, "--key-file /root/key")
    scanner.settled("armed once more", **armed)
    # The module cannot be removed while it is needed.
    assert vm.run("rmmod crash_dm_crypt", check=False)[0] != 0
    vm.run("kdump-crypt unload")
    scanner.now("unloaded", **scanner.open())
    vm.run(f"rmdir {ITEMS}/*/", check=False)
    vm.run("rmmod crash_dm_crypt")
    scanner.now("module removed", **scanner.open())


def suspend(vm, scanner, armed):
    """A suspended volume has its key nowhere. Once it is resumed, the watch arms again."""
    vm.run("cryptsetup luksSuspend crash")
    scanner.settled("volume suspended")
    assert vm.run(f"cat {ITEMS}/saved /sys/kernel/kexec_crash_loaded").split() == ["0", "1"]
    assert vm.run("kdump-crypt reload --if-changed") == ""
    assert "is suspended: resume it" in vm.run("kdump-crypt load 2>&1", check=False)[1]
    assert "because the volume was suspended" in vm.run("kdump-crypt status", check=False)[1]
    vm.run("cryptsetup luksResume --key-file /root/key crash")
    assert "Loaded the crash kernel again" in vm.run("kdump-crypt reload --if-changed")
    scanner.settled("volume resumed, armed again", **armed)


def last_load(vm, scanner):
    """Return the address of the saved area."""
    load(vm, "--key-file /root/key")
    return area_of(scanner.settled("armed for the crash", **scanner.open(reserved_whole=1)))


def check_disks(vm, key, disk):
    """Check that no copy is on the root disk, which has /boot and the capture initramfs, or in the
    unencrypted parts of the LUKS disk."""
    uuid = vm.run(f"cryptsetup luksUUID {story.DISK}")
    # The squashfs is in front of the compressed part, behind its header.
    vm.run("image=/var/lib/kdump-crypt/initramfs-$(uname -r).img; "
           f"tail -c +$(($(stat -c %s $image.squashfs) + {product.squashfs_offset() + 1})) $image | "
           "zstd -q -d -c >/root/unpacked; "
           "unsquashfs -q -n -d /root/programs $image.squashfs; "
           f"sync; grep -q {uuid} /root/unpacked", timeout=180)
    root = BUILD / "vm" / vm.name / "root.qcow2"
    # The unpacked initramfs names the volume: so this finds what is on the root disk.
    assert found_in_file(root, uuid.encode())
    for image in [root, disk]:
        half = len(key) // 2
        assert not found_in_file(image, key[:half])
        assert not found_in_file(image, key[half:])


def found_in_file(path, pattern):
    with open(path, "rb") as file, \
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(pattern) >= 0


def throttle(vm, operations):
    """Limit the LUKS disk to this number of operations a second (0: no limit). So each step of the
    capture that reads the disk is long enough for stopping the guest in it."""
    vm.qmp("block_set_io_throttle", device="disk1", bps=0, bps_rd=0, bps_wr=0,
           iops=operations, iops_rd=0, iops_wr=0)


def stop_after(vm, line):
    """Stop the guest when the capture has printed this, before it prints anything else."""
    vm.expect(rf"kdump-crypt: \[[^\n]*s\] {line}[^\n]*\n", 120, what=f"capture: {line}")
    vm.qmp("stop")
    vm.console.expect(pexpect.TIMEOUT, timeout=0.2)
    assert "kdump-crypt:" not in vm.console.buffer


def crash(vm, scanner, area):
    # QEMU stops the machine when the crash kernel reboots it.
    vm.qmp("set-action", reboot="shutdown", shutdown="pause")
    throttle(vm, 10)
    vm.send_line("echo c >/proc/sysrq-trigger")
    address = vm.expect(r"kdump-crypt: command line: [^\n]*\bdmcryptkeys=(\w+) ", 120)[1]
    assert int(address, 16) == area

    stop_after(vm, "restore: keys restored")
    vm.qmp("pmemsave", val=area, size=PAGE, filename=str(scanner.path))
    assert scanner.path.read_bytes() == bytes(PAGE)
    # The user key for opening the volume. The copies of the crashed kernel still exist.
    scanner.now("crash kernel: key restored",
                **scanner.open(reserved_whole=1, reserved_halves=PATTERNS))

    stop_after(vm, "unlock: [^\n]* opened")
    both = scanner.open(reserved_halves=tuple(map(sum, zip(OPEN, PATTERNS))),
                        reserved_whole=scanner.open_whole)
    opened = scanner.settled("crash kernel: volume open", **both)
    throttle(vm, 0)

    # From here on makedumpfile's memory, and the dump's data on its way to the disk, may have
    # halves that are the crashed dm-crypt's: those are in every dump.
    stop_after(vm, "vmcore: running")
    copies = scanner.scan()
    both["reserved_halves"] = copies.counts()["reserved_halves"]
    scanner.check("crash kernel: during the dump", copies, **both)
    for had, has in zip(opened.reserved_halves, copies.reserved_halves):
        assert set(had) <= set(has)
    vm.expect("end: the dump is complete", 180)
    vm.wait_shutdown(60)
    copies = scanner.scan_stopped()
    scanner.check("crash kernel: at its end", copies,
                  **scanner.open(reserved_halves=copies.counts()["reserved_halves"]))
    for had, has in zip(opened.reserved_halves, copies.reserved_halves):
        assert not set(had) & set(has)

    vm.qmp("set-action", reboot="reset", shutdown="poweroff")
    vm.qmp("system_reset")
    vm.qmp("cont")
    vm.wait_shell()
    copies = scanner.scan()
    # The copies that dm-crypt had at the crash were not wiped. This boot may use their memory.
    left = {name: copies.counts()[name] for name in ["halves", "whole"]}
    assert left["halves"] in [(0, 0), OPEN] and left["whole"] <= scanner.open_whole
    scanner.check("after the reboot", copies, **left)
    assert vm.run("cat /sys/kernel/kexec_crash_loaded") == "0"
