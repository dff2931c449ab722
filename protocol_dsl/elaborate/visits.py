"""Visits: the model's visits, series and cycles out of the names, timings and days of their statements."""

from __future__ import annotations

from typing import Any, cast

from protocol_dsl.diagnostics.codes import nam
from protocol_dsl.elaborate.conditions import Conditions
from protocol_dsl.elaborate.values import SHIFTS
from protocol_dsl.elaborate.visit_days import NOWHERE, DayFinder
from protocol_dsl.elaborate.visit_names import Member, VisitBuilder, clauses_of
from protocol_dsl.elaborate.visit_timing import TimingReader
from protocol_dsl.model.base import Expression, Note, Point
from protocol_dsl.model.schedule import Cycle, Series, Timing, Visit, Window
from protocol_dsl.syntax.nodes import Node, Token

CONTACTS = ("phone", "video", "home", "on_site", "mail")


class VisitMaker:
    """Makes the visits of the model out of the members that a `VisitBuilder` collected."""

    def __init__(self, builder: VisitBuilder, conditions: Conditions, people: Any, parallel: set[str]) -> None:
        self.builder = builder
        self.context = builder.context
        self.conditions = conditions
        self.people = people
        self.parallel = parallel
        self.timings: dict[str, tuple[Timing, Window | None]] = {}
        self.finder = DayFinder(builder, self.timings)
        self.timing_of = TimingReader(builder, self.timings, self.parts)
        self._clauses: dict[int, list[tuple[Node, tuple[Note, ...]]]] = {}
        self.stray_sets: list[Node] = []
        """Sets of visits that have no effect; their names are still to be checked, when all visits are known."""
        self._cycle_conditions: dict[int, Expression | None] = {}

    def visits(self) -> list[Visit]:
        """All visits in schedule order."""
        members = self.builder.members
        parts = {self.builder.full_name(member): self.parts(member) for member in members}
        for member in members:
            self.finder.find_days(self.builder.full_name(member))
        order = self.ordered(members)
        visits: list[Visit] = []
        for place, member in enumerate(order):
            name = self.builder.full_name(member)
            visits.append(self.visit(member, name, place, parts[name]))
        return visits

    def ordered(self, members: list[Member]) -> list[Member]:
        """By nominal day; a visit without one stays behind those of its stage before it; the unforeseen last."""
        keys: dict[str, tuple[int, float, float, int]] = {}
        reached: dict[str | None, float] = {}
        first: dict[str, int] = {}
        sequence = self.last_of_stages(members)
        last = -1e9
        for index, member in enumerate(members):
            name = self.builder.full_name(member)
            timing, _ = self.timings[name]
            offset = self.finder.days.get(name, NOWHERE).offset
            if timing.kind == "unscheduled":
                keys[name] = (2, 0.0, 0.0, index)
                continue
            event, days = self.finder.since_event(name) if offset is None else (None, 0)
            is_between = member.stage is not None and index < sequence.get(member.stage, -1)
            if timing.kind == "event" or (event is not None and not is_between):
                keys[name] = (1, first.setdefault(event or name, index), days, index)
                continue
            if offset is not None:
                # Series may overlap: the visit written last before is not always the latest one.
                reached[member.stage] = max(reached.get(member.stage, -1e9), float(offset))
            last = reached.get(member.stage, last)
            keys[name] = (0, last if offset is None else float(offset), 0.0, index)
        return sorted(members, key=lambda member: keys[self.builder.full_name(member)])

    def last_of_stages(self, members: list[Member]) -> dict[str, int]:
        """For each stage in sequence the place in the text of the last visit with a day of a stage after it."""
        found: dict[str, int] = {}
        dated = [
            (index, member.stage)
            for index, member in enumerate(members)
            if member.stage is not None
            and member.stage not in self.parallel
            and self.finder.days.get(self.builder.full_name(member), NOWHERE).offset is not None
        ]
        for stage in {member.stage for member in members if member.stage not in self.parallel}:
            if stage is not None:
                found[stage] = max((index for index, other in dated if other != stage), default=-1)
        return found

    def parts(self, member: Member) -> dict[str, Any]:
        """What the clauses of a visit say."""
        found: dict[str, Node] = {}
        result: dict[str, Any] = {"notes": list(member.statement.notes), "remarks": []}
        for clause, notes in self.clauses(member.statement.node):
            result["notes"].extend(notes)
            kind = (
                "timing"
                if clause.kind in ("day_clause", "after_clause", "before_clause", "on_clause", "unscheduled_clause")
                else clause.kind
            )
            if clause.kind == "note_clause":
                if (visits := clause.node("visit_set")) is not None and visits not in self.stray_sets:
                    self.stray_sets.append(visits)
                    self.context.tell_no_visits(visits)
                result["remarks"].append(self.context.filled(clause.token("STRING", "TEXT")))
            else:
                self.context.once(found, clause, kind, _SAID.get(kind, kind.removesuffix("_clause")))
        result["found"] = found
        name = self.builder.full_name(member)
        window = (
            self.timing_of.window(cast(Token, found["window_clause"].children[0])) if "window_clause" in found else None
        )
        self.timings[name] = (self.timing_of.timing(member, found), window)
        self.check_clauses(member, found)
        return result

    def clauses(self, node: Node) -> list[tuple[Node, tuple[Note, ...]]]:
        """The clauses of a leaf with their notes; told once for the whole series."""
        cached = self._clauses.get(id(node))
        if cached is None:
            cached = [
                (s.node, s.notes) for s in self.context.statements(node.children) if s.node.kind.endswith("_clause")
            ]
            self._clauses[id(node)] = cached
        return cached

    def check_clauses(self, member: Member, found: dict[str, Node]) -> None:
        """Tell clauses that can mean nothing on this visit."""
        for kind, need, why in (
            ("step_clause", self.counts(member), "only a series such as `D4..D12` counts in steps"),
            ("drift_clause", "every_clause" in found, "`drift` says how `every` counts"),
            ("in_clause", member.cycle is not None, "only a visit inside `cycles` happens in some of them"),
        ):
            if kind in found and not need:
                self.context.tell(
                    nam.NO_EFFECT, found[kind], f"this clause has no effect here: {why}", help="take it out"
                )
        if "from_clause" in found:
            self.builder.check_start(found["from_clause"], "a series ends with its last name")

    def counts(self, member: Member) -> bool:
        """Whether a visit belongs to a series that is counted, `D4..D12`, and not to a list of names."""
        return member.statement.node.node("series_range") is not None

    def visit(self, member: Member, name: str, place: int, parts: dict[str, Any]) -> Visit:
        """The visit of the model."""
        found: dict[str, Node] = parts["found"]
        timing, window = self.timings[name]
        days = self.finder.days.get(name, NOWHERE)
        populations, arms = self.people(found.get("for_clause"))
        label = self.builder.member_label(member, self.context.label(member.statement.node))
        by = found.get("by_clause")
        contact = self.context.word(by.token("NAME"), CONTACTS, "a kind of contact") if by is not None else "on_site"
        optional = "optional_clause" in found
        lasting = found["lasting_clause"].token("QTY") if "lasting_clause" in found else None
        shift = found["shift_clause"].token("NAME") if "shift_clause" in found else None
        until = found.get("until_clause")
        points = (
            tuple(p for p in (self.context.point(n) for n in until.nodes()) if p is not None)
            if until is not None
            else ()
        )
        return Visit.model_construct(
            name=name,
            label=self.context.fill(label) if label else None,
            origin=self.context.origin(member.statement.node),
            notes=tuple(parts["notes"]),
            stage=member.stage,
            series=member.series,
            number=member.number,
            cycle=member.cycle.name if member.cycle is not None else None,
            timing=timing,
            window=window,
            order=place,
            offset=days.offset,
            earliest=days.earliest,
            latest=days.latest,
            contact=contact or "on_site",
            condition=self.condition(member, found),
            populations=populations,
            arms=arms,
            optional=optional,
            lasting=self.context.quantity(lasting, "time") if lasting is not None else None,
            shift=self.context.word(shift, SHIFTS, "a way to move a visit") if shift is not None else None,
            until=points,
            remarks=tuple(parts["remarks"]),
        )

    def condition(self, member: Member, found: dict[str, Node]) -> Expression | None:
        """The condition of a visit, else that of its cycles."""
        own = found.get("if_clause")
        if own is not None or member.cycle is None:
            return self.conditions.condition(own)
        return self.cycle_condition(member.cycle.statement.node)

    def cycle_condition(self, cycles: Node) -> Expression | None:
        """The condition of cycles, read once for all of their visits."""
        if id(cycles) not in self._cycle_conditions:
            self._cycle_conditions[id(cycles)] = self.conditions.condition(cycles.node("if_clause"))
        return self._cycle_conditions[id(cycles)]

    def series(self) -> tuple[Series, ...]:
        """The declared series."""
        result: list[Series] = []
        for statement, text, names, is_open in self.builder.series:
            clauses = {clause.kind: clause for clause in clauses_of(statement.node)}
            every = clauses.get("every_clause")
            until = clauses.get("until_clause")
            place = every.node("place") if every is not None else None
            result.append(
                Series.model_construct(
                    text=text,
                    members=names,
                    open=is_open,
                    drift="drift_clause" in clauses,
                    every=self.context.gap(every.children[0]) if every is not None else None,
                    after=self.context.place_name(place) if place is not None else None,
                    until=tuple(p for p in (self.context.point(n) for n in until.nodes()) if p)
                    if until is not None
                    else (),
                    origin=self.context.origin(statement.node),
                    notes=statement.notes,
                )
            )
        return tuple(result)

    def cycles(self) -> tuple[Cycle, ...]:
        """The declared cycles."""
        result: list[Cycle] = []
        for statement, names, is_open in self.builder.cycles:
            node = statement.node
            length = next((c.token("QTY") for c in node.nodes("length_clause")), None)
            label = self.context.label(node)
            if label is not None:
                # The label of all cycles together; each cycle has its number in its own label.
                label = " ".join(label.replace("{n}", "").split())
            until = node.node("until_clause")
            start = node.node("from_clause")
            populations, arms = self.people(node.node("for_clause"))
            points: list[Point] = (
                [p for p in (self.context.point(n) for n in until.nodes()) if p] if until is not None else []
            )
            result.append(
                Cycle.model_construct(
                    name=names[0].rstrip("0123456789") if names else "",
                    label=self.context.fill(label) if label is not None else None,
                    origin=self.context.origin(node),
                    notes=statement.notes,
                    members=names,
                    open=is_open,
                    length=self.context.gap(length) if length is not None else None,
                    start=self.context.point(cast(Node, start.children[0])) if start is not None else None,
                    until=tuple(points),
                    condition=self.cycle_condition(node),
                    populations=populations,
                    arms=arms,
                )
            )
        return tuple(result)


_SAID = {
    "timing": "when the visit is due",
    "window_clause": "the window",
    "every_clause": "the rhythm",
    "for_clause": "for whom",
    "if_clause": "the condition",
    "by_clause": "the kind of contact",
    "shift_clause": "where the visit is moved",
}
