# SPDX-License-Identifier: GPL-2.0-or-later
"""load gets the volume key from a keyslot: with a token of LUKS2, for which nobody is needed, or
with a passphrase that systemd-ask-password asks for."""
import json

import pytest

from lab import story
from lab.disks import QUICK_PASSPHRASE
from machines import CLOSED

ASKER = "/usr/local/bin/systemd-ask-password"
NOBODY = "setsid -w kdump-crypt load </dev/null"    # there is no terminal


@pytest.fixture
def vm(start):
    """The volume is open, and its key is in no keyring."""
    with start(CLOSED) as machine:
        story.unlock(machine, QUICK_PASSPHRASE, link=False)
        story.mount(machine)
        yield machine


def saved_keys(vm):
    return json.loads(vm.run("kdump-crypt status --json", check=False)[1])["saved_keys"]


def refused(vm, command):
    status, said = vm.run(command, timeout=180, check=False)
    assert status != 0
    print(said)
    return said


def test_token(vm):
    """A key in the keyring stands for the TPM. libcryptsetup uses this token by itself."""
    vm.run(f"cryptsetup token add --key-description lab {story.DISK}")
    said = refused(vm, NOBODY)
    assert "no token unlocked a keyslot" in said and "no terminal" in said
    assert not saved_keys(vm)

    vm.run(f"printf {QUICK_PASSPHRASE} | keyctl padd user lab @u")
    said = vm.run(NOBODY, timeout=180)
    print(said)
    assert "Unlocking a keyslot with a token" in said
    assert saved_keys(vm) == 1


def make_asker(vm, answer):
    """Make a systemd-ask-password that writes down how it was called."""
    story.make_script(vm, ASKER, f"""
        #!/bin/sh
        printf '%s\\n' "$@" >>/root/asked
        {answer}
        """)


def test_ask_password(vm):
    make_asker(vm, "echo wrong")
    assert "no keyslot opened with any of 3 passphrases" in refused(vm, "kdump-crypt load")
    make_asker(vm, "exit 1")
    assert "Operation canceled" in refused(vm, "kdump-crypt load")
    make_asker(vm, "head -c 1000 /dev/zero | tr '\\0' x")
    assert "too large" in refused(vm, "kdump-crypt load")
    assert not saved_keys(vm)

    make_asker(vm, f"echo {QUICK_PASSPHRASE}")
    vm.run("rm /root/asked; kdump-crypt load", timeout=180)
    assert saved_keys(vm) == 1
    asked = vm.run("cat /root/asked")
    assert f"Passphrase of the LUKS volume on {story.DISK}:" in asked
    assert QUICK_PASSPHRASE not in asked
