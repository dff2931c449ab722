"""The visit calendar: a participant's dates as a page to print, a table, and a file for calendar programs."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from typing import Any, NamedTuple

from protocol_dsl.exchange import icalendar
from protocol_dsl.model.base import Expression
from protocol_dsl.model.masking import site_view
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import Administration, Assessment, Visit
from protocol_dsl.model.wording import gap, large, listing, quantity
from protocol_dsl.render.calendar_given import Given
from protocol_dsl.render.calendar_months import MONTHS, WEEKDAYS, Entry, months
from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.days import day_text
from protocol_dsl.render.environment import render
from protocol_dsl.render.page import page
from protocol_dsl.render.text import clause, csv_bytes
from protocol_dsl.schedule.dates import DatedVisit, OtherDay, VisitDates, nearest_weekday, study_day, visit_dates

_CONTACTS = {"on_site": "at the site", "phone": "by phone", "video": "by video", "home": "at home"}
_COLOURS = 8
# What fits on one day of a printed month: letters of one word, letters in all.
_WORD, _TEXT = 11, 26
_WITHOUT_ANY_DATE = date(2026, 1, 5)

CSV_HEADER = (
    "visit", "label", "stage", "study_day", "weekday", "target", "proposed", "earliest", "latest",
    "contact", "condition", "products", "procedures", "remarks", "dates",
)  # fmt: skip


class Anchor(NamedTuple):
    """The date that all others are counted from; `example` says, in one sentence, how it was chosen if it was not
    given."""

    day0: date
    title: str
    example: str | None


class Row(NamedTuple):
    """A visit in the list. Dates are texts for people, `place` its stage and how contact is made; `remarks` are
    sentences without a full stop."""

    name: str
    label: str
    stage: str
    colour: int
    day: str
    date: str
    window: str
    contact: str
    place: str
    condition: str
    products: list[str]
    procedures: list[str]
    remarks: list[str]


class Undated(NamedTuple):
    """A visit without a date, why, and what is done at it."""

    name: str
    label: str
    reason: str
    products: list[str]
    procedures: list[str]


def outputs(rendering: Rendering) -> list[Output]:
    """`calendar.html`, `calendar.csv` and `calendar.ics`."""
    anchor = anchor_date(rendering)
    dates = visit_dates(rendering.protocol, rendering.schedule, anchor.day0)
    described = Described(rendering.protocol, dates)
    data = {"page": page(rendering, "Visit calendar"), "calendar": view(described, anchor)}
    return [
        Output("calendar.html", render("calendar.html.j2", data, rendering.templates).encode()),
        Output("calendar.csv", csv_bytes([CSV_HEADER, *table(described, anchor)])),
        Output("calendar.ics", ics(described, anchor)),
    ]


def anchor_date(rendering: Rendering) -> Anchor:
    """The date given for the anchor; without one, an example that is the same in every run."""
    protocol = rendering.protocol
    name = protocol.timeline.anchor if protocol.timeline else None
    title = _title_of_anchor(protocol, name)
    if rendering.day0 is not None:
        return Anchor(rendering.day0, title, None)
    start = next((each.date for each in protocol.study.dates if each.kind == "start"), None)
    if start is not None:
        day = _iso_date(start)
        if day is not None:
            return Anchor(day, title, "the planned start of the study")
        month = _iso_date(f"{start}-01")
        if month is not None:
            day0 = _first_monday(month)
            return Anchor(day0, title, "the first Monday of the month in which the study is planned to start")
    version = _iso_date(protocol.study.version_date or "")
    if version is not None:
        return Anchor(
            _first_monday(date(min(version.year + 1, 9999), 1, 1)),
            title,
            "the first Monday of the year after this version",
        )
    return Anchor(_WITHOUT_ANY_DATE, title, "any Monday, as the protocol has no date of its own")


class Described:
    """The dated visits of a protocol with what is done at them."""

    def __init__(self, protocol: Protocol, dates: VisitDates) -> None:
        self.protocol = protocol
        self.dates = dates
        site = site_view(protocol).protocol
        self._given = Given(protocol, site.administrations)
        self.visits = {visit.name: visit for visit in protocol.visits}
        self.stages = {stage.name: (stage.title, index % _COLOURS) for index, stage in enumerate(protocol.stages)}
        self.populations = {each.name: each.title for each in (*protocol.populations, *protocol.arms)}
        self._products = {product.name: product.title for product in site.products}

    def rows(self) -> list[Row]:
        """The dated visits by date."""
        return [self.row(dated, self.visits[dated.name]) for dated in self.dates.dated]

    def row(self, dated: DatedVisit, visit: Visit) -> Row:
        """One visit of the list."""
        stage, colour = self.stage(visit)
        contact = _CONTACTS.get(visit.contact, visit.contact)
        return Row(
            visit.name,
            visit.title,
            stage,
            colour,
            self.day(dated),
            spoken_date(dated.proposed) if dated.target else f"{spoken_date(dated.proposed)} (proposed)",
            spoken_window(dated),
            contact,
            f"{stage}, {contact}" if stage else contact,
            self.limits(visit.condition, visit.populations, visit.arms, visit.optional),
            self.products(visit.name),
            self.procedures(visit.name),
            self.remarks(dated, visit),
        )

    def stage(self, visit: Visit) -> tuple[str, int]:
        """Title and colour of a visit's stage."""
        return self.stages.get(visit.stage or "", ("", 0))

    def day(self, dated: DatedVisit) -> str:
        """`28`, or `−42 to −15` for a visit on any day of a range; in the protocol's own numbers."""
        timeline = self.protocol.timeline
        if dated.target is not None:
            return day_text(dated.offset, timeline)
        ends = ((end - self.dates.day0).days for end in (dated.earliest, dated.latest))
        return " to ".join(day_text(end, timeline) for end in ends)

    def products(self, visit: str) -> list[str]:
        """What is given at a visit, with its amount."""
        return [self.product(each) for each in self._given.at(visit)]

    def product(self, given: Administration) -> str:
        """`Fludarabine 30 mg/m²`."""
        text = large(self._products.get(given.product, given.product))
        if given.amount is not None:
            text += f" {quantity(given.amount)}"
        return _with_limits(text, self.limits(given.condition, given.populations, given.arms))

    def procedures(self, visit: str) -> list[str]:
        """What is measured or asked at a visit."""
        return [self.procedure(each, visit) for each in self.protocol.assessments if visit in each.visits]

    def procedure(self, assessment: Assessment, visit: str) -> str:
        """`Pregnancy test (if …)`."""
        optional = visit in assessment.optional_at
        limits = self.limits(assessment.condition, assessment.populations, assessment.arms, optional)
        return _with_limits(assessment.title, limits)

    def limits(
        self, condition: Expression | None, populations: tuple[str, ...], arms: tuple[str, ...], optional: bool = False
    ) -> str:
        """To whom something applies: `for Rheumatoid arthritis; if …`; empty if to everybody."""
        whom = [self.populations.get(name, name) for name in (*populations, *arms)]
        parts = [
            "optional" if optional else "",
            f"for {listing(whom)}" if whom else "",
            f"if {clause(condition.english)}" if condition else "",
        ]
        return "; ".join(part for part in parts if part)

    def remarks(self, dated: DatedVisit, visit: Visit) -> list[str]:
        """What to know about a visit's dates, and the visit's own remarks."""
        found: list[str] = []
        if dated.counted_from is not None:
            reference = self.visits.get(dated.counted_from)
            found.append(f"Counted from {reference.title if reference else dated.counted_from}: moves with its date")
        if dated.remark is not None:
            found.append(large(dated.remark))
        if dated.on_weekend:
            found.append(_weekend(dated))
        if visit.lasting is not None:
            found.append(f"Lasts {quantity(visit.lasting)}")
        for part, what in self._given.turns(visit):
            every = f", every {gap(part.every)}" if part.every is not None else ""
            found.append(f"{self.product(part)}{every}: {what} here")
        found.extend(f"{other.assessment} {_other_day(dated, other)}" for other in dated.other_days)
        return [*found, *visit.remarks]

    def undated(self) -> list[Undated]:
        """What has no foreseeable date, in schedule order."""
        found: list[Undated] = []
        for what, reason in self.dates.undated:
            visit = self.visits.get(what)
            label = visit.title if visit else what
            found.append(Undated(what, label, large(reason), self.products(what), self.procedures(what)))
        return found


