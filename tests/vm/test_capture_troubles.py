# SPDX-License-Identifier: GPL-2.0-or-later
"""Failures after the crash. As much as possible is saved, and the machine restarts."""
import json
import os

import pytest

from lab import story
from lab.disks import QUICK_PASSPHRASE
from lab.vm import skip_waits
from machines import CONFIG, OPEN, SPARE, next_boot


def test_volume_not_found(start):
    with start(OPEN, devices=skip_waits()) as vm:
        vm.run(f"echo disk_timeout 90 >{CONFIG}; kdump-crypt load")
        # Without both copies of its header, no device has the volume's UUID.
        vm.run(f"dd if=/dev/zero of={story.DISK} bs=1M count=16 oflag=direct")
        capture = story.crash(vm)
        assert capture.time_of("^device: no device with UUID .* after 90 seconds$") < capture.rebooted
        capture.time_of("^end: the dump is not complete")


def test_disk_full(start):
    with start(OPEN) as vm:
        vm.run(f"umount {story.MOUNT}; mkfs.ext4 -q /dev/mapper/crash 16M")
        story.mount(vm)
        vm.run("kdump-crypt load")
        token = story.log_token(vm)
        capture = story.crash(vm, back=next_boot)
        # The forecast says that there is too little space, and the capture tries anyway.
        assert capture.time_of("^space: .*may not be enough") < capture.time_of("^vmcore: running")
        capture.time_of("^vmcore: the filesystem is full")
        capture.time_of("^end: the dump is not complete")
        story.unlock(vm, QUICK_PASSPHRASE, link=False)
        story.mount(vm)
        [dump] = story.dumps(vm)
        info = story.info_of(vm, dump)
        assert not info["complete"]
        assert info["reason"] == "the filesystem is full"
        assert info["panic"] == "sysrq triggered crash"
        assert info["vmcore_bytes"] == int(vm.run(f"stat -c %s {dump}/vmcore-incomplete"))
        # Some space is left, so that the machine can boot.
        assert int(vm.run(f"stat -f -c %a {story.MOUNT}")) > 0
        # The kernel log is complete. The incomplete vmcore has another name.
        vm.run(f"grep {token} {dump}/vmcore-dmesg.txt")
        assert "vmcore" not in vm.run(f"ls {dump}").split()
        assert "vmcore-incomplete" in vm.run(f"ls {dump}").split()


def test_no_memory_for_pid_1(start):
    """An allocation of PID 1 fails. It reports that and restarts the machine. A shell would need
    memory, so it is not started."""
    with start(OPEN) as vm:
        # 1 MiB more than PID 1 has is enough to get to the vmcore, and too little for a copy of
        # the directive core_collector.
        story.make_script(vm, "/root/hook", """
            #!/bin/sh
            while read -r name size unit; do
                [ $name = VmData: ] && prlimit --pid 1 --data=$(((size + 1024) * 1024))
            done </proc/1/status
            prlimit --pid 1 --data
            """)
        vm.run("printf '%s\\n' 'kdump_pre /root/hook' 'extra_bins /usr/bin/prlimit' "
               "'failure_action shell' >/etc/kdump-crypt.conf; "
               "printf 'core_collector makedumpfile%*s-l -d 31\\n' 2000000 '' "
               ">>/etc/kdump-crypt.conf")
        vm.run("kdump-crypt load")
        token = story.log_token(vm)
        capture = story.crash(vm, back=next_boot)
        assert capture.time_of("^kdump_pre: DATA ") < capture.time_of("^mount: .* mounted") < \
            capture.time_of("^vmcore: out of memory, giving up") < \
            capture.time_of("^end: the dump is not complete: reboot") < capture.rebooted
        story.unlock(vm, QUICK_PASSPHRASE, link=False)
        story.mount(vm)
        [dump] = story.dumps(vm)
        assert story.info_of(vm, dump)["reason"] == "the capture was interrupted"
        vm.run(f"grep {token} {dump}/vmcore-dmesg.txt")


def test_same_filesystem_uuid_on_a_plain_disk(start):
    """The dump goes to the encrypted filesystem. It never goes to the other one."""
    with start(OPEN, devices=skip_waits()) as vm:
        vm.run("kdump-crypt load")
        uuid = vm.run("blkid -s UUID -o value /dev/mapper/crash")
        vm.run(f"mkfs.ext4 -q -U {uuid} {SPARE}; sync")
        assert vm.run(f"blkid -s UUID -o value {SPARE}") == uuid
        token = story.log_token(vm)
        story.crash(vm, back=next_boot).time_of("^end: the dump is complete")
        story.unlock(vm, QUICK_PASSPHRASE, link=False)
        story.mount(vm)
        [dump] = story.dumps(vm)
        assert token in story.dmesg_in(vm, dump)

        # Now without the encrypted filesystem.
        vm.run("umount /var/crash; cryptsetup close crash")
        story.unlock(vm, QUICK_PASSPHRASE)
        story.mount(vm)
        vm.run("kdump-crypt load")
        vm.run(f"dd if=/dev/zero of={story.DISK} bs=1M count=16 oflag=direct")
        capture = story.crash(vm, back=next_boot)
        # The drivers of its disks name them in the order in which they answer.
        capture.time_of("^device: /dev/vd[a-z] has the filesystem's UUID but is another device")
        capture.time_of("^end: the dump is not complete")
        vm.run(f"mount -r {SPARE} /mnt")
        assert vm.run("ls /mnt") == "lost+found"


@pytest.mark.skipif("LAB_ALL" not in os.environ, reason="LAB_ALL=1 is not set")
def test_crash_loop(start):
    """The machine crashes again and again, and there is space for three dumps. The first and the
    last dump stay, and the disk does not become full."""
    with start(OPEN) as vm:
        vm.run(f"umount {story.MOUNT}; mkfs.ext4 -q /dev/mapper/crash 260M")
        story.mount(vm)
        tokens = []
        for crash in range(20):
            if crash:
                story.unlock(vm, QUICK_PASSPHRASE)
                story.mount(vm)
            vm.run("kdump-crypt load")
            tokens.append(story.log_token(vm))
            capture = story.crash(vm, back=next_boot)
            capture.time_of("^end: the dump is complete")
            assert [text for _, _, text in capture.lines if text.startswith("keep: ")] or crash < 3
        story.unlock(vm, QUICK_PASSPHRASE, link=False)
        story.mount(vm)
        found = json.loads(vm.run("kdump-crypt list --json"))
        assert 2 <= len(found) <= 3 and all(dump["complete"] for dump in found)
        assert not any(dump["unfiltered"] for dump in found)
        assert tokens[0] in story.dmesg_in(vm, found[0]["directory"])
        assert tokens[-1] in story.dmesg_in(vm, found[-1]["directory"])
        free, size = vm.run(f"stat -f -c '%a %b' {story.MOUNT}").split()
        assert int(free) * 20 >= int(size)
