# SPDX-License-Identifier: GPL-2.0-or-later
"""A crash at the worst moment: where the machine was armed, the dump lands; in the middle of
arming or disarming, the machine just starts again.

With LAB_ALL=1 in the environment there are more combinations, which differ less."""
import itertools
import os
import re

import pytest

from lab import disks, story
from lab.disks import QUICK_PASSPHRASE
from lab.vm import Vm, VmError

LAB_ALL = "LAB_ALL" in os.environ
ITEMS = "/sys/kernel/config/crash_dm_crypt_keys"

# What is typed, and the panic that comes of it; tests/crash-module says in its own where it
# happened. An NMI comes from outside.
MOMENTS = {
    "process": ("modprobe crash_moment moment=process",
                r"crash_moment: process: CPU \d: process\r"),
    "interrupts off": ("modprobe crash_moment moment=interrupts-off",
                       r"crash_moment: interrupts-off: CPU \d: process, interrupts off\r"),
    "softirq": ("modprobe crash_moment moment=softirq",
                r"crash_moment: softirq: CPU \d: softirq\r"),
    "hardirq": ("modprobe crash_moment moment=hardirq",
                r"crash_moment: hardirq: CPU \d: hardirq\r"),
    "NMI": ("sysctl kernel.unknown_nmi_panic=1; echo wait for it", "NMI: Not continuing"),
    "first CPU": ("taskset -c 0 modprobe crash_moment moment=hardirq", "crash_moment: .* CPU 0:"),
    "second CPU": ("taskset -c 1 modprobe crash_moment moment=hardirq", "crash_moment: .* CPU 1:"),
    "out of memory": ("sysctl vm.panic_on_oom=1; tail /dev/zero",
                      "Out of memory: system-wide panic_on_oom is enabled"),
    "hung task": ("sysctl kernel.hung_task_panic=1 kernel.hung_task_timeout_secs=1; "
                  "modprobe crash_moment moment=hung-task", "hung_task: blocked tasks"),
}

CASES = [
    *(("cloud", name, "") for name in MOMENTS if name != "first CPU"),
    ("generic", "NMI", "nokaslr"),
    ("generic", "hardirq", ""),
]
if LAB_ALL:
    CASES = list(itertools.product(["cloud", "generic"], MOMENTS, ["", "nokaslr"]))

# Kernel functions that a load or an unload calls, and how many calls to let pass.
LOADS = [("kimage_load_segment", 0), ("kimage_load_segment", 2),
         ("kimage_file_post_load_cleanup", 0)]
UNLOADS = [("kimage_free", 0)]
if LAB_ALL:
    LOADS += [("bzImage64_load", 0), ("crash_load_segments", 0), ("kimage_load_segment", 1),
              ("kimage_load_segment", 3)]
    UNLOADS += [("kimage_file_post_load_cleanup", 0), ("arch_kexec_unprotect_crashkres", 0)]


class Machine:
    """A guest that serves several crashes, as each ends in its next boot."""

    def __init__(self, vm):
        self.vm = vm
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
        self.vm.run(f"kdump-crypt load --key-file /root/key --append '{append}'")
        assert self.vm.run(f"cat {ITEMS}/saved /sys/kernel/kexec_crash_loaded") == "1\n1"

    def panic(self, command, panic):
        self.vm.send_line(command)
        if "wait for it" in command:
            self.vm.expect("wait for it\r\n", 30)
            self.vm.qmp("inject-nmi")
        self.vm.expect("Kernel panic - not syncing: " + panic, 180)

    def capture(self):
        """Follow the capture to the next boot. Returns what was on the console until its end."""
        self.vm.expect(r"kdump-crypt: \[ *[\d.]+s\] end: (.*?): ", 180, what="the capture's end")
        console = self.vm.console.before
        assert self.vm.console.match[1] == "the dump is complete"
        self.vm.wait_reset(60)
        self.vm.wait_shell()
        return console

    def check_dump(self, token, panic):
        """The one dump on the volume is this crash's; then it goes."""
        self.not_armed()
        self.open()
        story.mount(self.vm)
        [dump] = story.dumps(self.vm)
        log = story.dmesg_in(self.vm, dump)
        assert token in log
        assert re.search("Kernel panic - not syncing: " + panic.removesuffix(r"\r"), log)
        self.vm.run(f"rm -r {dump}; umount {story.MOUNT}; cryptsetup close crash")

    def not_armed(self):
        assert self.vm.run("cat /sys/kernel/kexec_crash_loaded") == "0"
        assert self.vm.run("kdump-crypt status", check=False)[0] == 1


@pytest.fixture(scope="module", params=["cloud", "generic"])
def running(request, built, tmp_path_factory):
    """One guest of each flavour, one after the other."""
    disk = disks.luks(tmp_path_factory.mktemp("moments") / "crash.img", size=1 << 30,
                      slots=[QUICK_PASSPHRASE])
    with Vm(request.param, [disk], "crashkernel=128M panic=1", name="test_crash_moments") as vm:
        yield Machine(vm)


@pytest.fixture
def machine(running):
    """The guest with the volume closed and nothing armed."""
    try:
        closed = running.vm.run("[ ! -e /dev/mapper/crash ] && "
                                "grep 0 /sys/kernel/kexec_crash_loaded", check=False)[0] == 0
    except VmError:
        closed = False
    if not closed:
        # The test before this one has failed in the middle.
        running.vm.reset()
        running.vm.wait_shell()
        running.open()
        story.mount(running.vm)
        running.vm.run(f"rm -rf {story.MOUNT}/*; umount {story.MOUNT}; cryptsetup close crash")
    return running


@pytest.mark.parametrize("running, moment, append", CASES, indirect=["running"])
def test_armed(machine, moment, append):
    command, panic = MOMENTS[moment]
    machine.arm(append + " kdump_crypt.debug")
    token = story.log_token(machine.vm)
    machine.panic(command, panic)
    console = machine.capture()
    assert f" {append} " in re.search(r"kdump-crypt: command line: ([^\r\n]*)", console)[1]
    machine.check_dump(token, panic)


@pytest.mark.parametrize("running, cpus", [("cloud", 1), ("cloud", 2)], indirect=["running"])
def test_crash_kernel_cpus(machine, cpus):
    """From the first CPU: a crash kernel that starts on another one leaves that one alone."""
    machine.arm(f"nr_cpus={cpus} loglevel=7")
    token = story.log_token(machine.vm)
    command, panic = MOMENTS["first CPU"]
    machine.panic(command, panic)
    console = machine.capture()
    assert f"smp: Brought up 1 node, {cpus} CPU" in console
    machine.check_dump(token, panic)


def middle(machine, function, skip, command):
    """Panic in the middle of a command of an armed machine: no crash kernel, just a reboot."""
    machine.arm()
    machine.vm.run(f"modprobe crash_moment moment={function} skip={skip}")
    machine.panic(command, f"crash_moment: {function}: ")
    machine.vm.wait_reset(60)
    machine.vm.wait_shell()
    assert "kdump-crypt:" not in machine.vm.console.before
    machine.not_armed()


@pytest.mark.parametrize("running, function, skip", [("cloud", *load) for load in LOADS],
                         indirect=["running"])
def test_during_a_load(machine, function, skip):
    middle(machine, function, skip, "kdump-crypt load --key-file /root/key")


@pytest.mark.parametrize("running, function, skip", [("cloud", *unload) for unload in UNLOADS],
                         indirect=["running"])
def test_during_an_unload(machine, function, skip):
    middle(machine, function, skip, "kdump-crypt unload")
