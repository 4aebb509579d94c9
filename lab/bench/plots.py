# SPDX-License-Identifier: GPL-2.0-or-later
"""The plots, as SVG, made by gnuplot of a Debian tree."""
import statistics

from ..host import LabError
from ..sysroot import enter, sysroot
from . import figures
from .contenders import STEPS_IN_ORDER, VMCORE

HEAD = """
set terminal svg size {width},{height} font "sans-serif,13" background "#ffffff"
set output "/work/{name}.svg"
set encoding utf8
set border 3 lc rgb "#666666"
set tics nomirror
set grid ytics lc rgb "#dddddd"
set style fill solid 0.9
set bmargin 4
set yrange [0:*]
"""
BARS = """
set ylabel "{unit}"
set boxwidth 0.6
set xtics format ""
set style data boxes
plot "/work/{name}.dat" using 0:2:xtic(1) lc rgb "#3b6ea8" notitle, \\
     "" using 0:2:3:4 with yerrorbars lc rgb "#222222" pt 0 notitle, \\
     "" using 0:2:(sprintf("%.4g", $2)) with labels offset 2.2,0.6 notitle
"""
COLOURS = ["#555555", "#8c8c8c", "#b5b5b5", "#c0392b", "#1e8449", "#58d68d", "#aed6a0", "#f5cba7",
           "#3b6ea8", "#d7bde2", "#e5e5e5"]
STACKS = "".join(f'set linetype {number} lc rgb "{colour}"\n'
                 for number, colour in enumerate(COLOURS, 1)) + """
set ylabel "{unit}"
set style data histograms
set style histogram rowstacked
set boxwidth 0.6
set xrange [-0.6:{right}]
set key outside right top reverse Left invert
plot for [column=2:{columns}] "/work/{name}.dat" using column:xtic(1) title columnheader(column)
"""
LINES = """
set xlabel "keys"
set ylabel "ms"
set key left top
set xtics (1, 8, 32, 128)
plot for [column=2:{columns}] "/work/{name}.dat" using 1:column with linespoints pt 7 ps 0.6 lw 2 \\
     title columnheader(column)
"""


def _quoted(word):
    return '"' + str(word).replace(" (", "\\n(").replace(", ", ",\\n") + '"'


def _plot(directory, name, script, rows, width=760, height=420, **values):
    """Make one plot from rows of words and numbers. The rows stay in a file beside it."""
    data = directory / f"{name}.dat"
    data.write_text("\n".join(" ".join(_quoted(cell) if isinstance(cell, str) else f"{cell:g}"
                                       for cell in row) for row in rows) + "\n",
                    encoding="utf-8")
    text = (HEAD + script).format(name=name, width=width, height=height, **values)
    (directory / f"{name}.gnuplot").write_text(text, encoding="utf-8")
    log = enter(sysroot("plots"), ["gnuplot", f"/work/{name}.gnuplot"], "plots", 60,
                [("--bind", directory, "/work")])
    if not (directory / f"{name}.svg").stat().st_size:
        raise LabError(f"gnuplot drew nothing: {log}")


def _bars(results, name, figure, measure, unit):
    samples = results.samples(figure, measure)
    if samples:
        _plot(results.directory, name, BARS,
              [(contender, statistics.median(values), min(values), max(values))
               for contender, values in samples.items()], unit=unit)


def _steps(results, name, figure, unit):
    """Plot the time of each step from the panic on."""
    # In the order of the capture, whichever contender has which step.
    measured = [measure for measure, _unit in results.measures(figure)]
    steps = [step for step in STEPS_IN_ORDER if step in measured]
    if not steps:
        return
    contenders = results.samples(figure, VMCORE)

    def median(step, contender):
        values = results.samples(figure, step).get(contender)
        return statistics.median(values) if values else 0
    rows = [["contender", *steps]]
    rows += [[contender, *(median(step, contender) for step in steps)] for contender in contenders]
    _plot(results.directory, name, STACKS, rows, width=1000, columns=len(steps) + 1,
          right=len(contenders) - 0.4, unit=unit)


def _keys(results):
    measures = results.measures(figures.KEYS)
    times = [measure for measure, unit in measures if unit == "ms"]
    if not times:
        return
    # An incomplete run may have loads without a restore.
    counts = [count for count in results.samples(figures.KEYS, times[0])
              if all(count in results.samples(figures.KEYS, measure) for measure in times)]
    rows = [["keys", *times]]
    rows += [[int(count.split()[0]),
              *(statistics.median(results.samples(figures.KEYS, measure)[count])
                for measure in times)] for count in counts]
    _plot(results.directory, "keys", LINES, rows, columns=len(times) + 1)


def draw(results):
    """Draw all plots for which the run has samples."""
    _steps(results, "steps", figures.STEPS, "s")
    _steps(results, "steps-instructions", figures.INSTRUCTIONS, "million instructions")
    _bars(results, "downtime", figures.TOTALS, figures.TO_VMCORE, "s")
    _bars(results, "arming", figures.ARMING, figures.FIRST, "s")
    _bars(results, "throughput", figures.THROUGHPUT, figures.VMCORE_RATE, "MiB/s")
    _keys(results)
    for measure, _unit in results.measures(figures.MEMORY):
        name = "memory-" + measure.rsplit(" ", 2)[-2] + "GiB"
        _bars(results, name, figures.MEMORY, measure, "MiB")
