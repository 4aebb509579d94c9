# SPDX-License-Identifier: GPL-2.0-or-later
"""The packages on a booted machine whose service is in each of its states: upgraded, downgraded,
removed, installed again and purged. After each step the machine is either armed, or status and the
state of the service say that it is not. tests/vm/test_installed.py has the installation."""
import os

import installed_guest
import pytest
from installed_guest import (MORE, PACKAGES, SERVICE, install, is_armed, load_by_hand, reboot,
                             service_state, wait_until_armed)
from lab import packages_disk

NEXT_VERSION = "99"
CONFIGURATION = "/etc/kdump-crypt.conf"
# How an armed machine comes into the state.
STATES = {
    "active": "true",
    "disabled": f"systemctl -q disable {SERVICE}",
    "stopped": f"systemctl stop {SERVICE}",
    "failed": f"echo nonsense >{CONFIGURATION}; ! systemctl restart {SERVICE}",
}

pytestmark = pytest.mark.skipif("LAB_ALL" not in os.environ, reason="takes long")


def is_enabled(vm):
    return vm.run(f"systemctl -q is-enabled {SERVICE}", check=False)[0] == 0


def dpkg(vm, command):
    print(vm.run(f"DEBIAN_FRONTEND=noninteractive {command}", timeout=900))
    assert vm.run("dpkg --audit") == ""


def assert_in_state(vm, state):
    """Check that the step has left the machine as it was."""
    assert service_state(vm) == {"disabled": "active", "stopped": "inactive"}.get(state, state)
    assert is_armed(vm) == (state in ["active", "disabled"])
    assert is_enabled(vm) == (state != "disabled")


def assert_gone(vm, kept=False):
    """Check that no key and no crash kernel of the package is left. A service that was stopped
    before may have left its keys in root's keyring for some minutes."""
    assert vm.run("cat /sys/kernel/kexec_crash_loaded") == "0"
    assert kept or vm.run("grep logon.*cryptsetup: /proc/keys || :") == ""
    assert service_state(vm) == "inactive"
    assert vm.run("ls /etc/systemd/system/kdump-crypt.service.d 2>/dev/null || :") == ""


def go_through(vm, state):
    old, new = (f"{directory}/kdump-crypt_*.deb" for directory in ["/mnt", "/media"])
    load_by_hand(vm)
    vm.run(STATES[state], timeout=120)
    assert_in_state(vm, state)
    dpkg(vm, f"dpkg -i {new}")
    assert_in_state(vm, state)
    dpkg(vm, f"dpkg -i {old}")
    assert_in_state(vm, state)
    dpkg(vm, "dpkg --remove kdump-crypt")
    assert_gone(vm, kept=state in ["stopped", "failed"])
    vm.run(f"rm -f {CONFIGURATION}")
    dpkg(vm, f"dpkg -i {old}")
    assert is_enabled(vm) and not is_armed(vm)
    # The running kernel has the memory that the removal has taken from GRUB's menu.
    assert "crashkernel=" in vm.run("cat /boot/grub/grub.cfg")
    load_by_hand(vm)
    assert_in_state(vm, "active")


def try_again(vm):
    """The service tries again by itself if the cause of a failure may pass."""
    load_by_hand(vm)
    vm.run(f"systemctl stop {SERVICE}; echo path /srv/later >{CONFIGURATION}; "
           f"! systemctl start {SERVICE}")
    assert service_state(vm) == "activating"
    vm.run("mkdir -m 700 /srv/later")
    assert wait_until_armed(vm)["path"] == "/srv/later"
    vm.run(f"rm {CONFIGURATION}; systemctl restart {SERVICE}; rmdir /srv/later", timeout=120)


def change_answer(vm):
    """The answer no undoes the setup, and yes redoes it."""
    for answer in ["false", "true"]:
        vm.run(f"echo kdump-crypt kdump-crypt/setup boolean {answer} | debconf-set-selections")
        dpkg(vm, "dpkg-reconfigure kdump-crypt")
        assert is_enabled(vm) == (answer == "true")
        if answer == "false":
            assert_gone(vm)


def purge_unknown_to_service(vm):
    """Purge a machine that somebody armed while the service could not be started."""
    vm.run(f"systemctl mask {SERVICE}")
    load_by_hand(vm)
    assert is_armed(vm) and service_state(vm) == "inactive"
    dpkg(vm, "dpkg --purge kdump-crypt kdump-crypt-dkms")
    assert vm.run("cat /proc/modules | grep crash_dm_crypt || :") == ""
    vm.run(f"systemctl unmask {SERVICE}")
    assert_gone(vm)
    assert vm.run("find /etc /usr /var/lib ! -path '/var/lib/dpkg/*' "
                  r"\( -name '*kdump-crypt*' -o -name '*crash_dm_crypt*' \)", timeout=300) == ""


def test_service_states(packages):
    disks = [packages, packages_disk.ours("deb-next", NEXT_VERSION)]
    with installed_guest.booted().start("test_maintainer_scripts", disks) as vm:
        install(vm, PACKAGES, "/mnt")
        reboot(vm)
        wait_until_armed(vm)
        vm.run(f"mount -o ro {PACKAGES} /mnt; mount -o ro {MORE} /media")
        for state in STATES:
            go_through(vm, state)
        try_again(vm)
        change_answer(vm)
        purge_unknown_to_service(vm)
