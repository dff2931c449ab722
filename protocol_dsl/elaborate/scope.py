"""Names: who declares them, who may use them, what an author may have meant."""

from __future__ import annotations

from typing import Any, NamedTuple

from protocol_dsl.diagnostics.codes import nam
from protocol_dsl.diagnostics.model import Diagnostic, Label
from protocol_dsl.diagnostics.suggest import did_you_mean
from protocol_dsl.source import Span
from protocol_dsl.syntax.nodes import Token

# Kinds whose names live together: two things of one space cannot share a name.
SPACES = {
    "schedule": ("visit", "stage", "group", "cycle", "event", "moment"),
    "people": ("population", "arm", "cohort"),
    "product": ("product",),
    "data": ("assessment", "collection", "fact", "result", "form_field"),
}
SPACE_OF = {kind: space for space, kinds in SPACES.items() for kind in kinds}

MOST_COMPARED = 200_000
"""Pairs of names that are compared in all for `did you mean`."""

KIND_WORDS = {
    "visit": "a visit",
    "stage": "a stage",
    "group": "a group of visits",
    "cycle": "a cycle",
    "event": "an event",
    "moment": "a moment of the timeline",
    "population": "a population",
    "arm": "an arm",
    "cohort": "a cohort",
    "product": "a product",
    "assessment": "an assessment",
    "collection": "a collection",
    "fact": "a fact",
    "result": "a result",
    "time_points": "a set of time points",
    "level": "a dose level",
    "escalation": "an escalation",
    "objective": "an objective",
    "endpoint": "an endpoint",
    "criterion": "a criterion",
    "analysis_set": "an analysis set",
    "estimand": "an estimand",
    "interim": "an interim analysis",
    "instrument": "an instrument",
    "form": "a form",
    "codelist": "a code list",
    "section": "a section",
    "gate": "a gate",
    "dlt_criterion": "a DLT criterion",
    "unit": "a unit",
    "rule": "a rule",
}


class Symbol(NamedTuple):
    """A declared name. `about` holds what later passes need of it (its label, its result type …)."""

    kind: str
    name: str
    label: str | None
    span: Span | None
    about: Any = None


