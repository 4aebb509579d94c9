# SPDX-License-Identifier: GPL-2.0-or-later
"""All storage layouts: on each, a crash leaves a dump that is read after the next boot, and nobody
is asked anything.

With LAB_ALL=1 in the environment all layouts are tried, otherwise a third of them."""
import json
import os
import re
from dataclasses import dataclass, field
from functools import partial

import pytest

from lab import disks, story
from lab.disks import LUKS1_KDF, QUICK_KDF, QUICK_PASSPHRASE
from lab.saved import Saved
from lab.vm import Vm, skip_waits
from machines import CONFIG, KEY
from module_guest import MEMORY
from test_scan import scan

LAB_ALL = "LAB_ALL" in os.environ
DISKS = ["/dev/vdb", "/dev/vdc", "/dev/vdd"]

# The environment of the guest, which has no udev.
SETUP = "export MDADM_NO_UDEV=1 LVM_SUPPRESS_FD_WARNINGS=1"

MKFS = {"ext4": "mkfs.ext4 -q", "ext3": "mkfs.ext3 -q", "ext2": "mkfs.ext2 -q", "xfs": "mkfs.xfs -q", "btrfs": "mkfs.btrfs -q"}


@dataclass
class Layout:
    """A layout: how to make it, how to open it after a boot, and the filesystem's device."""
    make: list
    open: list
    device: str
    volumes: int = 1            # LUKS volumes in it
    filesystem: str = "ext4"
    features: str = ""          # options of mkfs
    mount: str = ""             # options
    path: str = story.MOUNT
    subvolumes: list = field(default_factory=list)
    by_default: bool = False
    boots: bool = False         # only a boot finds all that it is made of
    waits: bool = False         # the capture waits for a missing disk
    before_crash: str = "true"  # e.g. to lose a disk
    after: str = ""             # further options of mount after the crash
    schedules: int = None       # of the key, that scan has to find in a dump with hide_keys no
    order: list = field(default_factory=list)   # of the capture's lines


def luks(device, name, *options):
    """Return the commands that make a LUKS volume, and those that open it."""
    kdf = LUKS1_KDF if "--type luks1" in options else QUICK_KDF
    return [f"cryptsetup luksFormat -q {' '.join(kdf)} {' '.join(options)} {device} {KEY}",
            unlock(device, name)]


def unlock(device, name):
    return f"cryptsetup open --key-file {KEY} {device} {name}"


def array(device, level, *members, metadata="1.2"):
    return (f"mdadm --create {device} --run --level {level} --raid-devices {len(members)} "
            f"--metadata {metadata} --bitmap none {' '.join(members)}")


VDB, VDC, VDD = DISKS
C1, C2, MD0, LV = "/dev/mapper/c1", "/dev/mapper/c2", "/dev/md0", "/dev/dump-vg/crash-lv"
ACTIVATE = "vgchange -q -ay"
SCAN = "modprobe btrfs; btrfs device scan"
NAME_THE_MACHINE = ("echo 'global { system_id_source = \"lvmlocal\" } local { system_id = \"lab\" }' "
                    ">>/etc/lvm/lvmlocal.conf")


def volume_group(*devices, options=""):
    """Return the commands that make LV and another logical volume beside it."""
    return [f"pvcreate -q {' '.join(devices)}", f"vgcreate -q dump-vg {' '.join(devices)}",
            "lvcreate -q -y -n swap -L 64M dump-vg",
            f"lvcreate -q -y -n crash-lv -l 80%FREE {options} dump-vg"]


# LVM checks pools and caches with programs that Debian does not install with it.
NO_CHECKS = "--config 'global { thin_check_executable=\"\" cache_check_executable=\"\" }'"
ACTIVATE += f" {NO_CHECKS}"


def thin_pool(device):
    return [f"pvcreate -q {device}", f"vgcreate -q dump-vg {device}",
            f"lvcreate -q -y -n crash-lv -L 700M -T dump-vg/pool -V 900M {NO_CHECKS}"]


def cached(kind):
    """Return the commands that make LV on VDB, with a cache on VDC."""
    return [f"pvcreate -q {VDB} {VDC}", f"vgcreate -q dump-vg {VDB} {VDC}",
            f"lvcreate -q -y -n crash-lv -L 700M dump-vg {VDB}",
            f"lvcreate -q -y -an -n fast -L 100M dump-vg {VDC}",
            f"lvconvert -q -y --type {kind} --cachevol fast {NO_CHECKS} dump-vg/crash-lv"]


def assemble(*members, options=""):
    return f"mdadm --assemble {options} {MD0} {' '.join(members)}"


