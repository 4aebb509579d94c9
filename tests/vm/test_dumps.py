# SPDX-License-Identifier: GPL-2.0-or-later
"""Dumps: info.json, progress, keep; list, show, remove, config."""
import json
import re

import pytest

from lab import story
from machines import CLOSED, CONFIG

PATH = "/var/plain"
OLD = "lab-2025-01-01-00:00:00"
OLDER_VERSION = "lab-2024-01-01-00:00:00"
INFO = {"format": 1, "time": "2025-01-01T00:00:00Z", "complete": True, "host": "lab",
        "version": "0.1", "memory_bytes": 1, "kernel_log_bytes": 1, "vmcore_bytes": 4096,
        "steps": []}


def make_dump(vm, name, info=None):
    vm.run(f"mkdir -p {PATH}/{name}; echo core >{PATH}/{name}/vmcore")
    if info:
        vm.run(f"echo '{json.dumps(info)}' >{PATH}/{name}/info.json")


@pytest.fixture(scope="module")
def crashed(built):
    """A guest that has crashed and dumped once, with older dumps from before."""
    with CLOSED.start("test_dumps") as vm:
        make_dump(vm, OLD, INFO)
        make_dump(vm, "other-2025-01-01-00:00:00", {**INFO, "host": "other"})
        make_dump(vm, OLDER_VERSION)
        vm.run(f"printf 'path {PATH}\\n# one is enough\\nkeep 1\\n' >{CONFIG}")
        vm.run("kdump-crypt load")
        vm.run("sync")
        vm.token = story.log_token(vm)
        vm.crash_time = int(vm.run("date +%s"))
        vm.release = vm.run("uname -r")
        vm.capture = story.crash(vm)
        [vm.dump] = [name for name in vm.run(f"ls {PATH}").split()
                     if name.startswith("lab-") and name not in [OLD, OLDER_VERSION]]
        yield vm


def test_info(crashed):
    vm = crashed
    info = story.info_of(vm, f"{PATH}/{vm.dump}")
    assert info["format"] == 1
    assert info["complete"] is True
    assert "reason" not in info
    assert info["host"] == "lab"
    assert info["kernel"] == vm.release
    assert info["panic"] == "sysrq triggered crash"
    assert info["version"] == vm.run("kdump-crypt --version").split()[1]
    # The time is of the crashed kernel's clock, not the crash kernel's.
    when = int(vm.run(f"date -u -d {info['time']} +%s"))
    assert vm.crash_time <= when <= vm.crash_time + 15
    for name, file in [("vmcore_bytes", "vmcore"), ("kernel_log_bytes", "vmcore-dmesg.txt")]:
        assert info[name] == int(vm.run(f"stat -c %s {PATH}/{vm.dump}/{file}"))
    assert 0.9e9 < info["memory_bytes"] < 1.0e9
    steps = {step["name"]: step["seconds"] for step in info["steps"]}
    assert list(steps) == ["start", "modules", "device", "mount", "kernel log", "vmcore"]
    assert all(seconds >= 0 for seconds in steps.values())
    # From the crash kernel's start to the writing of the file, as the console had it.
    [end] = [own for _, own, text in vm.capture.lines if text.startswith("vmcore: saved")]
    assert abs(sum(steps.values()) - end) < 1
    assert vm.run(f"stat -c %a {PATH}/{vm.dump}/info.json") == "600"
    assert vm.run(f"ls -A {PATH}/{vm.dump}").split() == ["info.json", "vmcore", "vmcore-dmesg.txt"]


def test_console(crashed):
    """The paths are those of the running machine. The progress has percent and rate. It also has
    the time left if the dump takes long enough (see tests/unit/test_progress.c)."""
    vm = crashed
    lines = [text for _, _, text in vm.capture.lines]
    assert f"saved {PATH}/{vm.dump}/vmcore" in re.sub(r"saved .* to", "saved", "\n".join(lines))
    assert "/target" not in "\n".join(lines)
    progress = [re.fullmatch(r"vmcore: ([\d.]+) %, [\d.]+ MiB so far, [\d.]+ MiB/s(, .* left)?",
                             line) for line in lines]
    percents = [float(match[1]) for match in progress if match]
    assert percents == sorted(percents)
    # The progress is shown every 2 seconds.
    begin, end = [next(own for _, own, text in vm.capture.lines if text.startswith(what))
                  for what in ["vmcore: running", "vmcore: saved"]]
    assert (percents and 0 <= percents[0] and percents[-1] <= 100) or end - begin < 2.5
    vm.capture.time_of(r"^space: .* MiB free, of which \d+ MiB will stay free; a dump may need "
                       r"\d+ MiB \(as the largest one there\)")
    assert f"keep: {OLD} removed" in lines


