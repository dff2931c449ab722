"""`burden.html` and `burden.json`: what participants are asked to bear, and the worst that the windows permit."""

from __future__ import annotations

import json
from typing import Any

from protocol_dsl.checks.burden import limit_value
from protocol_dsl.render.burden_view import SPANS, sections
from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.environment import render
from protocol_dsl.render.page import page
from protocol_dsl.schedule.burden import MINUTES_A_DAY, Burden, amount, burdens
from protocol_dsl.schedule.placement import Window

TITLE = "Burden of participants"
VERSION = 1
"""Of `burden.json`; it rises when its shape changes."""
SUBJECTS = (
    "visits", "on_site_visits", "phone_visits", "procedures", "invasive", "draws", "on_site_time", "questionnaire_time",
)  # fmt: skip


def outputs(rendering: Rendering) -> list[Output]:
    """The page and its numbers for programs; nothing where no visit is planned."""
    protocol, schedule = rendering.protocol, rendering.schedule
    if not protocol.visits:
        return []
    data: dict[str, Any] = {"page": page(rendering, TITLE), "sections": sections(protocol, schedule)}
    numbers = {
        "burden_version": VERSION,
        "protocol": protocol.study.name,
        "version": protocol.study.version,
        "units": {"blood": "mL", "time": "min", "days": "from the anchor, day 0 being its day"},
        "anchor": protocol.timeline.anchor if protocol.timeline else None,
        "groups": [_group(burden) for burden in burdens(protocol, schedule)],
    }
    text = json.dumps(numbers, ensure_ascii=False, indent=1) + "\n"
    return [
        Output("burden.html", render("burden.html.j2", data, rendering.templates).encode()),
        Output("burden.json", text.encode()),
    ]


def _group(burden: Burden) -> dict[str, Any]:
    return {
        "arm": burden.arm,
        "totals": {"blood": _shown("blood", burden.total("blood"))}
        | {subject: burden.total(subject) for subject in SUBJECTS},
        "blood_windows": [
            {
                "days": days,
                "worst": _window("blood", found),
                "on_target": _shown("blood", burden.on_target("blood", days)),
            }
            for days, _ in SPANS
            if (found := burden.worst("blood", days)) is not None
        ],
        "limits": _limits(burden),
        "visits": [
            {
                "visit": load.visit.name,
                "day": load.visit.offset,
                "earliest": burden.schedule.bounds.get(load.visit.name, (load.visit.earliest, None))[0],
                "latest": burden.schedule.bounds.get(load.visit.name, (None, load.visit.latest))[1],
                "contact": load.visit.contact,
                "blood": _shown("blood", load.blood),
                "minutes": load.minutes if load.is_on_site else 0,
                "minutes_complete": not load.has_unknown_time,
                "questionnaire_minutes": load.questionnaire_minutes,
                "procedures": [
                    {
                        "assessment": each.assessment,
                        "times": each.times,
                        "blood": _shown("blood", each.blood),
                        "invasive": each.is_invasive,
                        "exploratory_only": each.is_exploratory,
                    }
                    for each in load.procedures
                ],
            }
            for load in burden.loads
        ],
        "endless": [
            {"of": each.title, "visits": list(each.visits), "every_days": each.days} for each in burden.endless
        ],
    }


def _limits(burden: Burden) -> list[dict[str, Any]]:
    limits = burden.protocol.limits
    if limits is None:
        return []
    made: list[dict[str, Any]] = []
    for limit in limits.limits:
        most = limit_value(limit, limits)
        found = burden.worst(limit.subject, limit.period) if limit.period is not None else None
        if limit.subject == "gap":
            value = max((gap.days for gap in burden.gaps()), default=0) * MINUTES_A_DAY
        elif limit.per == "total":
            value = burden.total(limit.subject)
        elif limit.per == "visit":
            value = max((amount(limit.subject, load) for load in burden.loads), default=0)
        else:
            value = found.weight if found is not None else 0
        made.append(
            {
                "subject": limit.subject,
                "text": limit.text,
                "per": limit.per,
                "days": limit.period,
                "limit": None if most is None else _shown(limit.subject, most),
                "worst": _shown(limit.subject, value),
                "kept": None if most is None else value <= most,
                "window": _window(limit.subject, found) if found is not None else None,
                "source": limit.source,
            }
        )
    return made


def _window(subject: str, found: Window) -> dict[str, Any]:
    return {
        "amount": _shown(subject, found.weight),
        "first_day": found.first,
        "last_day": found.last,
        "visits": [
            {"visit": item.visit, "day": found.days[item.visit] + item.shift, "amount": _shown(subject, item.weight)}
            for item in found.items
        ],
    }


def _shown(subject: str, value: int) -> int | float:
    """Millilitres, minutes or a count."""
    if subject != "blood":
        return value
    return value / 1000 if value % 1000 else value // 1000
