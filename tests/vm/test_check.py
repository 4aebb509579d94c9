# SPDX-License-Identifier: GPL-2.0-or-later
"""kdump-crypt check: its results, and that it finds a wrong key before it is loaded."""
import json
import os
import re
from contextlib import contextmanager

import pytest

from lab import disks, story
from lab.disks import QUICK_KDF, QUICK_PASSPHRASE
from machines import CLOSED, CONFIG, KEY, OTHER_SPARE, SPARE

only_all = pytest.mark.skipif("LAB_ALL" not in os.environ, reason="LAB_ALL=1 is not set")

ITEMS = "/sys/kernel/config/crash_dm_crypt_keys"
CHECKS = ["configuration", "crash kernel", "other tools", "dump path", "copies", "filesystem",
          "key items", "saved keys", "volume key", "modules", "programs", "collector", "initramfs",
          "memory", "free space", "clock", "console"]
SMALL, SMALL_MOUNT = f"{SPARE}1", "/var/small"
FALLBACK = "/var/fallback"
LOAD = f"kdump-crypt load --key-file {KEY}"


@pytest.fixture(scope="module")
def machine(built):
    """One guest for all tests here, as none of them crashes it. Its second volume is small, because
    a test reencrypts it. It is open only in the tests that look at it. Otherwise it would be a
    volume whose key is to be hidden and is not saved."""
    with CLOSED.start("test_check") as vm:
        vm.run("rm /var/lib/kdump-crypt/*")
        story.unlock(vm, QUICK_PASSPHRASE, link=False)
        story.mount(vm)
        vm.run(disks.partition(SPARE, 64))
        vm.run(f"cryptsetup luksFormat -q {' '.join(QUICK_KDF)} {SMALL} {KEY} && "
               f"cryptsetup open --key-file {KEY} {SMALL} small && "
               f"mkfs.ext4 -q /dev/mapper/small && mkdir {SMALL_MOUNT} && cryptsetup close small")
        vm.uuid = vm.run(f"cryptsetup luksUUID {story.DISK}")
        yield vm


@pytest.fixture
def armed(machine):
    machine.run(f"rm -f {CONFIG}; {LOAD}")
    yield machine
    assert "kdump-crypt-check" not in machine.run("dmsetup ls")


@pytest.fixture
def small(armed):
    """The small volume, open and mounted."""
    armed.run(f"cryptsetup open --key-file {KEY} {SMALL} small && "
              f"mount /dev/mapper/small {SMALL_MOUNT}")
    yield
    armed.run(f"umount {SMALL_MOUNT} && cryptsetup close small")


def check(vm, options="", status=0):
    """Return the results by name. A check that passes has only its text."""
    got, said = vm.run(f"kdump-crypt check --json {options}", check=False)
    assert got == status, said
    said = json.loads(said)
    results = [found["result"] for found in said["checks"]]
    assert said["result"] == ("fail" if "fail" in results else
                              "warn" if "warn" in results else "pass")
    assert (said["result"] == "fail") == (status == 1)
    for found in said["checks"]:
        assert ("remedy" in found) == (found["result"] != "pass"), found
    return {found["name"]: found for found in said["checks"]}


def results(found, result):
    return [name for name, one in found.items() if one["result"] == result]


def all_that_load_changes(vm):
    return vm.run("ls -A /var/lib/kdump-crypt; cut -d ' ' -f 1 /proc/modules; keyctl show @u; "
                  "dmsetup ls; cat /sys/kernel/kexec_crash_loaded; "
                  "ls /sys/kernel/config/* /run/kdump-crypt 2>&1 || :")


