#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The door check finds each kind of wrong include."""
import tempfile
import unittest
from pathlib import Path

import doors


def problems(files):
    """Run the check on a project of these files, each with the names that it includes."""
    with tempfile.TemporaryDirectory() as folder:
        for name, included in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f'#include "{other}"\n' for other in included),
                            encoding="utf-8")
        return doors.problems(Path(folder))


class Doors(unittest.TestCase):
    def assert_problem(self, expected, files):
        found = problems(files)
        self.assertEqual(len(found), 1, found)
        self.assertIn(expected, found[0])

    def test_lower_rooms_are_allowed(self):
        self.assertEqual(problems({
            "lib/list.h": [],
            "lib/list.c": ["lib/list.h"],
            "tool/host/sysfs.h": ["lib/list.h"],
            "tool/keys/items.c": ["tool/host/sysfs.h", "lib/list.h"],
            "capture/main.c": ["lib/list.h"],
            "module/save.h": [],
            "module/save.c": ["save.h"],
            "tests/unit/test_list.c": ["lib/list.h", "tool/host/sysfs.h"],
        }), [])

    def test_higher_room(self):
        self.assert_problem(
            'tool/host/sysfs.c:1: "tool/keys/items.h": tool/host may include only lib, tool/host',
            {"tool/host/sysfs.c": ["tool/keys/items.h"], "tool/keys/items.h": []})

    def test_higher_room_in_a_header(self):
        self.assert_problem(
            "tool/host/sysfs.h:1",
            {"tool/host/sysfs.h": ["tool/keys/items.h"], "tool/keys/items.h": []})

    def test_lib_includes_no_room(self):
        self.assert_problem(
            "lib/list.c:1", {"lib/list.c": ["tool/host/sysfs.h"], "tool/host/sysfs.h": []})

    def test_capture_and_tool(self):
        self.assert_problem(
            "capture/main.c:1", {"capture/main.c": ["tool/host/a.h"], "tool/host/a.h": []})
        self.assert_problem(
            "tool/verbs/main.c:1", {"tool/verbs/main.c": ["capture/a.h"], "capture/a.h": []})

    def test_module(self):
        self.assert_problem(
            "module/save.c:1", {"module/save.c": ["lib/list.h"], "lib/list.h": []})
        self.assert_problem(
            "lib/list.c:1", {"lib/list.c": ["module/save.h"], "module/save.h": []})

    def test_only_tests_include_tests(self):
        self.assert_problem(
            "lib/list.c:1", {"lib/list.c": ["tests/unit/a.h"], "tests/unit/a.h": []})

    def test_path_not_from_the_root(self):
        self.assert_problem(
            "must start at the root", {"lib/list.c": ["list.h"], "lib/list.h": []})

    def test_room_that_is_not_in_the_list(self):
        self.assert_problem("tool/attic is not in the list", {"tool/attic/old.c": []})
        self.assert_problem("tool is not in the list", {"tool/old.c": []})

    def test_circle_of_headers(self):
        self.assert_problem(
            "lib/one -> lib/two -> lib/one", {"lib/one.h": ["lib/two.h"],
                                              "lib/two.h": ["lib/one.h"]})

    def test_circle_through_sources(self):
        self.assert_problem(
            "lib/one -> lib/two -> lib/one", {"lib/one.h": [], "lib/two.h": [],
                                              "lib/one.c": ["lib/one.h", "lib/two.h"],
                                              "lib/two.c": ["lib/two.h", "lib/one.h"]})

    def test_spellings(self):
        text = '#include <stdio.h>\n  #  include "lib/list.h" /* why */\n#include"lib/a.h"\n'
        self.assertEqual(list(doors.includes(text)), [(2, "lib/list.h"), (3, "lib/a.h")])


if __name__ == "__main__":
    unittest.main()
