"""The five real trials say of each of their parts where it comes from.

A part is noted when it, or what holds it, has a `@source`, `@assumed` or `@todo`: an invention that stands
without a note would pass for a fact of the registry record.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol_dsl import pipeline
from protocol_dsl.model.base import Note
from protocol_dsl.model.protocol import Protocol

ROOT = Path(__file__).resolve().parents[1]
TRIALS = sorted((ROOT / "protocols").glob("*.proto"))
ORIGIN_NOTES = {"source", "assumed", "todo"}

Part = tuple[str, tuple[Note, ...]]
"""A part's name for the reader, and the notes on it and on what holds it."""


def schedule_parts(protocol: Protocol) -> Iterator[Part]:
    """Stages, visits (noted also by their stage), gates, administrations, assessments, collections."""
    by_stage = {stage.name: stage.notes for stage in protocol.stages}
    yield from ((f"stage {stage.name}", stage.notes) for stage in protocol.stages)
    for visit in protocol.visits:
        yield f"visit {visit.name}", visit.notes + by_stage.get(visit.stage or "", ())
    yield from ((f"gate before {gate.before}", gate.notes) for gate in protocol.gates)
    for given in protocol.administrations:
        yield f"give {given.product} at {', '.join(given.visits)}", given.notes
    yield from ((f"assess {assessment.name}", assessment.notes) for assessment in protocol.assessments)
    yield from ((f"collect {collection.name}", collection.notes) for collection in protocol.collections)


def dosing_parts(protocol: Protocol) -> Iterator[Part]:
    """Products, dose schemes (also for their levels), the DLT period, escalations, cohorts."""
    yield from ((f"product {product.name}", product.notes) for product in protocol.products)
    yield from ((f"dose {dose.name}", dose.notes) for dose in protocol.doses)
    if protocol.dlt is not None:
        yield "dlt", protocol.dlt.notes
    yield from ((f"escalation {escalation.name}", escalation.notes) for escalation in protocol.escalations)
    yield from ((f"cohort {cohort.name}", cohort.notes) for cohort in protocol.cohorts)


def outcome_parts(protocol: Protocol) -> Iterator[Part]:
    """Criteria of the top level and endpoints."""
    if protocol.eligibility is not None:
        yield from ((f"criterion {criterion.name}", criterion.notes) for criterion in protocol.eligibility.criteria)
    yield from ((f"endpoint {endpoint.name}", endpoint.notes) for endpoint in protocol.endpoints)


def parts(protocol: Protocol) -> Iterator[Part]:
    """All parts that a record states or leaves open."""
    yield from schedule_parts(protocol)
    yield from dosing_parts(protocol)
    yield from outcome_parts(protocol)


def unnoted(protocol: Protocol) -> list[str]:
    """The parts of which nobody says where they come from."""
    return [name for name, notes in parts(protocol) if not any(note.kind in ORIGIN_NOTES for note in notes)]


@pytest.mark.parametrize("path", TRIALS, ids=lambda path: path.stem)
def test_every_part_says_where_it_comes_from(path: Path) -> None:
    protocol = pipeline.check(str(path)).protocol
    assert protocol is not None
    assert unnoted(protocol) == []


def test_a_part_without_a_note_is_named(tmp_path: Path) -> None:
    text = (ROOT / "protocols" / "lupus.proto").read_text(encoding="utf-8")
    note = '@assumed "usual dose"\ngive CY'
    assert text.count(note) == 1
    path = tmp_path / "lupus.proto"
    path.write_text(text.replace(note, "give CY"), encoding="utf-8")
    protocol = pipeline.check(str(path)).protocol
    assert protocol is not None
    assert unnoted(protocol) == ["give CY at LD1, LD2, LD3"]
