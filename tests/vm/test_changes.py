# SPDX-License-Identifier: GPL-2.0-or-later
"""Changes of the logical volume below the dump path, one after the other, and what status says. The
crash kernel that was loaded last writes its dump to the right place.

Changes that need no crash are in test_check.py."""
import pytest

from lab import story
from lab.disks import QUICK_KDF
from machines import KEY
from test_check import loads, watch
from test_layouts import (ACTIVATE, C1, LAB_ALL, LV, MACHINE, NO_CHECKS, VDB, VDC, VDD, luks, unlock)
from test_right_disk import arm, assert_dump, crash, digest

GROUP, NEW_GROUP = "dump-vg", "other-vg"
NEW_LV = f"/dev/{NEW_GROUP}/other-lv"


def keeps(vm, *commands):
    """Change something that the crash kernel does not rely on."""
    before = loads(vm)
    for command in commands:
        vm.run(command, timeout=180)
    vm.run("kdump-crypt status")
    assert watch(vm) == watch(vm) == "" and loads(vm) == before


def changes(vm, what, *commands):
    """Change something that it relies on. The machine is armed again without a passphrase."""
    for command in commands:
        vm.run(command, timeout=180)
    status, said = vm.run("kdump-crypt status --brief", check=False)
    assert status == 3 and f"the {what} below {story.MOUNT} are not those" in said
    assert f"again, as the {what} below" in watch(vm)
    vm.run("kdump-crypt status")
    assert watch(vm) == ""


def throttle(vm, disk, bytes_per_second):
    vm.qmp("block_set_io_throttle", device=f"disk{disk}", bps=0, bps_rd=0,
           bps_wr=bytes_per_second, iops=0, iops_rd=0, iops_wr=0)


@pytest.mark.skipif(not LAB_ALL, reason="needs LAB_ALL=1")
def test_logical_volume(start):
    with start(MACHINE) as vm:
        for command in [f"pvcreate -q {VDB} {VDC}", f"vgcreate -q {GROUP} {VDB} {VDC}",
                        f"lvcreate -q -y -n crash-lv -L 320M {GROUP} {VDB}", *luks(LV, "c1")]:
            vm.run(command, timeout=120)
        arm(vm, C1)
        before = digest(vm, VDD)

        keeps(vm, f"cp {KEY} /root/new && echo more >>/root/new && cryptsetup luksAddKey -q "
                  f"{' '.join(QUICK_KDF)} --key-file {KEY} {LV} /root/new")
        keeps(vm, f"lvextend -q -L +40M {LV}", f"cryptsetup resize --key-file {KEY} c1",
              f"resize2fs {C1}")
        keeps(vm, f"lvrename -q {GROUP} crash-lv other-lv", f"vgrename -q {GROUP} {NEW_GROUP}")

        # The crash interrupts a pvmove.
        throttle(vm, 2, 1 << 20)
        changes(vm, "disks", f"pvmove -q -b -i 1 -n {NEW_GROUP}/other-lv {VDB} {VDC}")
        assert "pvmove" in vm.run("dmsetup ls")
        throttle(vm, 2, 0)
        token, _ = crash(vm)
        for command in [ACTIVATE, "pvmove -q -i 1 || :", unlock(NEW_LV, "c1")]:
            vm.run(command, timeout=120)
        assert_dump(vm, C1, token)
        assert VDB not in vm.run(f"lvs --noheadings -o devices {NEW_GROUP}/other-lv")

        vm.run(f"rm -r {story.MOUNT}/lab-*; kdump-crypt load --key-file {KEY}", timeout=120)
        changes(vm, "disks", f"lvcreate -q -y -an -n fast -L 40M {NEW_GROUP} {VDB}",
                f"lvconvert -q -y --type cache --cachevol fast {NO_CHECKS} {NEW_GROUP}/other-lv")
        keeps(vm, f"lvconvert -q -y --uncache {NO_CHECKS} {NEW_GROUP}/other-lv")
        changes(vm, "drivers of disks", f"lvconvert -q -y --type raid1 -m 1 {NEW_GROUP}/other-lv")
        token, _ = crash(vm)
        for command in [ACTIVATE, unlock(NEW_LV, "c1")]:
            vm.run(command, timeout=120)
        assert_dump(vm, C1, token)
        assert digest(vm, VDD) == before
