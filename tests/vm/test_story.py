# SPDX-License-Identifier: GPL-2.0-or-later
"""The life cycle, each step proved: unlock, arm, crash, dump, second boot. With LAB_ALL=1 in the
environment also with the cloud kernel and the newest one, whose story test_link.py has, too."""
import json
import os
import re

import pytest

from lab import story
from lab.disks import QUICK_PASSPHRASE
from lab.host import Stopwatch
from lab.sysroot import kernels, sysroot
from machines import CLOSED, KEY, closed
from module_guest import FLAVOURS, crashkernel

LAB_ALL = "LAB_ALL" in os.environ
PANIC = "Kernel panic - not syncing: sysrq triggered crash"


# MiB; enough for the stock kernel.
RESERVED = {"generic": 96}


@pytest.mark.parametrize("flavour", [flavour for flavour in FLAVOURS
                                     if LAB_ALL or flavour not in ["cloud", "newest"]])
def test_story(guest, luks_disk, flavour):
    reserved = RESERVED.get(flavour, 128)
    # Argon2 takes 1 GiB of memory.
    with guest(flavour, [luks_disk], crashkernel(f"{reserved}M"), cpus=2, memory=2048) as vm:
        vm.wait_shell()
        version = vm.run("uname -r")
        assert version == kernels(sysroot())[flavour]
        # The volume has the parameters that cryptsetup's defaults give.
        header = vm.run(f"cryptsetup luksDump {story.DISK}")
        assert re.search(r"PBKDF: +argon2id\n.*\n\s+Memory: +1048576\n", header)
        uuid = vm.run(f"cryptsetup luksUUID {story.DISK}")

        argon2 = Stopwatch()
        story.unlock(vm)
        argon2 = float(argon2)
        story.make_filesystem(vm)
        story.mount(vm)

        # Nobody is asked: the standard input is empty, there is no terminal.
        assert vm.run("kdump-crypt status", check=False)[0] == 3
        keyring = vm.run("keyctl show @u")
        said = vm.run("setsid -w kdump-crypt load --append kdump_crypt.debug --dry-run")
        assert f"Key from:     root's keyring, for the LUKS volume on {story.DISK}\n" in said
        assert vm.run("keyctl show @u") == keyring
        assert vm.run("cat /sys/kernel/kexec_crash_loaded") == "0"
        vm.run("setsid -w kdump-crypt load --append kdump_crypt.debug")
        vm.run("kdump-crypt status")
        status = json.loads(vm.run("kdump-crypt status --json"))
        assert status["armed"] is True
        assert status["path"] == story.MOUNT
        assert status["luks_volumes"] == [uuid]
        assert status["saved_keys"] == 1
        assert status["kernel_file"] == f"/boot/vmlinuz-{status['crash_kernel']}"
        assert vm.run(f"test -s {status['initramfs_file']}") == ""
        assert status["command_line"].endswith(" kdump_crypt.debug")
        assert f"Command line: {status['command_line']}\n" in said
        assert f"Initramfs:    {status['initramfs_file']}\n" in said
        assert len(status["filesystems"]) == 1
        assert status["armed_command"] == "kdump-crypt load --append kdump_crypt.debug"
        assert abs(int(vm.run(f"date +%s -d {status['armed_time']}")) -
                   int(vm.run("date +%s"))) < 120
        verbose = vm.run("kdump-crypt status --verbose")
        assert re.search(r"^Loaded by: +kdump-crypt load --append kdump_crypt.debug$", verbose,
                         re.M)
        assert re.search(rf"^ +process {status['armed_pid']}", verbose, re.M)
        assert status["command_line"] in verbose and status["initramfs_file"] in verbose
        assert status["reserved_bytes"] == reserved << 20
        needed = json.loads(vm.run("kdump-crypt estimate --json", check=False)[1])["needed_bytes"]
        assert status["needed_bytes"] == needed
        assert bool(status["warnings"]) == (needed > reserved << 20)
        assert vm.run("cat /sys/kernel/kexec_crash_loaded") == "1"
        # The keyring's copy of the key has gone.
        assert "cryptsetup:" not in vm.run("keyctl list @u")

        token = story.log_token(vm)
        capture = story.crash(vm)
        print("\n".join(f"{when:6.2f} s (own: {own:5.2f}) {text}"
                        for when, own, text in capture.lines))

        # The crash kernel's command line has the address of the saved area and takes the area
        # out of the usable memory, as /proc/iomem shows.
        cmdline = re.search(r"kdump-crypt: command line: ([^\r\n]*)", capture.console)[1]
        keys = int(re.search(r"\bdmcryptkeys=0x([0-9a-f]+)\b", cmdline)[1], 16)
        size, start = re.search(r"\bmemmap=(\d+)K\$0x([0-9a-f]+)\b", cmdline).groups()
        assert int(start, 16) == keys
        assert f"{keys:08x}-{keys + (int(size) << 10) - 1:08x} : Reserved" in \
            re.findall(r"kdump-crypt: iomem: +([^\r\n]*)", capture.console)

        # There was no passphrase and no Argon2 after the crash: nothing asked for it, there was not
        # a tenth of the memory for it, and the volume was open in a fraction of the time.
        assert "passphrase" not in capture.console.lower()
        total = re.search(r"(\d+) of (\d+) MiB free", capture.console)[2]
        assert int(total) < 128
        own = {text.split(":")[0]: when for _, when, text in capture.lines}
        assert own["unlock"] - own["modules"] < argon2 / 20
        assert capture.time_of("^vmcore: saved") < capture.time_of("^end: the dump is complete")

        # The second boot: the machine is not armed, and the dump of this crash exists.
        assert vm.run("kdump-crypt status", check=False)[0] == 3
        story.unlock(vm, QUICK_PASSPHRASE, link=False)
        story.mount(vm)
        [dump] = story.dumps(vm)
        assert sorted(vm.run(f"ls {dump}").split()) == \
            ["info.json", "vmcore", "vmcore-dmesg.txt"]
        log = story.dmesg_in(vm, dump)
        assert token in log
        assert PANIC in log
        assert f"{version} " in log
        vm.run(f"grep {token} {dump}/vmcore-dmesg.txt")


