# SPDX-License-Identifier: GPL-2.0-or-later
"""/sys/kernel/config/crash_dm_crypt_keys: its limits, several users at once, removing the
module."""
import pytest

from module_guest import (CHECKERS, ITEMS, TINY, add_item, assert_no_leak, assert_sane_kernel,
                          attach_bpf, clean, detach_bpf, hooked, live_patch, load, loaded,
                          module_lines, number, prepared, remove_items, run_beside, saved,
                          undo_live_patch, write)


# What the module always hooks, and what it hooks while there are items. Below: the same once somebody
# has read `parameter`.
WATCHED = ["__crash_shrink_memory", "crash_update_vmcoreinfo_safecopy",
           "kimage_alloc_control_pages", "kimage_crash_copy_vmcoreinfo",
           "kimage_file_post_load_cleanup", "kimage_free", "kimage_load_segment"]
WRAPPED = "bzImage64_load"
WATCHED_LATER = sorted([*WATCHED, "kimage_terminate"])
WRAPPED_LATER = "__x64_sys_kexec_load"


@pytest.fixture(scope="module")
def machine(built):
    with prepared(leaks="", cpus=2).start("test_registry") as vm:
        yield vm
        assert_no_leak(vm)


@pytest.fixture
def vm(machine):
    clean(machine)
    yield machine
    assert_sane_kernel(machine)


def count(vm):
    return number(vm, f"{ITEMS}/count")


def make(vm, names):
    """Make items. The names are patterns for the shell, as the console takes no line of more than
    4095 bytes."""
    return vm.run(f"(cd {ITEMS} && mkdir {names})", check=False)


def description(vm, name):
    return vm.run(f"cat {ITEMS}/{name}/description")


# Limits

def test_nothing_at_first(vm):
    assert sorted(vm.run(f"ls {ITEMS}").split()) == ["count", "loads", "parameter", "reuse",
                                                     "saved"]
    assert (count(vm), saved(vm), number(vm, f"{ITEMS}/reuse")) == (0, 0, 0)


def test_exactly_128_items(vm):
    make(vm, "{1..127}")
    assert count(vm) == 127
    assert make(vm, "last")[0] == 0
    assert count(vm) == 128
    status, said = make(vm, "more")
    assert status != 0 and "No space left on device" in said
    assert count(vm) == 128
    vm.run(f"test ! -e {ITEMS}/more")
    remove_items(vm, 64)
    assert count(vm) == 127
    assert make(vm, "more")[0] == 0
    assert count(vm) == 128
    assert "No space left on device" in make(vm, "again")[1]
    vm.run(f"rmdir {ITEMS}/*/")
    assert count(vm) == 0


def test_description_is_taken(vm):
    make(vm, "item")
    path = f"{ITEMS}/item/description"
    # Reading returns what was written, and one newline.
    for taken in [b"a", b"x" * 127, b"x" * 128, b"cryptsetup:0", b" a ", b"\xff\xfe"]:
        assert write(vm, path, taken) == "OK", taken
        assert write(vm, path, taken + b"\n") == "OK", taken
        assert vm.run(f"od -An -v -tx1 {path} | tr -d ' \\n'") == (taken + b"\n").hex()
    # Exactly one newline is dropped, and only the last.
    assert write(vm, path, b"a\nb\n\n") == "OK"
    assert vm.run(f"od -An -v -tx1 {path} | tr -d ' \\n'") == b"a\nb\n\n".hex()


def test_description_is_refused(vm):
    make(vm, "item")
    path = f"{ITEMS}/item/description"
    assert description(vm, "item") == ""
    assert write(vm, path, b"old:value") == "OK"
    for refused in [b"\n", b"x" * 129, b"x" * 128 + b"\n\n", b"x" * 1500, b"a\0b", b"\0",
                    b"a\0", b"a\0\n", b"\0\n"]:
        assert write(vm, path, refused) == "EINVAL", refused
        assert description(vm, "item") == "old:value"
    # More than configfs takes at once.
    vm.run("head -c 8192 /dev/zero | tr '\\0' x >/root/long")
    status, said = vm.run(f"dd if=/root/long of={path} bs=8192 count=1", check=False)
    assert status != 0 and "Invalid argument" in said
    assert description(vm, "item") == "old:value"
    # configfs itself refuses a write of no bytes, with an errno of its own.
    assert write(vm, path, b"") != "OK"
    assert description(vm, "item") == "old:value"


