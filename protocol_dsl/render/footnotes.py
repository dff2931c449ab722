"""Footnotes made from statements of the protocol, so that none of them can go stale.

A footnote is a text; equal texts are one footnote. Letters follow the order in which a reader meets the marks.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from protocol_dsl.model.base import Element, Expression, Gap, Point, Quantity
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import (
    Administration,
    Assessment,
    Collection,
    ContingentDuration,
    Cycle,
    Gate,
    Order,
    Sampling,
    Series,
    Stage,
    TimePoint,
    Visit,
)
from protocol_dsl.model.wording import gap, large, listing, point, quantity
from protocol_dsl.render.text import clause

_BOUNDS = {"at_least": "At least ", "at_most": "At most ", "exactly": "", "any": ""}


class Footnote(NamedTuple):
    """One line below the table."""

    letter: str
    text: str


class Footnotes:
    """The footnotes of one document; ask for marks in reading order."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, texts: Iterable[str]) -> tuple[str, ...]:
        """The letters of these footnotes, in the order of the alphabet, each once."""
        found = {self._numbers.setdefault(text, len(self._numbers)) for text in texts if text}
        return tuple(letter(at) for at in sorted(found))

    def listed(self) -> list[Footnote]:
        """All footnotes, by letter."""
        return [Footnote(letter(at), text) for text, at in self._numbers.items()]


def letter(index: int) -> str:
    """The mark of footnote `index` (from 0): a … z, aa, ab …"""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(ord("a") + rest) + text
    return text


def sentence(text: str) -> str:
    """One line that begins with a capital letter and ends with a full stop."""
    line = " ".join(text.split())
    if line[:1].islower() and (len(line) < 2 or not line[1].isupper()):
        line = large(line)
    return line if not line or line[-1] in ".!?。" else line + "."


