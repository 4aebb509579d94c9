# SPDX-License-Identifier: GPL-2.0-or-later
"""make bench. lab/bench/__init__.py describes it."""
import argparse
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor

from .. import accel, product
from ..host import BUILD, LabError, Stopwatch, say
from . import figures, plots
from .results import Results, about

DIRECTORY = BUILD / "bench"


def whole_number(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def arguments():
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--runs", type=whole_number, default=3, help="of each measurement (3)")
    parser.add_argument("--crashes", type=whole_number, default=30, help="in a row (30)")
    parser.add_argument("--gib", type=whole_number, nargs="+", default=[1, 2, 8, 32],
                        help="memory of the machines, for the figure `memory` (1 2 8 32)")
    parser.add_argument("--guests", type=whole_number, default=min(2, os.cpu_count()),
                        help="how many run at a time (2, or 1 on a host with one processor)")
    parser.add_argument("--only", nargs="+", metavar="CONTENDER", default=[],
                        help="leave out all other contenders")
    parser.add_argument("figures", nargs="*", metavar="FIGURE",
                        help=f"all, if none is named: {', '.join(figures.NAMES)}")
    options = parser.parse_args()
    for name in options.figures:
        if name not in figures.NAMES:
            parser.error(f"no figure {name}: there are {', '.join(figures.NAMES)}")
    known = [contender.name for contender in figures.CONTENDERS]
    for name in options.only:
        if name not in known:
            parser.error(f"no contender {name!r}: there are {', '.join(known)}")
    return options


def measure(results, options, name, job):
    """Return true if it could be measured."""
    say(f"{name}: begins")
    watch = Stopwatch()
    error = None
    try:
        job(results, options)
    except LabError as err:
        # The others may succeed, so record this failure.
        error = err
        results.note(f"Not measured in full: {name}", str(err).splitlines()[0])
        print(err, file=sys.stderr, flush=True)
    results.save()
    say(f"{name}: {watch}")
    return not error


def bench(options):
    """Return true if all figures were measured."""
    watch = Stopwatch()
    say("building what is measured, and the disks")
    product.build()
    shutil.rmtree(DIRECTORY, ignore_errors=True)
    shutil.rmtree(BUILD / "vm" / "bench-template", ignore_errors=True)
    results = Results(DIRECTORY, about(accel.accelerator()), figures.FIGURES_IN_ORDER,
                      figures.names_in_order(options))
    # Each guest has one CPU.
    with ThreadPoolExecutor(options.guests) as pool:
        jobs = [pool.submit(measure, results, options, name, job)
                for name, job in figures.jobs(options)]
        good = all([job.result() for job in jobs])
    results.about["took"] = str(watch)
    results.save()
    print(results.markdown())
    plots.draw(results)
    print(f"In {DIRECTORY}: results.json, results.md, and the plots")
    return good


def main():
    options = arguments()
    try:
        sys.exit(0 if bench(options) else 1)
    except LabError as err:
        sys.exit(str(err))


if __name__ == "__main__":
    main()
