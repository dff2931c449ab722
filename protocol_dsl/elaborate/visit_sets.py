"""Sets of visits: `SCR, D4..M12, follow_up, D1 of C2.. except M5`."""

from __future__ import annotations

import re

from protocol_dsl.diagnostics.codes import nam, syn
from protocol_dsl.elaborate.context import Context
from protocol_dsl.elaborate.visit_names import VisitBuilder
from protocol_dsl.model.schedule import Visit
from protocol_dsl.syntax.nodes import Node, Token

DEEPEST = 50
_PREFIX = re.compile(r"(?:.*\.)?([A-Za-z_]*)\d*\Z")


class VisitSets:
    """Resolves sets of visits, in schedule order."""

    def __init__(
        self, context: Context, builder: VisitBuilder, visits: list[Visit], groups: dict[str, Node], parallel: set[str]
    ) -> None:
        self.context = context
        self.builder = builder
        self.visits = visits
        self.groups = groups
        self.parallel = parallel
        self.index = {visit.name: visit.order for visit in visits}
        self.by_stage: dict[str, list[str]] = {}
        self.by_cycle: dict[str, list[str]] = {}
        self.inner: dict[str, list[str]] = {}
        for visit in visits:
            if visit.stage is not None:
                self.by_stage.setdefault(visit.stage, []).append(visit.name)
            if visit.cycle is not None:
                self.by_cycle.setdefault(visit.cycle, []).append(visit.name)
                self.inner.setdefault(visit.name.split(".", 1)[1], []).append(visit.name)
        self._resolved: dict[str, list[str]] = {}
        self._busy: list[str] = []
        self._told_deep = False
        self._noted: set[tuple[str, str]] = set()

    def resolve(self, node: Node | None) -> tuple[str, ...]:
        """The visits of a set; faults are told once."""
        if node is None:
            return ()
        chosen: set[str] = set()
        out: set[str] = set()
        for excepted in node.nodes("excepted"):
            for inner in excepted.nodes():
                out.update(self.part(inner))
        for part in node.nodes():
            if part.kind == "visit_range":
                chosen.update(self.range(part, out))
            elif part.kind != "excepted":
                chosen.update(self.part(part))
        return self.in_order(chosen - out)

    def resolve_all(self, nodes: list[Node]) -> tuple[str, ...]:
        """The visits of several sets, which add up."""
        chosen: set[str] = set()
        for node in nodes:
            chosen.update(self.resolve(node))
        return self.in_order(chosen)

    def in_order(self, names: set[str]) -> tuple[str, ...]:
        """Names in schedule order."""
        return tuple(sorted(names, key=lambda name: self.index[name]))

    def part(self, node: Node) -> list[str]:
        """One member of a set."""
        if node.kind == "every_visit":
            return [visit.name for visit in self.visits if visit.is_scheduled]
        if node.kind == "day_of_cycle":
            return self.days_of_cycles(node)
        if node.kind == "visit_range":
            return self.range(node, set())
        return self.named(self.context.place_name(node), node)

    def named(self, name: str, at: Node | Token) -> list[str]:
        """A visit, the visits of a stage, group or cycle, or one visit of all cycles."""
        if not name or any(token.missing for token in (at.tokens("NAME") if isinstance(at, Node) else ())):
            return []
        if name in self.index:
            return [name]
        if name in self.by_stage:
            return self.by_stage[name]
        if name in self.by_cycle:
            return self.by_cycle[name]
        if name in self.groups:
            return self.group(name)
        if name in self.inner:
            return self.inner[name]
        symbol = self.context.scope.find(name, "stage", "cycle", "group")
        if symbol is not None:
            return []
        series = [
            names
            for _, text, names, _ in self.builder.series
            if text == name or (".." in text and text.partition("..")[0].strip().rstrip("0123456789") == name)
        ]
        if series:
            return [each for names in series for each in names]
        self.context.scope.tell_unknown(at.span, name, "visit", "stage", "group", "cycle", extra=tuple(self.inner))
        return []

    def group(self, name: str) -> list[str]:
        """The visits of a group; a group that holds itself is told."""
        if name in self._resolved:
            return self._resolved[name]
        if name in self._busy:
            self.context.tell(
                nam.SAID_TWICE,
                self.groups[name],
                f"the group `{name}` holds itself"
                + (f", by way of `{self._busy[-1]}`" if self._busy[-1] != name else ""),
                help="take it out of its own list",
            )
            return []
        if len(self._busy) == DEEPEST:
            if not self._told_deep:
                self.context.tell(
                    syn.TOO_DEEP,
                    self.groups[name],
                    f"groups hold each other more than {DEEPEST} deep",
                    help="list the visits themselves",
                )
            self._told_deep = True
            return []
        self._busy.append(name)
        visits = list(self.resolve(self.groups[name]))
        self._busy.pop()
        self._resolved[name] = visits
        return visits

    def days_of_cycles(self, node: Node) -> list[str]:
        """`D1 of C2..C4`."""
        token = node.token("NAME")
        spread = node.node("cycle_range")
        if token is None or spread is None or token.missing:
            return []
        names = self.inner.get(token.value)
        if names is None:
            self.context.scope.tell_unknown(token.span, token.value, "visit", extra=tuple(self.inner))
            return []
        for cycle in spread.tokens("NAME"):
            every = {name.rstrip("0123456789") for name in self.by_cycle}
            if cycle.value not in self.by_cycle and cycle.value not in every and not cycle.missing:
                self.context.scope.tell_unknown(cycle.span, cycle.value, "cycle")
                return []
        return [name for name in names if self.builder.cycle_matches(spread, name.split(".", 1)[0])]

    def range(self, node: Node, out: set[str]) -> list[str]:
        """`D4..M12`, `M2..`: all that is scheduled between; `out` is excepted from the set around it."""
        refs = [(self.context.place_name(ref), ref) for ref in node.nodes("visit_ref")]
        ends: list[list[str]] = []
        for name, ref in refs:
            found = self.named(name, ref)
            if not found:
                return []
            ends.append(found)
        names = [name for name, _ in refs]
        low = self.index[ends[0][0]]
        high = (
            self.index[ends[1][-1]]
            if len(ends) > 1
            else max((visit.order for visit in self.visits if visit.is_scheduled), default=low)
        )
        if high < low:
            self.context.tell(
                nam.RANGE_ORDER,
                node,
                f"`{names[0]}` comes after `{names[-1]}` in the schedule, so this range holds nothing",
                help=f"write `{names[-1]}..{names[0]}`" if len(names) > 1 else None,
            )
            return []
        # An open end is no visit of its own: it lies where the range begins.
        stages = {self.visits[low].stage, self.visits[high].stage} if len(ends) > 1 else {self.visits[low].stage}
        between = [
            visit
            for visit in self.visits[low : high + 1]
            if visit.is_scheduled and (visit.stage not in self.parallel or visit.stage in stages)
        ]
        self.note_others(node, names, [visit for visit in between if visit.name not in out])
        return [visit.name for visit in between]

    def note_others(self, node: Node, names: list[str], between: list[Visit]) -> None:
        """A note when `W2..W26` also takes in another series."""
        prefixes = {_prefix(name) for name in names}
        if len(names) < 2 or len(prefixes) > 1:
            return
        others = [visit.name for visit in between if _prefix(visit.name) not in prefixes]
        key = (names[0], names[1])
        if others and key not in self._noted:
            self._noted.add(key)
            shown = ", ".join(others[:4]) + (", …" if len(others) > 4 else "")
            self.context.tell(
                nam.CATCHES_OTHER,
                node,
                f"this range also takes in {shown}",
                help=f"if that is not meant, say `except {', '.join(others[:4])}`",
            )


def _prefix(name: str) -> str:
    found = _PREFIX.match(name)
    return found.group(1) if found else name
