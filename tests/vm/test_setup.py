# SPDX-License-Identifier: GPL-2.0-or-later
"""kdump-crypt setup: what it finds, what it changes, and that --undo reverts it."""
import json
import re

import pytest

from lab import story
from lab.disks import QUICK_PASSPHRASE
from lab.vm import CommandError

GRUB_FILE = "/etc/default/grub.d/zz-kdump-crypt.cfg"
SERVICE = "kdump-crypt.service"
SERVICE_FILE = f"/etc/systemd/system/{SERVICE}.d/setup.conf"
LINK_FILE = "/etc/modprobe.d/kdump-crypt.conf"
RECORD = "/var/lib/kdump-crypt/setup.json"
OTHER_TOOL = "kdump-tools.service"
OTHER_RULES, NO_RULES = (f"/{where}/udev/rules.d/50-kdump-tools.rules" for where in ["usr/lib", "etc"])
QUESTION = r"Do it\? \[y/N\] "


def fails(vm, command, reason="", status=1, **how):
    """Check that the command fails and gives the reason. Return its output."""
    with pytest.raises(CommandError) as error:
        vm.run(command, timeout=300, **how)
    assert error.value.status == status, error.value.output
    assert reason in error.value.output
    return error.value.output


def succeeds(vm, command, **how):
    said = vm.run(command, timeout=300, **how)
    print(f"# {command}\n{said}\n")
    return said


def is_there(vm, path):
    return vm.run(f"test -e {path}", check=False)[0] == 0


def is_enabled(vm, service=SERVICE):
    return vm.run(f"systemctl -q is-enabled {service}", check=False)[0] == 0


def assert_untouched(vm):
    assert not any(is_there(vm, path)
                   for path in [GRUB_FILE, LINK_FILE, SERVICE_FILE, NO_RULES, RECORD])
    assert not is_enabled(vm)
    assert is_enabled(vm, OTHER_TOOL)


def crashkernels(vm):
    """Return the values of crashkernel= in the normal entries of the menu, each once."""
    lines = [line for line in vm.run("cat /boot/grub/grub.cfg").splitlines()
             if re.match(r"\s+linux\s", line) and " single" not in line]
    assert lines
    return sorted({parameter for line in lines
                   for parameter in re.findall(r"crashkernel=\S+", line)})


def in_initramfs(vm):
    """Return our files in the boot initramfs."""
    said = vm.run("lsinitramfs /boot/initrd.img-$(uname -r)", timeout=120)
    return re.findall(f"{LINK_FILE[1:]}|crash_dm_crypt.ko", said)


@pytest.fixture
def machine(guest, luks_disk):
    """A guest with its volume mounted and Debian's GRUB, with the files that kdump-tools adds to
    the configurations of GRUB, systemd and udev."""
    with guest(disks=[luks_disk], cmdline="") as vm:
        vm.wait_shell()
        story.unlock(vm, QUICK_PASSPHRASE)
        story.make_filesystem(vm)
        story.mount(vm)
        vm.run("mkdir -p /boot/grub /etc/default/grub.d")
        vm.run("printf '%s\\n' 'GRUB_CMDLINE_LINUX=\"crashkernel=1G,high console=ttyS0\"' "
               "'GRUB_CMDLINE_LINUX_DEFAULT=quiet' >/etc/default/grub")
        vm.run("printf '%s\\n' 'GRUB_CMDLINE_LINUX_DEFAULT="
               "\"$GRUB_CMDLINE_LINUX_DEFAULT crashkernel=512M-:192M\"' "
               ">/etc/default/grub.d/kdump-tools.cfg")
        vm.run("printf '%s\\n' '[Service]' 'Type=oneshot' 'ExecStart=/etc/init.d/kdump-tools start' "
               "'[Install]' 'WantedBy=basic.target' "
               f">/usr/lib/systemd/system/{OTHER_TOOL}; systemctl -q enable {OTHER_TOOL}; "
               f"echo 'SUBSYSTEM==\"cpu\", PROGRAM=\"kdump-config try-reload\"' >{OTHER_RULES}")
        # One boot initramfs, with only the files for opening volumes. An emulated CPU takes
        # minutes for a usual one.
        vm.run("printf 'MODULES=list\\nCOMPRESSLEVEL=1\\n' >/etc/initramfs-tools/conf.d/lab; "
               "echo dm_crypt >>/etc/initramfs-tools/modules; cd /boot; "
               "ls initrd.img-* | grep -v $(uname -r) | xargs rm")
        yield vm


