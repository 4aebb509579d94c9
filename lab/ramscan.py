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


def _find_all(memory, pattern):
    found, at = [], memory.find(pattern)
    while at >= 0:
        found.append(at)
        at = memory.find(pattern, at + 1)
    return found


def scan(vm, key, path):
    """Physical addresses of the whole key and of each of its halves: an XTS key is two AES
    keys, and an expanded AES key begins with the key itself."""
    vm.qmp("stop")
    try:
        vm.qmp("pmemsave", val=0, size=RAM, filename=str(path), timeout=300)
    finally:
        vm.qmp("cont")
    half = len(key) // 2
    with open(path, "rb") as dump, \
            mmap.mmap(dump.fileno(), 0, access=mmap.ACCESS_READ) as memory:
        result = {"whole": _find_all(memory, key),
                  "first half": _find_all(memory, key[:half]),
                  "second half": _find_all(memory, key[half:])}
    path.unlink()
    return result
