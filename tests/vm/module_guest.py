# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of the module alone share: its interface in a guest, keys, loads, the log."""
import functools
import re

from lab.saved import Saved
from lab.sysroot import kernels, sysroot

# The kernels, as lab/sysroot.py calls them, that the whole story is told on, and the one that
# the module's own tests run on.
FLAVOURS = [flavour for flavour in kernels(sysroot()) if flavour != "own-keys"]
FLAVOUR = "cloud" if "cloud" in FLAVOURS else FLAVOURS[-1]

ITEMS = "/sys/kernel/config/crash_dm_crypt_keys"
KERNEL = "/boot/vmlinuz-$(uname -r)"
INITRD = "/boot/initrd.img-$(uname -r)"
# The start of the kernel's file, made to ask for 64 KiB: never to be run, but loaded in 5 ms.
TINY = "/root/tiny"


# A kernel with every checker needs more than the size that is asked for; and half of its time
# goes into noting who allocated what, which test_registry.py and test_failslab.py need.
CHECKERS = FLAVOUR == "debug"
NO_LEAKS = "kmemleak=off" if CHECKERS else ""
# Where emulated CPUs have to wait for each other it is slower still: where nothing runs beside
# something else there is one.
CPUS = 1 if CHECKERS else 2
# Of a guest, in MiB. A dump takes longer of more.
MEMORY = 2048 if CHECKERS else 1024


def crashkernel(size, leaks=NO_LEAKS):
    """The parameters that reserve so much."""
    return f"crashkernel={'640M' if CHECKERS else size} {leaks}"


def prepare(vm):
    """From the guest's first shell to the module loaded and keys found."""
    vm.wait_shell()
    vm.run("PATH=$PATH:/usr/local/lib/lab-tests")
    vm.run("modprobe configfs; mount -t configfs configfs /sys/kernel/config")
    vm.run("keyctl link @u @s")
    vm.run(f"head -c 65536 {KERNEL} >{TINY} && printf '\\x00\\x00\\x01\\x00' | "
           f"dd of={TINY} bs=1 seek=$((0x260)) conv=notrunc status=none")    # init_size
    vm.run("modprobe crash_dm_crypt")


@functools.cache
def prepared(leaks=NO_LEAKS, cpus=CPUS):
    """A machine for these tests, with 256 MiB reserved."""
    return Saved(f"module-{cpus}-{leaks}", prepare, flavour=FLAVOUR, cpus=cpus, memory=MEMORY,
                 cmdline_extra=crashkernel("256M", leaks))


def clean(vm):
    """Nothing loaded, no items, no keys, an empty log, whatever was before; the module there."""
    vm.run("load-crash unload; kexec -s -u", check=False)
    vm.run("modprobe crash_dm_crypt")
    vm.run(f"rmdir {ITEMS}/*/", check=False)
    vm.run("keyctl clear @u; keyctl clear @us; keyctl link @u @us; dmesg -C")


def add_item(vm, name, description):
    vm.run(f"mkdir {ITEMS}/{name} && echo {description} >{ITEMS}/{name}/description")


def remove_items(vm, *names):
    vm.run("rmdir " + " ".join(f"{ITEMS}/{name}" for name in names))


def number(vm, path):
    return int(vm.run(f"cat {path}"))


def saved(vm):
    return number(vm, f"{ITEMS}/saved")


def loaded(vm):
    return number(vm, "/sys/kernel/kexec_crash_loaded")


def load(vm, kernel=TINY, initramfs="none", command_line="''", prefix=""):
    """Load a crash kernel; "OK" or the name of an errno."""
    return vm.run(f"{prefix} load-crash {kernel} {initramfs} {command_line}", timeout=120)


def run_beside(vm, background, command, timeout=180):
    """The output of a command that runs while something else does. In a shell of its own, as
    the lab's one says what becomes of its jobs."""
    return vm.run(f"({background} & other=$!; {command}; kill $other; wait $other; true) "
                  "2>/dev/null", timeout=timeout).split("\n")


def write(vm, path, data):
    """One write(2) of so many bytes; "OK" or the name of an errno."""
    return vm.run(f"write-bytes {path} {data.hex()}")


def key_bytes(description, length):
    """The key that tests/guest/make-keys.c makes for a description."""
    state = 14695981039346656037
    for byte in description.encode():
        state = (state ^ byte) * 1099511628211 % 2**64
    key = bytearray()
    for _ in range(length):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        key.append(state >> 56)
    return bytes(key)


def module_lines(vm):
    """What the module has logged since the log was last cleared."""
    return re.findall(r"crash_dm_crypt: (.*)", vm.run("dmesg"))


BAD_LOG = re.compile(r"WARNING:|BUG:|Oops|general protection|cut here|Call Trace|RIP: |"
                     r"blocked for more than|\bstall|refcount_t:|[Uu]nable to handle")


def assert_no_leak(vm):
    """Nothing that kmemleak misses, where the kernel has it; for the end of a guest."""
    if not CHECKERS:
        return
    leaks = "/sys/kernel/debug/kmemleak"
    vm.run(f"test -e {leaks} || mount -t debugfs debugfs /sys/kernel/debug")
    # What is younger than five seconds does not count, nor what was seen to change.
    vm.run(f"sleep 6; echo scan >{leaks}; sleep 6; echo scan >{leaks}", timeout=120)
    assert vm.run(f"cat {leaks}") == ""


def assert_sane_kernel(vm, bad_log=BAD_LOG):
    """Nothing that the kernel says when something in it went wrong, as far as its log goes
    back; and the tainted flags have no D (died) and no W (warned)."""
    bad = [line for line in vm.run("dmesg").split("\n") if bad_log.search(line)]
    assert not bad, "\n".join(bad)
    if CHECKERS:
        assert "debug_locks: 1" in " ".join(vm.run("cat /proc/lockdep_stats").split())
    tainted = number(vm, "/proc/sys/kernel/tainted")
    assert not tainted & (1 << 7 | 1 << 9 | 1 << 14), f"tainted: {tainted}"
