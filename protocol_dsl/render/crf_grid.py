"""Which form is completed at which visit, as the marks of a table."""

from __future__ import annotations

from typing import NamedTuple

from protocol_dsl.forms.matrix import crf_matrix
from protocol_dsl.model.forms import Form
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import Visit
from protocol_dsl.render.soa_columns import ordered_visits

ONE, MANY = "X", "X+"
"""One record at the visit, or several; in brackets where not every participant has it there."""


class Column(NamedTuple):
    """A visit as a column of the matrix."""

    name: str
    title: str
    stage: str
    day: str
    window: str


class StageSpan(NamedTuple):
    """A stage over the columns of its visits."""

    title: str
    width: int


def grid(protocol: Protocol, forms: tuple[Form, ...]) -> tuple[tuple[Column, ...], tuple[tuple[str, ...], ...]]:
    """The columns in the order of the schedule of assessments, and for each form its marks.

    A mark is `X`, `X+`, `(X)`, `(X+)` or nothing.
    """
    matrix = crf_matrix(forms, protocol)
    visits = tuple(ordered_visits(protocol))
    places = [matrix.visits.index(visit) for visit in visits]
    stages = {stage.name: _flat(stage.title) for stage in protocol.stages}
    columns = tuple(
        Column(
            visit.name,
            _flat(visit.title),
            stages.get(visit.stage or "", ""),
            visit.timing.text,
            visit.window.text if visit.window else "",
        )
        for visit in visits
    )
    rows = tuple(_marks(row.form, tuple(row.at[place] for place in places), visits, protocol) for row in matrix.rows)
    return columns, rows


def spans(columns: tuple[Column, ...]) -> tuple[StageSpan, ...]:
    """The stages above the columns; their widths add up to all columns."""
    made: list[StageSpan] = []
    for column in columns:
        if made and made[-1].title == column.stage:
            made[-1] = StageSpan(column.stage, made[-1].width + 1)
        else:
            made.append(StageSpan(column.stage, 1))
    return tuple(made)


def _marks(form: Form, at: tuple[bool, ...], visits: tuple[Visit, ...], protocol: Protocol) -> tuple[str, ...]:
    """A form with nominal times has several records at the visits that have them, and one at the others."""
    timed = {
        visit
        for assessment in protocol.assessments
        if assessment.name in form.records
        for sampling in assessment.sampling
        for visit in sampling.visits or assessment.visits
    }
    partial = _partial(form, protocol)

    def mark(visit: Visit) -> str:
        text = MANY if form.repeating and (not timed or visit.name in timed) else ONE
        is_partial = visit.name in partial or visit.condition or visit.optional or visit.populations or visit.arms
        return f"({text})" if is_partial else text

    return tuple(mark(visit) if is_at else "" for visit, is_at in zip(visits, at, strict=True))


def _partial(form: Form, protocol: Protocol) -> set[str]:
    """The visits at which the form is optional, conditional, or for some arms or populations only."""
    if form.condition or form.populations:
        return set(form.visits)
    found: set[str] = set()
    for visit in form.visits:
        parts = [each for each in protocol.assessments if each.name in form.records and visit in each.visits]
        conditional = [each.condition or each.populations or each.arms or visit in each.optional_at for each in parts]
        if parts and all(conditional):
            found.add(visit)
    return found


def _flat(text: str) -> str:
    return " ".join(text.split())
