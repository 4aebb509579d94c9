# SPDX-License-Identifier: GPL-2.0-or-later
"""Disks with packages for the installed Debian, which has no network.

The disk with our packages also has a compiler cache. When the package is installed, DKMS compiles
the module, which takes an emulated CPU minutes. If the disk is mounted at /mnt, ccache finds all
objects, and the guest does the rest of what DKMS and kbuild do."""
from . import cache, disks, product
from .host import BUILD, CHECKOUT, as_root, run
from .sysroot import PATH, enter, sysroot

DOWNLOAD = CHECKOUT / "lab/download-packages"
# The command of DKMS, in the same folder.
COMPILE = """
    dpkg-deb -x /mnt/kdump-crypt-dkms_*.deb /tmp
    cd /tmp/usr/src
    build=/var/lib/dkms/kdump-crypt/$(echo * | sed s/kdump-crypt-//)/build
    mkdir -p $build
    cp */* $build
    kernel=$(ls /lib/modules)
    make -j2 KERNELRELEASE=$kernel -C /lib/modules/$kernel/build M=$build
    """
CCACHE = [("PATH", f"/usr/lib/ccache:{PATH}"), ("CCACHE_NOREADONLY", "true"),
          ("CCACHE_SLOPPINESS", "include_file_mtime,include_file_ctime")]
SIZE = 64 << 20


def _filesystem(path, directory):
    disks.blank(path, SIZE)
    run(["mke2fs", "-q", "-F", "-t", "ext4", "-d", directory, path], "packages-disk", 60)


def image(out="deb"):
    """Return the path of the disk that ours() makes."""
    return BUILD / f"{out}.img"


def ours(out="deb", version=None):
    """Build our packages and make a disk with them. For an upgrade, build another version."""
    product.packages(out, version)
    dkms = BUILD / f"{out}-dkms"
    cache.remove(dkms)
    dkms.mkdir()
    enter(sysroot("installed"), ["sh", "-exc", COMPILE], "packages-compile", 600,
          [("--bind", dkms, "/var/lib/dkms"), ("--bind", BUILD / out, "/mnt")], CCACHE)
    _filesystem(image(out), BUILD / out)
    return image(out)


def downloaded(name, *packages):
    """Return a directory with some of Debian's packages and the dependencies that the installed
    Debian lacks. `name` is its name in the cache."""
    tree = sysroot("installed")

    def make(part):
        run(as_root(["unshare", "--mount", DOWNLOAD, tree, part, *packages]), f"packages-{name}",
            600)
    return cache.entry(f"packages-for-{name}", cache.digest(tree.name, DOWNLOAD, *packages), make)


def debians(path, *packages):
    """Make a disk with those packages."""
    directory = downloaded(path.stem, *packages)
    made = cache.entry(f"disk-for-{path.stem}", cache.digest(directory.name),
                       lambda part: _filesystem(part, directory))
    return disks.overlay(made, path)