def test_list(crashed):
    vm = crashed
    dumps = json.loads(vm.run("kdump-crypt list --json"))
    # The older complete dump of this host was removed. Others stay.
    assert [dump["name"] for dump in dumps] == \
        [OLDER_VERSION, "other-2025-01-01-00:00:00", vm.dump]
    assert dumps[2]["panic"] == "sysrq triggered crash"
    assert dumps[2]["directory"] == f"{PATH}/{vm.dump}"
    assert dumps[0]["vmcore_bytes"] == 5
    assert "steps" not in dumps[0]

    rows = vm.run("kdump-crypt list").splitlines()
    assert rows[0].split() == ["NAME", "CRASHED", "(UTC)", "KERNEL", "SIZE", "STATE", "KEYS",
                               "DURATION", "PANIC"]
    assert re.fullmatch(rf"{OLDER_VERSION} +2024-01-01 00:00:00 +- +1 KiB +complete +- +- +-",
                        rows[1])
    assert re.fullmatch(rf"{vm.dump} +[-\d]+ [:\d]+ +{re.escape(vm.release)} +[\d.]+ MiB +complete"
                        r" +- +[\d.]+ s +sysrq triggered crash", rows[3])
    vm.run("mkdir -p /root/empty")
    assert "there is no dump in /root/empty" in vm.run("kdump-crypt list --path /root/empty")
    assert vm.run("kdump-crypt list --path /root/empty --json") == "[]"
    status, said = vm.run("kdump-crypt list --path /root/missing", check=False)
    assert (status, said) == (1, "kdump-crypt: cannot read the dumps in /root/missing: "
                              "No such file or directory")


def test_list_as_user(crashed):
    """A user sees the names of root's dumps. What a user puts into the path is no dump, for root
    neither."""
    vm = crashed
    planted = "lab-2099-01-01-00:00:00"
    as_user = "setpriv --reuid 65534 --clear-groups"
    mode = vm.run(f"stat -c %a {PATH}")
    vm.run(f"chmod 1777 {PATH}")
    vm.run(f"{as_user} mkdir {PATH}/{planted}")
    vm.run(f"cp -r {PATH}/{vm.dump}/. {PATH}/{planted}; chown -R 65534 {PATH}/{planted}")
    rows = vm.run(f"{as_user} kdump-crypt list 2>/dev/null").splitlines()
    assert re.search(rf"^{vm.dump} +[-\d]+ [:\d]+ +- +- +unreadable ", "\n".join(rows), re.M)
    status, said = vm.run(f"{as_user} kdump-crypt show {vm.dump}", check=False)
    assert status == 1 and f"{vm.dump}: only root can read it" in said
    said = vm.run("kdump-crypt list")
    assert "ignored 1 directory in" in said and planted not in said
    for verb in ["show", "remove --yes"]:
        assert vm.run(f"kdump-crypt {verb} {planted}", check=False)[0] == 1
    vm.run(f"test -e {PATH}/{planted}/vmcore; rm -r {PATH}/{planted}; chmod {mode} {PATH}")