def test_dry_run(machine):
    """Nothing is loaded or built yet, and that stays so."""
    machine.run("mkdir -p /run/kdump-crypt")
    before = all_that_load_changes(machine)
    status, said = machine.run("setsid -w kdump-crypt load --dry-run </dev/null", check=False)
    assert status == 1 and "there is no terminal to ask" in said
    said = machine.run(f"{LOAD} --dry-run --append kdump_crypt.debug", timeout=180)
    assert "Nothing was loaded. load would arm:" in said
    assert f"Dump path:    {story.MOUNT}\n" in said
    assert f"LUKS volume:  {machine.uuid}\n" in said
    source = "a keyslot, with the key file"
    assert f"Key from:     {source}, for the LUKS volume on {story.DISK}\n" in said
    assert re.search(r"^Command line: .* kdump_crypt.debug$", said, re.M)
    assert re.search(r"^Reserved: +128 MiB \(\d+ MiB needed\)$", said, re.M)
    status, said = machine.run("kdump-crypt load --dry-run --key-file /root/none", check=False)
    assert status == 1 and "cannot read the key file /root/none" in said
    assert all_that_load_changes(machine) == before


def test_nothing_is_loaded(machine):
    found = check(machine, status=1)
    assert results(found, "fail") == ["crash kernel"]
    assert results(found, "warn") == ["volume key", "initramfs", "memory"]
    assert found["initramfs"]["text"] == "the initramfs has not been built yet"
    assert "saved keys" not in found
    said = machine.run("kdump-crypt check", check=False)[1]
    assert re.search(r"^fail  crash kernel   no crash kernel is loaded\n {21}run kdump-crypt load$",
                     said, re.M)
    # The key that is to be loaded can be tried already.
    machine.run(f"{LOAD} --keep-key; kdump-crypt unload", timeout=180)
    found = check(machine, status=1)
    said = "each volume key is in the keyring and was verified on its LUKS volume"
    assert found["volume key"]["text"] == said
    assert results(found, "warn") == []
    with wrong_key(machine, 64):
        found = check(machine, status=1)
        assert results(found, "fail") == ["crash kernel", "volume key"]
    assert "kdump-crypt-check" not in machine.run("dmsetup ls")


@contextmanager
def wrong_key(vm, size):
    """Make a wrong key under the name of the volume's key."""
    vm.run(f"head -c {size} /dev/urandom | keyctl padd logon cryptsetup:{vm.uuid} @u")
    try:
        yield
    finally:
        vm.run("keyctl clear @u")


def test_all_is_well(armed):
    found = check(armed)
    assert list(found) == CHECKS
    assert results(found, "pass") == CHECKS
    version = armed.run("uname -r")
    said = armed.run("kdump-crypt check").splitlines()
    assert len(said) == len(CHECKS)
    assert f"pass  crash kernel   a crash kernel is loaded: {version}" in said
    assert f"pass  dump path      {story.MOUNT} on LUKS volume {armed.uuid}" in said
    assert "pass  saved keys     the keys are in reserved memory: 1" in said
    assert "pass  console        ttyS0" in said
    # check has built nothing, and the crash kernel stays loaded.
    armed.run("kdump-crypt status")


def test_chain(armed, small):
    """From the disk to the filesystem, each with what identifies it."""
    armed.run(f"{LOAD} --path {SMALL_MOUNT}")
    [chain] = json.loads(armed.run("kdump-crypt check --json", check=False)[1])["chains"]
    assert chain["path"] == SMALL_MOUNT
    links = {link["kind"]: link for link in chain["links"]}
    assert list(links) == ["driver", "disk", "partition", "LUKS volume", "filesystem"]
    facts = {kind: dict(fact.split("=", 1) for fact in link["facts"])
             for kind, link in links.items()}
    assert links["disk"]["name"] == SPARE and facts["disk"]["path"].startswith("/0000:")
    assert links["partition"]["name"] == SMALL and facts["partition"]["partition"] == "1"
    assert links["LUKS volume"]["name"] == "/dev/mapper/small"
    assert facts["LUKS volume"] == {"uuid": armed.run(f"cryptsetup luksUUID {SMALL}"),
                                    "cipher": "aes-xts-plain64"}
    assert facts["filesystem"]["uuid"] == armed.run("blkid -o value -s UUID /dev/mapper/small")
    said = armed.run("kdump-crypt check --verbose", check=False)[1]
    assert re.search(rf"^A dump in {SMALL_MOUNT} goes through:$", said, re.M)
    assert re.search(r"^      driver         virtio_blk", said, re.M)


