# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures that differ from the usual one: other targets, the administrator's
programs, a shell, the last resort; and a disk that fails in the middle.

Some of these tests run only with LAB_ALL=1 in the environment."""
import json
import os
import re

import pytest

from lab import disks, product, story
from lab.disks import QUICK_KDF, QUICK_PASSPHRASE
from lab.vm import skip_waits
from machines import CLOSED, CONFIG, KEY, OPEN, OTHER_SPARE, SPARE, closed, next_boot
from module_guest import FLAVOURS, VIRTIO_MEM, add_memory

only_all = pytest.mark.skipif("LAB_ALL" not in os.environ, reason="LAB_ALL=1 is not set")


def configure(vm, *directives):
    """Write the configuration file, and sync it, so that it survives a crash."""
    vm.run("printf '%s\\n' " + " ".join(f"'{line}'" for line in directives) +
           f" >{CONFIG} && sync {CONFIG}")


def open_volume(vm, device, name, mount, make=False):
    """Open a LUKS volume and mount its filesystem. Make both first if `make`."""
    vm.run(f"printf {QUICK_PASSPHRASE} >{KEY}")
    if make:
        vm.run(f"cryptsetup luksFormat -q {' '.join(QUICK_KDF)} {device} {KEY}", timeout=120)
    vm.run(f"cryptsetup open --key-file {KEY} {device} {name}", timeout=120)
    if make:
        vm.run(f"mkfs.ext4 -q /dev/mapper/{name} {make if isinstance(make, str) else ''}")
    vm.run(f"mkdir -p {mount} && mount /dev/mapper/{name} {mount}")


def make_target(vm):
    story.unlock(vm, QUICK_PASSPHRASE)
    story.make_filesystem(vm)
    story.mount(vm)


def open_target(vm):
    story.unlock(vm, QUICK_PASSPHRASE, link=False)
    story.mount(vm)


def load(vm):
    vm.run(f"kdump-crypt load --key-file {KEY}", timeout=180)


def replace_header(vm, device, spare):
    """Write another LUKS header with the same UUID, which the key of the old one does not open."""
    uuid = vm.run(f"cryptsetup luksUUID {device}")
    vm.run(f"cryptsetup luksFormat -q --uuid {uuid} {' '.join(QUICK_KDF)} {spare} {KEY}; "
           f"dd if={spare} of={device} bs=1M count=16 oflag=direct conv=notrunc; sync",
           timeout=120)


def dumps_in(vm, path):
    return json.loads(vm.run(f"kdump-crypt list --json --path {path}"))


def assert_dump(vm, path, token):
    """There is exactly one dump. It is complete, and of this crash."""
    [dump] = dumps_in(vm, path)
    assert dump["complete"]
    directory = f"{path}/{dump['name']}"
    vm.run(f"grep {token} {directory}/vmcore-dmesg.txt")
    assert token in story.dmesg_in(vm, directory)
    return dump


def fail_writes(vm, disk):
    """Let every further write to a disk fail."""
    vm.qmp("blockdev-add", driver="blkdebug", image=f"node{disk}", **{
        "node-name": "failing", "inject-error": [
            {"event": event, "errno": 5, "once": False} for event in ["write_aio", "pwritev"]]})
    vm.qmp("qom-set", path=f"/machine/peripheral/device{disk}", property="drive", value="failing")


def crash_until(vm, pattern, timeout=120):
    """Crash, and wait for a line of the capture program."""
    vm.send_line("echo c >/proc/sysrq-trigger")
    return vm.expect(f"kdump-crypt: [^\n]*{pattern}[^\n]*\n", timeout, what=pattern)


def wait_for(vm, pattern, timeout=120):
    return vm.expect(f"kdump-crypt: [^\n]*{pattern}[^\n]*\n", timeout, what=pattern)


def test_fallback_paths(start):
    """The first target is full, and an encrypted fallback takes the dump. Then the first target
    has another key, and a fallback that is not encrypted takes the dump."""
    with start(CLOSED) as vm:
        story.unlock(vm, QUICK_PASSPHRASE, link=False)
        vm.run("mkfs.ext4 -q /dev/mapper/crash 16M")
        story.mount(vm)
        open_volume(vm, SPARE, "second", "/srv", make=True)
        configure(vm, "fallback_path /srv/deep/down")
        vm.run("mkdir -p /srv/deep/down")
        load(vm)
        status = json.loads(vm.run("kdump-crypt status --json"))
        assert len(status["luks_volumes"]) == status["saved_keys"] == 2
        token = story.log_token(vm)
        capture = story.crash(vm, back=next_boot)
        assert capture.time_of("^vmcore: the filesystem is full") < \
            capture.time_of("^target: trying /srv/deep/down") < \
            capture.time_of("^vmcore: saved .* to /srv/deep/down/") < capture.rebooted
        capture.time_of("^end: the dump is complete: reboot")
        configure(vm, "fallback_path /srv/deep/down")
        open_volume(vm, story.DISK, "crash", story.MOUNT)
        open_volume(vm, SPARE, "second", "/srv")
        assert_dump(vm, "/srv/deep/down", token)
        [partial] = dumps_in(vm, story.MOUNT)
        assert partial["reason"] == "the filesystem is full"
        listed = json.loads(vm.run("kdump-crypt list --json"))
        assert [(dump["directory"].rsplit("/", 1)[0], dump["complete"]) for dump in listed] == \
            [(story.MOUNT, False), ("/srv/deep/down", True)]
        elsewhere = listed[1]["directory"]
        rows = vm.run("kdump-crypt list").splitlines()
        assert [row.split()[0] for row in rows[1:]] == [listed[0]["name"], elsewhere]
        assert token in vm.run(f"kdump-crypt show --lines 100 {elsewhere}")
        vm.run(f"kdump-crypt remove --yes {elsewhere}")
        assert dumps_in(vm, "/srv/deep/down") == [] and dumps_in(vm, story.MOUNT) == [partial]

        vm.run(f"mkfs.ext4 -q {OTHER_SPARE} && mkdir -p /plain && mount {OTHER_SPARE} /plain")
        configure(vm, "fallback_path /plain")
        said = vm.run(f"kdump-crypt load --key-file {KEY} 2>&1", timeout=180)
        assert "/plain is not on an encrypted volume" in said
        vm.run("umount /srv && cryptsetup close second")
        replace_header(vm, story.DISK, SPARE)
        token = story.log_token(vm)
        capture = story.crash(vm, back=next_boot)
        assert capture.time_of("^unlock: cannot open the LUKS volume") < \
            capture.time_of("^target: trying /plain") < \
            capture.time_of("^vmcore: saved .* to /plain/")
        vm.run(f"mkdir -p /plain && mount {OTHER_SPARE} /plain")
        assert_dump(vm, "/plain", token)


@only_all
@pytest.mark.parametrize("signatures", ["yes", "no"])
def test_module_signatures(start, signatures):
    """The crash kernel checks the signatures of modules, or loads all of them without."""
    with start(CLOSED) as vm:
        open_target(vm)
        story.make_script(vm, "/root/look", """
            #!/bin/sh
            read taint </sys/module/dm_crypt/taint
            echo "dm_crypt: [$taint]"
            """)
        configure(vm, f"module_signatures {signatures}", "kdump_pre /root/look")
        load(vm)
        token = story.log_token(vm)
        capture = story.crash(vm, back=next_boot)
        capture.time_of(r"kdump_pre: dm_crypt: \[%s\]" % ("E" if signatures == "no" else ""))
        configure(vm)
        open_volume(vm, story.DISK, "crash", story.MOUNT)
        assert_dump(vm, story.MOUNT, token)


@only_all
def test_cycles(start):
    """makedumpfile works in nine cycles, as on a machine with terabytes of memory."""
    with start(CLOSED) as vm:
        open_target(vm)
        # 8 KiB have a bit for each page of 256 MiB.
        configure(vm, "core_collector makedumpfile -l -d 31 --cyclic-buffer 8")
        load(vm)
        token = story.log_token(vm)
        story.crash(vm, back=next_boot)
        configure(vm)
        open_volume(vm, story.DISK, "crash", story.MOUNT)
        assert_dump(vm, story.MOUNT, token)


@only_all
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_suspended_volume(start, flavour):
    """The volume of the dump is suspended, so its key is in memory no more. The crash kernel still
    starts, opens the fallback, and hides its key."""
    machine = closed(flavour)
    with start(machine) as vm:
        open_target(vm)
        open_volume(vm, SPARE, "second", "/srv", make=True)
        configure(vm, "fallback_path /srv")
        load(vm)
        token = story.log_token(vm)
        vm.run("sync; cryptsetup luksSuspend crash")
        status = json.loads(vm.run("kdump-crypt status --json", check=False)[1])
        uuid = vm.run(f"cryptsetup luksUUID {story.DISK}")
        assert status["saved_keys"] == 1 and not status["armed"]
        assert f"the key of the LUKS volume {uuid} has left the loaded crash" in status["problem"]
        capture = story.crash(vm, back=machine.resume)
        assert capture.time_of("^unlock: cannot open the LUKS volume") < \
            capture.time_of("^target: trying /srv") < \
            capture.time_of("^vmcore: saved .* to /srv/")
        configure(vm, "fallback_path /srv")
        open_volume(vm, story.DISK, "crash", story.MOUNT)
        open_volume(vm, SPARE, "second", "/srv")
        assert_dump(vm, "/srv", token)
        [dump] = dumps_in(vm, "/srv")
        assert dump["keys_hidden"] is True


@only_all
def test_filesystem_that_cannot_be_mounted(start):
    """The volume opens, but its filesystem has lost its journal. A fallback takes the dump."""
    with start(OPEN) as vm:
        open_volume(vm, SPARE, "second", "/srv", make=True)
        configure(vm, "fallback_path /srv")
        load(vm)
        vm.run("sync; debugfs -w -R 'clri <8>' /dev/mapper/crash; sync")
        token = story.log_token(vm)
        capture = story.crash(vm, back=next_boot)
        assert capture.time_of("^mount: cannot mount /dev/mapper/kdump-crypt-0 .ext4.") < \
            capture.time_of("^target: trying /srv") < capture.time_of("^end: the dump is complete")
        open_volume(vm, SPARE, "second", "/srv")
        assert_dump(vm, "/srv", token)


def test_hooks(start):
    """kdump_post gets the result, and may fail. Neither hook can see a key."""
    with start(OPEN) as vm:
        story.make_script(vm, "/usr/local/sbin/before", """
            #!/bin/sh -e
            echo said before: $#
            keyctl list @u
            cat /proc/keys
            # Fill the filesystem that takes the output.
            yes || :
            """)
        story.make_script(vm, "/usr/local/sbin/after", """
            #!/bin/sh
            echo said after: $1
            ls /target
            cat /proc/keys
            exit 3
            """)
        configure(vm, "kdump_pre /usr/local/sbin/before", "kdump_post /usr/local/sbin/after",
                  "extra_bins /usr/bin/cat /usr/bin/yes /usr/bin/ls /usr/bin/keyctl",
                  "extra_modules vfat")
        vm.run("kdump-crypt load")
        token = story.log_token(vm)
        capture = story.crash(vm, back=next_boot)
        assert capture.time_of("^kdump_pre: said before: 0") < \
            capture.time_of("^kdump_pre: ... and [0-9]+ more lines") < \
            capture.time_of("^restore: ") < capture.time_of("^vmcore: saved ") < \
            capture.time_of("^kdump_post: said after: 0") < \
            capture.time_of("^kdump_post: /usr/local/sbin/after failed with status 3") < \
            capture.time_of("^end: the dump is complete: reboot")
        assert not [text for _, _, text in capture.lines
                    if text.startswith("kdump_") and "cryptsetup:" in text]
        open_target(vm)
        dump = assert_dump(vm, story.MOUNT, token)
        assert dump["collector"] == "makedumpfile -l -d 31"
        assert "kdump_pre" in [step["name"] for step in dump["steps"]]

        # load refuses what it cannot put into the initramfs.
        for directives, said in [
                (["kdump_pre /missing"], "kdump_pre /missing: No such file"),
                (["extra_bins /missing"], "/missing: No such file"),
                (["extra_modules no-such-module"], "the module no-such-module is not installed")]:
            configure(vm, *directives)
            status, text = vm.run(f"kdump-crypt load --key-file {KEY}", check=False)
            assert status == 1 and said in text, text

        # A fallback path that is missing is left out.
        configure(vm, "fallback_path /missing")
        said = "the fallback path /missing is left out: /missing: No such file"
        assert said in vm.run(f"kdump-crypt load --key-file {KEY} 2>&1", timeout=180)
        checks = json.loads(vm.run("kdump-crypt check --json 2>/dev/null"))["checks"]
        [found] = [check for check in checks if check["name"] == "dump path"]
        assert found["result"] == "warn" and said in found["text"]


def test_kdump_pre_fails(start):
    """If kdump_pre fails, no dump is saved, and the final action follows, as in kdump.conf(5)."""
    with start(OPEN) as vm:
        for name, status in [("before", 1), ("after", 0)]:
            story.make_script(vm, f"/usr/local/sbin/{name}", f"""
                #!/bin/sh
                exit {status}
                """)
        configure(vm, "kdump_pre /usr/local/sbin/before", "kdump_post /usr/local/sbin/after",
                  "failure_action halt")
        vm.run("kdump-crypt load")
        capture = story.crash(vm, back=next_boot)
        assert capture.time_of("^kdump_pre: /usr/local/sbin/before failed with status 1") < \
            capture.time_of("^kdump_pre: it failed, so no dump is saved") < \
            capture.time_of("^end: the dump is not complete: reboot") < capture.rebooted
        assert not [text for _, _, text in capture.lines if text.startswith("kdump_post")]
        open_target(vm)
        assert dumps_in(vm, story.MOUNT) == []


@only_all
def test_hanging_hook(start):
    """A hook that hangs is killed with its children, and the dump is saved."""
    with start(OPEN) as vm:
        story.make_script(vm, "/root/hook", """
            #!/bin/sh
            trap '' TERM INT HUP
            sleep 100000 &
            while :; do sleep 1000; done
            """)
        configure(vm, "kdump_pre /root/hook", "extra_bins /usr/bin/sleep")
        vm.run("kdump-crypt load")
        capture = story.crash(vm, timeout=150, back=next_boot)
        capture.time_of("^kdump_pre: /root/hook did not end within 120 seconds and was killed: going on")
        capture.time_of("^end: the dump is complete")


def test_hardware_watchdog(start):
    """A watchdog that runs at the crash does not reset the machine while the dump is saved."""
    with start(closed("generic", cpus=2), devices=skip_waits()) as vm:
        # udev would load them. Linux finds the watchdog running, and keeps it running.
        vm.run("modprobe -a lpc_ich iTCO_wdt")
        watchdog = "/sys/class/watchdog/watchdog0"
        assert vm.run(f"cat {watchdog}/identity {watchdog}/timeout") == "iTCO_wdt\n30"
        open_target(vm)
        story.make_script(vm, "/root/hook", """
            #!/bin/sh
            sleep 50
            """)
        configure(vm, "kdump_pre /root/hook", "extra_bins /usr/bin/sleep")
        load(vm)
        capture = story.crash(vm, timeout=180, back=lambda _vm: None)
        capture.time_of("^end: the dump is complete")


@only_all
def test_ipmi_watchdog(guest, luks_disk):
    """The BMC's watchdog, which runs at the crash, does not reset the machine. Linux does not feed
    it, and does not show it in /sys/class/watchdog."""
    with guest("generic", disks=[luks_disk], devices=[
            "-device", "ipmi-bmc-sim,id=bmc", "-device", "isa-ipmi-kcs,bmc=bmc",
            *skip_waits()]) as vm:
        vm.wait_shell()
        vm.run("modprobe ipmi_si; modprobe ipmi_watchdog timeout=60 panic_wdt_timeout=40; sleep 1; "
               "ls /dev/ipmi* /dev/watchdog*; grep . /sys/class/ipmi/*/device/modalias",
               check=False)
        make_target(vm)
        story.make_script(vm, "/root/hook", """
            #!/bin/sh
            sleep 80
            """)
        configure(vm, "kdump_pre /root/hook", "extra_bins /usr/bin/sleep")
        vm.run("kdump-crypt load")
        vm.run("sync")
        capture = story.crash(vm, "exec 9>/dev/watchdog; echo >&9; echo c >/proc/sysrq-trigger",
                              timeout=180)
        capture.time_of("^watchdog: the watchdog of the BMC is stopped")
        capture.time_of("^end: the dump is complete")


@only_all
def test_unplugged_memory(guest, luks_disk):
    """The hypervisor has taken back memory that it had given through virtio-mem."""
    with guest(disks=[luks_disk], devices=[*VIRTIO_MEM, *skip_waits()]) as vm:
        vm.wait_shell()
        add_memory(vm, "online_movable")
        make_target(vm)
        # Memory that was used, so that it is not zero.
        vm.run("mkdir /fill; mount -t tmpfs -o size=900M tmpfs /fill; "
               "head -c 800M /dev/urandom >/fill/file; rm /fill/file", timeout=300)
        wanted = 200 << 20
        vm.qmp("qom-set", path="/machine/peripheral/added-memory", property="requested-size",
               value=wanted)
        for _ in range(60):
            vm.run("sleep 1")
            if vm.qmp("qom-get", path="/machine/peripheral/added-memory",
                      property="size") == wanted:
                break
        else:
            raise AssertionError("the memory is not unplugged")
        vm.run("kdump-crypt load")
        token = story.log_token(vm)
        capture = story.crash(vm, timeout=180)
        capture.time_of("^end: the dump is complete")
        open_target(vm)
        assert assert_dump(vm, story.MOUNT, token)["keys_hidden"] is True


def test_shell_and_pstore(guest, luks_disk, tmp_path):
    """No target can take the dump. The end of the log is saved in pstore, and a shell starts on the
    console. The machine restarts when the shell ends."""
    spare = disks.blank(tmp_path / "spare.img")
    store = disks.blank(tmp_path / "erst.img", 256 << 10)
    with guest("generic", disks=[luks_disk, spare], devices=[
            "-object", f"memory-backend-file,id=erst,mem-path={store},size=256K,share=on",
            "-device", "acpi-erst,memdev=erst"]) as vm:
        vm.wait_shell()
        assert vm.run("cat /sys/module/pstore/parameters/backend") == "erst"
        make_target(vm)
        configure(vm, "failure_action shell")
        vm.run(f"kdump-crypt load; printf {QUICK_PASSPHRASE} >{KEY}")
        replace_header(vm, "/dev/vdb", "/dev/vdc")
        token = story.log_token(vm)
        crash_until(vm, "unlock: cannot open the LUKS volume")
        wait_for(vm, "pstore: the end of the kernel log goes to pstore")
        wait_for(vm, "end: the dump is not complete: shell")
        wait_for(vm, "shell: a shell on /dev/ttyS0: the machine restarts when it ends")
        vm.expect("# ", 30, what="the prompt")
        vm.send_line("grep -c cryptsetup: /proc/keys; id -u; tty; echo the end")
        vm.expect(r"\r\n0\r\n0\r\n/dev/ttyS0\r\nthe end\r\n", 30)
        vm.qmp.event("RESET")
        vm.send_line("exit")
        vm.wait_reset(60)
        vm.wait_shell()
        vm.run("mount -t pstore pstore /sys/fs/pstore")
        vm.run(f"grep -h {token} /sys/fs/pstore/dmesg-erst-*")


@only_all
def test_halt_and_poweroff(guest, luks_disk):
    """The volume is found and cannot be opened, as both copies of its header are damaged. The
    machine halts or powers off, as configured."""
    damage = "; ".join(f"dd if=/dev/zero of={story.DISK} bs=4K seek={seek} count=3 oflag=direct"
                       for seek in [1, 5])
    with guest(disks=[luks_disk]) as vm:
        for action in ["halt", "poweroff"]:
            vm.wait_shell()
            open_volume(vm, story.DISK, "crash", story.MOUNT, make=True)
            configure(vm, f"failure_action {action}")
            load(vm)
            vm.run(damage)
            crash_until(vm, "unlock: cannot open the LUKS volume")
            wait_for(vm, f"end: the dump is not complete: {action}")
            if action == "halt":
                vm.expect("reboot: System halted", 60)
                vm.reset()
        vm.wait_shutdown(60)


def load_with(vm, *commands):
    """Load the crash kernel with an initramfs to which files are added. The commands make them."""
    vm.run("kdump-crypt load --keep-key")
    status = json.loads(vm.run("kdump-crypt status --json"))
    # The kernel unpacks one archive after the other.
    vm.run(f"cp {status['initramfs_file']} /root/other.img; truncate -s %512 /root/other.img; "
           f"rm -rf /root/more; mkdir /root/more; cd /root/more; {'; '.join(commands)}; "
           "find . -type f | busybox cpio -o -H newc >>/root/other.img; cd; sync", timeout=120)
    vm.run(f"kexec -s -p {status['kernel_file']} --initrd=/root/other.img "
           f"--command-line='{status['command_line']}'", timeout=120)


@only_all
def test_first_stage_fails(guest, luks_disk):
    """A module hangs before the programs are mounted, and the machine restarts in time. Then they
    cannot be mounted, and the machine does what failure_action says."""
    with guest(disks=[luks_disk], devices=skip_waits()) as vm:
        vm.wait_shell()
        make_target(vm)
        load_with(vm, "cp $(modinfo -n slow_init) slow_init.ko",
                  "echo /slow_init.ko >first-stage.modules")
        vm.send_line("echo c >/proc/sysrq-trigger")
        wait_for(vm, "start: cannot start /capture: Connection timed out", 300)
        vm.wait_reset(60)
        vm.wait_shell()
        story.unlock(vm, QUICK_PASSPHRASE)
        story.mount(vm)
        configure(vm, "failure_action poweroff")
        load_with(vm, f"printf xxxx | dd of=/root/other.img bs=1 seek={product.squashfs_offset()} "
                      "conv=notrunc status=none")
        vm.send_line("echo c >/proc/sysrq-trigger")
        wait_for(vm, "start: cannot mount /programs.squashfs")
        vm.wait_shutdown(60)


@only_all
def test_collector_fails(start):
    """makedumpfile fails, and the memory is copied unfiltered."""
    with start(OPEN) as vm:
        configure(vm, "core_collector makedumpfile -d 31 -x /missing")
        vm.run("kdump-crypt load")
        token = story.log_token(vm)
        capture = story.crash(vm, timeout=150, back=next_boot)
        assert capture.time_of("^vmcore: /usr/bin/makedumpfile failed with status 1") < \
            capture.time_of("^vmcore: copying the memory as it is") < \
            capture.time_of("^vmcore: saved ") < capture.time_of("^end: the dump is complete")
        capture.time_of(r"^vmcore: \d+\.\d %, ")
        open_target(vm)
        dump = assert_dump(vm, story.MOUNT, token)
        assert dump["collector"] == "copy" and dump["unfiltered"]
        assert "complete, unfiltered" in vm.run("kdump-crypt list")
        # The copy has holes.
        directory = f"{story.MOUNT}/{dump['name']}"
        apparent, used = vm.run(f"stat -c '%s %b' {directory}/vmcore").split()
        assert int(apparent) == dump["vmcore_bytes"] > 3 << 28
        assert int(used) * 512 < int(apparent)
        vm.run(f"makedumpfile -z -d 31 {directory}/vmcore /root/small", timeout=180)


@only_all
def test_damaged_memory(guest, luks_disk):
    """The crashed kernel has lost its page tables, so makedumpfile fails. The memory is copied
    unfiltered, as far as there is space."""
    with guest(disks=[luks_disk]) as vm:
        vm.wait_shell()
        for size, end in [("120M", "is not complete"), ("", "is complete")]:
            open_volume(vm, story.DISK, "crash", story.MOUNT, make=size or True)
            load(vm)
            token = story.log_token(vm)
            tables = vm.run("awk '$3 == \"init_top_pgt\" { print $1 }' /proc/kallsyms")
            capture = story.crash(
                vm, f"modprobe crash_moment moment=damaged page_tables=0x{tables}", timeout=150)
            assert capture.time_of("^vmcore: /usr/bin/makedumpfile failed") < \
                capture.time_of("^vmcore: copying the memory as it is") < \
                capture.time_of(f"^end: the dump {end}")
            open_volume(vm, story.DISK, "crash", story.MOUNT)
            [dump] = dumps_in(vm, story.MOUNT)
            assert dump["collector"] == "copy"
            assert dump["complete"] == (not size)
            if size:
                assert dump["reason"].endswith("copied as it is: the filesystem is full")
            # The kernel and its log come first in a vmcore.
            vm.run(f"grep -a -q {token} {dump['directory']}/vmcore*", timeout=180)
            vm.run(f"umount {story.MOUNT}; cryptsetup close crash")


@pytest.mark.parametrize("bus", ["virtio-blk", pytest.param("usb", marks=only_all)])
def test_disk_fails_in_the_middle(start, guest, luks_disk, tmp_path, bus):
    """Every write fails, or the disk is unplugged, while the vmcore is written. Another disk takes
    the dump."""
    second = disks.blank(tmp_path / "second.img")
    first, other = (story.DISK, SPARE) if bus == "virtio-blk" else ("/dev/sda", "/dev/sdb")
    with (guest("generic", disks=[luks_disk, second], bus=bus) if bus == "usb" else
          start(CLOSED)) as vm:
        if bus == "usb":
            vm.wait_shell()
            vm.run("modprobe -a usb-storage xhci-pci sd_mod; sleep 5", check=False)
        vm.run(f"printf {QUICK_PASSPHRASE} >{KEY}; cryptsetup open --key-file {KEY} {first} c1 && "
               f"mkfs.ext4 -q /dev/mapper/c1 && mount /dev/mapper/c1 {story.MOUNT}", timeout=120)
        open_volume(vm, other, "c2", "/srv", make=True)
        configure(vm, "fallback_path /srv")
        load(vm)
        token = story.log_token(vm)
        crash_until(vm, "vmcore: running makedumpfile")
        if bus == "usb":
            vm.qmp("device_del", id="device1")
        else:
            fail_writes(vm, 1)
        wait_for(vm, "target: trying /srv", 300)
        wait_for(vm, "vmcore: saved .* to /srv/", 300)
        wait_for(vm, "end: the dump is complete", 300)
        vm.wait_reset(60)
        if bus == "virtio-blk":
            next_boot(vm)
        else:
            vm.wait_shell(180)
            vm.run("modprobe -a usb-storage xhci-pci sd_mod; sleep 5", check=False)
            other = "/dev/sda"
        open_volume(vm, other, "c2", "/srv")
        dump = assert_dump(vm, "/srv", token)
        assert dump["complete"]


@only_all
def test_suspend_to_ram(start):
    """The machine is suspended, and goes on, after it was armed. Its firmware leaves ACPI's
    registers turned off, so the crash kernel's console would be full of ACPI errors. They can be
    hidden."""
    with start(OPEN) as vm:
        vm.run("kdump-crypt load --append loglevel=3")
        assert "mem" in vm.run("rtcwake -m mem -s 3; dmesg | grep S3")
        vm.run("kdump-crypt status")
        token = story.log_token(vm)
        capture = story.crash(vm, back=next_boot)
        capture.time_of("^end: the dump is complete")
        assert "ACPI Error" not in capture.console
        open_target(vm)
        assert_dump(vm, story.MOUNT, token)


@only_all
def test_disk_hangs(start):
    """The disk accepts writes and does not complete them. The machine restarts."""
    with start(OPEN) as vm:
        vm.run("kdump-crypt load")
        crash_until(vm, "mount: ")
        vm.qmp("block_set_io_throttle", device="disk1", bps=0, bps_rd=0, bps_wr=1, iops=0,
               iops_rd=0, iops_wr=0)
        wait_for(vm, "takes too long, giving up", 400)
        wait_for(vm, "end: the dump is not complete: reboot", 400)
        vm.wait_shell(300)


@only_all
def test_out_of_memory(start):
    """The OOM killer kills makedumpfile, the largest process. The memory is copied unfiltered."""
    with start(OPEN) as vm:
        story.make_script(vm, "/root/hook", r"""
            #!/bin/sh
            [ $1 ] || { setsid $0 wait & exit; }
            until grep -q -a 'makedumpfile.*-d' /proc/[1-9]*/cmdline; do sleep 0.1; done
            sleep 1
            echo f >/proc/sysrq-trigger
            """)
        configure(vm, "kdump_pre /root/hook",
                  "extra_bins /usr/bin/setsid /usr/bin/grep /usr/bin/sleep")
        vm.run("kdump-crypt load")
        token = story.log_token(vm)
        capture = story.crash(vm, timeout=200, back=next_boot)
        capture.time_of("^vmcore: /usr/bin/makedumpfile was ended by signal 9 .out of memory")
        capture.time_of("^end: the dump is complete")
        open_target(vm)
        assert_dump(vm, story.MOUNT, token)


def needed_memory(vm):
    """Return the estimate, in bytes."""
    said = vm.run("kdump-crypt estimate --json 2>/dev/null", check=False)[1]
    return json.loads(said)["needed_bytes"]


@only_all
def test_two_processors(start):
    """The crash kernel and makedumpfile use two processors, in as much memory as the estimate says,
    which counts the second one."""
    machine = closed(cpus=2)
    with start(machine) as vm:
        story.unlock(vm, QUICK_PASSPHRASE)
        story.mount(vm)
        story.make_script(vm, "/root/hook", """
            #!/bin/sh
            exec nproc
            """)
        configure(vm, "kdump_pre /root/hook", "extra_bins /usr/bin/nproc")
        needed_for_one = needed_memory(vm)
        configure(vm, "kdump_pre /root/hook", "extra_bins /usr/bin/nproc", "cpus 2")
        needed = needed_memory(vm)
        assert 2 << 20 <= needed - needed_for_one <= 8 << 20
        vm.run(f"echo {needed} >/sys/kernel/kexec_crash_size; kdump-crypt load")
        token = story.log_token(vm)
        capture = story.crash(vm, timeout=200, back=machine.resume)
        capture.time_of("^kdump_pre: 2$")
        capture.time_of("^vmcore: running makedumpfile -l -d 31 --num-threads 2$")
        capture.time_of("^end: the dump is complete")
        open_target(vm)
        assert_dump(vm, story.MOUNT, token)


@only_all
def test_every_console(guest, luks_disk, tmp_path):
    """Reports appear on the serial line, and on the virtio console once its driver is loaded."""
    log = tmp_path / "second.log"
    with guest(disks=[luks_disk], cmdline="crashkernel=128M console=hvc0 console=ttyS0",
               devices=["-chardev", f"file,id=second,path={log}", "-device", "virtio-serial-pci",
                        "-device", "virtconsole,chardev=second"]) as vm:
        vm.wait_shell()
        vm.run("modprobe virtio_console")
        make_target(vm)
        configure(vm, "extra_modules virtio_console")
        vm.run("kdump-crypt load")
        capture = story.crash(vm)
        lines = [text for _, _, text in capture.lines]
        since = next(n for n, text in enumerate(lines) if text.startswith("restore: "))
        other = log.read_text(errors="replace")
        assert [text for _, text in re.findall(story.CAPTURE_LINE, other)][-len(lines[since:]):] \
            == lines[since:]
