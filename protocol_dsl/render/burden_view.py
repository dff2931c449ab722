"""What the page about burden shows, as plain data: sums, worst windows, limits, visits."""

from __future__ import annotations

from typing import NamedTuple

from protocol_dsl.checks.burden import bare, is_drawn, limit_value
from protocol_dsl.model.burden import Limit, Limits
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.wording import number, quantity
from protocol_dsl.render.burden_chart import Chart, chart
from protocol_dsl.render.days import span_text
from protocol_dsl.render.soa_columns import CONTACTS, one_line, ordered_visits
from protocol_dsl.render.text import counted
from protocol_dsl.schedule.build import Schedule
from protocol_dsl.schedule.burden import MINUTES_A_DAY, Burden, Load, amount, burdens
from protocol_dsl.schedule.placement import Window

SPANS = ((1, "one day"), (7, "one week"), (28, "four weeks"), (56, "eight weeks"))
"""The windows of blood that are shown in any case."""
BAND = 56
"""The window that the chart marks, in days."""
TITLES = {
    "blood": "Blood",
    "draws": "Days with a blood draw",
    "visits": "Visits",
    "on_site_visits": "Visits on site",
    "phone_visits": "Visits by phone or video",
    "procedures": "Procedures",
    "invasive": "Invasive procedures",
    "on_site_time": "Time on site",
    "questionnaire_time": "Time for questionnaires",
    "gap": "Time between two visits",
}


class Fact(NamedTuple):
    """A number on top of the page, with what it counts and a remark in small print."""

    value: str
    title: str
    remark: str


class Worst(NamedTuple):
    """The most blood in a window: its length in words, volume, days and visits; the volume at the target days."""

    span: str
    days: int
    volume: str
    when: str
    visits: str
    on_target: str


class Held(NamedTuple):
    """A limit. `state` is `kept`, `partial` (kept, as far as amounts are said), `exceeded`, `unknown` (no weight)."""

    title: str
    text: str
    applied: str
    worst: str
    where: str
    state: str
    source: str


class Row(NamedTuple):
    """A visit. Amounts are empty where there is none; `what` are its procedures."""

    name: str
    label: str
    when: str
    contact: str
    procedures: str
    invasive: str
    exploratory: str
    blood: str
    blood_share: float
    given: str
    questionnaires: str
    minutes: str
    what: str


class Section(NamedTuple):
    """One arm, or everybody; `title` is empty for everybody."""

    arm: str | None
    title: str
    facts: list[Fact]
    limits: list[Held]
    worst: list[Worst]
    chart: Chart | None
    rows: list[Row]
    undated: list[Row]
    shown: dict[str, bool]
    """Which columns of the visits hold anything."""
    remarks: list[str]


def sections(protocol: Protocol, schedule: Schedule) -> list[Section]:
    """The page, an arm after the other where arms differ."""
    titles = {arm.name: one_line(arm.title) for arm in protocol.arms}
    return [_section(burden, titles.get(burden.arm or "", "")) for burden in burdens(protocol, schedule)]


def _section(burden: Burden, title: str) -> Section:
    worst = [(days, text, burden.worst("blood", days)) for days, text in SPANS]
    found = [_worst(burden, days, text, each) for days, text, each in worst if each is not None]
    band = next(((each.first, each.last) for days, _, each in worst if days == BAND and each is not None), None)
    label = "the eight weeks with the most blood"
    in_order = {visit.name: at for at, visit in enumerate(ordered_visits(burden.protocol))}
    loads = sorted(burden.loads, key=lambda load: in_order[load.visit.name])
    most = max((load.blood for load in loads), default=0)
    rows: list[Row] = []
    undated: list[Row] = []
    given = 0
    for load in loads:
        if load.is_dated:
            given += load.blood
            rows.append(_row(burden, load, most, given))
        else:
            undated.append(_row(burden, load, most, None))
    limits = burden.protocol.limits
    return Section(
        burden.arm,
        title,
        _facts(burden),
        [_held(burden, limits, limit) for limit in limits.limits] if limits is not None else [],
        found,
        chart(burden, (*band, label) if band is not None else None),
        rows,
        undated,
        {
            name: any(getattr(row, name) for row in (*rows, *undated))
            for name in ("contact", "invasive", "exploratory", "blood", "questionnaires", "minutes")
        },
        _remarks(burden),
    )