def test_show(crashed):
    vm = crashed
    said = vm.run(f"kdump-crypt show {vm.dump}")
    assert re.search(r"^Panic: +sysrq triggered crash$", said, re.M)
    assert re.search(r"^Complete: +yes$", said, re.M)
    assert re.search(r"^ +[\d.]+ s  vmcore$", said, re.M)
    assert "The last 50 lines of vmcore-dmesg.txt:" in said
    assert "Kernel panic - not syncing: sysrq triggered crash" in said
    log = vm.run(f"cat {PATH}/{vm.dump}/vmcore-dmesg.txt").splitlines()
    shown = json.loads(vm.run(f"kdump-crypt show --json --lines 3 {vm.dump}"))
    # The journal has the path of a dump, which works as its name does.
    by_path = vm.run(f"kdump-crypt show --json --lines 3 {PATH}/{vm.dump}/")
    assert json.loads(by_path) == shown
    assert shown["kernel_log"] == log[-3:]
    assert any(vm.token in line for line in
               json.loads(vm.run(f"kdump-crypt show --json --lines 60 {vm.dump}"))["kernel_log"])
    assert "last" not in vm.run(f"kdump-crypt show --lines 0 {vm.dump}")
    for bad, status in [("missing", 1), ("", 2), (f"{vm.dump} {vm.dump}", 2),
                        (f"../plain/{vm.dump}", 1), (f"--lines x {vm.dump}", 2)]:
        assert vm.run(f"kdump-crypt show {bad}", check=False)[0] == status
    assert "kdump-crypt list shows" in vm.run("kdump-crypt show missing", check=False)[1]


def test_remove(crashed):
    vm = crashed
    for name in ["a-2025-01-01-00:00:01", "a-2025-01-01-00:00:02", "a-2025-01-01-00:00:03"]:
        make_dump(vm, name, INFO)

    def there():
        return [f"a-2025-01-01-00:00:0{n}" for n in "123"
                if vm.run(f"test -d {PATH}/a-2025-01-01-00:00:0{n}", check=False)[0] == 0]
    first, second, third = there()
    status, said = vm.run(f"kdump-crypt remove {first}", check=False)
    assert status == 1 and "--yes" in said
    vm.run(f"kdump-crypt remove --yes {first} missing", check=False)
    vm.run(f"ln -s {first} {PATH}/link; kdump-crypt remove --yes link", check=False)
    vm.run(f"kdump-crypt remove --yes . ../plain/{first}", check=False)
    assert vm.run("kdump-crypt remove", check=False)[0] == 2
    assert there() == [first, second, third]

    with pytest.raises(Exception, match="exit status 1"):
        vm.run(f"kdump-crypt remove {first}", dialog=[(r"\[y/N\] ", "n")])
    assert there() == [first, second, third]
    vm.run(f"kdump-crypt remove {first}", dialog=[(r"\[y/N\] ", "y")])
    assert there() == [second, third]
    vm.run(f"touch {PATH}/{second}/notes")
    status, said = vm.run(f"kdump-crypt remove --yes {second} {third}", check=False)
    assert status == 1 and "it also contains notes" in said
    assert there() == [second]
    vm.run(f"rm {PATH}/{second}/notes {PATH}/link; kdump-crypt remove --yes {second}")
    assert there() == []
    assert vm.dump in vm.run("kdump-crypt list")


def test_config(crashed):
    vm = crashed
    assert vm.run("kdump-crypt config").splitlines()[0] == f"path {PATH}\t# {CONFIG}:1"
    config = json.loads(vm.run("kdump-crypt config --json"))
    assert config["keep"] == {"value": "1", "origin": f"{CONFIG}:3"}
    assert config["final_action"] == {"value": "reboot", "origin": "default"}
    vm.run("kdump-crypt config >/root/again; kdump-crypt config --config /root/again >/root/more")
    assert vm.run("cut -f 1 /root/again") == vm.run("cut -f 1 /root/more")
    vm.run("printf 'keep 0\\n' >/root/bad")
    for verb in ["config", "list", "load"]:
        status, said = vm.run(f"kdump-crypt {verb} --config /root/bad", check=False)
        assert status == 1 and "/root/bad:1: keep must be" in said


@pytest.mark.parametrize("verb", ["list", "show", "scan", "remove", "config", "status",
                                  "unload", "estimate", "help"])
def test_help(crashed, verb):
    assert crashed.run(f"kdump-crypt {verb} --help").startswith(f"Usage: kdump-crypt {verb}")
    assert crashed.run(f"kdump-crypt help {verb}") == crashed.run(f"kdump-crypt {verb} --help")
    status, said = crashed.run(f"kdump-crypt {verb} --nonsense", check=False)
    assert status == 2 and said.splitlines()[1:] == [f"try 'kdump-crypt {verb} --help'"]
