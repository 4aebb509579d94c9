# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines that are booted once and saved, memory and disks. Any number of guests start from there,
each with disks of its own, in a second or two.

    BOOTED = Saved("booted", Vm.wait_shell, disks=[blank], memory=1024)
    MOUNTED = Saved("mounted", mount, base=BOOTED)
    with MOUNTED.start("test_something") as vm:

A saved machine is made when the first guest needs it. It stays in build/saved until one of its
sources changes. Guests of one saved machine get the same random numbers, and the kernel is at the
same address in all of them."""
import inspect
from pathlib import Path

from . import accel, cache, disks
from .host import BUILD, CHECKOUT
from .vm import Vm


class Saved:
    """A machine in the state to which prepare(vm) brings it, from its start or from the state of
    its base.

    `disks` are functions that make the image of a data disk at a path. `how` are arguments of Vm. A
    machine with a base has both from the base."""

    def __init__(self, name, prepare, base=None, disks=(), **how):
        self._name, self._prepare, self._base = name, prepare, base
        self._disks = base._disks if base else list(disks)
        self._how = base._how if base else how

    def start(self, name, disks=(), **how):
        """Start a guest from the saved state. Each of `disks` that is not None replaces the data
        disk of that number. It must have the same size, and the saved machine must not have used
        the disk that it replaces."""
        given = [*disks, *[None] * (len(self._disks) - len(disks))]
        return Vm(disks=given, name=name, saved=self.directory(), **self._how, **how)

    def resume(self, vm):
        """Let the guest continue as this machine, instead of a reset and a boot. The guest was
        started from this machine or from one with the same base. It keeps its data disks, and this
        machine must not have used any of them."""
        vm.resume(self.directory())

    def directory(self):
        """Return the directory of the machine. Make the machine if it is missing."""
        return cache.entry("machine", self._key(), self._make, keep=1,
                           where=BUILD / "saved" / self._name)

    def _key(self):
        """Return a hash of everything that the machine is made from. The product is in the root
        disk."""
        sources = [*sorted((CHECKOUT / "lab").glob("*.py")),
                   Path(inspect.getsourcefile(self._prepare))]
        return cache.digest(disks.root_image().name, accel.accelerator(), repr(self._how),
                            self._base._key() if self._base else "", *sources)

    def _make(self, part):
        work = part.with_name(f"{part.name}.work")
        work.mkdir()
        name = f"saved-{self._name}"
        with (self._base.start(name) if self._base else
              Vm(disks=[make(work / f"{n}.img") for n, make in enumerate(self._disks)],
                 name=name, **self._how)) as vm:
            self._prepare(vm)
            vm.save_as(part)
        cache.remove(work)
