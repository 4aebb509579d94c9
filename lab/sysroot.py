# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian 13 trees: for building, for the guests, and for QEMU."""
import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from . import cache
from .host import CHECKOUT, as_root, run, say

SUITE = "trixie"
PACKAGES = """
    linux-image-amd64 linux-headers-amd64 linux-image-cloud-amd64 linux-headers-cloud-amd64
    gcc make libc6-dev binutils pkgconf sparse
    libcryptsetup-dev libkmod-dev libkeyutils-dev libarchive-dev libjson-c-dev libblkid-dev
    libmount-dev libbsd-dev libkdumpfile-dev libcmocka-dev
    cryptsetup-bin kexec-tools makedumpfile squashfs-tools kmod keyutils e2fsprogs util-linux
    lvm2 mdadm xfsprogs btrfs-progs busybox grub2-common
    procps iproute2 bash less zstd strace file
""".split()

QEMU = "qemu-system-x86"

# mmdebstrap runs this before it configures the kernels.
HOOK = CHECKOUT / "lab/sysroot-hook"


@dataclass
class Variant:
    """A kind of tree: its packages, and the script that finishes it."""
    packages: list
    finish: Path = Path("/bin/true")
    for_lab: bool = True    # for enter() or for a lab guest; if not, as an installer makes it
    leave_out: tuple = ()   # files of its packages, besides those that no tree has


OWN_KERNELS = CHECKOUT / "tests/kernels"


@dataclass
class KernelBuild:
    """Kernels, and the script that builds them in a tree: its path and arguments."""
    packages: list
    script: Path
    about: str
    arguments: tuple = ()
    uses: tuple = (OWN_KERNELS / "compile", *sorted(OWN_KERNELS.glob("*.config")))


# The machine that the benchmark crashes, without its kernel: a Debian with systemd.
BENCH = """
    systemd-sysv dbus udev login passwd kmod procps iproute2 less file e2fsprogs zstd cpio busybox
    linux-base makedumpfile kexec-tools
""".split()
BENCH_KDUMP_CRYPT = """
    cryptsetup-bin squashfs-tools lvm2 keyutils libarchive13t64 libbsd0 libjson-c5 libkdumpfile10 libkeyutils1
""".split()

# Drivers for hardware that no guest has. On an emulated CPU, depmod takes minutes for all modules.
NO_HARDWARE = [f"/usr/lib/modules/*/kernel/{name}/*" for name in """
    net sound drivers/bluetooth drivers/comedi drivers/gpu drivers/hid drivers/hwmon drivers/iio
    drivers/infiniband drivers/input drivers/leds drivers/media drivers/misc drivers/mmc drivers/mtd
    drivers/net drivers/platform drivers/staging drivers/usb drivers/video
    """.split()]
# Debian's kernel with PREEMPT_RT.
RT = [p.replace("-amd64", "-rt-amd64") for p in PACKAGES if "-cloud-" not in p]
WITHOUT_KERNELS = [p for p in PACKAGES if not p.startswith("linux-")]

VARIANTS = {
    "stock": Variant(PACKAGES, CHECKOUT / "lab/newest-kernel"),
    "rt": Variant(RT),
    "debug": Variant(WITHOUT_KERNELS),
    "kcsan": Variant(WITHOUT_KERNELS),
    "archive": Variant([*WITHOUT_KERNELS, "initramfs-tools", "linux-base"],
                       OWN_KERNELS / "archive-kernels"),
    # The build dependencies of debian/control.
    "packages": Variant("""
        build-essential debhelper dh-dkms lintian pkgconf po-debconf
        libblkid-dev libbsd-dev libcmocka-dev libcryptsetup-dev libdevmapper-dev libjson-c-dev
        libkeyutils-dev libkdumpfile-dev libkmod-dev libarchive-dev libmount-dev libssl-dev
    """.split()),
    # One that leaves out free pages, to compare dumps with.
    "next-makedumpfile": Variant(["libc-bin"], CHECKOUT / "lab/next-makedumpfile", for_lab=False),
    # What Debian's installer installs, and what a module is built with. lab/packages_disk.py
    # describes the compiler cache.
    "installed": Variant("""
        systemd-sysv dbus udev login passwd apt kmod procps iproute2 less nano fdisk e2fsprogs
        linux-image-amd64 initramfs-tools grub-pc cryptsetup cryptsetup-initramfs lvm2 zstd
        linux-headers-amd64 gcc make dkms ccache
    """.split(), CHECKOUT / "lab/installed-tree", for_lab=False, leave_out=NO_HARDWARE),
    # Also for a guest that systemd-boot starts.
    "secure-boot": Variant(["ovmf", "python3-virt-firmware", "openssl", "systemd-boot",
                            "dosfstools", "mtools"]),
    # One with Debian's own dump tool, and one with what kdump-crypt and its volume need.
    "bench-kdump-tools": Variant([*BENCH, "initramfs-tools", "kdump-tools"], for_lab=False),
    "bench-kdump-crypt": Variant([*BENCH, "initramfs-tools", *BENCH_KDUMP_CRYPT], for_lab=False),
    # kdump-crypt's module, with an initramfs that dracut makes.
    "bench-dracut": Variant([*BENCH, *BENCH_KDUMP_CRYPT, "dracut", "systemd-cryptsetup"],
                            for_lab=False),
    "filesystems": Variant(["f2fs-tools", "dosfstools", "exfatprogs"]),
    "plots": Variant(["gnuplot-nox"]),
    "lint": Variant(["clang-format", "shellcheck", "python3-pyflakes", "mandoc"]),
    "fuzz": Variant(["clang", "libclang-rt-dev", "libssl-dev", "linux-libc-dev", "make"]),
}

