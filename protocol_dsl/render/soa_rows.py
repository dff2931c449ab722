"""The rows of the schedule of assessments: what is given, measured and collected, by category."""

from __future__ import annotations

from itertools import groupby
from typing import Literal, NamedTuple

from protocol_dsl.model.base import Point
from protocol_dsl.model.masking import site_view
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import Administration, Assessment, Collection, Visit
from protocol_dsl.render.days import offset_of
from protocol_dsl.render.footnotes import Footnotes, Words
from protocol_dsl.render.soa_columns import is_off_schedule, one_line, place
from protocol_dsl.render.soa_rhythm import is_given_on_site, rhythm
from protocol_dsl.render.soa_sections import INTERVENTIONS, headings, rank_within, section_of

DONE, IF_NEEDED = "X", "(X)"


class Cell(NamedTuple):
    """What a row has at a visit: nothing, `X`, `(X)` when optional or conditional, or a part of a bar.

    `is_shaded` when not every participant has it there.
    """

    kind: Literal["empty", "mark", "bar"] = "empty"
    mark: str = ""
    notes: tuple[str, ...] = ()
    is_shaded: bool = False
    is_for_some: bool = False
    """Whether it is shaded only as it is not for all arms or populations."""


class Run(NamedTuple):
    """Cells side by side that are drawn as one: a bar, or a single cell. `text` stands on the first bar of a row."""

    cell: Cell
    width: int
    text: str = ""


class Row(NamedTuple):
    """One row; `detail` is a second line in small print, `bar` the text on its bar, `who` whom it is for."""

    name: str
    label: str
    detail: str
    who: str
    notes: tuple[str, ...]
    cells: list[Cell]
    bar: str
    place: str
    arms: tuple[str, ...]
    """The arms that it is for; empty for all, as `populations`."""
    populations: tuple[str, ...]

    @property
    def runs(self) -> list[Run]:
        """The cells, each bar as one."""
        made: list[Run] = []
        for is_bar, group in groupby(self.cells, key=lambda cell: cell.kind == "bar"):
            cells = list(group)
            text = "" if any(run.cell.kind == "bar" for run in made) else self.bar
            made += [Run(cells[0], len(cells), text)] if is_bar else [Run(cell, 1) for cell in cells]
        return made


class Section(NamedTuple):
    """Rows under one heading."""

    key: str
    title: str
    rows: list[Row]


EMPTY = Cell()
BAR = Cell("bar")


def sections(protocol: Protocol, visits: list[Visit], words: Words, footnotes: Footnotes) -> list[Section]:
    """The rows in their sections; empty sections are left out. `visits` are the columns."""
    shown, masked = site_view(protocol)
    made = _Rows(shown, visits, words, footnotes, frozenset(masked))
    parts: dict[str, list[Administration | Assessment | Collection]] = {}
    for administration in shown.administrations:
        parts.setdefault(INTERVENTIONS, []).append(administration)
    for part in sorted((*protocol.assessments, *protocol.collections), key=rank_within):
        parts.setdefault(section_of(part), []).append(part)
    return [
        Section(heading.keys[0], heading.title, [made.row(part) for key in heading.keys for part in parts[key]])
        for heading in headings({key: len(members) for key, members in parts.items()})
    ]


