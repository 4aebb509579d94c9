# SPDX-License-Identifier: GPL-2.0-or-later
"""make vm: a guest on this terminal, with the project installed and a LUKS2 disk."""
import argparse
import subprocess
import sys

from . import disks, product
from .host import BUILD, LOGS, LabError, say
from .vm import qemu_command


def main():
    parser = argparse.ArgumentParser(prog="make vm")
    parser.add_argument("--flavour", choices=["generic", "cloud"], default="generic")
    flavour = parser.parse_args().flavour
    directory = BUILD / "vm" / "shell"
    # Each `make vm` uses the same disk, so the dumps stay. The root disk does not.
    disk = directory / "crash.img"
    log = LOGS / "console-shell.log"
    try:
        say("building the project")
        product.build()
        if not disk.exists():
            say("making a LUKS2 disk")
            part = disks.luks(directory / "crash.part", slots=[disks.PASSPHRASE])
            part.rename(disk)
        root = disks.overlay(disks.root_image(), directory / "root.qcow2")
        argv = qemu_command(flavour, root, [disk], "crashkernel=128M lab.shell=human")
    except LabError as err:
        sys.exit(f"make vm: {err}")
    say(f"console log: {log}; to leave: poweroff, or Ctrl-A X")
    # mux: Ctrl-A C switches between the console and QEMU's monitor. Ctrl-C goes to the guest.
    status = subprocess.call([*argv, "-mon", "chardev=console,mode=readline",
                              "-serial", "chardev:console", "-chardev",
                              f"stdio,id=console,mux=on,signal=off,logfile={log},logappend=off"])
    root.unlink()
    sys.exit(status)


if __name__ == "__main__":
    main()
