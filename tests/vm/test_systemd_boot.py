# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine that systemd-boot starts, with GRUB's packages left on it: setup reserves memory in the
boot entries that kernel-install makes, and takes that back."""
import re

from lab import story, systemd_boot
from lab.disks import QUICK_PASSPHRASE
from lab.vm import Vm
from module_guest import FLAVOUR

CMDLINE_FILE = "/etc/kernel/cmdline"
GRUB_FILE = "/etc/default/grub.d/zz-kdump-crypt.cfg"


def crashkernels(text):
    return re.findall(r"crashkernel=(\S+)", text)


def begin(vm):
    vm.wait_shell(300)
    systemd_boot.mount(vm)
    story.unlock(vm, QUICK_PASSPHRASE, link=False)


def restart(vm):
    vm.run(f"umount {story.MOUNT} {systemd_boot.BOOT}; sync; mount -o remount,ro / || true")
    vm.send_line("echo b >/proc/sysrq-trigger")
    vm.wait_reset(60)
    begin(vm)
    story.mount(vm)


def set_up(vm):
    said = vm.run("kdump-crypt setup --yes", timeout=300)
    print(said)
    return said


def undo(vm):
    print(vm.run("kdump-crypt setup --undo --yes", timeout=300))


def own_line(vm):
    """A command line that the administrator has written gets the parameter at its end."""
    text = f"# mine\n{systemd_boot.CMDLINE} crashkernel=64M"
    vm.run(f"printf '%s\\n' '{text}' >{CMDLINE_FILE}")
    set_up(vm)
    assert vm.run(f"cat {CMDLINE_FILE}").startswith(f"{text} crashkernel=")
    assert len(crashkernels(systemd_boot.entry(vm))) == 2
    undo(vm)
    assert vm.run(f"cat {CMDLINE_FILE}") == text
    assert crashkernels(systemd_boot.entry(vm)) == ["64M"]
    vm.run(f"rm {CMDLINE_FILE}")


def test_setup(built, luks_disk, tmp_path):
    boot_disks = systemd_boot.boot_disks(tmp_path, FLAVOUR)
    with Vm(None, [luks_disk, *boot_disks], name="test_systemd_boot-test_setup",
            devices=systemd_boot.firmware(tmp_path), system=built) as vm:
        begin(vm)
        story.make_filesystem(vm)
        story.mount(vm)
        systemd_boot.prepare(vm)
        # GRUB is installed, and its update would work. The boot initramfs is not looked at here.
        vm.run("mkdir -p /etc/default/grub.d /boot/grub; mv /usr/sbin/update-initramfs /root")
        own_line(vm)

        said = set_up(vm)
        assert f"write {CMDLINE_FILE} and run kernel-install for each kernel" in said
        assert "after a reboot" in said
        assert vm.run(f"test -e {GRUB_FILE}", check=False)[0] != 0
        [size] = crashkernels(systemd_boot.entry(vm))
        assert crashkernels(vm.run(f"cat {CMDLINE_FILE}")) == [size]
        restart(vm)
        assert crashkernels(vm.run("cat /proc/cmdline")) == [size]
        said = set_up(vm)
        assert "nothing to change" in said and "after a reboot" not in said
        # systemd-ask-password asks.
        vm.run("kdump-crypt load", timeout=180,
               dialog=[(f"Passphrase of the LUKS volume on {story.DISK}: ", QUICK_PASSPHRASE)])

        undo(vm)
        assert crashkernels(systemd_boot.entry(vm)) == []
        assert "root=/dev/vda" in systemd_boot.entry(vm)
        assert vm.run(f"test -e {CMDLINE_FILE}", check=False)[0] != 0
        # The running kernel has the memory that the undoing has taken from the entries.
        set_up(vm)
        assert crashkernels(systemd_boot.entry(vm)) == [size]
