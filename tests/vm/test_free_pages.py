# SPDX-License-Identifier: GPL-2.0-or-later
"""Which pages a dump keeps: makedumpfile 1.7.6, with the names that the capture program gives to it,
decides as Debian's next makedumpfile does, on the same vmcore.

With LAB_ALL=1 in the environment also for machines with huge pages and hot-plugged memory, and free
pages that processors hold, which makedumpfile cannot recognize."""
import os
import re
import struct
from pathlib import Path

import pytest

from crash_guest import COMMAND_LINE, crash
from lab import disks
from lab.sysroot import next_makedumpfile
from module_guest import (INITRD, ITEMS, KERNEL, MEMORY, add_item, assert_sane_kernel, crashkernel,
                          number, prepare)

only_all = pytest.mark.skipif("LAB_ALL" not in os.environ, reason="LAB_ALL=1 is not set")

MIB = 1 << 20
NAMES = "/root/names"
COLLECTOR = "makedumpfile -l -d 31"
# The guest sees these as disks: a newer makedumpfile, and the beginning of each dump.
NEXT, STARTS = "/dev/vdb", "/dev/vdc"

# Two NUMA nodes and a balloon. The first memory of a guest is its -m.
MACHINE = ["-object", "memory-backend-ram,id=node0,size=512M",
           "-object", "memory-backend-ram,id=node1,size=512M",
           "-numa", "node,memdev=node0,cpus=0", "-numa", "node,memdev=node1,cpus=1",
           "-device", "virtio-balloon-pci,id=balloon"]
# Fill the memory and free it again. Programs with anonymous memory go on.
FILL = """
    mount -t tmpfs -o size=80% none /mnt
    head -c 300M /dev/urandom >/mnt/file; rm /mnt/file
    head -c 200M /dev/urandom >/root/file; cat /root/file >/dev/null; rm /root/file
    (x=$(head -c 20M /dev/urandom | base64); while :; do x=x$x; sleep 1; x=${x#x}; done) &
    for i in $(seq 200); do echo $i >/mnt/$i; done
"""


def kept(start):
    """Return the set of pages that a compressed dump contains, from its beginning."""
    assert start[:8] == b"KDUMP   "
    block, sub_header, bitmap_blocks = struct.unpack_from("<iiI", start, 428)
    size = bitmap_blocks // 2 * block
    at = (1 + sub_header) * block + size
    bits = int.from_bytes(start[at:at + size], "little")
    assert len(start) >= at + size
    return {n for n, bit in enumerate(reversed(bin(bits)[2:])) if bit == "1"}


class Crashed:
    """A guest that has crashed into a crash kernel of the lab, with both versions."""

    def __init__(self, vm, directory):
        self.vm = vm
        self.starts = directory / "starts.img"
        vm.run(f"dd if={NEXT} of=/root/next bs=1M status=none && chmod +x /root/next")
        said = vm.run("/root/next -v; makedumpfile -v")
        self.versions = re.findall(r"version (\S+)", said)

    def names(self, collector=COLLECTOR):
        """Return true if the capture program would give names to the older version."""
        status, _ = self.vm.run(f"collector-names {NAMES} {self.versions[1]} '{collector}'",
                                check=False)
        return status == 0

    def dump(self, command, source="/proc/vmcore"):
        """Return the pages of the dump that a command makes, and its size in MiB."""
        size = self.vm.run(f"{command} {source} /root/dump >/dev/null 2>&1; "
                           f"dd if=/root/dump of={STARTS} bs=1M count=1 conv=fsync status=none; "
                           "strings /root/dump | grep -m 1 -x 'OFFSET(page._mapcount)=48' "
                           ">/dev/null && stat -c %s /root/dump; rm /root/dump", timeout=900)
        return kept(self.starts.read_bytes()[:MIB]), int(size) >> 20


def load_and_crash(vm, directory):
    vm.run(f"kexec -s -p {KERNEL} --initrd={INITRD} --append='{COMMAND_LINE}'", timeout=120)
    crash(vm)
    return Crashed(vm, directory)


def booted(guest, tmp_path, devices=(), memory=1024):
    (tmp_path / "next.img").write_bytes(next_makedumpfile().read_bytes().ljust(MIB, b"\0"))
    starts = disks.blank(tmp_path / "starts.img", MIB)
    return guest(disks=[tmp_path / "next.img", starts], cmdline=crashkernel("256M"), cpus=2,
                 memory=memory, devices=devices)


def fill(vm):
    prepare(vm)
    vm.run(FILL, timeout=300)


def test_same_decision(guest, tmp_path, show):
    """Several nodes and processors, a balloon that has taken memory, memory that was used and
    freed."""
    with booted(guest, tmp_path, MACHINE) as vm:
        fill(vm)
        vm.run("modprobe virtio_balloon")
        vm.qmp("balloon", value=900 * MIB)
        vm.run("sleep 3")
        crashed = load_and_crash(vm, tmp_path)
        assert crashed.versions[1] == "1.7.6"
        # Without free pages, or with user data but no page cache, the names would be wrong.
        assert not crashed.names("makedumpfile -l -d 15")
        assert not crashed.names("makedumpfile -l -d 23")
        assert crashed.names()
        right, right_size = crashed.dump("/root/next -l -d 31")
        here, size = crashed.dump(f"{COLLECTOR} -i {NAMES}")
        show(f"kept by {crashed.versions}: {len(right)} pages, {right_size} MiB, and {len(here)}, "
             f"{size} MiB; more: {len(here - right)}, missing: {len(right - here)}")
        assert not right - here
        # Anonymous pages that are not on a list yet, in each processor's batch.
        assert len(here - right) < 500


