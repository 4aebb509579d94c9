# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests of the lab itself, on which the other tests rely."""
import os
import re
import signal
import subprocess
import sys
import textwrap
import time

import pexpect
import pytest

from lab import accel, cache, story
from lab.host import CHECKOUT, LabError, run
from lab.sysroot import kernels, sysroot
from lab.vm import CommandError, VmError
from machines import CLOSED, KEY, OPEN, SPARE


@pytest.mark.parametrize("flavour", ["generic", "cloud"])
def test_boots_and_boots_again(guest, flavour):
    with guest(flavour) as vm:
        vm.wait_shell()
        assert vm.run("uname -r") == kernels(sysroot())[flavour]
        assert "Crash kernel" in vm.run("cat /proc/iomem")
        first = vm.run("touch /root/stays; cat /proc/sys/kernel/random/boot_id")
        vm.send_line("reboot")
        vm.wait_reset(30)
        vm.wait_shell()
        vm.run("test -e /root/stays")
        assert vm.run("cat /proc/sys/kernel/random/boot_id") != first
        vm.send_line("poweroff")
        vm.wait_shutdown(30)


def test_run(start):
    with start(CLOSED) as vm:
        # Output comes back as it was, whatever it looks like.
        assert vm.run("printf 'no end of line'") == "no end of line"
        assert vm.run(r"printf 'a\n\n b\n\n'") == "a\n\n b\n"
        assert vm.run("true") == ""
        assert vm.run("echo '@@1 end 0'; echo \"it's\"; seq 2000").split("\n") == \
            ["@@1 end 0", "it's", *(str(n) for n in range(1, 2001))]
        assert vm.run("echo one\necho two >&2") == "one\ntwo"
        # So does the status; state stays from one command to the next.
        assert vm.run("(echo no; exit 3)", check=False) == (3, "no")
        with pytest.raises(CommandError, match="exit status 3 of: ") as failed:
            vm.run("(echo no; exit 3)")
        assert failed.value.output == "no"
        status, _ = vm.run("if then", check=False)
        assert status != 0
        vm.run("cd /tmp; x=7")
        assert vm.run("pwd; echo $x") == "/tmp\n7"
        # A command that asks gets answers; one that should not ask finds nothing to read.
        assert vm.run("cat") == ""
        ask = "read -p 'first? ' a; read -p 'second? ' b; echo $b $a"
        assert vm.run(ask, dialog=[(r"first\? ", "1"), (r"second\? ", "2")]).endswith("2 1")
        # Kernel messages do not get in between.
        noise = "for i in 1 2 3; do echo noise >/dev/kmsg; echo $i; done"
        assert vm.run(noise) == "1\n2\n3"
        # A deadline is one, names the log, and leaves the shell usable.
        start = time.monotonic()
        with pytest.raises(VmError, match="within 3.0 s: end of: echo before; sleep 60") as late:
            vm.run("echo before; sleep 60", timeout=3)
        assert time.monotonic() - start < 10
        assert str(vm.console_log) in str(late.value)
        assert "before" in str(late.value)
        assert vm.run("echo $x") == "7"
        # A guest that starts again in the middle of a command is told from one that is slow.
        with pytest.raises(VmError, match="the guest started again"):
            vm.run("echo b >/proc/sysrq-trigger; sleep 60", timeout=120)


def test_guests_of_a_saved_machine(start, built):
    """They start with its memory and disks and with the current time, and do not see each other.
    The saved machine stays as it was."""
    with start(OPEN) as one, OPEN.start("test_lab-other") as other:
        for vm in [one, other]:
            vm.run(f"mountpoint -q {story.MOUNT} && test -e {KEY} && ! test -e {story.MOUNT}/mine")
            assert abs(int(vm.run("date +%s")) - time.time()) < 5
            vm.run(f"touch {KEY}.mine {story.MOUNT}/mine; echo mine >{SPARE}; sync")
    with start(OPEN) as vm:
        vm.run(f"! test -e {KEY}.mine && ! test -e {story.MOUNT}/mine")
        vm.run(f"echo mine >{SPARE}; touch {KEY}.mine; sync")
        CLOSED.resume(vm)
        # Another system with the same data disks.
        assert vm.run(f"head -c 5 {SPARE}") == "mine"
        vm.run(f"! test -e {KEY}.mine && ! mountpoint -q {story.MOUNT}")


def test_a_dead_qemu_is_no_hang(start):
    with start(CLOSED) as vm:
        vm.qmp("quit")
        with pytest.raises(VmError, match="QEMU ended"):
            vm.run("true", timeout=30)


def test_pmemsave(start, tmp_path):
    """QMP works, and reads the guest's memory from outside."""
    with start(CLOSED) as vm:
        first, last = re.search(r"(\w+)-(\w+) : Kernel rodata",
                                vm.run("cat /proc/iomem")).groups()
        memory = tmp_path / "memory"
        vm.qmp("pmemsave", val=int(first, 16), size=int(last, 16) - int(first, 16),
               filename=str(memory))
        assert b"Linux version %s " % vm.run("uname -r").encode() in memory.read_bytes()


