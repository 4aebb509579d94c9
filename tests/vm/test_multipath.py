# SPDX-License-Identifier: GPL-2.0-or-later
"""dm-multipath: the crash kernel has none, and takes one of the paths to the disk."""
import pytest

from lab import disks, story
from lab.vm import OTHER_PATH
from machines import KEY
from test_layouts import C1, LAB_ALL, LV, SETUP, luks, prepare, unlock, volume_group

FIRST, SECOND, BOTH = "/dev/sda", "/dev/sdb", "/dev/mapper/mpatha"
LOAD_MODULES = (f"modprobe -a virtio_scsi sd_mod; for n in $(seq 50); do "
                f"[ -e {SECOND} ] || sleep 0.2; done")
# multipathd gives the device such a UUID.
MAKE = ("modprobe -a dm-multipath dm-round-robin; "
        f"dmsetup create mpatha --uuid mpath-35000000000000000 --noudevsync --table "
        f"\"0 $(blockdev --getsz {FIRST}) multipath 0 0 1 1 round-robin 0 2 1 {FIRST} 1000 "
        f"{SECOND} 1000\"; dmsetup mknodes; ls {BOTH}")


def crash_and_read(vm, device, lose, unlock_again):
    vm.run(f"mkfs.ext4 -q {device} && mount {device} {story.MOUNT}", timeout=120)
    vm.run(f"kdump-crypt load --key-file {KEY}", timeout=120)
    vm.run("kdump-crypt status")
    token = story.log_token(vm)
    vm.run("sync")
    if lose:
        vm.qmp("device_del", id="device1")
    capture = story.crash(vm, timeout=120)
    capture.time_of("^end: the dump is complete")
    # It took the path at once, and not as a copy after a while.
    assert capture.time_of("^mount: ") - capture.time_of("^modules: ") < 8
    vm.run(f"{SETUP}; {LOAD_MODULES}")
    for command in unlock_again:
        vm.run(command, timeout=120)
    vm.run(f"mount {device} {story.MOUNT}")
    [dump] = story.dumps(vm)
    assert token in story.dmesg_in(vm, dump)


@pytest.fixture
def vm(guest, tmp_path):
    with guest("generic", [disks.blank(tmp_path / "disk.img", 1 << 30)], bus="multipath",
               devices=OTHER_PATH) as machine:
        prepare(machine, LOAD_MODULES)
        assert len(set(machine.run("cat /sys/block/sd[ab]/device/wwid").split("\n"))) == 1
        machine.run(MAKE)
        yield machine


def test_luks(vm):
    """The first path is lost before the crash. The other one is the first one then."""
    for command in luks(BOTH, "c1"):
        vm.run(command, timeout=120)
    crash_and_read(vm, C1, True, [unlock(FIRST, "c1")])


@pytest.mark.skipif(not LAB_ALL, reason="needs LAB_ALL=1")
def test_lvm(vm):
    """LVM does not choose between two devices that have the same physical volume."""
    for command in volume_group(BOTH):
        vm.run(command, timeout=120)
    crash_and_read(vm, LV, False, [
        f"vgchange -q -ay --config 'devices {{ filter = [ \"r|{SECOND}|\" ] }}'"])
