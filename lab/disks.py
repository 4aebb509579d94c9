# SPDX-License-Identifier: GPL-2.0-or-later
"""Disk images: the guests' root disk, blank disks, LUKS2 disks."""
import os
import shutil
import stat
import struct
from pathlib import Path

from . import cache, product
from .host import CHECKOUT, as_root, run
from .sysroot import depmod, enter, sysroot

LAB = CHECKOUT / "lab"
SIZE = 4 << 30

# What cryptsetup chooses by default on ordinary hardware. On an emulated or small machine its
# benchmark would choose less.
PASSPHRASE = "correct horse battery staple"
DEFAULT_KDF = ["--pbkdf", "argon2id", "--pbkdf-memory", "1048576", "--pbkdf-parallel", "4",
               "--pbkdf-force-iterations", "4"]
# A keyslot that opens at once, for tests of other things than unlocking.
QUICK_PASSPHRASE = "quick"
QUICK_KDF = ["--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000"]
LUKS1_KDF = ["--pbkdf-force-iterations", "1000"]    # LUKS1 has PBKDF2 only


def tree_digest(top):
    """Return a hash of all names, modes, contents and link targets in a tree."""
    parts = []
    for path in sorted(top.rglob("*")):
        mode = path.lstat().st_mode
        parts += [str(path.relative_to(top)), oct(mode)]
        if stat.S_ISLNK(mode):
            parts.append(os.readlink(path))
        elif stat.S_ISREG(mode):
            parts.append(path)
    return cache.digest(*parts)


def root_image():
    """Return the root disk with the current build. Guests use it under an overlay only."""
    tree = sysroot()
    key = cache.digest(tree.name, tree / "var/lib/dpkg/status", LAB / "root-image",
                       tree_digest(LAB / "guest"), tree_digest(product.GUEST_DEST))

    def make(part):
        run(as_root([LAB / "root-image", tree, product.GUEST_DEST, LAB / "guest", part,
                     *depmod()]), "root-image", 300)
    return cache.entry("root", key, make, keep=6)


def overlay(base, path):
    """Make a qcow2 image that takes the writes to another image."""
    form = "qcow2" if Path(base).suffix == ".qcow2" else "raw"
    run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", form, "-b", Path(base).resolve(), path],
        "qemu-img", 30)
    return path


def blank(path, size=SIZE):
    """Make an empty sparse disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as disk:
        disk.truncate(size)
    return path


def filesystem(path, kind, size=SIZE):
    """Make a disk with a filesystem that the guests cannot make."""
    blank(path, size)
    enter(sysroot("filesystems"), [f"mkfs.{kind}", f"/work/{path.name}"], "mkfs", 120,
          [("--bind", path.parent, "/work")])
    return path


def luks(path, size=SIZE, slots=(QUICK_PASSPHRASE, PASSPHRASE), version="luks2"):
    """Make a LUKS disk with keyslots for these passphrases, in the order in which cryptsetup tries
    them.

    cryptsetup works on the image file, so this needs no device and no privileges."""
    blank(path, size)
    (path.parent / "keys").mkdir(exist_ok=True)
    tree = sysroot()
    first = None
    try:
        for passphrase in slots:
            key = path.parent / "keys" / str(slots.index(passphrase))
            key.write_text(passphrase, encoding="ascii")
            kdf = QUICK_KDF if passphrase == QUICK_PASSPHRASE else DEFAULT_KDF
            if version == "luks1":
                kdf = LUKS1_KDF
            disk, inside = f"/work/{path.name}", f"/work/keys/{key.name}"
            if first is None:
                first = inside
                what = ["luksFormat", "--type", version, *kdf, disk, inside]
            else:
                what = ["luksAddKey", *kdf, "--key-file", first, disk, inside]
            enter(tree, ["cryptsetup", "--batch-mode", *what], "luks", 120,
                  [("--bind", path.parent, "/work")])
    finally:
        shutil.rmtree(path.parent / "keys")
    return path


def partition(device, mebibytes):
    """Return the shell command that makes a partition, from the disk's second mebibyte on."""
    entry = struct.pack("<4xB3xII", 0x83, 2048, mebibytes << 11) + bytes(48) + b"\x55\xaa"
    table = "".join(f"\\x{byte:02x}" for byte in entry)
    return (f"printf '{table}' | dd of={device} bs=1 seek=446 conv=notrunc status=none && "
            f"blockdev --rereadpt {device}")