class Scope:
    """All names of a trial."""

    def __init__(self, skipped: frozenset[str]) -> None:
        self.spaces: dict[str, dict[str, Symbol]] = {}
        self.skipped = skipped
        self.diagnostics: list[Diagnostic] = []
        self.told: set[tuple[str, str]] = set()
        self.lost_series: set[str] = set()
        self.compared = 0
        self.unknown: dict[str, Diagnostic] = {}

    def declare(
        self, kind: str, token: Token | None, label: str | None = None, about: Any = None, name: str = ""
    ) -> Symbol | None:
        """Declare a name; None when another thing of the same space has it already (which is told)."""
        name = name or (token.value if token is not None else "")
        if not name or (token is not None and token.missing):
            return None
        space = self.spaces.setdefault(SPACE_OF.get(kind, kind), {})
        symbol = Symbol(kind, name, label, token.span if token is not None else None, about)
        other = space.get(name)
        if other is not None:
            if kind == "result" and other.kind in ("assessment", "fact") and other.about is about:
                return symbol
            self.tell_twice(symbol, other)
            return None
        space[name] = symbol
        return symbol

    def tell_twice(self, symbol: Symbol, other: Symbol) -> None:
        """Report a second declaration."""
        also = [Label(other.span, "declared here first")] if other.span is not None else []
        what = KIND_WORDS.get(other.kind, other.kind)
        self.diagnostics.append(
            nam.DUPLICATE_NAME.at(
                symbol.span,
                f"`{symbol.name}` is the name of {what} already"
                + ("" if other.span is not None else ", one that every protocol has"),
                also=also,
                help="give one of the two another name",
            )
        )

    def lose_series(self, name: str) -> None:
        """Remember a series that could not be generated: its members, `M2` as `M12`, are not told as unknown."""
        self.lost_series.add(name.rstrip("0123456789"))

    def is_lost(self, name: str) -> bool:
        """Whether a name, or a part of it, would be declared but for a fault that is told already."""
        return any(
            part in self.skipped or (part[-1:].isdigit() and part.rstrip("0123456789") in self.lost_series)
            for part in name.split(".")
        )

    def is_told(self, name: str, span: Span) -> bool:
        """Whether an unknown name was told before this place, or follows from another fault."""
        other = self.unknown.get(name)
        return self.is_lost(name) or (other is not None and other.span is not None and other.span <= span)

    def tell_first(self, name: str, diagnostic: Diagnostic) -> None:
        """Report an unknown name where it stands first in the text, and only there."""
        other = self.unknown.get(name)
        if other is not None:
            # The builders do not read in the order of the text.
            self.diagnostics[:] = [each for each in self.diagnostics if each is not other]
        self.diagnostics.append(diagnostic)
        self.unknown[name] = diagnostic

    def nearest(self, name: str, known: list[str]) -> str | None:
        """`did you mean …?`; a text with thousands of faults gets no more of them, for they take too long to find."""
        self.compared += len(known)
        return did_you_mean(name, known) if self.compared <= MOST_COMPARED else None

    def find(self, name: str, *kinds: str) -> Symbol | None:
        """The thing of one of the kinds with this name."""
        for space in dict.fromkeys(SPACE_OF.get(kind, kind) for kind in kinds):
            symbol = self.spaces.get(space, {}).get(name)
            if symbol is not None and symbol.kind in kinds:
                return symbol
        return None

    def everywhere(self, name: str) -> list[Symbol]:
        """All things with this name."""
        return [space[name] for _, space in sorted(self.spaces.items()) if name in space]

    def names(self, *kinds: str) -> list[str]:
        """All names of the kinds."""
        return [s.name for space in self.spaces.values() for s in space.values() if s.kind in kinds]

    def use(self, token: Token, *kinds: str, name: str = "") -> Symbol | None:
        """The thing that a name means here; an unknown name is told once, and then never again."""
        name = name or token.value
        if token.missing or not name:
            return None
        symbol = self.find(name, *kinds)
        if symbol is None:
            self.tell_unknown(token.span, name, *kinds)
        return symbol

    def tell_unknown(self, span: Span, name: str, *kinds: str, extra: tuple[str, ...] = ()) -> None:
        """Report a name that is not declared as one of the kinds."""
        due = _any_of([KIND_WORDS.get(kind, kind) for kind in kinds[:4]])
        others = [symbol for symbol in self.everywhere(name) if symbol.kind not in kinds]
        if others:
            other = others[0]
            key = (SPACE_OF.get(kinds[0], kinds[0]), name)
            if key in self.told:
                return
            self.told.add(key)
            also = (
                [Label(other.span, f"declared here as {KIND_WORDS.get(other.kind, other.kind)}")] if other.span else []
            )
            self.diagnostics.append(
                nam.WRONG_KIND.at(
                    span,
                    f"`{name}` is {KIND_WORDS.get(other.kind, other.kind)}; here {due} is due",
                    also=also,
                    help=self.nearest(name, self.names(*kinds)) or _listed(self.names(*kinds)),
                )
            )
            return
        if self.is_told(name, span):
            return
        known = [*self.names(*kinds), *extra]
        suggestion = self.nearest(name, known)
        listed = _listed(known)
        if suggestion is None and listed is not None:
            suggestion = f"declare it, or {listed}"
        self.tell_first(
            name,
            nam.UNKNOWN_NAME.at(
                span,
                f"nothing is declared under the name `{name}`; here {due} is due",
                help=suggestion or "declare it; nothing of this kind is declared yet",
            ),
        )


def _listed(known: list[str]) -> str | None:
    """Names that could be used, the first of them."""
    return (
        "use one of " + ", ".join(f"`{k}`" for k in known[:12]) + (" …" if len(known) > 12 else "") if known else None
    )


def _any_of(parts: list[str]) -> str:
    parts = list(dict.fromkeys(parts))
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " or " + parts[-1]