def test_usage(machine):
    assert machine.run("kdump-crypt check --help").startswith("Usage: kdump-crypt check")
    assert machine.run("kdump-crypt check nonsense", check=False)[0] == 2
    status, said = machine.run("setpriv --reuid nobody --clear-groups kdump-crypt check",
                               check=False)
    assert status == 1 and "only root" in said


def test_status_compares_what_is_below_the_path(armed):
    """By what the crash kernel finds it, and without waiting for a device that is suspended."""
    def status():
        return armed.run("kdump-crypt status --brief", check=False)

    armed.run(f"umount {story.MOUNT} && tune2fs -U random /dev/mapper/crash", timeout=120)
    got, said = status()
    assert got == 3 and f"the dump path {story.MOUNT} is on another filesystem" in said
    story.mount(armed)
    got, said = status()
    assert got == 3 and "the UUID of the filesystem" in said and said.endswith("run kdump-crypt load")
    armed.run("kdump-crypt load")
    assert status()[0] == 0

    armed.run("dmsetup suspend crash")
    assert status()[0] == 0
    armed.run("dmsetup resume crash")

    other = "11111111-2222-4333-8444-555555555555"
    armed.run(f"cryptsetup luksUUID -q --uuid {other} {story.DISK}")
    got, said = status()
    armed.run(f"cryptsetup luksUUID -q --uuid {armed.uuid} {story.DISK}")
    assert got == 3 and "another header than its own" in said
    assert status()[0] == 0


def watch(vm, status=0):
    """Do what kdump-crypt-watch.service does."""
    got, said = vm.run("setsid -w kdump-crypt reload --if-changed </dev/null", check=False)
    assert got == status, said
    return said


def loads(vm):
    return json.loads(vm.run("cat /run/kdump-crypt/armed.json"))["loads"]


def test_arm_again_after_a_change(armed):
    """Nothing is done twice, and nothing that a person may not want."""
    before = loads(armed)
    assert watch(armed) == watch(armed) == "" and loads(armed) == before

    armed.run(f"umount {story.MOUNT} && tune2fs -U random /dev/mapper/crash", timeout=120)
    story.mount(armed)
    said = watch(armed)
    assert said.startswith("Loaded the crash kernel again, as the UUID of the filesystem"), said
    armed.run("kdump-crypt status")
    assert loads(armed) == before + 1
    assert watch(armed) == watch(armed) == ""

    # The crash kernel would write into another directory than the path names.
    armed.run(f"mkdir {story.MOUNT}/sub && mount --bind {story.MOUNT}/sub {story.MOUNT}")
    status, said = armed.run("kdump-crypt status --brief", check=False)
    assert status == 3 and f"the mounts below {story.MOUNT} are not those" in said
    assert "again, as the mounts below" in watch(armed)
    armed.run(f"kdump-crypt status && umount {story.MOUNT}")
    assert "again, as the mounts below" in watch(armed)
    armed.run(f"kdump-crypt status && rmdir {story.MOUNT}/sub")

    # The volume has another device number. The crash kernel finds it all the same.
    armed.run(f"umount {story.MOUNT} && cryptsetup close crash && "
              f"dmsetup create before --table '0 8 zero' && "
              f"cryptsetup open --key-file {KEY} {story.DISK} crash && dmsetup remove before")
    story.mount(armed)
    assert watch(armed) == ""
    armed.run("kdump-crypt status")

    armed.run("kdump-crypt unload")
    assert watch(armed) == ""
    assert armed.run("cat /sys/kernel/kexec_crash_loaded") == "0"


def test_path_leads_elsewhere(armed):
    """The path is a symbolic link."""
    armed.run(f"mkdir {story.MOUNT}/one {story.MOUNT}/two; ln -s {story.MOUNT}/one /root/dumps; "
              f"{LOAD} --path /root/dumps")
    assert watch(armed) == ""
    armed.run(f"ln -sfn {story.MOUNT}/two /root/dumps")
    status, said = armed.run("kdump-crypt status --brief", check=False)
    assert status == 3 and "the dump path /root/dumps is another directory" in said
    assert "again, as the dump path /root/dumps is another directory" in watch(armed)
    assert f"a crash dump goes to {story.MOUNT}/two" in armed.run("kdump-crypt status --brief")
    assert watch(armed) == ""
    armed.run(f"rm -r /root/dumps {story.MOUNT}/one {story.MOUNT}/two; kdump-crypt unload")


