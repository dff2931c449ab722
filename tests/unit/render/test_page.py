from __future__ import annotations

from protocol_dsl.diagnostics.codes import ioe
from protocol_dsl.diagnostics.model import NOTE, WARNING
from protocol_dsl.model.base import Note
from protocol_dsl.render.page import page
from protocol_dsl.source import Span
from tests.unit.render.trials import AT, rendering, toy

ERROR_AT = ioe.TEMPLATE_FAULT.at(Span(0, 15, 16), "does not fit")


def test_a_finished_protocol_has_no_banner_and_no_date() -> None:
    found = page(rendering(toy()), "Visits")
    assert found["banner"] is None
    assert found["line"] == "TOY · version 1.0 · NCT00000000 · Visits"
    assert found["footer"] == "Made by Protocol DSL from toy.proto (version 1.0)"


def test_the_banner_counts_and_places_what_is_open() -> None:
    notes = (
        Note(kind="assumed", text="usual\n dose", origin=AT),
        Note(kind="todo", text="ask", origin=AT),
        Note(kind="todo", text="ask again", origin=AT),
        Note(kind="source", text="a paper", origin=AT),
        Note(kind="allow", code="SCH010", text="agreed", origin=AT),
    )
    found = page(rendering(toy(notes=notes), diagnostics=[ERROR_AT]), "Visits")["banner"]
    assert found["line"] == "Draft: 1 error, 1 assumption, 2 to-dos"
    assert found["has_errors"]
    assert [(group.title, [(f.code, f.text, f.place) for f in group.findings]) for group in found["groups"]] == [
        ("Errors", [("IOE007", "does not fit", "toy.proto:2")]),
        ("Assumptions", [(None, "usual dose", "toy.proto:7")]),
        ("To-dos", [(None, "ask", "toy.proto:7"), (None, "ask again", "toy.proto:7")]),
        ("Accepted findings", [(None, "SCH010: agreed", "toy.proto:7")]),
    ]


def test_accepted_findings_alone_make_no_draft_and_notes_no_banner() -> None:
    allowed = (Note(kind="allow", code="SCH010", text="agreed", origin=AT),)
    assert page(rendering(toy(notes=allowed)), "Visits")["banner"]["line"] == "1 accepted finding"
    note = ERROR_AT._replace(severity=NOTE)
    assert page(rendering(toy(), diagnostics=[note]), "Visits")["banner"] is None
    warning = ERROR_AT._replace(severity=WARNING)
    assert not page(rendering(toy(), diagnostics=[warning]), "Visits")["banner"]["has_errors"]


def test_twenty_findings_are_printed_and_the_rest_counted() -> None:
    notes = tuple(Note(kind=kind, text=f"{kind} {at}", origin=AT) for kind in ("assumed", "todo") for at in range(15))
    found = page(rendering(toy(notes=notes)), "Visits")["banner"]
    assert [(group.title, len(group.findings)) for group in found["printed"]] == [("Assumptions", 15), ("To-dos", 5)]
    assert found["hidden"] == 10
    few = page(rendering(toy(notes=notes[:15])), "Visits")["banner"]
    assert (few["printed"], few["hidden"]) == (few["groups"], 0)
