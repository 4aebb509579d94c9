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

HOOK = CHECKOUT / "lab/sysroot-hook"

# Nobody reads these in the guest, and many files are among them.
LEAVE_OUT = ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*",
             "/usr/lib/udev/hwdb.d/*"]     # 13 MB of the initramfs otherwise

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def _key():
    return cache.digest(SUITE, *PACKAGES, HOOK, *LEAVE_OUT)


def _make(tree):
    say("making the Debian 13 sysroot; once, about a minute and what the downloads take")
    run(as_root(["mmdebstrap", "--mode=root", "--variant=minbase",
                 "--include=" + ",".join(PACKAGES),
                 *(f"--dpkgopt=path-exclude={path}" for path in LEAVE_OUT),
                 f"--essential-hook={HOOK}",
                 SUITE, tree]), "sysroot", 1200)


def sysroot():
    """The tree; made where it is not cached."""
    return cache.entry("sysroot", _key(), _make, keep=2, timeout=1500)


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