def test_immutable(armed):
    """The crash kernel could not make a file there."""
    armed.run(f"chattr +i {story.MOUNT}")
    status, said = armed.run("kdump-crypt status --brief", check=False)
    assert status == 3 and f"{story.MOUNT} is immutable" in said
    assert "immutable" in watch(armed, status=1) and watch(armed) == ""
    found = check(armed, status=1)
    assert "immutable" in found["dump path"]["text"]
    armed.run(f"chattr -i {story.MOUNT}")
    assert watch(armed) == ""
    armed.run("kdump-crypt status")


def test_quota(armed):
    """A feature of the filesystem that needs another module."""
    armed.run(f"umount {story.MOUNT} && tune2fs -O quota /dev/mapper/crash", timeout=120)
    story.mount(armed)
    status, said = armed.run("kdump-crypt status --brief", check=False)
    assert status == 3 and "the features of the filesystem below" in said
    assert "again, as the features of the filesystem below" in watch(armed)
    armed.run("kdump-crypt status")
    armed.run(f"umount {story.MOUNT} && tune2fs -O ^quota /dev/mapper/crash && "
              "modprobe -r quota_v2 quota_tree", timeout=120)
    story.mount(armed)


def test_cannot_arm_again(armed):
    """It is said once, and then by status."""
    before = loads(armed)
    armed.run(f"umount {story.MOUNT}")
    assert "dumps would not be encrypted any more" in watch(armed, status=1)
    assert watch(armed) == watch(armed) == ""
    for user in ["", "setpriv --reuid nobody --clear-groups "]:
        status, said = armed.run(f"{user}kdump-crypt status --brief", check=False)
        assert status == 3 and "is on another filesystem" in said
        assert "cannot arm again by itself: dumps would not be encrypted any more" in said
    story.mount(armed)
    assert watch(armed) == ""
    armed.run("kdump-crypt status")

    other = "11111111-2222-4333-8444-555555555555"
    armed.run(f"cryptsetup luksUUID -q --uuid {other} {story.DISK}")
    assert "close it and open it again" in watch(armed, status=1)
    assert watch(armed) == ""
    found = check(armed, status=1)
    assert "close it and open it again" in found["dump path"]["text"]
    assert found["dump path"]["remedy"].endswith("run kdump-crypt load")
    armed.run(f"cryptsetup luksUUID -q --uuid {armed.uuid} {story.DISK}")
    assert watch(armed) == "" and loads(armed) == before
    armed.run("kdump-crypt status")
    assert "kdump-crypt-check" not in armed.run("dmsetup ls")


@only_all
def test_something_else_is_mounted(armed):
    """No dump can go to what is mounted over the dump path."""
    armed.run(f"mount -t tmpfs none {story.MOUNT}")
    status, said = armed.run("kdump-crypt status --brief", check=False)
    assert status == 3 and "is not on a local block device" in said
    assert "the service cannot arm again by itself: cannot dump to" in watch(armed, status=1)
    armed.run(f"umount {story.MOUNT}; kdump-crypt status")
    assert watch(armed) == ""


def assert_warned(vm, *texts):
    """The machine is armed, and status warns. Others than root learn what the service has seen."""
    said = vm.run("kdump-crypt status --brief")
    assert said.startswith(f"armed: a crash dump goes to {story.MOUNT}; warning: "), said
    for text in texts:
        assert text in said
    return said


