"""Protocol deviations in time: what took place on a day that the protocol does not permit, told by its statements.

Three kinds are told. A visit outside of its own window; two dates that break a rule about their distance, such as an
`order`; and dates that contradict each other only by way of other points, told as the chain of statements that leads
from one to the other, with the days that do not fit.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from protocol_dsl.model.base import Origin
from protocol_dsl.participants.plan import Link, Plan
from protocol_dsl.participants.records import Participant, facts
from protocol_dsl.participants.shifts import is_date, moved
from protocol_dsl.participants.site_calendar import to_date
from protocol_dsl.participants.windows import Dates, dates
from protocol_dsl.schedule import network
from protocol_dsl.schedule.explain import Explainer
from protocol_dsl.schedule.network import DERIVED, Constraint

KINDS = ("window", "distance", "conflict")


class Deviation(NamedTuple):
    """`visit` took place `days` too late, or too early (negative). `sentence` tells it with its statement; `steps` are
    the statements of a chain, one sentence each. `place` is where the statement stands, `lupus.proto:61`."""

    kind: str
    visit: str
    day: int
    days: int
    sentence: str
    place: str
    steps: tuple[str, ...] = ()


def deviations(plan: Plan, participant: Participant, on: int) -> list[Deviation]:
    """All deviations of a participant until the day `on`, those of windows first, in schedule order."""
    known = facts(plan, participant, on).dates
    if not known:
        return []
    return of_dates(plan, known)


def of_dates(plan: Plan, known: Mapping[int, int]) -> list[Deviation]:
    """The same, for dates by node."""
    found = dates(plan, known)
    windows, told = _outside_windows(plan, known, found)
    distances, broken = _distances(plan, known)
    told |= broken
    conflicts = _conflicts(plan, known, told) if found.contradicts else []
    return [*windows, *distances, *conflicts]


def _outside_windows(plan: Plan, known: Mapping[int, int], found: Dates) -> tuple[list[Deviation], set[int]]:
    deviant: list[Deviation] = []
    told: set[int] = set()
    for each in plan.visits:
        day, own = known.get(each.node), plan.own_of.get(each.node)
        if day is None or own is None:
            continue
        low, high = found.low[each.node], found.high[each.node]
        if low <= day <= high:
            continue
        told.add(own.link.edge)
        late = day > high
        days, limit = (day - high, high) if late else (low - day, low)
        timing = each.visit.timing
        window = f" {each.visit.window.text}" if each.visit.window is not None else ""
        source = plan.schedule.nodes[own.source]
        counted = f", counted from {source.name} on {_day(known[own.source])}" if own.source in known else ""
        text = timing.text[:1].lower() + timing.text[1:]
        what = f"its window ({text}{window}{counted})"
        if low == high:
            what, end = f"its day ({text}{counted})", ""
        else:
            end = " ended" if late else " began"
        deviant.append(
            Deviation(
                "window",
                each.visit.name,
                day,
                days if late else -days,
                f"{each.visit.name} was done on {_day(day)}, {_days(days)} {'after' if late else 'before'} {what}"
                f"{end}{'' if low == high else f' on {_day(limit)}'}",
                _place(each.visit.timing.origin),
            )
        )
    return deviant, told


def _distances(plan: Plan, known: Mapping[int, int]) -> tuple[list[Deviation], set[int]]:
    deviant: list[Deviation] = []
    told: set[int] = set()
    for link in plan.others:
        one, other = known.get(link.source), known.get(link.target)
        if one is None or other is None:
            continue
        low = moved(one, link.low) if link.low is not None else other
        high = moved(one, link.high) if link.high is not None else other
        if low <= other <= high:
            continue
        told.add(link.edge)
        deviant.append(_distance(plan, link, one, other, low, high))
    return deviant, told


def _distance(plan: Plan, link: Link, one: int, other: int, low: int, high: int) -> Deviation:
    first, second = (plan.schedule.nodes[node].name for node in (link.source, link.target))
    statement = plan.schedule.statements[plan.schedule.edges[link.edge].statement]
    apart = other - one
    where = f"{_days(abs(apart))} {'after' if apart > 0 else 'before'} {first}" if apart else f"on the day of {first}"
    late = other > high
    days = other - high if late else low - other
    # What came second in time is what did not fit.
    subject, day = (second, other) if other >= one else (first, one)
    return Deviation(
        "distance",
        subject,
        day,
        days if (late == (subject == second)) else -days,
        f"{second} was done on {_day(other)}, {where} on {_day(one)}: {_days(days)} too {'late' if late else 'early'} "
        f"for the rule “{statement.text}”",
        _place(statement.origin),
    )


def _conflicts(plan: Plan, known: Mapping[int, int], told: set[int]) -> list[Deviation]:
    """Contradictions that no single statement explains, as chains from one date to another."""
    schedule = plan.schedule
    start = min(known.values())
    root = plan.size
    constraints: list[Constraint] = []
    origins: dict[Constraint, int] = {}
    for link in plan.links:
        if link.edge in told:
            continue
        least, most = link.least, link.most
        day = known.get(link.source)
        if day is not None:
            least = moved(day, link.low) - day if link.low is not None else None
            most = moved(day, link.high) - day if link.high is not None else None
        statement = schedule.edges[link.edge].statement
        origin = DERIVED if schedule.statements[statement].derived else statement
        for constraint in (
            Constraint(link.source, link.target, most, origin) if most is not None else None,
            Constraint(link.target, link.source, -least, origin) if least is not None else None,
        ):
            if constraint is not None:
                constraints.append(constraint)
                origins.setdefault(constraint, link.edge)
    # A fact is an equation with the day on which the record begins.
    first_fact = len(schedule.statements)
    nodes = sorted(known)
    for number, node in enumerate(nodes):
        constraints.append(Constraint(root, node, known[node] - start, first_fact + number))
        constraints.append(Constraint(node, root, start - known[node], first_fact + number))
    explainer = Explainer(schedule, plan.timeline)
    deviant: list[Deviation] = []
    for conflict in network.conflicts(plan.size + 1, constraints):
        facts_met = [nodes[step.origin - first_fact] for step in conflict.cycle if step.origin >= first_fact]
        if not facts_met:
            continue
        latest = max(facts_met, key=lambda node: (known[node], node))
        steps: list[str] = []
        places: list[str] = []
        for step in conflict.cycle:
            if step.origin >= first_fact:
                node = nodes[step.origin - first_fact]
                sentence = f"{explainer.name(node)} was on {_day(known[node])}"
                if sentence not in steps:
                    steps.append(sentence)
                continue
            statement = schedule.statements[schedule.edges[origins[step]].statement]
            steps.append(f"{explainer.sentence(step)} ({statement.text}; {_place(statement.origin)})")
            if not statement.derived:
                places.append(_place(statement.origin))
        names = list(dict.fromkeys(explainer.name(node) for node in sorted(facts_met, key=lambda n: known[n])))
        name = explainer.name(latest)
        deviant.append(
            Deviation(
                "conflict",
                name,
                known[latest],
                conflict.deficit,
                f"the dates of {' and '.join(names)} contradict the schedule by {_days(conflict.deficit)}",
                places[0] if places else "",
                tuple(steps),
            )
        )
    return deviant


def why_unreachable(plan: Plan, known: Mapping[int, int], node: int) -> str | None:
    """The chain that leaves no day for a visit, as one sentence; None if another reason does."""
    found = dates(plan, known)
    early, late = found.earliest[node], found.latest[node]
    if not (early > late and is_date(early) and is_date(late)):
        return None
    return f"what took place leaves no day: not before {_day(early)}, yet not after {_day(late)}"


def _day(ordinal: int) -> str:
    return to_date(ordinal).isoformat()


def _days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count} days"


def _place(origin: Origin) -> str:
    return f"{os.path.basename(origin.file)}:{origin.line}"
