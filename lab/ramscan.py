# SPDX-License-Identifier: GPL-2.0-or-later
"""Finds copies of a volume key in a guest's memory, from outside the guest."""
import mmap
from contextlib import contextmanager

from .disks import QUICK_PASSPHRASE
from .sysroot import enter, sysroot

CHUNK = 1 << 16


def volume_key(path, passphrase=QUICK_PASSPHRASE):
    """Read the volume key of a LUKS2 image, on the host."""
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
    """Return the parts that are not all zeros, as pairs of start and end. Most of a guest's memory
    is zeros."""
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
        """Return the offsets of a pattern. The pattern must not be all zeros."""
        found = set()
        for start, end in self._parts:
            # A match may overlap the zeros on either side.
            at, end = max(start - len(pattern), 0), end + len(pattern)
            while (at := self._memory.find(pattern, at, end)) >= 0:
                found.add(at)
                at += 1
        return sorted(found)


@contextmanager
def content(path, size=0):
    """The Content of a file's first `size` bytes. If that is 0, of the whole file."""
    with open(path, "rb") as file, \
            mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as memory:
        yield Content(memory)


def save(vm, path):
    """Write all of a guest's memory to a file. Offsets are physical addresses, from the start of the
    memory on."""
    vm.qmp("pmemsave", val=vm.memory_start, size=vm.memory << 20, filename=str(path), timeout=300)


def find(vm, key, path):
    """Find the key, and each half of it, in a stopped guest. Return lists of addresses. An XTS key
    is two AES keys, and an expanded AES key begins with the key itself. The halves of a whole copy
    are counted as halves, too. `path` is for a temporary file."""
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
    """As find(), for a guest that runs."""
    vm.qmp("stop")
    try:
        return find(vm, key, path)
    finally:
        vm.qmp("cont")
