"""Every code of names and quantities is shown by a file of the corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocol_dsl.diagnostics.codes import nam, qty
from protocol_dsl.diagnostics.model import Rule

INVALID = Path(__file__).parents[2] / "corpus/invalid"
CODES = sorted(rule.code for codes in (nam, qty) for rule in vars(codes).values() if isinstance(rule, Rule))


@pytest.mark.parametrize("code", CODES)
def test_the_corpus_shows_the_code(code: str) -> None:
    assert list(INVALID.glob(f"{code}-*.proto"))
