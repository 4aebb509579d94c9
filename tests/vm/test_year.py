# SPDX-License-Identifier: GPL-2.0-or-later
"""The year in an hour: what happens to an installed machine between the day on which kdump-crypt is
installed and the day on which it is purged. After each step, a crash leaves its dump, or status, the
login and the journal say why it would not. Nobody types a passphrase, except at boot."""
import json
import os
import time

import pytest

import installed_guest
from installed_guest import (EVEN_MORE, LOST, PACKAGES, SERVICE, boot, crash, install, login_says,
                             reboot, service_state, upgrade_packages, wait_until_armed)
from lab import packages_disk
from lab.disks import QUICK_KDF

pytestmark = pytest.mark.skipif("LAB_ALL" not in os.environ, reason="LAB_ALL=1 is not set")
CONFIG = "/etc/kdump-crypt.conf"
ITEMS = "/sys/kernel/config/crash_dm_crypt_keys"
# The swap of the installed Debian becomes one more LUKS volume, in that of the system.
VOLUME = "/dev/lab-vg/swap_1"
ADD_VOLUME = [
    "swapoff -a; sed -i /swap/d /etc/fstab",
    "mkdir -m 700 /etc/keys; head -c 64 /dev/urandom >/etc/keys/dumps.key",
    f"cryptsetup luksFormat -q {' '.join(QUICK_KDF)} {VOLUME} /etc/keys/dumps.key",
    f"echo 'dumps {VOLUME} /etc/keys/dumps.key luks' >>/etc/crypttab",
    f"cryptsetup open --key-file /etc/keys/dumps.key {VOLUME} dumps; "
    "mkfs.ext4 -q /dev/mapper/dumps",
    "echo '/dev/mapper/dumps /var/crash ext4 defaults 0 2' >>/etc/fstab; "
    "systemctl daemon-reload; mount /var/crash",
]


def log(step):
    print(f"\n=== {step}", flush=True)


def status(vm):
    return json.loads(vm.run("kdump-crypt status --json", check=False)[1])


def wait_until_settled(vm):
    """Wait until the service has finished, with any result. Return the status."""
    deadline = time.monotonic() + 600
    while service_state(vm) in ["activating", "reloading"]:
        assert time.monotonic() < deadline
        time.sleep(2)
    return status(vm)


def assert_armed(vm, saved=1):
    """A crash leaves its dump, by all who say so."""
    assert vm.run("kdump-crypt status --brief").startswith("armed: ")
    assert status(vm)["saved_keys"] == saved
    assert LOST not in login_says(vm)


def assert_not_armed(vm, reason, at_login=True, in_journal=True):
    """An administrator is told, and why."""
    exit_status, said = vm.run("kdump-crypt status --brief", check=False)
    print(said)
    assert exit_status == 3 and reason in said
    if at_login:
        assert f"{LOST}{said.removeprefix('not armed: ')}" in login_says(vm)
    if in_journal:
        assert vm.run(f"journalctl -b -p warning -o cat -u {SERVICE}") != ""


def install_and_crash(vm):
    log("install")
    install(vm, PACKAGES, "/mnt")
    assert_not_armed(vm, "reboot", in_journal=False)
    reboot(vm)
    wait_until_armed(vm)
    assert_armed(vm)
    crash(vm)


def upgrade_and_restart(vm):
    log("upgrade the package")
    upgrade_packages(vm)
    assert_armed(vm)
    log("restart the service")
    for command in ["restart", "reload", "stop", "start"]:
        vm.run(f"systemctl {command} {SERVICE}", timeout=300)
        if command != "stop":
            assert_armed(vm)
    crash(vm)


def change_configuration(vm):
    log("a bad configuration")
    vm.run(f"echo 'core_collector makedumpfile --zstdd' >>{CONFIG}; sync")
    time.sleep(5)
    wait_until_settled(vm)
    # What was loaded before stays, and still saves a dump. Its next boot has the bad configuration.
    assert vm.run("cat /sys/kernel/kexec_crash_loaded") == "1"
    assert "zstdd" in vm.run(f"journalctl -b -o cat -u {SERVICE}")
    crash(vm, then=wait_until_settled)
    assert_not_armed(vm, "no crash kernel is loaded")
    assert "zstdd" in vm.run(f"journalctl -b -o cat -u {SERVICE}")

    log("a good configuration")
    vm.run(f"sed -i /zstdd/d {CONFIG}; sync")
    time.sleep(5)
    wait_until_armed(vm)
    assert_armed(vm)
    crash(vm)