def test_fallback_path(armed, small):
    """A change below it is a warning. The machine is armed again if no key is lost."""
    armed.run(f"echo fallback_path {SMALL_MOUNT} >{CONFIG}; {LOAD}")
    armed.run(f"umount {SMALL_MOUNT} && tune2fs -U random /dev/mapper/small", timeout=120)
    elsewhere = f"the fallback path {SMALL_MOUNT} is on another filesystem"
    assert_warned(armed, elsewhere)
    said = watch(armed, status=1)
    assert f"mount the encrypted volume at {SMALL_MOUNT} again" in said
    assert "may leave no dump" not in said
    assert watch(armed) == ""
    said = assert_warned(armed, elsewhere, "cannot arm again by itself: dumps would not be")
    assert armed.run("setpriv --reuid nobody --clear-groups kdump-crypt status --brief") == said
    armed.run(f"mount /dev/mapper/small {SMALL_MOUNT}")
    changed = f"the UUID of the filesystem at {SMALL_MOUNT} was changed"
    assert_warned(armed, changed)
    assert f"again, as {changed}" in watch(armed)
    assert "warning" not in armed.run("kdump-crypt status --brief")
    assert watch(armed) == ""


@only_all
def test_suspended_fallback_path(armed, small):
    """The dump path takes dumps all the same, and its changes are noticed."""
    armed.run(f"echo fallback_path {SMALL_MOUNT} >{CONFIG}; {LOAD}; dmsetup suspend small")
    assert watch(armed) == ""
    assert armed.run("kdump-crypt status --brief") == f"armed: a crash dump goes to {story.MOUNT}"
    armed.run(f"umount {story.MOUNT} && tune2fs -U random /dev/mapper/crash", timeout=120)
    story.mount(armed)
    said = watch(armed)
    assert "Loaded the crash kernel again, as the UUID of the filesystem" in said
    assert f"the fallback path {SMALL_MOUNT} is left out: a device below it is suspended" in said
    armed.run("kdump-crypt status && dmsetup resume small")
    assert "left out" not in armed.run(f"{LOAD} 2>&1")

    armed.run("cryptsetup luksSuspend small")
    uuid = armed.run(f"cryptsetup luksUUID {SMALL}")
    lost = f"the key of the LUKS volume {uuid} has left the loaded crash kernel"
    assert_warned(armed, lost)
    assert "would lose a fallback path" in watch(armed, status=1)
    assert watch(armed) == ""
    armed.run(f"cryptsetup luksResume --key-file {KEY} small")
    assert_warned(armed, lost)
    armed.run(LOAD)
    assert "warning" not in armed.run("kdump-crypt status --brief")


@only_all
def test_suspended_hidden_volume(armed, small):
    """Its key has left memory, so that a dump has nothing to hide. Its key is to be hidden again
    when it is resumed."""
    uuid = armed.run(f"cryptsetup luksUUID {SMALL}")
    link = (f"cryptsetup open --test-passphrase --key-file {KEY} "
            f"--link-vk-to-keyring '@u::%logon:cryptsetup:{uuid}' {SMALL}")
    saved = f"cat {ITEMS}/{armed.uuid}/saved {ITEMS}/{uuid}/saved {ITEMS}/saved"
    armed.run(f"{link} && {LOAD}")
    assert armed.run(saved).split() == ["1", "1", "2"]
    armed.run("cryptsetup luksSuspend small")
    assert armed.run(saved).split() == ["1", "0", "1"]
    assert armed.run("kdump-crypt status --brief") == f"armed: a crash dump goes to {story.MOUNT}"
    assert watch(armed) == ""
    assert check(armed)["saved keys"]["result"] == "pass"
    armed.run(f"cryptsetup luksResume --key-file {KEY} small")
    exposed = f"a dump would contain the key of the LUKS volume {uuid}, which was suspended"
    assert_warned(armed, exposed)
    assert exposed in check(armed)["saved keys"]["text"]
    assert "not hide the key of the LUKS volume" in watch(armed, status=1)
    assert watch(armed) == ""
    armed.run(f"{link} && {LOAD}")
    assert "warning" not in armed.run("kdump-crypt status --brief")
    # The service arms again by itself if the key is there, as it is if link= lists the volume.
    armed.run(f"cryptsetup luksSuspend small && cryptsetup luksResume --key-file {KEY} small && "
              f"{link}")
    assert f"again, as {exposed}" in watch(armed)
    assert armed.run(saved).split() == ["1", "1", "2"]
    assert "warning" not in armed.run("kdump-crypt status --brief")


