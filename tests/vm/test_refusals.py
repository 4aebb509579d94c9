# SPDX-License-Identifier: GPL-2.0-or-later
"""A setup that cannot work is refused with a clear error, and nothing is armed."""
from contextlib import contextmanager

import pytest

from lab import disks, story
from lab.disks import QUICK_KDF, QUICK_PASSPHRASE
from machines import CLOSED, OTHER_SPARE as OTHER, SPARE

ITEMS = "/sys/kernel/config/crash_dm_crypt_keys"
PROMPT = "[Pp]assphrase[^:]*: "


@pytest.fixture(scope="module")
def machine(built):
    """One guest for all tests here, as none of them crashes it."""
    with CLOSED.start("test_refusals") as vm:
        vm.run("echo 'activation { udev_rules = 0 udev_sync = 0 }' >>/etc/lvm/lvmlocal.conf; "
               "export MDADM_NO_UDEV=1")
        yield vm


@pytest.fixture
def vm(machine):
    """The guest with the volume open and mounted, nothing armed, no key in a keyring."""
    yield machine
    machine.run("kdump-crypt unload", check=False)
    machine.run(f"rmdir {ITEMS}/*/", check=False)
    machine.run("modprobe -r crash_dm_crypt", check=False)
    close(machine)


def open_volume(vm, link):
    close(vm)
    story.unlock(vm, QUICK_PASSPHRASE, link=link)
    story.mount(vm)


def close(vm):
    vm.run(f"umount {story.MOUNT}; cryptsetup close crash; keyctl clear @u", check=False)


def refused(vm, command, *reasons, status=1, **how):
    """Run a command that must fail. Check that its output has each reason, and that nothing is
    armed."""
    got, said = vm.run(command, check=False, **how)
    assert got == status, said
    for reason in reasons:
        assert reason in said
    not_armed(vm)


def not_armed(vm):
    assert vm.run("cat /sys/kernel/kexec_crash_loaded") == "0"
    assert vm.run("kdump-crypt status", check=False)[0] == 3


def load_by_hand(vm):
    """Do what other loaders do: name the key, then kexec_file_load(2)."""
    uuid = vm.run(f"cryptsetup luksUUID {story.DISK}")
    vm.run("modprobe configfs; mountpoint -q /sys/kernel/config || "
           "mount -t configfs configfs /sys/kernel/config")
    vm.run("modprobe crash_dm_crypt")
    vm.run(f"mkdir {ITEMS}/by-hand && echo cryptsetup:{uuid} >{ITEMS}/by-hand/description")
    vm.run("dmesg -C")
    status, said = vm.run("kexec -s -p --reuse-cmdline --initrd=/boot/initrd.img-$(uname -r) "
                          "/boot/vmlinuz-$(uname -r)", check=False)
    log = vm.run("dmesg")
    if status != 0:
        assert f"cryptsetup:{uuid}" in log
    return status, said + "\n" + log


def test_by_hand_with_the_key(vm):
    """With its key in the keyring, the load that fails in the next tests succeeds."""
    open_volume(vm, link=True)
    status, said = load_by_hand(vm)
    assert status == 0, said
    assert vm.run("cat /sys/kernel/kexec_crash_loaded") == "1"
    assert vm.run(f"cat {ITEMS}/saved") == "1"
    vm.run("kexec -s -p -u")
    assert vm.run(f"cat {ITEMS}/saved") == "0"


def test_item_without_key_by_hand(vm):
    open_volume(vm, link=False)
    status, said = load_by_hand(vm)
    assert status != 0, said
    not_armed(vm)


def test_expired_key_by_hand(vm):
    open_volume(vm, link=True)
    expire(vm)
    status, said = load_by_hand(vm)
    assert status != 0, said
    not_armed(vm)


def expire(vm):
    uuid = vm.run(f"cryptsetup luksUUID {story.DISK}")
    vm.run(f"keyctl timeout %logon:cryptsetup:{uuid} 1; sleep 2")


def test_no_key_and_no_terminal(vm):
    open_volume(vm, link=False)
    refused(vm, "setsid -w kdump-crypt load", "not in the keyring", "no terminal", "--key-file")


def test_expired_key_and_no_terminal(vm):
    open_volume(vm, link=True)
    expire(vm)
    refused(vm, "setsid -w kdump-crypt load", "has expired", "no terminal", "--key-file")


def test_wrong_passphrase(vm):
    """There are three tries."""
    open_volume(vm, link=False)
    refused(vm, "kdump-crypt load", "no keyslot opened with any of 3 passphrases",
            dialog=[(PROMPT, f"wrong {n}") for n in range(3)])


def test_wrong_key_file(vm):
    open_volume(vm, link=False)
    vm.run("echo wrong >/root/wrong")
    refused(vm, "kdump-crypt load --key-file /root/wrong", "no keyslot opens", "/root/wrong")
    refused(vm, "kdump-crypt load --key-file /root/none", "/root/none", "No such file")


