# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines that are booted once and saved, memory and disks. Any number of guests go on from there,
each with disks of its own, in the second or two that this takes.

    BOOTED = Saved("booted", Vm.wait_shell, disks=[blank], memory=1024)
    MOUNTED = Saved("mounted", mount, base=BOOTED)
    with MOUNTED.start("test_something") as vm:

A saved machine is made when the first guest wants it, and stays until something changes that it was
made from. Guests of one saved machine have the same random numbers ahead, and
the kernel at the same address.
"""
import inspect
from pathlib import Path

from . import accel, cache, disks, story, vm
from .host import BUILD
from .vm import Vm


class Saved:
    """A machine in the state that prepare(vm) brings it to, from its start or from its base's state.

    `disks` are functions that make a data disk's image at a path; `how` is as of a Vm. A machine
    with a base has the base's of both. `where` it is kept is the cache for one that nothing of
    ours is in."""

    def __init__(self, name, prepare, base=None, disks=(), where=BUILD, **how):
        self._name, self._prepare, self._base = name, prepare, base
        self._where = where / "saved" / name
        self._disks = base._disks if base else list(disks)
        self._how = base._how if base else how

    def start(self, name, disks=(), **how):
        """A guest that goes on from there. Each of `disks` that is not None takes the place of the
        data disk of that number: it has to be as large, and the saved machine must not have had
        that one in use."""
        given = [*disks, *[None] * (len(self._disks) - len(disks))]
        return Vm(disks=given, name=name, saved=self.directory(), **self._how, **how)

    def resume(self, guest):
        """In place of a reset and a boot: the guest, which was started from this machine or one
        with the same base, goes on as this one. It keeps its data disks, and this one must not
        have anything of them in use."""
        guest.resume(self.directory())

    def directory(self):
        """Where it is; made if it is not there yet."""
        return cache.entry("machine", self._key(), self._make, keep=1, where=self._where)

    def _key(self):
        """All that it is made from: the product is in the root disk."""
        root = self._how.get("system") or disks.root_image()
        sources = [Path(inspect.getsourcefile(part))
                   for part in [self._prepare, accel, disks, story, vm, Saved]]
        return cache.digest(root.name, accel.accelerator(), repr(self._how),
                            self._base._key() if self._base else "", *sources)

    def _make(self, part):
        work = part.with_name(f"{part.name}.work")
        work.mkdir()
        name = f"saved-{self._name}"
        with (self._base.start(name) if self._base else
              Vm(disks=[make(work / f"{n}.img") for n, make in enumerate(self._disks)],
                 name=name, **self._how)) as machine:
            self._prepare(machine)
            machine.save_as(part)
        cache.remove(work)
