# SPDX-License-Identifier: GPL-2.0-or-later
"""Copies of a volume key in all of a guest's memory, seen from outside."""
import mmap
from contextlib import contextmanager

from .disks import QUICK_PASSPHRASE
from .sysroot import enter, sysroot

CHUNK = 1 << 16


def volume_key(path, passphrase=QUICK_PASSPHRASE):
    """Return the volume key of a LUKS2 image, read outside of any guest."""
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


def _written(memory):
    """Return the parts, as (start, end), that are not all zeros. Most of a guest's memory is
    zeros."""
    zeros, parts = bytes(CHUNK), []
    for start in range(0, len(memory), CHUNK):
        end = min(start + CHUNK, len(memory))
        if memory[start:end] == zeros[:end - start]:
            continue
        if parts and parts[-1][1] == start:
            start, _ = parts.pop()
        parts.append((start, end))
    return parts


class Content:
    """The content of a file, for many searches."""

    def __init__(self, memory):
        self._memory, self._parts = memory, _written(memory)

    def find_all(self, pattern):
        """Return the offsets of the pattern, which is not all zeros."""
        found = set()
        for start, end in self._parts:
            # A match may extend into the zeros on either side.
            at, end = max(start - len(pattern), 0), end + len(pattern)
            while (at := self._memory.find(pattern, at, end)) >= 0:
                found.add(at)
                at += 1
        return sorted(found)


@contextmanager
def content(path, size=0):
    """Yield the content of the first bytes of a file (0: all of them)."""
    with open(path, "rb") as file, \
            mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as memory:
        yield Content(memory)


def save(vm, path):
    """Save all of a guest's memory, from address 0 on, into a file."""
    vm.qmp("pmemsave", val=0, size=vm.memory << 20, filename=str(path), timeout=300)


def find(vm, key, path):
    """Return the addresses of the key and of each of its halves in a stopped guest. An XTS key is
    two AES keys, and an expanded AES key begins with the key itself. The halves of a whole copy are
    found, too. `path` is the name of a temporary file."""
    half = len(key) // 2
    try:
        save(vm, path)
        with content(path) as memory:
            first, second = memory.find_all(key[:half]), memory.find_all(key[half:])
    finally:
        path.unlink(missing_ok=True)
    return {"whole": [start for start in first if start + half in second],
            "first half": first, "second half": second}


def scan(vm, key, path):
    """Do the same in a running guest."""
    vm.qmp("stop")
    try:
        return find(vm, key, path)
    finally:
        vm.qmp("cont")
