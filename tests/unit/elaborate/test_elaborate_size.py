"""Large and deep texts end in a result or a diagnostic, never in a traceback."""

from __future__ import annotations

import pytest

from protocol_dsl import pipeline
from tests.unit.elaborate.trial import DAY_0, HEAD, findings, told


def large(size: int) -> str:
    """A valid protocol of about `size` characters: visits, assessments, endpoints, forms, criteria."""
    parts = [HEAD, DAY_0, "visit SCR day -28 to -7"]
    count, written = 0, 0
    while written < size:
        count += 1
        part = f"""visit V{count} "Visit {count}" day {count}
assess a{count} "Assessment {count}" category laboratory at SCR, V{max(1, count - 3)}..V{count} {{
  blood 3 mL
  result r{count} "Result {count}" (10*9/L)
  note "taken before the dose, see {{a{max(1, count - 1)}}}"
}}
endpoint e{count} secondary "Endpoint {count}" measure change(r{count}) from SCR timeframe at V{count}
form f{count} "Form {count}" records a{count} {{ field x "X" integer range 0..9 check low "Low" where x < 5 }}
"""
        parts.append(part)
        written += len(part) + 70
    criteria = (f'include c{n} "Criterion {n}" where r{n} >= 1.0e9/L and age >= 18 years' for n in range(1, count))
    return "\n".join([*parts, "eligibility {", *criteria, "}"])


def test_a_megabyte_is_compiled() -> None:
    compiled = pipeline.check_text(large(1_000_000))
    assert compiled.protocol is not None
    assert compiled.is_sound
    assert len(compiled.protocol.visits) > 1500


def deep_options(depth: int) -> str:
    options = ' option b "B" {' * (depth - 1) + ' option c "C" ' + "}" * (depth - 1)
    return f'eligibility {{ include one_of a "A" {{ {options} }} }}'


def test_options_in_options() -> None:
    assert told(DAY_0 + deep_options(15)) == []
    for depth in (30, 95, 1000):
        found = findings(DAY_0 + deep_options(depth))
        assert {d.code for d in found} == {"SYN013"}, depth
        assert len(found) == 1


@pytest.mark.parametrize(
    "text",
    [
        'fact f "F" if ' + "not " * 3000 + "f",
        'fact f "F" if ' + "(" * 100_000 + "f" + ")" * 100_000,
        "{" * 20_000,
        "\n".join(f'group g{i} "G" = g{i + 1}' for i in range(2000)) + ' group g2000 "G" = infusion',
        "@assumed \"x\"\n" * 5000,
    ],
)  # fmt: skip
def test_what_is_too_deep_is_told_in_few_words(text: str) -> None:
    found = [d for d in findings(DAY_0 + text) if d.severity == "error"]
    assert 1 <= len(found) <= 3


def test_thousands_of_unknown_names_are_told_each_once() -> None:
    text = "\n".join(f'visit V{i} day {i} assess a{i} "A" at X{i}y' for i in range(1500))
    assert len(told(DAY_0 + text)) == 1500


def test_long_series() -> None:
    compiled = pipeline.check_text(HEAD + DAY_0 + 'visits D1..D5000 day n\nassess x "X" at D1..D5000')
    assert compiled.protocol is not None
    assert len(compiled.protocol.assessments[0].visits) == 5000


def test_rhythms_that_go_on_from_each_other_backwards() -> None:
    chain = " ".join(f"visits A{i}x1..A{i}x2 every 1 week after A{i + 1}x1" for i in range(300))
    compiled = pipeline.check_text(HEAD + DAY_0 + chain + " visit A300x1 day 3")
    assert compiled.protocol is not None
    assert all(visit.offset is not None for visit in compiled.protocol.visits)
