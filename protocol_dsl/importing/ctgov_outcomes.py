"""Outcome measures as endpoints, with their time frames as far as these can be read."""

from __future__ import annotations

from typing import NamedTuple

from protocol_dsl.elaborate.values import BUILT_IN_EVENTS
from protocol_dsl.exchange.timeframes import ANCHORS, Moment, TimeFrame, parse, render
from protocol_dsl.importing.fields import Fields, finished
from protocol_dsl.importing.report import Report
from protocol_dsl.importing.writing import Names, Writer, quoted
from protocol_dsl.render.registry_words import in_sentence

_LEVELS = {"primaryOutcomes": "primary", "secondaryOutcomes": "secondary", "otherOutcomes": "exploratory"}
_WORDS = {"point": "", "minimum": "at least ", "maximum": "up to ", "about": "about "}
_LARGEST = 100_000


class Measure(NamedTuple):
    """An outcome measure: `frame` as a clause of the language, `reported` where the registry's words differ."""

    name: str
    level: str
    title: str
    frame: str | None
    reported: str | None
    description: str | None


class Events:
    """The events that time frames count from, each declared once; those that every protocol has need no declaration."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._declared: dict[str, str] = {}
        for name in BUILT_IN_EVENTS:
            names.take(name)

    def name(self, anchor: str) -> str:
        """The name of an event given in words."""
        known = ANCHORS.get(anchor.lower())
        if known in BUILT_IN_EVENTS:
            return known
        words = known or anchor
        if words not in self._declared:
            self._declared[words] = self._names.of(words, "event")
        return self._declared[words]

    def words(self, anchor: str) -> str:
        """The event within a sentence, as the registry text of the protocol has it."""
        known = ANCHORS.get(anchor.lower())
        return in_sentence(BUILT_IN_EVENTS.get(known or "", known or anchor))

    def lines(self) -> list[str]:
        """The declarations."""
        return [f"event {name} {quoted(words[0].upper() + words[1:])}" for words, name in self._declared.items()]


def read(fields: Fields, events: Events, names: Names, report: Report) -> list[Measure]:
    """The outcome measures; their events are declared in `events`."""
    found: list[Measure] = []
    for key, level in _LEVELS.items():
        for each in finished(fields.parts(key)):
            measure = _measure(each, level, events, names, report)
            if measure is not None:
                found.append(measure)
    return found


def write(writer: Writer, measures: list[Measure]) -> None:
    """Write the endpoints."""
    if measures:
        writer.gap()
        writer.line("# The record has the words of each measure; what is calculated is to be added as `measure …`.")
    for each in measures:
        if each is not measures[0]:
            writer.gap()
        writer.text(f"endpoint {each.name} {each.level}", each.title, " {")
        writer.depth += 1
        if each.frame:
            writer.line(f"timeframe {each.frame}")
        elif each.reported:
            writer.line('@todo "the time frame as `timeframe …`: these words could not be read"')
        if each.reported:
            writer.line(f"reported as {quoted(each.reported)}")
        if each.description:
            writer.prose("description", each.description)
        writer.depth -= 1
        writer.line("}")


def clause(frame: TimeFrame, events: Events) -> str | None:
    """The time frame as the language writes it; None for numbers that it does not take."""
    points = [_point(moment, events) for moment in frame.moments]
    if None in points:
        return None
    said = [point for point in points if point is not None]
    if frame.kind == "span":
        return f"from {said[0]} to {said[1]}"
    if frame.kind == "list":
        return ", ".join(said)
    return f"{_WORDS[frame.kind]}{said[0]}"


def _measure(fields: Fields, level: str, events: Events, names: Names, report: Report) -> Measure | None:
    title = fields.text("measure")
    phrase = fields.text("timeFrame")
    description = fields.markup("description")
    if not title:
        if phrase or description:
            report.add("dropped", fields.path, "an outcome measure without a title")
        return None
    frame = parse(phrase) if phrase else None
    written = clause(frame, events) if frame is not None else None
    reported = phrase
    if frame is not None and written is not None:
        told = render(
            TimeFrame(
                frame.kind,
                tuple(
                    moment._replace(anchor=events.words(moment.anchor)) if moment.anchor else moment
                    for moment in frame.moments
                ),
            )
        )
        reported = None if told == phrase else phrase
    elif phrase:
        report.add("text", fields.at("timeFrame"), "no point, list, span, minimum or maximum with a number and a unit")
    return Measure(names.of(title, level), level, title, written, reported, description)


def _point(moment: Moment, events: Events) -> str | None:
    if moment.number is None:
        return events.name(moment.anchor)
    if abs(moment.number) > _LARGEST:
        return None
    if moment.counted:
        after = f" after {events.name(moment.anchor)}" if moment.anchor else ""
        return f"{moment.unit} {int(moment.number)}{after}"
    number = str(int(moment.number)) if moment.number == int(moment.number) else repr(moment.number)
    length = f"{number} {moment.unit}{'' if moment.number == 1 else 's'}"
    return f"{length} {moment.relation} {events.name(moment.anchor)}" if moment.anchor else length