@contextmanager
def moved_away(vm, path):
    vm.run(f"mv {path} {path}.away")
    try:
        yield
    finally:
        vm.run(f"rm -rf {path}; mv {path}.away {path}")


def test_module_absent(vm):
    open_volume(vm, link=True)
    module = vm.run("modinfo -n crash_dm_crypt")
    with moved_away(vm, module):
        vm.run("depmod")
        refused(vm, "kdump-crypt load", "crash_dm_crypt", "is not installed")
    vm.run("depmod")


def test_module_of_another_kernel(vm):
    open_volume(vm, link=True)
    module = vm.run("modinfo -n crash_dm_crypt")
    other = vm.run("modinfo -n -k $(uname -r | sed s/-cloud//) crash_dm_crypt")
    assert other != module
    with moved_away(vm, module):
        vm.run(f"cp {other} {module}")
        refused(vm, "kdump-crypt load", "crash_dm_crypt", "was not built for the running kernel")


def test_module_of_another_version(vm):
    """This happens after an upgrade: the old module saves keys, and the crash kernel would have the
    new one."""
    open_volume(vm, link=True)
    module = vm.run("modinfo -n crash_dm_crypt")
    version = vm.run("modinfo -F version crash_dm_crypt")
    vm.run("kdump-crypt load", timeout=120)
    vm.run(f"cp {module} /root/module.ko; "
           f"sed -i 's/\\bversion={version}\\x00/version=X\\x00/' /root/module.ko")
    assert vm.run("modinfo -F version /root/module.ko") == "X"
    with moved_away(vm, module):
        vm.run(f"cp /root/module.ko {module}")
        # Somebody else uses the old module. The machine stays armed.
        vm.run(f"mkdir {ITEMS}/foreign")
        status, said = vm.run("kdump-crypt load", check=False, timeout=120)
        assert (status, f"has version {version}, but" in said, "reboot" in said) == (1, True, True)
        assert vm.run("kdump-crypt status --brief").startswith("armed: ")
        vm.run(f"rmdir {ITEMS}/foreign")
        # No passphrase is needed for changing to the new module.
        vm.run("kdump-crypt load", timeout=120)
        assert vm.run("cat /sys/module/crash_dm_crypt/version") == "X"
        assert vm.run("kdump-crypt status --brief").startswith("armed: ")
        assert "cryptsetup:" not in vm.run("keyctl list @u")
        vm.run("kdump-crypt unload; modprobe -r crash_dm_crypt")


def test_kernel_image(vm):
    open_volume(vm, link=True)
    refused(vm, "kdump-crypt load --kernel /etc/passwd", "/etc/passwd", "not an x86 bzImage")
    refused(vm, "kdump-crypt load --kernel /boot/none", "/boot/none", "No such file")
    other = vm.run("uname -r | sed s/-cloud//")
    with moved_away(vm, f"/lib/modules/{other}"):
        refused(vm, f"kdump-crypt load --kernel /boot/vmlinuz-{other}",
                f"no modules for kernel {other}")


def test_path(vm):
    refused(vm, "kdump-crypt load --path /none", "/none", "No such file")
    refused(vm, "kdump-crypt load --path /etc/passwd", "/etc/passwd", "not a directory")
    refused(vm, "kdump-crypt load --path /run", "/run", "not on a local block device")


FORMAT = f"cryptsetup luksFormat -q {' '.join(QUICK_KDF)}"
OPEN = "cryptsetup open --key-file /root/key"
GROUP = f"pvcreate -q {SPARE} {OTHER} && vgcreate -q vg {SPARE} {OTHER} && lvcreate -q -y"
EXT4 = "mkfs.ext4 -q"
# The commands that make it, the filesystem's device, what makes that, the text of the refusal.
STORAGE = {
    # A small one, as cryptsetup writes all of it.
    "integrity and a wrong key": (
        f"{disks.partition(SPARE, 64)} && {FORMAT} --integrity hmac-sha256 {SPARE}1 /root/key && "
        f"{OPEN} {SPARE}1 x && head -c 96 /dev/urandom | "
        f"keyctl padd logon cryptsetup:$(cryptsetup luksUUID {SPARE}1) @u",
        "/dev/mapper/x", EXT4, "is not that of the LUKS volume"),
    "plain": ("head -c 32 /dev/urandom >/root/x; cryptsetup open --type plain "
              f"--cipher aes-xts-plain64 --key-size 256 --key-file /root/x {SPARE} x",
              "/dev/mapper/x", EXT4, "a plain dm-crypt device"),
    "detached header": (f"{FORMAT} --header /root/header {SPARE} /root/key && "
                        f"{OPEN} --header /root/header {SPARE} x",
                        "/dev/mapper/x", EXT4, "name its file with header="),
    "another header": (f"{FORMAT} --header /root/header --offset 32768 {SPARE} /root/key && "
                       f"{FORMAT} {SPARE} /root/key && {OPEN} --header /root/header {SPARE} x",
                       "/dev/mapper/x", EXT4, "another header"),
    "reencryption": (f"{FORMAT} {SPARE} /root/key && cryptsetup reencrypt -q --init-only "
                     f"{' '.join(QUICK_KDF)} --key-file /root/key {SPARE} && {OPEN} {SPARE} x",
                     "/dev/mapper/x", EXT4, "is being reencrypted"),
    "snapshot": (f"{GROUP} -n x -L 300M vg && lvcreate -q -y -s -n snap -L 64M vg/x",
                 "/dev/vg/snap", EXT4, "vg/snap is a snapshot"),
    "loop": ("modprobe loop; truncate -s 300M /root/x && losetup /dev/loop0 /root/x",
             "/dev/loop0", EXT4, "a loop device"),
    "MD 0.90": (f"mdadm --create /dev/md0 --run --metadata 0.90 -l 1 -n 2 {SPARE} {OTHER}",
                "/dev/md0", EXT4, "0.90 metadata"),
    "journal elsewhere": (f"mke2fs -q -b 4096 -O journal_dev {OTHER} 16M", SPARE,
                          f"{EXT4} -b 4096 -J device={OTHER}", "its journal on another device"),
}
CLEAN_UP = ["umount /mnt", "vgchange -q -an", "cryptsetup close x",
            "mdadm --stop /dev/md0", "losetup -d /dev/loop0", "vgremove -q -ff -y vg",
            f"blkdiscard -f {SPARE}", f"blkdiscard -f {OTHER}", "rm -f /root/header /root/x"]


