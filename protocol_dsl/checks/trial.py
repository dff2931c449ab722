"""What every check is given: the compiled protocol, its schedule, and the way back to the author's text."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from protocol_dsl.diagnostics.model import Label
from protocol_dsl.schedule.explain import Explainer, day_text
from protocol_dsl.schedule.spans import Spans
from protocol_dsl.source import SourceMap, Span

if TYPE_CHECKING:
    from protocol_dsl.model.base import Note, Origin
    from protocol_dsl.model.protocol import Protocol
    from protocol_dsl.model.schedule import Assessment, Stage, Visit
    from protocol_dsl.schedule.build import Schedule, Statement
    from protocol_dsl.schedule.burden import Burden


class Trial:
    """A protocol under examination."""

    def __init__(self, protocol: Protocol, schedule: Schedule, sources: SourceMap) -> None:
        self.protocol = protocol
        self.schedule = schedule
        self.sources = sources
        self.explain = Explainer(schedule, protocol.timeline)
        self.spans = Spans(protocol.timeline)
        self._files = {file.path: number for number, file in enumerate(sources.files)}

    def span(self, origin: Origin | None) -> Span | None:
        """The characters of an origin; None for a part that no file of this compile holds."""
        if origin is None or origin.file not in self._files:
            return None
        index = self._files[origin.file]
        starts = self.sources.files[index].line_starts
        if not (1 <= origin.line <= len(starts) and 1 <= origin.end_line <= len(starts)):
            return None
        return Span(
            index, starts[origin.line - 1] + origin.column - 1, starts[origin.end_line - 1] + origin.end_column - 1
        )

    def head(self, origin: Origin | None) -> Span | None:
        """The first line of an element: its keyword, name and label, without the block that follows."""
        span = self.span(origin)
        if span is None:
            return None
        line, _, rest = self.sources.text(span).partition("\n")
        if rest:
            line = line.rstrip().removesuffix("{").rstrip()
        return Span(span.file, span.start, span.start + len(line))

    def mark(self, origin: Origin | None, text: str = "") -> tuple[Label, ...]:
        """A secondary label at the first line of an origin, or nothing where there is no such place."""
        span = self.head(origin)
        return () if span is None else (Label(span, text),)

    def timing_span(self, statement: Statement) -> Span | None:
        """The place of a statement of the schedule: of a visit its timing with the window behind it."""
        span = self.head(statement.origin)
        visit = self.visits.get(statement.element)
        if span is None or visit is None or visit.window is None or visit.timing.origin != statement.origin:
            return span
        window = self.span(visit.window.origin)
        is_behind = window is not None and window.file == span.file and 0 <= window.start - span.end <= 1
        return Span(span.file, span.start, window.end) if window is not None and is_behind else span

    def is_open(self, origin: Origin) -> bool:
        """Whether the author says inside an element that it is not complete: `todo`, `discretion`."""
        return any(
            note.origin.file == origin.file and origin.line <= note.origin.line <= origin.end_line
            for note in self._open_notes
        )

    @cached_property
    def _open_notes(self) -> tuple[Note, ...]:
        return self.protocol.noted("todo", "discretion")

    def day(self, offset: int) -> str:
        """`Day 28`: an offset from the anchor in the protocol's own numbers."""
        return day_text(self.protocol.timeline, offset)

    @cached_property
    def visits(self) -> dict[str, Visit]:
        """Visits by name."""
        return {visit.name: visit for visit in self.protocol.visits}

    @cached_property
    def stages(self) -> dict[str, Stage]:
        """Stages by name."""
        return {stage.name: stage for stage in self.protocol.stages}

    @cached_property
    def assessments(self) -> dict[str, Assessment]:
        """Assessments by name."""
        return {assessment.name: assessment for assessment in self.protocol.assessments}

    @cached_property
    def results(self) -> dict[str, Assessment]:
        """The assessment that gives each result, by the result's name."""
        return {result.name: each for each in self.protocol.assessments for result in each.results}

    @cached_property
    def assessed_at(self) -> dict[str, list[Assessment]]:
        """The assessments of each visit."""
        found: dict[str, list[Assessment]] = {}
        for assessment in self.protocol.assessments:
            for name in assessment.visits:
                found.setdefault(name, []).append(assessment)
        return found

    def window(self, visit: str) -> tuple[int | None, int | None]:
        """First and last day of a visit from the anchor: as implied, or as its own words say if there is a conflict."""
        found = self.schedule.bounds.get(visit)
        if found is not None:
            return found
        own = self.visits.get(visit)
        return (None, None) if own is None else (own.earliest, own.latest)

    @cached_property
    def burdens(self) -> list[Burden]:
        """What participants bear, by arm where arms differ; asked for only where needed, as by limits."""
        from protocol_dsl.schedule.burden import burdens

        return burdens(self.protocol, self.schedule)

    @cached_property
    def neighbours(self) -> list[tuple[Visit, Visit]]:
        """Consecutive visits that somebody has both: of all stages in sequence, and of each parallel stage."""
        lanes: dict[str, list[Visit]] = {}
        for visit in self.protocol.visits:
            if visit.timing.kind in ("timeline", "relative"):
                stage = self.stages.get(visit.stage or "")
                lanes.setdefault(stage.name if stage is not None and stage.parallel else "", []).append(visit)
        pairs = [pair for lane in lanes.values() for pair in pairwise(lane)]
        if not self.protocol.arms and not self.protocol.populations:
            return pairs
        return [pair for pair in pairs if self.share_participants(*pair)]

    def participants(self, visit: Visit) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The populations and arms of a visit, its stage's where it names none; empty means all."""
        stage = self.stages.get(visit.stage or "")
        populations = visit.populations or (stage.populations if stage is not None else ())
        arms = visit.arms or (stage.arms if stage is not None else ())
        return populations, arms

    def share_participants(self, one: Visit, other: Visit) -> bool:
        """Whether somebody can have both visits."""
        return all(
            not mine or not theirs or set(mine) & set(theirs)
            for mine, theirs in zip(self.participants(one), self.participants(other), strict=True)
        )