def view(described: Described, anchor: Anchor) -> dict[str, Any]:
    """What the template shows: `anchor`, `example`, `months`, `some_only` (whether any visit is
    marked as not for every participant), `stages`, `visits`, `undated`."""
    rows = described.rows()
    entries = [_entry(dated, row) for dated, row in zip(described.dates.dated, rows, strict=True)]
    used = {row.stage for row in rows}
    return {
        "anchor": f"{anchor.title} on {spoken_date(anchor.day0)}",
        "anchor_day": day_text(0, described.protocol.timeline),
        "example": anchor.example,
        "months": months(entries),
        "some_only": any(row.condition for row in rows),
        "weekdays": [name[:3] for name in WEEKDAYS],
        "stages": [(title, colour) for title, colour in described.stages.values() if title in used],
        "visits": rows,
        "undated": described.undated(),
    }


def table(described: Described, anchor: Anchor) -> list[tuple[str, ...]]:
    """The rows of `calendar.csv`, dates as ISO 8601; undated visits last, with empty dates."""
    timeline = described.protocol.timeline
    basis = f"{'example: ' if anchor.example else ''}{anchor.title} on {anchor.day0.isoformat()}"
    found: list[tuple[str, ...]] = []
    for dated, row in zip(described.dates.dated, described.rows(), strict=True):
        target = dated.target
        number = str(study_day(timeline, dated.offset) if timeline and target else "")
        days = (
            target.isoformat() if target else "",
            *(d.isoformat() for d in (dated.proposed, dated.earliest, dated.latest)),
        )
        weekday = WEEKDAYS[dated.proposed.weekday()]
        lists = ("; ".join(row.products), "; ".join(row.procedures), "; ".join(row.remarks))
        found.append(
            (row.name, row.label, row.stage, number, weekday, *days, row.contact, row.condition, *lists, basis)
        )
    for each in described.undated():
        visit = described.visits.get(each.name)
        stage = described.stage(visit)[0] if visit else ""
        contact = _CONTACTS.get(visit.contact, visit.contact) if visit else ""
        limits = described.limits(visit.condition, visit.populations, visit.arms, visit.optional) if visit else ""
        lists = ("; ".join(each.products), "; ".join(each.procedures), each.reason)
        found.append((each.name, each.label, stage, "", "", "", "", "", "", contact, limits, *lists, ""))
    return found


