# SPDX-License-Identifier: GPL-2.0-or-later
"""Building the project, in the sysroot. What is built how stands in product.mk."""
import shutil

from .host import BUILD, CHECKOUT
from .sysroot import enter, kernels, sysroot

DEST = BUILD / "dest"


def make(*targets, timeout=600):
    """Run make on product.mk: the checkout is /src there and cannot be written to."""
    tree = sysroot()
    BUILD.mkdir(exist_ok=True)
    return enter(tree, ["make", "-C", "/src", "-f", "product.mk", "--no-print-directory", "-j2",
                        "O=/build", "KERNELS=" + " ".join(kernels(tree).values()),
                        *targets],
                 "-".join(["make", *(t for t in targets if "=" not in t)]), timeout,
                 binds=[("--ro-bind", CHECKOUT, "/src"), ("--bind", BUILD, "/build")])


def build():
    """Everything, installed into build/dest from nothing so that no stale file stays."""
    make("all")
    shutil.rmtree(DEST, ignore_errors=True)
    DEST.mkdir()
    make("install", "DESTDIR=/build/dest")