DETACHED = "--header /root/header"
# The loaded crash kernel has its own copy of the header.
WITHOUT_HEADER = ("mv /root/header /root/away && "
                  "kdump-crypt status | grep 'mount the filesystem that has /root/header' && "
                  f"! kdump-crypt load --key-file {KEY} --path {story.MOUNT} 2>/root/refusal && "
                  "grep 'mount the filesystem that has /root/header' /root/refusal && "
                  "kdump-crypt check | "
                  "grep '^warn  dump path .*the filesystem that has /root/header' && "
                  "kdump-crypt status --brief | grep '^armed: .*; warning: ' && "
                  "mv /root/away /root/header && kdump-crypt status && sync")


def header_of(device):
    """Return the command that says where the header is."""
    return f"echo 'c1 {device} none luks,header=/root/header' >>/etc/crypttab"


LAYOUTS = {
    # The layout of Debian's installer.
    "lvm-on-luks2": Layout(
        [*luks(VDB, "c1"), *volume_group(C1)], [unlock(VDB, "c1"), ACTIVATE], LV,
        by_default=True),
    "luks2-on-lvm": Layout(
        [*volume_group(VDB), *luks(LV, "c1")], [ACTIVATE, unlock(LV, "c1")], C1),
    "luks2-on-striped-lvm": Layout(
        [*volume_group(VDB, VDC, options="--stripes 2"), *luks(LV, "c1")],
        [ACTIVATE, unlock(LV, "c1")], C1),
    "lvm-on-two-luks2": Layout(
        [*luks(VDB, "c1"), *luks(VDC, "c2"), *volume_group(C1, C2, options="--stripes 2")],
        [unlock(VDB, "c1"), unlock(VDC, "c2"), ACTIVATE], LV, volumes=2),
    "luks2-on-lvm-raid1": Layout(
        [*volume_group(VDB, VDC, options="--type raid1 -m 1"), *luks(LV, "c1")],
        [ACTIVATE, unlock(LV, "c1")], C1),
    "lvm-raid5-on-three-luks2": Layout(
        [*luks(VDB, "c1"), *luks(VDC, "c2"), *luks(VDD, "c3"),
         *volume_group(C1, C2, "/dev/mapper/c3", options="--type raid5")],
        [unlock(VDB, "c1"), unlock(VDC, "c2"), unlock(VDD, "c3"), ACTIVATE], LV, volumes=3),
    # One of the two disks forgets what it is part of.
    "luks2-on-degraded-lvm-raid1": Layout(
        [*volume_group(VDB, VDC, options="--type raid1 -m 1"), *luks(LV, "c1")],
        [f"{ACTIVATE} --activationmode degraded", unlock(LV, "c1")], C1, waits=True,
        before_crash=f"sync; sleep 1; dd if=/dev/zero of={VDC} bs=64K count=1 oflag=direct"),
    "lvm-thin-on-luks2": Layout(
        [*luks(VDB, "c1"), *thin_pool(C1)], [unlock(VDB, "c1"), ACTIVATE], LV),
    "lvm-cached-luks2": Layout(
        [*cached("cache"), *luks(LV, "c1")],
        [ACTIVATE, unlock(LV, "c1")], C1),
    "lvm-writecached-luks2": Layout(
        [*cached("writecache"), *luks(LV, "c1")],
        [ACTIVATE, unlock(LV, "c1")], C1),
    "luks2-on-lvm-mirror": Layout(
        [*volume_group(VDB, VDC, options="--type mirror -m 1 --mirrorlog core"), *luks(LV, "c1")],
        [ACTIVATE, unlock(LV, "c1")], C1),
    "lvm-not-encrypted": Layout(volume_group(VDB, VDC), [ACTIVATE], LV, volumes=0),
    "luks2-on-raid1": Layout(
        [array(MD0, "1", VDB, VDC), *luks(MD0, "c1")],
        [assemble(VDB, VDC), unlock(MD0, "c1")], C1),
    # Each of the disks begins with the LUKS header, and is no volume to be opened.
    "luks2-on-raid1-metadata-1.0": Layout(
        [array(MD0, "1", VDB, VDC, metadata="1.0"), *luks(MD0, "c1")],
        [assemble(VDB, VDC), unlock(MD0, "c1")], C1),
    "lvm-on-luks2-on-raid1": Layout(
        [array(MD0, "1", VDB, VDC), *luks(MD0, "c1"), *volume_group(C1)],
        [assemble(VDB, VDC), unlock(MD0, "c1"), ACTIVATE], LV,
        order=["^raid: [^,]*$", "^unlock: ", "^lvm: "]),
    # One of the two disks forgets, between the last write and the crash, what it is part of.
    "luks2-on-degraded-raid1": Layout(
        [array(MD0, "1", VDB, VDC), *luks(MD0, "c1")],
        [assemble(VDB, options="--run"), unlock(MD0, "c1")], C1, by_default=True, waits=True,
        order=["^raid: .* without 1 of its disks$", "^unlock: "],
        before_crash=f"sync; sleep 1; dd if=/dev/zero of={VDC} bs=64K count=1 oflag=direct"),
    # The remaining disk of the array begins with a physical volume. LVM must not use it yet.
    "lvm-on-degraded-raid1-metadata-1.0": Layout(
        [array(MD0, "1", VDB, VDC, metadata="1.0"), *volume_group(MD0)],
        [assemble(VDB, options="--run"), ACTIVATE], LV, volumes=0, waits=True,
        order=["^raid: .* without 1 of its disks$", "^lvm: "],
        before_crash=f"sync; sleep 1; for seek in 0 16383; do dd if=/dev/zero of={VDC} bs=64K "
                     "count=1 seek=$seek oflag=direct; done"),
    "raid1-on-two-luks2": Layout(
        [*luks(VDB, "c1"), *luks(VDC, "c2"), array(MD0, "1", C1, C2)],
        [unlock(VDB, "c1"), unlock(VDC, "c2"), assemble(C1, C2)], MD0, volumes=2,
        order=["^unlock: ", "^raid: [^,]*$"]),
    "luks2-on-raid5": Layout(
        [array(MD0, "5", *DISKS), *luks(MD0, "c1")],
        [assemble(*DISKS), unlock(MD0, "c1")], C1),
    "luks2-on-raid0": Layout(
        [array(MD0, "0", VDB, VDC), *luks(MD0, "c1")],
        [assemble(VDB, VDC), unlock(MD0, "c1")], C1),
    "luks2-on-raid10": Layout(
        [array(MD0, "10", *DISKS), *luks(MD0, "c1")],
        [assemble(*DISKS), unlock(MD0, "c1")], C1),
    "luks2-on-a-partition-of-raid1": Layout(
        [array(MD0, "1", VDB, VDC), disks.partition(MD0, 900), *luks(f"{MD0}p1", "c1")],
        [assemble(VDB, VDC), unlock(f"{MD0}p1", "c1")], C1, boots=True),
    "luks2-on-a-partition": Layout(
        [disks.partition(VDB, 900), *luks(f"{VDB}1", "c1")], [unlock(f"{VDB}1", "c1")], C1,
        boots=True),
    "xfs-on-lvm-on-luks2": Layout(
        [*luks(VDB, "c1"), *volume_group(C1)], [unlock(VDB, "c1"), ACTIVATE], LV,
        filesystem="xfs", path=f"{story.MOUNT}/deep/down"),
    "btrfs-raid1-on-two-luks2": Layout(
        ["modprobe btrfs", *luks(VDB, "c1"), *luks(VDC, "c2")],
        [unlock(VDB, "c1"), unlock(VDC, "c2"), SCAN], C1, volumes=2, filesystem="btrfs",
        features=f"-d raid1 -m raid1 {C2}", by_default=True),
    "btrfs-on-two-disks": Layout(
        ["modprobe btrfs"], [SCAN], VDB, volumes=0, filesystem="btrfs",
        features=f"-d raid0 -m raid1 {VDC}"),
    "degraded-btrfs-raid1-on-two-luks2": Layout(
        ["modprobe btrfs", *luks(VDB, "c1"), *luks(VDC, "c2")], [unlock(VDB, "c1")], C1, volumes=2,
        filesystem="btrfs", features=f"-d raid1 -m raid1 {C2}", waits=True,
        before_crash=f"sync; sleep 1; for seek in 0 64; do dd if=/dev/zero of={VDC} bs=64K "
                     "count=1 seek=$seek oflag=direct; done", after="-o degraded"),
    "btrfs-on-luks2": Layout(
        luks(VDB, "c1"), [unlock(VDB, "c1")], C1, filesystem="btrfs"),
    # A subvolume that is not the filesystem's default, and another one in it.
    "btrfs-subvolume-on-luks2": Layout(
        luks(VDB, "c1"), [unlock(VDB, "c1")], C1, filesystem="btrfs", mount="subvol=@crash",
        subvolumes=["@crash", "@crash/inner"], path=f"{story.MOUNT}/inner", by_default=True),
    "xfs-on-luks1": Layout(
        luks(VDB, "c1", "--type luks1"), [unlock(VDB, "c1")], C1, filesystem="xfs",
        by_default=True),
    # On a small partition, as cryptsetup writes all of it.
    **{f"luks2-{name}": Layout(
        [disks.partition(VDB, 300), *luks(f"{VDB}1", "c1", options)], [unlock(f"{VDB}1", "c1")],
        C1, boots=True, before_crash="kdump-crypt estimate | grep 'journals of dm-integrity'",
        schedules=schedules)
       for name, schedules, options in [
           ("hmac-sha256", 3, "--integrity hmac-sha256"),
           ("aes-gcm", 1, "--cipher aes-gcm-random --integrity aead"),
           ("aes-ccm", 1, "--cipher aes-ccm-random --integrity aead --key-size 216"),
           ("chacha20-poly1305", 0, "--cipher chacha20-random --integrity poly1305")]},
    "luks2-with-a-detached-header": Layout(
        [disks.partition(VDB, 900), header_of(f"{VDB}1"), *luks(f"{DETACHED} {VDB}1", "c1")],
        [unlock(f"{DETACHED} {VDB}1", "c1")], C1, boots=True, before_crash=WITHOUT_HEADER),
    # Nothing but its size tells the disk, as it has no serial number.
    "luks1-with-a-detached-header": Layout(
        [header_of(VDB), *luks(f"{DETACHED} {VDB}", "c1", "--type luks1"), *volume_group(C1)],
        [unlock(f"{DETACHED} {VDB}", "c1"), ACTIVATE], LV, boots=True, before_crash="sync"),
    "luks2-ext2": Layout(luks(VDB, "c1"), [unlock(VDB, "c1")], C1, filesystem="ext2"),
    "luks2-ext3": Layout(luks(VDB, "c1"), [unlock(VDB, "c1")], C1, filesystem="ext3"),
    "luks2-ext4-with-quota": Layout(
        luks(VDB, "c1"), [unlock(VDB, "c1")], C1, features="-O quota", by_default=True),
    "luks2-xfs-with-quota": Layout(
        luks(VDB, "c1"), [unlock(VDB, "c1")], C1, filesystem="xfs", mount="usrquota"),
    "lvm-on-luks1": Layout(
        [*luks(VDB, "c1", "--type luks1"), *volume_group(C1)],
        [unlock(VDB, "c1"), ACTIVATE], LV),
    **{f"luks2-{cipher}": Layout(
        luks(VDB, "c1", "--cipher", cipher, "--key-size", bits), [unlock(VDB, "c1")], C1)
       for cipher, bits in [("aes-cbc-essiv:sha256", "256"), ("serpent-xts-plain64", "512"),
                            ("twofish-xts-plain64", "512"),
                            ("xchacha12,aes-adiantum-plain64", "256"),
                            ("'capi:xts(serpent)-plain64'", "512")]},
    # LVM uses this group only if a file, which survives the crash, names the machine.
    "lvm-with-a-system-id": Layout(
        [NAME_THE_MACHINE, *luks(VDB, "c1"), *volume_group(C1),
         "vgs --noheadings -o systemid dump-vg | grep -w lab"],
        [unlock(VDB, "c1"), ACTIVATE], LV, boots=True, before_crash="sync"),
}