def test_no_guest_outlives_the_lab(built, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent("""
        import time
        from lab.vm import Vm
        with Vm("cloud", name="test_lab-outlive") as vm:
            print(vm._qemu.pid, flush=True)
            time.sleep(60)
        """))
    with subprocess.Popen([sys.executable, script], cwd=CHECKOUT, stdout=subprocess.PIPE,
                          env={**os.environ, "PYTHONPATH": str(CHECKOUT)}) as lab:
        qemu = int(lab.stdout.readline())
        os.kill(qemu, 0)
        lab.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(qemu, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail(f"QEMU {qemu} still runs")


def test_the_accelerator_boots():
    """The chosen accelerator boots a stock kernel. If KVM does not, it is TCG."""
    tree = sysroot()
    kernel = tree / "boot" / f"vmlinuz-{kernels(tree)['cloud']}"
    chosen = accel.accelerator()
    assert accel.boots(chosen, kernel, deadline=30)
    if os.access("/dev/kvm", os.R_OK | os.W_OK):
        assert (chosen == accel.KVM) == accel.boots(accel.KVM, kernel, deadline=8)
    else:
        assert chosen == accel.TCG


def test_an_accelerator_that_hangs_is_given_up():
    tree = sysroot()
    kernel = tree / "boot" / f"vmlinuz-{kernels(tree)['cloud']}"
    start = time.monotonic()
    assert not accel.boots(accel.TCG, kernel, deadline=2, extra=["-S"])
    assert time.monotonic() - start < 5


def test_a_failed_cache_entry_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "CACHE", tmp_path)

    def fail(part):
        part.mkdir()
        run(["sh", "-c", "echo some of it; exit 1"], "test_lab-cache", 5, cwd=part)
    with pytest.raises(LabError, match="some of it"):
        cache.entry("thing", "key", fail)
    assert not list(tmp_path.glob("thing-*"))
    made = cache.entry("thing", "key", lambda part: part.write_text("whole"))
    assert made.read_text() == "whole"
    assert cache.entry("thing", "key", fail) == made
    # Unused ones go, this one stays.
    for key in ["a", "b", "c"]:
        cache.entry("thing", key, lambda part: part.write_text("other"), keep=2)
    assert sorted(p.name for p in tmp_path.glob("thing-?")) == ["thing-b", "thing-c"]


MAKER = """
import sys, time
from pathlib import Path
from lab import cache
def make(part):
    with open(Path(sys.argv[1]) / "makers", "a") as makers:
        makers.write("one\\n")
    part.mkdir()
    (part / "half").write_text("half")
    print("half made", flush=True)
    time.sleep(float(sys.argv[2]))
    (part / "whole").write_text("whole")
cache.entry("thing", "key", make, timeout=30)
"""


def start_maker(directory, seconds):
    return subprocess.Popen([sys.executable, "-c", MAKER, directory, str(seconds)], cwd=CHECKOUT,
                            stdout=subprocess.PIPE,
                            env={**os.environ, "KDUMP_CRYPT_CACHE": str(directory)})


def test_a_killed_run_leaves_nothing_that_is_used(tmp_path):
    with start_maker(tmp_path, 60) as killed:
        killed.stdout.readline()
        killed.send_signal(signal.SIGKILL)
    assert (tmp_path / "thing-key.part" / "half").exists()
    assert not (tmp_path / "thing-key").exists()
    with start_maker(tmp_path, 0) as second:
        second.stdout.read()
    assert second.returncode == 0
    assert (tmp_path / "thing-key" / "whole").exists()
    assert not (tmp_path / "thing-key.part").exists()


def test_two_runs_make_an_entry_once(tmp_path):
    with start_maker(tmp_path, 2) as one, start_maker(tmp_path, 2) as two:
        one.stdout.read()
        two.stdout.read()
    assert (one.returncode, two.returncode) == (0, 0)
    assert (tmp_path / "makers").read_text() == "one\n"


def test_make_vm(built, tmp_path):
    """make vm brings a person to a shell that explains itself, and back."""
    make = pexpect.spawn("make", ["-C", str(CHECKOUT), "vm", "FLAVOUR=cloud"], timeout=240,
                         encoding="utf-8", env={**os.environ, "TERM": "linux"})
    with make:
        make.expect("kdump-crypt load")
        make.expect(r"lab:~#")
        make.send("blkid /dev/vdb; grep -o crashkernel=128M /proc/cmdline\n")
        make.expect('TYPE="crypto_LUKS"')
        make.expect("crashkernel=128M\r")
        # Ctrl-C is the guest's.
        make.send("sleep 60\n")
        time.sleep(1)
        make.send("\x03")
        make.send("poweroff\n")
        make.expect(pexpect.EOF)
    assert make.exitstatus == 0


