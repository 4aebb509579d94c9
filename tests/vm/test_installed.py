# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian 13 as its installer makes it, encrypted: install the packages, reboot, type the
passphrase as always; from then on a crash leaves its dump in /var/crash.

With LAB_ALL=1 in the environment the packages are purged afterwards."""
import json
import os
import time

import pytest

from lab import disks, installed, product, ramscan, story
from lab.host import BUILD, run
from lab.vm import Vm
from test_ram_scan import OPEN_WHOLE, Scanner

LAB_ALL = "LAB_ALL" in os.environ
# As test_packages.py, which builds them in the same place.
pytestmark = pytest.mark.xdist_group("packages")
DEBS = "/mnt"
CHANGED = ["/etc/crypttab", "/etc/fstab", "/etc/default/grub", "/boot/grub/grub.cfg"]


@pytest.fixture(scope="session")
def packages():
    """A disk with the packages."""
    product.packages()
    image = BUILD / "deb.img"
    disks.blank(image, 64 << 20)
    run(["mke2fs", "-q", "-F", "-t", "ext4", "-d", BUILD / "deb", image], "packages-disk", 60)
    return image


@pytest.fixture
def machine(packages, request):
    with Vm(None, [packages], name=f"test_installed-{request.node.name}",
            system=installed.image()) as vm:
        installed.boot(vm)
        yield vm


def install(vm):
    vm.run(f"mount -o ro /dev/vdb {DEBS}")
    said = vm.run(f"cd {DEBS}; apt-get -y install ./*.deb", timeout=1800)
    print(said)
    return said


def reboot(vm):
    vm.send_line("systemctl reboot")
    vm.wait_reset(600)
    installed.boot(vm)


def wait_until_armed(vm):
    """The service has done its work, whichever way."""
    deadline = time.monotonic() + 600
    while vm.run("systemctl is-active kdump-crypt", check=False)[1] in ["activating", "inactive"]:
        assert time.monotonic() < deadline, vm.run("systemctl status kdump-crypt", check=False)[1]
        time.sleep(2)
    print(vm.run("journalctl -b -o short-monotonic -u kdump-crypt; kdump-crypt status",
                 check=False)[1])
    assert vm.run("systemctl is-active kdump-crypt", check=False)[1] == "active"


def configuration(vm):
    return {file: vm.run(f"cat {file}") for file in CHANGED}


def in_initramfs(vm):
    return sorted(vm.run("lsinitramfs /boot/initrd.img-$(uname -r)", timeout=300).split("\n"))


def purge(vm, before, initramfs_before):
    """The machine is what it was, but for its dumps, and boots as it did."""
    print(vm.run("apt-get -y purge kdump-crypt kdump-crypt-dkms", timeout=1800))
    assert vm.run("cat /sys/kernel/kexec_crash_loaded") == "0"
    assert configuration(vm) == before
    assert in_initramfs(vm) == initramfs_before
    assert vm.run("find /boot /etc /usr /var/lib "
                  r"\( -name '*kdump-crypt*' -o -name '*crash_dm_crypt*' \)", timeout=300) == ""
    assert vm.run("ls /var/crash") != ""
    reboot(vm)
    assert "crashkernel" not in vm.run("cat /proc/cmdline")
    assert "crash_dm_crypt" not in vm.run("cat /proc/modules")


def test_story(machine, tmp_path):
    vm = machine
    before, initramfs_before = configuration(vm), in_initramfs(vm)
    said = install(vm)
    assert "Done: write /etc/modprobe.d/kdump-crypt.conf" in said
    print(vm.run("kdump-crypt status", check=False)[1])
    now = configuration(vm)
    assert [file for file in CHANGED if now[file] != before[file]] == ["/boot/grub/grub.cfg"]

    reboot(vm)
    wait_until_armed(vm)
    status = json.loads(vm.run("kdump-crypt status --json"))
    assert status["saved_keys"] == 1
    key = ramscan.volume_key(installed.header(installed.image(), tmp_path / "header.img"))
    scanner = Scanner(vm, key, tmp_path / "ram", [], OPEN_WHOLE["luks2"])
    scanner.settled("armed", **scanner.open(reserved_whole=1))

    token = story.log_token(vm)
    capture = story.crash(vm, timeout=600, sign_of_boot=installed.PROMPT, back=installed.log_in)
    print("\n".join(f"{when:6.2f} s {text}" for when, _, text in capture.lines))
    capture.time_of("^end: the dump is complete")
    [dump] = json.loads(vm.run("kdump-crypt list --json"))
    assert dump["complete"] and dump["panic"] == "sysrq triggered crash"
    assert token in story.dmesg_in(vm, dump["directory"])
    # Armed again, and told.
    wait_until_armed(vm)
    assert f"the dump is complete: {dump['directory']}" in \
        vm.run("journalctl -b -o cat -u kdump-crypt")
    if LAB_ALL:
        purge(vm, before, initramfs_before)
