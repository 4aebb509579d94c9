# SPDX-License-Identifier: GPL-2.0-or-later
"""Building and checking the project in the Debian 13 trees. The Makefile says how it is built."""
import re
import shutil
import sys

from . import cache, foreign
from .host import BUILD, CHECKOUT, LabError
from .sysroot import enter, kernels, sysroot

OBJECTS = BUILD / "lab"
DEST = BUILD / "dest"               # what belongs on a machine
GUEST_DEST = BUILD / "guest-dest"   # the same with what the tests run in a guest


def squashfs_offset():
    """Return the place of the squashfs in the capture initramfs. The rest follows it."""
    header = (CHECKOUT / "lib/first_stage.h").read_text()
    return int(re.search(r"^#define FIRST_STAGE_OFFSET +(\d+)$", header, re.M)[1])


def _enter(tree, command, log, timeout=600):
    """Run a command in a tree. The checkout is /src there, and read-only."""
    OBJECTS.mkdir(parents=True, exist_ok=True)
    return enter(tree, command, log, timeout,
                 [("--ro-bind", CHECKOUT, "/src"), ("--bind", BUILD, "/build")])


def make(*targets):
    """Run make in the tree, with warnings as errors."""
    tree = sysroot()
    return _enter(tree, ["make", "-C", "/src", "--no-print-directory", "--silent", "--output-sync",
                         "-j2", f"OUT=/build/{OBJECTS.name}", "PREFIX=/usr", "WERROR=1",
                         "CPPFLAGS=-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2",
                         "KERNELS=" + " ".join(kernels(tree).values()), *targets],
                  "-".join(["make", *(t for t in targets if "=" not in t)]))


def build():
    """Build everything, and install it into empty trees so that no stale file stays."""
    with cache.locked("build", 900, where=BUILD):
        log = make("all")
        for dest, targets in [(DEST, ["install"]), (GUEST_DEST, ["install", "install-tests"])]:
            shutil.rmtree(dest, ignore_errors=True)
            dest.mkdir()
            make(*targets, f"DESTDIR=/build/{dest.name}")
    return log


def packages(out="deb", version=None):
    """Build the Debian packages into build/deb and check them with lintian. A test of upgrades
    builds packages of another version."""
    return _enter(sysroot("packages"), ["/src/lab/packages", f"/build/{out}",
                                        *([version] if version else [])], "packages", 1800)


def lint():
    """Run the linters. They print nothing if all is well."""
    return _enter(sysroot("lint"), ["sh", "-c", "cd /src && tests/lint"], "lint")


def main():
    """Run what a target of lab/lab.mk names, and print its output."""
    what, *more = sys.argv[1:]
    named = {"build": build, "deb": packages, "lint": lint}
    try:
        if what == "deb" and more and more[0] in foreign.ARCHITECTURES:
            log = foreign.packages(foreign.ARCHITECTURES[more[0]])
        else:
            log = named[what]() if what in named else make(what)
    except LabError as err:
        sys.exit(str(err))
    print(log.read_text(errors="replace"), end="")


if __name__ == "__main__":
    main()
