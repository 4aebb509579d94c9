# SPDX-License-Identifier: GPL-2.0-or-later
"""Crashes at the worst moment. If the machine was armed, the dump arrives. In the middle of arming
or disarming, the machine just starts again.

With LAB_ALL=1 in the environment there are more combinations, which differ less."""
import itertools
import os
import re

import pytest

from lab import story
from machines import KEY, closed

LAB_ALL = "LAB_ALL" in os.environ
ITEMS = "/sys/kernel/config/crash_dm_crypt_keys"

# For each moment: the command to type, and the panic that follows. The panics of tests/crash-module
# say in which context they happened. An NMI comes from outside. Huge pages use up memory quickly.
MOMENTS = {
    "process": ("modprobe crash_moment moment=process",
                r"crash_moment: process: CPU \d: process$"),
    "interrupts off": ("modprobe crash_moment moment=interrupts-off",
                       r"crash_moment: interrupts-off: CPU \d: process, interrupts off$"),
    "softirq": ("modprobe crash_moment moment=softirq",
                r"crash_moment: softirq: CPU \d: softirq$"),
    "hardirq": ("modprobe crash_moment moment=hardirq",
                r"crash_moment: hardirq: CPU \d: hardirq$"),
    "NMI": ("sysctl kernel.unknown_nmi_panic=1; echo wait for it", "NMI: Not continuing"),
    "first CPU": ("taskset -c 0 modprobe crash_moment moment=hardirq", "crash_moment: .* CPU 0:"),
    "second CPU": ("taskset -c 1 modprobe crash_moment moment=hardirq", "crash_moment: .* CPU 1:"),
    "out of memory": ("sysctl vm.panic_on_oom=1 vm.nr_hugepages=320; tail /dev/zero",
                      "Out of memory: system-wide panic_on_oom is enabled"),
    "hung task": ("sysctl kernel.hung_task_panic=1 kernel.hung_task_timeout_secs=1; "
                  "modprobe crash_moment moment=hung-task", "hung_task: blocked tasks"),
}

CLOUD_CASES = [("NMI", ""), ("second CPU", ""), ("out of memory", "")]
GENERIC_CASES = [("softirq", "nokaslr")]
CPUS = [2]
if LAB_ALL:
    CLOUD_CASES = GENERIC_CASES = list(itertools.product(MOMENTS, ["", "nokaslr"]))
    CPUS = [1, 2]

# Kernel functions that a load or an unload calls, and how many calls to let pass.
LOADS = [("kimage_load_segment", 2)]
UNLOADS = [("kimage_free", 0)]
if LAB_ALL:
    LOADS += [("bzImage64_load", 0), ("crash_load_segments", 0), ("kimage_load_segment", 0),
              ("kimage_load_segment", 1), ("kimage_file_post_load_cleanup", 0)]
    UNLOADS += [("kimage_file_post_load_cleanup", 0), ("arch_kexec_unprotect_crashkres", 0)]


def open_volume(vm):
    vm.run(f"cryptsetup open --key-file {KEY} {story.DISK} crash")
    story.mount(vm)


def arm(vm, append=""):
    """Arm, with the volume open. Return the output."""
    said = vm.run(f"kdump-crypt load --key-file {KEY} --append '{append}'")
    assert vm.run(f"cat {ITEMS}/saved /sys/kernel/kexec_crash_loaded") == "1\n1"
    return said


def not_armed(vm):
    assert vm.run("cat /sys/kernel/kexec_crash_loaded") == "0"
    assert vm.run("kdump-crypt status", check=False)[0] == 3


def machine(flavour):
    return closed(flavour, cpus=2)


def crash(vm, flavour, moment):
    """Crash, and follow the capture to the reset. The machine continues with the volume mounted.
    Return the console up to the end of the capture. The panic of an NMI is not in it, because it is
    printed too late."""
    command, _panic = MOMENTS[moment]
    vm.send_line(command)
    if moment == "NMI":
        vm.expect("wait for it\r\n", 30)
        vm.qmp("inject-nmi")
    vm.expect(r"kdump-crypt: \[ *[\d.]+s\] start: ", 180, what="the crash kernel")
    console = vm.console.before
    vm.expect(r"kdump-crypt: \[ *[\d.]+s\] end: (.*?): ", 180, what="the capture's end")
    console += vm.console.before
    assert vm.console.match[1] == "the dump is complete"
    vm.wait_reset(60)
    machine(flavour).resume(vm)
    open_volume(vm)
    return console


def check_dump(vm, token, moment):
    """Check that the only dump on the volume is of this crash."""
    [dump] = story.dumps(vm)
    log = story.dmesg_in(vm, dump)
    assert token in log
    _command, panic = MOMENTS[moment]
    assert re.search("Kernel panic - not syncing: " + panic, log, re.M)


@pytest.fixture
def armed(start):
    """Return a function that crashes an armed machine, and looks at the dump."""
    def crash_armed(flavour, moment, append):
        with start(machine(flavour)) as vm:
            open_volume(vm)
            arm(vm, append + " kdump_crypt.debug")
            token = story.log_token(vm)
            console = crash(vm, flavour, moment)
            assert f" {append} " in re.search(r"kdump-crypt: command line: ([^\r\n]*)", console)[1]
            check_dump(vm, token, moment)
    return crash_armed


@pytest.mark.parametrize("moment, append", CLOUD_CASES)
def test_armed(armed, moment, append):
    armed("cloud", moment, append)


@pytest.mark.parametrize("moment, append", GENERIC_CASES)
def test_armed_generic(armed, moment, append):
    armed("generic", moment, append)


@pytest.mark.parametrize("cpus", CPUS)
def test_crash_kernel_cpus(start, cpus):
    """A crash on the first CPU. A crash kernel that starts on another CPU does not use the first
    one."""
    with start(machine("cloud")) as vm:
        open_volume(vm)
        arm(vm, f"nr_cpus={cpus} loglevel=7")
        token = story.log_token(vm)
        console = crash(vm, "cloud", "first CPU")
        check_dump(vm, token, "first CPU")
        assert f"smp: Brought up 1 node, {cpus} CPU" in console


@pytest.fixture
def middle(start):
    """Panic in the middle of a command of an armed machine. No crash kernel starts, only a
    reboot."""
    def crash_in_the_middle(function, skip, command):
        with start(machine("cloud")) as vm:
            open_volume(vm)
            vm.run("rm /var/lib/kdump-crypt/*; sysctl -q kernel.panic=1")
            assert "Building the capture initramfs" in arm(vm)
            vm.run(f"modprobe crash_moment moment={function} skip={skip}")
            vm.send_line(command)
            vm.expect(f"Kernel panic - not syncing: crash_moment: {function}: ", 120)
            vm.wait_reset(60)
            vm.wait_shell()
            assert "kdump-crypt: [" not in vm.console.before
            not_armed(vm)
            # The initramfs was built just before the crash. The next boot does not build it again.
            open_volume(vm)
            assert "Building the capture initramfs" not in arm(vm)
    return crash_in_the_middle


@pytest.mark.parametrize("function, skip", LOADS)
def test_during_a_load(middle, function, skip):
    middle(function, skip, f"kdump-crypt load --key-file {KEY}")


@pytest.mark.parametrize("function, skip", UNLOADS)
def test_during_an_unload(middle, function, skip):
    middle(function, skip, "kdump-crypt unload")