@only_all
def test_fallback_path_on_btrfs(armed):
    """It is not encrypted. Its logical volume is renamed, and it gets another one."""
    for command in [
            "echo 'activation { udev_rules = 0 udev_sync = 0 }' >/etc/lvm/lvmlocal.conf",
            "export LVM_SUPPRESS_FD_WARNINGS=1; modprobe btrfs",
            f"pvcreate -q {OTHER_SPARE} && vgcreate -q more {OTHER_SPARE}",
            "for name in one two; do lvcreate -q -y -n $name -L 200M more; done",
            f"mkfs.btrfs -q /dev/more/one && mkdir -p {FALLBACK}",
            f"mount /dev/more/one {FALLBACK}; echo fallback_path {FALLBACK} >{CONFIG}", LOAD]:
        armed.run(command, timeout=120)
    before = loads(armed)
    armed.run("lvrename -q more one renamed")
    assert watch(armed) == "" and loads(armed) == before
    assert "warning" not in armed.run("kdump-crypt status --brief")

    armed.run(f"btrfs device add -K /dev/more/two {FALLBACK}")
    changed = f"the logical volumes below {FALLBACK} are not those"
    assert_warned(armed, changed)
    assert f"again, as {changed}" in watch(armed)
    armed.run(f"btrfs device remove /dev/more/renamed {FALLBACK}")
    assert f"again, as {changed}" in watch(armed)
    assert "warning" not in armed.run("kdump-crypt status --brief")

    # The crash kernel that is loaded still finds it.
    armed.run(f"umount {FALLBACK}; mount -t tmpfs none {FALLBACK}")
    assert_warned(armed, f"{FALLBACK} is not on a local block device")
    assert "would lose a fallback path" in watch(armed, status=1)
    assert watch(armed) == ""
    armed.run(f"umount {FALLBACK}; vgchange -q -an more && vgremove -q -y more && "
              f"pvremove -q {OTHER_SPARE}; rm -r {FALLBACK} {CONFIG}")


def test_reencrypted(armed, small):
    """A new key may need a passphrase, which the service does not ask for."""
    armed.run(f"{LOAD} --path {SMALL_MOUNT}")
    armed.run(f"cryptsetup reencrypt -q --init-only --key-file {KEY} {' '.join(QUICK_KDF)} {SMALL}")
    status, said = armed.run("kdump-crypt status --brief", check=False)
    assert status == 3 and "is being reencrypted" in said
    assert "is being reencrypted" in watch(armed, status=1)
    assert watch(armed) == ""
    found = check(armed, status=1)
    assert "mount" not in found["dump path"]["remedy"]
    armed.run(f"cryptsetup reencrypt -q --resume-only --key-file {KEY} {SMALL}", timeout=300)
    said = watch(armed, status=1)
    assert "the key of a LUKS volume has changed" in said and "there is no terminal" in said
    assert watch(armed) == ""
    armed.run(f"{LOAD} --path {SMALL_MOUNT}")
    armed.run("kdump-crypt status")


def test_key_that_cannot_be_hidden(armed):
    """A volume that is not LUKS has such a key."""
    armed.run("head -c 32 /dev/urandom >/root/plain; cryptsetup open --readonly --type plain "
              "--cipher aes-xts-plain64 --key-size 256 --hash plain --key-file /root/plain "
              f"{SMALL} plain")
    try:
        minor = armed.run("dmsetup info -c --noheadings -o minor plain").strip()
        device = f"/dev/dm-{minor}"
        said = armed.run(LOAD)
        assert f"the dump will contain the key of {device}" in said
        assert device in check(armed)["saved keys"]["text"]
    finally:
        armed.run("cryptsetup close plain")
    assert "will contain" not in armed.run(LOAD)


