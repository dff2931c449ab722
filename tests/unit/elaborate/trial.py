"""Small trials for the tests of the elaborator."""

from __future__ import annotations

from protocol_dsl import pipeline
from protocol_dsl.diagnostics.model import Diagnostic
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import Visit

HEAD = 'protocol X { title "T" }\n'
DAY_0 = 'timeline { day 0 = infusion  month = calendar }\nvisit infusion "Infusion" day 0\n'
FAMILIES = ("SYN", "NAM", "QTY", "IOE")


def findings(text: str) -> list[Diagnostic]:
    """What is said about syntax, names and quantities."""
    found = pipeline.check_text(HEAD + text).diagnostics
    return [d for d in found if d.code.startswith(FAMILIES)]


def told(text: str) -> list[tuple[str, str]]:
    """Code and marked text of each finding about syntax, names and quantities."""
    compiled = pipeline.check_text(HEAD + text)
    return [
        (d.code, compiled.sources.text(d.span) if d.span is not None else "")
        for d in compiled.diagnostics
        if d.code.startswith(FAMILIES)
    ]


def model(text: str) -> Protocol:
    """The model of a text in which no name and no quantity is wrong."""
    compiled = pipeline.check_text(HEAD + text)
    wrong = [
        f"{d.code} {d.message}" for d in compiled.diagnostics if d.code.startswith(FAMILIES) and d.severity == "error"
    ]
    assert not wrong, wrong
    assert compiled.protocol is not None
    return compiled.protocol


def visit(text: str, name: str) -> Visit:
    """A visit of a text, behind a timeline with day 0 at the infusion."""
    found = model(DAY_0 + text).visit(name)
    assert found is not None, name
    return found


def days(text: str) -> dict[str, tuple[int | None, int | None, int | None]]:
    """Nominal, first and last day of each visit but the infusion, in schedule order."""
    protocol = model(DAY_0 + text)
    return {v.name: (v.offset, v.earliest, v.latest) for v in protocol.visits if v.name != "infusion"}


def visits_of(text: str, visits: str = "") -> tuple[str, ...]:
    """The visits of `assess x at TEXT`."""
    assessment = model(DAY_0 + visits + f'\nassess x "X" at {text}').assessment("x")
    assert assessment is not None
    return assessment.visits
