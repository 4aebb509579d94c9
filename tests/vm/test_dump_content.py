# SPDX-License-Identifier: GPL-2.0-or-later
"""The dump contains the kernel's memory as the default collector sees it, also of the newest
kernel."""
import random

from lab import disks, story
from lab.disks import QUICK_PASSPHRASE
from test_hide import PAGE, count, crash, on_host

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
        # It leaves out the same again as it unpacks a dump, where it is not told otherwise.
        names = [f"OSRELEASE={vm.run('uname -r')}", "PAGESIZE=4096", "OFFSET(page.compound_head)=8"]
        (tmp_path / "names").write_text("\n".join(names) + "\n", encoding="ascii")
        dump = on_host(vm, f"{directory}/vmcore", tmp_path, "-i", "/work/names")
    found = count(dump, {f"page {n}": [mark] for n, mark in enumerate(marks)})
    # In vmalloc memory, and in the compound page.
    assert min(found.values()) >= 2, found
