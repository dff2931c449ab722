"""Patterns behave the same in every Python 3.11: early releases of it match possessive groups wrongly."""

from __future__ import annotations

import re
from pathlib import Path

PACKAGE = Path(__file__).parents[3] / "protocol_dsl"
POSSESSIVE = re.compile(r"(?<!\[)\)[*+?]\+|\(\?>")


def test_no_pattern_has_a_possessive_group() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}: {line.strip()}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for line in path.read_text(encoding="utf-8").split("\n")
        if POSSESSIVE.search(line)
    ]
    assert found == []
