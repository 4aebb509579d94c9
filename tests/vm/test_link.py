# SPDX-License-Identifier: GPL-2.0-or-later
"""link=: the key of a listed volume is linked into root's user keyring when dm-crypt opens the
volume, whatever program opens it and however. The opening itself is as without the module."""
import itertools
import os
import re
import time
from dataclasses import dataclass

import pytest

from lab import disks, story
from lab.disks import QUICK_KDF, QUICK_PASSPHRASE
from lab.vm import Vm, VmError
from machines import closed
from module_guest import (CHECKERS, CPUS, FLAVOUR, FLAVOURS, MEMORY, assert_sane_kernel,
                          attach_bpf, crashkernel, detach_bpf, hooked, live_patch,
                          undo_live_patch)

PARAMETERS = "/sys/module/crash_dm_crypt/parameters"
LUKS2, OTHER, LUKS1, REENCRYPTED = "/dev/vdb", "/dev/vdc", "/dev/vdd", "/dev/vde"
SIZE = 64 << 20


@dataclass
class Machine:
    """A guest with four volumes, and their UUIDs."""
    vm: Vm
    uuids: dict

    def run(self, command, **how):
        return self.vm.run(command, **how)

    def load_module(self, *devices, parameters=""):
        listed = ",".join(self.uuids[device] for device in devices)
        self.run(f"modprobe crash_dm_crypt link={listed} {parameters}")

    def open(self, device, options="", by=""):
        """Open as /dev/mapper/<vdb…>."""
        name = device.rpartition("/")[2]
        self.run(f"{by} cryptsetup open --key-file /root/key {options} {device} {name}")
        return name

    def linked(self):
        """Return the volumes' keys in root's user keyring, by UUID, with their lines in
        /proc/keys."""
        # The keyring's listing has the keys in it, /proc/keys their expiry.
        serials = {f"{int(number):08x}" for number in self.run("keyctl rlist @u").split()}
        keys = {}
        for line in self.run("cat /proc/keys").splitlines():
            serial, _flags, _uses, timeout, *_, kind, what = line.split(maxsplit=8)
            if serial in serials and what.startswith("cryptsetup:"):
                keys[what.split(":")[1]] = (kind, timeout)
        return keys

    def check_key(self, name, volume):
        """Check that the linked key is the volume's: with it, the disk reads the same as the open
        volume."""
        table = self.run(f"dmsetup table --showkeys {name}").split()
        key = table[4]
        size = int(key.split(":")[1]) if key.startswith(":") else len(key) // 2
        table[4] = f":{size}:logon:cryptsetup:{volume}"
        self.run(f"dmsetup create --readonly check --table '{' '.join(table)}'")
        try:
            self.run(f"cmp -n 1048576 /dev/mapper/check /dev/mapper/{name}")
        finally:
            self.run("dmsetup remove check")


@pytest.fixture(scope="module")
def machine(built, tmp_path_factory):
    """One guest for all but the last test, as none of them crashes it. Its allocator checks for
    writes to memory that is not allocated, and for wrong frees. A kernel with every checker does
    that anyway."""
    poison = "" if CHECKERS else "slub_debug=FZP"
    directory = tmp_path_factory.mktemp("link")
    blank = [disks.blank(directory / f"{n}.img", SIZE) for n in range(4)]
    with Vm(FLAVOUR, blank, f"{crashkernel('128M')} panic=1 {poison}", cpus=CPUS,
            memory=MEMORY, name="test_link") as vm:
        vm.wait_shell()
        vm.run(f"printf {QUICK_PASSPHRASE} >/root/key; sync")
        uuids = {}
        for device in [LUKS2, OTHER, LUKS1, REENCRYPTED]:
            kind = "luks1" if device == LUKS1 else "luks2"
            vm.run(f"cryptsetup luksFormat -q --type {kind} {' '.join(QUICK_KDF)} {device} "
                   "/root/key", timeout=120)
            uuids[device] = vm.run(f"cryptsetup luksUUID {device}")
        yield Machine(vm, uuids)


@pytest.fixture
def lab(machine):
    """The guest with nothing open, no key in the keyring, and neither module loaded."""
    try:
        clean(machine)
    except VmError:
        # The test before this one has left it unusable.
        machine.vm.reset()
        machine.vm.wait_shell()
        clean(machine)
    yield machine
    assert_sane_kernel(machine.vm)