COMPILER = ["gcc", "make", "libc6-dev", "binutils", "flex", "bison", "bc", "libelf-dev",
            "libssl-dev", "openssl", "xz-utils", "cpio", "rsync", "perl", "kmod"]
KERNEL_TIMEOUT = 7200   # seconds
KERNEL_BUILDS = {
    **{name: KernelBuild([*COMPILER, "linux-source-6.12"], OWN_KERNELS / "checkers-tree",
                         "a quarter of an hour on two cores", (name,))
       for name in ["debug", "kcsan"]},
    "archive": KernelBuild(COMPILER, OWN_KERNELS / "own-keys-tree",
                           "a quarter of an hour on two cores"),
    # Not for a variant, but for lab/foreign.py.
    "arm64-own-keys": KernelBuild([*COMPILER, "gcc-aarch64-linux-gnu"],
                                  OWN_KERNELS / "arm64/own-keys-tree",
                                  "11 minutes of one core",
                                  uses=(OWN_KERNELS / "arm64/own-keys.config",)),
}

# Nobody reads these in a guest, and they are many files.
LEAVE_OUT = ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*",
             "/usr/lib/udev/hwdb.d/*"]     # 13 MB of the initramfs
# The initramfs of a lab guest needs none of these for the root disk.
NO_INITRAMFS_HOOKS = [f"/usr/share/initramfs-tools/*/{name}"
                      for name in ["lvm2", "dmsetup", "mdadm", "btrfs"]]

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def make_tree(tree, kind, packages, log, timeout, *options, leave_out=(), suite=SUITE):
    """Make a tree with mmdebstrap."""
    # All its mounts end with its mount namespace.
    run(as_root(["unshare", "--mount", "mmdebstrap", "--mode=root", f"--variant={kind}",
                 "--include=" + ",".join(packages),
                 *(f"--dpkgopt=path-exclude={path}" for path in [*LEAVE_OUT, *leave_out]),
                 *options, suite, tree]), log, timeout)


def own_kernels(name):
    """Return a tree with just /boot and /usr/lib/modules of kernels that the lab builds."""
    build = KERNEL_BUILDS[name]

    def make(part):
        say(f"building kernels ({name}); once, {build.about}")
        tree = part.with_name(f"{part.name}.tree")
        script = shlex.join([str(build.script), *build.arguments])
        make_tree(tree, "minbase", build.packages, f"kernels-{name}", KERNEL_TIMEOUT,
                    f'--customize-hook={script} "$1"')
        run(as_root(["sh", "-ec", 'mkdir -p "$2/usr/lib"; mv "$1/boot" "$2/"; '
                     'mv "$1/usr/lib/modules" "$2/usr/lib/"; rm -rf --one-file-system "$1"',
                     "sh", tree, part]), "kernels-move", 300)
    key = cache.digest(SUITE, *build.packages, build.script, *build.arguments, *build.uses)
    return cache.entry(f"{name}-kernels", key, make, timeout=KERNEL_TIMEOUT + 600)


def sysroot(name=None):
    """Return the tree of that variant. Make it if it is not cached. LAB_SYSROOT has the default,
    for a whole test run."""
    name = name or os.environ.get("LAB_SYSROOT", "stock")
    return _tree(name, VARIANTS[name])


