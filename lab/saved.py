# SPDX-License-Identifier: GPL-2.0-or-later
"""Saved machines. A guest boots once, its memory and disks are saved, and any number of guests go
on from there, each with its own copy of the disks. That takes a second or two.

    BOOTED = Saved("booted", Vm.wait_shell, disks=[blank], memory=1024)
    MOUNTED = Saved("mounted", mount, base=BOOTED)
    with MOUNTED.start("test_something") as vm:

The first guest that needs a saved machine makes it. It is made again when something changes that it
was made from. All guests of a saved machine have the kernel at the same address, and start with the
same state of the random number generator.
"""
import inspect
from pathlib import Path

from . import accel, cache, disks, story, vm
from .host import BUILD
from .vm import Vm


class Saved:
    """A machine in a saved state. prepare(vm) brings it there, from the start of the guest or from
    the state of the machine `base`.

    `disks` are functions that make the image of a data disk at a path, and `how` are the arguments
    of a Vm. A machine with a base has those of the base. `where` is the folder that keeps it: the
    cache, for a machine that does not depend on the build."""

    def __init__(self, name, prepare, base=None, disks=(), where=BUILD, **how):
        self._name, self._prepare, self._base = name, prepare, base
        self._where = where / "saved" / name
        self._disks = base._disks if base else list(disks)
        self._how = base._how if base else how

    def start(self, name, disks=(), **how):
        """Return a guest that goes on from the saved state. A path in `disks` replaces the data
        disk of that number. It must have the same size, and the saved machine must not have had
        that disk in use."""
        given = [*disks, *[None] * (len(self._disks) - len(disks))]
        return Vm(disks=given, name=name, saved=self.directory(), **self._how, **how)

    def resume(self, guest):
        """Let a guest go on as this machine, in place of a reset and a boot. The guest keeps its
        data disks. It must have the same base, and this machine must not have had a data disk in
        use."""
        guest.resume(self.directory())

    def directory(self):
        """Return the saved machine's directory. Make it if it does not exist."""
        return cache.entry("machine", self._key(), self._make, keep=1, where=self._where)

    def _key(self):
        """Return a hash of everything that it is made from. The root disk contains the build."""
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
