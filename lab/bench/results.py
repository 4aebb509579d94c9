# SPDX-License-Identifier: GPL-2.0-or-later
"""The results: samples by figure, measure and contender, as JSON and as Markdown."""
import json
import os
import platform
import statistics
import subprocess
import threading
import time
from pathlib import Path

from ..host import CHECKOUT

OURS = "kdump-crypt"


def about(accelerator):
    """Return the facts of a run that a comparison needs."""
    model = next((line.split(":", 1)[1].strip()
                  for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
                  if line.startswith("model name")), platform.machine())
    git = subprocess.run(["git", "-C", CHECKOUT, "describe", "--always", "--dirty", "--abbrev=12"],
                         capture_output=True, text=True, check=False)
    return {"time": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
            "commit": git.stdout.strip(), "processors": os.cpu_count(), "model": model,
            "accelerator": accelerator, "load_average_at_start": round(os.getloadavg()[0], 1)}


class Results:
    """Samples of one run. They are written after each figure, so that an incomplete run keeps them.
    Several threads add to them."""

    def __init__(self, directory, about_run, titles, order):
        self.directory = directory
        self.about = about_run
        # The order of the names of contenders and measures.
        self._order = {name: place for place, name in enumerate(order)}
        # title: {(measure, unit): {contender: [samples]}}
        self.figures = {title: {} for title in titles}
        self.notes = {}         # by title: what was not measured, and why
        self._lock = threading.Lock()

    def add(self, figure, measure, unit, contender, sample):
        with self._lock:
            measures = self.figures[figure]
            measures.setdefault((measure, unit), {}).setdefault(contender, []).append(sample)

    def note(self, figure, text):
        with self._lock:
            self.figures.setdefault(figure, {})
            self.notes.setdefault(figure, []).append(text)

    def _place(self, name):
        return self._order.get(name, len(self._order))

    def measures(self, figure):
        """Return the measures of a figure, as in `figures`, in order."""
        measures = sorted(self.figures.get(figure, {}).items(),
                          key=lambda item: self._place(item[0][0]))
        return {name: dict(sorted(contenders.items(), key=lambda item: self._place(item[0])))
                for name, contenders in measures}

    def samples(self, figure, measure):
        """Return the samples by contender."""
        return next((contenders for (name, _), contenders in self.measures(figure).items()
                     if name == measure), {})

    def save(self):
        with self._lock:
            self.directory.mkdir(parents=True, exist_ok=True)
            (self.directory / "results.json").write_text(self._json(), encoding="utf-8")
            (self.directory / "results.md").write_text(self.markdown(), encoding="utf-8")

    def _measured(self):
        """Return the figures that have results."""
        return [(title, self.measures(title)) for title, measures in self.figures.items()
                if measures or title in self.notes]

    def _json(self):
        figures = [{"figure": title, "notes": self.notes.get(title, []), "measures": [
            {"measure": measure, "unit": unit, "samples": contenders}
            for (measure, unit), contenders in measures.items()]}
            for title, measures in self._measured()]
        return json.dumps({"about": self.about, "figures": figures}, indent=1) + "\n"

    def markdown(self):
        lines = [f"{self.about['time']}, commit {self.about['commit']}, on "
                 f"{self.about['processors']} processors ({self.about['model']}), "
                 f"{self.about['accelerator']}; load average at the start "
                 f"{self.about['load_average_at_start']}."
                 + (f" It took {self.about['took']}." if "took" in self.about else "")]
        for title, measures in self._measured():
            lines += ["", f"### {title}", ""]
            if measures:
                lines += ["| | | runs | median | least | most | to kdump-crypt's |",
                          "| --- | --- | --- | --- | --- | --- | --- |"]
            for (measure, unit), contenders in measures.items():
                for contender, samples in contenders.items():
                    lines.append(self._row(measure, unit, contender, samples, contenders))
            lines += [f"\n{note}" for note in self.notes.get(title, [])]
        return "\n".join(lines) + "\n"

    @staticmethod
    def _row(measure, unit, contender, samples, contenders):
        middle = statistics.median(samples)
        ratio = ""
        if contender != OURS and OURS in contenders:
            ours = statistics.median(contenders[OURS])
            ratio = f"{middle / ours:.2f}" if ours else ""
        # A single sample has no least and no most.
        ends = [number(min(samples)), number(max(samples))] if len(samples) > 1 else ["", ""]
        return (f"| {measure} | {contender} | {len(samples)} | {number(middle)} {unit} | "
                f"{ends[0]} | {ends[1]} | {ratio} |")


def number(value):
    """Format a number with its significant digits."""
    if isinstance(value, int) or value == int(value):
        return f"{int(value)}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}" \
        if value >= 0.1 else f"{value:.4f}"
