# SPDX-License-Identifier: GPL-2.0-or-later
"""make memory: the smallest crashkernel= at which a complete dump is saved, with the estimate, and
what uses the memory. For docs/memory.md.

    python3 -m lab.memory --flavour generic --memory 2048 lvm-on-luks2"""
import argparse
import json
import shutil
import sys
from contextlib import contextmanager
from functools import cache

from . import disks, foreign, product, story
from .disks import LUKS1_KDF, QUICK_KDF, QUICK_PASSPHRASE
from .host import BUILD, LabError
from .vm import Vm, VmError

STEP = 4    # MiB
PLENTY = 128    # enough for each layout
LIKELY = 12     # the smallest size that works is about so far below the estimate
KEY = "/root/key"
# The guest has no udev.
SETUP = (f"printf {QUICK_PASSPHRASE} >{KEY}; export MDADM_NO_UDEV=1 LVM_SUPPRESS_FD_WARNINGS=1; "
         "echo 'activation { udev_rules = 0 udev_sync = 0 }' >>/etc/lvm/lvmlocal.conf")

OPEN = f"cryptsetup open --key-file {KEY} {story.DISK} crash"
LUKS2 = [f"cryptsetup luksFormat -q {' '.join(QUICK_KDF)} {story.DISK} {KEY}", OPEN]
LUKS1 = f"cryptsetup luksFormat -q --type luks1 {' '.join(LUKS1_KDF)} {story.DISK} {KEY}"
LVM = [f"vgcreate -q dump-vg {story.DISK}", "lvcreate -q -y -n crash -l 80%FREE dump-vg"]
LUKS_DEVICE, LVM_DEVICE = "/dev/mapper/crash", "/dev/dump-vg/crash"


def on_array(level, commands):
    """Return commands that make the same on a RAID array of the disk and a missing disk."""
    return [f"mdadm --create /dev/md0 --run --level {level} --raid-devices 2 --bitmap none "
            f"{story.DISK} missing", *on("/dev/md0", commands)]


def on(device, commands):
    return [command.replace(story.DISK, device) for command in commands]


# Each has the commands that make it, and the device and type of its filesystem.
LAYOUTS = {
    "plain": ([], story.DISK, "ext4"),
    "luks2": (LUKS2, LUKS_DEVICE, "ext4"),
    "luks1": ([LUKS1, OPEN], LUKS_DEVICE, "ext4"),
    "luks2-serpent": (
        [LUKS2[0].replace("luksFormat", "luksFormat --cipher serpent-xts-plain64"), OPEN],
        LUKS_DEVICE, "ext4"),
    "xfs-on-luks2": (LUKS2, LUKS_DEVICE, "xfs"),
    "btrfs-on-luks2": (LUKS2, LUKS_DEVICE, "btrfs"),
    "lvm-on-luks2": ([*LUKS2, *on(LUKS_DEVICE, LVM)], LVM_DEVICE, "ext4"),
    "luks2-on-lvm": ([*LVM, *on(LVM_DEVICE, LUKS2)], LUKS_DEVICE, "ext4"),
    "luks2-on-raid10": (on_array(10, LUKS2), LUKS_DEVICE, "ext4"),
    "lvm-on-luks2-on-raid1": (
        [*on_array(1, LUKS2), *on(LUKS_DEVICE, LVM)], LVM_DEVICE, "ext4"),
}

# A guest of another architecture has no programs for the others.
FOREIGN_LAYOUTS = ["plain", "luks2", "luks1", "luks2-serpent", "lvm-on-luks2", "luks2-on-lvm"]

# A hook of the capture, which runs before the unlocking and after the dump.
LOOK = r"""
    #!/bin/sh
    exec grep -E '^(MemTotal|MemFree|MemAvailable|Slab|Percpu|KernelStack|PageTables|Cached):' \
        /proc/meminfo
    """
LOAD = f"kdump-crypt load --key-file {KEY}"
HOOKS = ["kdump_pre /root/look", "kdump_post /root/look", "extra_bins /usr/bin/grep"]


