# SPDX-License-Identifier: GPL-2.0-or-later
"""make fuzz: run libFuzzer on the decoder of the saved area for a number of seconds."""
import argparse
import sys

from .host import BUILD, CHECKOUT, LabError
from .sysroot import enter, sysroot


def fuzz(seconds):
    """Run the fuzzer. Return the log, with libFuzzer's statistics at its end."""
    (BUILD / "fuzz").mkdir(parents=True, exist_ok=True)
    return enter(sysroot("fuzz"),
                 ["make", "-C", "/src", "-f", "tests/fuzz/fuzz.mk", "--no-print-directory",
                  "OUT=/build/fuzz", f"SECONDS={seconds}"], "fuzz", seconds + 300,
                 [("--ro-bind", CHECKOUT, "/src"), ("--bind", BUILD, "/build")])


def main():
    parser = argparse.ArgumentParser(prog="python3 -m lab.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=600)
    try:
        log = fuzz(parser.parse_args().seconds)
    except LabError as err:
        sys.exit(f"{err}\nthe input that did it is in {BUILD / 'fuzz'}")
    print(log.read_text(errors="replace"), end="")


if __name__ == "__main__":
    main()