def resident(vm):
    """Return how much memory of the host the guest has, in MiB."""
    status = Path(f"/proc/{vm._qemu.pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) >> 10


def test_memory_taken(guest, tmp_path, show):
    """Searching for keys does not touch memory that makedumpfile does not read: a balloon's, and a
    page with a hardware error."""
    # Reading memory that is not there adds it only if it is shared.
    memory = ["-object", "memory-backend-memfd,id=all,size=1024M,share=on",
              "-numa", "node,memdev=all"]
    with booted(guest, tmp_path, [*memory, "-device", "virtio-balloon-pci,id=balloon"]) as vm:
        fill(vm)
        vm.run("modprobe -a virtio_balloon hwpoison_inject; make-keys lab:key 64; "
               "mountpoint -q /sys/kernel/debug || mount -t debugfs none /sys/kernel/debug")
        add_item(vm, "key", "lab:key")
        vm.run("sync; echo 3 >/proc/sys/vm/drop_caches")
        vm.qmp("balloon", value=640 * MIB)
        vm.run("sleep 5; echo 0x5000 >/sys/kernel/debug/hwpoison/corrupt-pfn; "
               "grep HardwareCorrupted /proc/meminfo")
        assert vm.run("awk '/HardwareCorrupted/ {print $2}' /proc/meminfo") == "4"
        crashed = load_and_crash(vm, tmp_path)
        assert crashed.names()
        # So that the crash kernel has touched its own memory.
        shown, _ = crashed.dump(f"{COLLECTOR} -i {NAMES}")
        before = resident(vm)
        vm.run(f"echo yes >{ITEMS}/hide")
        # Both ways of the capture program.
        for way in ["/proc/crash_dm_crypt_vmcore", "--non-mmap /proc/vmcore"]:
            hidden, _ = crashed.dump(f"{COLLECTOR} -i {NAMES}", way)
            after = resident(vm)
            show(f"resident: {before} MiB, after {way} was searched for keys {after} MiB")
            assert hidden == shown and 0x5000 not in shown
            assert after - before < 40
        assert number(vm, f"{ITEMS}/hidden") > 0 and number(vm, f"{ITEMS}/unreadable") == 0
        # Reading all of it touches the balloon's memory, too, and ends well.
        vm.run("dd if=/proc/vmcore of=/dev/null bs=1M status=none", timeout=300)
        assert resident(vm) - after > 200
        assert_sane_kernel(vm)


@only_all
def test_huge_pages(guest, tmp_path, show):
    """If there are huge pages, the names are not used, as those pages would not be left out."""
    with booted(guest, tmp_path) as vm:
        fill(vm)
        vm.run("echo 4 >/proc/sys/vm/nr_hugepages; test $(cat /proc/sys/vm/nr_hugepages) = 4")
        crashed = load_and_crash(vm, tmp_path)
        assert not crashed.names()


def marks(vm, what):
    """Return how many pages that take_pages kept are in a dump that is not compressed, and how many
    that it freed."""
    vm.run(f"makedumpfile -E -d 31 -i {NAMES} {what} /root/dump >/dev/null 2>&1", timeout=900)
    found = vm.run("grep -a -o 'take_pages-[a-z]*-[0-9]*' /root/dump | sort -u | "
                   "sed 's/-[0-9]*$//' | uniq -c; rm /root/dump", timeout=300)
    return tuple(int((re.search(rf"(\d+) take_pages-{kind}$", found, re.M) or [0, 0])[1])
                 for kind in ["kept", "freed"])


@only_all
def test_pages_of_processors(guest, tmp_path, show):
    """Free pages on the lists of processors read as zeros, and pages in use do not."""
    # A kernel with checkers needs more.
    with booted(guest, tmp_path, memory=MEMORY) as vm:
        fill(vm)
        vm.run(f"kexec -s -p {KERNEL} --initrd={INITRD} --append='{COMMAND_LINE}'", timeout=120)
        vm.run("modprobe take_pages; sync")
        kept_pages, freed_pages = (int(vm.run(f"cat /sys/module/take_pages/parameters/{name}"))
                                   for name in ["kept", "freed"])
        crash(vm)
        assert Crashed(vm, tmp_path).names()
        before = marks(vm, "/proc/vmcore")
        vm.run(f"echo no >{ITEMS}/free_pages")
        assert number(vm, f"{ITEMS}/free_pages") == 0
        vm.run(f"echo yes >{ITEMS}/free_pages")
        assert number(vm, f"{ITEMS}/free_pages") == 1
        after = marks(vm, "/proc/crash_dm_crypt_vmcore")
        mapped = marks(vm, "/proc/vmcore")
        show(f"{kept_pages} pages kept and {freed_pages} freed; in the dump: {before}, without what "
             f"processors hold {after}, {mapped}")
        assert before[0] == after[0] == mapped[0] == kept_pages
        assert before[1] > 100
        assert after == mapped and after[1] < before[1] // 4
        assert_sane_kernel(vm)
