# SPDX-License-Identifier: GPL-2.0-or-later
"""A disk with Debian 13 as its installer makes it with guided partitioning and encrypted LVM:
GRUB, /boot, and one LUKS2 partition with root and swap on logical volumes of it."""
import shutil
from pathlib import Path

from . import cache, disks, product
from .disks import DEFAULT_KDF, PASSPHRASE, QUICK_KDF, QUICK_PASSPHRASE
from .host import CHECKOUT, as_root, run, say
from .sysroot import sysroot
from .vm import Vm

SIZE = 8 << 30
LUKS_START = (1 + 1 + 512) << 20    # behind the table, the loader's partition and /boot
ROOT_PASSWORD = "root"
PROMPT = "Please unlock disk vda3_crypt: "
BASHRC = CHECKOUT / "lab/guest/bashrc.lab"

TREE, DISK, VG = "/dev/vdb", "/dev/vdc", "lab-vg"
IN_TREE, IN_TARGET = "chroot /tree", "chroot /target"
KEY, QUICK_KEY = "/root/key", "/root/quick-key"
BIOS_BOOT = "21686148-6449-6E6F-744E-656564454649"

PARTITION = [
    "echo 'activation { udev_rules = 0 udev_sync = 0 }' >>/etc/lvm/lvmlocal.conf; "
    f"mkdir /tree /target; mount -o ro {TREE} /tree; "
    "for dir in dev proc sys; do mount --bind /$dir /tree/$dir; done",
    f"printf 'label: gpt\\nsize=1M, type={BIOS_BOOT}\\nsize=512M\\ntype=L\\n' | "
    f"{IN_TREE} sfdisk -q {DISK}",
    f"printf '{PASSPHRASE}' >{KEY}; printf '{QUICK_PASSPHRASE}' >{QUICK_KEY}",
    f"cryptsetup luksFormat -q {' '.join(DEFAULT_KDF)} {DISK}3 {KEY}",
    # For where the passphrase is not what is looked at. The other one stays the first.
    f"cryptsetup luksAddKey -q --key-file {KEY} {' '.join(QUICK_KDF)} {DISK}3 {QUICK_KEY}",
    f"cryptsetup open --key-file {QUICK_KEY} {DISK}3 vda3_crypt",
    f"vgcreate -q {VG} /dev/mapper/vda3_crypt; lvcreate -q -y -n swap_1 -L 512M {VG}; "
    f"lvcreate -q -y -n root -l 100%FREE {VG}",
    f"mkfs.ext4 -q /dev/{VG}/root; mkfs.ext4 -q {DISK}2; mkswap -q /dev/{VG}/swap_1",
    f"mount /dev/{VG}/root /target; mkdir /target/boot; mount {DISK}2 /target/boot",
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
    # The lab speaks to this shell, see lab/vm.py.
    f"{IN_TARGET} grub-install --target=i386-pc {DISK}",
    f"{IN_TARGET} update-initramfs -c -k all",
    f"{IN_TARGET} update-grub",
    "sync; for dir in dev proc sys run boot .; do umount /target/$dir; done; "
    f"vgchange -q -an {VG}; cryptsetup close vda3_crypt; sync",
]


def _tree_image(part):
    """The tree, on a disk of its own, with the shell that the lab speaks to."""
    image = Path(f"{part}.tree")
    run(as_root(["mke2fs", "-q", "-t", "ext4", "-d", sysroot("installed"), image, "4G"]),
        "installed-tree", 600)
    run(as_root(["chmod", "666", image]), "installed-tree", 30)
    return image


def _write(vm, path, text):
    lines = " ".join(f'"{line.strip()}"' for line in text.strip().split("\n"))
    vm.run(f"printf '%s\\n' {lines} >/target{path}")


def _install(part):
    say("installing Debian 13 on an encrypted disk; once, some minutes")
    product.build()     # the guest that installs has it
    tree = _tree_image(part)
    try:
        disks.blank(part, SIZE)
        with Vm("cloud", [tree, part], name="install") as vm:
            vm.wait_shell()
            for command in PARTITION:
                vm.run(command, timeout=180)
            vm.run("cp -ax /tree/. /target/", timeout=900)
            for path, text in FILES.items():
                _write(vm, path, text)
            vm.run("mkdir /target/lab")
            for line in BASHRC.read_text(encoding="utf-8").splitlines():
                quoted = line.replace("'", "'\\''")
                vm.run(f"printf '%s\\n' '{quoted}' >>/target/lab/bashrc.lab")
            for command in FINISH:
                vm.run(command, timeout=600)
    finally:
        shutil.rmtree(tree, ignore_errors=True)
        tree.unlink(missing_ok=True)


def header(image_file, path):
    """A file with the header and the keyslots of the LUKS partition."""
    with open(image_file, "rb") as disk:
        disk.seek(LUKS_START)
        path.write_bytes(disk.read(16 << 20))
    return path


def image():
    """The disk, for use under an overlay."""
    key = cache.digest(sysroot("installed").name, Path(__file__), BASHRC,
                       CHECKOUT / "lab/disks.py")
    return cache.entry("installed", key, _install, timeout=3600)


def boot(vm, timeout=240):
    """From the firmware, through GRUB and the passphrase, to the lab's shell."""
    vm.expect(PROMPT, timeout, what="the prompt for the passphrase")
    log_in(vm, timeout)


def log_in(vm, timeout=240):
    """From the prompt for the passphrase on."""
    vm.type_slowly(PASSPHRASE)
    vm.expect("lab login: ", timeout)
    vm.type_slowly("root")
    vm.expect("Password: ", 60)
    vm.type_slowly(ROOT_PASSWORD)
    vm.expect(r"root@lab:[^\n]*# ", 60)
    # Kernel messages would fall in the middle of a command's output.
    vm.send_line("dmesg -n 1; exec bash --noprofile --noediting --rcfile /lab/bashrc.lab")
    vm.wait_shell()
