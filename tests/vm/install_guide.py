# SPDX-License-Identifier: GPL-2.0-or-later
"""Follows docs/install.md as a person does: types what it says to type, and looks for its answers
of the machine in the output."""
import re

from lab.disks import PASSPHRASE
from lab.host import CHECKOUT

PAGE = CHECKOUT / "docs/install.md"
# Texts that differ between machines, or each time.
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
VARIES = [UUID, r"\d+"]
DUMP = r"lab-[\d:-]+"
# Text that is drawn elsewhere on the screen before the cursor returns, such as apt's progress bar;
# other escape sequences.
CONTROL = re.compile(r"\x1b7.*?\x1b8|\x1b(?:\[[0-9;?]*[A-Za-z]|[()78=>][B0]?)")


def _sections():
    """Return the lines of the code blocks under each heading."""
    sections = {}
    for line in PAGE.read_text(encoding="utf-8").split("\n"):
        if line.startswith("## "):
            lines = sections.setdefault(line.removeprefix("## "), [])
        elif line.startswith("    ") and sections:
            lines.append(line.strip())
    return sections


def _pattern(answer):
    """Return a regular expression for an answer of the machine."""
    pieces = re.split("({})".format("|".join(VARIES)), answer)
    return "".join(re.escape(piece) if n % 2 == 0 else
                   next(varies for varies in VARIES if re.fullmatch(varies, piece))
                   for n, piece in enumerate(pieces))


class Guide:
    """Types the commands of the page, and keeps what a person sees."""

    def __init__(self, vm):
        self.vm = vm
        self.dump = None    # the name of the dump, once there is one
        self.seen = ""
        self._sections = _sections()
        self._followed = []

    def commands(self, title):
        """Return the commands of a section."""
        [lines] = [lines for heading, lines in self._sections.items() if heading.startswith(title)]
        self._followed += lines
        return [line.removeprefix("# ") for line in lines if line.startswith("# ")]

    def type(self, command, dialog=(), timeout=60):
        command = re.sub(DUMP, lambda _: self.dump, command)
        said = self.vm.run(command, timeout, dialog=dialog)
        for prompt, answer in dialog:
            typed = "" if answer == PASSPHRASE else answer
            said = re.sub(prompt, lambda match: f"{match[0]}{typed}\n", said, count=1)
        self.saw(f"# {command}\n{said}\n\n")
        return said

    def saw(self, text):
        """Add text of the console to what was seen, as a terminal shows it."""
        lines = CONTROL.sub("", text.replace("\r\n", "\n")).split("\n")
        self.seen += "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in lines)

    def missing_answers(self):
        """Return the expected answers of the followed sections that did not appear."""
        answers = [line for line in self._followed if line and not line.startswith("# ")]
        return [answer for answer in answers if not re.search(_pattern(answer), self.seen)]
