"""The record of a protocol against the rules of a registry, told at the places of the protocol."""

from __future__ import annotations

from collections.abc import Iterator

from protocol_dsl.checks.allow import acknowledge
from protocol_dsl.checks.trial import Trial
from protocol_dsl.diagnostics.codes import reg
from protocol_dsl.diagnostics.model import ERROR, WARNING, Diagnostic, ordered
from protocol_dsl.model.base import Origin
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.registration.places import origin_of
from protocol_dsl.registries.cross import check_together
from protocol_dsl.registries.review import check_review
from protocol_dsl.registries.rules import Finding, check_fields, length_finding
from protocol_dsl.render import ctgov, ctis
from protocol_dsl.schedule.build import Schedule
from protocol_dsl.source import SourceMap, Span

REGISTRIES = ("ctgov", "ctis")

_RULES = {
    "too_long": reg.TEXT_TOO_LONG,
    "nearly_full": reg.NEARLY_FULL,
    "unknown_value": reg.UNKNOWN_VALUE,
    "missing": reg.FIELD_MISSING,
    "contradiction": reg.CONTRADICTORY,
    "review": reg.REVIEW_POINT,
}


def check(protocol: Protocol, schedule: Schedule, sources: SourceMap, registry: str) -> list[Diagnostic]:
    """All findings for a registry (`ctgov` or `ctis`), without those that the author acknowledged with `@allow`."""
    trial = Trial(protocol, schedule, sources)
    made = _ctgov(trial) if registry == "ctgov" else _ctis(trial)
    return ordered([each for each in acknowledge(trial, list(made), ()) if each.code.startswith("REG")])


def _ctgov(trial: Trial) -> Iterator[Diagnostic]:
    record = ctgov.section(trial.protocol)
    missing: dict[Origin, list[str]] = {}
    for finding in (*check_fields(record), *check_together(record), *check_review(record)):
        if finding.kind == "missing":
            missing.setdefault(origin_of(trial.protocol, finding.path), []).append(finding.message)
        else:
            yield _told(trial, finding)
    for origin, names in missing.items():
        yield _missing(trial.head(origin), names, "ClinicalTrials.gov")


def _ctis(trial: Trial) -> Iterator[Diagnostic]:
    study = trial.head(trial.protocol.study.origin)
    elements = {
        each.name: each.origin
        for each in (
            *trial.protocol.endpoints, *trial.protocol.objectives, *trial.protocol.arms, *trial.protocol.products,
        )
    }  # fmt: skip
    left: list[str] = []
    missing: list[str] = []
    for entry in ctis.entries(trial.protocol):
        field = entry.field
        title = f"{field.title} {f'of `{entry.name}`' if entry.name else ''}".strip()
        if entry.value and field.limit is not None:
            found = length_finding(field.key, title, entry.value, field.limit, "EU CTIS")
            if found is not None:
                place = trial.head(elements[entry.name]) if entry.name in elements else study
                yield _RULES[found.kind].at(place, found.message, help=found.help)
        elif not entry.value and field.open:
            left.append(field.title)
        elif not entry.value and field.conformance == "mandatory":
            missing.append(field.title)
    if missing:
        yield _missing(study, missing, "EU CTIS")
    if left:
        yield reg.LEFT_TO_PEOPLE.at(study, f"filled in at EU CTIS: {', '.join(left)}")


def _missing(place: Span | None, names: list[str], registry: str) -> Diagnostic:
    count = "1 field" if len(names) == 1 else f"{len(names)} fields"
    is_or_are = "is" if len(names) == 1 else "are"
    return reg.FIELD_MISSING.at(place, f"{count} that {registry} requires {is_or_are} not stated: {', '.join(names)}")


def _told(trial: Trial, finding: Finding) -> Diagnostic:
    rule = _RULES[finding.kind]
    severity = rule.severity
    if finding.kind == "contradiction" and not finding.is_sure:
        severity = WARNING
    elif finding.kind == "review" and finding.is_sure:
        severity = ERROR
    place = trial.head(origin_of(trial.protocol, finding.path))
    return rule.at(place, finding.message, help=finding.help, severity=severity)