@pytest.mark.parametrize("name", STORAGE)
def test_storage(vm, name):
    """Storage below the filesystem that could not be opened after a crash."""
    make, device, mkfs, reason = STORAGE[name]
    try:
        vm.run(make, timeout=180)
        vm.run(f"{mkfs} {device} && mount {device} /mnt", timeout=180)
        refused(vm, "kdump-crypt load --path /mnt --key-file /root/key", reason)
    finally:
        vm.run("; ".join(CLEAN_UP), check=False, timeout=120)


def test_cannot_be_written(vm):
    """The crash kernel could mount it, but not make a file there."""
    try:
        vm.run(f"{GROUP} -n x -L 300M vg && {EXT4} /dev/vg/x && lvchange -q --permission r vg/x && "
               "mount -o ro /dev/vg/x /mnt", timeout=60)
        refused(vm, "kdump-crypt load --path /mnt", "/dev/mapper/vg-x is read-only")
        vm.run("umount /mnt && lvchange -q --permission rw vg/x && mount /dev/vg/x /mnt && "
               "mkdir /mnt/in && chattr +i /mnt/in")
        refused(vm, "kdump-crypt load --path /mnt/in", "chattr -i -a /mnt/in")
        vm.run("umount /mnt && modprobe btrfs && mkfs.btrfs -q -f /dev/vg/x && "
               "mount /dev/vg/x /mnt && btrfs -q subvolume create /mnt/in && "
               "btrfs property set /mnt/in ro true", timeout=60)
        refused(vm, "kdump-crypt load --path /mnt/in", "in a read-only subvolume")
    finally:
        vm.run("; ".join(CLEAN_UP), check=False, timeout=120)


def test_not_root(vm):
    refused(vm, "setpriv --reuid nobody --regid nogroup --clear-groups kdump-crypt load", "root")


def test_usage(vm):
    refused(vm, "kdump-crypt frobnicate", status=2)
    refused(vm, "kdump-crypt load --frobnicate", status=2)
    refused(vm, "kdump-crypt load --key-timeout soon", "--key-timeout", status=2)
    refused(vm, "kdump-crypt", status=2)


def test_full_disks(vm):
    """One line says what to do, and what is loaded stays."""
    open_volume(vm, link=True)
    small = "mount -t tmpfs -o size=64k tmpfs"
    vm.run(f"mkdir -p /run/kdump-crypt; {small} /run/kdump-crypt; kdump-crypt load", timeout=180)
    vm.run("cat /dev/zero >/run/kdump-crypt/filler", check=False)
    for full in ["/run/kdump-crypt", "/var/lib/kdump-crypt"]:
        if full.startswith("/var"):
            vm.run(f"rm /run/kdump-crypt/filler; {small} {full}")
        status, said = vm.run("kdump-crypt load", check=False, timeout=180)
        print(said)
        assert status == 1
        [line] = [line for line in said.split("\n") if "No space left on device" in line]
        assert f"cannot write {full}/" in line and "free some space" in line
        assert vm.run("kdump-crypt status --brief").startswith("armed: ")
    vm.run("umount /var/lib/kdump-crypt; kdump-crypt unload; umount /run/kdump-crypt")


def test_no_crashkernel(start):
    with start(CLOSED) as vm:
        vm.run("echo 0 >/sys/kernel/kexec_crash_size")
        refused(vm, "kdump-crypt load", "run kdump-crypt setup, and reboot")
