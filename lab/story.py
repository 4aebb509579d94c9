# SPDX-License-Identifier: GPL-2.0-or-later
"""The steps of the story in a guest, for the demo and for the tests."""
import json
import re
import secrets
import textwrap
import time
from dataclasses import dataclass, field

from .disks import PASSPHRASE
from .vm import Vm

DISK = "/dev/vdb"
MOUNT = "/var/crash"
PROMPT = "Enter passphrase for [^:]*: "
# A line of the capture program, such as "kdump-crypt: [  2.31s] unlock: volume is open".
CAPTURE_LINE = r"kdump-crypt: \[ *(\d+\.\d+)s\] ([^\r\n]*)\r?\n"


def unlock(vm, passphrase=PASSPHRASE, link=True):
    """Open the volume as an administrator does: type the passphrase at the prompt."""
    option = ""
    if link:
        uuid = vm.run(f"cryptsetup luksUUID {DISK}").strip()
        option = f'--link-vk-to-keyring "@u::%logon:cryptsetup:{uuid}"'
    vm.run(f"cryptsetup open {option} {DISK} crash", timeout=180, dialog=[(PROMPT, passphrase)])


def make_filesystem(vm):
    vm.run("mkfs.ext4 -q /dev/mapper/crash", timeout=120)


def mount(vm):
    vm.run(f"mount /dev/mapper/crash {MOUNT}")


def make_script(vm, path, text):
    lines = textwrap.dedent(text).strip().split("\n")
    vm.run("printf '%s\\n' " + " ".join("'" + line.replace("'", "'\\''") + "'" for line in lines)
           + f" >{path} && chmod +x {path}")


def log_token(vm):
    """Log a random word and return it. Only this crash's dump contains it."""
    token = f"lab-token-{secrets.token_hex(8)}"
    vm.run(f"echo {token} >/dev/kmsg")
    return token


@dataclass
class Capture:
    """The console from the command to the shell of the next boot. Times are seconds since the
    panic, on the host."""
    lines: list = field(default_factory=list)       # (time, guest's own time, text)
    rebooted: float = 0
    console: str = ""

    def time_of(self, pattern):
        """Return the time of the first line that matches."""
        for when, _own, text in self.lines:
            if re.search(pattern, text):
                return when
        raise AssertionError(f"no line of the capture program matches {pattern!r}: "
                             f"{[text for _, _, text in self.lines]}")


def crash(vm, command="echo c >/proc/sysrq-trigger", dialog=(), show=None, timeout=90,
          back=Vm.wait_shell):
    """Crash the guest and follow it to the shell of the next boot. Return a Capture.

    `dialog` has the answers to the command's prompts. `timeout` is for each prompt and for each
    line of the capture. `show` is called with each line and its time. `back` goes on from the reset
    to the shell."""
    capture = Capture()
    # Forget events of earlier resets.
    vm.qmp.event("RESET")
    vm.send_line(command)
    for prompt, answer in dialog:
        vm.expect(prompt, timeout)
        capture.console += vm.console.before + vm.console.after
        vm.send_line(answer)
    vm.expect("Kernel panic - not syncing: [^\n]*\n", timeout, what="the panic")
    capture.console += vm.console.before + vm.console.after
    start = time.monotonic()
    for match in vm.matches_until_reset(CAPTURE_LINE, timeout, what="the capture's next line"):
        capture.console += vm.console.before + vm.console.after
        now = time.monotonic() - start
        capture.lines.append((now, float(match[1]), match[2]))
        if show:
            show(now, match[2])
    capture.console += vm.console.before
    capture.rebooted = time.monotonic() - start
    back(vm)
    return capture


def dumps(vm):
    """Return the directories of the dumps on the volume, the oldest first."""
    return vm.run(f"find {MOUNT} -mindepth 1 -maxdepth 1 -type d ! -name lost+found "
                  "| sort").split()


def info_of(vm, directory):
    """Return what the capture program wrote about a dump."""
    return json.loads(vm.run(f"cat {directory}/info.json"))


def dmesg_in(vm, directory):
    """Return the kernel log that makedumpfile finds in a vmcore."""
    vm.run(f"rm -f /tmp/dmesg; makedumpfile --dump-dmesg {directory}/vmcore /tmp/dmesg",
           timeout=120)
    return vm.run("cat /tmp/dmesg")