def clean(machine):
    # There is no udev that would make dmsetup's device nodes.
    machine.run("export DM_DISABLE_UDEV=1; dmsetup remove_all; keyctl clear @u; "
                "rmmod crash_dm_crypt; modprobe -r dm_crypt; dmesg -C", check=False)
    if re.search(r"^(crash_dm_crypt|dm_crypt) ", machine.run("cat /proc/modules"), re.M):
        raise VmError("a module cannot be removed")


def test_plain_open(lab):
    lab.load_module(LUKS2)
    name = lab.open(LUKS2)
    [(volume, (kind, timeout))] = lab.linked().items()
    assert (volume, kind) == (lab.uuids[LUKS2], "logon")
    assert timeout in ["5m", "4m"]      # of 300 s, rounded down
    lab.check_key(name, volume)
    lab.run("cryptsetup close vdb")


@pytest.mark.parametrize("device, options", [(LUKS1, ""), (LUKS2, "--disable-keyring"),
                                             (LUKS1, "--disable-keyring")])
def test_key_in_the_table(lab, device, options):
    """The table has the key in hexadecimal, not in a keyring."""
    lab.load_module(device)
    name = lab.open(device, options)
    assert not lab.run(f"dmsetup table --showkeys {name}").split()[4].startswith(":")
    assert list(lab.linked()) == [lab.uuids[device]]
    lab.check_key(name, lab.uuids[device])


def test_only_listed_volumes(lab):
    lab.load_module(LUKS2, LUKS1)
    for device in [OTHER, LUKS2, LUKS1]:
        lab.open(device)
    assert set(lab.linked()) == {lab.uuids[LUKS2], lab.uuids[LUKS1]}
    lab.check_key("vdb", lab.uuids[LUKS2])
    lab.check_key("vdd", lab.uuids[LUKS1])


def test_without_a_list(lab):
    lab.run("modprobe crash_dm_crypt")
    assert lab.run(f"cat {PARAMETERS}/link") == ""
    lab.open(LUKS2)
    assert not lab.linked()


def set_parameter(lab, name, value, by=""):
    """Write a parameter in one write(2). Return the exit status and the output."""
    return lab.run(f"{by} dd of={PARAMETERS}/{name} bs=64K iflag=fullblock status=none "
                   f"<<<'{value}'", check=False)


def test_the_list_changes_at_run_time(lab):
    lab.load_module(LUKS2)
    assert set_parameter(lab, "link", f"{lab.uuids[OTHER].upper()},{lab.uuids[LUKS1]}")[0] == 0
    for device in [LUKS2, OTHER, LUKS1]:
        lab.open(device)
    assert set(lab.linked()) == {lab.uuids[OTHER], lab.uuids[LUKS1]}
    lab.run("cryptsetup close vdc; keyctl clear @u")
    assert set_parameter(lab, "link", "")[0] == 0
    lab.open(OTHER)
    assert not lab.linked()


def test_bad_lists(lab):
    lab.load_module(LUKS2)
    good = lab.uuids[LUKS2]
    for bad in ["x", good[:-1], good + "0", good.replace("-", ""), good.replace(good[0], "g"),
                f",{good}", f"{good},,{good}", f"{good} {good}", f"{good};", "cryptsetup:" + good]:
        status, said = set_parameter(lab, "link", bad)
        assert status != 0 and "Invalid argument" in said, bad
        assert lab.run(f"cat {PARAMETERS}/link") == good
    lab.open(LUKS2)
    assert list(lab.linked()) == [good]


def write_list(lab, count):
    """Write a list of this number of volumes into /root/list. The last is a real one. The guest
    makes the list, as a terminal does not take such a long line."""
    lab.run(f"(for i in $(seq {count - 1}); do read id </proc/sys/kernel/random/uuid; "
            f"printf %s, $id; done; echo {lab.uuids[LUKS2]}) >/root/list")