def _facts(burden: Burden) -> list[Fact]:
    loads = burden.dated
    phone = burden.total("phone_visits")
    home = sum(not load.is_on_site for load in loads) - phone
    elsewhere = [text for count, text in ((phone, f"{phone} by phone or video"), (home, f"{home} elsewhere")) if count]
    eight = burden.worst("blood", BAND)
    heaviest = max(loads, key=lambda load: load.blood, default=None)
    found = [
        Fact(str(burden.total("on_site_visits")), "visits on site", ", ".join(elsewhere)),
        Fact(
            bare("blood", burden.total("blood")),
            "of blood in all",
            f"most at one visit: {bare('blood', heaviest.blood)}, {heaviest.visit.name}" if heaviest else "",
        ),
        Fact(bare("blood", eight.weight if eight else 0), "of blood in eight weeks", "at worst, over all legal dates"),
    ]
    procedures = burden.total("procedures")
    fullest = max(loads, key=lambda load: len(load.procedures), default=None)
    found.append(
        Fact(
            str(procedures),
            "procedures",
            f"most at one visit: {len(fullest.procedures)}, {fullest.visit.name}" if fullest else "",
        )
    )
    exploratory = sum(each.is_exploratory for load in loads for each in load.procedures)
    share = f"{round(100 * exploratory / procedures)} %" if procedures else "0 %"
    found.append(
        Fact(share, "only exploratory", f"{counted(exploratory, 'procedure')} for exploratory endpoints alone")
    )
    if invasive := burden.total("invasive"):
        found.append(Fact(str(invasive), "invasive procedures", ""))
    if minutes := burden.total("on_site_time"):
        unknown = sum(load.has_unknown_time and load.is_on_site for load in loads)
        remark = f"at least: {counted(unknown, 'visit')} with assessments of unknown time" if unknown else ""
        found.append(Fact(bare("on_site_time", minutes), "on site", remark))
    if minutes := burden.total("questionnaire_time"):
        found.append(Fact(bare("questionnaire_time", minutes), "for questionnaires", ""))
    return found


def _worst(burden: Burden, days: int, text: str, found: Window) -> Worst:
    return Worst(
        text,
        days,
        bare("blood", found.weight),
        span_text(found.first, found.last, burden.protocol.timeline),
        _visits(found),
        bare("blood", burden.on_target("blood", days)),
    )


def _visits(found: Window) -> str:
    names: dict[str, int] = {}
    for item in found.items:
        names[item.visit] = names.get(item.visit, 0) + 1
    return ", ".join(names)


def _held(burden: Burden, limits: Limits, limit: Limit) -> Held:
    most = limit_value(limit, limits)
    value, where = _against(burden, limit)
    applied = ""
    if most is not None and limit.per_kg and limits.lightest is not None:
        applied = f"{bare(limit.subject, most)} at {quantity(limits.lightest)}"
    state = "unknown" if most is None else "exceeded" if value > most else "kept"
    if state == "kept" and _is_partial(burden, limit.subject):
        state = "partial"
    return Held(
        TITLES[limit.subject], limit.text, applied, bare(limit.subject, value), where, state, limit.source or ""
    )


def _is_partial(burden: Burden, subject: str) -> bool:
    """Whether some assessment does not say how much it takes of what is limited."""
    if subject in ("blood", "draws"):
        return any(part.visits and part.blood is None and is_drawn(part) for part in burden.protocol.assessments)
    if subject == "on_site_time":
        return any(load.has_unknown_time and load.is_on_site for load in burden.loads)
    asked = [each for load in burden.loads for each in load.procedures if each.is_questionnaire]
    return subject == "questionnaire_time" and any(each.minutes is None for each in asked)


def _against(burden: Burden, limit: Limit) -> tuple[int, str]:
    """The worst value for a limit, and where it is reached."""
    if limit.subject == "gap":
        longest = max(burden.gaps(), key=lambda gap: gap.days, default=None)
        return (longest.days * MINUTES_A_DAY, f"{longest.before.name} to {longest.after.name}") if longest else (0, "")
    if limit.per == "total":
        return burden.total(limit.subject), "all visits with a day"
    if limit.per == "period" and limit.period is not None:
        found = burden.worst(limit.subject, limit.period)
        if found is None:
            return 0, ""
        when = span_text(found.first, found.last, burden.protocol.timeline)
        return found.weight, f"{when}: {_visits(found)}"
    most = max((amount(limit.subject, load) for load in burden.loads), default=0)
    names = [load.visit.name for load in burden.loads if amount(limit.subject, load) == most and most]
    return most, ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _row(burden: Burden, load: Load, most: int, given: int | None) -> Row:
    visit = load.visit
    low, high = burden.schedule.bounds.get(visit.name, (visit.earliest, visit.latest))
    invasive, exploratory = load.invasive, sum(each.is_exploratory for each in load.procedures)
    asked = load.questionnaire_minutes
    minutes = load.minutes if load.is_on_site else 0
    return Row(
        name=visit.name,
        label=one_line(visit.title),
        when=span_text(low, high, burden.protocol.timeline) if load.is_dated else visit.timing.text,
        contact="" if load.is_on_site else CONTACTS.get(visit.contact, visit.contact),
        procedures=str(len(load.procedures)),
        invasive=str(invasive) if invasive else "",
        exploratory=str(exploratory) if exploratory else "",
        blood=_millilitres(load.blood),
        blood_share=round(load.blood / most, 3) if most else 0,
        given=_millilitres(given) if given is not None and load.blood else "",
        questionnaires=str(asked) if asked else "",
        minutes=(f"≥ {minutes}" if load.has_unknown_time else str(minutes)) if minutes else "",
        what=", ".join(
            f"{one_line(each.label)}{f' ×{each.times}' if each.times > 1 else ''}" for each in load.procedures
        ),
    )


def _millilitres(volume: int) -> str:
    return number(volume / 1000 if volume % 1000 else volume // 1000) if volume else ""


def _remarks(burden: Burden) -> list[str]:
    made = [
        f"{one_line(series.title)} goes on every {counted(series.days, 'day')} without an end; "
        "sums hold the members drawn, windows as many as reach into them."
        for series in burden.endless
    ]
    timeline = burden.protocol.timeline
    if timeline is not None and timeline.month == "calendar":
        made.append("Calendar months count with their fewest and their most days.")
    return made
