# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures that the VM tests share: the project built and installed, disks, guests, and logs on
failure."""
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from lab import cache, disks, packages_disk, product  # noqa: E402
from lab.host import BUILD, LOGS, last_lines  # noqa: E402
from lab.sysroot import kernels, sysroot  # noqa: E402
from lab.vm import Vm  # noqa: E402
from module_guest import FLAVOUR, MEMORY, crashkernel  # noqa: E402

# Tests that need a kernel of their own: make check-debug-kernel, make check-kernels.
collect_ignore = [name for name, kernel in [("test_failslab.py", "debug"),
                                            ("test_own_keys.py", "own-keys")]
                  if kernel not in kernels(sysroot())]


def log_name(node):
    """Return the name of a test's files: test_story-test_story-cloud."""
    return re.sub(r"[^\w.]+", "-", f"{node.path.stem}-{node.name}").strip("-")


# Fixtures with a guest that several tests share: those tests stay in one process.
SHARED = ["machine", "crashed", "cloud_guest", "generic_guest"]


# Files whose tests take longest, or share a guest. They come first, so that the test processes end
# at about the same time.
LONGEST = ["test_installed", "test_architectures", "test_installed_dracut",
           "test_installed_key_files", "test_packages", "test_setup", "test_secure_boot",
           "test_story", "test_ram_scan", "test_link", "test_load", "test_registry",
           "test_restore"]


def place(item):
    name = item.path.stem
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


@pytest.hookimpl(tryfirst=True)     # before the groups are read
def pytest_collection_modifyitems(items):
    items.sort(key=place)
    for item in items:
        for name in SHARED:
            if name in item.fixturenames and not item.get_closest_marker("xdist_group"):
                item.add_marker(pytest.mark.xdist_group(f"{item.path.stem}-{name}"))


@pytest.fixture(scope="session")
def once(testrun_uid):
    """Make something once for this run, in the first test process that needs it."""
    def make_once(name, make):
        made_for = BUILD / f"{name}-made-for"
        with cache.locked(name, 1800, where=BUILD):
            if not made_for.exists() or made_for.read_text() != testrun_uid:
                make()
                made_for.write_text(testrun_uid)
    return make_once


@pytest.fixture(scope="session")
def built(once):
    """Build the project and install it into the guests' root disk."""
    once("product", product.build)
    return disks.root_image()


@pytest.fixture
def packages(once, tmp_path):
    """Return the disk with our packages. They are in build/deb, too."""
    once("packages", packages_disk.ours)
    return disks.overlay(packages_disk.image(), tmp_path / "packages.qcow2")


@pytest.fixture
def guest(request, built):
    """Return a function that makes guests. They and their logs are named after the test."""
    def start_guest(flavour=FLAVOUR, disks=(), cmdline=crashkernel("128M"), memory=MEMORY, **how):
        return Vm(flavour, disks, cmdline, name=log_name(request.node), memory=memory, **how)
    return start_guest


@pytest.fixture
def start(request, built):
    """Return a function that starts guests from a saved machine, see machines.py."""
    def start_from(saved, **how):
        return saved.start(log_name(request.node), **how)
    return start_from


@pytest.fixture(scope="session")
def luks_template(tmp_path_factory):
    """Make a LUKS2 disk with both keyslots. It is used only under an overlay."""
    return disks.luks(tmp_path_factory.mktemp("luks") / "both.img")


@pytest.fixture
def luks_disk(luks_template, tmp_path):
    return disks.overlay(luks_template, tmp_path / "crash.qcow2")


@pytest.fixture
def show(record_property):
    """Return a function that takes measurements. They are printed after all tests, also if some
    fail."""
    return lambda text: record_property("shown", text)


def pytest_terminal_summary(terminalreporter):
    for reports in terminalreporter.stats.values():
        for report in reports:
            # The report of the last phase has the texts of all phases.
            if getattr(report, "when", "") == "teardown":
                for text in (text for what, text in report.user_properties if what == "shown"):
                    terminalreporter.section(report.nodeid)
                    terminalreporter.write_line(text)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    report = (yield).get_result()
    if report.failed:
        # A guest is named after its test. If the tests of a file share one, after the file.
        for name in [log_name(item), item.path.stem]:
            log = LOGS / f"console-{name}.log"
            if log.exists():
                report.sections.append(("guest's console", last_lines(log, 40)))
