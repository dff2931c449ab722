"""`docs/dosing.md` is true: its tables are what the engine computes, its rule tables are the presets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from protocol_dsl.dosing import exact
from protocol_dsl.dosing.build import build
from protocol_dsl.dosing.designs import interval_arrays
from protocol_dsl.dosing.exact import explore
from protocol_dsl.dosing.presets import VARIANTS, three_plus_three
from protocol_dsl.dosing.simulate import TRIALS
from protocol_dsl.pipeline import check_text
from tests.docs.dosing_numbers import TABLES

TEXT = (Path(__file__).parents[2] / "docs" / "dosing.md").read_text(encoding="utf-8")
PRINTED = dict(re.findall(r"<!-- numbers: (\w+) -->\n\n((?:\|.*\n)+)", TEXT))
RULES = dict(re.findall(r"```proto variant=(\w+)\n(.*?)```", TEXT, re.DOTALL))
TRIAL = """\
protocol CT1_SLE {{ title "Cells in lupus" }}
product CT1 "Cells" type biological
dose CT1 {{ level DL1 1.0e8 cells
  level DL2 2.0e8 cells
  level DL3 3.0e8 cells }}
escalation main of CT1 {{
{rules}}}
"""


def test_every_table_of_numbers_is_there() -> None:
    assert set(PRINTED) == set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_table_is_what_the_engine_computes(name: str) -> None:
    assert PRINTED[name].rstrip("\n") == TABLES[name]()


@pytest.mark.parametrize("variant", VARIANTS)
def test_variant_written_out_is_the_preset(variant: str) -> None:
    compiled = check_text(TRIAL.format(rules=RULES[variant]))
    assert compiled.protocol is not None, compiled.diagnostics
    built = build(compiled.protocol, compiled.protocol.escalations[0], lambda name, origin: "")
    assert built.design is not None, built.problems
    assert set(explore(built.design).ends) == set(explore(three_plus_three(3, variant)).ends)


def test_limits_in_the_text_are_those_of_the_code() -> None:
    for number in (exact.STATE_LIMIT, interval_arrays.STATE_LIMIT, TRIALS):
        assert f"{number:,}" in TEXT
