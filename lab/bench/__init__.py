# SPDX-License-Identifier: GPL-2.0-or-later
"""make bench: kdump-crypt and the tools that people use today, measured in one run.

    machine.py      the machine that is crashed: Debian with systemd, and a disk for the dumps
    contenders.py   how each way of saving a dump is set up, armed and followed
    figures.py      what is measured
    results.py      the samples, as JSON and as Markdown tables
    plots.py        the plots"""