def test_key_by_key_file_and_unload(start):
    """The key comes from a key file. Then unload, and arm again."""
    # With LAB_ALL, a wrong passphrase is tried on a keyslot with the default parameters, too.
    with start(closed(memory=2048) if LAB_ALL else CLOSED) as vm:
        vm.run("rm /var/lib/kdump-crypt/*")
        story.unlock(vm, QUICK_PASSPHRASE, link=False)
        story.mount(vm)
        # The capture initramfs is built again if one of its sources has changed.
        for change, built in [("true", True), ("true", False),
                              ("echo final_action poweroff >/etc/kdump-crypt.conf", True),
                              ("true", False), ("touch /usr/bin/makedumpfile", True)]:
            vm.run(change)
            said = vm.run(f"kdump-crypt load --key-file {KEY}")
            assert ("Building" in said) == built, change
            vm.run("kdump-crypt status")
            assert "cryptsetup:" not in vm.run("keyctl list @u")
        # A key file that is missing is an error, even if it is not needed.
        status, said = vm.run("kdump-crypt load --key-file /root/missing", check=False)
        assert status == 1 and "cannot read the key file /root/missing" in said
        # Again as before, with nobody to ask and the key in no keyring.
        vm.run("kdump-crypt load --append panic=7 --path /var/crash/.")
        said = vm.run("setsid -w kdump-crypt reload </dev/null")
        assert "/var/crash" in said
        assert json.loads(vm.run("cat /run/kdump-crypt/armed.json"))["append_option"] == "panic=7"
        assert json.loads(vm.run("kdump-crypt status --json"))["saved_keys"] == 1
        assert "the crash kernel was unloaded" in vm.run("kdump-crypt unload")
        assert vm.run("kdump-crypt unload") == "No crash kernel was loaded."
        assert vm.run("kdump-crypt status", check=False)[0] == 3
        status, said = vm.run("kdump-crypt reload", check=False)
        assert status == 1 and "run kdump-crypt load" in said
        assert vm.run("cat /sys/kernel/kexec_crash_loaded") == "0"
        # The passphrase at the prompt. --keep-key leaves the key in the keyring.
        vm.run("kdump-crypt load --keep-key",
               dialog=[("[Pp]assphrase[^:]*: ", "wrong"),
                       ("[Pp]assphrase[^:]*: ", QUICK_PASSPHRASE)], timeout=180)
        assert "cryptsetup:" in vm.run("keyctl list @u")
        vm.run("kdump-crypt status")


@pytest.mark.skipif(not LAB_ALL, reason="LAB_ALL=1 is not set")
def test_a_path_that_is_not_encrypted(start):
    """The dump goes there, and load says so."""
    with start(CLOSED) as vm:
        vm.run("mkdir /var/plain")
        said = vm.run("kdump-crypt load --path /var/plain")
        assert "not on an encrypted volume" in said
        assert json.loads(vm.run("kdump-crypt status --json"))["luks_volumes"] == []
        token = story.log_token(vm)
        story.crash(vm)
        [dump] = vm.run("ls -d /var/plain/*").split()
        assert token in story.dmesg_in(vm, dump)