def test_long_lists(lab):
    write_list(lab, 129)
    assert lab.run("modprobe crash_dm_crypt link=$(cat /root/list)", check=False)[0] != 0
    write_list(lab, 128)
    lab.run("modprobe crash_dm_crypt link=$(cat /root/list)")
    lab.open(LUKS2)
    assert list(lab.linked()) == [lab.uuids[LUKS2]]
    lab.run("cryptsetup close vdb; keyctl clear @u")

    # A write to sysfs takes one page at most, which is enough for 110. More is refused, not cut.
    write_list(lab, 110)
    lab.run(f"dd if=/root/list of={PARAMETERS}/link bs=64K")
    lab.run(f"cmp /root/list {PARAMETERS}/link")
    lab.run("cp /root/list /root/before")
    for count in [111, 128, 129]:
        write_list(lab, count)
        status, said = lab.run(f"dd if=/root/list of={PARAMETERS}/link bs=64K", check=False)
        assert status != 0 and "Invalid argument" in said
        lab.run(f"cmp /root/before {PARAMETERS}/link")


def test_root_only(lab):
    lab.load_module(LUKS2)
    assert lab.run(f"stat -c '%a %U' {PARAMETERS}/link") == "644 root"
    status, said = set_parameter(lab, "link", "", by="setpriv --reuid nobody --clear-groups")
    assert status != 0 and "Permission denied" in said
    assert lab.run(f"cat {PARAMETERS}/link") == lab.uuids[LUKS2]


def test_timeout(lab):
    assert lab.run("modprobe crash_dm_crypt link_timeout=0", check=False)[0] != 0
    lab.load_module(LUKS2, parameters="link_timeout=9000")
    for bad in ["0", "-1", "soon", "2147483648", "4294967297"]:
        assert set_parameter(lab, "link_timeout", bad)[0] != 0, bad
        assert lab.run(f"cat {PARAMETERS}/link_timeout") == "9000"
    lab.open(LUKS2)
    assert lab.linked()[lab.uuids[LUKS2]] == ("logon", "2h")
    lab.run("cryptsetup close vdb; keyctl clear @u")

    assert set_parameter(lab, "link_timeout", "2147483647")[0] == 0
    lab.open(LUKS2)
    assert lab.linked()[lab.uuids[LUKS2]][1].endswith("w")
    lab.run("cryptsetup close vdb; keyctl clear @u")

    assert set_parameter(lab, "link_timeout", "1")[0] == 0
    lab.open(LUKS2)
    deadline = time.monotonic() + 30
    while lab.run(f"keyctl search @u logon cryptsetup:{lab.uuids[LUKS2]}", check=False)[0] == 0:
        assert time.monotonic() < deadline, "the key does not expire"
        time.sleep(0.5)


def test_opening_again_renews_the_key(lab):
    lab.load_module(LUKS2, parameters="link_timeout=9000")
    lab.open(LUKS2)
    lab.run(f"keyctl timeout %logon:cryptsetup:{lab.uuids[LUKS2]} 60; cryptsetup close vdb")
    name = lab.open(LUKS2)
    assert lab.linked() == {lab.uuids[LUKS2]: ("logon", "2h")}
    lab.check_key(name, lab.uuids[LUKS2])


def test_key_that_is_linked_twice(lab):
    """cryptsetup links the key under the same name, as crypttab can have it. It expires all the
    same."""
    lab.load_module(LUKS2)
    uuid = lab.uuids[LUKS2]
    for _ in range(2):
        lab.open(LUKS2, f"--link-vk-to-keyring @u::%logon:cryptsetup:{uuid}")
        [(volume, (kind, timeout))] = lab.linked().items()
        assert (volume, kind) == (uuid, "logon") and timeout in ["5m", "4m"]
        lab.run("cryptsetup close vdb")


@pytest.mark.parametrize("device, options", [(LUKS1, ""), (LUKS2, ""),
                                             (LUKS2, "--disable-keyring")])
def test_suspend_and_resume(lab, device, options):
    """A volume that is suspended has no key in the keyring. It is linked again when the volume is
    resumed."""
    lab.load_module(device)
    name = lab.open(device, options)
    assert list(lab.linked()) == [lab.uuids[device]]
    lab.run(f"cryptsetup luksSuspend {name}")
    assert not lab.linked()
    status, _said = lab.run(f"cryptsetup luksResume {name} --key-file /dev/null", check=False)
    assert status != 0 and not lab.linked()
    lab.run(f"cryptsetup luksResume {name} --key-file /root/key {options}")
    assert list(lab.linked()) == [lab.uuids[device]]
    lab.check_key(name, lab.uuids[device])
    # Other messages pass, and fail, as without the module.
    for bad in ["key", "key wipe", "key set", "key set xyz", "other"]:
        assert lab.run(f"dmsetup message {name} 0 {bad}", check=False)[0] != 0
    assert list(lab.linked()) == [lab.uuids[device]]
    lab.run("dmesg -C")


