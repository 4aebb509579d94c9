# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs that read dumps: crash and drgn show the same with hidden keys as without, and
aeskeyfind finds no key. With LAB_ALL=1 in the environment."""
import os
import re
import textwrap

import pytest

from crash_guest import COMMAND_LINE, crash
from lab import disks, ramscan, story
from lab.disks import QUICK_PASSPHRASE
from lab.sysroot import dump_tools, enter, kernels, sysroot
from module_guest import INITRD, ITEMS, KERNEL, add_item, crashkernel, number, prepare

pytestmark = pytest.mark.skipif("LAB_ALL" not in os.environ, reason="LAB_ALL=1 is not set")

FLAVOUR = "cloud"
SPARE = "/dev/vdc"      # the disk for files that the host reads

CRASH = """
    set scroll off
    ps
    mod
    log
    bt -a
    exit
    """
DRGN = """
    from drgn.helpers.linux import (cpu_curr, for_each_module, for_each_online_cpu, for_each_task,
                                    get_dmesg)
    for task in for_each_task(prog):
        print("task", task.pid.value_(), task.comm.string_().decode())
    for module in for_each_module(prog):
        print("module", module.name.string_().decode())
    print(get_dmesg(prog).decode())
    for cpu in for_each_online_cpu(prog):
        print(f"CPU {cpu}", prog.stack_trace(cpu_curr(prog, cpu)), sep="\\n")
    """


class Dump:
    """A dump on the host, in a directory of its own, and the programs that read it."""

    def __init__(self, vm, directory, spare):
        said = vm.run("makedumpfile -d 31 /proc/vmcore /root/dump >/dev/null && "
                      f"dd if=/root/dump of={SPARE} bs=1M conv=fsync 2>&1 && rm /root/dump",
                      timeout=300)
        size = int(re.search(r"^(\d+) bytes", said, re.M)[1])
        directory.mkdir()
        self.directory = directory
        with open(spare, "rb") as source, open(directory / "dump", "wb") as dump:
            for _ in range(-(-size >> 20)):
                dump.write(source.read(1 << 20))
        (directory / "commands").write_text(textwrap.dedent(CRASH))
        (directory / "script.py").write_text(textwrap.dedent(DRGN))
        version = kernels(sysroot())[FLAVOUR]
        self.tools = dump_tools(version)
        self.symbols = f"/usr/lib/debug/boot/vmlinux-{version}"

    def _run(self, name, *command):
        log = enter(self.tools, command, f"test_dump_tools-{self.directory.name}-{name}", 600,
                    [("--bind", self.directory, "/work")])
        return log.read_text(errors="replace")

    def crash(self):
        return self._run("crash", "crash", "-s", "-i", "/work/commands", self.symbols,
                         "/work/dump")

    def drgn(self):
        return self._run("drgn", "drgn", "-q", "-c", "/work/dump", "-s", self.symbols,
                         "/work/script.py")

    def aeskeyfind(self):
        """Return the keys that aeskeyfind finds."""
        return set(re.findall(r"^[0-9a-f]{32,64}$", self._run("aeskeyfind", "aeskeyfind", "-q",
                                                               "/work/dump"), re.M))


def test_tools(guest, tmp_path, show):
    disk = disks.luks(tmp_path / "crash.img", size=64 << 20, slots=[QUICK_PASSPHRASE])
    spare = disks.blank(tmp_path / "spare.img", 1 << 30)
    key = ramscan.volume_key(disk)
    with guest(FLAVOUR, disks=[disk, spare], cmdline=crashkernel("256M"), memory=1024,
               cpus=2) as vm:
        prepare(vm)
        story.unlock(vm, QUICK_PASSPHRASE)
        add_item(vm, "crash", f"cryptsetup:{vm.run(f'cryptsetup luksUUID {story.DISK}')}")
        vm.run(f"kexec -s -p {KERNEL} --initrd={INITRD} --append='{COMMAND_LINE}'", timeout=120)
        vm.run("(exec -a looked-for sleep 1000) & sleep 1; echo looked-for >/dev/kmsg")
        crash(vm)
        shown = Dump(vm, tmp_path / "shown", spare)
        vm.run(f"echo yes >{ITEMS}/hide")
        hidden = Dump(vm, tmp_path / "hidden", spare)
        pages = number(vm, f"{ITEMS}/hidden")
        assert pages > 0

    seen = shown.crash()
    for what in ["swapper/1", "sleep", "crash_dm_crypt", "looked-for", "CPU: 0", "CPU: 1",
                 "sysrq triggered crash"]:
        assert what in seen
    assert hidden.crash() == seen

    seen = shown.drgn()
    for what in [r"^task \d+ sleep$", r"^module crash_dm_crypt$", "looked-for",
                 "^CPU 0$", "^CPU 1$", "sysrq_handle_crash"]:
        assert re.search(what, seen, re.M), what
    assert hidden.drgn() == seen

    halves = {key[:32].hex(), key[32:].hex()}
    found, left = shown.aeskeyfind(), hidden.aeskeyfind()
    show(f"aeskeyfind: {len(found & halves)} of 2 keys of the volume without hiding, "
         f"{len(left & halves)} with; {pages} pages hidden; crash and drgn: the same")
    assert found & halves == halves
    assert not left & halves
