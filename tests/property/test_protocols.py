"""Laws that hold for every valid protocol."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol_dsl import pipeline
from protocol_dsl.diagnostics.render import render
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.render.context import Rendering
from protocol_dsl.render.documents import FAMILIES, make
from protocol_dsl.syntax.format_tokens import equivalent
from protocol_dsl.syntax.formatter import format_text
from protocol_dsl.syntax.parser import parse
from tests.property.protocols import protocols

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)
FEW = settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=SLOW)
MORE = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=SLOW)
STOPPING = ("SYN", "NAM", "QTY", "IOE")
REAL = sorted((Path(__file__).parents[2] / "protocols").glob("*.proto"))


USUAL = [name for name, family in FAMILIES.items() if not family.on_request]
# A PDF asks for a font for signs that the shipped ones lack; its own tests give one.
ON_REQUEST = [name for name, family in FAMILIES.items() if family.on_request and name != "crf_pdf"]


def outputs(text: str, families: list[str]) -> dict[str, bytes]:
    """The documents of a text."""
    compiled = pipeline.check_text(text)
    assert compiled.protocol is not None
    assert compiled.schedule is not None
    rendering = Rendering(compiled.protocol, compiled.schedule, compiled.diagnostics, compiled.sources)
    return {output.path: output.data for output in make(rendering, families)}


@MORE
@given(protocols())
def test_a_valid_protocol_has_no_fault_and_every_finding_can_be_shown(text: str) -> None:
    compiled = pipeline.check_text(text)
    assert not [d.message for d in compiled.diagnostics if d.code.startswith(STOPPING) and d.severity == "error"]
    for format in ("full", "json"):
        assert render(format, compiled.diagnostics, compiled.sources)


@MORE
@given(protocols())
def test_formatting_keeps_the_meaning_and_comes_to_rest(text: str) -> None:
    formatted = format_text(text)
    assert not formatted.diagnostics
    assert equivalent(parse(text).tree, parse(formatted.text).tree)
    assert format_text(formatted.text).text == formatted.text


@MORE
@given(protocols())
def test_the_model_is_what_pydantic_validates(text: str) -> None:
    protocol = pipeline.check_text(text).protocol
    assert protocol is not None
    again = Protocol.model_validate(protocol.model_dump())
    assert again == protocol
    assert Protocol.model_validate_json(protocol.model_dump_json()).model_dump() == protocol.model_dump()


@FEW
@given(protocols())
def test_usual_documents_are_made_twice_the_same(text: str) -> None:
    assert outputs(text, USUAL) == outputs(text, USUAL)


@settings(FEW, max_examples=3)
@given(protocols())
def test_documents_on_request_are_made_twice_the_same(text: str) -> None:
    assert outputs(text, ON_REQUEST) == outputs(text, ON_REQUEST)


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
def test_the_model_of_a_real_trial_is_what_pydantic_validates(path: Path) -> None:
    protocol = pipeline.check(str(path)).protocol
    assert protocol is not None
    assert Protocol.model_validate(protocol.model_dump()) == protocol
    assert Protocol.model_validate_json(protocol.model_dump_json()).model_dump() == protocol.model_dump()


@MORE
@given(protocols(), st.integers(0, 10**6), st.integers(1, 40))
def test_a_text_that_breaks_off_or_lacks_a_part_gives_diagnostics_alone(text: str, place: int, length: int) -> None:
    at = place % len(text)
    for broken in (text[:at], text[:at] + text[at + length :]):
        compiled = pipeline.check_text(broken)
        render("full", compiled.diagnostics, compiled.sources)
        if compiled.protocol is not None:
            Protocol.model_validate(compiled.protocol.model_dump())
