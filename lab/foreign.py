# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines of another architecture: cross-built on this one, and emulated.

Their Debian 13 tree is only unpacked, as this machine cannot run its programs."""
import lzma
import re
import shlex
import shutil
from dataclasses import dataclass

from . import cache
from .host import BUILD, CHECKOUT, as_root, run, say
from .sysroot import SUITE, by_its_libc, depmod, enter, extracted, make_tree, own_kernels

LAB = CHECKOUT / "lab"
OTHER_KERNEL = LAB / "other-kernel"
KERNEL_COMPILER = "gcc-14"      # of Debian 13's kernels


@dataclass(frozen=True)
class Architecture:
    name: str       # in Debian
    gnu: str        # in the names of compilers and folders
    kernel: str     # in the kernel's sources
    qemu: tuple     # Debian's packages of QEMU and its firmware
    machine: tuple  # QEMU's program and its arguments
    console: str
    image: str      # the name of a kernel's file in /boot, without the version
    memory_start: int   # the physical address of the first memory
    next_release: tuple = ()    # packages that Debian 13 does not have for it
    point_release: bool = False     # without updates, which mirrors may have later than for amd64
    cpus: int = 2   # of the demo
    ciphers: tuple = ()     # modules that udev loads for the processor
    flavour: str = ""   # of the kernel, if it is not the name
    suite: str = SUITE  # of all but the kernel


ARCHITECTURES = {
    "arm64": Architecture("arm64", "aarch64-linux-gnu", "arm64", ("qemu-system-arm",),
                          ("qemu-system-aarch64", "-machine", "virt,gic-version=3",
                           "-cpu", "cortex-a57"), "ttyAMA0", "vmlinuz", 1 << 30),
    "riscv64": Architecture("riscv64", "riscv64-linux-gnu", "riscv",
                            ("qemu-system-riscv", "opensbi"),
                            ("qemu-system-riscv64", "-machine", "virt"),
                            "ttyS0", "vmlinux", 1 << 31,
                            next_release=("kexec-tools",), point_release=True,
                            # One thread runs all CPUs, and a CPU that waits for another one to
                            # flush its caches does not give up its time slice of 100 ms.
                            cpus=1),
    # Mirrors may lack packages of Debian 13 that this needs, such as libc6 of a point release.
    "ppc64el": Architecture("ppc64el", "powerpc64le-linux-gnu", "powerpc",
                            ("qemu-system-ppc", "qemu-slof"),
                            ("qemu-system-ppc64", "-machine", "pseries", "-cpu", "power9"),
                            "hvc0", "vmlinux", 0, ciphers=("vmx_crypto",), flavour="powerpc64le",
                            suite="forky"),
}

# What a guest of stock Debian needs for the story.
GUEST = """
    base-files base-passwd bash busybox-static coreutils cryptsetup-bin dash debianutils diffutils
    e2fsprogs file findutils gawk grep gzip hostname iproute2 kexec-tools keyutils kmod less
    libarchive13t64 libbsd0 libjson-c5 libkdumpfile10 libkeyutils1 libc-bin lvm2 makedumpfile mount
    procps sed squashfs-tools strace tar util-linux zstd
""".split()

# What other releases call packages of Debian 13.
OTHER_NAMES = {"forky": {"libkdumpfile10": "libkdumpfile12"}}

# Beside the compiler: what debian/control has.
LIBRARIES = """
    libblkid-dev libbsd-dev libc6-dev libcryptsetup-dev libdevmapper-dev libjson-c-dev
    libkeyutils-dev libkdumpfile-dev libkmod-dev libarchive-dev libmount-dev
