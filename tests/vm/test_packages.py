# SPDX-License-Identifier: GPL-2.0-or-later
"""The packages in a tree that is not booted, as in an image that somebody makes: installed with
apt, upgraded, removed and purged. Nothing of them is left. The crash kernel's initramfs of another
tool has the module. No guest."""
import os

import pytest

from lab import cache, packages_disk, product
from lab.host import BUILD, CHECKOUT, as_root, run
from lab.sysroot import sysroot

LAB_ALL = "LAB_ALL" in os.environ
# With the mounts that the kernel's build and apt need. They end with the command.
CHROOT = ('mount -t proc proc "$1/proc"; mount --rbind /dev "$1/dev"; '
          'mount --bind "$2" "$1/mnt"; '
          'exec env DEBIAN_FRONTEND=noninteractive CCACHE_DISABLE=1 chroot "$1" sh -exc "$3"')
MODULES = "usr/lib/modules"
STATE = "/var/lib/kdump-crypt"
# As kdump-utils makes the initramfs of its crash kernel, without what takes long. The lab's module
# for dracut does what that of kdump-utils does.
DRACUT = ("dracut --quiet --force --hostonly --hostonly-mode strict --no-hostonly-default-device "
          "--no-compress --omit 'plymouth resume kernel-modules kernel-modules-extra hwdb qemu' "
          f"/root/image $(ls /{MODULES})")
DRACUT_MODULE = CHECKOUT / "lab/bench/dracut"
# As kdump-tools does, but it takes what it finds in /sys for MODULES=dep.
MKINITRAMFS = f"""
    mkdir /var/lib/kdump
    cp -pr /etc/initramfs-tools /var/lib/kdump
    echo MODULES=list >/var/lib/kdump/initramfs-tools/conf.d/zzz-kdump
    mkinitramfs -d /var/lib/kdump/initramfs-tools -o /root/image $(ls /{MODULES})
    unmkinitramfs /root/image /root/unpacked
    find /root/unpacked; cat /root/unpacked/conf/modules; rm -r /root/unpacked
    """


@pytest.fixture
def tree():
    """A Debian 13 of its own."""
    work = BUILD / "packages-tree"
    cache.remove(work)
    run(as_root(["cp", "-a", sysroot("installed"), work]), "packages-tree", 600)
    yield work
    cache.remove(work)


def in_tree(tree, command, packages="deb"):
    """Run a command in the tree, with the packages at /mnt. Return its output."""
    said = run(as_root(["unshare", "--mount", "sh", "-ec", CHROOT, "sh", tree, BUILD / packages,
                        command]), "packages-chroot", 1200).read_text(errors="replace")
    print(said)
    return said


def install(tree, packages):
    """Install with apt, as a person does. The dependencies are in apt's cache."""
    return in_tree(tree, "cd /mnt; apt-get -y install ./*.deb", packages)


def ours(tree):
    """Return the files of the packages, except for the logs of dpkg, apt and DKMS."""
    found = in_tree(tree, "find / -xdev ! -path '/var/lib/dpkg/*' ! -path '/var/log/*' "
                    "! -path '/mnt/*' "
                    r"\( -name '*kdump-crypt*' -o -name '*crash_dm_crypt*' \)")
    return [line for line in found.split("\n") if line.startswith("/")]


def modules(tree):
    return [path.name for path in (tree / MODULES).glob("*/updates/dkms/*")]


def in_capture_images(tree):
    """The module is in an initramfs of dracut in which something uses crash_dm_crypt_keys, and in
    that of kdump-tools, and is loaded there."""
    in_tree(tree, "cd /mnt; apt-get -y install ./*.deb",
            packages_disk.downloaded("dracut-core", "dracut-core"))
    assert "crash_dm_crypt" not in in_tree(tree, f"{DRACUT}; lsinitrd /root/image")
    run(as_root(["cp", "-r", DRACUT_MODULE, tree / "usr/lib/dracut/modules.d/99save-dump"]),
        "packages-dracut", 60)
    said = in_tree(tree, f"{DRACUT} --add save-dump; lsinitrd /root/image; "
                   "lsinitrd -f etc/cmdline.d/20-crash_dm_crypt.conf /root/image")
    assert "/crash_dm_crypt.ko" in said and "rd.driver.pre=crash_dm_crypt" in said
    said = in_tree(tree, MKINITRAMFS)
    assert "/crash_dm_crypt.ko" in said and "\ncrash_dm_crypt\n" in said


def motd(tree):
    """A login says that a crash would leave no dump, if somebody has set the machine up."""
    command = "run-parts --lsbsysinit /etc/update-motd.d"
    assert "crash dump" not in in_tree(tree, command)
    said = in_tree(tree, f"mkdir -p {STATE}; touch {STATE}/setup.json; {command}; "
                   f"rm {STATE}/setup.json")
    assert "\nThis machine would lose its crash dump: no memory is reserved" in said


def test_packages(tree, packages):
    assert ours(tree) == []
    said = install(tree, "deb")
    assert "boot it and run: kdump-crypt setup" in said
    assert modules(tree) == ["crash_dm_crypt.ko.xz"]
    # Nothing is set up, so the boot initramfs is not made again.
    assert "update-initramfs" not in said
    assert "disabled" in in_tree(tree, "systemctl is-enabled kdump-crypt.service || :")
    in_capture_images(tree)
    motd(tree)
    if LAB_ALL:
        product.packages("deb-next", "99")
        said = install(tree, "deb-next")
        assert "kdump-crypt/99" in in_tree(tree, "dkms status")
        assert modules(tree) == ["crash_dm_crypt.ko.xz"]
        assert not any("kdump-crypt-0" in path for path in ours(tree))

    # DKMS skips a kernel that the module was not tested with. That is no failure.
    said = in_tree(tree, "cp -a /lib/modules/*-amd64 /lib/modules/7.4.0-amd64; "
                   "/etc/kernel/postinst.d/dkms 7.4.0-amd64; dkms status -k 7.4.0-amd64; "
                   "rm -r /lib/modules/7.4.0-amd64")
    assert "installed" not in said.split("dkms status")[1]

    # Kernels with their own list of keys need no module.
    in_tree(tree, "apt-get -y remove kdump-crypt-dkms")
    assert modules(tree) == [] and "/usr/sbin/kdump-crypt" in ours(tree)
    in_tree(tree, "apt-get -y purge kdump-crypt kdump-crypt-dkms; "
            "! debconf-show kdump-crypt | grep .")
    assert ours(tree) == []
