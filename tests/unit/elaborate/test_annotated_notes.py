"""A `todo` or `discretion` that carries a note itself is a note of the protocol all the same."""

from __future__ import annotations

from protocol_dsl import pipeline

TEXT = """
protocol T {
  title "T"
  @source "page 3"
  todo "sites"
}
product CAR "cells" type biological
dose CAR {
  level DL1 3.0e8 cells
  @assumed "partners are read as the sponsor"
  discretion investigator, sponsor "Levels between may be explored"
}
@source "page 9"
todo "follow-up"
"""


def test_annotated_notes_are_kept_once() -> None:
    protocol = pipeline.check_text(TEXT).protocol
    assert protocol is not None
    assert [note.text for note in protocol.noted("todo")] == ["sites", "follow-up"]
    assert [(note.text, note.by) for note in protocol.noted("discretion")] == [
        ("Levels between may be explored", ("investigator", "sponsor"))
    ]
    assert len(protocol.noted("source", "assumed")) == 3
