# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest with the installed Debian: how it boots, what is typed into it, what is seen of it."""
import functools
import json
import time

from lab import disks, installed, packages_disk, story
from lab.disks import QUICK_PASSPHRASE
from lab.host import CACHE
from lab.saved import Saved
from lab.vm import Vm

PROMPT = "Please unlock disk vda3_crypt: "
# The disks with packages: ours, and what a test adds.
PACKAGES, MORE, EVEN_MORE = "/dev/vdb", "/dev/vdc", "/dev/vdd"
SERVICE = "kdump-crypt.service"
LOST = "This machine would lose its crash dump: "
NEXT_VERSION = "99"     # of our packages on the disk MORE, for an upgrade


def machine(name, packages, *disks, **how):
    """Make the installed Debian, with disks with packages: ours and more."""
    return Vm(None, [packages, *disks], name=name, system=installed.image(), **how)


@functools.cache
def booted():
    """The installed Debian when it has booted, for up to three disks with packages."""
    return Saved("installed", boot, disks=3 * [functools.partial(disks.blank,
                                                                 size=packages_disk.SIZE)],
                 where=CACHE, flavour=None, system=installed.image())


def boot(vm, passphrase=QUICK_PASSPHRASE):
    """Boot through the firmware, GRUB and the passphrase to the lab's shell."""
    vm.expect(PROMPT, 900, what="the prompt for the passphrase")
    unlock(vm, passphrase)


def unlock(vm, passphrase=QUICK_PASSPHRASE):
    """Type the passphrase at its prompt, and go on to the shell."""
    vm.type_slowly(passphrase)
    log_in(vm)


def log_in(vm, timeout=900):
    """Go on to the shell. There is no prompt for a passphrase."""
    vm.expect("lab login: ", timeout)
    vm.type_slowly("root")
    vm.expect("Password: ", 60)
    vm.type_slowly(installed.ROOT_PASSWORD)
    vm.expect(r"root@lab:[^\n]*# ", 60)
    vm.replace_login_shell()
    # The console is a terminal: journalctl would wait in a pager.
    vm.run("export SYSTEMD_PAGER=cat")


def install(vm, disk, directory, packages="*"):
    """Install packages on a disk with apt. `packages` is a pattern, for the shell."""
    vm.run(f"mount -o ro {disk} {directory}")
    said = vm.run(f"cd {directory}; DEBIAN_FRONTEND=noninteractive apt-get -y install "
                  f"./{packages}.deb; status=$?; cd; umount {directory}; (exit $status)",
                  timeout=1800)
    print(said)
    return said


def upgrade_packages(vm, packages="*"):
    """Upgrade our packages to the next version on the running machine. It stays armed."""
    install(vm, MORE, "/mnt", packages)
    assert vm.run("dpkg --audit") == ""
    assert vm.run("dpkg-query -W -f '${Version}' kdump-crypt") == NEXT_VERSION
    assert wait_until_armed(vm)["saved_keys"] == 1


def reboot(vm, back=boot, command="systemctl reboot"):
    vm.send_line(command)
    vm.wait_reset(600)
    back(vm)


def wait_until_armed(vm):
    """Wait until the service has finished, with any result. Return the status."""
    deadline = time.monotonic() + 600
    while vm.run(f"systemctl is-active {SERVICE}", check=False)[1] in ["activating", "inactive"]:
        assert time.monotonic() < deadline, vm.run(f"systemctl status {SERVICE}", check=False)[1]
        time.sleep(2)
    print(vm.run(f"journalctl -b -o short-monotonic -u {SERVICE}; kdump-crypt status",
                 check=False)[1])
    assert vm.run(f"systemctl is-active {SERVICE}", check=False)[1] == "active"
    return json.loads(vm.run("kdump-crypt status --json"))


def service_state(vm):
    return vm.run(f"systemctl is-active {SERVICE}", check=False)[1]


def is_armed(vm):
    return json.loads(vm.run("kdump-crypt status --json", check=False)[1])["armed"]


def login_says(vm):
    """Return what pam_motd adds to a login."""
    return vm.run("run-parts --lsbsysinit /etc/update-motd.d")


def load_by_hand(vm, options=""):
    """Arm as a person does, with the passphrase that opens quickly."""
    vm.run(f"printf {QUICK_PASSPHRASE} >/run/passphrase; "
           f"kdump-crypt load --key-file /run/passphrase {options}", timeout=300)


def dumps(vm):
    return {dump["directory"]: dump for dump in json.loads(vm.run("kdump-crypt list --json"))}


def crash(vm, back=boot, command="echo c >/proc/sysrq-trigger", dialog=(),
          then=wait_until_armed):
    """Crash, and look at the dump after the next boot, in which the machine is armed again, or
    `then` waits for something else. Returns what was seen, and the dump's directory."""
    before = dumps(vm)
    token = story.log_token(vm)
    capture = story.crash(vm, command, dialog, timeout=600, back=back)
    print("\n".join(f"{when:6.2f} s {text}" for when, _, text in capture.lines))
    capture.time_of("^end: the dump is complete")
    then(vm)
    [dump] = [dump for name, dump in dumps(vm).items() if name not in before]
    assert dump["complete"] and dump["panic"] == "sysrq triggered crash"
    assert token in story.dmesg_in(vm, dump["directory"])
    assert f"the dump is complete: {dump['directory']}" in \
        vm.run(f"journalctl -b -o cat -u {SERVICE}")
    return capture, dump["directory"]


def in_initramfs(vm, version="$(uname -r)"):
    return set(vm.run(f"lsinitramfs /boot/initrd.img-{version}", timeout=300).split("\n"))