""".split()

# The root disk is found by these, in this order with what they need.
BOOT_MODULES = ["virtio_blk", "crc32c_generic", "ext4"]


def _archives(arch):
    """Return mmdebstrap's arguments that choose archives. What a tree has for two architectures
    must have the same version for both."""
    if arch.suite != SUITE:
        # As on this host: unlike a stable release, this one has a date until which its list is valid.
        valid = run(["apt-config", "dump", "--no-empty", "--format", "%v",
                     "Acquire::Check-Valid-Until"], "apt-config", 60).read_text(encoding="ascii")
        return [f'--aptopt=Acquire::Check-Valid-Until "{valid.strip() or "true"}"']
    if not arch.point_release:
        return []
    return ["--setup-hook=sed -i '/trixie main/!d' \"$1/etc/apt/sources.list\""]


def _other_kernel(arch, when, *packages):
    """Return mmdebstrap's arguments that add Debian 13's kernel to a tree of another release."""
    if arch.suite == SUITE:
        return []
    return [f"--{when}-hook={OTHER_KERNEL} \"$1\" {shlex.join(packages)}"]


def _package(arch, name):
    return OTHER_NAMES.get(arch.suite, {}).get(name, name)


def guest_tree(arch):
    """Return the tree of a guest, with its kernel."""
    packages = [*(_package(arch, name) for name in GUEST if name not in arch.next_release),
                *([] if arch.flavour else [f"linux-image-{arch.name}"])]
    hook = LAB / "foreign-tree"

    def make(tree):
        say(f"making the Debian tree for {arch.name}; once")
        make_tree(tree, "extract", packages, f"tree-{arch.name}", 1500,
                  f"--architectures={arch.name}",
                  f"--extract-hook={hook} \"$1\" {' '.join(arch.next_release)}",
                  *_other_kernel(arch, "extract", f"linux-image-.*deb13-{arch.flavour}:{arch.name}"),
                  *_archives(arch), suite=arch.suite)
        run(as_root([*depmod(), "-b", tree, _version(tree)]), f"depmod-{arch.name}", 120)
    key = [*packages, "", *arch.next_release, hook]
    if arch.suite != SUITE:
        key += [arch.suite, OTHER_KERNEL]
    return cache.entry(f"{arch.name}-sysroot", cache.digest(*key), make, timeout=1800)


def cross_tree(arch):
    """Return a tree of this architecture with a compiler for the other, its libraries, and the
    headers of its kernel."""
    packages = ["make", "pkgconf", "pahole", "perl", f"gcc-{arch.gnu}",
                *(f"{name}:{arch.name}" for name in LIBRARIES)]
    hook = LAB / "cross-tree"
    headers = [f"--customize-hook={hook} \"$1\" {arch.name}"]
    key = [hook]
    if arch.suite != SUITE:
        packages.append(f"{KERNEL_COMPILER}-{arch.gnu}")
        version = re.escape(kernel_version(arch).removesuffix(f"-{arch.flavour}"))
        headers = [*_other_kernel(arch, "customize",
                                  f"linux-headers-{version}-{arch.flavour}:{arch.name}",
                                  f"linux-headers-{version}-common:amd64",
                                  f"linux-kbuild-{version}:amd64"),
                   '--customize-hook=mkdir -p "$1/src" "$1/build" "$1/work"']
        key += [arch.suite, version, OTHER_KERNEL]
    key = [*packages, *key]

    def make(tree):
        say(f"making the Debian tree that builds for {arch.name}; once")
        make_tree(tree, "minbase", packages, f"cross-{arch.name}", 1500,
                  f"--architectures=amd64,{arch.name}", *headers,
                  "--skip=cleanup/apt", *_archives(arch), suite=arch.suite)
    return cache.entry(f"{arch.name}-cross-sysroot", cache.digest(*key), make, timeout=1800)


def _version(tree):
    [version] = [path.name for path in (tree / "usr/lib/modules").iterdir()]
    return version


def packages_tree(arch):
    """Return a tree of this architecture in which the other's Debian packages are built."""
    packages = [f"crossbuild-essential-{arch.name}", "debhelper", "dh-dkms", "lintian", "po-debconf",
                "pkgconf", f"pkgconf:{arch.name}", *(f"{name}:{arch.name}" for name in LIBRARIES)]

    def make(tree):
        say(f"making the Debian tree that builds packages for {arch.name}; once")
        make_tree(tree, "minbase", packages, f"packages-{arch.name}", 1500,
                  f"--architectures=amd64,{arch.name}",
                  "--customize-hook=mkdir -p \"$1/src\" \"$1/build\"", *_archives(arch),
                  suite=arch.suite)
    key = packages if arch.suite == SUITE else [*packages, arch.suite]
    return cache.entry(f"{arch.name}-packages-sysroot", cache.digest(*key), make, timeout=1800)


def packages(arch):
    """Build the Debian packages into build/deb-<architecture>, and check them with lintian."""
    out = f"deb-{arch.name}"
    # The lintian of another release wants what Debian 13 does not know yet.
    fail_on = [] if arch.suite == SUITE else [("FAIL_ON", "error,warning")]
    return enter(packages_tree(arch), ["/src/lab/packages", f"/build/{out}"], out, 1800,
                 [("--ro-bind", CHECKOUT, "/src"), ("--bind", BUILD, "/build")],
                 [("DEB_HOST_ARCH", arch.name), *fail_on])


def kernel_version(arch):
    return _version(guest_tree(arch))


def build(arch):
    """Build the tool, the capture program and the module. Return a tree with what belongs on a
    machine."""
    tree = cross_tree(arch)
    version = kernel_version(arch)
    out, dest = BUILD / f"lab-{arch.name}", BUILD / f"dest-{arch.name}"
    with cache.locked(f"build-{arch.name}", 900, where=BUILD):
        shutil.rmtree(dest, ignore_errors=True)
        dest.mkdir(parents=True)
        enter(tree, ["make", "-C", "/src", "--no-print-directory", "--silent", "--output-sync",
                     "-j2", f"OUT=/build/{out.name}", "PREFIX=/usr", "WERROR=1",
                     f"CROSS_COMPILE={arch.gnu}-", f"ARCH={arch.kernel}", f"KERNELS={version}",
                     f"DESTDIR=/build/{dest.name}", "install"],
              f"make-{arch.name}", 900,
              [("--ro-bind", CHECKOUT, "/src"), ("--bind", BUILD, "/build")])
    return dest


