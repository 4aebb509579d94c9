# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything that the module does at the same time, on two CPUs: loads and unloads of crash kernels,
items, link=, volumes that are opened, suspended, resumed and closed, tracers, and both modules that
come and go. The kernel's checkers, if it has any, see no fault in the module."""
import os
import re

import pytest

from lab import disks
from lab.vm import Vm
from module_guest import (CHECKERS, FLAVOUR, ITEMS, MEMORY, TINY, assert_no_leak, clean,
                          crashkernel, hooked, loaded, prepare, saved)

pytestmark = pytest.mark.skipif(not CHECKERS and "LAB_ALL" not in os.environ,
                                reason="LAB_ALL=1 is not set, and the kernel has no checkers")

SECONDS = 90
UUID = "2f5b63a4-7e3f-4ac8-9f2e-1d2c3b4a5f60"
KEY = "5a" * 32 + "c3" * 32
TABLE = f"0 65536 crypt aes-xts-plain64 {KEY} 0 /dev/vdb 0"
LINK = "/sys/module/crash_dm_crypt/parameters/link"

# Each runs again and again. What fails because another one is faster, fails.
LINKS = f"echo {UUID} >{LINK}; cat {LINK}; echo >{LINK}"
VOLUMES = f"""
    dmsetup create volume --uuid CRYPT-LUKS2-{UUID.replace("-", "")}-volume --table "{TABLE}"
    dmsetup suspend volume; dmsetup message volume 0 key wipe
    dmsetup message volume 0 key set {KEY}; dmsetup resume volume
    dmsetup remove volume"""
ITEM = f"""
    mkdir {ITEMS}/item; echo races:0 >{ITEMS}/item/description; cat {ITEMS}/item/description
    cat {ITEMS}/saved {ITEMS}/count {ITEMS}/loads; rmdir {ITEMS}/item"""
LOADS = f"load-crash {TINY} none '' 5; kexec -s -p {TINY}; echo 1 >{ITEMS}/reuse"
UNLOADS = f"load-crash unload; echo 0 >{ITEMS}/reuse"
KEYS = f"make-keys races: 64 1; make-keys cryptsetup:{UUID} 64; keyctl clear @u"
TRACERS = """
    cd /sys/kernel/tracing; echo function_graph >current_tracer; echo nop >current_tracer; cd"""
MODULE = f"modprobe crash_dm_crypt link={UUID}; rmmod crash_dm_crypt"
DM_CRYPT = "modprobe dm_crypt; rmmod dm_crypt"


@pytest.fixture(scope="module")
def machine(built, tmp_path_factory):
    disk = disks.blank(tmp_path_factory.mktemp("races") / "disk.img", 64 << 20)
    # Races are for two CPUs. The log has room for what the kernel's own races report.
    with Vm(FLAVOUR, [disk], f"{crashkernel('128M', leaks='')} log_buf_len=32M", cpus=2,
            memory=MEMORY, name="test_races") as vm:
        prepare(vm)
        vm.run("modprobe dm_crypt; export DM_DISABLE_UDEV=1")
        hooked(vm)      # mounts tracefs
        vm.run(f"printf '%s\\n' {' '.join(hooked(vm))} >/sys/kernel/tracing/set_ftrace_filter")
        yield vm


def at_once(vm, *activities):
    """Repeat all these at the same time, for some time. Then wait for their ends."""
    for n, activity in enumerate(activities):
        vm.run(f"cat >/root/activity{n} <<'END'\n{activity}\nEND")
    vm.run(f"(end=$((SECONDS + {SECONDS})); for n in {{0..{len(activities) - 1}}}; do (while "
           "[ $SECONDS -lt $end ]; do . /root/activity$n; done) >/dev/null 2>&1 & done; wait) "
           "2>/dev/null", timeout=SECONDS + 300)


# The first lines of reports, up to the last.
REPORT = re.compile(r"(?:BUG: |WARNING: |Oops|general protection|UBSAN: |refcount_t: |INFO: |"
                    r"unreferenced object).*?(?=\n[^\n]*(?:={30}|end trace)|\Z)", re.S)


def reports(vm, module):
    """Return the reports of the kernel's checkers that name the module, and the others."""
    log = re.sub(r"^\[[ .\d]+\](?:\[[ TC\d]+\])? ", "", vm.run("dmesg", timeout=300), flags=re.M)
    # What the module logs itself has its name in another form.
    log = re.sub(rf"^{module}: .*\n", "", log, flags=re.M)
    named, others = [], []
    for report in REPORT.findall(log):
        # KCSAN names the functions that race in the first line. What they were called from has
        # nothing to do with it.
        where = report.split("\n")[0] if "KCSAN" in report else report
        (named if module in where else others).append(report)
    return named, others


def check(vm, show):
    named, others = reports(vm, "crash_dm_crypt")
    for report in others:
        show(report.split("\n")[0])
    assert not named, "\n\n".join(named)
    vm.run("dmesg -C")
    if not CHECKERS:
        return
    # A report of lockdep switches it off.
    assert "debug_locks: 1" in " ".join(vm.run("cat /proc/lockdep_stats").split())


@pytest.mark.skipif(FLAVOUR != "kcsan", reason="the kernel has no KCSAN")
def test_a_race_is_reported(machine):
    """Otherwise the others would show nothing."""
    machine.run("dmesg -C; modprobe racy")
    machine.run("until dmesg | grep -q 'KCSAN.*racy'; do sleep 1; done", timeout=60)
    machine.run("rmmod racy")
    named, _ = reports(machine, "racy")
    assert named


def test_races(machine, show):
    """The module stays."""
    clean(machine)
    at_once(machine, LINKS, VOLUMES, ITEM, LOADS, UNLOADS, KEYS, TRACERS,
            f"make-keys hammer: 64 4; hammer $RANDOM 2 200 {TINY}")
    check(machine, show)
    machine.run("dmsetup remove volume; load-crash unload", check=False)
    assert (loaded(machine), saved(machine)) == (0, 0)


def test_races_with_the_end_of_the_modules(machine, show):
    clean(machine)
    at_once(machine, LINKS, VOLUMES, ITEM, LOADS, UNLOADS, KEYS, TRACERS, MODULE, DM_CRYPT)
    check(machine, show)
    machine.run("dmsetup remove volume; modprobe crash_dm_crypt; load-crash unload; "
                f"rmdir {ITEMS}/item", check=False)
    assert (loaded(machine), saved(machine)) == (0, 0)
    machine.run("rmmod crash_dm_crypt")
    assert hooked(machine) == []


def test_no_leak(machine):
    """After all of that."""
    assert_no_leak(machine)
