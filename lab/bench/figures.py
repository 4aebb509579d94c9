# SPDX-License-Identifier: GPL-2.0-or-later
"""The measurements, as jobs."""
import re
from dataclasses import replace
from functools import partial

from ..host import LabError, say
from ..vm import COUNT_INSTRUCTIONS, Vm, VmError
from . import machine
from .contenders import (DUMPS, LOGIN_STEP, STEPS_IN_ORDER, VMCORE, CrashError, Dracut, KdumpCrypt,
                         KdumpCryptPlain, KdumpTools, NextMakedumpfile, Passphrase, UnsignedModules)
from .machine import SHELL, SYSTEMD

SMALL = 288         # MiB
AGAIN_AT_MOST = 60  # s
FILLED_AT_MOST = 8  # GiB: the host needs as much for a machine that has used all of its memory
MIB = 1 << 20

STEPS = "From the panic to the login prompt, by steps"
INSTRUCTIONS = "Instructions that the guest executes"
TOTALS = "From the panic on"
TO_VMCORE, TO_LOGIN = "panic to vmcore on the disk", "panic to login prompt"
VMCORE_SIZE = "vmcore's size"
LONG = "Machines that have just booted, and that have been up for long"
BEFORE_RESET = STEPS_IN_ORDER[:STEPS_IN_ORDER.index(VMCORE) + 1]
UNLOCK = "Unlocking in the crash kernel"
ARMING = "Arming"
FIRST, AGAIN = "initramfs made and loaded, the first time", "made and loaded again"
LOADED = "loaded"
THROUGHPUT = "Throughput of the dump"
VMCORE_RATE = "vmcore written"
DISK = "The disk's own rate"
KEYS = "1 to 128 keys"
MEMORY = "Smallest crashkernel="
CRASHES = "Crashes in a row"
FIGURES_IN_ORDER = [TOTALS, STEPS, INSTRUCTIONS, LONG, UNLOCK, THROUGHPUT, DISK, ARMING, KEYS, MEMORY,
                    CRASHES]


def _set_up(vm, contender):
    """Prepare a machine that has just booted."""
    contender.make(vm)
    contender.open(vm)


def _add_crash(results, contender, crash):
    """Add the measurements of a crash whose dump was saved."""
    name = contender.name
    to_login = contender.boot is SYSTEMD and LOGIN_STEP in crash.steps
    for step, value in crash.steps.items():
        if to_login or step != LOGIN_STEP:
            results.add(STEPS, step, "s", name, value)
    results.add(TOTALS, TO_VMCORE, "s", name, crash.until(VMCORE))
    if to_login:
        results.add(TOTALS, TO_LOGIN, "s", name, crash.until(LOGIN_STEP))
    results.add(THROUGHPUT, VMCORE_RATE, "MiB/s", name, crash.bytes / MIB / crash.steps[VMCORE])
    if "unlock" in crash.steps:
        # Testing the passphrase is all of the work of opening the volume with it.
        work = ["Argon2"] if "Argon2" in crash.steps else ["restore", "unlock"]
        results.add(UNLOCK, "from what unlocks it to the open volume", "s", name,
                    sum(crash.steps[step] for step in work))
    say(f"{name}: vmcore after {crash.until(VMCORE):.1f} s"
        + (f", login after {crash.until(LOGIN_STEP):.1f} s" if to_login else ""))


def _add_initramfs(results, vm, contender):
    file = contender.initramfs()
    for measure, command in [("initramfs", f"stat -c %s {file}"),
                             ("unpacked", f"{contender.list_initramfs} {file} | "
                                          "awk '/^[-]/ {bytes += $5} END {print bytes}'")]:
        size = int(vm.run(command, timeout=120))
        results.add(ARMING, measure, "MiB", contender.name, size / MIB)


def _add_arming(results, vm, contender, runs):
    # The page cache has nothing of what it is made from.
    took = contender.arm(vm)
    results.add(ARMING, FIRST, "s", contender.name, took)
    for number in range(runs):
        # If it takes minutes, once is enough.
        if took < AGAIN_AT_MOST or not number:
            contender.forget(vm)
            results.add(ARMING, AGAIN, "s", contender.name, contender.arm(vm))
        results.add(ARMING, LOADED, "s", contender.name, contender.arm(vm))


def _add_crashes(results, vm, contender, runs):
    """Crash the same memory several times. The first crash is followed to the login prompt, and its
    dump is checked."""
    crash, token = contender.crash(vm)
    contender.check(vm, crash, token)
    if not crash.complete:
        raise LabError(f"{contender.name}: the dump is not complete")
    results.add(THROUGHPUT, "vmcore", "MiB", contender.name, crash.bytes / MIB)
    _add_crash(results, contender, crash)
    for _ in range(runs - 1):
        vm.restore()
        contender.panic(vm)
        again = contender.follow(vm, VMCORE)
        again.bytes = crash.bytes
        _add_crash(results, contender, again)