def test_refresh_of_an_open_volume(lab):
    """cryptsetup refresh makes a new table with the same key."""
    lab.load_module(LUKS2)
    name = lab.open(LUKS2)
    lab.run("keyctl clear @u; cryptsetup refresh --key-file /root/key --allow-discards vdb")
    assert list(lab.linked()) == [lab.uuids[LUKS2]]
    lab.check_key(name, lab.uuids[LUKS2])


@pytest.mark.parametrize("order", itertools.permutations(["crash_dm_crypt", "dm_crypt"]))
def test_modules_come_and_go(lab, order):
    for _ in range(2):
        for module in order:
            if module == "dm_crypt":
                lab.run("modprobe dm_crypt")
            else:
                lab.load_module(LUKS2)
        name = lab.open(LUKS2)
        assert list(lab.linked()) == [lab.uuids[LUKS2]]
        lab.run(f"keyctl clear @u; cryptsetup close {name}")
        for module in order:
            lab.run(f"rmmod {module}")


def test_dm_crypt_comes_again(lab):
    lab.load_module(LUKS2)
    for _ in range(3):
        name = lab.open(LUKS2)
        assert list(lab.linked()) == [lab.uuids[LUKS2]]
        lab.run(f"keyctl clear @u; cryptsetup close {name}; rmmod dm_crypt")
    assert not lab.run("dmesg --level=emerg,alert,crit,err,warn")


def test_module_removed_while_a_volume_is_open(lab):
    lab.load_module(LUKS2)
    name = lab.open(LUKS2)
    lab.run("rmmod crash_dm_crypt")
    # The volume works and closes. The linked key stays until it expires.
    lab.run(f"dd if=/dev/mapper/{name} of=/dev/null bs=1M count=1 iflag=direct; "
            f"cryptsetup close {name}")
    assert list(lab.linked()) == [lab.uuids[LUKS2]]
    lab.run("keyctl clear @u")
    lab.open(LUKS2)
    assert not lab.linked()


def dm_uuid(lab, device):
    return f"CRYPT-LUKS2-{lab.uuids[device].replace('-', '')}-made"


@pytest.mark.parametrize("table", [
    "0 1024 crypt no-such-cipher {key} 0 {device} 32768",
    "0 1024 crypt aes-xts-plain64 {key} 0 /dev/none 32768",
    "0 1024 crypt aes-xts-plain64 {key}00 0 {device} 32768",
    "0 1024 crypt aes-xts-plain64 xyz 0 {device} 32768",
    "0 1024 crypt aes-xts-plain64 :64:logon:no-such-key 0 {device} 32768",
    "0 1024 crypt aes-xts-plain64 :64:logon 0 {device} 32768",
    "0 1024 crypt aes-xts-plain64 : 0 {device} 32768",
    "0 1024 crypt aes-xts-plain64 {long} 0 {device} 32768",
    "0 1024 crypt aes-xts-plain64",
    "0 1024 crypt",
], ids=["cipher", "device", "odd key", "no hexadecimal", "no such key", "no description",
        "colon only", "long key", "one argument", "no argument"])
def test_what_fails_fails_as_without_the_module(lab, table):
    table = table.format(key="5a" * 64, long="5a" * 300, device=LUKS2)
    command = f"dmsetup create --uuid {dm_uuid(lab, LUKS2)} made --table '{table}'"

    def attempt():
        lab.run("dmesg -C")
        status, said = lab.run(command, check=False)
        log = [re.sub(r"^\[[^]]*\] ", "", line) for line in lab.run("dmesg").splitlines()]
        assert "made" not in lab.run("dmsetup ls")
        return status, said, log

    lab.run("modprobe dm_crypt")
    without = attempt()
    assert without[0] != 0
    lab.load_module(LUKS2)
    assert attempt() == without
    assert not lab.linked()


def test_cipher_without_a_key(lab):
    """dm-crypt accepts it, but no LUKS volume has it. Nothing is linked, and nothing fails."""
    lab.load_module(LUKS2)
    lab.run("dmesg -C")
    lab.run(f"dmsetup create --uuid {dm_uuid(lab, LUKS2)} made --table "
            f"'0 1024 crypt cipher_null-ecb - 0 {LUKS2} 32768'")
    assert not lab.linked()
    assert "was not linked" not in lab.run("dmesg")