class Words:
    """What footnotes say about the parts of one protocol."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.titles = _titles(protocol)

    def named(self, names: Iterable[str], last: str = "and") -> str:
        """Titles of declared things: `RA, SLE and SSc`."""
        return listing([self.titles.get(name, name) for name in names], last)

    def who(self, part: Visit | Stage | Cycle | Assessment | Collection | Administration) -> str:
        """The populations and arms that it is for: `Rheumatoid arthritis`; empty for everybody."""
        return self.named((*part.populations, *part.arms))

    def quantity(self, value: Quantity) -> str:
        """A quantity."""
        return quantity(value)

    def gap(self, value: Gap) -> str:
        """A distance in time."""
        return gap(value)

    def point(self, value: Point) -> str:
        """A point in time."""
        return point(value, self.titles)

    def of_group(self, part: Stage | Cycle) -> list[str]:
        """Footnotes of a stage or a set of cycles, that its header carries."""
        texts = [*self._restricted(part)]
        if isinstance(part, Stage):
            return [*_only_if(part.condition), *texts]
        if part.length:
            texts.append(f"Cycles of {self.gap(part.length)}.")
        if part.open:
            texts.append("Further cycles follow in the same way" + self._until(part.until) + ".")
        elif part.until:
            texts.append(sentence(self._until(part.until)))
        return texts

    def of_visit(self, visit: Visit) -> list[str]:
        """Footnotes of a visit."""
        texts = [*_only_if(visit.condition), *self._restricted(visit)]
        if visit.optional:
            texts.append("Optional visit.")
        if visit.lasting:
            texts.append(f"Lasts {self.quantity(visit.lasting)}.")
        if visit.until and visit.cycle is None:
            texts.append(sentence(self._until(visit.until)))
        texts += [self._of_gate(gate) for gate in self.protocol.gates if gate.before == visit.name]
        texts += [text for order in self.protocol.orders if (text := self._of_order(order, visit))]
        texts += [self._of_series(series) for series in self.protocol.series if _ends_in(series, visit)]
        texts += [self.of_duration(each) for each in self.durations() if visit.name in (each.start, each.end)]
        return texts + [sentence(remark) for remark in visit.remarks]

    def of_assessment(self, part: Assessment) -> list[str]:
        """Footnotes of an assessment as a whole."""
        texts = [*_only_if(part.condition)]
        texts += [self._of_sampling(each) for each in part.sampling if not each.visits]
        if part.earlier_than:
            titles = {each.name: clause(each.title) for each in self.protocol.assessments}
            texts.append(f"Before {listing(titles.get(name, name) for name in part.earlier_than)}.")
        if part.valid:
            texts.append(f"A result is valid for {self.quantity(part.valid)}.")
        return texts + [sentence(remark.text) for remark in part.remarks if not remark.visits]

    def of_mark(self, part: Assessment, visit: str) -> list[str]:
        """Footnotes of an assessment at one visit."""
        texts = ["Optional at this visit."] if visit in part.optional_at else []
        texts += [self._of_sampling(each) for each in part.sampling if visit in each.visits]
        return texts + [sentence(remark.text) for remark in part.remarks if visit in remark.visits]

    def of_collection(self, part: Collection) -> list[str]:
        """Footnotes of what is collected all the time."""
        return [*_only_if(part.condition), *(sentence(remark) for remark in part.remarks)]

    def of_administration(self, part: Administration) -> list[str]:
        """Footnotes of a product given."""
        texts = [*_only_if(part.condition)]
        if part.over:
            texts.append(f"Given over {self.quantity(part.over)}.")
        return texts + [sentence(remark) for remark in part.remarks]

    def durations(self) -> tuple[ContingentDuration, ...]:
        """Times that nature decides."""
        return self.protocol.timeline.durations if self.protocol.timeline else ()

    def of_duration(self, part: ContingentDuration) -> str:
        """`Manufacturing takes 14 to 35 days, from Leukapheresis to release.`"""
        ends = (self.titles.get(end, end) for end in (part.start, part.end))
        return sentence(f"{part.title}: {self.gap(part.gap)} from {' to '.join(ends)}")

    def _restricted(self, part: Visit | Stage | Cycle) -> list[str]:
        who = self.who(part)
        return [f"Only for: {who}."] if who else []

    def _until(self, points: tuple[Point, ...]) -> str:
        return f" until {listing([self.point(each) for each in points], 'or')}" if points else ""

    def _of_gate(self, gate: Gate) -> str:
        conditions = "; ".join(requirement.text.rstrip(".") for requirement in gate.requirements)
        title = gate.label or "Conditions to be met"
        return sentence(f"Before this visit: {title}" + (f" ({conditions})" if conditions else ""))

    def _of_order(self, order: Order, visit: Visit) -> str | None:
        """An order with a distance, or with an event that has no column, at the visit that it binds."""
        first, second = (self.titles.get(name, name) for name in (order.first, order.second))
        distance = f"{_BOUNDS[order.bound]}{self.gap(order.gap)} " if order.gap else ""
        if visit.name == order.second and (order.gap or not self.protocol.visit(order.first)):
            return sentence(f"{distance}after {first}")
        if visit.name == order.first and not self.protocol.visit(order.second):
            return sentence(f"{distance}before {second}")
        return None

    def _of_series(self, series: Series) -> str:
        every = f" every {self.gap(series.every)}" if series.every else " in the same way"
        return sentence(f"Continues{every}{self._until(series.until)}")

    def _of_sampling(self, sampling: Sampling) -> str:
        return f"Times: {listing(point_text(each) for each in sampling.points)}."


def point_text(each: TimePoint) -> str:
    """A time within a visit with its tolerance: `+15 min (±5 min)`."""
    allowed = tolerance(each)
    return f"{each.text} ({allowed})" if allowed else each.text


def tolerance(each: TimePoint) -> str:
    """`±5 min`, `±1 h`, `−60/+0 min`; empty where none was given."""
    if not each.before and not each.after:
        return ""
    if each.before == each.after:
        return f"±{each.after // 60} h" if each.after % 60 == 0 else f"±{each.after} min"
    return f"−{each.before}/+{each.after} min"


def _only_if(condition: Expression | None) -> list[str]:
    return [f"Only if {clause(condition.english)}."] if condition else []


def _ends_in(series: Series, visit: Visit) -> bool:
    return series.open and series.members[-1:] == (visit.name,)


def _titles(protocol: Protocol) -> dict[str, str]:
    groups: tuple[Iterable[Element], ...] = (
        protocol.events, protocol.products, protocol.populations, protocol.arms, protocol.cohorts, protocol.stages,
        protocol.cycles, protocol.visits,
    )  # fmt: skip
    return {each.name: " ".join(each.title.split()) for group in groups for each in group}
