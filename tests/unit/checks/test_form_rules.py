"""CRF rules: what an author is told about forms and instruments."""

from __future__ import annotations

import pytest

from protocol_dsl.checks.forms import (
    code_twice,
    example_wrong,
    field_twice,
    form_without_visit,
    instrument_range,
    other_range_in_text,
    range_empty,
    stated_ranges,
)
from protocol_dsl.checks.trial import Trial
from protocol_dsl.diagnostics.model import Diagnostic, Rule
from protocol_dsl.elaborate.elaborate import elaborate
from protocol_dsl.model.base import Choice
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.schedule.build import build
from protocol_dsl.source import SourceMap
from protocol_dsl.syntax.parser import parse

HEAD = 'protocol X { title "X" }\ntimeline { day 0 = V }\nstage s "S" { visit V "V" day 0 }\n'


def compiled(text: str) -> tuple[Protocol, SourceMap]:
    sources = SourceMap(None)
    sources.add_text("x.proto", HEAD + text)
    parsed = parse(sources.files[0].text, 0)
    protocol = elaborate([parsed], sources).protocol
    assert protocol is not None
    return protocol, sources


def found(rule: Rule, protocol: Protocol, sources: SourceMap) -> list[Diagnostic]:
    assert rule.check is not None
    return list(rule.check(Trial(protocol, build(protocol), sources)))


def told(rule: Rule, text: str) -> list[tuple[str, str]]:
    """(message, marked text) of each finding."""
    protocol, sources = compiled(text)
    return [(each.message, sources.text(each.span) if each.span else "") for each in found(rule, protocol, sources)]


def test_field_twice() -> None:
    protocol, sources = compiled('assess a at V\nform f "F" records a {\n field x "X" integer\n field y "Y" integer\n}')
    form = protocol.forms[0]
    twin = form.fields[1].model_copy(update={"name": "x"})
    broken = protocol.model_copy(update={"forms": (form.model_copy(update={"fields": (form.fields[0], twin)}),)})
    (finding,) = found(field_twice, broken, sources)
    assert "`x`" in finding.message
    assert sources.text(finding.labels[1].span).startswith("field x")
    assert found(field_twice, protocol, sources) == []


def test_empty_range() -> None:
    protocol, sources = compiled('assess a at V\nform f "F" records a { field x "X" integer range 1..5 }')
    form = protocol.forms[0]
    broken_field = form.fields[0].model_copy(update={"low": 9})
    broken = protocol.model_copy(update={"forms": (form.model_copy(update={"fields": (broken_field,)}),)})
    assert "9 is above 5" in found(range_empty, broken, sources)[0].message
    assert found(range_empty, protocol, sources) == []


def test_code_twice() -> None:
    protocol, sources = compiled('assess a at V\nform f "F" records a { field x "X" choice { a "A" b "B" } }')
    form = protocol.forms[0]
    twins = (Choice(code="a", label="A"), Choice(code="a", label="B"))
    broken_field = form.fields[0].model_copy(update={"choices": twins})
    broken = protocol.model_copy(update={"forms": (form.model_copy(update={"fields": (broken_field,)}),)})
    assert "“A” and “B”" in found(code_twice, broken, sources)[0].message
    assert found(code_twice, protocol, sources) == []


def test_form_of_an_assessment_that_is_never_done() -> None:
    never = 'assess a "A"\nform f "F" records a { field x "X" integer }'
    assert len(told(form_without_visit, never)) == 1
    assert told(form_without_visit, never.replace('"A"', '"A" at V')) == []


@pytest.mark.parametrize(("stated", "is_wrong"), [("0..6", False), ("0..9", True), ("1..6", True), ("0..5", True)])
def test_range_of_a_sum(stated: str, is_wrong: bool) -> None:
    text = f'instrument j "J" {{\n item l 0..3\n item r 0..3\n total sum\n range {stated}\n}}\nassess a uses j at V'
    messages = told(instrument_range, text)
    assert bool(messages) == is_wrong
    if is_wrong:
        assert "its items give 0 to 6" in messages[0][0]


def test_range_narrower_than_a_formula_might_give_is_no_fault() -> None:
    text = 'instrument j "J" {\n item l 0..3\n total t = when(l >= 2, 1, 0)\n range %s\n}\nassess a uses j at V'
    assert told(instrument_range, text % "0..1") == []
    assert len(told(instrument_range, text % "0..2")) == 1


def test_wrong_example() -> None:
    items = "item l 0..3\n item r 0..3\n total sum"
    text = f'instrument j "J" {{\n {items}\n example "E" {{ l 2 r 1 }} gives %d\n}}\nassess a uses j at V'
    assert told(example_wrong, text % 3) == []
    ((message, place),) = told(example_wrong, text % 4)
    assert "gives `total` 4, but its values make 3" in message
    assert place.startswith("example")


ENDPOINT = """assess v uses bvas at V
endpoint e secondary "BVAS" {
  measure v.total
  timeframe at V
  description "%s"
}"""


def test_other_range_in_the_text_is_marked_at_its_words() -> None:
    ((message, place),) = told(other_range_in_text, ENDPOINT % "A total score can fall between 0 and 64")
    assert "the text says 0 to 64" in message
    assert "0 to 63" in message
    assert place.startswith("0 and 64")


@pytest.mark.parametrize(
    "text",
    [
        "A total score can fall between 0 and 63",
        "Total score from day 0 to 28",
        "Each item scores 0 to 3",
        "The score at weeks 4 to 12",
        "A score of 5",
        "Score: change within 0 to 12 months",
    ],
)
def test_texts_that_state_no_other_range(text: str) -> None:
    assert told(other_range_in_text, ENDPOINT % text) == []


def test_millimetres_where_points_are_counted() -> None:
    text = ENDPOINT.replace("bvas", "pga") % "on a VAS of 0 - 3 mm"
    assert "0 to 3 mm" in told(other_range_in_text, text)[0][0]


@pytest.mark.parametrize("written", ["0 to 64", "0~64", "0-64", "0–64", "0 and 64"])
def test_spellings_of_a_range(written: str) -> None:
    assert [(low, high) for low, high, _ in stated_ranges(f"The score ranges {written} points")] == [(0, 64)]
