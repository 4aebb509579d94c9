# SPDX-License-Identifier: GPL-2.0-or-later
"""Every allocation of the module's operations fails once, on a kernel that injects failures. The
result is an errno or success, nothing is left behind, and nothing leaks. Part of make
check-debug-kernel."""
import re

import pytest

from crash_guest import COMMAND_LINE, Area, crash, user_keys
from lab import disks
from lab.disks import QUICK_KDF, QUICK_PASSPHRASE
from lab.vm import Vm
from module_guest import (FLAVOUR, INITRD, ITEMS, KERNEL, TINY, add_item, assert_no_leak,
                          assert_sane_kernel, clean, crashkernel, number, prepare)

SWITCH = f"{ITEMS}/restore"


def inject_everywhere(vm):
    """Inject failures also if the kernel may wait for memory, and print no trace for each."""
    vm.run("test -e /sys/kernel/debug/failslab || mount -t debugfs debugfs /sys/kernel/debug")
    for kind in ["failslab", "fail_page_alloc"]:
        vm.run(f"cd /sys/kernel/debug/{kind} && echo N >ignore-gfp-wait && echo 0 >verbose; cd")


@pytest.fixture(scope="module")
def machine(built, tmp_path_factory):
    disk = disks.blank(tmp_path_factory.mktemp("failslab") / "disk.img", 64 << 20)
    with Vm(FLAVOUR, [disk], crashkernel("128M", leaks=""), name="test_failslab") as vm:
        prepare(vm)
        inject_everywhere(vm)
        yield vm
        assert_no_leak(vm)


# vmalloc() reports a failure with a trace. That is not a fault.
FAULTS = re.compile(r"WARNING:|BUG:|Oops|general protection|cut here|refcount_t:|UBSAN|KASAN")


@pytest.fixture
def vm(machine):
    clean(machine)
    yield machine
    assert_sane_kernel(machine, FAULTS)


def walk(vm, before, step, after):
    """Run a step several times. Its first allocation fails, then its second, and so on, until none
    fails. Return the errno and what the steps after it print, for each run.

    `before` and `after` are steps around each run. tests/guest/fail-nth.c has them all."""
    said = vm.run(f"fail-nth {before} -- {step} -- {after}", timeout=300)
    print(said)
    runs = [line.split(maxsplit=3) for line in said.split("\n")]
    assert len(runs) > 1
    assert [outcome for _, _, outcome, *_ in runs] == ["failed"] * (len(runs) - 1) + ["done"]
    assert runs[-1][1] == "OK"
    return [(errno, " ".join(printed)) for _, errno, _, *printed in runs]


STATE = f"cat {ITEMS}/saved cat /sys/kernel/kexec_crash_loaded"


def test_load(vm):
    vm.run("make-keys lab: 64 3")
    for n in range(3):
        add_item(vm, n, f"lab:{n}")
    outcomes = set(walk(vm, "", f"load {TINY} ''", STATE))
    # Some failures have no effect, such as that of a cache. The first one fails to open the kernel.
    assert outcomes == {("OK", "3 1"), ("ENOMEM", "0 0"), ("EBADF", "0 0")}


def test_reload_without_the_keys(vm):
    for n in range(3):
        add_item(vm, n, f"lab:{n}")
    before = f"keys lab: 64 3 load {TINY} '' clear-keys write {ITEMS}/reuse 1"
    outcomes = set(walk(vm, before, f"load {TINY} ''", STATE))
    # The search of one keyring may lack memory, and that of the other find the key.
    assert outcomes <= {("OK", "3 1"), ("ENOMEM", "0 0"), ("EBADF", "0 0"), ("ENOKEY", "0 0")}
    assert len(outcomes) > 2


def test_items(vm):
    path = f"{ITEMS}/item"
    seen = set(walk(vm, f"rmdir {path}", f"mkdir {path}", f"cat {ITEMS}/count"))
    assert seen <= {("OK", "1"), ("ENOMEM", "0")}
    assert len(seen) == 2
    # The old description stays if there is no memory for the new one.
    description = f"{path}/description"
    seen = set(walk(vm, f"write {description} old:one", f"write {description} new:one",
                    f"cat {description}"))
    assert seen <= {("OK", "new:one"), ("ENOMEM", "old:one")}
    assert len(seen) == 2


def test_module(vm):
    hooks = "/sys/kernel/tracing/enabled_functions"
    vm.run("mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing")
    vm.run("modprobe dm_crypt; modprobe configfs")
    file = vm.run("modinfo -n crash_dm_crypt")
    for errno, functions in walk(vm, "unload-module crash_dm_crypt", f"module {file} ''",
                                 f"lines {hooks}"):
        assert (errno == "OK") == (int(functions) > 0)
    vm.run("rmmod crash_dm_crypt")
    assert vm.run(f"cat {hooks}") == ""


def test_link(vm):
    """The opening of a volume does not fail because of the module, and the list is either complete
    or as it was."""
    device, parameters = "/dev/vdb", "/sys/module/crash_dm_crypt/parameters"
    vm.run(f"printf {QUICK_PASSPHRASE} >/root/key; cryptsetup luksFormat -q --type luks2 "
           f"{' '.join(QUICK_KDF)} {device} /root/key; modprobe dm_crypt", timeout=120)
    uuid = vm.run(f"cryptsetup luksUUID {device}")
    link = f"{parameters}/link"
    seen = set(walk(vm, f"write {link} ' '", f"write {link} {uuid}", f"cat {link}"))
    assert seen <= {("OK", uuid), ("ENOMEM", "")}
    assert len(seen) == 2

    vm.run("export DM_DISABLE_UDEV=1")
    table = f"aes-xts-plain64 {'5a' * 32}{'c3' * 32} 0 {device} 32768"
    opened = f"volume CRYPT-LUKS2-{uuid.replace('-', '')}-volume 1024 '{table}'"
    seen = {}
    for errno, count in walk(vm, "remove-device volume clear-keys", f"crypt {opened}",
                             "count-keys"):
        seen.setdefault(errno, set()).add(count)
    # The volume opens even if the link fails.
    assert seen["OK"] == {"0", "1"}
    assert {"OK", "ENOMEM"} <= set(seen) <= {"OK", "ENOMEM", "ENXIO"}
    assert f"cryptsetup:{uuid}\n" in vm.run("keyctl list @u") + "\n"
    vm.run("dmsetup remove volume")


def test_restore(vm):
    """Restore in the crash kernel. This is the last test of this guest."""
    vm.run("make-keys lab: 64 5")
    for n in range(5):
        add_item(vm, n, f"lab:{n}")
    vm.run(f"kexec -s -p {KERNEL} --initrd={INITRD} --append='{COMMAND_LINE}'", timeout=120)
    crash(vm)
    inject_everywhere(vm)
    area = Area(vm, vm.console_log.parent / "area")
    file = vm.run("modinfo -n crash_dm_crypt")
    # A module that has restored keys restores none again.
    before = (f"unload-module crash_dm_crypt module {file} '' clear-keys "
              f"put /root/area {area.start}")
    # The area is wiped if the keys are restored, and only then.
    after = f"count-keys is-zero {area.start} {area.size}"
    seen = set(walk(vm, before, f"write {SWITCH} yes", after))
    assert seen == {("OK", "5 zero"), ("ENOMEM", "0 data")}
    assert not any(area.read())
    assert len(user_keys(vm)) == 5
    assert number(vm, SWITCH) == 1