def make_room(vm):
    """The new volume has no space for two dumps."""
    vm.run("rm -r /var/crash/lab-*; sync")


def add_volume(vm):
    log("add a volume under the dump path")
    install(vm, EVEN_MORE, "/media", "systemd-cryptsetup*")
    for command in ADD_VOLUME:
        vm.run(command, timeout=300)
    # A login reads no disk.
    assert_not_armed(vm, "is on another filesystem", at_login=False, in_journal=False)
    vm.run("kdump-crypt setup --yes", timeout=900)
    reboot(vm)
    wait_until_armed(vm)
    assert_armed(vm, saved=2)
    _, directory = crash(vm)
    assert vm.run(f"findmnt -n -o SOURCE --target {directory}") == "/dev/mapper/dumps"
    make_room(vm)


def upgrade_kernel(vm, new):
    log("a new kernel without its headers")
    said = install(vm, EVEN_MORE, "/media", "linux-image-*")
    assert f"kdump-crypt: the newest kernel, {new}, has no module crash_dm_crypt" in said
    # The old one is still armed.
    wait_until_armed(vm)
    assert f"may lose its crash dump: the newest kernel, {new}" in login_says(vm)
    reboot(vm)
    wait_until_settled(vm)
    assert vm.run("uname -r") == new
    assert_not_armed(vm, "crash_dm_crypt")

    log("the headers of the new kernel")
    install(vm, EVEN_MORE, "/media")
    # The hook has found out how much memory it needs.
    vm.run(f"test -s /var/lib/kdump-crypt/initramfs-{new}.img")
    reboot(vm)
    wait_until_armed(vm)
    assert_armed(vm, saved=2)
    crash(vm)
    make_room(vm)


def fill_boot(vm):
    log("a full /boot")
    vm.run("cat /dev/zero >/boot/filler", check=False, timeout=300)
    # As an upgrade does. The one that is there stays.
    print(vm.run("! update-initramfs -u; sync", timeout=900))
    print(vm.run("kdump-crypt setup --yes", timeout=300))
    vm.run(f"systemctl restart {SERVICE}", timeout=300)
    assert_armed(vm, saved=2)
    crash(vm)
    vm.run("rm /boot/filler")


def leave_it_to_kdump_utils(vm):
    log("kdump.service of kdump-utils")
    unit = "/etc/systemd/system/kdump.service"
    vm.run(f"printf '%s\\n' '[Service]' Type=oneshot 'ExecStart=test -d {ITEMS}' >{unit}; "
           "systemctl daemon-reload; kdump-crypt unload --keep-keys; modprobe -r crash_dm_crypt; "
           f"! test -d {ITEMS}")
    # As the module is loaded before it.
    vm.run("systemctl start kdump.service")
    vm.run(f"rm {unit}; systemctl daemon-reload; systemctl restart {SERVICE}", timeout=300)
    assert_armed(vm, saved=2)


def purge(vm):
    log("purge")
    print(vm.run("apt-get -y purge kdump-crypt kdump-crypt-dkms", timeout=1800))
    assert vm.run("cat /sys/kernel/kexec_crash_loaded") == "0"
    assert "crash_dm_crypt" not in vm.run("keyctl show @u", check=False)[1]
    assert vm.run("ls /var/crash/*/vmcore") != ""
    reboot(vm, boot)
    assert "crashkernel" not in vm.run("cat /proc/cmdline")


def test_year(packages, tmp_path):
    disks = [packages, packages_disk.ours("deb-next", installed_guest.NEXT_VERSION),
             packages_disk.debians(tmp_path / "year.qcow2", "linux-image-cloud-amd64",
                                   "linux-headers-cloud-amd64", "systemd-cryptsetup")]
    with installed_guest.booted().start("test_year", disks) as vm:
        new = vm.run("uname -r").replace("-amd64", "-cloud-amd64")
        install_and_crash(vm)
        upgrade_and_restart(vm)
        change_configuration(vm)
        add_volume(vm)
        upgrade_kernel(vm, new)
        fill_boot(vm)
        leave_it_to_kdump_utils(vm)
        purge(vm)
