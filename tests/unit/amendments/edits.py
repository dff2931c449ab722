"""Edit scripts: amendments of the real trials as few lines.

The first lines are comments, then the name of a trial of `protocols/`. Each run of lines with `-` in front is replaced
by the run of lines with `+` behind it, and must stand once in the trial; a run of `+` alone,
after an empty line, comes to the end.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
EDITS = sorted((ROOT / "tests/corpus/diff").glob("*.edit"))
MARK = "#---\n"


def versions(path: Path) -> tuple[str, str, str]:
    """Name of the trial, its text, and the text that the script makes of it."""
    script = path.read_text(encoding="utf-8").partition(MARK)[0]
    lines = [line for line in script.splitlines() if not line.startswith("#")]
    name = lines[0].strip()
    old = new = (ROOT / "protocols" / f"{name}.proto").read_text(encoding="utf-8")
    for gone, come in re.findall(r"((?:^-.*\n)*)((?:^\+.*\n?)+)", "\n".join(lines[1:]) + "\n", re.MULTILINE):
        before, after = _unmarked(gone), _unmarked(come)
        if not before:
            new += "\n" + after
            continue
        assert new.count(before) == 1, f"{path.name}: {new.count(before)} times in {name}: {before}"
        new = new.replace(before, after)
    return name, old, new


def _unmarked(lines: str) -> str:
    return "\n".join(line[1:] for line in lines.splitlines())