def prepare(vm, command="true"):
    """Wait for the shell and prepare what the commands here rely on."""
    vm.wait_shell()
    vm.run(f"printf {QUICK_PASSPHRASE} >{KEY}; "
           "echo 'activation { udev_rules = 0 udev_sync = 0 }' >/etc/lvm/lvmlocal.conf; "
           f"{SETUP}")
    vm.run(command)


def prepare_blank(vm):
    """Prepare it, and load the modules for opening a LUKS volume."""
    prepare(vm)
    for command in [*luks(VDB, "c1"), "cryptsetup close c1", f"blkdiscard -f {VDB}"]:
        vm.run(command, timeout=120)


MACHINE = Saved("layouts", prepare_blank, disks=[partial(disks.blank, size=1 << 30)] * len(DISKS),
                flavour="cloud", cmdline_extra="crashkernel=128M", memory=MEMORY)


def make(vm, layout):
    for command in layout.make:
        vm.run(command, timeout=180)
    if layout.filesystem in MKFS:
        vm.run(f"{MKFS[layout.filesystem]} {layout.features} {layout.device}", timeout=180)
    for subvolume in layout.subvolumes:
        vm.run(f"mount {layout.device} /mnt; btrfs subvolume create /mnt/{subvolume}; "
               "umount /mnt")
    mount(vm, layout)


