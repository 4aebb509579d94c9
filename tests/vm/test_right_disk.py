# SPDX-License-Identifier: GPL-2.0-or-later
"""Other devices with the UUIDs or names of the target, found before it: the dump goes to the target,
and nothing is written to the others.

With LAB_ALL=1 in the environment all are tried."""
import json

import pytest

from lab import story
from lab.disks import QUICK_KDF
from machines import KEY
from test_layouts import ACTIVATE, C1, LAB_ALL, LV, MACHINE, SETUP, luks, unlock, volume_group

only_all = pytest.mark.skipif(not LAB_ALL, reason="needs LAB_ALL=1")
# The running kernel has found OTHER first. The crash kernel looks at all disks at once, and any of
# them may get any name there.
OTHER, DISK = "/dev/vdb", "/dev/vdc"


def digest(vm, device):
    return vm.run(f"sha256sum {device}", timeout=300)


def arm(vm, device):
    """Make a filesystem on the device, and arm."""
    vm.run(f"mkfs.ext4 -q {device} && mount {device} {story.MOUNT}", timeout=120)
    vm.run(f"kdump-crypt load --key-file {KEY}", timeout=120)


def crash(vm):
    token = story.log_token(vm)
    vm.run("sync")
    capture = story.crash(vm, timeout=120, back=MACHINE.resume)
    capture.time_of("^end: the dump is complete")
    vm.run(SETUP)
    return token, capture


def assert_dump(vm, device, token):
    vm.run(f"mount {device} {story.MOUNT}")
    [dump] = story.dumps(vm)
    assert token in story.dmesg_in(vm, dump)


def assert_warned(vm):
    """load and check warn of OTHER."""
    assert f"{OTHER} has the UUID of {DISK}, too" in vm.run("kdump-crypt reload", timeout=120)
    found = json.loads(vm.run("kdump-crypt check --json", check=False)[1])["checks"]
    [copies] = [check for check in found if check["name"] == "copies"]
    assert copies["result"] == "warn" and copies["text"].startswith(f"{OTHER} has the UUID of ")


def crash_and_read_plain(vm):
    assert_warned(vm)
    before = digest(vm, OTHER)
    token, capture = crash(vm)
    capture.time_of("^device: /dev/vd[a-z] also has LUKS volume .*, so it may be a copy")
    assert digest(vm, OTHER) == before
    vm.run(unlock(DISK, "c1"), timeout=120)
    assert_dump(vm, C1, token)


def on_a_plain_luks_volume(vm):
    for command in luks(DISK, "c1"):
        vm.run(command, timeout=120)
    arm(vm, C1)


def test_copy_of_the_disk(start):
    """A snapshot of a SAN, or a clone: all UUIDs and the key are the same."""
    with start(MACHINE) as vm:
        on_a_plain_luks_volume(vm)
        vm.run(f"sync; dd if={DISK} of={OTHER} bs=1M conv=sparse oflag=direct status=none",
               timeout=300)
        crash_and_read_plain(vm)


@only_all
def test_same_uuid_with_another_key(start):
    with start(MACHINE) as vm:
        on_a_plain_luks_volume(vm)
        uuid = vm.run(f"cryptsetup luksUUID {DISK}")
        vm.run(f"cryptsetup luksFormat -q {' '.join(QUICK_KDF)} --uuid {uuid} {OTHER} {KEY}",
               timeout=120)
        crash_and_read_plain(vm)


def test_snapshot(start):
    """A backup has made an LVM snapshot after arming. It has the filesystem's UUID, too."""
    with start(MACHINE) as vm:
        # A small volume, as its digest takes long.
        for command in [*luks(DISK, "c1"), *volume_group(C1), f"lvreduce -q -y -L 300M {LV}"]:
            vm.run(command, timeout=120)
        arm(vm, LV)
        vm.run(f"lvcreate -s -L 100M -n backup {LV}", timeout=120)
        # The status is that of a machine whose crash leaves a dump.
        assert vm.run("kdump-crypt status --brief").startswith("armed: ")
        assert "has the UUID" not in vm.run("kdump-crypt reload", timeout=120)
        before = digest(vm, "/dev/dump-vg/backup")
        token, capture = crash(vm)
        # It was not needed when the machine was armed.
        assert capture.time_of("^modules: [0-9]+ of [0-9]+ loaded on demand") < capture.time_of("^lvm: ")
        for command in [unlock(DISK, "c1"), ACTIVATE]:
            vm.run(command, timeout=120)
        assert digest(vm, "/dev/dump-vg/backup") == before
        assert_dump(vm, LV, token)
        vm.run("umount /var/crash; mount -o ro /dev/dump-vg/backup /mnt")
        assert "lab-" not in vm.run("ls /mnt")


@only_all
def test_same_names_of_lvm(start):
    """An old disk has a volume group and a logical volume of the same names. LVM is told to ignore
    it."""
    with start(MACHINE) as vm:
        for command in volume_group(OTHER):
            vm.run(command, timeout=120)
        vm.run(f"mkfs.ext4 -q {LV}; vgchange -an")
        vm.run("""echo 'devices { global_filter = [ "r|/dev/vdb|" ] }' >>/etc/lvm/lvmlocal.conf""")
        before = digest(vm, OTHER)
        for command in [*luks(DISK, "c1"), *volume_group(C1)]:
            vm.run(command, timeout=120)
        arm(vm, LV)
        token, _ = crash(vm)
        assert digest(vm, OTHER) == before
        vm.run("""echo 'devices { global_filter = [ "r|/dev/vdb|" ] }' >>/etc/lvm/lvmlocal.conf""")
        for command in [unlock(DISK, "c1"), ACTIVATE]:
            vm.run(command, timeout=120)
        assert_dump(vm, LV, token)
