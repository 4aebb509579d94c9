# SPDX-License-Identifier: GPL-2.0-or-later
"""KVM or TCG. There are hosts whose /dev/kvm cannot boot a stock kernel, so it is tried."""
import os
import subprocess
import tempfile
import time
from pathlib import Path

from . import cache
from .host import CACHE, say
from .sysroot import kernels, qemu, sysroot

# One thread emulates all of a guest's CPUs. With a thread for each CPU, a second CPU sometimes hung
# during its boot without timer interrupts, the kernel ran into a breakpoint of its own that was
# already gone ("Oops: int3"), or QEMU ended with an assertion in msix.c. On a busy host it was no
# faster.
TCG = "tcg,thread=single"
KVM = "kvm"


def qemu_base(accel):
    """Return the part of QEMU's command line that all guests share. setpriv makes the kernel kill
    QEMU when the process of the lab ends for any reason. Five levels of page tables would only cost
    emulation time, and early in the boot KASAN takes them for four."""
    return ["setpriv", "--pdeathsig", "KILL", *qemu(),
            "-nodefaults", "-no-user-config", "-display", "none",
            "-machine", "q35", "-accel", accel, "-cpu", "max,la57=off"]


def boots(accel, kernel, deadline, extra=()):
    """Return True if the kernel prints its banner on the serial port within
    `deadline` seconds."""
    with tempfile.TemporaryDirectory(prefix="kdump-crypt-") as tmp:
        console = Path(tmp) / "console"
        argv = [*qemu_base(accel), "-m", "512", "-serial", f"file:{console}", "-kernel", kernel,
                "-append", "console=ttyS0 earlyprintk=serial,ttyS0 panic=0", *extra]
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as machine:
            end = time.monotonic() + deadline
            try:
                while time.monotonic() < end and machine.poll() is None:
                    if console.exists() and b"Linux version" in console.read_bytes():
                        return True
                    time.sleep(0.1)
                return False
            finally:
                machine.kill()


def accelerator():
    """Return the argument of QEMU's -accel. The answer is kept until the host boots again."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return TCG
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    found = CACHE / f"accel-{boot}"
    with cache.locked("accel", 60):
        if not found.exists():
            for old in CACHE.glob("accel-*"):
                old.unlink()
            tree = sysroot()
            kernel = tree / "boot" / f"vmlinuz-{max(kernels(tree).values())}"
            accel = KVM if boots(KVM, kernel, deadline=8) else TCG
            if accel == TCG:
                say("/dev/kvm is there, but a stock kernel does not boot with it; "
                    "going on with emulation")
            part = found.with_suffix(".part")
            part.write_text(accel, encoding="ascii")
            part.rename(found)
        return found.read_text(encoding="ascii")