class _Rows:
    """Makes rows for one set of columns; marks footnotes as it goes."""

    def __init__(
        self, protocol: Protocol, visits: list[Visit], words: Words, footnotes: Footnotes, masked: frozenset[str]
    ) -> None:
        self.protocol = protocol
        self.masked = masked
        self.visits = visits
        self.words = words
        self.footnotes = footnotes

    def row(self, part: Administration | Assessment | Collection) -> Row:
        if isinstance(part, Assessment):
            return self.of_assessment(part)
        return self.of_administration(part) if isinstance(part, Administration) else self.of_collection(part)

    def of_assessment(self, part: Assessment) -> Row:
        instrument = self.protocol.instrument(part.instrument) if part.instrument else None
        details = [part.specimen, part.method, instrument.abbreviation if instrument else None]
        label = one_line(part.label or (instrument.title if instrument else part.name))
        notes = self.footnotes.mark(self.words.of_assessment(part))
        cells = [self.cell(part, visit) if visit.name in part.visits else EMPTY for visit in self.visits]
        detail = ", ".join(one_line(text) for text in details if text and one_line(text) != label)
        return Row(
            part.name,
            label,
            detail,
            self.words.who(part),
            notes,
            cells,
            "",
            place(part.origin),
            part.arms,
            part.populations,
        )

    def cell(self, part: Assessment, visit: Visit) -> Cell:
        notes = self.footnotes.mark(self.words.of_mark(part, visit.name))
        if_needed = bool(part.condition) or visit.name in part.optional_at
        for_some = bool(part.populations or part.arms or visit.populations or visit.arms)
        is_partial = bool(if_needed or visit.condition or visit.optional)
        mark = IF_NEEDED if if_needed else DONE
        return Cell("mark", mark, notes, is_partial or for_some, for_some and not is_partial)

    def of_administration(self, part: Administration) -> Row:
        product = next((each for each in self.protocol.products if each.name == part.product), None)
        amount = self.words.quantity(part.amount) if part.amount else self.levels(part.product)
        route = part.route or (product.route if product else None)
        every = f"every {self.words.gap(part.every)}" if part.every else ""
        label = capital(one_line(product.title if product else part.product))
        has_code = part.product not in self.masked and label.casefold() != part.product.casefold()
        code = part.product if has_code else ""
        detail = ", ".join(text for text in (code, amount, every, (route or "").replace("_", " ")) if text)
        scheduled = [visit for visit in self.visits if self.is_main(visit)]
        found = None if part.visits else rhythm(part, scheduled, self.protocol)
        between = [f"Given {every}, also between these visits."] if found and not found.is_complete else []
        notes = self.footnotes.mark([*self.words.of_administration(part), *between])
        mark = IF_NEEDED if part.condition else DONE
        for_some = bool(part.populations or part.arms)
        given = Cell("mark", mark, (), bool(part.condition) or for_some, for_some and not part.condition)
        visits = found.visits if found else part.visits
        cells = [given if visit.name in visits else EMPTY for visit in self.visits]
        bar = ""
        if not visits and (part.start or part.end or part.every):
            cells, bar = self.bar(part.start, part.end), self.from_to(part.start, part.end)
            if is_given_on_site(part, self.protocol):
                is_there = [visit.contact in ("on_site", "home") for visit in self.visits]
                cells = [cell if there else EMPTY for cell, there in zip(cells, is_there, strict=True)]
        return Row(
            part.product,
            label,
            detail,
            self.words.who(part),
            notes,
            cells,
            bar,
            place(part.origin),
            part.arms,
            part.populations,
        )

    def levels(self, product: str) -> str:
        """Amounts of a product that is given by dose level: `3.0×10⁸, 4.5×10⁸ or 6.0×10⁸ cells by dose level`."""
        return "by dose level" if any(scheme.name == product for scheme in self.protocol.doses) else ""

    def of_collection(self, part: Collection) -> Row:
        instrument = self.protocol.instrument(part.instrument) if part.instrument else None
        label = one_line(part.label or (instrument.title if instrument else part.name))
        notes = self.footnotes.mark(self.words.of_collection(part))
        cells = self.bar(part.start, part.end)
        bar = self.from_to(part.start, part.end)
        return Row(
            part.name,
            label,
            "",
            self.words.who(part),
            notes,
            cells,
            bar,
            place(part.origin),
            part.arms,
            part.populations,
        )

    def from_to(self, start: Point | None, end: Point | None) -> str:
        """`from informed consent to the end of follow-up`."""
        parts = [f"from {self.words.point(start)}" if start else "", f"to {self.words.point(end)}" if end else ""]
        return " ".join(part for part in parts if part) or "throughout"

    def bar(self, start: Point | None, end: Point | None) -> list[Cell]:
        """The scheduled columns from `start` to `end`; an end that nobody can date leaves the bar open there."""
        drawn = [at for at, visit in enumerate(self.visits) if self.is_main(visit)]
        first = self.edge(start, drawn, is_end=False) if start else None
        last = self.edge(end, drawn, is_end=True) if end else None
        inside = [
            at for at in drawn if (first is None or at >= first) and (last is None or at <= last)
        ]  # an empty range is a contradiction that a check reports; it is drawn as no bar
        return [BAR if at in inside else EMPTY for at in range(len(self.visits))]

    def is_main(self, visit: Visit) -> bool:
        stage = self.protocol.stage(visit.stage) if visit.stage else None
        return not is_off_schedule(visit) and not (stage and stage.parallel)

    def edge(self, point: Point, drawn: list[int], *, is_end: bool) -> int | None:
        """The column at which a bar begins or ends; None for an event without a day."""
        members = self.members(point)
        at_members = [at for at in drawn if self.visits[at].name in members]
        if at_members and point.duration is None:
            return max(at_members) if point.kind == "end_of" or is_end else min(at_members)
        offset = offset_of(point, self.protocol)
        if offset is None:
            return None
        days = {at: day for at in drawn if (day := self.visits[at].offset) is not None}
        if is_end:
            return max((at for at, day in days.items() if day <= offset), default=-1)
        return min((at for at, day in days.items() if day >= offset), default=len(self.visits))

    def members(self, point: Point) -> set[str]:
        """The visits that a point speaks of: a visit itself, those of a stage, of a cycle."""
        stage = self.protocol.stage(point.of) if point.of else None
        if stage:
            return set(stage.visits)
        cycles = [cycle.members for cycle in self.protocol.cycles if cycle.name == point.of]
        names = {point.of, *(name for members in cycles for name in members)}
        return {visit.name for visit in self.protocol.visits if visit.name in names or visit.cycle in names}


def capital(text: str) -> str:
    """With a capital letter in front, unless a capital follows the first letter (mRNA, hCG)."""
    return text[:1].upper() + text[1:] if text[:2].islower() else text