WRITE = f"dd if=/dev/zero of={DUMPS}/scratch bs=1M count=256 oflag=direct conv=fsync 2>/dev/null"


def _add_disk(results, vm, contender, runs):
    """Measure the highest rate of writing, with one CPU, as in the crash kernel."""
    for _ in range(runs):
        took, _output = machine.seconds(vm, WRITE)
        results.add(DISK, "256 MiB of zeros", "MiB/s", contender.name, 256 / took)
    vm.run(f"rm {DUMPS}/scratch")


def _measure(contender, wanted, gib, results, options):
    """Measure everything in a contender's machine of one size."""
    with machine.booted(contender, gib << 10) as vm:
        _set_up(vm, contender)
        if "disk" in wanted:
            _add_disk(results, vm, contender, options.runs)
        if "downtime" in wanted:
            _add_arming(results, vm, contender, options.runs)
            _add_initramfs(results, vm, contender)
            machine.fill(vm)
            vm.save()
            _add_crashes(results, vm, contender, options.runs)
        if "memory" in wanted:
            if "downtime" in wanted:
                vm.restore()
            else:
                contender.arm(vm)
                machine.fill(vm)
            _add_memory(results, vm, contender, gib)


def _arm_counted(vm, contender, add):
    """Count the instructions of arming. Leave the machine armed."""
    for measure in [FIRST, AGAIN, LOADED]:
        if measure == AGAIN:
            contender.forget(vm)
        before = vm.instructions()
        contender.arm(vm)
        add(measure, vm.instructions() - before)


def _crash_counted(vm, contender):
    """Crash and boot again. Return the crash, with instructions in place of seconds, if its dump is
    complete."""
    token = contender.panic(vm)
    crash = contender.follow(vm, LOGIN_STEP, vm.instructions)
    contender.boot.enter(vm)
    contender.check(vm, crash, token)
    if not crash.complete:
        raise LabError(f"{contender.name}: the dump is not complete")
    say(f"{contender.name}: vmcore after {crash.until(VMCORE) / 1e6:.0f} million instructions, "
        f"{crash.bytes / MIB:.1f} MiB")
    return crash


def _add_counted(results, figure, contender, crash, steps, state=""):
    """Add the instructions of some steps, and the sum of all until the vmcore is written."""
    for step in steps:
        if step in crash.steps:
            results.add(figure, step + state, "million", contender.name, crash.steps[step] / 1e6)
    results.add(figure, TO_VMCORE + state, "million", contender.name, crash.until(VMCORE) / 1e6)
    results.add(figure, VMCORE_SIZE + state, "MiB", contender.name, crash.bytes / MIB)


def _count(contender, gib, wanted, results, _options):
    """Measure arming and a crash in units that hardly vary between runs, and then another crash, of
    a machine that has been up for long."""
    with machine.booted(contender, gib << 10, COUNT_INSTRUCTIONS) as vm:
        _set_up(vm, contender)
        if "instructions" in wanted:
            _arm_counted(vm, contender, lambda measure, count: results.add(
                INSTRUCTIONS, measure, "million", contender.name, count / 1e6))
        else:
            contender.arm(vm)
        machine.fill(vm)
        crash = _crash_counted(vm, contender)
        if "instructions" in wanted:
            _add_counted(results, INSTRUCTIONS, contender, crash, BEFORE_RESET)
        if "long" in wanted:
            _add_counted(results, LONG, contender, crash, [VMCORE], f", {gib} GiB, booted")
        if "long" in wanted and gib <= FILLED_AT_MOST:
            say(f"{contender.name}: using all memory")
            machine.use_for_long(vm)
            contender.arm(vm)
            machine.fill(vm)
            _add_counted(results, LONG, contender, _crash_counted(vm, contender), [VMCORE],
                         f", {gib} GiB, up for long")


STEP = 4        # MiB
# The search begins at these sizes.
LIKELY = {"kdump-crypt": 80, "kdump-tools": 100, "dracut": 132, "passphrase": 1164}
ONE_SIZE = 2    # GiB of memory in the machine for most measurements
SAVE_TIMEOUT = 240  # s; after that it hangs because of too little memory


def _why_it_does_not_save(vm, contender):
    """Return why a crash left no vmcore. Return None if it left one."""
    for step, pattern in contender.marks:
        try:
            found = vm.expect([pattern, "reboot: Restarting system", contender.boot.sign,
                               "Kernel panic - not syncing: [^\r\n]*"], SAVE_TIMEOUT)
        except VmError:
            return f"{step}: not done in {SAVE_TIMEOUT} s"
        if vm.console.match_index:
            return f"{step}: {found[0].strip()}"
        if step == VMCORE:
            return None
    raise LabError(f"{contender.name}: no mark of a vmcore")