@pytest.mark.parametrize("size", [64, 32])
def test_wrong_key_in_the_keyring(armed, size):
    """The crash kernel that was loaded stays. The command in the message is enough to arm again."""
    before = armed.run("cat /run/kdump-crypt/armed.json")
    with wrong_key(armed, size):
        for verb in ["load", "reload"]:
            status, said = armed.run(f"setsid -w kdump-crypt {verb} </dev/null", check=False)
            assert status == 1
            assert f"is not that of the LUKS volume on {story.DISK}" in said
            assert "the crash kernel that was loaded before stays loaded" in said
            assert armed.run("cat /sys/kernel/kexec_crash_loaded") == "1"
            assert armed.run(f"cat {ITEMS}/saved") == "1"
            assert armed.run("cat /run/kdump-crypt/armed.json") == before
        armed.run("kdump-crypt status")
        armed.run(re.search(r"run (keyctl .*), and load again", said)[1])
        armed.run("setsid -w kdump-crypt load </dev/null")


def test_right_key_in_the_keyring(armed):
    """Writes to the volume in the meantime do not matter."""
    armed.run(f"(while echo x >{story.MOUNT}/x && sync -f {story.MOUNT}/x; do :; done) & "
              f"kdump-crypt unload; {LOAD} --keep-key; kdump-crypt load; got=$?; kill $!; "
              f"wait $!; rm {story.MOUNT}/x; exit_with() {{ return $1; }}; exit_with $got")


def test_item_is_gone(armed):
    armed.run(f"rmdir {ITEMS}/{armed.uuid}")
    found = check(armed)
    assert results(found, "warn") == ["key items"]
    assert armed.uuid in found["key items"]["text"]
    armed.run(found["key items"]["remedy"].removeprefix("run "))
    assert results(check(armed), "pass") == CHECKS


@contextmanager
def moved_away(vm, path):
    vm.run(f"mv {path} {path}.away")
    try:
        yield
    finally:
        vm.run(f"mv {path}.away {path}")


def test_module_is_gone(armed):
    with moved_away(armed, armed.run("modinfo -n dm_crypt")):
        found = check(armed, status=1)
        assert results(found, "fail") == ["modules"]
        assert "dm-crypt.ko" in found["modules"]["text"]
        assert "initramfs" not in found
        status, said = armed.run("kdump-crypt load", check=False)
        assert status == 1 and "dm-crypt.ko" in said
        assert armed.run("cat /sys/kernel/kexec_crash_loaded") == "1"
    assert results(check(armed), "pass") == CHECKS


def test_program_is_gone(armed):
    with moved_away(armed, "/usr/bin/makedumpfile"):
        found = check(armed, status=1)
        assert results(found, "fail") == ["programs"]
        assert "install the package makedumpfile" in found["programs"]["text"]


def test_space(armed):
    """The size of the existing dump is the expected size of the next one."""
    dump = f"{story.MOUNT}/lab-2025-01-01-00:00:00"
    info = {"format": 1, "time": "2025-01-01T00:00:00Z", "complete": True, "host": "lab",
            "version": "0.1", "memory_bytes": 1, "kernel_log_bytes": 1, "vmcore_bytes": 1,
            "steps": []}
    assert re.search(r"a dump may need 1[12]\d MiB \(a forecast, an eighth of the memory",
                     check(armed)["free space"]["text"])
    armed.run(f"mkdir {dump}; echo '{json.dumps(info)}' >{dump}/info.json; "
              f"truncate -s 8G {dump}/vmcore")
    found = check(armed)
    assert results(found, "warn") == ["free space"]
    assert "a dump may need 8192 MiB (as the largest one there)" in found["free space"]["text"]
    # The machine does not crash without a warning.
    _, said = armed.run("kdump-crypt crash-test", check=False,
                        dialog=[("to crash the machine: ", "no")])
    assert "check of free space: " in said and "make room there" in said
    armed.run(f"rm -r {dump}")


def test_filesystem_with_errors(armed):
    armed.run("echo test >/sys/fs/ext4/dm-$(dmsetup info -c --noheadings -o minor crash)/"
              "trigger_fs_error")
    found = check(armed)
    assert results(found, "warn") == ["filesystem"]
    assert "e2fsck" in found["filesystem"]["remedy"]
    assert f"the filesystem at {story.MOUNT} has errors" in armed.run(LOAD)
    armed.run(f"umount {story.MOUNT}; e2fsck -fy /dev/mapper/crash; mount /dev/mapper/crash "
              f"{story.MOUNT}", timeout=300)
    assert results(check(armed), "pass") == CHECKS


