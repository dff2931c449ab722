"""SCH010 to SCH019: visits among each other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from protocol_dsl.diagnostics.model import WARNING, Diagnostic, rule
from protocol_dsl.schedule import network
from protocol_dsl.schedule.months import month_span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.base import Origin
    from protocol_dsl.model.schedule import Visit

_EXACT = 200_000
"""Nodes that are looked at when the whole network is asked about a pair; beyond that, only the windows count."""
_MONTHS = {"month": 1, "year": 12}


class _Pairs:
    """Consecutive visits that somebody has both, and what keeps them apart."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.left = _EXACT
        self.related = {
            node
            for edge in trial.schedule.edges
            if edge.kind not in ("timing", "stage", "sequence")
            for node in (edge.source, edge.target)
        } - {trial.schedule.anchor}

    def __iter__(self) -> Iterator[tuple[Visit, Visit]]:
        return iter(self.trial.neighbours)

    def can_meet(self, one: Visit, following: Visit) -> bool:
        """Whether both have days, their windows meet, and no statement keeps the second one behind the first."""
        latest, earliest = self.trial.window(one.name)[1], self.trial.window(following.name)[0]
        if latest is None or earliest is None or latest < earliest or _apart_in_months(self.trial, one, following):
            return False
        return self.slack(one, following) >= 0

    def slack(self, one: Visit, following: Visit) -> int:
        """The most days that `one` can come after `following`: negative if it is always before."""
        schedule = self.trial.schedule
        source, target = schedule.index[following.name], schedule.index[one.name]
        latest, earliest = self.trial.window(one.name)[1], self.trial.window(following.name)[0]
        assert latest is not None, "only visits that have days are compared"
        assert earliest is not None
        # Two visits of one stage that only the anchor ties to each other can use their windows freely.
        is_free = one.stage == following.stage and not {source, target} & self.related
        if is_free or self.left <= 0 or schedule.conflicts:
            return latest - earliest
        self.left -= len(schedule.nodes)
        found = network.distances(len(schedule.nodes), schedule.constraints, source)[target]
        return latest - earliest if found is None else found


def _months(trial: Trial, visit: Visit) -> tuple[int, int] | None:
    """The months from the anchor to a visit, `month 6`, `year 1` or `1 year after infusion`: its first and its last."""
    timeline, timing = trial.protocol.timeline, visit.timing
    if timeline is None or timeline.month == "days" or visit.cycle:
        return None
    if timing.kind == "timeline" and timing.unit in _MONTHS and timing.number is not None:
        each = _MONTHS[timing.unit]
        return timing.number * each, (timing.end_number or timing.number) * each
    if timing.kind != "relative" or timing.reference != timeline.anchor or timing.gap is None:
        return None
    gap, each = timing.gap, _MONTHS.get(timing.gap.unit.removesuffix("s"))
    if (
        each is None
        or gap.duration.choose != "only"
        or not isinstance(gap.lower, int)
        or not isinstance(gap.upper, int)
    ):
        return None
    return (
        (gap.lower * each, gap.upper * each) if timing.direction == "after" else (-gap.upper * each, -gap.lower * each)
    )


def _months_between(trial: Trial, one: Visit, following: Visit) -> int | None:
    """Months from the end of one visit's target to the other's: both are counted from the anchor by the calendar."""
    first, second = _months(trial, one), _months(trial, following)
    return None if first is None or second is None else second[0] - first[1]


def _apart_in_months(trial: Trial, one: Visit, following: Visit) -> bool:
    """Months of one timeline are not independent: month 6 is at least 28 days after month 5 in every year."""
    between = _months_between(trial, one, following)
    if between is None or between <= 0:
        return False
    after = 0 if one.window is None else trial.spans.of_window(one.window)[1]
    before = 0 if following.window is None else trial.spans.of_window(following.window)[0]
    return after + before < month_span(between)[0]


def _place(visit: Visit) -> Origin:
    return visit.window.origin if visit.window is not None else visit.timing.origin


def _groups(pairs: list[tuple[Visit, Visit]]) -> list[list[tuple[Visit, Visit]]]:
    """Pairs of the same two statements belong together: M1 with M2, M2 with M3 …"""
    found: dict[tuple[Origin, Origin], list[tuple[Visit, Visit]]] = {}
    for one, following in pairs:
        found.setdefault((_place(one), _place(following)), []).append((one, following))
    return list(found.values())


def _others(group: list[tuple[Visit, Visit]]) -> str:
    if len(group) == 1:
        return ""
    return f" (and {len(group) - 1} more such {'pair' if len(group) == 2 else 'pairs'})"


