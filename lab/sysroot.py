# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian 13 trees: what everything is built in, what the guests run, and QEMU."""
import os
import re
from dataclasses import dataclass
from pathlib import Path

from . import cache
from .host import CHECKOUT, as_root, run, say

SUITE = "trixie"
PACKAGES = """
    linux-image-amd64 linux-headers-amd64 linux-image-cloud-amd64 linux-headers-cloud-amd64
    gcc make libc6-dev binutils pkgconf sparse
    libcryptsetup-dev libkmod-dev libkeyutils-dev libarchive-dev libjson-c-dev libblkid-dev
    libmount-dev libbsd-dev libcmocka-dev
    cryptsetup-bin kexec-tools makedumpfile kmod keyutils e2fsprogs util-linux
    lvm2 mdadm xfsprogs btrfs-progs
    procps iproute2 bash less zstd strace file
""".split()

QEMU = "qemu-system-x86"

# Before the kernels are configured.
HOOK = CHECKOUT / "lab/sysroot-hook"


@dataclass
class Variant:
    """A kind of tree: what is in it, and what is done to it at the end."""
    packages: list
    finish: Path
    sources: tuple = ()     # what `finish` reads
    about: str = "about two minutes and what the downloads take"
    timeout: int = 1500


OWN_KERNELS = CHECKOUT / "tests/kernels"
OWN_KERNEL_SOURCES = tuple(OWN_KERNELS / name for name in [
    "compile", "guest.config", "checkers.config", "own-keys.config"])
BUILDS_KERNELS = [*(p for p in PACKAGES if not p.startswith("linux-")),
                  "flex", "bison", "bc", "libelf-dev", "libssl-dev", "openssl", "xz-utils", "cpio",
                  "rsync", "perl"]

VARIANTS = {
    "stock": Variant(PACKAGES, CHECKOUT / "lab/newest-kernel"),
    "debug": Variant(
        [*BUILDS_KERNELS, "linux-source-6.12"],
        OWN_KERNELS / "debug-tree", OWN_KERNEL_SOURCES,
        "with a kernel that is built first, half an hour on two cores", 7200),
    "archive": Variant(
        [*BUILDS_KERNELS, "dpkg-dev"], OWN_KERNELS / "archive-tree", OWN_KERNEL_SOURCES,
        "with kernels that are built first, an hour on two cores", 4 * 3600),
    "fuzz": Variant(["clang", "libclang-rt-dev", "libssl-dev", "linux-libc-dev", "make"],
                    Path("/bin/true")),
}

# Nobody reads these in the guest, and many files are among them.
LEAVE_OUT = ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*",
             "/usr/lib/udev/hwdb.d/*",     # 13 MB of the initramfs otherwise
             # The guest's root disk needs none of these in its initramfs.
             *(f"/usr/share/initramfs-tools/*/{name}"
               for name in ["lvm2", "dmsetup", "mdadm", "btrfs"])]

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def _mmdebstrap(tree, kind, packages, log, timeout, *options):
    # In a mount namespace of its own: what it mounts goes with it, however it ends.
    run(as_root(["unshare", "--mount", "mmdebstrap", "--mode=root", f"--variant={kind}",
                 "--include=" + ",".join(packages),
                 *(f"--dpkgopt=path-exclude={path}" for path in LEAVE_OUT),
                 *options, SUITE, tree]), log, timeout)


def sysroot(name=None):
    """The tree of that variant, made where it is not cached. Which one it is where nobody
    says is LAB_SYSROOT's choice, for a whole test run."""
    name = name or os.environ.get("LAB_SYSROOT", "stock")
    variant = VARIANTS[name]

    def make(tree):
        say(f"making the Debian 13 sysroot ({name}); once, {variant.about}")
        _mmdebstrap(tree, "minbase", variant.packages, f"sysroot-{name}", variant.timeout,
                    f"--essential-hook={HOOK}", f"--customize-hook={variant.finish}")
    key = cache.digest(SUITE, *variant.packages, HOOK, variant.finish, *variant.sources,
                       *LEAVE_OUT)
    return cache.entry(f"{name}-sysroot", key, make, timeout=variant.timeout + 300)


def qemu():
    """Debian 13's QEMU as the start of a command line, run on this host by its own libc.

    Not the host's: emulation by QEMU before 8.1 now and then lets a second CPU keep the
    breakpoint that the kernel has in place while it patches its code, and the guest ends
    with "Oops: int3"."""
    def make(tree):
        say("fetching Debian 13's QEMU; once")
        _mmdebstrap(tree, "extract", [QEMU], "qemu-tree", 1200)
    tree = cache.entry("qemu", cache.digest(SUITE, QEMU, *LEAVE_OUT), make, timeout=1500)
    return [tree / "usr/lib64/ld-linux-x86-64.so.2",
            "--library-path", tree / "usr/lib/x86_64-linux-gnu",
            tree / "usr/bin/qemu-system-x86_64",
            "-L", tree / "usr/share/qemu", "-L", tree / "usr/share/seabios"]


def _by_number(version):
    return [int(n) for n in re.findall(r"\d+", version)]


def kernels(tree):
    """The versions of the kernels by flavour: Debian 13's own generic and cloud ones, the
    newest of its backports (a cloud one); the one that is built for debugging; and those that
    are built from the archive's sources, each by its series ("6.16") or as "own-keys"."""
    versions = sorted((p.name for p in (tree / "lib/modules").iterdir()), key=_by_number)
    clouds = [v for v in versions if "-cloud-" in v]
    found = {"generic": [v for v in versions if v.endswith("-amd64") and v not in clouds],
             "cloud": clouds[:1], "newest": clouds[1:],
             "debug": [v for v in versions if v.endswith("-debug")],
             "own-keys": [v for v in versions if v.endswith("-own-keys")],
             **{".".join(v.split(".")[:2]): [v] for v in versions if v.endswith("-lab")}}
    return {flavour: v[-1] for flavour, v in found.items() if v}


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