def ics(described: Described, anchor: Anchor, participant: str | None = None) -> bytes:
    """An event for each visit's day, and a transparent one for its window where that is more than the day.

    Without a participant's code the anchor's date stands in for it, so that the calendars of two participants do not
    overwrite each other in one calendar program.
    """
    study = described.protocol.study
    code = participant or anchor.day0.isoformat()
    prefix = "Example: " if anchor.example else ""
    events: list[icalendar.Event] = []
    for dated, row in zip(described.dates.dated, described.rows(), strict=True):
        event = icalendar.Event(
            uid=icalendar.stable_uid(study.name, code, dated.name, "day"),
            first=dated.proposed,
            last=dated.proposed,
            summary=f"{prefix}{row.label}" if dated.target else f"{prefix}{row.label} (proposed day)",
            description=_description(row),
            categories=(row.stage,) if row.stage else (),
            status="CONFIRMED" if dated.target else "TENTATIVE",
        )
        events.append(event)
        if dated.earliest != dated.latest:
            uid = icalendar.stable_uid(study.name, code, dated.name, "window")
            summary = f"{prefix}{row.label}: {'possible days' if dated.target is None else 'window'}"
            span = event._replace(uid=uid, first=dated.earliest, last=dated.latest, summary=summary, transparent=True)
            events.append(span)
    name = f"{prefix}{study.acronym or study.title}: visits ({anchor.title} on {anchor.day0.isoformat()})"
    return icalendar.write(name, events, _iso_date(study.version_date or "") or anchor.day0)


def spoken_date(day: date) -> str:
    """`Tuesday 31 March 2026`."""
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def spoken_window(dated: DatedVisit) -> str:
    """`between 29 March and 2 April 2026`; `on this day only`."""
    first, last = dated.earliest, dated.latest
    if first == last:
        return "on this day only"
    start = f"{first.day}"
    if (first.year, first.month) != (last.year, last.month):
        start += f" {MONTHS[first.month - 1]}"
    if first.year != last.year:
        start += f" {first.year}"
    end = f"{last.day} {MONTHS[last.month - 1]} {last.year}"
    return f"between {start} and {end}" if dated.target else f"any day from {start} to {end}"


def _entry(dated: DatedVisit, row: Row) -> Entry:
    mark = " *" if row.condition else ""
    hint = f"{row.label}: {row.date}, {row.window}" + (f"; {row.condition}" if row.condition else "")
    return Entry(dated, " ".join(row.label.split()) + mark, _short(row.label, row.name) + mark, hint, row.colour)


def _weekend(dated: DatedVisit) -> str:
    better = nearest_weekday(dated.proposed, dated.earliest, dated.latest)
    name = f"A {WEEKDAYS[dated.proposed.weekday()]}"
    if better == dated.proposed:
        return f"{name}; the protocol permits no weekday instead"
    return f"{name}; the nearest weekday is {spoken_date(better)}"


def _other_day(dated: DatedVisit, other: OtherDay) -> str:
    """`+24 h: next day, Tuesday 5 January 2027`."""
    names = {1: "next day", -1: "day before"}
    count = abs(other.days)
    name = names.get(other.days, f"{count} days {'later' if other.days > 0 else 'before'}")
    text = f"{other.text}: {name}, {spoken_date(dated.proposed + timedelta(days=other.days))}"
    if other.dose_from is None:
        return text
    return f"{text}, if the dose is given at {other.dose_from // 60:02}:{other.dose_from % 60:02} or later"


def _description(row: Row) -> str:
    lines = [
        f"Day {row.day}: {row.date}, {row.window}",
        large(row.contact),
        large(row.condition),
        f"Given: {'; '.join(row.products)}" if row.products else "",
        f"Done: {'; '.join(row.procedures)}" if row.procedures else "",
        *row.remarks,
    ]
    return "\n".join(line for line in lines if line)


def _title_of_anchor(protocol: Protocol, name: str | None) -> str:
    if name is None:
        return "Day 0"
    named = next((each for each in (*protocol.visits, *protocol.events, *protocol.products) if each.name == name), None)
    return named.title if named is not None else large(name.replace("_", " "))


def _first_monday(start: date) -> date:
    return start + timedelta(days=-start.weekday() % 7)


def _iso_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _short(label: str, name: str) -> str:
    """The label if it fits on a day of a printed month, else the name."""
    words = label.split()
    fits = max(map(_width, words), default=_TEXT) <= _WORD and _width(label) <= _TEXT
    return " ".join(words) if fits else name


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _with_limits(text: str, limits: str) -> str:
    return f"{text} ({limits})" if limits else text
