# SPDX-License-Identifier: GPL-2.0-or-later
"""Cached things. The name of each has a hash of what it was made from.

An entry is made as <kind>-<hash>.part and renamed when it is complete. So anything with the final
name can be used. A lock for each kind makes a second run wait for the first."""
import fcntl
import hashlib
import os
import time
from contextlib import contextmanager

from .host import CACHE, LabError, as_root, run


def digest(*parts):
    """Return a short hash of strings, bytes and files, in this order."""
    sha = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if hasattr(part, "read_bytes") else part
        data = data.encode() if isinstance(data, str) else data
        sha.update(b"%d:" % len(data) + data)
    return sha.hexdigest()[:16]


@contextmanager
def locked(kind, timeout, where=None):
    where = where or CACHE
    where.mkdir(parents=True, exist_ok=True)
    with open(where / f"{kind}.lock", "w", encoding="ascii") as lock:
        deadline = time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise LabError(f"another run has held {lock.name} for {timeout} s") from None
                time.sleep(0.2)
        yield


def remove(*paths):
    """Remove entries. Some belong to root."""
    if paths:
        run(as_root(["rm", "-rf", "--one-file-system", *paths]), "cache-remove", 120)


def entry(kind, key, make, keep=2, timeout=900, where=None):
    """Return the path of the entry for this key, in `where` (the cache). If it is missing,
    make(path) makes it.

    `keep` is the number of entries of the kind that stay. Those that were unused for longest are
    removed."""
    where = where or CACHE
    path = where / f"{kind}-{key}"
    with locked(kind, timeout, where):
        # Nobody else makes an entry under the lock, so a .part that is left was given up.
        remove(*where.glob(f"{kind}-*.part*"))
        if not path.exists():
            part = where / f"{path.name}.part"
            try:
                make(part)
            except BaseException:
                remove(part)
                raise
            os.rename(part, path)
        _used(path)
        others = [p for p in where.glob(f"{kind}-*") if p.suffix != ".used" and p != path]
        others.sort(key=_last_use, reverse=True)
        for old in others[max(keep - 1, 0):]:
            remove(old, _stamp(old))
    return path


# An entry may belong to root, so its time of last use is kept in a file beside it.
def _stamp(path):
    return path.with_name(f"{path.name}.used")


def _used(path):
    _stamp(path).touch()


def _last_use(path):
    try:
        return _stamp(path).stat().st_mtime
    except FileNotFoundError:
        return 0


def main():
    """make clean-cache: remove everything that the lab has cached."""
    if CACHE.is_dir():
        remove(*CACHE.iterdir())
        CACHE.rmdir()


if __name__ == "__main__":
    main()
