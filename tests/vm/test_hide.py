# SPDX-License-Identifier: GPL-2.0-or-later
"""Volume keys kept out of the dump: what of a key is in one, with and without hiding."""
import mmap

from lab import aes, disks, ramscan, story
from lab.disks import QUICK_PASSPHRASE

CONFIG = "/etc/kdump-crypt.conf"
SPARE = "/dev/vdc"      # where what the host is to see goes
DUMP_BYTES = 1 << 30


def traces(key):
    """What gives the volume key away, by name: it, each half, each round of an AES key made from
    one of those."""
    half = len(key) // 2
    found = {"whole": [key], "first half": [key[:half]], "second half": [key[half:]]}
    for name, part in [("first", key[:half]), ("second", key[half:]), ("whole", key)]:
        if len(part) in (16, 24, 32):
            found[f"rounds of the {name}"] = aes.round_keys(aes.encryption_schedule(part)) + \
                aes.round_keys(aes.decryption_schedule(part))
    return found


def count(path, key):
    """How often each of those is in a file."""
    with open(path, "rb") as file, \
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return {name: sum(len(ramscan.find_all(content, pattern)) for pattern in set(patterns))
                for name, patterns in traces(key).items()}


def give_to_host(vm, vmcore, level=31):
    """A vmcore without compression, to the host."""
    vm.run(f"rm -f /root/plain; makedumpfile -d {level} {vmcore} /root/plain && "
           f"cat /root/plain >{SPARE} && sync", timeout=240)


def crash(vm, passphrase=QUICK_PASSPHRASE):
    """Crash and open the volume again. Returns the dump's directory."""
    token = story.log_token(vm)
    capture = story.crash(vm)
    story.unlock(vm, passphrase, link=False)
    story.mount(vm)
    directory = story.dumps(vm)[-1]
    assert token in story.dmesg_in(vm, directory)
    return capture, directory


def test_dump_has_no_key(guest, tmp_path):
    """The default cipher and collector; and without hiding, to see that there is something to
    be hidden and that it would be found."""
    disk = disks.luks(tmp_path / "crash.img", size=DUMP_BYTES, slots=[QUICK_PASSPHRASE])
    spare = disks.blank(tmp_path / "spare.img", DUMP_BYTES)
    key = ramscan.volume_key(disk)
    assert len(key) == 64
    with guest(disks=[disk, spare]) as vm:
        vm.wait_shell()
        vm.run(f"printf {QUICK_PASSPHRASE} >/root/key")
        story.unlock(vm, QUICK_PASSPHRASE)
        story.make_filesystem(vm)
        story.mount(vm)
        vm.run("kdump-crypt load")
        capture, directory = crash(vm)
        info = story.info_of(vm, directory)
        assert info["complete"] and info["keys_hidden"] is True
        # Two expanded keys are in one page or in two.
        assert 1 <= info["hidden_pages"] <= 8
        capture.time_of(f"^vmcore: {info['hidden_pages']} pages are hidden, as they held")
        assert " hidden " in vm.run("kdump-crypt list")
        assert "hidden, in" in vm.run(f"kdump-crypt show --lines 0 {directory.split('/')[-1]}")
        give_to_host(vm, f"{directory}/vmcore")
        hidden = count(spare, key)
        assert hidden == dict.fromkeys(hidden, 0)

        vm.run(f"echo hide_keys no >{CONFIG}; kdump-crypt load --key-file /root/key", timeout=180)
        capture, directory = crash(vm)
        assert story.info_of(vm, directory)["keys_hidden"] is False
        capture.time_of("^vmcore: it contains volume keys")
        assert " inside " in vm.run("kdump-crypt list")
        give_to_host(vm, f"{directory}/vmcore")
        shown = count(spare, key)
        print(f"shown: {shown}, hidden: {hidden}")
        assert all(shown[name] for name in shown if name != "whole")
