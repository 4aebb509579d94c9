# SPDX-License-Identifier: GPL-2.0-or-later
"""kdump-crypt crash-test crashes an armed machine, and only after a yes."""
import json

import pytest

from lab import story
from lab.disks import QUICK_PASSPHRASE
from lab.vm import CommandError
from machines import OPEN

QUESTION = "Type crash to crash the machine: "


def refused(vm, command, reason, **how):
    """Check that the exit status is 1 and the machine goes on."""
    with pytest.raises(CommandError) as error:
        vm.run(command, **how)
    assert error.value.status == 1
    assert reason in error.value.output
    return error.value.output


def test_crash_on_purpose(start):
    with start(OPEN) as vm:
        said = refused(vm, "kdump-crypt crash-test --yes", "no crash kernel is loaded")
        assert "kdump-crypt load" in said
        said = refused(vm, "kdump-crypt test --yes", "no crash kernel is loaded")
        assert "test is the old name of crash-test" in said
        refused(vm, "setpriv --reuid nobody kdump-crypt crash-test --yes", "only root")
        assert vm.run("kdump-crypt crash-test --nonsense", check=False)[0] == 2
        assert vm.run("kdump-crypt crash-test now", check=False)[0] == 2

        # Without initramfs-tools, which are slow.
        vm.run("ln -sf /bin/true /usr/sbin/update-initramfs")
        # Enough memory is reserved, so only the service is missing.
        said = vm.run("kdump-crypt setup --yes", timeout=300)
        assert "to arm it now, run kdump-crypt load" in said
        assert "crashkernel" not in said
        assert "State        not armed: no crash kernel is loaded" in said
        vm.run("kdump-crypt load")
        said = vm.run("kdump-crypt setup --yes", timeout=300)
        assert said.endswith(f"State        armed: a crash dump goes to {story.MOUNT}")
        refused(vm, "kdump-crypt crash-test", "use --yes")
        said = refused(vm, "kdump-crypt crash-test", "was not crashed", dialog=[(QUESTION, "yes")])
        assert story.MOUNT in said and vm.run(f"cryptsetup luksUUID {story.DISK}") in said
        assert "Unsaved work is lost" in said
        assert f"kdump-crypt list --path {story.MOUNT}" in said
        vm.run("kdump-crypt status")

        # Root may crash the machine even if the keyboard may not.
        vm.run("echo 0 >/proc/sys/kernel/sysrq")
        token = story.log_token(vm)
        vm.run("echo unsaved >/root/file")
        capture = story.crash(vm, "kdump-crypt crash-test", dialog=[(QUESTION, "crash")])
        capture.time_of("^end: the dump is complete")

        assert vm.run("cat /root/file") == "unsaved"
        story.unlock(vm, QUICK_PASSPHRASE, link=False)
        story.mount(vm)
        [dump] = json.loads(vm.run(f"kdump-crypt list --json --path {story.MOUNT}"))
        assert dump["complete"] is True
        assert "vmcore" in [step["name"] for step in dump["steps"]]
        log = story.dmesg_in(vm, dump["directory"])
        assert token in log
        assert "crash on purpose, by kdump-crypt crash-test" in log