def mount(vm, layout, more=""):
    option = f"-o {layout.mount}" if layout.mount else ""
    vm.run(f"mount -t {layout.filesystem} {option} {more} {layout.device} {story.MOUNT}")


def crash_and_read(vm, layout, back):
    make(vm, layout)
    vm.run(f"mkdir -p {layout.path}")
    if layout.schedules is not None:
        vm.run(f"echo hide_keys no >{CONFIG}")
    vm.run(f"kdump-crypt load --key-file {KEY} --path {layout.path} --append kdump_crypt.debug",
           timeout=120)
    status = json.loads(vm.run("kdump-crypt status --json"))
    assert len(status["luks_volumes"]) == layout.volumes
    assert (status["saved_keys"] or 0) == layout.volumes
    token = story.log_token(vm)
    vm.run(layout.before_crash)
    capture = story.crash(vm, timeout=120, back=back)
    print("\n".join(f"{when:6.2f} s (own: {own:5.2f}) {text}"
                    for when, own, text in capture.lines))
    capture.time_of("^end: the dump is complete")
    times = [capture.time_of(line) for line in layout.order]
    assert times == sorted(times)
    assert not [text for _, _, text in capture.lines if re.search("cannot|could not", text)]
    vm.run(SETUP)
    for command in layout.open:
        vm.run(command, timeout=120)
    vm.run("dmesg -C")
    mount(vm, layout, layout.after)
    assert "Quotacheck" not in vm.run("dmesg")
    dump = vm.run(f"ls -d {layout.path}/lab-*")
    assert token in story.dmesg_in(vm, dump)
    if layout.schedules is not None:
        [found] = scan(vm, f"--key-file {KEY} {dump}")["luks_volumes"]
        assert found["pages"] and found["schedules"] >= layout.schedules


