"""Whether one condition holds only where another one does."""

from __future__ import annotations

import pytest

from protocol_dsl import pipeline
from protocol_dsl.expressions.inclusion import implies

TRIAL = """
protocol t "T" {{ }}
timeline {{ day 0 = infusion }}
visit infusion "Infusion" day 0
visit SCR "Screening" day -7
assess labs "Labs" at SCR {{
  result anc "Neutrophils" (10*9/L)
  result alt "ALT" (U/L)
  result temp "Temperature" (Cel)
  result hbsag "HBsAg" choice {{ positive "P" negative "N" unclear "U" }}
}}
fact fertile "Fertile"
fact lines "Lines" integer
population a "A" where {one}
population b "B" where {other}
"""


@pytest.mark.parametrize(
    ("one", "other", "forth", "back"),
    [
        ("anc > 1.0e9/L", "anc >= 1.0e9/L", True, False),
        ("anc >= 1000/uL", "anc >= 1.0e9/L", True, True),
        ("anc >= 1.5e9/L and alt < 3 xULN", "anc >= 1.0e9/L", True, False),
        ("alt < 3 xULN", "alt < 100 U/L", False, False),
        ("anc < 1e9/L or anc > 2e9/L", "anc < 1e9/L", False, True),
        ("hbsag = negative", "hbsag != positive", True, False),
        ("hbsag is one_of (negative, unclear)", "not (hbsag = positive)", True, False),
        ("not (anc < 1e9/L)", "anc >= 1e9/L", True, True),
        ("fertile and age >= 18 years", "age >= 18 years", True, False),
        ("lines = 2", "lines >= 2", True, False),
        ("not (lines = 2)", "lines > 2", False, True),
        ("anc is known and anc > 1e9/L", "anc > 1e9/L", True, False),
        ("anc[SCR] > 1e9/L", "anc > 1e9/L", False, False),
        ("temp >= 38 Cel", "temp >= 100 degF", True, False),
    ],
)
def test_implication(one: str, other: str, forth: bool, back: bool) -> None:
    compiled = pipeline.check_text(TRIAL.format(one=one, other=other))
    assert compiled.is_sound, [finding.message for finding in compiled.diagnostics]
    assert compiled.protocol is not None
    first, second = (population.where for population in compiled.protocol.populations)
    assert first is not None
    assert second is not None
    assert (implies(first, second), implies(second, first)) == (forth, back)
