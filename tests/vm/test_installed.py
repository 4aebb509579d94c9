# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian 13 as its installer makes it, encrypted, with docs/install.md followed word for word:
install the packages, reboot, type the passphrase as always. From then on a crash leaves its dump in
/var/crash.

With LAB_ALL=1 in the environment, the service is followed through all of its states, and the machine
changes to another kernel, which crashes, too. Then the old kernel is removed, and at the end the
packages."""
import os
from functools import partial

import installed_guest
from install_guide import Guide
from installed_guest import (EVEN_MORE, LOST, NEXT_VERSION, PACKAGES, PROMPT, SERVICE, boot,
                             in_initramfs, install, is_armed, load_by_hand, login_says, reboot,
                             service_state, upgrade_packages, wait_until_armed)
from lab import installed, packages_disk, ramscan
from lab.disks import PASSPHRASE
from lab.host import BUILD
from test_ram_scan import OPEN_WHOLE, Scanner

LAB_ALL = "LAB_ALL" in os.environ
CHANGED = ["/etc/crypttab", "/etc/fstab", "/etc/default/grub", "/boot/grub/grub.cfg"]
APT_ASKS = [(r"Continue\? \[Y/n\] ", "y"), (r"crash dumps\? \[yes/no\] ", "yes")]


def configuration(vm, version="$(uname -r)"):
    """Return digests, which do not depend on the kernel. Long files do not always come over a
    console undamaged. GRUB's file has one more empty line with a kernel that can run under Xen,
    which the cloud kernel cannot."""
    return {file: vm.run(f'sed "s/{version}/VERSION/g; /^$/d" {file} | sha256sum')
            for file in CHANGED}


def ours(version):
    """Return the files that the packages put into a boot initramfs, and those that their module
    needs."""
    modules = f"usr/lib/modules/{version}"
    return {"etc/modprobe.d/kdump-crypt.conf",
            f"{modules}/updates", f"{modules}/updates/dkms",
            f"{modules}/updates/dkms/crash_dm_crypt.ko.xz",
            f"{modules}/kernel/fs/configfs", f"{modules}/kernel/fs/configfs/configfs.ko.xz"}


def capture_image(vm):
    """Return what identifies the capture initramfs: another one has another inode or time."""
    return vm.run("stat -c '%n %i %y' /var/lib/kdump-crypt/*.img")


def scan_memory(vm, tmp_path):
    key = ramscan.volume_key(installed.header(installed.image(), tmp_path / "header.img"))
    scanner = Scanner(vm, key, tmp_path / "ram", [], OPEN_WHOLE["luks2"])
    scanner.settled("armed", **scanner.open(reserved_whole=1))


def follow_to_armed(vm, guide, tmp_path):
    before = configuration(vm)
    vm.run(f"mount -o ro {PACKAGES} /mnt; cd /mnt")
    for command in guide.commands("1. Install"):
        print(guide.type(command, APT_ASKS, timeout=1800))
    now = configuration(vm)
    assert [file for file in CHANGED if now[file] != before[file]] == ["/boot/grub/grub.cfg"]

    image = capture_image(vm)
    [command] = guide.commands("2. Reboot")
    reboot(vm, partial(boot, passphrase=PASSPHRASE), command)
    guide.saw(f"# {command}\n\n{PROMPT}\n\n")
    assert wait_until_armed(vm)["saved_keys"] == 1
    # The service starts before udev has loaded all drivers. It uses what setup has built.
    assert capture_image(vm) == image
    inputs = vm.run("cat /var/lib/kdump-crypt/*.inputs")
    # Those for this machine's watchdog and CPU, and none for other CPUs.
    assert "iTCO_wdt" in inputs and "aesni" in inputs and "padlock" not in inputs
    print(vm.run(f"systemctl show -P CPUUsageNSec {SERVICE}; systemd-analyze blame | head -5",
                 check=False)[1])
    [command] = guide.commands("3. See")
    guide.type(command)
    scan_memory(vm, tmp_path)


def follow_to_dump(vm, guide):
    crash, look, show, journal, scan = guide.commands("4. Try")
    question, answer = "Type crash to crash the machine: ", "crash"
    capture, directory = installed_guest.crash(vm, command=crash, dialog=[(question, answer)])
    console = capture.console.replace(question, f"{question}{answer}\n")
    guide.saw(f"# {crash}\n{console}\n\n{PROMPT}\n\n")
    guide.dump = directory.rsplit("/", 1)[1]
    for command in [look, show, journal]:
        print(guide.type(command))
    if LAB_ALL:
        print(guide.type(scan, [("Passphrase of the LUKS volume on [^:]*: ", PASSPHRASE)],
                         timeout=600))


def restart_service(vm):
    """A service that is restarted, or stopped and started, arms again without a passphrase."""
    vm.run("systemctl restart kdump-crypt", timeout=300)
    assert wait_until_armed(vm)["saved_keys"] == 1
    vm.run("systemctl stop kdump-crypt", timeout=60)
    assert vm.run("kdump-crypt status --brief", check=False)[0] == 3
    vm.run("systemctl start kdump-crypt", timeout=300)
    assert wait_until_armed(vm)["saved_keys"] == 1


def follow_service(vm):
    """The state of the service is that of the machine, whoever armed it."""
    vm.run(f"systemctl stop {SERVICE}")
    assert not is_armed(vm) and LOST in login_says(vm)
    load_by_hand(vm)
    assert service_state(vm) == "active" and LOST not in login_says(vm)
    vm.run(f"systemctl stop {SERVICE}")
    assert not is_armed(vm)
    load_by_hand(vm)
    vm.run("kdump-crypt unload")
    assert service_state(vm) == "inactive"

    # A failure that needs a person is not tried again. What a person loads makes the service
    # active.
    vm.run(f"echo nonsense >/etc/kdump-crypt.conf; ! systemctl start {SERVICE}")
    assert service_state(vm) == "failed"
    load_by_hand(vm, "--config /dev/null")
    assert service_state(vm) == "active" and is_armed(vm)

    # A failed service starts when its configuration is corrected, even if udev is stuck. One that
    # was stopped stays stopped.
    vm.run(f"! systemctl restart {SERVICE}")
    assert service_state(vm) == "failed"
    udev = "systemctl kill --signal={} systemd-udevd"
    vm.run(f"{udev.format('STOP')}; echo >/etc/kdump-crypt.conf")
    vm.run(f"until systemctl -q is-active {SERVICE}; do sleep 1; done", timeout=120)
    assert is_armed(vm)
    vm.run(udev.format("CONT"))
    vm.run(f"systemctl stop {SERVICE}; echo >/etc/kdump-crypt.conf; sleep 3; "
           "while systemctl is-active kdump-crypt-reload; do sleep 1; done")
    assert service_state(vm) == "inactive"
    vm.run("rm /etc/kdump-crypt.conf")
    load_by_hand(vm)


def watch(vm):
    """A change below the dump path is noticed by a timer. Without a change it says nothing."""
    timer, service = "kdump-crypt-watch.timer", "kdump-crypt-watch.service"
    # The timer comes once a minute. systemd would stop starting it more often.
    start = f"systemctl reset-failed {service}; systemctl start {service}"
    vm.run(f"systemctl reset-failed {SERVICE}; systemctl restart {SERVICE}", timeout=120)
    armed = vm.run("cat /run/kdump-crypt/armed.json")
    assert vm.run(f"systemctl is-active {timer}") == "active"
    # The crash kernel would write into another directory than the path names.
    vm.run(f"{start}; mkdir /srv/dumps; mount --bind /srv/dumps /var/crash")
    assert not is_armed(vm)
    if not LAB_ALL:     # With it, the timer comes in its own time.
        vm.run(f"{start}; kdump-crypt status", timeout=120)
    vm.run("until kdump-crypt status; do sleep 5; done", timeout=300)
    assert vm.run("cat /run/kdump-crypt/armed.json") != armed
    vm.run(f"umount /var/crash; {start}; kdump-crypt status", timeout=300)
    said = vm.run(f"journalctl -b -o cat -u {service} | cat")
    print(said)
    assert [line.split()[0] for line in said.splitlines()] == 2 * ["Loaded", "Armed:"]

    vm.run("mount -t tmpfs none /var/crash")
    assert vm.run(start, check=False)[0]
    vm.run(start)
    assert "cannot arm again by itself" in login_says(vm)
    assert vm.run(f"journalctl -b -o cat -u {service}").count("cannot arm again") == 1
    vm.run(f"umount /var/crash; {start}")
    assert LOST not in login_says(vm)
    # Nothing arms what a person has disarmed.
    vm.run(f"systemctl stop {SERVICE}; {start}")
    assert not is_armed(vm)
    assert vm.run(f"systemctl is-active {timer}", check=False)[1] == "inactive"
    load_by_hand(vm)


def see_next_kernel(vm):
    """The installation of a kernel says at once if it has no module, and so does status."""
    kernel, modules = "/boot/vmlinuz-99-lab", "/lib/modules/99-lab"
    vm.run(f"mkdir {modules}; touch {kernel}")
    said = vm.run("run-parts --arg=99-lab --arg=/boot/vmlinuz-99-lab --regex=kdump-crypt "
                  "/etc/kernel/postinst.d")
    problem = "the newest kernel, 99-lab, has no module crash_dm_crypt"
    assert said.startswith(f"kdump-crypt: {problem}") and "install linux-headers-99-lab" in said
    assert problem in vm.run("kdump-crypt status --brief")
    vm.run(f"rmdir {modules}; rm {kernel}")
    assert "warning" not in vm.run("kdump-crypt status --brief")


def upgrade_kernel(vm, old, new):
    """Install another kernel, as an upgrade does. Then remove the old one."""
    install(vm, EVEN_MORE, "/media")
    assert ours(new) <= in_initramfs(vm, new)
    reboot(vm)
    assert vm.run("uname -r") == new
    assert wait_until_armed(vm)["crash_kernel"] == new
    installed_guest.crash(vm)
    print(vm.run(f"apt-get -y purge linux-image-{old} linux-headers-{old} linux-image-amd64 "
                 "linux-headers-amd64", timeout=1800))
    left = vm.run("ls /boot /lib/modules /var/lib/kdump-crypt; dkms status")
    print(left)
    assert f"initramfs-{new}.img" in left and old not in left
    vm.run("kdump-crypt status")


def purge(vm, guide, before):
    """Purge the packages. The machine is as it was before, except for its dumps, and boots as it
    did."""
    version = vm.run("uname -r")
    # The one that there is was made while another kernel ran.
    vm.run("update-initramfs -u", timeout=600)
    initramfs = in_initramfs(vm)
    [command] = guide.commands("Uninstalling")
    print(guide.type(command, APT_ASKS, timeout=1800))
    assert vm.run("cat /sys/kernel/kexec_crash_loaded") == "0"
    assert configuration(vm) == before
    left = in_initramfs(vm)
    # Nothing else of filesystems is a module in a cloud kernel's.
    emptied = {f"usr/lib/modules/{version}/kernel/fs"} - left
    assert left == initramfs - ours(version) - emptied
    assert vm.run("find /boot /etc /usr /var/lib "
                  r"\( -name '*kdump-crypt*' -o -name '*crash_dm_crypt*' \)", timeout=300) == ""
    assert vm.run("ls /var/crash") != ""
    reboot(vm)
    assert "crashkernel" not in vm.run("cat /proc/cmdline")
    assert "crash_dm_crypt" not in vm.run("cat /proc/modules")


def test_story(packages, tmp_path):
    disks = [packages, packages_disk.ours("deb-next", NEXT_VERSION)]
    if LAB_ALL:
        disks.append(packages_disk.debians(tmp_path / "upgrade.qcow2", "linux-image-cloud-amd64",
                                           "linux-headers-cloud-amd64"))
    with installed_guest.booted().start("test_installed-test_story", disks) as vm:
        before, old = configuration(vm), vm.run("uname -r")
        guide = Guide(vm)
        try:
            follow_to_armed(vm, guide, tmp_path)
            follow_to_dump(vm, guide)
            # DKMS takes minutes to build the next module.
            upgrade_packages(vm, "*" if LAB_ALL else "kdump-crypt_*")
            restart_service(vm)
            if LAB_ALL:
                follow_service(vm)
            watch(vm)
            see_next_kernel(vm)
            if LAB_ALL:
                new = old.replace("-amd64", "-cloud-amd64")
                upgrade_kernel(vm, old, new)
                purge(vm, guide, before)
        finally:
            (BUILD / "install-transcript.txt").write_text(guide.seen, encoding="utf-8")
        assert guide.missing_answers() == []