def test_no_way_from_the_opener_to_the_keyring(lab):
    """The opener is in another session keyring, without a link to root's user keyring."""
    lab.load_module(LUKS2)
    name = lab.open(LUKS2, by="setsid -w keyctl session -")
    assert list(lab.linked()) == [lab.uuids[LUKS2]]
    lab.check_key(name, lab.uuids[LUKS2])


def test_opener_is_another_user(lab):
    """The opener is a user with root's capabilities. The key is linked into root's keyring, not
    into the user's."""
    lab.load_module(LUKS2)
    name = lab.open(LUKS2, "--disable-keyring")
    table = lab.run(f"dmsetup table --showkeys {name}")
    lab.run(f"cryptsetup close {name}; keyctl clear @u")
    nobody = "setpriv --reuid nobody --clear-groups --inh-caps +all --ambient-caps +all"
    lab.run(f"{nobody} dmsetup create --uuid {dm_uuid(lab, LUKS2)} made --table '{table}'")
    assert list(lab.linked()) == [lab.uuids[LUKS2]]
    lab.check_key("made", lab.uuids[LUKS2])
    assert "cryptsetup:" not in lab.run(f"{nobody} keyctl list @u")


def test_user_key(lab):
    """The key of the table may be a user key as well as a logon key."""
    lab.load_module(LUKS2)
    name = lab.open(LUKS2, "--disable-keyring")
    table = lab.run(f"dmsetup table --showkeys {name}").split()
    key, table[4] = table[4], f":{len(table[4]) // 2}:user:lab-volume-key"
    lab.run(f"cryptsetup close {name}; keyctl clear @u; "
            f"keyctl padd -x user lab-volume-key @u <<<{key}; "
            f"dmsetup create --uuid {dm_uuid(lab, LUKS2)} made --table '{' '.join(table)}'")
    assert list(lab.linked()) == [lab.uuids[LUKS2]]
    lab.check_key("made", lab.uuids[LUKS2])


def test_names_that_are_not_a_volume(lab):
    """They are names of devices of other programs, and of libcryptsetup's other kinds."""
    lab.load_module(LUKS2)
    digits = lab.uuids[LUKS2].replace("-", "")
    for other in ["", f"--uuid CRYPT-PLAIN-{digits}-made", f"--uuid CRYPT-LUKS2-{digits[:-1]}",
                  f"--uuid LVM-{digits}", f"--uuid CRYPT-LUKS3-{digits}-made",
                  "--uuid CRYPT-LUKS2-"]:
        lab.run(f"dmsetup create {other} made --table "
                f"'0 1024 crypt aes-xts-plain64 {'5a' * 64} 0 {LUKS2} 32768'")
        lab.run("dmsetup remove made")
        assert not lab.linked(), other


def test_reencryption(lab):
    """A volume that is being reencrypted has two keys. Its keys are not linked, and a message says
    so."""
    lab.load_module(REENCRYPTED)
    lab.run(f"cryptsetup reencrypt -q --init-only {' '.join(QUICK_KDF)} --key-file /root/key "
            f"{REENCRYPTED}", timeout=120)
    # No part is reencrypted yet. Only the header shows the reencryption.
    left_alone(lab, targets=1)
    lab.run("cryptsetup close vde")
    # The disk is slow, so only a part is done when the time is over.
    throttle(lab, 8 << 20)
    lab.run("timeout -s INT 5 cryptsetup reencrypt -q --resume-only --hotzone-size 1M "
            f"--key-file /root/key {REENCRYPTED}", check=False, timeout=240)
    throttle(lab, 0)
    left_alone(lab, targets=2)


def left_alone(lab, targets):
    assert "online-reencrypt" in lab.run(f"cryptsetup luksDump {REENCRYPTED}")
    lab.run("keyctl clear @u; dmesg -C")
    lab.open(REENCRYPTED)
    assert len(lab.run("dmsetup table vde").splitlines()) == targets
    assert not lab.linked()
    assert "is being reencrypted" in lab.run("dmesg")


def throttle(lab, bytes_per_second):
    lab.vm.qmp("block_set_io_throttle", device="disk4", bps=bytes_per_second, bps_rd=0,
               bps_wr=0, iops=0, iops_rd=0, iops_wr=0)


