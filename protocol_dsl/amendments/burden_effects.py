"""What an amendment asks of a participant: totals over all visits, and the worst that the windows permit."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.amendments import values
from protocol_dsl.amendments.records import Effect
from protocol_dsl.schedule.burden import MICROLITRES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.amendments.pair import Pair
    from protocol_dsl.schedule.burden import Burden, Load

BLOOD_DAYS = 56
"""The window in which ethics committees and blood services count blood."""
VISIT_DAYS = 28


class Measure(NamedTuple):
    """A number with its unit, such as ` mL`."""

    subject: str
    unit: str
    value: float


def burden_effects(pair: Pair) -> Iterator[Effect]:
    """What differs for somebody who has all scheduled visits and assessments, by arm where arms differ."""
    is_possible = not pair.old.schedule.conflicts and not pair.new.schedule.conflicts
    titles = {arm.name: " ".join(arm.title.split()) for arm in pair.new.protocol.arms}
    for arm, old, new in _groups(pair):
        lead = f"{titles.get(arm, arm)}: " if arm else ""
        of_visits = 0.0
        for was, now in zip(_measures(old, is_possible), _measures(new, is_possible), strict=True):
            difference = now.value - was.value
            if now.subject == "visits":
                of_visits = difference
            is_told = now.subject == "visits on site" and difference == of_visits
            if difference and not is_told:
                subject = f"{lead}{now.subject}"
                yield Effect("burden", subject, was.value, now.value, f"{subject} {_change(was, now)}")


def _change(was: Measure, now: Measure) -> str:
    difference = values.number(round(abs(now.value - was.value), 6))
    old, new = values.number(was.value), values.number(now.value)
    return f"{old}{was.unit} → {new}{now.unit} ({'+' if now.value > was.value else '−'}{difference}{now.unit})"


def _groups(pair: Pair) -> list[tuple[str, Burden, Burden]]:
    """Arms with their burden before and now; `""` where arms do not differ. Arms that come or go have no other side."""
    olds = {each.arm: each for each in pair.old.burdens}
    news = {each.arm: each for each in pair.new.burdens}
    if None in news:
        return [(arm or "", old, news[None]) for arm, old in olds.items()]
    found: list[tuple[str, Burden, Burden]] = []
    for arm, new in news.items():
        old = olds.get(None) or olds.get(pair.before("arms", arm or ""))
        if old is not None:
            found.append((arm or "", old, new))
    return found


def _measures(burden: Burden, is_possible: bool) -> list[Measure]:
    """Totals; the worst windows where the schedule `is_possible`, else no calendar has any."""
    loads = [load for load in burden.loads if load.visit.is_scheduled]
    found = [
        Measure("visits", "", len(loads)),
        Measure("visits on site", "", sum(load.is_on_site for load in loads)),
        Measure("procedures", "", sum(len(load.procedures) for load in loads)),
        Measure("invasive procedures", "", sum(load.invasive for load in loads)),
        Measure("time for questionnaires", " min", sum(load.questionnaire_minutes for load in loads)),
        Measure("blood", " mL", _millilitres(sum(load.blood for load in loads))),
        Measure("follow-up", " days", _length(loads)),
    ]
    if is_possible:
        blood, visits = burden.worst("blood", BLOOD_DAYS), burden.worst("visits", VISIT_DAYS)
        found += [
            Measure("most blood in any 8 weeks", " mL", _millilitres(blood.weight if blood else 0)),
            Measure("most visits in any 4 weeks", "", visits.weight if visits else 0),
        ]
    return found


def _millilitres(volume: int) -> float:
    return round(volume / MICROLITRES, 3)


def _length(loads: list[Load]) -> int:
    """Days from the anchor to the last scheduled visit."""
    return max((load.visit.offset for load in loads if load.visit.offset is not None), default=0)