def test_clock(armed):
    armed.run("date -s '2 hours'")
    found = check(armed)
    assert results(found, "warn") == ["clock"]
    assert re.search(r"\b7[12]\d\d s off", found["clock"]["text"])
    armed.run("date -s @$(cat /sys/class/rtc/rtc0/since_epoch)")


def test_configuration(armed):
    armed.run(f"echo keep 3 >{CONFIG}")
    found = check(armed)
    assert results(found, "warn") == ["initramfs"]
    # The initramfs was made again but not loaded.
    armed.run("kdump-crypt estimate")
    found = check(armed)
    assert results(found, "warn") == ["initramfs"]
    assert "since the crash kernel was loaded" in found["initramfs"]["text"]
    armed.run(found["initramfs"]["remedy"].removeprefix("run "))
    assert results(check(armed), "pass") == CHECKS

    armed.run(f"printf 'keep 3\\nnfs server:/export\\n' >{CONFIG}")
    found = check(armed)
    assert found["configuration"]["result"] == "warn"
    assert f"{CONFIG}:2: nfs is ignored" in found["configuration"]["text"]

    armed.run(f"echo keep some >{CONFIG}")
    found = check(armed, status=1)
    assert results(found, "fail") == ["configuration"]
    assert f"{CONFIG}:1: keep must be" in found["configuration"]["text"]
    assert "dump path" not in found
    assert check(armed, "--config /dev/null")["configuration"]["result"] == "pass"


def test_path(armed, small):
    armed.run(f"echo path {SMALL_MOUNT} >{CONFIG}")
    assert "dump path" in results(check(armed), "warn")
    armed.run(f"rm {CONFIG}")
    found = check(armed, f"--path {SMALL_MOUNT}", status=1)
    assert results(found, "fail") == ["dump path"]
    assert f"but the crash kernel was loaded for {story.MOUNT}" in found["dump path"]["text"]
    found = check(armed, "--path /proc", status=1)
    assert "cannot dump to /proc" in found["dump path"]["text"]
    # Something else is mounted there.
    armed.run(f"mount --bind {SMALL_MOUNT} {story.MOUNT}")
    found = check(armed, status=1)
    assert results(found, "fail") == ["dump path"]
    assert "not on the filesystems that" in found["dump path"]["text"]
    status, said = armed.run("kdump-crypt status --brief", check=False)
    assert status == 3 and "is on another filesystem" in said
    armed.run(f"umount {story.MOUNT}")


def test_reencrypted_fallback(armed, small):
    """The loaded key has become useless, and is not loaded again."""
    armed.run(f"echo fallback_path {SMALL_MOUNT} >{CONFIG}")
    found = check(armed, status=1)
    assert results(found, "fail") == ["dump path"]
    armed.run(f"{LOAD}")
    assert results(check(armed), "warn") == ["free space"]
    armed.run("kdump-crypt status")

    armed.run(f"cryptsetup reencrypt -q --key-file {KEY} {' '.join(QUICK_KDF)} {SMALL}",
              timeout=300)
    found = check(armed, status=1)
    assert results(found, "fail") == ["volume key"]
    assert f"on {SMALL} has changed" in found["volume key"]["text"]
    # The first path can still take a dump.
    warning = armed.run("kdump-crypt status | grep ^Warning:")
    assert "the key of a LUKS volume has changed since" in warning
    status, said = armed.run("setsid -w kdump-crypt reload </dev/null", check=False)
    assert status == 1
    assert f"the key of the LUKS volume on {SMALL} has changed" in said
    assert armed.run("cat /sys/kernel/kexec_crash_loaded") == "1"
    armed.run(f"kdump-crypt reload --key-file {KEY}")
    armed.run("kdump-crypt status")
    assert results(check(armed), "fail") == []