@pytest.mark.parametrize("flavour", FLAVOURS if FLAVOUR != "cloud" else
                         ["cloud", "newest"] if "LAB_ALL" in os.environ else ["newest"])
def test_story(start, flavour):
    """The volume is opened as usual, nobody is asked anything, and the dump arrives."""
    machine = closed(flavour)
    with start(machine) as vm:
        volume = vm.run(f"cryptsetup luksUUID {story.DISK}")
        vm.run(f"modprobe crash_dm_crypt link={volume}")
        story.unlock(vm, QUICK_PASSPHRASE, link=False)
        story.mount(vm)
        vm.run("setsid -w kdump-crypt load </dev/null")
        token = story.log_token(vm)
        capture = story.crash(vm, back=machine.resume)
        capture.time_of("^vmcore: hid [1-9][0-9]* page")
        story.unlock(vm, QUICK_PASSPHRASE, link=False)
        story.mount(vm)
        [dump] = story.dumps(vm)
        assert token in story.dmesg_in(vm, dump)


# Others who hook the same function

def test_blanks_around_the_list(lab):
    lab.load_module()
    assert set_parameter(lab, "link", f"  {lab.uuids[LUKS2]} ")[0] == 0
    assert lab.run(f"cat {PARAMETERS}/link") == lab.uuids[LUKS2]
    lab.open(LUKS2)
    assert list(lab.linked()) == [lab.uuids[LUKS2]]


def test_the_function_is_hooked_while_volumes_are_listed(lab):
    lab.run("modprobe dm_crypt; modprobe same_name")
    lab.load_module()
    assert "crypt_ctr" not in hooked(lab)
    assert set_parameter(lab, "link", lab.uuids[LUKS2])[0] == 0
    assert hooked(lab).count("crypt_ctr") == 1
    lab.open(LUKS2)
    assert list(lab.linked()) == [lab.uuids[LUKS2]]
    assert set_parameter(lab, "link", "")[0] == 0
    assert "crypt_ctr" not in hooked(lab)
    lab.run("rmmod same_name")


def test_live_patch(lab):
    lab.run("modprobe dm_crypt")
    lab.load_module()
    assert live_patch(lab, "crypt_ctr", "dm_crypt")[0] == 0
    status, said = set_parameter(lab, "link", lab.uuids[LUKS2])
    assert status != 0 and "busy" in said
    # The old list stays.
    assert lab.run(f"cat {PARAMETERS}/link") == ""
    assert "no volume key is linked: a live patch or another module redirects crypt_ctr()" in (
        lab.run("dmesg"))
    undo_live_patch(lab)
    assert set_parameter(lab, "link", lab.uuids[LUKS2])[0] == 0
    status, said = live_patch(lab, "crypt_ctr", "dm_crypt")
    assert status != 0 and "busy" in said
    lab.open(LUKS2)
    assert list(lab.linked()) == [lab.uuids[LUKS2]]


@pytest.mark.skipif(CHECKERS, reason="this kernel has no BTF")
@pytest.mark.parametrize("first", ["bpf", "module"])
def test_bpf_at_the_exit_of_the_same_functions(lab, first):
    lab.run("modprobe dm_crypt; PATH=$PATH:/usr/local/lib/lab-tests")
    if first == "module":
        lab.load_module(LUKS2)
    attached = attach_bpf(lab, "dm_crypt:crypt_ctr", "dm_crypt:crypt_message")
    assert attached == {"crypt_ctr": "OK", "crypt_message": "OK"}
    if first == "bpf":
        lab.load_module(LUKS2)
    name = lab.open(LUKS2)
    assert list(lab.linked()) == [lab.uuids[LUKS2]]
    lab.run(f"cryptsetup luksSuspend {name}")
    assert not lab.linked()
    lab.run(f"cryptsetup luksResume {name} --key-file /root/key")
    assert list(lab.linked()) == [lab.uuids[LUKS2]]
    assert set_parameter(lab, "link", "")[0] == 0
    assert set_parameter(lab, "link", lab.uuids[LUKS2])[0] == 0
    runs = detach_bpf(lab)
    assert min(runs.values()) > 0
    lab.run(f"cryptsetup close {name}; keyctl clear @u")
    lab.open(LUKS2)
    assert list(lab.linked()) == [lab.uuids[LUKS2]]