def test_setup(machine):
    vm = machine
    uuid = vm.run(f"cryptsetup luksUUID {story.DISK}")

    # Nobody agrees, so nothing is changed.
    assert "nothing to undo" in vm.run("kdump-crypt setup --undo")
    fails(vm, "setpriv --reuid nobody kdump-crypt setup --yes", "only root")
    fails(vm, "kdump-crypt setup --undo --path /var/crash", status=2)
    fails(vm, "kdump-crypt setup --yes --path /proc", "cannot dump to /proc")
    fails(vm, "kdump-crypt setup --yes --path /missing/crash", "cannot dump to /missing")
    said = fails(vm, "kdump-crypt setup", "use --yes")
    print(said)
    assert f"{uuid}, on {story.DISK}" in said
    assert all(change in said for change in [GRUB_FILE, SERVICE_FILE, f"enable {SERVICE}", NO_RULES,
                                             f"disable {OTHER_TOOL}"])
    assert f"{OTHER_TOOL} is enabled" in vm.run("kdump-crypt status", check=False)[1]
    fails(vm, "kdump-crypt setup", "nothing was changed", dialog=[(QUESTION, "n")])
    assert_untouched(vm)

    # If update-grub fails, the file is removed again.
    vm.run("printf '#!/bin/sh\\nexit 7\\n' >/usr/local/sbin/update-grub; "
           "chmod 755 /usr/local/sbin/update-grub")
    said = fails(vm, "kdump-crypt setup --yes", "update-grub failed")
    assert "run kdump-crypt setup again" in said
    assert_untouched(vm)
    vm.run("rm /usr/local/sbin/update-grub")

    # With the PATH that su leaves.
    needed = json.loads(vm.run("kdump-crypt estimate --json", check=False)[1])["needed_bytes"]
    said = succeeds(vm, "PATH=/usr/bin:/bin /usr/sbin/kdump-crypt setup", dialog=[(QUESTION, "y")])
    assert "after a reboot" in said
    assert said.splitlines()[-1].startswith("State        not armed: no memory is reserved")
    assert "/var/crash, on /dev/mapper/crash (ext4)" in said
    assert crashkernels(vm) == [f"crashkernel={needed >> 20}M"]
    assert f"options crash_dm_crypt link={uuid} link_timeout=" in vm.run(f"cat {LINK_FILE}")
    assert in_initramfs(vm) == [LINK_FILE[1:], "crash_dm_crypt.ko"]
    assert is_enabled(vm) and not is_enabled(vm, OTHER_TOOL) and is_there(vm, NO_RULES)
    assert json.loads(vm.run("kdump-crypt status --json", check=False)[1])["other_tools"] == []
    assert f'RequiresMountsFor="{story.MOUNT}"' in vm.run(f"cat {SERVICE_FILE}")
    assert "ExecStart" not in vm.run(f"cat {SERVICE_FILE}")

    # Until the reboot, status and check say the same.
    remedy = "reboot, and if that does not help, run kdump-crypt setup"
    assert remedy in vm.run("kdump-crypt status", check=False)[1]
    found = {one["name"]: one for one in
             json.loads(vm.run("kdump-crypt check --json", check=False)[1])["checks"]}
    assert found["crash kernel"]["remedy"] == found["memory"]["remedy"] == remedy

    # Once more changes nothing.
    stat = f"stat -c %y {GRUB_FILE} {LINK_FILE} {SERVICE_FILE} {RECORD} /boot/initrd* " \
           "/boot/grub/grub.cfg"
    before = vm.run(stat)
    said = succeeds(vm, "kdump-crypt setup </dev/null")
    assert "nothing to change" in said and "after a reboot" in said
    assert before == vm.run(stat)

    # If it was written before the last boot, the boot loader has not used it.
    vm.run(f"touch -d 2020-01-01 {GRUB_FILE}")
    said = fails(vm, "kdump-crypt setup --yes", f"has not used {GRUB_FILE}")
    assert f"put crashkernel={needed >> 20}M on" in said and "after a reboot" not in said
    vm.run(f"touch {GRUB_FILE}")

    # Another kernel needs more memory. Later setups do not take that back.
    other = vm.run("ls /boot/vmlinuz-* | grep -v cloud").split()[0]
    said = succeeds(vm, f"kdump-crypt setup --yes --kernel {other}")
    [raised] = crashkernels(vm)
    more = int(re.sub(r"\D", "", raised)) - (needed >> 20)
    assert more > 0 if "cloud" in vm.run("uname -r") else more == 0
    assert "nothing to change" in succeeds(vm, "kdump-crypt setup </dev/null")
    assert crashkernels(vm) == [raised]
    status, said = vm.run("kdump-crypt setup --undo --kernel /boot/x", check=False)
    assert status == 2 and "excludes" in said

    # A new path, which setup makes. systemd accepts the file for it.
    path = f"{story.MOUNT}/100% $HOME"
    vm.run("printf 'keep 3\\n' >/root/my.conf; cd /root; "
           f"kdump-crypt setup --yes --config my.conf --path '{path}/'", timeout=300)
    assert vm.run(f"stat -c '%a %U' '{path}'") == "700 root"
    print(vm.run(f"cat {SERVICE_FILE}"))
    assert vm.run(f"systemd-analyze verify --man=no {SERVICE}", timeout=120) == ""
    unit = vm.run(f"cat {SERVICE_FILE}")
    assert 'RequiresMountsFor="/var/crash/100%% $HOME"' in unit
    assert 'load --path "/var/crash/100%% $HOME" --config "/root/my.conf"' in unit

    # Without options, as after an upgrade of the package, setup keeps both.
    said = succeeds(vm, "kdump-crypt setup </dev/null")
    assert f"--path {path} from an earlier setup" in said
    assert "--config /root/my.conf from an earlier setup" in said
    assert "nothing to change" in said
    assert unit == vm.run(f"cat {SERVICE_FILE}")
    # So do the other verbs.
    said = fails(vm, "kdump-crypt load", "no memory is reserved")
    assert f"Using --path {path}, as kdump-crypt setup did." in said
    assert "Using --config /root/my.conf, as kdump-crypt setup did." in said
    assert f"there is no dump in {path}" in vm.run("kdump-crypt list")
    said = vm.run("kdump-crypt config").splitlines()
    assert f"path {path}\t# kdump-crypt setup --path" in said
    assert "keep 3\t# /root/my.conf:1" in said
    # A new path replaces only the path.
    succeeds(vm, f"kdump-crypt setup --yes --path {story.MOUNT}")
    assert f'load --path "{story.MOUNT}" --config "/root/my.conf"' in vm.run(f"cat {SERVICE_FILE}")
    succeeds(vm, f"kdump-crypt setup --yes --path '{path}'")
    assert unit == vm.run(f"cat {SERVICE_FILE}")

    # A file that somebody has edited stays. Everything else is reverted.
    vm.run(f"echo '# mine' >>{GRUB_FILE}")
    fails(vm, "kdump-crypt setup --yes", "differs from the file that setup writes")
    fails(vm, "kdump-crypt setup --undo", "use --yes")
    fails(vm, "kdump-crypt setup --undo --yes", f"{GRUB_FILE} was edited")
    assert "# mine" in vm.run(f"cat {GRUB_FILE}")
    assert not is_there(vm, f"/etc/systemd/system/{SERVICE}.d") and not is_there(vm, f"'{path}'")
    assert not is_enabled(vm) and is_enabled(vm, OTHER_TOOL)
    vm.run(f"rm {GRUB_FILE}")
    succeeds(vm, "kdump-crypt setup --undo --yes")
    assert_untouched(vm)
    assert crashkernels(vm) == ["crashkernel=1G,high", "crashkernel=512M-:192M"]
    assert in_initramfs(vm) == []

    # From here on without initramfs-tools, which are tested above and slow.
    vm.run("mkdir /root/hidden; mv /usr/sbin/update-initramfs /root/hidden")

    # A service that was enabled before stays enabled.
    vm.run(f"systemctl -q enable {SERVICE}")
    succeeds(vm, "kdump-crypt setup --yes")
    assert is_there(vm, GRUB_FILE)
    succeeds(vm, "kdump-crypt setup --undo", dialog=[(QUESTION, "y")])
    assert is_enabled(vm) and not is_there(vm, GRUB_FILE) and not is_there(vm, RECORD)
    vm.run(f"systemctl -q disable {SERVICE}")

    # Neither GRUB nor systemd.
    vm.run("mv /usr/sbin/update-grub /usr/bin/systemctl /root/hidden")
    said = fails(vm, "kdump-crypt setup --yes", "/etc/kernel/cmdline")
    print(said)
    assert f"put crashkernel={needed >> 20}M on the kernel's command line" in said
    assert "have kdump-crypt load run at boot" in said
    assert is_there(vm, LINK_FILE) and not is_there(vm, SERVICE_FILE)
    succeeds(vm, "kdump-crypt setup --undo --yes")
    vm.run("mv /root/hidden/update-grub /usr/sbin; mv /root/hidden/systemctl /usr/bin")
    assert_untouched(vm)

    # No module for this kernel.
    vm.run("mv /lib/modules/$(uname -r)/updates/crash_dm_crypt.ko /root/hidden; depmod",
           timeout=180)
    said = fails(vm, "kdump-crypt setup --yes", "install the module crash_dm_crypt")
    print(said)
    assert_untouched(vm)
