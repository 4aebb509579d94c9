# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab's own guest as a crash kernel: getting there, its saved area, restored keys."""
import hashlib
import re

COMMAND_LINE = "root=/dev/vda rw console=ttyS0 init=/lab/init nr_cpus=1"


def crash(vm):
    """Crash into the crash kernel, and load the module there."""
    vm.send_line("echo c >/proc/sysrq-trigger")
    vm.expect("Kernel panic - not syncing: sysrq triggered crash", 30, what="the panic")
    vm.wait_shell(180)
    assert "elfcorehdr=" in vm.run("cat /proc/cmdline")
    vm.run("PATH=$PATH:/usr/local/lib/lab-tests")
    vm.run("keyctl link @u @s; modprobe crash_dm_crypt; dmesg -C")
    # Loading the module has loaded configfs.
    vm.run("mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config")


class Area:
    """The saved area in the crash kernel."""

    def __init__(self, vm, path):
        self.vm = vm
        self.path = path
        cmdline = vm.run("cat /proc/cmdline")
        self.start = int(re.search(r"\bdmcryptkeys=0x([0-9a-f]+)\b", cmdline)[1], 16)
        size, start = re.search(r"\bmemmap=(\d+)K\$0x([0-9a-f]+)\b", cmdline).groups()
        assert int(start, 16) == self.start
        self.size = int(size) << 10
        self.original = self.read()
        self.put_back_command = (f"dd if=/root/area of=/dev/mem bs=4096 seek={self.start >> 12} "
                                 "conv=notrunc status=none")
        vm.run(f"dd if=/dev/mem of=/root/area bs=4096 skip={self.start >> 12} "
               f"count={self.size >> 12} status=none")
        assert vm.run("sha256sum </root/area").split()[0] == \
            hashlib.sha256(self.original).hexdigest()

    def read(self):
        """Return its pages as they are, read from outside."""
        self.vm.qmp("pmemsave", val=self.start, size=self.size, filename=str(self.path))
        return self.path.read_bytes()

    def poke(self, offset, data):
        escaped = "".join(f"\\x{byte:02x}" for byte in data)
        self.vm.run(f"printf '{escaped}' | dd of=/dev/mem bs=64K oflag=seek_bytes "
                    f"seek={self.start + offset} conv=notrunc status=none")


def user_keys(vm):
    return sorted(re.findall(r"\buser: (\S+)", vm.run("keyctl list @u")))
