# SPDX-License-Identifier: GPL-2.0-or-later
"""A disk with an installed Debian 13, as guided partitioning with encrypted LVM makes it: GRUB,
/boot, and a LUKS2 partition with logical volumes for root and swap."""
from pathlib import Path

from . import cache, disks, product
from .disks import QUICK_PASSPHRASE
from .host import CHECKOUT, as_root, run, say
from .sysroot import enter, sysroot
from .vm import Vm

SIZE = 8 << 30
LUKS_START = (1 + 1 + 512) << 20    # after the table, the loader's partition and /boot
LUKS_HEADER = 16 << 20
ROOT_PASSWORD = "root"
BASHRC = CHECKOUT / "lab/guest/bashrc.lab"

DISK, VG = "/dev/vdc", "lab-vg"     # in the guest that installs; /dev/vdb has the tree
IN_TARGET = "chroot /target"
BIOS_BOOT = "21686148-6449-6E6F-744E-656564454649"
PARTITIONS = f"label: gpt\\nsize=1M, type={BIOS_BOOT}\\nsize=512M\\ntype=L\\n"

VOLUMES = [
    "echo 'activation { udev_rules = 0 udev_sync = 0 }' >>/etc/lvm/lvmlocal.conf",
    f"printf '{QUICK_PASSPHRASE}' | cryptsetup open --key-file - {DISK}3 "
    "vda3_crypt",
    f"vgcreate -q {VG} /dev/mapper/vda3_crypt; lvcreate -q -y -n swap_1 -L 512M {VG}; "
    f"lvcreate -q -y -n root -l 100%FREE {VG}",
    # Copying blocks is many times faster than copying files, on an emulated CPU.
    f"e2image -ra /dev/vdb /dev/{VG}/root; resize2fs /dev/{VG}/root",
    f"mkfs.ext4 -q {DISK}2; mkswap -q /dev/{VG}/swap_1",
    f"mkdir /target; mount /dev/{VG}/root /target; mount {DISK}2 /mnt; "
    f"mv /target/boot/* /mnt; umount /mnt; mount {DISK}2 /target/boot",
]

FILES = {
    "/etc/fstab": f"""
        /dev/mapper/lab--vg-root / ext4 errors=remount-ro 0 1
        UUID=$(blkid -o value -s UUID {DISK}2) /boot ext4 defaults 0 2
        /dev/mapper/lab--vg-swap_1 none swap sw 0 0
        """,
    "/etc/crypttab": f"""
        vda3_crypt UUID=$(blkid -o value -s UUID {DISK}3) none luks,discard
        """,
    "/etc/hostname": "lab",
    "/etc/hosts": "127.0.0.1 localhost lab",
    "/etc/default/grub": """
        GRUB_DEFAULT=0
        GRUB_TIMEOUT=1
        GRUB_DISTRIBUTOR=Debian
        GRUB_CMDLINE_LINUX_DEFAULT=quiet
        GRUB_CMDLINE_LINUX=console=ttyS0
        GRUB_TERMINAL=serial
        """,
}

FINISH = [
    "for dir in dev proc sys run; do mount --bind /$dir /target/$dir; done",
    f"echo root:{ROOT_PASSWORD} | {IN_TARGET} chpasswd",
    f"{IN_TARGET} grub-install --target=i386-pc {DISK}",
    f"{IN_TARGET} update-initramfs -c -k all",
    f"{IN_TARGET} update-grub",
    "sync; for dir in dev proc sys run boot .; do umount /target/$dir; done; "
    f"vgchange -q -an {VG}; cryptsetup close vda3_crypt; sync",
]


def _filesystem(work):
    """Make a filesystem image of the tree."""
    path = work / "tree.img"
    run(as_root(["mke2fs", "-q", "-t", "ext4", "-d", sysroot("installed"), path, "2G"]),
        "installed-tree", 600)
    run(as_root(["chmod", "666", path]), "installed-tree", 30)
    return path


def _partitioned(part, work):
    """Make the disk with its partitions. The last one is a LUKS volume."""
    disks.blank(part, SIZE)
    enter(sysroot("installed"), ["sh", "-c", f"printf '{PARTITIONS}' | sfdisk -q /mnt/{part.name}"],
          "installed-partitions", 60, [("--bind", part.parent, "/mnt")])
    volume = disks.luks(work / "volume.img", SIZE - LUKS_START - (1 << 20))
    with open(volume, "rb") as source, open(part, "r+b") as disk:
        disk.seek(LUKS_START)
        disk.write(source.read(LUKS_HEADER))


def _write(vm, path, text):
    lines = " ".join(f'"{line.strip()}"' for line in text.strip().split("\n"))
    vm.run(f"printf '%s\\n' {lines} >/target{path}")


def _install(part):
    say("installing Debian 13 on an encrypted disk; once, some minutes")
    product.build()     # for the guest that installs
    work = Path(f"{part}.work")
    work.mkdir()
    _partitioned(part, work)
    with Vm("cloud", [_filesystem(work), part], name="install") as vm:
        vm.wait_shell()
        for command in VOLUMES:
            vm.run(command, timeout=600)
        for path, text in FILES.items():
            _write(vm, path, text)
        vm.run("mkdir /target/lab")
        for line in BASHRC.read_text(encoding="utf-8").splitlines():
            quoted = line.replace("'", "'\\''")
            vm.run(f"printf '%s\\n' '{quoted}' >>/target/lab/bashrc.lab")
        for command in FINISH:
            vm.run(command, timeout=600)
    cache.remove(work)


def header(image_file, path):
    """Write the header of the LUKS partition, with its keyslots, to a file. Return the path."""
    with open(image_file, "rb") as disk:
        disk.seek(LUKS_START)
        path.write_bytes(disk.read(LUKS_HEADER))
    return path


def image():
    """Return the disk. Guests use it under an overlay only."""
    key = cache.digest(sysroot("installed").name, Path(__file__), BASHRC,
                       CHECKOUT / "lab/disks.py")
    return cache.entry("installed-disk", key, _install, timeout=3600)
