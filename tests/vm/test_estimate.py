# SPDX-License-Identifier: GPL-2.0-or-later
"""The estimate of the reserved memory is enough, and 12 MiB and a step less is not."""
import json
import os
import re

import pytest

from lab import memory, story
from lab.vm import VmError
from machines import OPEN

MIB = 1 << 20
WITHIN = 12
MORE_WITHIN = 16    # for the less common layouts
STEP = 4


def reserve(vm, mebibytes):
    """Reduce the reserved memory to this size."""
    vm.run(f"echo {mebibytes * MIB} >/sys/kernel/kexec_crash_size")


def dumps(vm):
    """Return True if a crash leaves a complete dump."""
    if vm.run("kdump-crypt load", check=False)[0]:
        return False
    try:
        # If it fails early, the kernel's next line is of the next boot.
        return any(text.startswith("end: the dump is complete")
                   for _, _, text in story.crash(vm).lines)
    except VmError:
        return False


def test_estimate(start):
    with start(OPEN) as vm:
        said = vm.run("kdump-crypt estimate")
        print(said)
        estimate = json.loads(vm.run("kdump-crypt estimate --json"))
        needed = estimate["needed_bytes"]
        assert estimate["reserved_bytes"] == 128 * MIB
        assert needed % (STEP * MIB) == 0
        assert 0 <= needed - sum(estimate["parts"].values()) < STEP * MIB
        assert re.search(rf"^ +{needed // MIB}\.0 MiB  needed$", said, re.M)
        # estimate loads nothing, and its initramfs is the one that load makes.
        assert vm.run("cat /sys/kernel/kexec_crash_loaded") == "0"
        assert vm.run("kdump-crypt estimate nonsense", check=False)[0] == 2
        status, said = vm.run("kdump-crypt estimate --kernel /etc/passwd", check=False)
        assert status == 1 and "not an x86 bzImage" in said
        status, said = vm.run("kdump-crypt estimate --path /proc", check=False)
        assert status == 1 and "cannot dump to /proc" in said
    needed //= MIB
    with start(OPEN) as vm:
        reserve(vm, needed)
        assert vm.run("kdump-crypt estimate", check=False)[0] == 0
        assert dumps(vm)
    with start(OPEN) as vm:
        reserve(vm, needed - STEP)
        status, said = vm.run("kdump-crypt estimate", check=False)
        assert status == 1 and f"Put crashkernel={needed}M on" in said
        # It may be loaded, as it may still work, but not without a warning.
        short = f"{needed - STEP} MiB of memory are reserved for the crash kernel, but it " \
                f"needs {needed} MiB, so a crash may leave no dump: run kdump-crypt setup"
        assert short in vm.run("kdump-crypt load")
        assert f"; warning: {short}" in vm.run("kdump-crypt status --brief")
        vm.run("kdump-crypt unload --keep-keys")
        reserve(vm, needed - WITHIN - STEP)
        assert not dumps(vm)


@pytest.mark.skipif("LAB_ALL" not in os.environ, reason="LAB_ALL=1 is not set")
@pytest.mark.parametrize("layout, machine", [
    *((layout, 2048) for layout in memory.LAYOUTS),
    *(("lvm-on-luks2", machine) for machine in [1024, 4096, 8192, 32768])])
def test_estimate_for(built, layout, machine):
    """Test the generic kernel. `machine` is the machine's memory in MiB."""
    smallest, needed = memory.smallest("generic", machine, layout)
    assert needed - (WITHIN if layout == "lvm-on-luks2" else MORE_WITHIN) <= smallest <= needed
    if layout == "lvm-on-luks2":
        assert smallest <= 80
