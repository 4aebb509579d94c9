# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest that UEFI and systemd-boot start, and that makes its boot entries with kernel-install.

    with Vm(None, [luks_disk, *boot_disks(directory, "cloud")], devices=firmware(directory),
            system=disks.root_image()) as vm:
        vm.wait_shell()
        prepare(vm)
"""
from . import disks
from .secure_boot import OVMF
from .sysroot import enter, kernels, sysroot

TREE = "secure-boot"
TOKEN = "lab"       # entries are named after it
BOOT = "/boot/efi"
SIZE = 256 << 20
CMDLINE = "root=/dev/vda rw console=ttyS0 init=/lab/init rdinit=/lab-init cryptomgr.notests"

MAKE_BOOT = f"""
    cd /work
    loader=/usr/lib/systemd/boot/efi/systemd-bootx64.efi
    [ ! -e $loader.signed ] || loader=$loader.signed
    mkdir -p EFI/BOOT loader/entries {TOKEN}/$1
    cp $loader EFI/BOOT/BOOTX64.EFI
    cp /mnt/vmlinuz-$1 {TOKEN}/$1/linux
    cp /mnt/initrd.img-$1 {TOKEN}/$1/initrd
    printf '%s\\n' 'timeout 0' >loader/loader.conf
    printf '%s\\n' "title Lab" "version $1" "options {CMDLINE}" "linux /{TOKEN}/$1/linux" \\
        "initrd /{TOKEN}/$1/initrd" >loader/entries/{TOKEN}-$1.conf
    mkfs.fat boot.img
    mcopy -i boot.img -s EFI loader {TOKEN} ::
    rm -r EFI loader {TOKEN}
    """
# What a Debian with systemd has and a lab guest does not.
PACK = """
    libraries=$(ldd /usr/bin/kernel-install /usr/bin/systemd-detect-virt \
            /usr/bin/systemd-ask-password |
        sed -n 's/.* => \\([^ ]*\\) .*/\\1/p' | sort -u)
    tar -chf /work/kernel-install.tar -C / usr/bin/kernel-install usr/bin/systemd-detect-virt \\
        usr/bin/systemd-ask-password usr/lib/kernel $libraries
    cp /usr/share/OVMF/OVMF_VARS_4M.fd /work/variables.fd
    """


def _enter(directory, script, *arguments, binds=()):
    enter(sysroot(TREE), ["sh", "-exc", script, "sh", *arguments], "systemd-boot", 120,
          [("--bind", directory, "/work"), *binds])


def boot_disks(directory, flavour):
    """Return two disks: the boot partition, and a tar archive with kernel-install."""
    version = kernels(sysroot())[flavour]
    disks.blank(directory / "boot.img", SIZE)
    _enter(directory, MAKE_BOOT, version, binds=[("--ro-bind", sysroot() / "boot", "/mnt")])
    _enter(directory, PACK)
    return [directory / "boot.img", directory / "kernel-install.tar"]


def firmware(directory):
    """Return QEMU's devices for the firmware. boot_disks() has made its variables."""
    code = sysroot(TREE) / OVMF / "OVMF_CODE_4M.fd"
    return ["-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={code}",
            "-drive", f"if=pflash,unit=1,format=raw,file={directory}/variables.fd"]


def mount(vm, boot="/dev/vdc"):
    """Mount what systemd mounts at boot."""
    vm.run(f"modprobe -a efivarfs vfat; mkdir -p {BOOT}; mount {boot} {BOOT}; "
           "mount -t efivarfs efivarfs /sys/firmware/efi/efivars")


def prepare(vm, archive="/dev/vdd"):
    """Install kernel-install, once, for the running kernel only."""
    vm.run(f"tar -C / --skip-old-files -xf {archive}; mkdir -p /etc/kernel/install.d; "
           f"echo {TOKEN} >/etc/kernel/entry-token; "
           f"printf '%s\\n' layout=bls BOOT_ROOT={BOOT} >/etc/kernel/install.conf; "
           "ln -s /dev/null /etc/kernel/install.d/50-depmod.install; "     # slow
           "ls /boot/vmlinuz-* | grep -v $(uname -r)$ | xargs rm")


def entry(vm):
    """Return the boot entry of the running kernel."""
    return vm.run(f"cat {BOOT}/loader/entries/{TOKEN}-$(uname -r).conf")
