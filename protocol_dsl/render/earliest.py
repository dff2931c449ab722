"""The earliest possible calendar of each escalation, as data and as text."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from protocol_dsl.checks.escalations import read
from protocol_dsl.dosing.build import build
from protocol_dsl.dosing.earliest import Earliest, Wait, earliest
from protocol_dsl.schedule.explain import days
from protocol_dsl.schedule.spans import Spans

if TYPE_CHECKING:
    from protocol_dsl.model.protocol import Protocol
    from protocol_dsl.source import SourceMap


def escalations(protocol: Protocol, sources: SourceMap) -> list[tuple[str, str, Earliest | None]]:
    """Name, title and earliest calendar of each escalation; None where no rule can be followed."""
    spans = Spans(protocol.timeline)
    found: list[tuple[str, str, Earliest | None]] = []
    for each in protocol.escalations:
        built = build(protocol, each, lambda name, origin: read(sources, name, origin))
        found.append((each.name, each.title, earliest(built, protocol.dlt, spans)))
    return found


def escalation_data(found: Earliest) -> dict[str, Any]:
    """An earliest calendar as plain data."""
    return {
        "days": found.days,
        "participants": found.participants,
        "groups": [{"level": level, "size": size} for level, size in found.groups],
        "events": [event._asdict() for event in found.events],
        "critical_path": [
            {
                "source": wait.source,
                "target": wait.target,
                "days": wait.days,
                "day": wait.day,
                "statement": wait.rule.text,
                "file": wait.rule.origin.file if wait.rule.origin is not None else None,
                "line": wait.rule.origin.line if wait.rule.origin is not None else None,
            }
            for wait in found.path
        ],
    }


def text(title: str, found: Earliest) -> str:
    """For people: the groups, and the critical path with the statements that cost time."""
    groups = ", ".join(f"{size} at {level}" for level, size in found.groups)
    lines = [
        f"{title}: at least {days(found.days)} for {found.participants} participants ({groups})",
        "  if everybody stands ready and nobody has a DLT; day 0 is the first dose",
        "",
        "Critical path",
    ]
    told = [wait for wait in found.path if wait.days]
    width = max((len(wait.target) for wait in told), default=0)
    for wait in told:
        lines.append(f"  day {wait.day:>4}  {wait.target:<{width}}  {_because(wait)}")
    return "\n".join(lines) + "\n"


def _because(wait: Wait) -> str:
    origin = wait.rule.origin
    if origin is None:
        return ""
    return f"+{wait.days}  {wait.rule.text}  ({os.path.basename(origin.file)}:{origin.line})"
