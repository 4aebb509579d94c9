# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian 13 tree that everything is built in and that the guests run."""
import os

from . import cache
from .host import CHECKOUT, as_root, run, say

SUITE = "trixie"
PACKAGES = """
    linux-image-amd64 linux-headers-amd64 linux-image-cloud-amd64 linux-headers-cloud-amd64
    gcc make libc6-dev binutils pkgconf
    libcryptsetup-dev libkmod-dev libkeyutils-dev libarchive-dev libjson-c-dev libblkid-dev
    libmount-dev libbsd-dev libcmocka-dev
    cryptsetup-bin kexec-tools makedumpfile kmod keyutils e2fsprogs util-linux
    procps iproute2 bash less zstd strace file
""".split()

QEMU = "qemu-system-x86"

HOOK = CHECKOUT / "lab/sysroot-hook"

# Nobody reads these in the guest, and many files are among them.
LEAVE_OUT = ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*",
             "/usr/lib/udev/hwdb.d/*"]     # 13 MB of the initramfs otherwise

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def _mmdebstrap(tree, variant, packages, log, *options):
    run(as_root(["mmdebstrap", "--mode=root", f"--variant={variant}",
                 "--include=" + ",".join(packages),
                 *(f"--dpkgopt=path-exclude={path}" for path in LEAVE_OUT),
                 *options, SUITE, tree]), log, 1200)


def sysroot():
    """The tree; made where it is not cached."""
    def make(tree):
        say("making the Debian 13 sysroot; once, about a minute and what the downloads take")
        _mmdebstrap(tree, "minbase", PACKAGES, "sysroot", f"--essential-hook={HOOK}")
    return cache.entry("sysroot", cache.digest(SUITE, *PACKAGES, HOOK, *LEAVE_OUT), make,
                       timeout=1500)


def qemu():
    """Debian 13's QEMU as the start of a command line, run on this host by its own libc.

    Not the host's: emulation by QEMU before 8.1 now and then lets a second CPU keep the
    breakpoint that the kernel has in place while it patches its code, and the guest ends
    with "Oops: int3"."""
    def make(tree):
        say("fetching Debian 13's QEMU; once")
        _mmdebstrap(tree, "extract", [QEMU], "qemu-tree")
    tree = cache.entry("qemu", cache.digest(SUITE, QEMU, *LEAVE_OUT), make, timeout=1500)
    return [tree / "usr/lib64/ld-linux-x86-64.so.2",
            "--library-path", tree / "usr/lib/x86_64-linux-gnu",
            tree / "usr/bin/qemu-system-x86_64",
            "-L", tree / "usr/share/qemu", "-L", tree / "usr/share/seabios"]


def kernels(tree):
    """The versions of the stock kernels by flavour."""
    versions = sorted(p.name for p in (tree / "lib/modules").iterdir())
    return {"cloud" if "-cloud-" in v else "generic": v for v in versions}


def enter(tree, command, log, timeout, binds=(), env=()):
    """Run a command in the tree as the calling user: the tree is read-only, there is no
    network, and nothing of the host is seen but the (option, source, target) binds."""
    argv = ["bwrap", "--ro-bind", tree, "/", "--proc", "/proc", "--dev", "/dev",
            "--perms", "1777", "--tmpfs", "/tmp", "--unshare-net", "--unshare-pid", "--unshare-ipc",
            "--die-with-parent", "--clearenv", "--setenv", "PATH", PATH,
            "--setenv", "LC_ALL", "C.UTF-8", "--setenv", "HOME", "/tmp"]
    for option, source, target in binds:
        argv += [option, source, target]
    for name, value in env:
        argv += ["--setenv", name, value]
    if os.geteuid() != 0:
        command = ["setpriv", "--reuid", os.getuid(), "--regid", os.getgid(), "--clear-groups",
                   *command]
    return run(as_root([*argv, "--", *command]), log, timeout)
