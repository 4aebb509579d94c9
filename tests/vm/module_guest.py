# SPDX-License-Identifier: GPL-2.0-or-later
"""Helpers for the tests of the module alone: its interface in a guest, keys, loads, the log."""
import functools
import re

from lab.saved import Saved
from lab.sysroot import kernels, sysroot

# The kernels, by their names in lab/sysroot.py, of the tests of the whole story, and the one of
# the module's own tests.
FLAVOURS = [flavour for flavour in kernels(sysroot()) if flavour != "own-keys"]
FLAVOUR = "cloud" if "cloud" in FLAVOURS else FLAVOURS[-1]

ITEMS = "/sys/kernel/config/crash_dm_crypt_keys"
KERNEL = "/boot/vmlinuz-$(uname -r)"
INITRD = "/boot/initrd.img-$(uname -r)"
# The start of the kernel's file, made to ask for 64 KiB: never to be run, but loaded in 5 ms.
TINY = "/root/tiny"


# A kernel with checkers needs more memory than others. The one with kmemleak spends half of its time
# on recording allocations, which test_registry.py and test_failslab.py need.
CHECKERS = FLAVOUR in ["debug", "kcsan"]
KMEMLEAK = FLAVOUR == "debug"
NO_LEAKS = "kmemleak=off" if KMEMLEAK else ""
# It is slower still with several emulated CPUs, which wait for each other.
CPUS = 1 if CHECKERS else 2
# The memory of a guest, in MiB. With more, a dump takes longer.
MEMORY = 2048 if CHECKERS else 1024


def crashkernel(size, leaks=NO_LEAKS):
    """Return the parameters that reserve this amount of memory."""
    return f"crashkernel={'640M' if CHECKERS else size} {leaks}"


def prepare(vm):
    """Wait for the guest's first shell, load the module, and make keys findable."""
    vm.wait_shell()
    vm.run("PATH=$PATH:/usr/local/lib/lab-tests")
    vm.run("modprobe configfs; mount -t configfs configfs /sys/kernel/config")
    vm.run("keyctl link @u @s")
    vm.run(f"head -c 65536 {KERNEL} >{TINY} && printf '\\x00\\x00\\x01\\x00' | "
           f"dd of={TINY} bs=1 seek=$((0x260)) conv=notrunc status=none")    # init_size
    vm.run("modprobe crash_dm_crypt")


@functools.cache
def prepared(leaks=NO_LEAKS, cpus=CPUS):
    """Return a machine for these tests, with 256 MiB reserved."""
    return Saved(f"module-{cpus}-{leaks}", prepare, flavour=FLAVOUR, cpus=cpus, memory=MEMORY,
                 cmdline_extra=crashkernel("256M", leaks))


ADDED = 1 << 30     # bytes
# Memory that the hypervisor adds, and may take back.
VIRTIO_MEM = ["-m", "maxmem=4G", "-object", f"memory-backend-memfd,id=added,size={ADDED},share=on",
              "-device", f"virtio-mem-pci,id=added-memory,memdev=added,requested-size={ADDED}"]


def add_memory(vm, how):
    """Let a guest with VIRTIO_MEM use its memory: online_kernel or online_movable."""
    vm.run(f"echo {how} >/sys/devices/system/memory/auto_online_blocks; "
           "modprobe virtio_mem; udevadm settle 2>/dev/null; "
           "until [ $(awk '/MemTotal/ {print $2}' /proc/meminfo) -gt 1600000 ]; do sleep 1; "
           "done", timeout=120)


def clean(vm):
    """Unload crash kernels, remove all items and keys, clear the log, and load the module."""
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


def hooked(vm):
    """Return the functions that ftrace has a hook on. In these guests only our module has any."""
    vm.run("mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing")
    said = vm.run("cat /sys/kernel/tracing/enabled_functions")
    return sorted(line.split()[0] for line in said.split("\n") if line)


def live_patch(vm, function, object=""):
    """Live-patch a function with one that fails. Return the exit status and what is said."""
    return vm.run(f"modprobe live_patch function={function} object={object}", check=False)


