"""What a participant bears: blood, visits, procedures and time, at each visit and in the worst case.

- Everything counts that may happen: optional visits and assessments, and those under a condition.
- Arms exclude each other and are counted one by one; populations may overlap and are counted together.
- An assessment with several time points at a visit draws blood and takes time at each of them, and is one procedure. A
  time point a day or more after the dose counts on the day on which it falls.
- A span of time counts in days: `24 h` is one day of the calendar, `8 weeks` any 56 consecutive days.
- Visits on an event and unscheduled ones have no day; their blood is told beside the sums.
- A series or cycles without an end go on in the same rhythm for as long as a window reaches.

Volumes are whole microlitres, times whole minutes rounded up, so that no sum is rounded.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.quantities import UnitError, parse_unit
from protocol_dsl.schedule.placement import Item, Placement, Window
from protocol_dsl.schedule.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from protocol_dsl.model.base import Expression, Gap, Quantity
    from protocol_dsl.model.protocol import Protocol
    from protocol_dsl.model.schedule import Assessment, TimePoint, Visit
    from protocol_dsl.schedule.build import Schedule

MICROLITRES = 1000
"""In a millilitre."""
QUESTIONNAIRES = ("patient_reported", "quality_of_life")
"""Categories whose assessments participants fill in."""
REMOTE = ("phone", "video", "mail")
MINUTES_A_DAY = 1440
_MOST_REPEATS = 5_000
"""Members of an endless series that are looked at; one a day for more than ten years."""


class Procedure(NamedTuple):
    """An assessment at a visit: how often it is done there, with its blood in µl and its minutes for all of them.

    `bleeds` has the blood of each day, by days after the visit. `minutes` is None where no time is declared.
    """

    assessment: str
    label: str
    times: int
    blood: int
    bleeds: tuple[tuple[int, int], ...]
    minutes: int | None
    is_invasive: bool
    is_questionnaire: bool
    is_exploratory: bool


class Load(NamedTuple):
    """What happens to a participant at one visit. `minutes` is the time at the visit, as far as it is declared."""

    visit: Visit
    procedures: tuple[Procedure, ...]
    minutes: int
    has_unknown_time: bool

    @property
    def blood(self) -> int:
        """Microlitres, those of samples on later days included."""
        return sum(each.blood for each in self.procedures)

    @property
    def bleeds(self) -> dict[int, int]:
        """Microlitres by days after the visit."""
        found: dict[int, int] = {}
        for procedure in self.procedures:
            for shift, volume in procedure.bleeds:
                found[shift] = found.get(shift, 0) + volume
        return found

    @property
    def invasive(self) -> int:
        """How many invasive procedures."""
        return sum(each.times for each in self.procedures if each.is_invasive)

    @property
    def questionnaire_minutes(self) -> int:
        """Minutes for questionnaires."""
        return sum(each.minutes or 0 for each in self.procedures if each.is_questionnaire)

    @property
    def is_dated(self) -> bool:
        """Whether a day is foreseen for the visit."""
        return self.visit.timing.kind in ("timeline", "relative") and self.visit.offset is not None

    @property
    def is_on_site(self) -> bool:
        """Whether the participant comes to the site."""
        return self.visit.contact == "on_site"


class Endless(NamedTuple):
    """A series or cycles that go on: the visits of the last member drawn come again every `days` days."""

    title: str
    visits: tuple[str, ...]
    days: int


class Between(NamedTuple):
    """The longest time that two consecutive visits can be apart."""

    before: Visit
    after: Visit
    days: int


class Burden:
    """The burden of the participants of one arm, or of all where `arm` is None."""

    def __init__(self, protocol: Protocol, schedule: Schedule, arm: str | None, placement: Placement) -> None:
        self.protocol = protocol
        self.schedule = schedule
        self.arm = arm
        self.placement = placement
        self.loads = _loads(protocol, arm)
        self.endless = _endless(protocol, {load.visit.name for load in self.loads})

    @property
    def dated(self) -> list[Load]:
        """The visits for which a day is foreseen."""
        return [load for load in self.loads if load.is_dated]

    def amounts(self, subject: str, load: Load) -> dict[int, int]:
        """How much of a subject of `limits` a visit brings, by days after it; blood in µl, times in minutes."""
        if subject == "blood":
            return load.bleeds
        if subject == "draws":
            return dict.fromkeys(load.bleeds, 1)
        return {0: amount(subject, load)}

    def total(self, subject: str) -> int:
        """The sum over all visits with a day, those drawn of a series without an end."""
        return sum(sum(self.amounts(subject, load).values()) for load in self.dated)

    def worst(self, subject: str, days: int) -> Window | None:
        """The most of a subject that can fall into so many consecutive days, over all legal calendars."""
        return self.placement.heaviest(self._items(subject, days), days)

    def on_target(self, subject: str, days: int) -> int:
        """The same with every visit on its nominal day."""
        fixed = [
            (load.visit.offset + shift, weight)
            for load in self.dated
            if load.visit.offset is not None
            for shift, weight in self.amounts(subject, load).items()
        ]
        return max((sum(w for day, w in fixed if first <= day < first + days) for first, _ in fixed), default=0)

    def gaps(self) -> list[Between]:
        """The longest time between each two consecutive visits from the anchor on, that everybody has."""
        kept = [
            load.visit
            for load in self.loads
            if load.is_dated and not load.visit.optional and load.visit.condition is None
            if (load.visit.offset or 0) >= 0
        ]
        kept.sort(key=lambda visit: (visit.offset or 0, visit.order))
        return [
            Between(one, following, most)
            for one, following in pairwise(kept)
            if (most := self.placement.most_apart(one.name, following.name)) is not None
        ]

    def _items(self, subject: str, days: int) -> Iterator[Item]:
        last = 0
        by_name: dict[str, list[Item]] = {}
        for load in self.dated:
            visit = load.visit
            earliest, latest = self.schedule.bounds.get(visit.name, (visit.earliest, visit.latest))
            if earliest is None and latest is None:
                continue
            made = [
                Item(visit.name, weight, earliest, latest, shift)
                for shift, weight in self.amounts(subject, load).items()
            ]
            by_name[visit.name] = made
            last = max(last, latest or 0)
            yield from made
        for series in self.endless:
            for name in series.visits:
                for number in range(1, min((last + days) // series.days + 2, _MOST_REPEATS)):
                    further = number * series.days
                    for item in by_name.get(name, ()):
                        yield Item(
                            f"{name} +{number}",
                            item.weight,
                            None if item.earliest is None else item.earliest + further,
                            None if item.latest is None else item.latest + further,
                            item.shift,
                        )


def amount(subject: str, load: Load) -> int:
    """How much of a subject of `limits` one visit brings."""
    if subject == "blood":
        return load.blood
    if subject == "draws":
        return int(load.blood > 0)
    if subject == "visits":
        return 1
    if subject == "on_site_visits":
        return int(load.is_on_site)
    if subject == "phone_visits":
        return int(load.visit.contact in ("phone", "video"))
    if subject == "procedures":
        return len(load.procedures)
    if subject == "invasive":
        return load.invasive
    if subject == "on_site_time":
        return load.minutes if load.is_on_site else 0
    return load.questionnaire_minutes


def burdens(protocol: Protocol, schedule: Schedule) -> list[Burden]:
    """One for each arm where arms differ in visits or assessments, else a single one."""
    placement = Placement(schedule)
    parts = (*protocol.visits, *protocol.assessments, *protocol.stages, *protocol.cycles)
    if len(protocol.arms) > 1 and any(part.arms for part in parts):
        return [Burden(protocol, schedule, arm.name, placement) for arm in protocol.arms]
    return [Burden(protocol, schedule, None, placement)]


def visit_arms(protocol: Protocol) -> dict[str, frozenset[str]]:
    """The arms of each visit that is not for all of them: its own, else those of its cycles, else of its stage."""
    stages = {stage.name: stage.arms for stage in protocol.stages}
    cycles = {member: cycle.arms for cycle in protocol.cycles for member in cycle.members}
    found = {
        visit.name: visit.arms or cycles.get(visit.cycle or "", ()) or stages.get(visit.stage or "", ())
        for visit in protocol.visits
    }
    return {name: frozenset(arms) for name, arms in found.items() if arms}


def microlitres(volume: Quantity | None) -> int:
    """A volume in whole microlitres; 0 for none."""
    if volume is None:
        return 0
    factor = Fraction(*parse_unit(volume.unit).factor) / Fraction(*parse_unit("mL").factor)
    return round(Fraction(str(volume.value)) * factor * MICROLITRES)


def minutes(duration: Quantity | None) -> int | None:
    """A time in whole minutes, rounded up; None where there is none, or none of fixed length."""
    if duration is None:
        return None
    try:
        unit, minute = parse_unit(duration.unit), parse_unit("min")
    except UnitError:
        return None
    if unit.dimension != minute.dimension:
        return None
    return ceil(Fraction(str(duration.value)) * Fraction(*unit.factor) / Fraction(*minute.factor))


def _loads(protocol: Protocol, arm: str | None) -> list[Load]:
    only = visit_arms(protocol)
    exploratory = _only_exploratory(protocol)
    done: dict[str, list[Procedure]] = {}
    spans: dict[str, int] = {}
    for part in protocol.assessments:
        if part.arms and arm is not None and arm not in part.arms:
            continue
        blood, takes = microlitres(part.blood), minutes(part.takes)
        is_exploratory = part.name in exploratory
        if not part.sampling:
            # The same at every visit: made once, which counts in a protocol of hundreds of visits.
            procedure = _procedure(part, [], blood, takes, is_exploratory=is_exploratory)
            for name in part.visits:
                done.setdefault(name, []).append(procedure)
            continue
        for name in part.visits:
            points = points_at(part, name)
            done.setdefault(name, []).append(_procedure(part, points, blood, takes, is_exploratory=is_exploratory))
            within = [point.minute for point in points if 0 <= point.minute < MINUTES_A_DAY]
            spans[name] = max(spans.get(name, 0), max(within, default=0))
    given: dict[str, int] = {}
    for part in protocol.administrations:
        if not part.arms or arm is None or arm in part.arms:
            for name in part.visits:
                given[name] = given.get(name, 0) + (minutes(part.over) or 0)
    return [
        _load(visit, tuple(done.get(visit.name, ())), given.get(visit.name, 0), spans.get(visit.name, 0))
        for visit in protocol.visits
        if arm is None or visit.name not in only or arm in only[visit.name]
    ]


def _load(visit: Visit, procedures: tuple[Procedure, ...], given: int, span: int) -> Load:
    """The time at a visit: as declared, else that of what is done and given, at least to the last sample of the day."""
    lasting = minutes(visit.lasting)
    if lasting is not None:
        return Load(visit, procedures, lasting, has_unknown_time=False)
    known = sum(each.minutes or 0 for each in procedures) + given
    is_unknown = any(each.minutes is None for each in procedures)
    return Load(visit, procedures, max(known, span), is_unknown)


def points_at(part: Assessment, visit: str) -> list[TimePoint]:
    """The time points of an assessment at a visit, each once; none where it is done there a single time."""
    found: dict[tuple[int, bool, str], TimePoint] = {}
    for sampling in part.sampling:
        if not sampling.visits or visit in sampling.visits:
            for point in sampling.points:
                found.setdefault((point.minute, point.pre_dose, point.text), point)
    return list(found.values())


def _procedure(
    part: Assessment, points: list[TimePoint], blood: int, takes: int | None, *, is_exploratory: bool
) -> Procedure:
    days: dict[int, int] = {}
    for point in points:
        shift = floor(point.minute / MINUTES_A_DAY) if point.minute >= 0 else ceil(point.minute / MINUTES_A_DAY)
        days[shift] = days.get(shift, 0) + blood
    times = max(len(points), 1)
    return Procedure(
        part.name,
        part.title,
        times,
        blood * times,
        tuple((days or {0: blood}).items()) if blood else (),
        None if takes is None else takes * times,
        part.invasive,
        part.category in QUESTIONNAIRES,
        is_exploratory,
    )


def _only_exploratory(protocol: Protocol) -> frozenset[str]:
    """The assessments that some endpoint needs, and exploratory ones only."""
    owner = {result.name: part.name for part in protocol.assessments for result in part.results}
    owner |= {part.name: part.name for part in protocol.assessments}
    levels: dict[str, set[str]] = {}
    for endpoint in protocol.endpoints:
        measure: Expression | None = endpoint.measure
        for name in measure.names if measure is not None else ():
            base = name.partition(".")[0].partition("[")[0]
            if base in owner:
                levels.setdefault(owner[base], set()).add(endpoint.level)
    needed = {name for part in protocol.assessments if part.condition for name in part.condition.names}
    if protocol.eligibility is not None:
        needed |= {name for criterion in protocol.eligibility.criteria for name in _names(criterion.where)}
    kept = {owner[name.partition(".")[0]] for name in needed if name.partition(".")[0] in owner}
    return frozenset(name for name, found in levels.items() if found == {"exploratory"} and name not in kept)


def _names(expression: Expression | None) -> Iterable[str]:
    return () if expression is None else expression.names


def _endless(protocol: Protocol, visits: set[str]) -> list[Endless]:
    spans = Spans(protocol.timeline)
    found: list[Endless] = []
    for series in protocol.series:
        days = _fewest(spans, series.every)
        if series.open and days and series.members and series.members[-1] in visits:
            found.append(Endless(series.text, series.members[-1:], days))
    for cycle in protocol.cycles:
        days = _fewest(spans, cycle.length)
        if cycle.open and days and cycle.members:
            last = cycle.members[-1]
            names = tuple(each.name for each in protocol.visits if each.cycle == last and each.name in visits)
            found.append(Endless(cycle.title, names, days))
    return found


def _fewest(spans: Spans, gap: Gap | None) -> int | None:
    return None if gap is None else spans.of_gap(gap).least
