"""Implied windows against participants who keep to the protocol, and against networkx.

A participant is simulated with real dates from the text alone: the anchor on some date, months by the calendar, each
visit somewhere in its own window. Whoever keeps all statements must lie within every implied window; and where the
compiler says that the schedule is impossible, nobody may be found.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import NamedTuple

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol_dsl import pipeline
from protocol_dsl.schedule.build import Schedule
from protocol_dsl.schedule.months import add_months


class Planned(NamedTuple):
    """One visit as it is written: on a day or month, or so many days after another one; days before and after."""

    name: str
    unit: str
    number: int
    upper: int
    reference: str | None
    before: int
    after: int


class Ordered(NamedTuple):
    first: str
    second: str
    bound: str
    days: int


class Plan(NamedTuple):
    visits: list[Planned]
    orders: list[Ordered]
    first_day: int

    @property
    def text(self) -> str:
        lines = ['protocol T { title "A trial" }']
        lines.append(f"timeline {{ day {self.first_day} = infusion  month = calendar }}")
        lines.append(f'stage s "S" parallel {{\n  visit infusion "Infusion" day {self.first_day}')
        for visit in self.visits:
            if visit.reference is None:
                when = f"{visit.unit} {visit.number}"
            else:
                when = f"{visit.number} to {visit.upper} days after {visit.reference}"
            lines.append(f'  visit {visit.name} "V" {when} -{visit.before}/+{visit.after} days')
        for order in self.orders:
            bound = f"{order.bound} {order.days} days " if order.bound else ""
            lines.append(f"  order {order.first} {bound}before {order.second}")
        return "\n".join([*lines, "}"]) + "\n"


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    visits: list[Planned] = []
    small = st.integers(0, 6)
    for number in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(["day", "week", "month", "after"]))
        if kind == "after":
            reference = draw(st.sampled_from(["infusion", *(visit.name for visit in visits)]))
            low = draw(st.integers(0, 40))
            visits.append(Planned(f"V{number}", "", low, low + draw(small), reference, draw(small), draw(small)))
        else:
            value = draw(st.integers(1, {"day": 120, "week": 17, "month": 14}[kind]))
            visits.append(Planned(f"V{number}", kind, value, value, None, draw(small), draw(small)))
    names = ["infusion", *(visit.name for visit in visits)]
    orders: list[Ordered] = []
    for _ in range(draw(st.integers(0, 3))):
        first, second = draw(st.permutations(names))[:2]
        bound = draw(st.sampled_from(["", "at least", "at most"]))
        orders.append(Ordered(first, second, bound, draw(st.integers(1, 60))))
    return Plan(visits, orders, draw(st.sampled_from([0, 1])))


def participant(plan: Plan, chance: random.Random) -> dict[str, int] | None:
    """Days from the anchor of somebody who keeps all visits' own windows; None if an order is not kept."""
    anchor = date(2020, 1, 1) + timedelta(days=chance.randrange(3000))
    dates = {"infusion": anchor}
    for visit in plan.visits:
        if visit.reference is not None:
            target = dates[visit.reference] + timedelta(days=chance.randint(visit.number, visit.upper))
        elif visit.unit == "month":
            target = add_months(anchor, visit.number)
        elif visit.unit == "week":
            target = anchor + timedelta(weeks=visit.number)
        else:
            target = anchor + timedelta(days=visit.number - plan.first_day)
        dates[visit.name] = target + timedelta(days=chance.randint(-visit.before, visit.after))
    for order in plan.orders:
        gap = (dates[order.second] - dates[order.first]).days
        if order.bound == "at least" and gap < order.days:
            return None
        if order.bound == "at most" and not 0 <= gap <= order.days:
            return None
        if order.bound == "" and gap < 0:
            return None
    return {name: (day - anchor).days for name, day in dates.items()}


def schedule_of(plan: Plan) -> Schedule:
    compiled = pipeline.check_text(plan.text)
    assert compiled.schedule is not None
    assert compiled.is_sound, (plan.text, compiled.diagnostics)
    return compiled.schedule


@settings(max_examples=120, deadline=None)
@given(plans(), st.randoms(use_true_random=False))
def test_whoever_keeps_the_protocol_lies_within_the_implied_windows(plan: Plan, chance: random.Random) -> None:
    schedule = schedule_of(plan)
    for _ in range(40):
        days = participant(plan, chance)
        if days is None:
            continue
        assert not schedule.conflicts, plan.text
        for name, day in days.items():
            earliest, latest = schedule.bounds[name]
            assert earliest is not None
            assert earliest <= day, plan.text
            assert latest is None or day <= latest, plan.text


@settings(max_examples=80, deadline=None)
@given(plans())
def test_implied_windows_are_the_shortest_paths_of_networkx(plan: Plan) -> None:
    schedule = schedule_of(plan)
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    graph.add_nodes_from(range(len(schedule.nodes)))
    for edge in schedule.edges:
        if edge.latest is not None:
            graph.add_edge(edge.source, edge.target, weight=edge.latest)
        if edge.earliest is not None:
            graph.add_edge(edge.target, edge.source, weight=-edge.earliest)
    assert bool(schedule.conflicts) == nx.negative_edge_cycle(graph)
    if schedule.conflicts:
        assert schedule.bounds == {}
        return
    assert schedule.anchor is not None
    latest = nx.single_source_bellman_ford_path_length(graph, schedule.anchor)
    before = nx.single_source_bellman_ford_path_length(graph.reverse(), schedule.anchor)
    for name, (early, late) in schedule.bounds.items():
        node = schedule.index[name]
        assert late == latest.get(node)
        assert early == (None if node not in before else -before[node])


@settings(max_examples=60, deadline=None)
@given(plans())
def test_the_reasons_of_a_bound_add_up_to_it(plan: Plan) -> None:
    schedule = schedule_of(plan)
    for name, (early, late) in schedule.bounds.items():
        if name == "infusion":
            continue
        assert early == -sum(constraint.weight for constraint in schedule.binding(name, latest=False))
        chain = schedule.binding(name, latest=True)
        assert late == (sum(constraint.weight for constraint in chain) if chain else None)