def _lands(vm, contender, size):
    """Return true if a dump is saved with `size` MiB reserved, in the saved machine."""
    vm.restore()
    vm.run(f"echo $(({size} << 20)) >/sys/kernel/kexec_crash_size")
    contender.arm(vm)
    contender.panic(vm)
    why_not = _why_it_does_not_save(vm, contender)
    say(f"{contender.name}: crashkernel={size}M "
        + (f"fails: {why_not}" if why_not else "works"))
    return not why_not


def _smallest(lands, likely, most):
    """Return the smallest size that works. The search goes further and further from the likely size
    until one works and one fails, and then between these two."""
    works = fails = None
    size, distance = likely, STEP
    while works is None or fails is None or works - fails > STEP:
        if lands(size):
            works = size
        else:
            fails = size
        if fails == most:
            raise LabError(f"no size works up to {most}M")
        if works is None:
            size = min(size + distance, most)
        elif fails is None:
            size = max(size - distance, STEP)
        else:
            size = fails + (works - fails) // STEP // 2 * STEP
        distance *= 2
    return works


def machine_of(gib):
    """Return the name of a measure of MEMORY."""
    return f"machine of {gib} GiB"


def _add_memory(results, vm, contender, gib):
    """Measure in a machine with an initramfs and filled memory. The reserved memory is reduced
    while the machine runs, which the kernel allows if no crash kernel is loaded."""
    contender.disarm(vm)
    vm.save()
    size = _smallest(lambda size: _lands(vm, contender, size), LIKELY[contender.name],
                     contender.reserved)
    results.add(MEMORY, machine_of(gib), "MiB", contender.name, size)


COUNTS = [1, 8, 32, 128]
LOADS = 20
ITEMS = "/sys/kernel/config/crash_dm_crypt_keys"
KERNEL, INITRD = "/boot/vmlinuz-$(uname -r)", "/boot/initrd.img-$(uname -r)"
COMMAND_LINE = ("root=/dev/vda rw console=ttyS0 init=/lab/init rdinit=/lab-init nr_cpus=1 "
                "quiet")


def _prepare_for_keys(vm):
    """Prepare the guest after each boot."""
    vm.run("PATH=$PATH:/usr/local/lib/lab-tests; keyctl link @u @s; modprobe configfs; "
           "mount -t configfs configfs /sys/kernel/config; modprobe crash_dm_crypt")


def _load_keys(vm, count):
    """Return the milliseconds of a load of a 64 KiB kernel, which shows the cost of the keys. At
    the end, load the lab's guest as the crash kernel."""
    vm.run(f"make-keys lab: 256 {count}")
    vm.run(f"for n in $(seq 0 {count - 1}); do mkdir {ITEMS}/$n; "
           f"echo lab:$n >{ITEMS}/$n/description; done", timeout=120)
    took, output = machine.seconds(vm, f"load-crash /root/tiny none '' {LOADS}", timeout=300)
    if output.split("\n").count("OK") != LOADS:
        raise LabError(f"not all loads worked:\n{output}")
    vm.run(f"kexec -s -p {KERNEL} --initrd={INITRD} --append='{COMMAND_LINE}'", timeout=120)
    return took / LOADS * 1000


def _keys(results, options):
    """Measure the cost of each number of keys, in the lab's own guest, which boots quickly."""
    with Vm("generic", [], "crashkernel=256M", name="bench-keys",
            devices=machine.NO_WATCHDOG) as vm:
        vm.wait_shell()
        # It must fit into the memory.
        vm.run(f"head -c 65536 {KERNEL} >/root/tiny && printf '\\x00\\x00\\x01\\x00' | "
               "dd of=/root/tiny bs=1 seek=$((0x260)) conv=notrunc status=none; sync")
        _prepare_for_keys(vm)
        vm.save()
        for _ in range(options.runs):
            for count in COUNTS:
                name = f"{count} key{'s' if count > 1 else ''}"
                vm.restore()
                results.add(KEYS, "load", "ms", name, _load_keys(vm, count))
                vm.send_line("echo c >/proc/sysrq-trigger")
                vm.expect("Kernel panic - not syncing: ", 60, what="the panic")
                vm.wait_shell(180)
                reserved = re.search(r"\bmemmap=(\d+)K\$", vm.run("cat /proc/cmdline"))[1]
                _prepare_for_keys(vm)
                took, _output = machine.seconds(vm, f"echo yes >{ITEMS}/restore")
                restored = vm.run("keyctl list @u | grep -c 'user: lab:'")
                if int(restored) != count:
                    raise LabError(f"{restored} of {count} keys restored")
                results.add(KEYS, "restore", "ms", name, took * 1000)
                results.add(KEYS, "reserved memory", "KiB", name, int(reserved))