def test_hide_only(vm):
    add_item(vm, "item", "old:value")
    path = f"{ITEMS}/item/hide_only"
    assert number(vm, path) == 0
    for value, reads in [(b"1", 1), (b"no", 0), (b"yes\n", 1), (b"0\n", 0)]:
        assert write(vm, path, value) == "OK"
        assert number(vm, path) == reads
    for value in [b"junk", b"2", b"\n"]:
        assert write(vm, path, value) == "EINVAL"
    assert number(vm, path) == 0


def test_descriptions_do_not_mix(vm):
    make(vm, "a b")
    write(vm, f"{ITEMS}/a/description", b"x" * 128)
    write(vm, f"{ITEMS}/b/description", b"y" * 128)
    assert description(vm, "a") == "x" * 128
    assert description(vm, "b") == "y" * 128
    write(vm, f"{ITEMS}/a/description", b"z")
    assert description(vm, "a") == "z"
    assert description(vm, "b") == "y" * 128


def test_only_root_writes(vm):
    make(vm, "item")
    write(vm, f"{ITEMS}/item/description", b"old:value")
    nobody = "setpriv --reuid nobody --regid nogroup --clear-groups"
    assert vm.run(f"{nobody} mkdir {ITEMS}/other", check=False)[0] != 0
    assert vm.run(f"{nobody} rmdir {ITEMS}/item", check=False)[0] != 0
    for path in [f"{ITEMS}/item/description", f"{ITEMS}/reuse"]:
        assert vm.run(f"{nobody} write-bytes {path} 31") == "EACCES"
    assert description(vm, "item") == "old:value"


def test_counts_are_read_only(vm):
    make(vm, "item")
    for name in ["count", "saved", "item/saved"]:
        assert write(vm, f"{ITEMS}/{name}", b"1") != "OK"
    vm.run(f"rmdir {ITEMS}/item")
    assert (count(vm), saved(vm)) == (0, 0)


# Nothing leaks

def slab(vm):
    """Return the number of objects in use, by cache."""
    lines = vm.run("echo 2 >/proc/sys/vm/drop_caches; cat /proc/slabinfo").split("\n")[2:]
    return {name: int(active) for name, active in (line.split()[:2] for line in lines)}


ROUNDS = 10000
# With the slow checkers, a tenth is enough.
HAMMER = 200 if CHECKERS else 2000


