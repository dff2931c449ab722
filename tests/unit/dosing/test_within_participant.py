"""Titration within a participant: the same machine over doses, its numbers by hand, and what is said about it."""

from __future__ import annotations

from math import prod

import pytest

from protocol_dsl import pipeline
from protocol_dsl.dosing.build import build
from protocol_dsl.dosing.built import Built
from protocol_dsl.dosing.exact import evaluate, structure
from protocol_dsl.render.registry_prose import escalation as paragraph
from protocol_dsl.render.registry_words import Words
from tests.unit.dosing.escalations import compiled

RULES = """escalation up of CT1 within participant {{
  start DL1  cohort 1  {more}
  after 1 {{ 0 dlt: escalate  1 dlt: {after} }}
  {tables}
  above top: stop
  mtd highest with dlt = 0
}}"""


def text(more: str = "max 1 per level", after: str = "stop", tables: str = "") -> str:
    return RULES.format(more=more, after=after, tables=tables)


def built(rules: str) -> Built:
    protocol = compiled(rules).protocol
    assert protocol is not None
    return build(protocol, protocol.escalations[0], lambda name, origin: "")


@pytest.mark.parametrize("rates", [(0.05, 0.1, 0.2), (0.5, 0.25, 0.9), (0, 0, 0)])
def test_numbers_are_those_of_the_formula(rates: tuple[float, ...]) -> None:
    design = built(text()).design
    assert design is not None
    found = evaluate(structure(design), rates)
    passed = [prod(1 - p for p in rates[:level]) for level in range(4)]
    assert found.participants == pytest.approx(passed[:3])
    assert found.select == pytest.approx([passed[0] * rates[0], passed[1] * rates[1], passed[2] * rates[2], passed[3]])
    assert found.mean == pytest.approx(sum(passed[:3]))


def test_a_second_dose_at_the_level() -> None:
    design = built(text("max 2 per level", "stay", "after 2 { 1 dlt: escalate  2 dlt: stop }")).design
    assert design is not None
    found = evaluate(structure(design), (0.5, 0.5, 0.5))
    # A level is passed without a DLT, or with one in the first of two doses.
    assert found.participants[1] == pytest.approx(0.75 * 1.5)
    assert max(found.sizes) == 6


def test_people_are_not_counted_where_doses_are() -> None:
    # Three doses for one person are no three participants: planned are two, and each has three visits.
    found = compiled(text(), enrollment="up to 2").diagnostics
    assert not {"DOS004", "DOS023", "DOS024", "DOS026"} & {each.code for each in found}


def test_the_paragraph_speaks_of_doses() -> None:
    protocol = compiled(text("max 2 per level", "stay", "after 2 { 1 dlt: escalate  2 dlt: stop }")).protocol
    assert protocol is not None
    said = paragraph(protocol.escalations[0], protocol, Words(protocol))
    words = " ".join([*said.sentences, *said.items])
    assert "A participant gets at most 2 doses at each level." in words
    assert "If 2 or more of the 2 doses" in words or "If 2 of the 2 doses" in words
    assert "A participant's maximum tolerated dose is the highest level" in words
    assert "participants are treated" not in words


def test_a_titration_left_open_says_so_and_no_more() -> None:
    found = pipeline.check_text(
        'protocol T { title "t" }\nproduct X "x" type drug\ndose X { level A 1 mg }\n'
        'escalation up of X within participant { todo "the record gives no rule" }\n'
    )
    assert not {each.code for each in found.diagnostics if each.code.startswith("DOS07")}