def with_own_keys(arch, dest, copy):
    """Make a copy of a build with the kernel of the lab that has its own crash_dm_crypt_keys. Return
    its image."""
    for tree in [dest, own_kernels(f"{arch.name}-own-keys")]:
        run(["cp", "-rT", tree, copy], f"own-keys-{arch.name}", 120)
    [image] = (copy / "boot").glob("vmlinuz-*")
    return image


def packaged(arch):
    """Build the packages. Return a tree with what they put on a machine, and with the module, which
    DKMS builds there."""
    packages(arch)
    # Not directly in BUILD, where make takes etc/update-motd.d for a list of dependencies.
    dest, tree = build(arch), BUILD / "packaged" / arch.name
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(dest / "lib", tree / "lib")
    [package] = (BUILD / f"deb-{arch.name}").glob("kdump-crypt_*.deb")
    enter(packages_tree(arch), ["dpkg-deb", "-x", f"/build/{package.relative_to(BUILD)}",
                                f"/build/{tree.relative_to(BUILD)}"],
          f"packaged-{arch.name}", 120, [("--bind", BUILD, "/build")])
    return tree


def _module_files(modules, names):
    """Return the paths of modules with those that each needs before it."""
    needs = {}
    for line in (modules / "modules.dep").read_text(encoding="ascii").splitlines():
        path, _, needed = line.partition(":")
        needs[path] = needed.split()
    by_name = {path.rpartition("/")[2].partition(".")[0].replace("-", "_"): path
               for path in needs}
    files = []
    for name in names:
        # A module that the kernel has built in is in no such line.
        wanted = [by_name[name]] if name in by_name else []
        for path in [*reversed(needs[wanted[0]]), *wanted] if wanted else []:
            if path not in files:
                files.append(path)
    return files


def _archive(entries):
    """Return a cpio archive. Each entry is a name, a mode, and the content."""
    parts = []
    for number, (name, mode, data) in enumerate([*entries, ("TRAILER!!!", 0, b"")], 1):
        path = name.encode() + b"\0"
        fields = [number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0]
        head = b"070701" + b"".join(b"%08x" % field for field in fields) + path
        for part in (head, data):
            parts.append(part + bytes(-len(part) % 4))
    return b"".join(parts)


def initramfs(arch):
    """Return an initramfs that mounts the root disk and starts /lab/init."""
    tree = guest_tree(arch)
    modules = tree / "usr/lib/modules" / kernel_version(arch)
    script = (LAB / "foreign-init").read_bytes()

    def make(part):
        files = _module_files(modules, BOOT_MODULES)
        entries = [(name, 0o040755, b"") for name in ["bin", "dev", "proc", "sys", "root"]]
        entries += [("dev/console", 0o100600, b""), ("init", 0o100755, script),
                    ("bin/busybox", 0o100755, (tree / "usr/bin/busybox").read_bytes())]
        entries += [(f"{number:02}.ko", 0o100644, lzma.decompress((modules / path).read_bytes()))
                    for number, path in enumerate(files)]
        part.write_bytes(_archive(entries))
    return cache.entry(f"{arch.name}-initramfs", cache.digest(tree.name, script, *BOOT_MODULES),
                       make)


def root_image(arch, dest):
    """Return the root disk with the build in `dest`."""
    from .disks import tree_digest
    tree = guest_tree(arch)
    key = cache.digest(tree.name, LAB / "root-image", tree_digest(LAB / "guest"),
                       tree_digest(dest))

    def make(part):
        run(as_root([LAB / "root-image", tree, dest, LAB / "guest", part, *depmod()]),
            f"root-image-{arch.name}", 300)
    return cache.entry(f"{arch.name}-root", key, make)


def qemu(arch):
    """Return the start of a command line for Debian 13's QEMU."""
    tree = extracted(f"{arch.name}-qemu", *arch.qemu)
    program, *options = arch.machine
    return ["setpriv", "--pdeathsig", "KILL", *by_its_libc(tree, f"usr/bin/{program}"),
            "-L", tree / "usr/share/qemu", "-nodefaults", "-no-user-config", "-display", "none",
            *options, "-accel", "tcg,thread=single"]


def direct_boot(arch, cmdline, kernel=None):
    """Return QEMU's arguments for a kernel that QEMU loads itself: Debian's, or an image that needs
    no initramfs."""
    debian = guest_tree(arch) / "boot" / f"{arch.image}-{kernel_version(arch)}"
    return [*(["-kernel", kernel] if kernel else ["-kernel", debian, "-initrd", initramfs(arch)]),
            "-append", f"root=/dev/vda rw console={arch.console} init=/lab/init "
                       f"cryptomgr.notests {cmdline}"]