def assert_rounds_leak_nothing(vm, rounds, command):
    """Check that no cache grows. One object leaked in every other round would be noticed. Counts of
    healthy caches change by some hundreds, as an object freed into a CPU's own slab counts as in
    use. So there is a warm-up first, and the number of rounds is many times those hundreds."""
    vm.run(command(rounds // 10), timeout=120)
    if CHECKERS:
        return      # kmemleak finds a single object, at the guest's end
    before = slab(vm)
    vm.run(command(rounds), timeout=300)
    after = slab(vm)
    grown = {name: after[name] - before.get(name, 0) for name in after
             if after[name] - before.get(name, 0) > rounds // 2}
    assert not grown


def test_items_made_and_removed_leak_nothing(vm):
    # The first item adds a hook, and the last removes it, which takes a second.
    vm.run("churn it 20", timeout=120)
    make(vm, "first")
    assert_rounds_leak_nothing(vm, ROUNDS, "churn it {}".format)
    assert count(vm) == 1


def test_refused_items_leak_nothing(vm):
    make(vm, "{1..128}")
    assert vm.run("churn it 5") == "made 0 refused 5"
    assert_rounds_leak_nothing(vm, ROUNDS, "churn it {}".format)
    assert count(vm) == 128


# Several at once

@pytest.mark.parametrize("seed", [1, 2])
def test_hammer(vm, seed):
    vm.run("make-keys hammer: 64 4")
    said = vm.run(f"hammer {seed} 6 {HAMMER} {TINY}", timeout=300)
    done = {name: (int(good), int(bad))
            for name, good, bad in (line.split() for line in said.split("\n"))}
    # Each operation has succeeded and has failed.
    for name in ["mkdir", "rmdir", "write", "load", "unload"]:
        assert min(done[name]) > 0, said
    assert (count(vm), saved(vm), loaded(vm)) == (0, 0, 0)


def test_items_come_and_go_during_loads(vm):
    vm.run("make-keys load: 64 2")
    add_item(vm, "stays", "load:0")
    # mkdir and the first write are two steps: a load in between is refused.
    said = run_beside(
        vm, f"while mkdir {ITEMS}/goes && echo load:1 >{ITEMS}/goes/description && "
            f"rmdir {ITEMS}/goes; do :; done",
        f"for n in $(seq 60); do load-crash {TINY} none; cat {ITEMS}/saved; done")
    results = list(zip(said[0::2], said[1::2]))
    assert set(results) <= {("OK", "1"), ("OK", "2"), ("EINVAL", "0")}
    assert len(results) == 60
    assert ("OK", "1") in results
    assert ("OK", "2") in results


def test_loads_race_with_an_items_end(vm):
    """The same without forks in between: an item is removed in the middle of loads."""
    vm.run("make-keys load: 64 1; make-keys churn:it 64")
    add_item(vm, "stays", "load:0")
    said = run_beside(vm, "churn goes 100000000",
                      f"load-crash {TINY} none '' 500; cat {ITEMS}/saved")
    assert len(said) == 501
    assert set(said[:500]) <= {"OK", "EINVAL"}
    assert "OK" in said[:500]
    assert said[500] in "012"


# The module's end

def remove_module(vm):
    return vm.run("rmmod crash_dm_crypt", check=False)


def test_removal_is_refused_while_items_exist(vm):
    make(vm, "item")
    status, said = remove_module(vm)
    assert status != 0 and "in use" in said
    assert hooked(vm) == sorted([*WATCHED, WRAPPED])
    remove_items(vm, "item")
    assert remove_module(vm)[0] == 0
    assert hooked(vm) == []


def test_removal_is_refused_while_keys_are_loaded(vm):
    vm.run("make-keys load: 64 1")
    add_item(vm, "item", "load:0")
    assert load(vm) == "OK"
    remove_items(vm, "item")
    status, said = remove_module(vm)
    assert status != 0 and "in use" in said
    assert (saved(vm), loaded(vm)) == (1, 1)
    assert hooked(vm) == WATCHED
    # Without items the next load takes no keys along, and nothing keeps the module.
    assert load(vm) == "OK"
    assert (saved(vm), loaded(vm)) == (0, 1)
    assert remove_module(vm)[0] == 0
    assert hooked(vm) == []
    assert loaded(vm) == 1


def test_removal_is_refused_while_a_file_is_open(vm):
    status, said = vm.run(f"rmmod crash_dm_crypt <{ITEMS}/count", check=False)
    assert status != 0 and "in use" in said
    assert count(vm) == 0


def test_loading_the_module_again(vm):
    for _ in range(3):
        assert remove_module(vm)[0] == 0
        assert hooked(vm) == []
        assert load(vm) == "OK"
        vm.run("modprobe crash_dm_crypt")
        assert hooked(vm) == WATCHED
        assert (count(vm), saved(vm), loaded(vm)) == (0, 0, 1)
        assert load(vm) == "OK"


def test_a_failed_load_does_not_keep_the_module(vm):
    add_item(vm, "item", "none:such")
    for _ in range(3):
        assert load(vm) == "ENOKEY"
    remove_items(vm, "item")
    assert remove_module(vm)[0] == 0


def test_the_module_comes_and_goes_during_loads(vm):
    vm.run("rmmod crash_dm_crypt")
    said = run_beside(vm, f"load-crash {TINY} none '' 1000000 >/root/loads",
                      "for n in $(seq 4); do modprobe crash_dm_crypt || break; "
                      # A load in progress keeps it for a moment.
                      "until rmmod crash_dm_crypt; do :; done; echo $n; done")
    assert said == ["1", "2", "3", "4"]
    assert vm.run("sed '$d' /root/loads | sort -u") == "OK"
    assert hooked(vm) == []
    assert module_lines(vm) == []


def test_ftrace_cannot_be_switched_off_below_it(vm):
    status, said = vm.run("sysctl -w kernel.ftrace_enabled=0", check=False)
    assert status != 0 and "busy" in said
    assert number(vm, "/proc/sys/kernel/ftrace_enabled") == 1
    # Nor while a crash kernel with keys is loaded, whose end the module has to notice.
    vm.run("make-keys load: 64 1")
    add_item(vm, "item", "load:0")
    assert load(vm) == "OK"
    assert vm.run("sysctl -w kernel.ftrace_enabled=0", check=False)[0] != 0
    assert saved(vm) == 1
    vm.run("load-crash unload")
    assert saved(vm) == 0
    remove_items(vm, "item")
    assert remove_module(vm)[0] == 0
    vm.run("sysctl -w kernel.ftrace_enabled=0")
    # Nothing can be hooked now, and the module reports that.
    status, said = vm.run("modprobe crash_dm_crypt", check=False)
    vm.run("sysctl -w kernel.ftrace_enabled=1")
    assert status != 0, said
    assert hooked(vm) == []
    vm.run("modprobe crash_dm_crypt")
    assert hooked(vm) == WATCHED


# Others who hook the same functions

def test_functions_of_the_same_name(vm):
    vm.run("rmmod crash_dm_crypt; modprobe same_name; modprobe crash_dm_crypt")
    make(vm, "item")
    assert hooked(vm) == sorted([*WATCHED, WRAPPED])
    remove_items(vm, "item")
    vm.run("rmmod crash_dm_crypt same_name")


@pytest.mark.parametrize("first", ["tracers", "module"])
def test_tracers_of_the_same_functions(vm, first):
    """Function graph tracing and return probes replace the return addresses of functions. The module
    recognizes its own calls by return addresses."""
    trace = "/sys/kernel/tracing"
    hooked(vm)
    vm.run("make-keys load: 64 1")
    if first == "module":
        add_item(vm, "item", "load:0")
    vm.run(f"cd {trace}; echo 'r:lab/back {WRAPPED}' >kprobe_events; "
           f"echo 'f:lab/there {WRAPPED}' >>dynamic_events; "
           f"printf '%s\\n' {' '.join([*WATCHED, WRAPPED])} >set_ftrace_filter; "
           "echo 1 >events/lab/enable; echo function_graph >current_tracer; cd")
    try:
        if first == "tracers":
            add_item(vm, "item", "load:0")
        for _ in range(3):
            assert load(vm) == "OK"
            assert saved(vm) == 1
        vm.run("load-crash unload")
        assert saved(vm) == 0
        seen = vm.run(f"cat {trace}/trace")
        for function in [*WATCHED[1:], WRAPPED]:
            assert function in seen
        assert "back:" in seen and "there:" in seen
    finally:
        vm.run(f"cd {trace}; echo nop >current_tracer; echo 0 >events/lab/enable; echo "
               ">set_ftrace_filter; echo >dynamic_events; echo >kprobe_events; echo >trace; cd")
    assert load(vm) == "OK"


@pytest.mark.skipif(CHECKERS, reason="this kernel has no BTF")
@pytest.mark.parametrize("last", ["bpf", "module"])
@pytest.mark.parametrize("first", ["bpf", "module"])
def test_bpf_at_the_exit_of_the_same_functions(vm, first, last):
    """BPF's trampoline calls the function itself. Both redirect bzImage64_load()."""
    functions = [*WATCHED, WRAPPED]
    vm.run("make-keys load: 64 1")
    if first == "bpf":
        assert remove_module(vm)[0] == 0
        attached = attach_bpf(vm, *functions)
        vm.run("modprobe crash_dm_crypt")
        add_item(vm, "item", "load:0")
    else:
        add_item(vm, "item", "load:0")
        attached = attach_bpf(vm, *functions)
    assert attached == dict.fromkeys(functions, "OK")
    for _ in range(3):
        assert load(vm) == "OK"
        assert saved(vm) == 1
    # The hook on the loader goes and comes.
    remove_items(vm, "item")
    assert (load(vm), saved(vm)) == ("OK", 0)
    add_item(vm, "item", "load:0")
    assert (load(vm), saved(vm)) == ("OK", 1)
    if last == "bpf":
        vm.run("load-crash unload")
        remove_items(vm, "item")
        assert remove_module(vm)[0] == 0
        assert load(vm) == "OK"
        runs = detach_bpf(vm)
    else:
        runs = detach_bpf(vm)
        assert (load(vm), saved(vm)) == ("OK", 1)
    # Shrinking the reserved memory is not tested here.
    assert {function for function, count in runs.items() if not count} == {WATCHED[0]}
    assert runs[WRAPPED] >= 5


def test_live_patch_without_items(vm):
    assert live_patch(vm, WRAPPED)[0] == 0
    assert load(vm) == "EIO"
    # A key item would save no key.
    status, said = make(vm, "item")
    assert status != 0 and "busy" in said
    assert count(vm) == 0
    assert module_lines(vm)[-1].endswith(
        "no key can be saved: a live patch or another module redirects bzImage64_load()")
    undo_live_patch(vm)
    make(vm, "item")
    assert count(vm) == 1


def test_parameter(vm):
    """Nobody who does not read it pays for kexec_load(2)."""
    def parameter():
        return vm.run(f"cat {ITEMS}/parameter", check=False)
    nobody = "setpriv --reuid nobody --regid nogroup --clear-groups"
    assert vm.run(f"{nobody} cat {ITEMS}/parameter", check=False)[0] != 0
    make(vm, "item")
    assert hooked(vm) == sorted([*WATCHED, WRAPPED])
    # The first reader finds out if the system call cannot be hooked.
    assert live_patch(vm, WRAPPED_LATER)[0] == 0
    status, said = parameter()
    assert status != 0 and "busy" in said
    assert module_lines(vm)[-1].endswith(
        f"no key can be saved: a live patch or another module redirects {WRAPPED_LATER}()")
    remove_items(vm, "item")
    assert hooked(vm) == sorted([*WATCHED_LATER, WRAPPED_LATER])
    assert make(vm, "item")[0] != 0
    assert hooked(vm) == sorted([*WATCHED_LATER, WRAPPED_LATER])
    undo_live_patch(vm)

    make(vm, "item")
    assert hooked(vm) == sorted([*WATCHED_LATER, WRAPPED, WRAPPED_LATER])
    said = parameter()
    assert said == parameter() and said[0] == 0
    remove_items(vm, "item")
    assert hooked(vm) == WATCHED_LATER
    assert remove_module(vm)[0] == 0
    assert hooked(vm) == []
    # Without items it adds no hook.
    vm.run("modprobe crash_dm_crypt")
    assert parameter()[0] == 0
    assert hooked(vm) == WATCHED
    make(vm, "item")
    assert hooked(vm) == sorted([*WATCHED_LATER, WRAPPED, WRAPPED_LATER])
    remove_items(vm, "item")
    assert remove_module(vm)[0] == 0


def test_live_patch_with_items(vm):
    vm.run("make-keys load: 64 1")
    add_item(vm, "item", "load:0")
    status, said = live_patch(vm, WRAPPED)
    assert status != 0 and "busy" in said
    assert load(vm) == "OK"
    assert saved(vm) == 1
    remove_items(vm, "item")
    assert live_patch(vm, WRAPPED)[0] == 0
    undo_live_patch(vm)
