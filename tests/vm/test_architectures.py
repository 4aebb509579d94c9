# SPDX-License-Identifier: GPL-2.0-or-later
"""The story on other architectures: cross-built, on Debian's kernels, which have kexec_load(2) only.
The copies of the key in RAM are counted from outside, as in test_ram_scan.py.

make check has a short story on two of them. With LAB_ALL=1 in the environment the key also comes from
the loaded image, goes when that is unloaded, and comes from dm-crypt, on each of them.

make check-kernels has a kernel for arm64 with its own crash_dm_crypt_keys."""
import os
import time
from contextlib import contextmanager

import pytest

from lab import disks, foreign, ramscan, story
from lab.disks import QUICK_PASSPHRASE
from lab.vm import Vm
from module_guest import ITEMS, assert_sane_kernel

LAB_ALL = "LAB_ALL" in os.environ
IN_CHECK = ["arm64", "riscv64"]

SETTLE_SECONDS = 180
# What dm-crypt itself has: two expanded AES keys, each of which begins with a half of the key.
OPEN = {"whole": 0, "first half": 1, "second half": 1}
# A copy of the key is one of each half, too.
ARMED = {"whole": 1, "first half": 2, "second half": 2}


@contextmanager
def opened(arch, test, volume, system, **how):
    """Start a guest with an open volume at the dump path."""
    with Vm(arch.name, [volume], "crashkernel=128M", name=f"test_architectures-{test}", memory=1024,
            system=system, **how) as vm:
        vm.wait_shell(300)
        story.unlock(vm, QUICK_PASSPHRASE)
        story.make_filesystem(vm)
        story.mount(vm)
        vm.run("printf 'core_collector makedumpfile -E --message-level 1 -d 31\\n' "
               ">/etc/kdump-crypt.conf")
        yield vm


@pytest.fixture
def volume(tmp_path):
    return disks.luks(tmp_path / "crash.img", slots=[QUICK_PASSPHRASE])


@pytest.fixture(params=foreign.ARCHITECTURES if LAB_ALL else IN_CHECK)
def emulated(request, volume):
    """A guest, and the key of its volume."""
    arch = foreign.ARCHITECTURES[request.param]
    system = foreign.root_image(arch, foreign.build(arch))
    key = ramscan.volume_key(volume)
    with opened(arch, f"test_story-{arch.name}", volume, system) as vm:
        yield vm, key, arch


