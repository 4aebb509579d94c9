# SPDX-License-Identifier: GPL-2.0-or-later
"""The dump contains the kernel's memory as the default collector sees it, also of the newest
kernel."""
import random

from lab import disks, story
from lab.disks import QUICK_PASSPHRASE
from test_hide import PAGE, count, crash, give_to_host

PAGES = 4       # as many as plant_bytes has in one compound page
MARK = 32


def test_compound_page(guest, luks_disk, tmp_path):
    """makedumpfile 1.7.6 takes the second page of a compound page for user data on Linux 7.1."""
    marks = [random.randbytes(MARK) for _ in range(PAGES)]
    plant = tmp_path / "plant.img"
    plant.write_bytes(b"".join(mark.ljust(PAGE, b"\0") for mark in marks))
    spare = disks.blank(tmp_path / "spare.img")
    with guest(flavour="newest", disks=[luks_disk, spare, plant]) as vm:
        vm.wait_shell()
        story.unlock(vm, QUICK_PASSPHRASE)
        story.make_filesystem(vm)
        story.mount(vm)
        vm.run("cat /dev/vdd >/root/plant; modprobe plant_bytes file=/root/plant")
        vm.run("kdump-crypt load")
        _, directory = crash(vm)
        # makedumpfile leaves out the same pages when it unpacks a dump, unless it has this file.
        vm.run("printf '%s\\n' OSRELEASE=$(uname -r) PAGESIZE=4096 'OFFSET(page.compound_head)=8' "
               ">/root/names")
        size = give_to_host(vm, f"-i /root/names {directory}/vmcore")
    found = count(spare, {f"page {n}": [mark] for n, mark in enumerate(marks)}, size)
    # Each mark is in vmalloc memory and in the compound page.
    assert min(found.values()) >= 2, found
