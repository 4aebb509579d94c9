# SPDX-License-Identifier: GPL-2.0-or-later
"""The packages in a tree that is not booted, as in an image that somebody makes: installed with
apt, upgraded, removed and purged. Nothing of them is left. No guest."""
import os

import pytest

from lab import cache, product
from lab.host import BUILD, as_root, run
from lab.sysroot import sysroot

LAB_ALL = "LAB_ALL" in os.environ
# With the mounts that the kernel's build and apt need. They end with the command.
CHROOT = ('mount -t proc proc "$1/proc"; mount --rbind /dev "$1/dev"; '
          'mount --bind "$2" "$1/mnt"; '
          'exec env DEBIAN_FRONTEND=noninteractive CCACHE_DISABLE=1 chroot "$1" sh -exc "$3"')
MODULES = "usr/lib/modules"


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


def test_packages(tree, packages):
    assert ours(tree) == []
    said = install(tree, "deb")
    assert "boot it and run: kdump-crypt setup" in said
    assert modules(tree) == ["crash_dm_crypt.ko.xz"]
    # Nothing is set up, so the boot initramfs is not made again.
    assert "update-initramfs" not in said
    assert "disabled" in in_tree(tree, "systemctl is-enabled kdump-crypt.service || :")
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