def _crashes(results, options):
    """Count the crashes in a row that leave a complete dump."""
    # The dump of a small machine is small, and so is one without the content of earlier memory.
    contender = KdumpCrypt(boot=replace(SHELL, cmdline=f"{SHELL.cmdline} init_on_free=1"))
    complete = 0
    with machine.booted(contender, SMALL) as vm:
        _set_up(vm, contender)
        for number in range(options.crashes):
            try:
                contender.arm(vm)
                crash, token = contender.crash(vm)
                contender.check(vm, crash, token)
            except VmError as err:
                results.note(CRASHES, f"Crash {number + 1}: {str(err).splitlines()[0]}")
                if not isinstance(err, CrashError):
                    vm.reset()
                    contender.boot.wait(vm)
                contender.open(vm)
                contender.remove_dumps(vm)
                continue
            if not crash.complete:
                results.note(CRASHES, f"Crash {number + 1}: the dump is not complete")
                continue
            complete += 1
            results.add(CRASHES, TO_VMCORE, "s", contender.name, crash.until(VMCORE))
    results.note(CRASHES, f"{complete} of {options.crashes} crashes left a complete dump.")


# The contenders in the machine of one size, and their measures.
MEASURED = [(KdumpTools(), {"downtime", "memory"}), (Dracut(), {"downtime", "memory"}),
            (Passphrase(boot=SHELL), {"downtime", "memory"}),
            (KdumpCrypt(), {"downtime", "memory", "disk"}),
            (KdumpCryptPlain(), {"downtime", "disk"})]
# The same for instructions, with the memory of the machine in GiB.
COUNTED = [(KdumpTools(SHELL), 2, {"instructions", "long"}),
           (KdumpCrypt(SHELL), 2, {"instructions", "long"}),
           (KdumpCrypt(SHELL), 8, {"long"}),
           (KdumpCrypt(SHELL), 32, {"long"}),
           (NextMakedumpfile(SHELL), 2, {"instructions", "long"}),
           (UnsignedModules(SHELL), 2, {"instructions"}),
           (KdumpCryptPlain(SHELL), 2, {"instructions"})]
NAMES = ["downtime", "disk", "memory", "instructions", "long", "keys", "crashes"]
CONTENDERS = [KdumpCrypt(), KdumpTools(), Passphrase(), Dracut(), KdumpCryptPlain(),
              NextMakedumpfile(), UnsignedModules()]


def names_in_order(options):
    """Return measures and contenders in the order in which they are shown."""
    return [FIRST, AGAIN, LOADED, "load", *STEPS_IN_ORDER,
            *(machine_of(gib) for gib in sorted(options.gib)),
            *(contender.name for contender in CONTENDERS)]


def _memory_jobs(options):
    """Return the search for the smallest size in machines of other sizes: kdump-crypt in all, and
    kdump-tools in the largest that is not huge."""
    sizes = [gib for gib in options.gib if gib != ONE_SIZE]
    filled = [gib for gib in sizes if gib <= FILLED_AT_MOST]
    return [(KdumpCrypt(SHELL), gib) for gib in sizes] + [
        (KdumpTools(SHELL), gib) for gib in filled if gib == max(filled)]


def _jobs_of_contenders(options, figures):
    """Return triples: a contender, what is measured, and the function that does it."""
    for contender, measured in MEASURED:
        wanted = measured.intersection(figures)
        if ONE_SIZE not in options.gib:
            wanted.discard("memory")
        if wanted:
            yield (contender, ", ".join(sorted(wanted)),
                   partial(_measure, contender, wanted, ONE_SIZE))
    for contender, gib, measured in COUNTED:
        wanted = measured.intersection(figures)
        if wanted:
            yield (contender, f"{', '.join(sorted(wanted))}, {gib} GiB",
                   partial(_count, contender, gib, wanted))
    if "memory" in figures:
        for contender, gib in _memory_jobs(options):
            yield (contender, f"memory, {gib} GiB", partial(_measure, contender, {"memory"}, gib))


def jobs(options):
    """Return the jobs of the figures: functions of the results and the options, by name. Each CPU
    takes the next job, so the long ones come first."""
    figures = options.figures or NAMES
    todo = [(f"{contender.name}: {what}", job)
            for contender, what, job in _jobs_of_contenders(options, figures)
            if contender.name in (options.only or contender.name)]
    if "crashes" in figures:
        todo.insert(0, (f"{options.crashes} crashes", _crashes))
    if "keys" in figures:
        todo.append(("keys", _keys))
    return todo