@pytest.mark.parametrize("name", [name for name, layout in LAYOUTS.items()
                                  if LAB_ALL or layout.by_default])
def test_layout(start, name):
    layout = LAYOUTS[name]
    with start(MACHINE, devices=skip_waits() if layout.waits else ()) as vm:
        crash_and_read(vm, layout, Vm.wait_shell if layout.boots else MACHINE.resume)


def assert_listed(vm):
    """The tool knows the host by the name if there is no info.json."""
    [dump] = story.dumps(vm)
    vm.run(f"rm {dump}/info.json")
    [listed] = json.loads(vm.run("kdump-crypt list --json"))
    assert dump.endswith(f"/{listed['name']}") and listed["host"] == "lab"


@pytest.mark.skipif(not LAB_ALL, reason="only with LAB_ALL=1")
@pytest.mark.parametrize("kind", ["f2fs", "vfat", "exfat"])
def test_other_filesystem(start, guest, tmp_path, kind):
    """A disk that somebody has formatted elsewhere. The cloud kernel has no F2FS."""
    disk = disks.filesystem(tmp_path / "disk.img", kind, 1 << 30)
    warned = "kdump-crypt load --dry-run 2>&1 | grep 'no file above 4 GiB'"
    layout = Layout([], [], VDC, volumes=0, filesystem=kind,
                    before_crash=warned if kind == "vfat" else "true")
    if kind == "f2fs":
        with guest("generic", [disks.blank(tmp_path / "other.img", 1 << 20), disk]) as vm:
            prepare(vm)
            crash_and_read(vm, layout, Vm.wait_shell)
            assert_listed(vm)
    else:
        with start(MACHINE, disks=[None, disk]) as vm:
            crash_and_read(vm, layout, MACHINE.resume)
            assert_listed(vm)


BUSES = {"virtio-scsi": ("virtio_scsi sd_mod", "/dev/sda"), "nvme": ("nvme", "/dev/nvme0n1"),
         "ahci": ("ahci sd_mod", "/dev/sda"),
         "usb": ("xhci_pci usb_storage sd_mod", "/dev/sda"),
         # sysfs does not name the driver of a card.
         "sd": ("sdhci_pci mmc_block", "/dev/mmcblk0")}


@pytest.mark.parametrize("bus", list(BUSES) if LAB_ALL else ["nvme"])
def test_bus(guest, tmp_path, bus):
    """The bus of the disk. The crash kernel gets the drivers of all devices on the way to it."""
    modules, disk = BUSES[bus]
    with guest("generic", [disks.blank(tmp_path / "disk.img", 1 << 30)], bus=bus) as vm:
        load_modules = (f"modprobe -a {modules}; "
                        f"for n in $(seq 50); do [ -e {disk} ] || sleep 0.2; done")
        prepare(vm, load_modules)
        crash_and_read(vm, Layout(luks(disk, "c1"), [load_modules, unlock(disk, "c1")], C1),
                       Vm.wait_shell)