def next_makedumpfile():
    """Return the makedumpfile of Debian's next release. It runs in Debian 13."""
    return sysroot("next-makedumpfile") / "srv/usr/bin/makedumpfile"


def dump_tools(version):
    """Return a tree with tools that read dumps, and with that kernel's debug symbols in
    usr/lib/debug/boot."""
    return _tree("dump-tools", Variant(
        ["aeskeyfind", "crash", "python3-drgn", f"linux-image-{version}-dbg"],
        leave_out=["/usr/lib/debug/lib/modules/*", "/usr/lib/debug/usr/lib/modules/*"]))


def _tree(name, variant):
    built = [own_kernels(name)] if name in KERNEL_BUILDS else []
    hook = [HOOK] if variant.for_lab else []
    leave_out = [*(NO_INITRAMFS_HOOKS if variant.for_lab else []), *variant.leave_out]
    options = [*(f"--essential-hook={path}" for path in hook),
               f"--customize-hook={variant.finish}",
               *([] if variant.for_lab else ["--skip=cleanup/apt"])]

    def make(tree):
        say(f"making the Debian 13 sysroot ({name}); once, about two minutes and what the "
            "downloads take")
        make_tree(tree, "minbase", variant.packages, f"sysroot-{name}", 1500, *options,
                    leave_out=leave_out)
        for kernels_tree in built:
            run(as_root(["cp", "-a", f"{kernels_tree}/.", tree]), "kernels-copy", 300)
    key = cache.digest(SUITE, *variant.packages, *hook, variant.finish, *LEAVE_OUT, *leave_out,
                       *(kernels_tree.name for kernels_tree in built))
    return cache.entry(f"{name}-sysroot", key, make, timeout=1800)


def extracted(name, *packages):
    """Return a tree with a program of Debian 13 and its libraries, which runs on this host with its
    own libc. No name may begin as another one does."""
    def make(tree):
        say(f"fetching Debian 13's {packages[0]}; once")
        make_tree(tree, "extract", packages, f"{name}-tree", 1200)
    return cache.entry(name, cache.digest(SUITE, *packages, *LEAVE_OUT), make, timeout=1500)


def by_its_libc(tree, program, *more_libraries):
    """Return the start of a command line for a program of that tree."""
    libraries = tree / "usr/lib/x86_64-linux-gnu"
    return [tree / "usr/lib64/ld-linux-x86-64.so.2", "--library-path",
            ":".join(str(libraries / name) for name in ["", *more_libraries]), tree / program]


def qemu():
    """Return the start of a command line for Debian 13's QEMU.

    The host's QEMU may be older than 8.1. Then a second CPU now and then keeps the breakpoint that
    the kernel uses while it patches its code, and the guest ends with "Oops: int3"."""
    tree = extracted("qemu", QEMU)
    return [*by_its_libc(tree, "usr/bin/qemu-system-x86_64"),
            "-L", tree / "usr/share/qemu", "-L", tree / "usr/share/seabios"]


def depmod():
    """Return the start of a command line for Debian 13's depmod, which runs on this host."""
    return by_its_libc(sysroot("stock"), "usr/sbin/depmod")


def swtpm():
    """Return the same for a TPM in software."""
    return by_its_libc(extracted("swtpm", "swtpm"), "usr/bin/swtpm", "swtpm")


def _by_number(version):
    return [int(n) for n in re.findall(r"\d+", version)]


def kernels(tree):
    """Return the versions of a tree's kernels by flavour: "generic", "cloud" and "newest", which is
    the newest cloud kernel of Debian 13's backports; "debug", "kcsan" and "own-keys", which the lab
    builds; and older backports by their series, such as "6.16"."""
    versions = sorted((p.name for p in (tree / "lib/modules").iterdir()), key=_by_number)
    clouds = [v for v in versions if "-cloud-" in v]
    generic = [v for v in versions if v.endswith("-amd64") and v not in clouds]
    if generic and not clouds:      # of "rt"
        return {"generic": generic[-1]}
    if generic:
        return {"generic": generic[-1], "cloud": clouds[0], "newest": clouds[-1]}
    return {**{".".join(v.split(".")[:2]): v for v in clouds},
            **{name: v for v in versions for name in ["debug", "kcsan", "own-keys"]
               if v.endswith(f"-{name}")}}


def enter(tree, command, log, timeout, binds=(), env=()):
    """Run a command in the tree, as the calling user. The tree is read-only, and there is no
    network. Of the host, the command sees `binds` only: tuples of option, source and target."""
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
