"""The examples of `docs/language.md`, taken out of the page and completed to whole protocols."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "language.md"
FILES = Path(__file__).parent / "files"

# What a piece needs before it to be a protocol: `with=bare` a name, `with=trial` the trial of chapter 2,
# `with=doses` this trial with dose levels and a DLT period.
BARE = 'protocol EXAMPLE { title "An example" }\n'
DOSES = """\
dose CT1192 {
  level DL1 1.0e8 cells
  level DL2 2.0e8 cells
  level DL3 4.0e8 cells
}
dlt {
  window 28 days after infusion
  criterion severe "A related event of grade 3 or higher"
}
"""
BLOCK = re.compile(r"^```proto(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
OPTIONS = ("with", "name", "fails", "warns", "allows", "file")


class Example(NamedTuple):
    """A fenced block: its line in the page, what its info string asks for, and its protocol.

    `fails` is the code of the errors it must give, `warns` a code that it must give without an error, `allows` one
    that it must not give. `file` is brought in by `use`. The example's own text begins at `start`.
    """

    line: int
    text: str
    before: str
    fails: str
    warns: str
    allows: str
    file: str

    @property
    def whole(self) -> str:
        """The protocol to compile."""
        return self.before + self.text

    @property
    def start(self) -> int:
        """Where the example begins in its protocol."""
        return len(self.before)


def examples(page: str) -> list[Example]:
    """All `proto` blocks of the page; an option that nobody knows is a fault of the page."""
    found: list[Example] = []
    trial = next(match["text"] for match in BLOCK.finditer(page) if "name=trial" in match["info"])
    preambles = {"bare": BARE, "trial": trial, "doses": trial + DOSES}
    for match in BLOCK.finditer(page):
        line = page.count("\n", 0, match.start()) + 1
        options = dict(option.split("=", 1) for option in match["info"].split())
        unknown = set(options) - set(OPTIONS)
        assert not unknown, f"language.md:{line}: unknown option {unknown}"
        found.append(
            Example(
                line,
                match["text"],
                preambles[options["with"]] if "with" in options else "",
                options.get("fails", ""),
                options.get("warns", ""),
                options.get("allows", ""),
                options.get("file", ""),
            )
        )
    return found
