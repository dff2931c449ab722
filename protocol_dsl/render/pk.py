"""The times around each dose, as a page for the ward and a table for programs: samples, tolerances, volumes, days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from protocol_dsl.checks.measures import dosed_visits, points_at
from protocol_dsl.checks.trial import Trial
from protocol_dsl.model.masking import site_view
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import Administration, Assessment, TimePoint, Visit
from protocol_dsl.model.wording import large, number, quantity
from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.days import day_text, span_text
from protocol_dsl.render.environment import render
from protocol_dsl.render.footnotes import Words, tolerance
from protocol_dsl.render.page import page
from protocol_dsl.render.text import clause, csv_bytes
from protocol_dsl.schedule.dates import visit_dates

TITLE = "Sampling times"
_DAY = 1440
_HALF_DAY = _DAY // 2

CSV_HEADER = (
    "product", "visit", "visit_label", "time", "minute", "earliest_minute", "latest_minute", "study_day", "date",
    "earliest_day", "latest_day", "assessment", "label", "category", "specimen", "blood", "blood_unit", "condition",
)  # fmt: skip


class Row(NamedTuple):
    """One thing to do at one time. `is_new` tells that the row before has another time; `falls` is empty on the day of
    the dose."""

    time: str
    allowed: str
    falls: str
    what: str
    specimen: str
    blood: str
    limits: str
    is_new: bool
    is_dose: bool = False


class Dose(NamedTuple):
    """The times around the doses of some visits that are alike."""

    title: str
    names: str
    given: str
    days: str
    rows: list[Row]


class Sample(NamedTuple):
    """A sample at a visit without times."""

    day: str
    window: str
    visit: str
    what: str
    specimen: str
    blood: str
    limits: str


class Total(NamedTuple):
    """How many samples of an assessment one participant gives, and how much blood that is."""

    what: str
    timed: int
    untimed: int
    blood: str


def outputs(rendering: Rendering) -> list[Output]:
    """`pk.html` and `pk.csv`; nothing for a protocol without times within a visit."""
    if not any(each.sampling for each in rendering.protocol.assessments):
        return []
    around = Around(rendering)
    data = {
        "page": page(rendering, TITLE),
        "doses": around.doses(),
        "others": around.others(),
        "totals": around.totals(),
    }
    return [
        Output("pk.html", render("pk.html.j2", data, rendering.templates).encode()),
        Output("pk.csv", csv_bytes([CSV_HEADER, *around.table()])),
    ]


class Around:
    """The samples of one protocol."""

    def __init__(self, rendering: Rendering) -> None:
        protocol = rendering.protocol
        self.trial = Trial(protocol, rendering.schedule, rendering.sources)
        self.protocol: Protocol = protocol
        self.words = Words(protocol)
        site = site_view(protocol).protocol
        self.products = {product.name: product.title for product in site.products}
        self.administrations = site.administrations
        self.dosed = dosed_visits(self.trial)
        self.dates: dict[str, date] = {}
        if rendering.day0 is not None:
            dated = visit_dates(protocol, rendering.schedule, rendering.day0).dated
            self.dates = {each.name: each.proposed for each in dated}
        order = _in_order(protocol.assessments)
        self.rank = {name: index for index, name in enumerate(order)}

    # ---- around a dose ----

    def doses(self) -> list[Dose]:
        """The visits with times, in schedule order; visits with the same product and the same times are one."""
        alike: dict[tuple[str, tuple[Row, ...]], list[Visit]] = {}
        for visit in self.protocol.visits:
            timed = self.timed(visit)
            if timed:
                given = self.given(visit)
                alike.setdefault((given, tuple(self.rows(timed, given))), []).append(visit)
        found: list[Dose] = []
        for (given, rows), visits in alike.items():
            days = [day_text(each.offset, self.protocol.timeline) for each in visits if each.offset is not None]
            dates = [_date(self.dates[each.name]) for each in visits if each.name in self.dates]
            when = f"Day{'s' if len(days) > 1 else ''} {', '.join(days)}" if days else ""
            found.append(
                Dose(
                    ", ".join(" ".join(each.title.split()) for each in visits),
                    ", ".join(each.name for each in visits),
                    given,
                    ": ".join(part for part in (when, ", ".join(dates)) if part),
                    list(rows),
                )
            )
        return found

    def timed(self, visit: Visit) -> list[tuple[TimePoint, Assessment]]:
        """What is done at which time of a visit, in the order in which it is done."""
        found = [
            (point, each)
            for each in self.protocol.assessments
            if visit.name in each.visits
            for point in points_at(each, visit.name)
        ]
        return sorted(found, key=lambda pair: (pair[0].minute, not pair[0].pre_dose, self.rank[pair[1].name]))

    def rows(self, timed: list[tuple[TimePoint, Assessment]], given: str) -> list[Row]:
        """The rows of one dose, the dose itself between what comes before and after it."""
        found: list[Row] = []
        before: str | None = None
        dose = Row("0", "", "", f"Dose: {given}", "", "", "", is_new=True, is_dose=True) if given else None
        for point, each in timed:
            if dose is not None and point.minute >= 0 and not point.pre_dose:
                found.append(dose)
                dose = None
            found.append(
                Row(
                    point.text,
                    tolerance(point),
                    _falls(point.minute),
                    " ".join(each.title.split()),
                    each.specimen or "",
                    "" if each.blood is None else quantity(each.blood),
                    self.limits(each),
                    point.text != before,
                )
            )
            before = point.text
        return found if dose is None else [*found, dose]

    def given(self, visit: Visit) -> str:
        """`CT1192; fludarabine 30 mg/m²`: what is given at a visit."""
        texts = [self.product(each) for each in self.administrations if visit.name in each.visits]
        if not texts and visit.name in self.dosed:
            texts = [self.product(each) for each in self.administrations if each.every is not None]
        return "; ".join(dict.fromkeys(texts))

    def product(self, given: Administration) -> str:
        """A product with its amount."""
        text = " ".join(self.products.get(given.product, given.product).split())
        amount = "" if given.amount is None else f" {quantity(given.amount)}"
        over = "" if given.over is None else f" over {quantity(given.over)}"
        who = self.words.who(given)
        return f"{text}{amount}{over}" + (f" ({who})" if who else "")

    def limits(self, each: Assessment) -> str:
        """In whom it is done: `Only if …`; empty for everybody."""
        who = self.words.who(each)
        condition = "" if each.condition is None else f"if {clause(each.condition.english)}"
        return "; ".join(part for part in (who and f"for {who}", condition) if part)

    # ---- on other days ----

    def sampled(self) -> list[Assessment]:
        """Pharmacokinetic samples, and whatever else takes blood or a specimen at times around a dose."""
        return [
            each
            for each in self.protocol.assessments
            if each.category == "pharmacokinetics" or (each.sampling and (each.blood or each.specimen))
        ]

    def others(self) -> list[Sample]:
        """Samples at visits without times, by schedule order."""
        found: list[Sample] = []
        sampled = self.sampled()
        for visit in self.protocol.visits:
            for each in sampled:
                if visit.name not in each.visits or points_at(each, visit.name):
                    continue
                timeline = self.protocol.timeline
                day = visit.timing.text if visit.offset is None else f"Day {day_text(visit.offset, timeline)}"
                if visit.name in self.dates:
                    day += f", {_date(self.dates[visit.name])}"
                window = span_text(*self.trial.window(visit.name), timeline)
                found.append(
                    Sample(
                        day,
                        "" if window == day.partition(",")[0] else window,
                        " ".join(visit.title.split()),
                        " ".join(each.title.split()),
                        each.specimen or "",
                        "" if each.blood is None else quantity(each.blood),
                        self.limits(each),
                    )
                )
        return found

    def totals(self) -> list[Total]:
        """The samples of one participant who has all visits that the documents show."""
        found: list[Total] = []
        for each in self.sampled():
            timed = sum(len(points_at(each, name)) for name in each.visits)
            untimed = sum(1 for name in each.visits if not points_at(each, name))
            blood = ""
            if each.blood is not None:
                blood = f"{number(round(each.blood.value * (timed + untimed), 6))} {each.blood.unit}"
            found.append(Total(" ".join(each.title.split()), timed, untimed, blood))
        return found

    # ---- for programs ----

    def table(self) -> list[tuple[object, ...]]:
        """The rows of `pk.csv`: first the times around doses, then the samples on other days. Minutes count from the
        dose; a time that can fall on two days has the earlier one as `study_day`."""
        found: list[tuple[object, ...]] = []
        for visit in self.protocol.visits:
            for point, each in self.timed(visit):
                shift = 0 if -_DAY < point.minute <= _HALF_DAY else _days_off(point.minute)
                found.append(
                    (
                        self.given(visit), visit.name, " ".join(visit.title.split()), point.text.lstrip("+"),
                        point.minute, point.minute - point.before, point.minute + point.after,
                        *self.placed(visit, shift), "", "",
                        *self.described(each),
                    )
                )  # fmt: skip
        sampled = self.sampled()
        for visit in self.protocol.visits:
            earliest, latest = self.trial.window(visit.name)
            for each in sampled:
                if visit.name in each.visits and not points_at(each, visit.name):
                    found.append(
                        (
                            self.given(visit), visit.name, " ".join(visit.title.split()), "", "", "", "",
                            *self.placed(visit, 0), self.day(earliest), self.day(latest), *self.described(each),
                        )
                    )  # fmt: skip
        return found

    def placed(self, visit: Visit, shift: int) -> tuple[str, str]:
        """Study day and date of a visit, or of a day near it."""
        dated = self.dates.get(visit.name)
        return (
            "" if visit.offset is None else self.day(visit.offset + shift),
            "" if dated is None else (dated + timedelta(days=shift)).isoformat(),
        )

    def day(self, offset: int | None) -> str:
        """A day in the protocol's own numbers, with a hyphen as minus."""
        return "" if offset is None else day_text(offset, self.protocol.timeline).replace("−", "-")

    def described(self, each: Assessment) -> tuple[object, ...]:
        """What is known of an assessment."""
        blood = ("", "") if each.blood is None else (each.blood.written, each.blood.unit)
        return (
            each.name,
            " ".join(each.title.split()),
            each.category or "",
            each.specimen or "",
            *blood,
            self.limits(each),
        )


