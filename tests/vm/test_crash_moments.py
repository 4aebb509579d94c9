# SPDX-License-Identifier: GPL-2.0-or-later
"""A crash at the worst moment: where the machine was armed, the dump lands; in the middle of
arming or disarming, the machine just starts again.

With LAB_ALL=1 in the environment there are more combinations, which differ less."""
import itertools
import os
import re
from contextlib import contextmanager

import pytest

from lab import disks, story
from lab.disks import QUICK_PASSPHRASE
from lab.vm import Vm, VmError

LAB_ALL = "LAB_ALL" in os.environ
ITEMS = "/sys/kernel/config/crash_dm_crypt_keys"

# What is typed, and the panic that comes of it; tests/crash-module says in its own where it
# happened. An NMI comes from outside. Huge pages are the quick way to have little memory left.
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
    "out of memory": ("sysctl vm.panic_on_oom=1 vm.nr_hugepages=700; tail /dev/zero",
                      "Out of memory: system-wide panic_on_oom is enabled"),
    "hung task": ("sysctl kernel.hung_task_panic=1 kernel.hung_task_timeout_secs=1; "
                  "modprobe crash_moment moment=hung-task", "hung_task: blocked tasks"),
}

CLOUD_CASES = [("interrupts off", "nokaslr"), ("NMI", ""), ("second CPU", ""),
               ("out of memory", ""), ("hung task", "")]
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


class Machine:
    """A guest that serves several crashes, as each ends in its next boot."""

    def __init__(self, vm):
        self.vm = vm
        self.has_initramfs = False
        vm.wait_shell()
        vm.run(f"printf {QUICK_PASSPHRASE} >/root/key; sync")
        self.open()
        story.make_filesystem(vm)
        vm.run("cryptsetup close crash")

    def open(self):
        self.vm.run(f"cryptsetup open --key-file /root/key {story.DISK} crash")

    def arm(self, append=""):
        self.open()
        story.mount(self.vm)
        said = self.vm.run(f"kdump-crypt load --key-file /root/key --append '{append}'")
        # The crash that comes seconds after it does not cost the next boot another one.
        assert ("Building the capture initramfs" in said) != self.has_initramfs
        self.has_initramfs = True
        assert self.vm.run(f"cat {ITEMS}/saved /sys/kernel/kexec_crash_loaded") == "1\n1"

    def crash(self, moment):
        """Crash, and follow the capture to the next boot. Returns what was on the console until
        the capture's end. An NMI's panic is not there: it is printed too late."""
        command, _panic = MOMENTS[moment]
        self.vm.send_line(command)
        if moment == "NMI":
            self.vm.expect("wait for it\r\n", 30)
            self.vm.qmp("inject-nmi")
        self.vm.expect(r"kdump-crypt: \[ *[\d.]+s\] start: ", 180, what="the crash kernel")
        console = self.vm.console.before
        self.vm.expect(r"kdump-crypt: \[ *[\d.]+s\] end: (.*?): ", 180, what="the capture's end")
        console += self.vm.console.before
        assert self.vm.console.match[1] == "the dump is complete"
        self.vm.wait_reset(60)
        self.vm.wait_shell()
        return console

    def check_dump(self, token, moment):
        """The one dump on the volume is this crash's; then it goes."""
        self.not_armed()
        self.open()
        story.mount(self.vm)
        [dump] = story.dumps(self.vm)
        log = story.dmesg_in(self.vm, dump)
        assert token in log
        _command, panic = MOMENTS[moment]
        assert re.search("Kernel panic - not syncing: " + panic, log, re.M)
        self.vm.run(f"rm -r {dump}; umount {story.MOUNT}; cryptsetup close crash")

    def not_armed(self):
        assert self.vm.run("cat /sys/kernel/kexec_crash_loaded") == "0"
        assert self.vm.run("kdump-crypt status", check=False)[0] == 3


@contextmanager
def running(flavour, directory):
    disk = disks.luks(directory / "crash.img", size=1 << 30, slots=[QUICK_PASSPHRASE])
    with Vm(flavour, [disk], "crashkernel=128M panic=1", cpus=2,
            name=f"test_crash_moments-{flavour}") as vm:
        yield Machine(vm)


@pytest.fixture(scope="module")
def cloud_guest(built, tmp_path_factory):
    with running("cloud", tmp_path_factory.mktemp("cloud")) as machine:
        yield machine


@pytest.fixture(scope="module")
def generic_guest(built, tmp_path_factory):
    with running("generic", tmp_path_factory.mktemp("generic")) as machine:
        yield machine


@pytest.fixture
def cloud(cloud_guest):
    return ready(cloud_guest)


@pytest.fixture
def generic(generic_guest):
    return ready(generic_guest)


def ready(machine):
    """The guest with the volume closed and nothing armed."""
    try:
        is_ready = machine.vm.run("[ ! -e /dev/mapper/crash ] && "
                                  "grep 0 /sys/kernel/kexec_crash_loaded", check=False)[0] == 0
    except VmError:
        is_ready = False
    if not is_ready:
        # The test before this one has failed in the middle.
        machine.vm.reset()
        machine.vm.wait_shell()
        machine.open()
        story.mount(machine.vm)
        machine.vm.run(f"rm -rf {story.MOUNT}/*; umount {story.MOUNT}; cryptsetup close crash")
    return machine


def armed(machine, moment, append):
    machine.arm(append + " kdump_crypt.debug")
    token = story.log_token(machine.vm)
    console = machine.crash(moment)
    assert f" {append} " in re.search(r"kdump-crypt: command line: ([^\r\n]*)", console)[1]
    machine.check_dump(token, moment)


@pytest.mark.parametrize("moment, append", CLOUD_CASES)
def test_armed(cloud, moment, append):
    armed(cloud, moment, append)


@pytest.mark.parametrize("cpus", CPUS)
def test_crash_kernel_cpus(cloud, cpus):
    """From the first CPU: a crash kernel that starts on another one leaves that one alone."""
    cloud.arm(f"nr_cpus={cpus} loglevel=7")
    token = story.log_token(cloud.vm)
    console = cloud.crash("first CPU")
    cloud.check_dump(token, "first CPU")
    assert f"smp: Brought up 1 node, {cpus} CPU" in console


def middle(machine, function, skip, command):
    """Panic in the middle of a command of an armed machine: no crash kernel, just a reboot."""
    machine.arm()
    machine.vm.run(f"modprobe crash_moment moment={function} skip={skip}")
    machine.vm.send_line(command)
    machine.vm.expect(f"Kernel panic - not syncing: crash_moment: {function}: ", 120)
    machine.vm.wait_reset(60)
    machine.vm.wait_shell()
    assert "kdump-crypt: [" not in machine.vm.console.before
    machine.not_armed()


@pytest.mark.parametrize("function, skip", LOADS)
def test_during_a_load(cloud, function, skip):
    middle(cloud, function, skip, "kdump-crypt load --key-file /root/key")


@pytest.mark.parametrize("function, skip", UNLOADS)
def test_during_an_unload(cloud, function, skip):
    middle(cloud, function, skip, "kdump-crypt unload")


# Last, so that the two guests follow one another. The cloud guest is idle by then.
@pytest.mark.parametrize("moment, append", GENERIC_CASES)
def test_armed_generic(generic, moment, append):
    armed(generic, moment, append)
