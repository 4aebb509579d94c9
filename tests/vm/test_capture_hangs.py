# SPDX-License-Identifier: GPL-2.0-or-later
"""A driver, a disk or a program that hangs after the crash. The capture goes on without it: with the
same target if it can, otherwise with the next one, and at last with the failure action.

With LAB_ALL=1 in the environment all are tried."""
import os
import time

import pytest

from lab import disks, story
from lab.vm import skip_waits
from machines import CLOSED, OPEN, SPARE, next_boot
from test_capture_ways import (assert_dump, configure, crash_until, load, make_target, open_target,
                               open_volume, wait_for)

only_all = pytest.mark.skipif("LAB_ALL" not in os.environ, reason="LAB_ALL=1 is not set")


def hang(vm, number, bytes_per_second=1):
    """Let a disk take all requests, and answer none of them in the next hour."""
    vm.qmp("block_set_io_throttle", device=f"disk{number}", bps=bytes_per_second, bps_rd=0, bps_wr=0, iops=0,
           iops_rd=0, iops_wr=0)


def own_time(capture, pattern):
    """Return the guest's own time of the first line that begins with the text."""
    return next(own for _, own, text in capture.lines if text.startswith(pattern))


def load_slowly(vm, *more):
    """Let a module load for 200 seconds, before the driver of the disks."""
    vm.run("printf '%s\\n' 'options slow_init seconds=200' 'softdep virtio_blk pre: slow_init' "
           ">/etc/modprobe.d/slow.conf")
    configure(vm, "extra_modules after_slow_init", *more)


def test_slow_module(start):
    """A driver takes 200 seconds to load. The target, whose driver comes later, takes the dump
    meanwhile. A module that needs the slow one is loaded after it."""
    with start(OPEN, devices=skip_waits()) as vm:
        story.make_script(vm, "/root/hook", """
            #!/bin/sh
            sleep 250
            cat /proc/modules
            """)
        load_slowly(vm, "kdump_post /root/hook", "extra_bins /usr/bin/sleep /usr/bin/cat")
        load(vm)
        token = story.log_token(vm)
        capture = story.crash(vm, timeout=240, back=next_boot)
        assert capture.time_of("^modules: /modules/slow_init.ko.* takes its time") < \
            capture.time_of("^vmcore: saved ") <= capture.time_of("^end: the dump is complete")
        assert own_time(capture, "vmcore: saved") < 100
        open_target(vm)
        assert_dump(vm, story.MOUNT, token)


def test_another_disk_does_not_answer(start):
    """A disk that no target needs does not answer, not even to its driver, which looks at it before
    the target's disk. The dump goes to the target."""
    with start(CLOSED, devices=skip_waits()) as vm:
        open_volume(vm, SPARE, "second", story.MOUNT, make=True)
        load(vm)
        token = story.log_token(vm)
        hang(vm, 1)
        capture = story.crash(vm, timeout=240, back=next_boot)
        capture.time_of("^device: /dev/vd. does not answer: going on meanwhile")
        capture.time_of("^end: the dump is complete")
        assert own_time(capture, "end: ") < 100
        open_volume(vm, SPARE, "second", story.MOUNT)
        assert_dump(vm, story.MOUNT, token)


SCSI = ("modprobe -a virtio_scsi sd_mod; "
        "for n in $(seq 50); do [ -e /dev/sdb ] || sleep 0.2; done")


@pytest.fixture
def scsi_images(tmp_path):
    """Two disks, for one SCSI adapter. The second one is the target."""
    return [disks.blank(tmp_path / f"{name}.img", 1 << 30) for name in ["other", "target"]]


@only_all
def test_another_lun_does_not_answer(guest, scsi_images):
    """The same on one SCSI adapter: the driver looks at both disks."""
    with guest("generic", scsi_images, bus="virtio-scsi", devices=skip_waits()) as vm:
        vm.wait_shell()
        vm.run(SCSI)
        open_volume(vm, "/dev/sdb", "second", story.MOUNT, make=True)
        load(vm)
        token = story.log_token(vm)
        vm.run("sync")
        hang(vm, 1)
        crash_until(vm, "device: /dev/sd. does not answer: going on meanwhile", 240)
        wait_for(vm, "end: the dump is complete", 240)
        # QEMU itself would wait for the disk when the machine is reset.
        hang(vm, 1, bytes_per_second=0)
        vm.wait_shell()
        vm.run(SCSI)
        open_volume(vm, "/dev/sdb", "second", story.MOUNT)
        assert_dump(vm, story.MOUNT, token)
        # Nothing was written to the other one.
        vm.run("cmp -n $(blockdev --getsize64 /dev/sda) /dev/sda /dev/zero", timeout=120)


