# SPDX-License-Identifier: GPL-2.0-or-later
"""Copies of a volume key in all of a guest's memory, seen from outside."""
import mmap

from .disks import QUICK_PASSPHRASE
from .sysroot import enter, sysroot

RAM = 2 << 30       # what the guests have, from address 0 on


def volume_key(path, passphrase=QUICK_PASSPHRASE):
    """The volume key of a LUKS2 image, read outside of any guest."""
    work = path.parent
    (work / "slot").write_text(passphrase, encoding="ascii")
    try:
        enter(sysroot(), ["cryptsetup", "luksDump", "--batch-mode", "--dump-volume-key",
                          "--key-file", "/work/slot", "--volume-key-file", "/work/key",
                          f"/work/{path.name}"], "luks", 120, [("--bind", work, "/work")])
        return (work / "key").read_bytes()
    finally:
        (work / "slot").unlink()
        (work / "key").unlink(missing_ok=True)


def find_all(memory, pattern):
    found, at = [], memory.find(pattern)
    while at >= 0:
        found.append(at)
        at = memory.find(pattern, at + 1)
    return found


def find(vm, key, path):
    """Where a guest that stands still has the key, and each of its halves: an XTS key is two
    AES keys, and an expanded AES key begins with the key itself. The halves of a whole copy
    are found, too. `path` is for a file, which does not stay."""
    half = len(key) // 2
    try:
        vm.qmp("pmemsave", val=0, size=RAM, filename=str(path), timeout=300)
        with open(path, "rb") as dump, \
                mmap.mmap(dump.fileno(), 0, access=mmap.ACCESS_READ) as memory:
            first, second = find_all(memory, key[:half]), find_all(memory, key[half:])
    finally:
        path.unlink(missing_ok=True)
    return {"whole": [start for start in first if start + half in second],
            "first half": first, "second half": second}


def scan(vm, key, path):
    """The same in a guest that runs."""
    vm.qmp("stop")
    try:
        return find(vm, key, path)
    finally:
        vm.qmp("cont")
