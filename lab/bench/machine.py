# SPDX-License-Identifier: GPL-2.0-or-later
"""The machine that is crashed: Debian 13 with systemd, and a disk for the dumps."""
import itertools
import re
import shutil
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .. import cache, disks, product
from ..host import BUILD, CHECKOUT, as_root, run
from ..sysroot import kernels, sysroot
from ..vm import Vm

SCRIPT = Path(__file__).parent / "machine-image"
DRACUT = Path(__file__).parent / "dracut"
GUEST = CHECKOUT / "lab/guest"
BOOT_TIMEOUT = 900
USABLE = 2048       # MiB
_number = itertools.count(1)
# systemd gives up on a device after 90 s, which on a busy host may not be enough for an emulated
# CPU. A kernel at a random place may be in the way of the 1280 MiB that one of them reserves.
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
    sign: str           # the pattern at the end of the boot on its console
    enter: Callable     # gets from there to the lab's shell

    def wait(self, vm):
        """Follow the boot from the firmware to the lab's shell."""
        vm.expect(self.sign, BOOT_TIMEOUT)
        self.enter(vm)


# A full boot, like that of an installed Debian.
SYSTEMD = Boot(f"{CMDLINE} rdinit=/init cryptomgr.notests=0", "lab login: ", log_in_at_prompt)
# A boot to a shell, without udev, for figures that do not measure the machine's own boot.
SHELL = Boot(f"{CMDLINE} init=/lab/shell", r"@@shell ready\r\n",
             lambda vm: vm.run("export DM_DISABLE_UDEV=1"))
# Linux finds QEMU's watchdog running and goes on with it. It would end a machine that has crashed
# after half a minute, when some crash kernels, emulated, have not saved their dump.
NO_WATCHDOG = ["-global", "ICH9-LPC.noreboot=true"]


def image(tree_name):
    """Return the root disk of the machine, for use under an overlay."""
    tree, stock = sysroot(tree_name), sysroot("stock")
    version = kernels(stock)["generic"]
    key = cache.digest(tree.name, stock.name, version, SCRIPT,
                       *(disks.tree_digest(part) for part in [GUEST, DRACUT, product.DEST]))

    def make(part):
        run(as_root([SCRIPT, tree, stock, version, product.DEST, GUEST, part]),
            f"{tree_name}-image", 300)
    return cache.entry(f"{tree_name}-image", key, make)


# For two minutes at most. A second has 100 ticks, and the machine has one CPU.
WAIT_UNTIL_IDLE = ("for _ in $(seq 120); do read -r _ _ _ _ before _ </proc/stat; sleep 1; "
                   "read -r _ _ _ _ now _ </proc/stat; [ $((now - before)) -lt 90 ] || break; done")


@contextmanager
def booted(contender, usable=USABLE, devices=()):
    """Yield the machine at the lab's shell, with this amount of memory (MiB) besides what the
    contender reserves. Its second disk has only what the contender needs there. `devices` is as for
    a Vm."""
    # Two guests of one contender may run at the same time.
    name = re.sub("[^a-z]+", "-", f"bench-{contender.name}") + f"-{next(_number)}"
    directory = BUILD / "vm" / f"{name}-disk"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    disk = contender.disk(directory)
    try:
        with Vm("generic", [disk], f"{contender.boot.cmdline} crashkernel={contender.reserved}M",
                name=name, memory=usable + contender.reserved, system=image(contender.tree),
                devices=[*NO_WATCHDOG, *devices]) as vm:
            contender.boot.wait(vm)
            # Do not measure what the boot does in the background.
            vm.run("systemctl is-system-running --wait", timeout=BOOT_TIMEOUT, check=False)
            vm.run(WAIT_UNTIL_IDLE, timeout=300)
            yield vm
    finally:
        shutil.rmtree(directory)


def seconds(vm, command, timeout=600):
    """Return how long a command takes in the guest, by the guest's clock, and its output."""
    output = vm.run(f"began=$EPOCHREALTIME; {command} && echo \"took $began $EPOCHREALTIME\"",
                    timeout=timeout)
    began, ended = re.search(r"^took (\S+) (\S+)$", output, re.M).groups()
    return float(ended) - float(began), output


# Memory as that of a machine in use: page cache, slab, and memory of a program with something
# in it. None of it is in a dump of level 31 but the slab.
FILL = ["find / -xdev -ignore_readdir_race >/dev/null",
        "cat /usr/lib/x86_64-linux-gnu/*.so.* >/dev/null",
        "perl -e 'open F, q(</dev/vda) and read F, $x, 200 << 20; sleep' >/dev/null 2>&1 & "
        "disown", "sleep 3; sync"]


def fill(vm):
    for command in FILL:
        vm.run(command, timeout=180)
