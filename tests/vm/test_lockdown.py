# SPDX-License-Identifier: GPL-2.0-or-later
"""A locked-down kernel, without firmware that names trusted keys. Every command that needs the
missing key reports this."""
from lab import story
from lab.disks import QUICK_PASSPHRASE
from module_guest import assert_sane_kernel


def fails(vm, command, *reasons, status=1):
    got, said = vm.run(command, timeout=300, check=False)
    print(f"# {command}\n{said}\n")
    assert got == status
    for reason in reasons:
        assert reason in said
    assert vm.run("cat /sys/kernel/kexec_crash_loaded") == "0"


def test_lockdown(guest, luks_disk):
    with guest(disks=[luks_disk], cmdline="crashkernel=128M lockdown=integrity") as vm:
        vm.wait_shell()
        vm.run("mount -t securityfs securityfs /sys/kernel/security")
        assert "[integrity]" in vm.run("cat /sys/kernel/security/lockdown")
        story.unlock(vm, QUICK_PASSPHRASE)
        story.make_filesystem(vm)
        story.mount(vm)
        module = "the kernel is locked down and refuses the module crash_dm_crypt"
        fails(vm, "kdump-crypt load", module, "remove lockdown=")
        fails(vm, "kdump-crypt status", "run kdump-crypt load", status=3)
        fails(vm, "kdump-crypt check", "run kdump-crypt load")

        # Everything else is ready. Without initramfs-tools, which are slow.
        vm.run("mv /usr/sbin/update-initramfs /root")
        fails(vm, "kdump-crypt setup --yes", f"To be done by hand: {module}",
              "Done: enable kdump-crypt.service")
        vm.run("kdump-crypt setup --undo --yes")

        # The kernel's image is refused, too. Debian's key is the firmware's to bring along.
        vm.run("mkdir /var/plain")
        image = "the kernel is locked down and refuses the kernel image"
        vm.run("echo module_signatures no >/etc/kdump-crypt.conf")
        fails(vm, "kdump-crypt load --path /var/plain", image, "remove lockdown=",
              "module_signatures no is ignored")
        # Lockdown is not the only possible reason.
        vm.run("sysctl -q kernel.kexec_load_disabled=1")
        fails(vm, "kdump-crypt load --path /var/plain", "kernel.kexec_load_disabled forbids it")
        assert_sane_kernel(vm)
