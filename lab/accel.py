# SPDX-License-Identifier: GPL-2.0-or-later
"""KVM or TCG. On some hosts KVM cannot boot a stock kernel, so the lab boots one to find out."""
import os
import subprocess
import tempfile
import time
from pathlib import Path

from . import cache
from .host import CACHE, say
from .sysroot import kernels, qemu, sysroot

# One thread runs all CPUs of a guest. With a thread for each, three things happened now and then: a
# second CPU hung as it booted, with a silent timer; the kernel hit a breakpoint that it had removed
# already ("Oops: int3"); QEMU ended with an assertion in msix.c. On a busy host it was no faster.
TCG = "tcg,thread=single"
KVM = "kvm"


def qemu_base(accel):
    """Return the start of every QEMU command line. setpriv makes the kernel kill QEMU when the
    lab's process ends, in whatever way. Five levels of page tables would cost time for nothing, and
    early in the boot KASAN takes them for four."""
    return ["setpriv", "--pdeathsig", "KILL", *qemu(),
            "-nodefaults", "-no-user-config", "-display", "none",
            "-machine", "q35", "-accel", accel, "-cpu", "max,la57=off"]


def boots(accel, kernel, deadline, extra=()):
    """Return true if the kernel prints its banner within `deadline` seconds."""
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
    """Return the value of QEMU's option -accel. It is cached until the host reboots."""
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
                say("/dev/kvm exists, but a stock kernel does not boot with it; using emulation")
            part = found.with_suffix(".part")
            part.write_text(accel, encoding="ascii")
            part.rename(found)
        return found.read_text(encoding="ascii")