def undo_live_patch(vm):
    vm.run("echo 0 >/sys/kernel/livepatch/live_patch/enabled; "
           "for n in $(seq 100); do rmmod live_patch 2>/dev/null && break; sleep 0.3; done; "
           "! grep -q ^live_patch /proc/modules", timeout=60)


def attach_bpf(vm, *functions):
    """Attach a BPF program to the exit of each function, which may be named MODULE:FUNCTION. Return
    "OK" or the name of an errno for each."""
    vm.run("sysctl -qw kernel.bpf_stats_enabled=1; rm -f /root/bpf; "
           f"(bpf-exit {' '.join(functions)} >/root/bpf & echo $! >/root/bpf.pid)")
    vm.run("until grep -q attached /root/bpf; do sleep 0.2; done", timeout=60)
    return dict(line.split() for line in vm.run("sed /attached/d /root/bpf").split("\n"))


def detach_bpf(vm):
    """Return how often the program of each function has run."""
    vm.run("kill $(cat /root/bpf.pid); tail --pid=$(cat /root/bpf.pid) -f /dev/null", timeout=60)
    counts = (line.split() for line in vm.run("sed 1,/attached/d /root/bpf").split("\n"))
    return {function: int(count) for function, count in counts}


def saved(vm):
    return number(vm, f"{ITEMS}/saved")


def loaded(vm):
    return number(vm, "/sys/kernel/kexec_crash_loaded")


def load(vm, kernel=TINY, initramfs="none", command_line="''", prefix=""):
    """Load a crash kernel. Return "OK" or the name of an errno."""
    return vm.run(f"{prefix} load-crash {kernel} {initramfs} {command_line}", timeout=120)


def run_beside(vm, background, command, timeout=180):
    """Return the output of a command that runs in the background of another. It has a shell of its
    own, because the lab's shell reports what happens to its jobs."""
    return vm.run(f"({background} & other=$!; {command}; kill $other; wait $other; true) "
                  "2>/dev/null", timeout=timeout).split("\n")


def write(vm, path, data):
    """Write these bytes with one write(2). Return "OK" or the name of an errno."""
    return vm.run(f"write-bytes {path} {data.hex()}")


def key_bytes(description, length):
    """Return the key that tests/guest/make-keys.c makes for a description."""
    state = 14695981039346656037
    for byte in description.encode():
        state = (state ^ byte) * 1099511628211 % 2**64
    key = bytearray()
    for _ in range(length):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        key.append(state >> 56)
    return bytes(key)


def module_lines(vm):
    """Return the lines that the module has logged since the log was last cleared."""
    return re.findall(r"crash_dm_crypt: (.*)", vm.run("dmesg"))


BAD_LOG = re.compile(r"WARNING:|BUG:|Oops|general protection|cut here|Call Trace|RIP: |"
                     r"blocked for more than|\bstall|refcount_t:|[Uu]nable to handle")


def assert_no_leak(vm):
    """Check that kmemleak, if the kernel has it, finds no leak. Call it at the end of a guest."""
    if not KMEMLEAK:
        return
    leaks = "/sys/kernel/debug/kmemleak"
    vm.run(f"test -e {leaks} || mount -t debugfs debugfs /sys/kernel/debug")
    # Objects younger than five seconds do not count, nor objects that have changed.
    vm.run(f"sleep 6; echo scan >{leaks}; sleep 6; echo scan >{leaks}", timeout=120)
    assert vm.run(f"cat {leaks}") == ""


def assert_sane_kernel(vm, bad_log=BAD_LOG):
    """Check that the kernel's log, as far back as it goes, reports no fault, and that the taint
    flags have no D (died) and no W (warned)."""
    bad = [line for line in vm.run("dmesg").split("\n") if bad_log.search(line)]
    assert not bad, "\n".join(bad)
    if CHECKERS:
        assert "debug_locks: 1" in " ".join(vm.run("cat /proc/lockdep_stats").split())
    tainted = number(vm, "/proc/sys/kernel/tainted")
    assert not tainted & (1 << 7 | 1 << 9 | 1 << 14), f"tainted: {tainted}"
