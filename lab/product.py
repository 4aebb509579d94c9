# SPDX-License-Identifier: GPL-2.0-or-later
"""Building the project, in the sysroot. What is built how stands in product.mk."""
import shutil
import sys

from . import cache
from .host import BUILD, CHECKOUT, LabError
from .sysroot import enter, kernels, sysroot

DEST = BUILD / "dest"               # what belongs on a machine
GUEST_DEST = BUILD / "guest-dest"   # the same with what the tests run in a guest


def make(*targets, timeout=600):
    """Run make on product.mk: the checkout is /src there and cannot be written to."""
    tree = sysroot()
    BUILD.mkdir(exist_ok=True)
    return enter(tree, ["make", "-C", "/src", "-f", "product.mk", "--no-print-directory", "-j2",
                        "OUT=/build", "KERNELS=" + " ".join(kernels(tree).values()),
                        *targets],
                 "-".join(["make", *(t for t in targets if "=" not in t)]), timeout,
                 binds=[("--ro-bind", CHECKOUT, "/src"), ("--bind", BUILD, "/build")])


def build():
    """Everything, installed into empty trees so that no stale file stays."""
    with cache.locked("build", 900):
        log = make("all")
        for dest, targets in [(DEST, ["install"]), (GUEST_DEST, ["install", "install-tests"])]:
            shutil.rmtree(dest, ignore_errors=True)
            dest.mkdir()
            make(*targets, f"DESTDIR=/build/{dest.name}")
    return log


def packages(out="deb", version=None):
    """The Debian packages, in build/deb, looked at by lintian. For an upgrade there can be
    others, of another version."""
    BUILD.mkdir(exist_ok=True)
    return enter(sysroot("packages"), ["/src/lab/packages", f"/build/{out}",
                                       *([version] if version else [])], "packages", 1800,
                 [("--ro-bind", CHECKOUT, "/src"), ("--bind", BUILD, "/build")])


def main():
    """make build, make deb, make unit-tests: with the compiler's words, as someone is working on
    it."""
    what = sys.argv[1]
    try:
        log = build() if what == "build" else packages() if what == "deb" else make(what)
    except LabError as err:
        sys.exit(str(err))
    print(log.read_text(errors="replace"), end="")


if __name__ == "__main__":
    main()
