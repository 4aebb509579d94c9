# SPDX-License-Identifier: GPL-2.0-or-later
"""A RAID5 that lacks a disk, and a crash that interrupts a write to it. With LAB_ALL=1 in the
environment."""
import json
import os

import pytest

from lab import story
from lab.vm import skip_waits
from machines import CONFIG, KEY
from test_layouts import C1, DISKS, MACHINE, MD0, SETUP, VDB, VDC, VDD, array, assemble, luks, unlock

pytestmark = pytest.mark.skipif("LAB_ALL" not in os.environ, reason="LAB_ALL=1 is not set")

PROBLEM = "the RAID array md0 is degraded"


def load(vm):
    return vm.run(f"kdump-crypt load --key-file {KEY} 2>&1", timeout=120)


def raid_check(vm):
    checks = json.loads(vm.run("kdump-crypt check --json", timeout=120, check=False)[1])["checks"]
    return [check["result"] for check in checks if check["name"] == "raid"]


def crash_while_writing(vm):
    token = story.log_token(vm)
    vm.run("sync")
    capture = story.crash(vm, f"(while :; do dd if=/dev/zero of={story.MOUNT}/file bs=64K count=99 "
                              "oflag=direct,dsync; done) & sleep 1; echo c >/proc/sysrq-trigger",
                          timeout=120, back=MACHINE.resume)
    vm.run(SETUP)
    vm.run(assemble(VDB, VDC, options="--force --run"))
    vm.run(unlock(MD0, "c1"), timeout=120)
    vm.run(f"mount {C1} {story.MOUNT}")
    return token, capture


def test_dirty_degraded_raid5(start):
    """load, status and check warn of it. The array takes the dump if the configuration allows
    that."""
    with start(MACHINE, devices=skip_waits()) as vm:
        for command in [array(MD0, "5", *DISKS), *luks(MD0, "c1"),
                        f"mkfs.ext4 -q {C1} && mount {C1} {story.MOUNT}",
                        f"mdadm {MD0} --fail {VDD}; sleep 2; mdadm {MD0} --remove {VDD}"]:
            vm.run(command, timeout=120)
        vm.run(f"printf '%s\\n' 'disk_timeout 40' 'degraded_timeout 10' >{CONFIG}")
        assert PROBLEM in load(vm)
        assert PROBLEM in vm.run("kdump-crypt status")
        assert PROBLEM in vm.run("kdump-crypt status --brief")
        assert raid_check(vm) == ["warn"]
        _token, capture = crash_while_writing(vm)
        capture.time_of("^device: the RAID array .* could not be assembled")
        capture.time_of("^end: the dump is not complete")
        assert "lab-" not in vm.run(f"ls {story.MOUNT}")

        vm.run(f"printf '%s\\n' 'disk_timeout 40' 'degraded_timeout 10' "
               f"'start_dirty_degraded yes' >{CONFIG}")
        assert PROBLEM not in load(vm)
        assert PROBLEM not in vm.run("kdump-crypt status")
        assert raid_check(vm) == []
        token, capture = crash_while_writing(vm)
        capture.time_of("^raid: .* without 1 of its disks$")
        capture.time_of("^end: the dump is complete")
        [dump] = story.dumps(vm)
        assert token in story.dmesg_in(vm, dump)
