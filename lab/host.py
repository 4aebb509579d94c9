# SPDX-License-Identifier: GPL-2.0-or-later
"""The host: paths, and running commands."""
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
BUILD = CHECKOUT / "build"
# Each of two test processes has its own.
LOGS = BUILD / "logs" / os.environ.get("PYTEST_XDIST_WORKER", "")
CACHE = Path(os.environ.get("KDUMP_CRYPT_CACHE")
             or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kdump-crypt")


class LabError(Exception):
    """Something in the lab failed. The text says what failed, and which file has its output."""


def say(text):
    """Tell the person at the terminal what takes time now."""
    print(f"    {text}", file=sys.stderr, flush=True)


def last_lines(log, count=25):
    """Return the end of a log file as text for an error message."""
    try:
        text = Path(log).read_text(errors="replace").replace("\r", "")
    except OSError:
        text = ""
    lines = text.rstrip("\n").split("\n")[-count:]
    return f"last lines of {log}:\n" + "\n".join("  | " + line for line in lines)


def as_root(argv):
    """Return the command, with sudo in front if the lab does not run as root."""
    argv = [str(a) for a in argv]
    return argv if os.geteuid() == 0 else ["sudo", *argv]


def run(argv, log, timeout, **popen):
    """Run a command with its output going to build/logs/<log>.log, and return that file.

    The command is stopped at its deadline. A failure raises LabError with the last lines."""
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / f"{log}.log"
    argv = [str(a) for a in argv]
    with open(path, "w", encoding="utf-8") as out:
        try:
            status = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                    timeout=timeout, check=False, **popen).returncode
        except subprocess.TimeoutExpired:
            status = f"not done after {timeout} s"
        except OSError as err:
            status = err
    if status != 0:
        raise LabError(f"failed ({status}): {shlex.join(argv)}\n{last_lines(path)}")
    return path


class Stopwatch:
    """The seconds since it was made."""

    def __init__(self):
        self.start = time.monotonic()

    def __float__(self):
        return time.monotonic() - self.start

    def __str__(self):
        return f"{float(self):.1f} s"
