# SPDX-License-Identifier: GPL-2.0-or-later
"""The machine that crashes: Debian 13 with systemd, and a disk for the dumps."""
import itertools
import re
import shutil
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .. import cache, disks, product
from ..host import BUILD, CHECKOUT, as_root, run, say
from ..sysroot import kernels, sysroot
from ..vm import Vm

SCRIPT = Path(__file__).parent / "machine-image"
DRACUT = Path(__file__).parent / "dracut"
GUEST = CHECKOUT / "lab/guest"
BOOT_TIMEOUT = 900
USABLE = 2048       # MiB
_number = itertools.count(1)
# systemd gives up on a device after 90 s, which may be too short for an emulated CPU on a busy
# host. One contender reserves 1280 MiB, and a kernel at a random address could be in the way.
CMDLINE = ("quiet nokaslr systemd.default_device_timeout_sec=900 "
           "systemd.default_timeout_start_sec=900")


def log_in_at_prompt(vm):
    vm.type_slowly("root")
    vm.expect(r"root@lab:[^\n]*# ", BOOT_TIMEOUT)
    vm.replace_login_shell()


@dataclass(frozen=True)
class Boot:
    """How the machine boots."""
    cmdline: str
    sign: str           # a pattern on its console at the end of the boot
    enter: Callable     # what to do from there to the lab's shell

    def wait(self, vm):
        """Wait from the firmware to the lab's shell."""
        vm.expect(self.sign, BOOT_TIMEOUT)
        self.enter(vm)


# The whole boot of an installed Debian.
SYSTEMD = Boot(f"{CMDLINE} rdinit=/init cryptomgr.notests=0", "lab login: ", log_in_at_prompt)
# A quick boot to a shell, without udev, for measurements of other things than the boot.
SHELL = Boot(f"{CMDLINE} init=/lab/shell", r"@@shell ready\r\n",
             lambda vm: vm.run("export DM_DISABLE_UDEV=1"))
# Linux finds QEMU's watchdog running and keeps it running. It would reset a crashed machine after
# half a minute, before some emulated crash kernels have saved their dump.
NO_WATCHDOG = ["-global", "ICH9-LPC.noreboot=true"]


def image(tree_name):
    """Return its root disk. Guests use it under an overlay only."""
    tree, stock = sysroot(tree_name), sysroot("stock")
    version = kernels(stock)["generic"]
    key = cache.digest(tree.name, stock.name, version, SCRIPT,
                       *(disks.tree_digest(part) for part in [GUEST, DRACUT, product.DEST]))

    def make(part):
        run(as_root([SCRIPT, tree, stock, version, product.DEST, GUEST, part]),
            f"{tree_name}-image", 300)
    return cache.entry(f"{tree_name}-image", key, make)


# It waits two minutes at most. A second has 100 ticks, and there is one CPU.
WAIT_UNTIL_IDLE = ("for _ in $(seq 120); do read -r _ _ _ _ before _ </proc/stat; sleep 1; "
                   "read -r _ _ _ _ now _ </proc/stat; [ $((now - before)) -lt 90 ] || break; done")


@contextmanager
def booted(contender, usable=USABLE, devices=()):
    """The machine at the lab's shell, with `usable` MiB of memory in addition to what the contender
    reserves. The contender makes its second disk. `devices` are those of a Vm."""
    # Two of a contender may run at a time.
    name = re.sub("[^a-z]+", "-", f"bench-{contender.name}") + f"-{next(_number)}"
    directory = BUILD / "vm" / f"{name}-disk"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    disks_of_it = [contender.disk(directory), *contender.more_disks(directory)]
    say(f"{contender.name}: booting a machine with {usable + contender.reserved} MiB")
    try:
        with Vm("generic", disks_of_it, f"{contender.boot.cmdline} crashkernel={contender.reserved}M",
                name=name, memory=usable + contender.reserved, system=image(contender.tree),
                devices=[*NO_WATCHDOG, *devices]) as vm:
            contender.boot.wait(vm)
            # Do not measure what a boot leaves running.
            vm.run("systemctl is-system-running --wait", timeout=BOOT_TIMEOUT, check=False)
            vm.run(WAIT_UNTIL_IDLE, timeout=300)
            yield vm
    finally:
        shutil.rmtree(directory)


def seconds(vm, command, timeout=600):
    """Return the seconds that a command takes, by the guest's clock, and its output."""
    output = vm.run(f"began=$EPOCHREALTIME; {command} && echo \"took $began $EPOCHREALTIME\"",
                    timeout=timeout)
    began, ended = re.search(r"^took (\S+) (\S+)$", output, re.M).groups()
    return float(ended) - float(began), output


# Memory of a machine in use: page cache, slab, and memory of a program. A dump of level 31 contains
# only the slab.
FILL = ["find / -xdev -ignore_readdir_race >/dev/null",
        "cat /usr/lib/x86_64-linux-gnu/*.so.* >/dev/null",
        "perl -e 'open F, q(</dev/vda) and read F, $x, 200 << 20; sleep' >/dev/null 2>&1 & "
        "disown", "sleep 3; sync"]


# Memory of a machine that has been up for long: files, tmpfs and programs had most of it, and it is
# free again. What was in it stays there until somebody else needs it.
USE_ALL = ["mkdir /root/tmpfs; mount -t tmpfs -o size=100% tmpfs /root/tmpfs",
           # Copies of one file take no time to open files.
           "cat /usr/lib/x86_64-linux-gnu/*.so.* | head -c 64M >/root/tmpfs/0; n=0; "
           "while [ $(awk '/^MemAvailable/ {print $2}' /proc/meminfo) -gt 300000 ]; do "
           "n=$((n + 1)); cat /root/tmpfs/0 >/root/tmpfs/$n || break; done",
           "umount /root/tmpfs; perl -e 'open F, q(</dev/vda) and read F, $x, 200 << 20'; sync; "
           "echo 3 >/proc/sys/vm/drop_caches"]


def fill(vm):
    for command in FILL:
        vm.run(command, timeout=180)


def use_for_long(vm):
    """Use and free nearly all memory."""
    for command in USE_ALL:
        vm.run(command, timeout=900)