def arm(vm, layout):
    """Arm the machine. Return the estimate, in MiB."""
    commands, device, filesystem = LAYOUTS[layout]
    vm.run(SETUP)
    for command in [*commands, f"mkfs.{filesystem} -q {device}",
                    f"mount -t {filesystem} {device} {story.MOUNT}"]:
        vm.run(command, timeout=180)
    vm.run(LOAD, timeout=180)
    said = json.loads(vm.run("kdump-crypt estimate --json 2>/dev/null", check=False,
                             timeout=180)[1])
    return said["needed_bytes"] >> 20


def contents(vm):
    """Return the largest files of the initramfs, with their sizes in KiB."""
    return vm.run("unsquashfs -lls /var/lib/kdump-crypt/initramfs-*.img.squashfs | "
                  "awk '{print int($3 / 1024), $6}' | sort -rn | head -14")


@cache
def system(flavour):
    """Return the root disk of another architecture, with the product. Return None for this one."""
    arch = foreign.ARCHITECTURES.get(flavour)
    return foreign.root_image(arch, foreign.build(arch)) if arch else None


@contextmanager
def armed(flavour, memory, layout, size):
    """An armed guest with `size` MiB reserved, and the estimate."""
    name = f"memory-{flavour}-{layout}-{memory}-{size}"
    disk = disks.blank(BUILD / "vm" / f"{name}-disk" / "crash.img")
    try:
        with Vm(flavour, [disk], f"crashkernel={size}M", name=name, memory=memory,
                system=system(flavour)) as vm:
            vm.wait_shell(300)
            yield vm, arm(vm, layout)
    finally:
        shutil.rmtree(disk.parent)


def works(flavour, memory, layout, size):
    """Return true if a complete dump is saved."""
    with armed(flavour, memory, layout, size) as (vm, estimate):
        try:
            # Nobody needs the next boot.
            lines = story.crash(vm, timeout=120, back=lambda _vm: None).lines
        except VmError:
            lines = []
    ends = any(text.startswith("end: the dump is complete") for _, _, text in lines)
    print(f"{flavour}, {memory} MiB, {layout}: {size}M {'works' if ends else 'fails'} "
          f"(estimate: {estimate}M)", flush=True)
    return ends


def look(flavour, memory, layout):
    """Print what the initramfs contains, and what uses the memory when there is plenty."""
    with armed(flavour, memory, layout, PLENTY) as (vm, _):
        print(f"    the largest files of the initramfs, in KiB:\n{contents(vm)}")
        story.make_script(vm, "/root/look", LOOK)
        vm.run("printf '%s\\n' " + " ".join(f"'{hook}'" for hook in HOOKS) +
               " >/etc/kdump-crypt.conf")
        vm.run(LOAD, timeout=180)
        print("\n".join(text for _, _, text in story.crash(vm, timeout=120).lines
                        if text.startswith(("start", "kdump_p"))), flush=True)


def smallest(flavour, memory, layout):
    """Return the smallest size that works, and the estimate. All smaller sizes fail."""
    with armed(flavour, memory, layout, PLENTY) as (_, estimate):
        pass
    size = estimate - LIKELY
    if works(flavour, memory, layout, size):
        while works(flavour, memory, layout, size - STEP):
            size -= STEP
    else:
        size += STEP
        while not works(flavour, memory, layout, size):
            size += STEP
            if size > PLENTY:
                raise LabError(f"{layout}: no size works up to {PLENTY}M")
    return size, estimate


def main():
    parser = argparse.ArgumentParser(prog="make memory")
    parser.add_argument("--flavour", choices=["generic", "cloud", *foreign.ARCHITECTURES],
                        default="generic")
    parser.add_argument("--memory", type=int, default=2048, help="of the guest, in MiB (2048)")
    parser.add_argument("layouts", nargs="*", metavar="LAYOUT", help=", ".join(LAYOUTS))
    options = parser.parse_args()
    layouts = options.layouts or (FOREIGN_LAYOUTS if options.flavour in foreign.ARCHITECTURES
                                  else list(LAYOUTS))
    try:
        if options.flavour not in foreign.ARCHITECTURES:
            product.build()
        table = []
        for layout in layouts:
            look(options.flavour, options.memory, layout)
            table.append((layout, *smallest(options.flavour, options.memory, layout)))
    except LabError as err:
        sys.exit(str(err))
    print(f"\n{'layout':<24} {'smallest':>8} {'estimate':>8}")
    for layout, least, estimate in table:
        print(f"{layout:<24} {least:>7}M {estimate:>7}M")


if __name__ == "__main__":
    main()
