# SPDX-License-Identifier: GPL-2.0-or-later
"""make bench: see lab/bench/__init__.py."""
import argparse
import shutil
import sys

from .. import accel, product
from ..host import BUILD, LabError, Stopwatch, say
from . import figures, plots
from .results import Results, about

DIRECTORY = BUILD / "bench"


def whole_number(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("has to be 1 or more")
    return value


def arguments():
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--runs", type=whole_number, default=3, help="of each measurement (3)")
    parser.add_argument("--crashes", type=whole_number, default=5, help="in a row (5)")
    parser.add_argument("--gib", type=whole_number, nargs="+", default=[2],
                        help="the machines' memory for the figure `memory` (2)")
    parser.add_argument("figures", nargs="*", metavar="FIGURE",
                        help=f"all of them where none is named: {', '.join(figures.ALL)}")
    options = parser.parse_args()
    for name in options.figures:
        if name not in figures.ALL:
            parser.error(f"no figure {name}: there are {', '.join(figures.ALL)}")
    return options


def bench(options):
    """Whether all figures were measured."""
    product.build()
    shutil.rmtree(DIRECTORY, ignore_errors=True)
    shutil.rmtree(BUILD / "vm" / "bench-template", ignore_errors=True)
    results = Results(DIRECTORY, about(accel.accelerator()))
    failed = False
    for name in options.figures or figures.ALL:
        watch = Stopwatch()
        say(f"measuring: {name}")
        try:
            figures.ALL[name](results, options)
        except LabError as err:
            # The others may go well; but nobody is to think that this one did.
            failed = True
            results.note(f"Not measured in full: {name}", str(err).splitlines()[0])
            print(err, file=sys.stderr, flush=True)
        results.about[f"seconds_of_{name}"] = round(float(watch))
        results.save()
        say(f"{name}: {watch}")
    print(results.markdown())
    plots.draw(results)
    print(f"In {DIRECTORY}: results.json, results.md, and the plots")
    return not failed


def main():
    options = arguments()
    try:
        sys.exit(0 if bench(options) else 1)
    except LabError as err:
        sys.exit(str(err))


if __name__ == "__main__":
    main()
