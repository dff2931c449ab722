"""Two versions side by side, with the questions that effects and rules ask about them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from protocol_dsl.amendments import directions
from protocol_dsl.amendments.records import Change
from protocol_dsl.amendments.sameness import only_filled_in, same_quantity
from protocol_dsl.checks.trial import Trial
from protocol_dsl.render.soa_sections import guessed, section_of

if TYPE_CHECKING:
    from protocol_dsl.amendments.directions import Direction
    from protocol_dsl.model.outcomes import Criterion
    from protocol_dsl.model.schedule import Assessment, Collection
    from protocol_dsl.pipeline import Compiled

SAFETY_SECTIONS = frozenset(("safety", "laboratory"))
"""Headings of the schedule of assessments whose rows are looked at for safety."""


class Pair:
    """An older and a newer version; the names of renamed things are those of the newer one."""

    def __init__(self, old: Compiled, new: Compiled, changes: list[Change]) -> None:
        assert old.protocol is not None
        assert old.schedule is not None
        assert new.protocol is not None
        assert new.schedule is not None
        self.old = Trial(old.protocol, old.schedule, old.sources)
        self.new = Trial(new.protocol, new.schedule, new.sources)
        self.changes = changes
        self._before = {change.path: change.old for change in changes if change.action == "rename"}

    def before(self, *path: str) -> str:
        """What a thing of the newer version was called."""
        return self._before.get(path, path[-1])

    def touches(self, *parts: str) -> bool:
        """Whether one of these parts of the model changed."""
        return any(change.path[0] in parts for change in self.changes)

    @cached_property
    def criteria(self) -> dict[str, Direction]:
        """The direction of each eligibility criterion that changed, of those that came or went too."""
        old, new = _criteria(self.old), _criteria(self.new)
        found: dict[str, Direction] = {}
        for name in dict.fromkeys(change.path[2] for change in self.changes if _is_criterion(change)):
            before = old.get(self.before("eligibility", "criteria", name))
            after = new.get(name)
            if before is not None or after is not None:
                found[name] = directions.of_criterion(before, after, self.new.spans)
        return found

    @cached_property
    def limits(self) -> dict[str, Direction]:
        """The direction of what stands beside the criteria: ages, sex, healthy volunteers."""
        old, new = self.old.protocol.eligibility, self.new.protocol.eligibility
        return dict(directions.of_eligibility(old, new)) if old is not None and new is not None else {}

    def facts(self, change: Change) -> frozenset[str]:
        """What is true of a change, of what rules ask for.

        `safety_test`: it is about an assessment that stands under safety or laboratory, or about adverse events.
        `primary`: about a primary endpoint or objective. `restriction`: about what participants keep to.
        `loosened`, `tightened`: more or fewer people can take part; `unknown`: nothing proves which. `widened`,
        `narrowed`: of a window. `equivalent`: the same in other units or words. `filled_in`: a text in which only what
        it names changed.
        """
        found = self._about(change)
        if change.action == "update":
            if self._is_equivalent(change):
                found |= {"equivalent"}
            elif self.is_filled_in(change):
                found |= {"filled_in"}
        return found

    def is_filled_in(self, change: Change) -> bool:
        """Whether a text is written as before, and only what `{…}` in it stands for changed."""
        if change.action != "update" or not isinstance(change.old, str) or not isinstance(change.new, str):
            return False
        was, now = self.old.span(change.old_place), self.new.span(change.new_place)
        if was is None or now is None:
            return False
        return only_filled_in(change.old, change.new, self.old.sources.text(was), self.new.sources.text(now))

    def _is_equivalent(self, change: Change) -> bool:
        if change.path[:2] == ("eligibility", "criteria") and change.path[-1] in ("where", "condition", "within"):
            return self.criteria.get(change.path[2]) == "same"
        return same_quantity(change.old, change.new)

    def _about(self, change: Change) -> frozenset[str]:
        top, *rest = change.path
        name = rest[0] if rest else ""
        if top in ("assessments", "collections"):
            return frozenset(("safety_test",)) if self._is_safety_test(top, name) else frozenset()
        if top in ("endpoints", "objectives"):
            return frozenset(("primary",)) if self._is_primary(top, name) else frozenset()
        if top == "visits" and rest[1:] == ["window"]:
            return frozenset(filter(None, (self.of_window(name),)))
        if top == "eligibility":
            return self._of_eligibility(change)
        return frozenset()

    def of_window(self, visit: str) -> str | None:
        """`widened` if a window permits all days that it permitted and more, `narrowed` if fewer; else None."""
        before, after = self.old.visits.get(self.before("visits", visit)), self.new.visits.get(visit)
        if before is None or after is None:
            return None
        was = self.old.spans.of_window(before.window) if before.window is not None else (0, 0)
        now = self.new.spans.of_window(after.window) if after.window is not None else (0, 0)
        if was == now:
            return None
        if now[0] >= was[0] and now[1] >= was[1]:
            return "widened"
        return "narrowed" if now[0] <= was[0] and now[1] <= was[1] else None

    def _of_eligibility(self, change: Change) -> frozenset[str]:
        if not _is_criterion(change):
            direction = self.limits.get(change.path[1], "unknown") if len(change.path) > 1 else "unknown"
            return frozenset((direction,))
        name = change.path[2]
        criterion = _criteria(self.new).get(name) or _criteria(self.old).get(name)
        kind = ("restriction",) if criterion is not None and criterion.kind == "restriction" else ()
        if change.action == "move":
            return frozenset(kind)
        direction = self.criteria.get(name, "unknown")
        return frozenset(("unknown" if direction == "same" else direction, *kind))

    def _is_safety_test(self, top: str, name: str) -> bool:
        part = self._part(top, name)
        if part is None:
            return False
        return section_of(part) in SAFETY_SECTIONS or (top == "collections" and guessed(part) == "safety")

    def _part(self, top: str, name: str) -> Assessment | Collection | None:
        for trial, known in ((self.new, name), (self.old, self.before(top, name))):
            parts = trial.protocol.assessments if top == "assessments" else trial.protocol.collections
            found = next((part for part in parts if part.name == known), None)
            if found is not None:
                return found
        return None

    def _is_primary(self, top: str, name: str) -> bool:
        for trial, known in ((self.new, name), (self.old, self.before(top, name))):
            parts = trial.protocol.endpoints if top == "endpoints" else trial.protocol.objectives
            if any(part.name == known and part.level == "primary" for part in parts):
                return True
        return False


def _is_criterion(change: Change) -> bool:
    return change.path[:2] == ("eligibility", "criteria") and len(change.path) > 2


def _criteria(trial: Trial) -> dict[str, Criterion]:
    eligibility = trial.protocol.eligibility
    return {criterion.name: criterion for criterion in eligibility.criteria} if eligibility is not None else {}