def settled(vm, key, path, expected):
    """Count copies until there are as many as expected. The kernel wipes a key some time after it
    has left a keyring."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        found = ramscan.scan(vm, key, path)
        counts = {kind: len(addresses) for kind, addresses in found.items()}
        if counts == expected:
            return
        assert time.monotonic() < deadline, found
        time.sleep(1)


def in_vmcore(vm, dump, *parts):
    """Count the lines of an uncompressed dump with any of these bytes."""
    escaped = "|".join("".join(f"\\x{byte:02x}" for byte in part) for part in parts)
    return int(vm.run(f"LC_ALL=C grep -a -c -P '{escaped}' {dump}/vmcore; true", timeout=300))


def arm_in_other_ways(vm, key, memory, arch):
    # A load takes the key from the loaded image. Without one it is gone.
    vm.run("setsid -w kdump-crypt load", timeout=300)
    settled(vm, key, memory, ARMED)
    vm.run("kdump-crypt unload")
    assert vm.run(f"cat {ITEMS}/saved") == "0"
    settled(vm, key, memory, OPEN)
    assert vm.run("setsid -w kdump-crypt load", check=False)[0] != 0
    assert vm.run("cat /sys/kernel/kexec_crash_loaded") == "0"

    # The module may go, and takes the key from dm-crypt when the volume is opened again.
    vm.run("modprobe -r crash_dm_crypt")
    for module in arch.ciphers:
        vm.run(f"modprobe {module}")
    uuid = vm.run(f"cryptsetup luksUUID {story.DISK}")
    vm.run(f"modprobe crash_dm_crypt link={uuid}; umount {story.MOUNT}; cryptsetup close crash")
    story.unlock(vm, QUICK_PASSPHRASE, link=False)
    story.mount(vm)
    vm.run("setsid -w kdump-crypt load", timeout=300)
    settled(vm, key, memory, ARMED)


def test_story(emulated, tmp_path):
    vm, key, arch = emulated
    memory = tmp_path / "memory"
    settled(vm, key, memory, ARMED)    # dm-crypt's and the keyring's
    vm.run("setsid -w kdump-crypt load", timeout=300)
    vm.run("kdump-crypt status")
    assert vm.run(f"cat {ITEMS}/saved") == "1"
    assert "cryptsetup:" not in vm.run("keyctl list @u")
    settled(vm, key, memory, ARMED)    # dm-crypt's and the held area

    if LAB_ALL:
        arm_in_other_ways(vm, key, memory, arch)
    assert_sane_kernel(vm)

    token = story.log_token(vm)
    capture = story.crash(vm, timeout=180)
    capture.time_of("hid [1-9][0-9]* page")
    story.unlock(vm, QUICK_PASSPHRASE, link=False)
    story.mount(vm)
    [dump] = story.dumps(vm)
    assert story.info_of(vm, dump)["keys_hidden"] is True
    # makedumpfile 1.7.6 itself reads no dump of some of these kernels: docs/architectures.md
    vm.run(f"grep {token} {dump}/vmcore-dmesg.txt")
    assert in_vmcore(vm, dump, token.encode())
    parts = [key[:16], key[16:32], key[32:48], key[48:]]
    assert not in_vmcore(vm, dump, *parts)
    # As POWER's vector code has them.
    assert not in_vmcore(vm, dump, *(part[::-1] for part in parts))


# An init that prints how many keys have arrived.
COUNT_KEYS = """
    #!/bin/busybox sh
    busybox mount -t proc proc /proc
    busybox mount -t sysfs sysfs /sys
    busybox mount -t configfs configfs /sys/kernel/config
    echo yes >/sys/kernel/config/crash_dm_crypt_keys/restore
    echo "arrived: $(busybox grep -c cryptsetup: /proc/keys)"
    busybox reboot -f
    """


def arriving_keys(vm):
    """Crash the guest, whose volume's key is in the keyring. Return how many keys reach a crash
    kernel that another program has loaded."""
    uuid = vm.run(f"cryptsetup luksUUID {story.DISK}")
    vm.run("mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config; "
           f"rmdir {ITEMS}/*/; mkdir {ITEMS}/other && "
           f"echo cryptsetup:{uuid} >{ITEMS}/other/description")
    vm.run("mkdir -p /root/ram/bin /root/ram/proc /root/ram/sys; cp /bin/busybox /root/ram/bin")
    story.make_script(vm, "/root/ram/init", COUNT_KEYS)
    vm.run("cd /root/ram && find . | busybox cpio -o -H newc >../ram.img")
    vm.run("kexec -s -p --initrd=/root/ram.img --command-line='console=ttyAMA0 rdinit=/init' "
           "/boot/vmlinuz-$(uname -r)", timeout=120)
    vm.send_line("sync; echo c >/proc/sysrq-trigger")
    return int(vm.expect(r"arrived: (\d+)\r\n", what="the number of keys")[1])


@pytest.mark.skipif(os.environ.get("LAB_SYSROOT") != "archive", reason="make check-kernels")
def test_own_keys(volume, tmp_path):
    """The kernel's own interface and kexec_file_load(2) are used, and no module."""
    arch = foreign.ARCHITECTURES["arm64"]
    dest = tmp_path / "dest"
    kernel = foreign.with_own_keys(arch, foreign.build(arch), dest)
    with opened(arch, "test_own_keys", volume, foreign.root_image(arch, dest),
                kernel=kernel) as vm:
        # As some distributions have it.
        vm.run("cd /boot && gzip -1 <vmlinuz-$(uname -r) >gzipped && mv gzipped vmlinuz-$(uname -r)",
               timeout=120)
        # It does kexec_load(2).
        vm.run("mv /usr/sbin/kexec /root")
        vm.run("setsid -w kdump-crypt load", timeout=300)
        vm.run("kdump-crypt status && mv /root/kexec /usr/sbin && sync")
        vm.run("! grep -q ^crash_dm_crypt /proc/modules")
        token = story.log_token(vm)
        story.crash(vm, timeout=180)
        story.unlock(vm, QUICK_PASSPHRASE)
        story.mount(vm)
        [dump] = story.dumps(vm)
        assert story.info_of(vm, dump)["complete"]
        vm.run(f"grep {token} {dump}/vmcore-dmesg.txt")
        assert in_vmcore(vm, dump, token.encode())
        assert arriving_keys(vm) == 1