def _falls(minute: int) -> str:
    """On which day a time is, where that is not the day of the dose."""
    if -_DAY < minute <= _HALF_DAY:
        return ""
    if minute < 0:
        return _later(_days_off(minute))
    whole, rest = divmod(minute, _DAY)
    if not rest:
        return _later(whole)
    limit = _DAY - rest
    late = f"if the dose is given at {limit // 60:02}:{limit % 60:02} or later"
    return f"{_later(whole + 1)} {late}" if not whole else f"{_later(whole)}; {_later(whole + 1).lower()} {late}"


def _days_off(minute: int) -> int:
    return -(-minute // _DAY) if minute < 0 else minute // _DAY


def _later(days: int) -> str:
    names = {1: "Next day", -1: "The day before"}
    return names.get(days, f"{number(abs(days))} days {'later' if days > 0 else 'before'}")


def _date(day: date) -> str:
    return large(f"{day:%a} {day.day} {day:%b} {day.year}")


def _in_order(assessments: tuple[Assessment, ...]) -> list[str]:
    """The names of the assessments as written, each before those that come after it; a circle keeps its order."""
    left = {each.name: each for each in assessments}
    found: list[str] = []
    while left:
        held = {name for each in left.values() for name in each.earlier_than if name != each.name}
        free = next((name for name in left if name not in held), next(iter(left)))
        found.append(free)
        del left[free]
    return found
