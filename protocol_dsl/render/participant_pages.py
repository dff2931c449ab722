"""Pages about participants: a card to print for each, and the week of each site."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import Administration, Assessment, Visit
from protocol_dsl.model.wording import large, quantity
from protocol_dsl.participants.calendar import Entry
from protocol_dsl.participants.plan import Plan
from protocol_dsl.participants.site_calendar import to_date
from protocol_dsl.render.calendar import Described
from protocol_dsl.render.calendar_months import MONTHS, WEEKDAYS
from protocol_dsl.render.context import Rendering
from protocol_dsl.render.environment import render
from protocol_dsl.render.page import page
from protocol_dsl.render.participant_lists import Case, overdue, this_week
from protocol_dsl.schedule.dates import VisitDates

_CONTACTS = {
    "on_site": "at the site", "phone": "by phone", "video": "by video", "home": "at home", "mail": "by mail",
}  # fmt: skip
_STATES = {
    "done": "done", "due": "due now", "open": "to come", "overdue": "overdue", "missed": "missed",
    "unreachable": "not possible",
}  # fmt: skip
_DENSE = 26
"""More visits than this go onto the card in smaller letters."""


class Line(NamedTuple):
    """A visit on the card. `date` is the day to plan for or the day on which it took place."""

    label: str
    name: str
    state: str
    said: str
    date: str
    window: str
    contact: str
    done: str
    remarks: list[str]
    is_next: bool


class Pages:
    """Makes the pages as of one day (an ordinal)."""

    def __init__(self, rendering: Rendering, on: int) -> None:
        self.rendering = rendering
        self.on = on
        self._described: dict[tuple[str | None, frozenset[str] | None], Described] = {}

    def card(self, case: Case, plan: Plan) -> str:
        """The card of a participant."""
        lines = self.lines(case, plan)
        participant = case.participant
        data = {
            "page": self._page(f"Visits of {participant.code}"),
            "card": {
                "code": participant.code,
                "site": participant.site or "",
                "on": spoken(self.on),
                "who": self._who(case),
                "lines": lines,
                "dense": len(lines) > _DENSE,
                "deviations": [each.sentence for each in case.deviations],
            },
        }
        return render("card.html.j2", data, self.rendering.templates)

    def week(self, cases: list[Case]) -> str:
        """The page of all sites: what comes this week, what is overdue, what deviates."""
        sites = list(dict.fromkeys(case.site for case in cases))
        views = [self._site(site, [case for case in cases if case.site == site]) for site in sorted(sites)]
        data = {
            "page": self._page("Visits by site"),
            "week": {"on": spoken(self.on), "until": spoken(self.on + 6), "sites": views},
        }
        return render("week.html.j2", data, self.rendering.templates)

    def lines(self, case: Case, plan: Plan) -> list[Line]:
        """The visits of a card, by date; the first one that is still to be held is marked.

        Series and cycles without an end have no further members when they have ended.
        """
        described = self.described(plan)
        found: list[Line] = []
        is_next_found = False
        endless = _endless(plan.protocol)
        for entry in case.entries:
            if entry.state == "unreachable" and entry.visit.name in endless:
                continue
            is_next = not is_next_found and entry.state in ("due", "open", "overdue") and entry.day is not None
            is_next_found = is_next_found or is_next
            found.append(self._line(entry, described, _unsaid(entry.visit, plan), is_next))
        return found

    def _line(self, entry: Entry, described: Described, whom: dict[str, tuple[str, ...]], is_next: bool) -> Line:
        visit = entry.visit
        is_over = entry.state in ("done", "missed", "unreachable")
        limits = described.limits(visit.condition, whom["populations"], whom["arms"], visit.optional)
        remarks = [
            *(large(each) for each in entry.remarks),
            *([] if is_over else [*([large(limits)] if limits else []), *visit.remarks]),
        ]
        if visit.lasting is not None and not is_over:
            remarks.append(f"Lasts {quantity(visit.lasting)}")
        time = f", {entry.minute // 60:02}:{entry.minute % 60:02}" if entry.minute is not None else ""
        day = entry.done if entry.done is not None else entry.planned
        done = "" if is_over else "; ".join([*described.products(visit.name), *described.procedures(visit.name)])
        return Line(
            visit.title,
            visit.name if visit.name not in visit.title.split() else "",
            entry.state,
            _STATES[entry.state],
            f"{short(day)}{time}" if day is not None else "",
            "" if is_over else span(entry.earliest, entry.latest),
            _CONTACTS.get(visit.contact, visit.contact),
            done,
            remarks,
            is_next,
        )

    def described(self, plan: Plan) -> Described:
        """What is done at the visits of participants of one kind."""
        key = (plan.arm, plan.populations)
        if key not in self._described:
            self._described[key] = Described(_of_plan(plan), VisitDates(date.min, (), ()))
        return self._described[key]

    def _who(self, case: Case) -> list[str]:
        titles = {
            each.name: each.title for each in (*self.rendering.protocol.arms, *self.rendering.protocol.populations)
        }
        names = [*([case.participant.arm] if case.participant.arm else []), *(case.participant.populations or ())]
        return [titles.get(name, name) for name in names]

    def _site(self, site: str, cases: list[Case]) -> dict[str, Any]:
        return {
            "name": site,
            "participants": len(cases),
            "week": [self._row(*each) for each in this_week(cases, self.on)],
            "overdue": [self._row(*each) for each in overdue(cases)],
            "deviations": [
                (case.participant.code, each.sentence, each.place, each.steps)
                for case in cases
                for each in case.deviations
            ],
        }

    def _row(self, case: Case, entry: Entry) -> dict[str, str]:
        return {
            "code": case.participant.code,
            "visit": entry.visit.title,
            "date": short(entry.planned) if entry.planned is not None else "",
            "window": span(entry.earliest, entry.latest),
            "contact": _CONTACTS.get(entry.visit.contact, entry.visit.contact),
            "remarks": "; ".join(entry.remarks),
        }

    def _page(self, title: str) -> dict[str, Any]:
        made = page(self.rendering, title)
        # The list of what is open in the protocol belongs to the documents of the protocol, not onto a card.
        banner = made["banner"]
        footer = f"{made['footer']}, as of {to_date(self.on).isoformat()}"
        return {**made, "banner": None, "footer": f"{footer}. {banner['line']}" if banner else footer}


def _endless(protocol: Protocol) -> set[str]:
    """The visits of series and cycles without an end."""
    cycles = {name for each in protocol.cycles if each.open for name in each.members}
    series = {name for each in protocol.series if each.open for name in each.members}
    return series | {visit.name for visit in protocol.visits if visit.cycle in cycles}


def _of_plan(plan: Plan) -> Protocol:
    """The protocol with what may be done with these participants only, and not said to be for them."""
    protocol = plan.protocol
    return protocol.model_copy(
        update={
            "administrations": tuple(
                each.model_copy(update=_unsaid(each, plan))
                for each in protocol.administrations
                if plan.admits(each.arms, each.populations)
            ),
            "assessments": tuple(
                each.model_copy(update=_unsaid(each, plan))
                for each in protocol.assessments
                if plan.admits(each.arms, each.populations)
            ),
        }
    )


def _unsaid(part: Visit | Administration | Assessment, plan: Plan) -> dict[str, tuple[str, ...]]:
    """For whom something is, as far as it is not known already that the participant is one of them."""
    return {
        "arms": part.arms if plan.arm is None else (),
        "populations": part.populations if plan.populations is None else (),
    }


def spoken(ordinal: int) -> str:
    """`Tuesday 31 March 2026`."""
    day = to_date(ordinal)
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def short(ordinal: int) -> str:
    """`Tue 31 Mar 2026`."""
    day = to_date(ordinal)
    return f"{WEEKDAYS[day.weekday()][:3]} {day.day} {MONTHS[day.month - 1][:3]} {day.year}"


def span(earliest: int | None, latest: int | None) -> str:
    """`29 Mar to 2 Apr 2026`; `this day only`; empty where neither is known."""
    if earliest is None and latest is None:
        return ""
    if earliest == latest:
        return "this day only"
    parts = [_day_month(each, with_year=True) if each is not None else "" for each in (earliest, latest)]
    if not parts[0]:
        return f"until {parts[1]}"
    if not parts[1]:
        return f"from {parts[0]}"
    same_year = earliest is not None and latest is not None and to_date(earliest).year == to_date(latest).year
    return f"{_day_month(earliest or 1, with_year=not same_year)} to {parts[1]}"


def _day_month(ordinal: int, *, with_year: bool) -> str:
    day = to_date(ordinal)
    text = f"{day.day} {MONTHS[day.month - 1][:3]}"
    return f"{text} {day.year}" if with_year else text
