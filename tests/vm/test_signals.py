# SPDX-License-Identifier: GPL-2.0-or-later
"""A signal at any moment of load and unload leaves the machine armed or not armed, says which, and
leaves no key behind."""
import pytest

from lab import story
from lab.disks import QUICK_PASSPHRASE
from machines import CLOSED, KEY
from module_guest import ITEMS, loaded, number, saved

MOMENTS = [0.1, 0.3, 0.6, 1, 1.5, 2, 2.5, 3, 4]  # seconds


@pytest.fixture(scope="module")
def vm(built):
    with CLOSED.start("test_signals") as vm:
        story.unlock(vm, QUICK_PASSPHRASE, link=False)
        story.mount(vm)
        # The first load makes the initramfs for this machine.
        vm.run(f"kdump-crypt load --key-file {KEY}", timeout=240)
        yield vm


def assert_truth(vm):
    """Check that the status is what the kernel has. Return true if the machine is armed."""
    status, said = vm.run("kdump-crypt status --brief", check=False)
    assert (status, said.split(":")[0]) == ((0, "armed") if loaded(vm) else (3, "not armed"))
    assert saved(vm) == loaded(vm)
    assert "another" not in said and "did not load" not in said
    return status == 0


def interrupted(vm, signal, command):
    """Run a command once for each moment, and send it the signal then."""
    for moment in MOMENTS:
        vm.run(f"timeout -k 60 -s {signal} {moment} {command}", check=False, timeout=120)
        yield


@pytest.mark.parametrize("signal", ["INT", "TERM", "HUP"])
def test_load(vm, signal):
    armed = set()
    vm.run("kdump-crypt unload")
    for _ in interrupted(vm, signal, f"kdump-crypt load --key-file {KEY}"):
        armed.add(assert_truth(vm))
        assert "cryptsetup:" not in vm.run("keyctl list @u", check=False)[1]
        vm.run("kdump-crypt unload")
    assert armed == {False, True}


def test_killed(vm):
    """Nothing can be done about the key then, which expires."""
    for _ in interrupted(vm, "KILL", f"kdump-crypt load --key-file {KEY}"):
        assert_truth(vm)
        vm.run("kdump-crypt unload; keyctl clear @u")


def test_unload(vm):
    vm.run(f"kdump-crypt load --key-file {KEY}", timeout=120)
    for moment in [0.01, 0.03, 0.1]:
        vm.run(f"timeout -s TERM {moment} kdump-crypt unload", check=False, timeout=120)
        if not assert_truth(vm):
            assert number(vm, f"{ITEMS}/count") == 0
            vm.run(f"kdump-crypt load --key-file {KEY}", timeout=120)


def test_prompt(vm):
    """Ctrl-C at the prompt ends load at once."""
    vm.run("kdump-crypt unload")
    # The guest's shell would end what it runs if a program died by Ctrl-C.
    status, _ = vm.run("(trap : INT; kdump-crypt load; exit $?)", check=False, timeout=60,
                       dialog=[("[Pp]assphrase[^:]*: ", "\x03")])
    assert status == 130
    assert not assert_truth(vm)
