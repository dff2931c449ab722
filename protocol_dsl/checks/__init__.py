"""The checks of a compiled protocol: every rule of the families below, in a fixed order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # `protoc explain` imports rules one family at a time, and none of what they look at
    from protocol_dsl.diagnostics.model import Diagnostic
    from protocol_dsl.model.protocol import Protocol
    from protocol_dsl.schedule.build import Schedule
    from protocol_dsl.source import SourceMap

FAMILIES = ("SCH", "DOS", "END", "ELI", "CRF", "REG", "TXT")
"""Those whose rules look at one protocol; `AMD` compares two."""


def run(protocol: Protocol, schedule: Schedule, sources: SourceMap) -> list[Diagnostic]:
    """All findings about the trial by place, without those that the author acknowledged with `@allow`."""
    from protocol_dsl.checks.allow import acknowledge
    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.diagnostics.model import ordered
    from protocol_dsl.diagnostics.registry import rules_of

    trial = Trial(protocol, schedule, sources)
    found: list[Diagnostic] = []
    for family in FAMILIES:
        for rule in rules_of(family):
            if rule.check is not None:
                found.extend(rule.check(trial))
    return ordered(acknowledge(trial, found, FAMILIES))