@only_all
def test_disk_appears_late(guest, scsi_images):
    """The target's disk appears 75 seconds after the panic. Its driver has the options that the
    running kernel's command line has."""
    with guest("generic", scsi_images, bus="virtio-scsi") as vm:
        vm.wait_shell()
        vm.run("sed 's/$/ scsi_mod.inq_timeout=77/' "
               "/proc/cmdline >/root/cmdline && mount --bind /root/cmdline /proc/cmdline")
        vm.run(SCSI)
        open_volume(vm, "/dev/sdb", "second", story.MOUNT, make=True)
        configure(vm, "kdump_pre /root/hook", "extra_bins /usr/bin/cat")
        story.make_script(vm, "/root/hook", """
            #!/bin/sh
            echo timeout: $(cat /sys/module/scsi_mod/parameters/inq_timeout)
            """)
        load(vm)
        token = story.log_token(vm)
        vm.run("sync")
        vm.qmp("device_del", id="device2")
        time.sleep(2)
        crash_until(vm, "kdump_pre: timeout: 77")
        time.sleep(75)
        vm.qmp("blockdev-add", **{"driver": "raw", "node-name": "late", "file": {
            "driver": "file", "filename": str(vm.disks[1])}})
        vm.qmp("device_add", driver="scsi-hd", bus="bus.0", drive="late", device_id="disk2")
        wait_for(vm, "device: /dev/sd. has LUKS volume", 60)
        wait_for(vm, "end: the dump is complete", 120)
        vm.wait_shell()
        vm.run(SCSI)
        open_volume(vm, "/dev/sdb", "second", story.MOUNT)
        assert_dump(vm, story.MOUNT, token)


@pytest.mark.parametrize("moment", ["vmcore: running", pytest.param("device: ", marks=only_all),
                                    pytest.param("unlock: ", marks=only_all),
                                    pytest.param("mount: ", marks=only_all)])
def test_target_hangs(start, moment):
    """The first target's disk stops to answer. The fallback takes the dump."""
    with start(CLOSED, devices=skip_waits()) as vm:
        open_target(vm)
        open_volume(vm, SPARE, "second", "/srv", make=True)
        configure(vm, "fallback_path /srv")
        load(vm)
        token = story.log_token(vm)
        vm.run("sync")
        crash_until(vm, moment)
        hang(vm, 1)
        wait_for(vm, "(takes too long, giving up|no device with)", 400)
        wait_for(vm, "target: trying /srv", 60)
        wait_for(vm, "vmcore: saved .* to /srv/", 300)
        wait_for(vm, "end: the dump is complete", 600)
        vm.wait_reset(200)
        next_boot(vm)
        open_volume(vm, SPARE, "second", "/srv")
        assert_dump(vm, "/srv", token)


@only_all
def test_everything_hangs(guest, luks_disk, tmp_path):
    """No target answers. The end of the log is saved in pstore, and the failure action follows."""
    spare = disks.blank(tmp_path / "spare.img")
    store = disks.blank(tmp_path / "erst.img", 256 << 10)
    with guest("generic", disks=[luks_disk, spare], devices=[
            "-object", f"memory-backend-file,id=erst,mem-path={store},size=256K,share=on",
            "-device", "acpi-erst,memdev=erst", *skip_waits()]) as vm:
        vm.wait_shell()
        make_target(vm)
        open_volume(vm, "/dev/vdc", "second", "/srv", make=True)
        configure(vm, "fallback_path /srv", "failure_action poweroff")
        load(vm)
        vm.run("sync")
        crash_until(vm, "mount: .* mounted", 120)
        hang(vm, 1)
        wait_for(vm, "takes too long, giving up", 600)
        wait_for(vm, "target: trying /srv", 60)
        wait_for(vm, "mount: .* mounted", 60)
        hang(vm, 2)
        wait_for(vm, "takes too long, giving up", 600)
        wait_for(vm, "pstore: the end of the kernel log goes to pstore", 600)
        wait_for(vm, "end: the dump is not complete: poweroff", 400)
        vm.wait_shutdown(200)