@rule("SCH010", "windows-overlap", WARNING)
def windows_overlap(trial: Trial) -> Iterator[Diagnostic]:
    """The windows of two consecutive visits have days in common.

    What it means:
        The earlier visit can still be on a day on which the later one can already take place, and no `order` keeps
        them apart. Months are taken with the fewest and the most days that they can have.

    Why it matters:
        On such a day a site cannot tell which visit it is, and the later visit can be done before the earlier one.

    Example:
        visit D28 "Day 28" day 28 ±5 days
        visit M1 "Month 1" month 1 ±7 days

    Instead:
        visit D28 "Day 28" day 28 ±5 days
        visit M1 "Month 1" month 1 ±7 days
        order D28 at least 1 day before M1
    """
    pairs = _Pairs(trial)
    meeting = [
        (one, following)
        for one, following in pairs
        if one.timing.kind == "timeline" and following.timing.kind == "timeline" and pairs.can_meet(one, following)
        if not _is_one_day(trial, one, following)
    ]
    for group in _groups(meeting):
        one, following = group[0]
        latest, earliest = trial.window(one.name)[1], trial.window(following.name)[0]
        assert latest is not None, "visits that meet have days"
        assert earliest is not None
        yield windows_overlap.at(
            trial.span(_place(following)),
            f"{one.name} and {following.name} can fall on the same days{_others(group)}",
            label=f"{following.name} begins on {trial.day(earliest)}",
            also=trial.mark(_place(one), f"{one.name} ends on {trial.day(latest)}"),
            help=f"narrow one window, or say `order {one.name} at least 1 day before {following.name}`",
        )


def _is_one_day(trial: Trial, one: Visit, following: Visit) -> bool:
    first, second = trial.window(one.name), trial.window(following.name)
    return first == second and first[0] is not None and first[0] == first[1]


@rule("SCH011", "order-not-enforced", WARNING)
def order_not_enforced(trial: Trial) -> Iterator[Diagnostic]:
    """Two visits stand in an order that nothing enforces.

    What it means:
        At least one of the visits is counted from another visit, and the days that the statements permit let the
        later one of the schedule come first.

    Why it matters:
        The schedule of assessments shows one order, and participants may go through another.

    Example:
        visit LEU "Leukapheresis" 3 to 10 days after SCR
        visit MRI "Imaging" 5 to 20 days after SCR

    Instead:
        visit LEU "Leukapheresis" 3 to 10 days after SCR
        visit MRI "Imaging" 5 to 20 days after SCR
        order LEU before MRI
    """
    pairs = _Pairs(trial)
    swapped = [
        (one, following)
        for one, following in pairs
        if (one.timing.kind == "relative" or following.timing.kind == "relative")
        # A window that is wider than the gap to its reference is told by SCH003.
        if following.timing.reference != one.name
        # `month 12` and `1 year after infusion` name one day, whatever the calendar makes of it.
        if _months_between(trial, one, following) != 0
        if pairs.can_meet(one, following) and pairs.slack(one, following) > 0
    ]
    for group in _groups(swapped):
        one, following = group[0]
        yield order_not_enforced.at(
            trial.span(_place(following)),
            f"{following.name} can come before {one.name}{_others(group)}",
            label=f"up to {pairs.slack(one, following)} days before it",
            also=trial.mark(_place(one), f"{one.name} stands first in the schedule"),
            help=f"say `order {one.name} before {following.name}` if that is meant",
        )


@rule("SCH012", "two-visits-on-one-day", WARNING)
def two_visits_on_one_day(trial: Trial) -> Iterator[Diagnostic]:
    """Two visits can only be on one and the same day.

    What it means:
        Both visits have a single day, and it is the same one, for the same participants.

    Why it matters:
        Either one of the days is a slip, or there is one visit with two names, whose assessments are done twice.

    Example:
        visit D1 "Day 1" day 1
        visit PK1 "First PK day" day 1

    Instead:
        visit D1 "Day 1, first PK day" day 1
    """
    for one, following in _Pairs(trial):
        if _is_one_day(trial, one, following) and one.condition is None and following.condition is None:
            day = trial.window(one.name)[0]
            yield two_visits_on_one_day.at(
                trial.span(following.timing.origin),
                f"{one.name} and {following.name} are both on {trial.day(day or 0)}",
                also=trial.mark(one.timing.origin, f"{one.name} is here"),
                help="make it one visit, or put one of them into a `parallel` stage",
            )


_LETTER = {"D": "day", "W": "week", "M": "month", "Y": "year"}
_NAME = re.compile(r"([DWMY])(\d+)\Z")
_LABEL = re.compile(r"(day|week|month|year) ([−-]?\d+)\Z", re.IGNORECASE)


@rule("SCH016", "name-and-day-differ", WARNING)
def name_and_day_differ(trial: Trial) -> Iterator[Diagnostic]:
    """The name or label of a visit says another day than its timing.

    What it means:
        A visit called D28, or labelled "Day 28", is on a day with another number in the same unit.

    Why it matters:
        People read the label and computers the timing; one of the two is a slip.

    Example:
        visit D28 "Day 28" day 29

    Instead:
        visit D28 "Day 28" day 28
    """
    told: set[Origin] = set()
    for visit in trial.protocol.visits:
        timing = visit.timing
        if timing.kind != "timeline" or timing.end_number is not None or visit.cycle:
            continue
        for said in (_NAME.match(visit.name), _LABEL.match(visit.label or "")):
            if said is None:
                continue
            unit = _LETTER.get(said.group(1), said.group(1).lower())
            number = int(said.group(2).replace("−", "-"))
            if unit == timing.unit and number != timing.number and visit.origin not in told:
                told.add(visit.origin)
                yield name_and_day_differ.at(
                    trial.span(timing.origin),
                    f"`{said.group(0)}` is on {timing.text}",
                    label=f"not {unit} {number}",
                    also=trial.mark(visit.origin, "its name and label"),
                    help=f"write `{unit} {number}`, or change the name; `@renamed_from` keeps its history",
                )
                break
