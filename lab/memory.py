# SPDX-License-Identifier: GPL-2.0-or-later
"""make memory: the smallest crashkernel= at which a complete dump lands, beside the estimate,
and where the memory goes. For docs/memory.md.

    python3 -m lab.memory --flavour generic --memory 2048 lvm-on-luks2
"""
import argparse
import json
import shutil
import sys

from . import disks, product, story
from .disks import QUICK_KDF, QUICK_PASSPHRASE
from .host import BUILD, LabError
from .vm import Vm, VmError

STEP = 4    # MiB
KEY = "/root/key"
# The guest has no udev.
SETUP = (f"printf {QUICK_PASSPHRASE} >{KEY}; export MDADM_NO_UDEV=1 LVM_SUPPRESS_FD_WARNINGS=1; "
         "echo 'activation { udev_rules = 0 udev_sync = 0 }' >>/etc/lvm/lvmlocal.conf")

LUKS2 = [f"cryptsetup luksFormat -q {' '.join(QUICK_KDF)} {story.DISK} {KEY}",
         f"cryptsetup open --key-file {KEY} {story.DISK} crash"]
LVM = ["vgcreate -q dump-vg {on}", "lvcreate -q -y -n crash -l 80%FREE dump-vg"]
LUKS2_DEVICE, LVM_DEVICE = "/dev/mapper/crash", "/dev/dump-vg/crash"
ARRAY = (f"mdadm --create /dev/md0 --run --level 1 --raid-devices 2 --bitmap none {story.DISK} "
         "missing")

# What makes it, and the filesystem's device.
LAYOUTS = {
    "luks2": (LUKS2, LUKS2_DEVICE),
    "lvm-on-luks2": ([*LUKS2, *(c.format(on=LUKS2_DEVICE) for c in LVM)], LVM_DEVICE),
    "lvm-on-luks2-on-raid1": (
        [ARRAY, *(c.replace(story.DISK, "/dev/md0") for c in LUKS2),
         *(c.format(on=LUKS2_DEVICE) for c in LVM)], LVM_DEVICE),
    "plain": ([], story.DISK),
}

# Run in the crash kernel, before anything is unlocked and after the dump.
LOOK = r"""
    #!/bin/sh
    exec grep -E '^(MemTotal|MemFree|MemAvailable|Slab|Percpu|KernelStack|PageTables|Cached):' \
        /proc/meminfo
    """
HOOKS = ["kdump_pre /root/look", "kdump_post /root/look", "extra_bins /usr/bin/grep"]


def arm(vm, layout):
    commands, device = LAYOUTS[layout]
    vm.run(SETUP)
    for command in [*commands, f"mkfs.ext4 -q {device}", f"mount {device} {story.MOUNT}"]:
        vm.run(command, timeout=180)
    story.make_script(vm, "/root/look", LOOK)
    vm.run("printf '%s\\n' " + " ".join(f"'{hook}'" for hook in HOOKS) + " >/etc/kdump-crypt.conf")
    vm.run(f"kdump-crypt load --key-file {KEY}", timeout=180)
    # The hook is no part of what is to be estimated.
    vm.run("rm /etc/kdump-crypt.conf")
    said = json.loads(vm.run("kdump-crypt estimate --json", check=False, timeout=180)[1]
                      .split("...\n")[-1])
    return said["needed_bytes"] >> 20


def contents(vm):
    """The largest files of the initramfs, in KiB."""
    return vm.run("zstd -dc /var/lib/kdump-crypt/initramfs-*.img | cpio -tv 2>/dev/null | "
                  "awk '{print int($5 / 1024), $NF}' | sort -rn | head -14")


def attempt(flavour, memory, layout, size):
    """Whether a dump lands; the estimate; the lines of the capture; the initramfs."""
    disk = disks.blank(BUILD / "vm" / "memory-disk" / "crash.img")
    with Vm(flavour, [disk], f"crashkernel={size}M", name=f"memory-{layout}-{memory}-{size}",
            memory=memory) as vm:
        vm.wait_shell()
        estimate = arm(vm, layout)
        files = contents(vm)
        try:
            lines = [text for _, _, text in story.crash(vm, timeout=120).lines]
        except VmError:
            lines = []
    shutil.rmtree(disk.parent)
    return any(text.startswith("end: the dump is complete") for text in lines), estimate, lines, \
        files


def smallest(flavour, memory, layout, start):
    """From `start` MiB downwards, as long as it works."""
    size, shown = start, False
    while True:
        works, estimate, lines, files = attempt(flavour, memory, layout, size)
        if not shown:
            print(f"    the largest files of the initramfs, in KiB:\n{files}")
            print("\n".join(text for text in lines if text.startswith(("start", "kdump_p"))))
            shown = True
        print(f"{flavour}, {memory} MiB, {layout}: {size}M {'works' if works else 'fails'} "
              f"(estimate: {estimate}M)", flush=True)
        if not works:
            return size + STEP, estimate
        size -= STEP


def main():
    parser = argparse.ArgumentParser(prog="make memory")
    parser.add_argument("--flavour", choices=["generic", "cloud"], default="generic")
    parser.add_argument("--memory", type=int, default=2048, help="of the guest, in MiB (2048)")
    parser.add_argument("--start", type=int, default=100, help="the first size to try, in MiB (100)")
    parser.add_argument("layouts", nargs="*", metavar="LAYOUT", default=list(LAYOUTS),
                        help=", ".join(LAYOUTS))
    options = parser.parse_args()
    try:
        product.build()
        table = [(layout, *smallest(options.flavour, options.memory, layout, options.start))
                 for layout in options.layouts]
    except LabError as err:
        sys.exit(str(err))
    print(f"\n{'layout':<24} {'smallest':>8} {'estimate':>8}")
    for layout, least, estimate in table:
        print(f"{layout:<24} {least:>7}M {estimate:>7}M")


if __name__ == "__main__":
    main()
