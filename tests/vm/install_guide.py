# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/install.md as a person follows it: what it says to type is typed, and what it says the
machine answers is looked for in what the machine says."""
import re

from lab.disks import PASSPHRASE
from lab.host import CHECKOUT

PAGE = CHECKOUT / "docs/install.md"
# What is another in each machine, or each time.
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
VARIES = [UUID, r"\d+"]
DUMP = r"lab-[\d:-]+"
# What is drawn elsewhere on the screen, as apt's bar is, before the cursor is put back; the rest.
CONTROL = re.compile(r"\x1b7.*?\x1b8|\x1b(?:\[[0-9;?]*[A-Za-z]|[()78=>][B0]?)")


def _sections():
    """The lines of the code blocks under each heading."""
    sections = {}
    for line in PAGE.read_text(encoding="utf-8").split("\n"):
        if line.startswith("## "):
            lines = sections.setdefault(line.removeprefix("## "), [])
        elif line.startswith("    ") and sections:
            lines.append(line.strip())
    return sections


def _pattern(answer):
    """A regular expression for an answer of the machine."""
    pieces = re.split("({})".format("|".join(VARIES)), answer)
    return "".join(re.escape(piece) if n % 2 == 0 else
                   next(varies for varies in VARIES if re.fullmatch(varies, piece))
                   for n, piece in enumerate(pieces))


class Guide:
    """Types what the page says, and keeps what a person sees."""

    def __init__(self, vm):
        self.vm = vm
        self.dump = None    # the name of the dump, once there is one
        self.seen = ""
        self._sections = _sections()
        self._followed = []

    def commands(self, title):
        """What is to be typed in a section."""
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
        """On the console, as a terminal shows it."""
        lines = CONTROL.sub("", text.replace("\r\n", "\n")).split("\n")
        self.seen += "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in lines)

    def missing_answers(self):
        """Of the sections that were followed."""
        answers = [line for line in self._followed if line and not line.startswith("# ")]
        return [answer for answer in answers if not re.search(_pattern(answer), self.seen)]
