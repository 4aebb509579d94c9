#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Check that every file includes only what its room may include: make doors.

The order of the rooms stands here and nowhere else."""
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

# From the bottom to the top. A file includes files of its own room and of lower rooms.
ROOMS = [
    "lib",          # used by the tool and the capture program, knows neither
    "tool/host",    # sysfs, kernel modules, other programs, configuration
    "tool/kexec",   # crash kernel image, its command line, the system call
    "tool/storage", # from a path to the devices under it
    "tool/keys",    # volume headers, volume keys, key items
    "tool/image",   # the capture initramfs and the memory that it takes
    "tool/arm",     # from "load" to "armed"
    "tool/scan",    # searching a dump for keys
    "tool/setup",   # setup steps and how they are undone
    "tool/check",   # the checks and what they look at
    "tool/verbs",   # the verbs, their options and texts
]

MAY_INCLUDE = {room: ROOMS[:position + 1] for position, room in enumerate(ROOMS)}
MAY_INCLUDE["capture"] = ["lib", "capture"]
MAY_INCLUDE["first_stage"] = ["lib", "first_stage"]
# kbuild and DKMS build a copy of this folder, so its files name each other without a path.
MAY_INCLUDE["module"] = ["module"]

TESTS = "tests"     # may include everything


def room_of(file):
    """Return the name of the room that the file lies in. Return None if there is none."""
    if file.parts[0] == TESTS:
        return TESTS
    folder = str(file.parent)
    return folder if folder in MAY_INCLUDE else None


def includes(text):
    """Yield number and name for each line that includes a file in quotes."""
    for number, line in enumerate(text.splitlines(), 1):
        words = line.replace('"', ' "').replace("#", "# ").split()
        if words[:2] == ["#", "include"] and len(words) > 2 and words[2].startswith('"'):
            yield number, words[2].strip('"')


def problem_with(root, file, name):
    """Return what is wrong when the file includes that name. Return None if nothing is."""
    room = room_of(file)
    if room == "module":
        return "the module is built without the other folders" if "/" in name else None
    if not (root / name).is_file():
        return "the path must start at the root of the project"
    other = room_of(Path(name))
    if room == TESTS or other in MAY_INCLUDE[room]:
        return None
    return f"{room} may include only " + ", ".join(MAY_INCLUDE[room])


def circle(graph):
    """Return the names of one circle in the graph. Return None if it has none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as err:
        return err.args[1]
    return None


def problems(root):
    """Return a line for each include that is wrong, and one for a circle."""
    found = []
    graph = {}
    folders = sorted({room.split("/")[0] for room in MAY_INCLUDE} | {TESTS})
    for path in sorted(p for folder in folders for p in (root / folder).rglob("*.[ch]")):
        file = path.relative_to(root)
        if not room_of(file):
            found.append(f"{file}: {file.parent} is not in the list of rooms in tests/doors.py")
            continue
        for number, name in includes(path.read_text(encoding="utf-8")):
            problem = problem_with(root, file, name)
            if problem:
                found.append(f'{file}:{number}: "{name}": {problem}')
            elif room_of(file) not in [TESTS, "module"]:
                # change.c and change.h are one: a circle through both is a circle, too.
                graph.setdefault(file.with_suffix(""), set()).add(Path(name).with_suffix(""))
    ring = circle({unit: others - {unit} for unit, others in graph.items()})
    if ring:
        found.append("these include each other: " + " -> ".join(str(unit) for unit in ring[::-1]))
    return found


def main():
    found = problems(Path(__file__).resolve().parent.parent)
    if found:
        sys.exit("\n".join(["doors: wrong includes; the order of the rooms is in tests/doors.py",
                            *found]))


if __name__ == "__main__":
    main()
