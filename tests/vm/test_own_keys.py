# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel that has its own crash_dm_crypt_keys. Part of make check-kernels."""
import re

from lab import story
from lab.disks import QUICK_PASSPHRASE
from module_guest import ITEMS, assert_sane_kernel, module_lines

OWN_KEYS = "own-keys"


def test_module_is_refused(guest):
    with guest(OWN_KEYS) as vm:
        vm.wait_shell()
        vm.run("mount -t configfs configfs /sys/kernel/config; dmesg -C")
        before = vm.run(f"ls {ITEMS}")
        for _ in range(3):
            status, said = vm.run("modprobe crash_dm_crypt", check=False)
            assert status != 0 and "busy" in said
        # Apart from the kernel's own lines about an out-of-tree module.
        said = [line for line in module_lines(vm) if not re.search("taint", line)]
        assert said == 3 * ["not needed: this kernel has its own crash_dm_crypt_keys"]
        # The kernel's own list still works, and ftrace has no hook of ours.
        assert vm.run(f"ls {ITEMS}") == before
        vm.run(f"mkdir {ITEMS}/item && rmdir {ITEMS}/item")
        vm.run("mount -t tracefs tracefs /sys/kernel/tracing")
        assert vm.run("cat /sys/kernel/tracing/enabled_functions") == ""
        vm.run("! grep -q ^crash_dm_crypt /proc/modules")
        assert_sane_kernel(vm)


def test_story(guest, luks_disk):
    """The tool and the capture use the kernel's own interface, and no module."""
    with guest(OWN_KEYS, [luks_disk]) as vm:
        vm.wait_shell()
        story.unlock(vm, QUICK_PASSPHRASE)
        story.make_filesystem(vm)
        story.mount(vm)
        vm.run("setsid -w kdump-crypt load </dev/null")
        vm.run("kdump-crypt status")
        vm.run("! grep -q ^crash_dm_crypt /proc/modules")
        token = story.log_token(vm)
        story.crash(vm)
        story.unlock(vm, QUICK_PASSPHRASE, link=False)
        story.mount(vm)
        [dump] = story.dumps(vm)
        assert token in story.dmesg_in(vm, dump)


def test_setup(guest, luks_disk):
    """On this kernel systemd links the key, as crypttab says. setup adds the option, and removes it
    again."""
    with guest(OWN_KEYS, [luks_disk]) as vm:
        vm.wait_shell()
        vm.run("mount -t configfs configfs /sys/kernel/config")
        story.unlock(vm, QUICK_PASSPHRASE)
        story.make_filesystem(vm)
        story.mount(vm)
        uuid = vm.run(f"cryptsetup luksUUID {story.DISK}")
        # Make only the boot initramfs of this kernel, as each takes long.
        vm.run("echo COMPRESSLEVEL=1 >>/etc/initramfs-tools/conf.d/lab; "
               "cd /boot; ls initrd.img-* | grep -v $(uname -r) | xargs rm -f")
        line = f"\tcrash  UUID={uuid}\tnone  luks,discard"
        vm.run(f"printf '# {uuid}\\nother /dev/vdz none\\n\\n%s  # dumps\\n\\n\\n' '{line}' "
               ">/etc/crypttab; chmod 640 /etc/crypttab")
        look = "sha256sum /etc/crypttab; stat -c '%a %U %G' /etc/crypttab"
        before = vm.run(look)
        option = f"link-volume-key=@u::%logon:cryptsetup:{uuid}"

        # Nothing in the lab's system obeys the option.
        status, said = vm.run("kdump-crypt setup --yes", timeout=300, check=False)
        print(said)
        assert status == 1 and "install systemd-cryptsetup" in said
        assert f"{line},{option}  # dumps\n" in vm.run("cat /etc/crypttab")
        assert not vm.run("ls /etc/modprobe.d/kdump-crypt.conf", check=False)[0] == 0
        said = vm.run("kdump-crypt setup --yes", timeout=300, check=False)[1]
        assert "nothing to change" in said
        vm.run("kdump-crypt setup --undo --yes", timeout=300)
        assert vm.run(look) == before

        # Somebody else's option stays.
        vm.run("sed -i s/discard/discard,link-volume-key=@u::other/ /etc/crypttab")
        before = vm.run(look)
        said = vm.run("kdump-crypt setup --yes", timeout=300, check=False)[1]
        assert f"replace link-volume-key=@u::other by {option}" in said
        assert vm.run(look) == before
