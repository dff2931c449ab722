"""`docs/findings.md` lists each finding about schedule, endpoints and criteria of the real trials, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from protocol_dsl import pipeline
from protocol_dsl.diagnostics.registry import find

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
TRIALS = sorted((ROOT / "protocols").glob("*.proto"))


def listed(trial: str) -> list[tuple[str, str]]:
    """The rows below the heading of a trial: code and message."""
    _, _, rest = PAGE.partition(f"\n## {trial}\n")
    section = rest.partition("\n## ")[0]
    return re.findall(r"^\| ([A-Z]{3}\d{3}) \| (.*?) \| [^|]+ \|$", section, re.MULTILINE)


@pytest.mark.parametrize("path", TRIALS, ids=lambda path: path.stem)
def test_each_finding_is_listed_with_its_reason(path: Path) -> None:
    found = pipeline.check(str(path)).diagnostics
    told = [(each.code, each.message) for each in found if each.code.startswith(("SCH", "END", "ELI"))]
    assert sorted(listed(path.stem)) == sorted(told)


def test_codes_that_are_named_exist() -> None:
    assert [code for code in sorted(set(re.findall(r"\b[A-Z]{3}\d{3}\b", PAGE))) if find(code) is None] == []
