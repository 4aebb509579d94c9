# SPDX-License-Identifier: GPL-2.0-or-later
"""Disks with packages for the installed Debian, which has no network."""
from pathlib import Path

from . import cache, disks, product
from .host import BUILD, CHECKOUT, as_root, run
from .sysroot import sysroot

DOWNLOAD = CHECKOUT / "lab/download-packages"


def _filesystem(path, directory):
    disks.blank(path, 64 << 20)
    run(["mke2fs", "-q", "-F", "-t", "ext4", "-d", directory, path], "packages-disk", 60)


def image(out="deb"):
    """The disk that ours() has made."""
    return BUILD / f"{out}.img"


def ours(out="deb", version=None):
    """The project's, built now; of another version for an upgrade."""
    product.packages(out, version)
    _filesystem(image(out), BUILD / out)
    return image(out)


def debians(path, *packages):
    """These of Debian's, and what they need beyond what the installed Debian has."""
    name = path.stem
    tree = sysroot("installed")

    def make(part):
        directory = Path(f"{part}.packages")
        run(as_root(["unshare", "--mount", DOWNLOAD, tree, directory, *packages]),
            f"packages-{name}", 600)
        _filesystem(part, directory)
        cache.remove(directory)
    made = cache.entry(f"packages-for-{name}", cache.digest(tree.name, DOWNLOAD, *packages), make)
    return disks.overlay(made, path)
