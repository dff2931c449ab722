"""`ctis.csv`: the fields of part I of an application in the EU CTIS, with their lengths, for typing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from protocol_dsl.model import wording
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.registries.data_sets import Field, ctis_fields
from protocol_dsl.registries.enumerations import label
from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.ctgov_words import line
from protocol_dsl.render.registry_view import arm_groups
from protocol_dsl.render.registry_words import copyable
from protocol_dsl.render.text import csv_bytes
from protocol_dsl.render.trial_facts import TrialFacts

HEADER = ("key", "part", "field", "conformance", "limit", "characters", "value", "remark")


class Entry(NamedTuple):
    """A field with its value; a repeated field has several entries. `name` is the thing in the protocol."""

    field: Field
    value: str
    name: str = ""

    @property
    def excess(self) -> int:
        """By how many characters the value is too long."""
        return max(0, len(self.value) - self.field.limit) if self.field.limit is not None else 0


def outputs(rendering: Rendering) -> list[Output]:
    """`ctis.csv`."""
    return [Output("ctis.csv", csv_bytes([HEADER, *map(_row, entries(rendering.protocol))]))]


def entries(protocol: Protocol) -> list[Entry]:
    """Every field in the order of the application; a criterion, endpoint, arm or product each has its own entry."""
    said = _values(protocol)
    return [
        Entry(field, copyable(value), name)
        for field in ctis_fields()
        for name, value in said.get(field.key) or [("", "")]
    ]


def _row(entry: Entry) -> tuple[str, ...]:
    field = entry.field
    remark = entry.name
    if entry.excess:
        remark = f"{entry.name}: {entry.excess} characters too long".removeprefix(": ")
    elif not entry.value:
        remark = field.open or ("to be filled in" if field.conformance == "mandatory" else "")
    limit = str(field.limit) if field.limit is not None else ""
    size = str(len(entry.value)) if entry.value else ""
    return (field.key, field.part, field.title, field.conformance, limit, size, entry.value, remark)


def _values(protocol: Protocol) -> dict[str, list[tuple[str, str]]]:
    facts = TrialFacts(protocol)
    study = protocol.study
    ages = facts.ages
    return {
        "title_full": _one(facts.scientific_title),
        "title_public": _one(facts.public_title),
        "protocol_code": _one(facts.numbers[0][0]),
        "phase": _one(facts.phase),
        "condition": _one("; ".join(study.conditions)),
        "scope": _one(label("purpose", study.purpose) or ""),
        "main_objective": _objectives(protocol, "primary"),
        "secondary_objective": _objectives(protocol, "secondary"),
        "inclusion": list(_criteria(facts, excludes=False)),
        "exclusion": list(_criteria(facts, excludes=True)),
        "primary_endpoint": _endpoints(facts, "primary"),
        "secondary_endpoint": _endpoints(facts, "secondary"),
        "recruitment_start": _one(facts.dated("start")),
        "end_date": _one(facts.dated("completion")),
        "participants": _one(str(study.enrollment.count) if study.enrollment is not None else ""),
        "age_range": _one(" to ".join(ages) if any(ages) else ""),
        "sex": _one(facts.sex),
        "trial_group": _one(_group(protocol)),
        "arm_title": [(arm.name, line(arm.title) or "") for arm in protocol.arms],
        "arm_description": [
            (arm.name, group.description)
            for arm, group in zip(protocol.arms, arm_groups(protocol, facts.words), strict=True)
            if group.description
        ],
        "allocation": _one(label("allocation", study.allocation) or ""),
        "masking": _one(label("masking", study.masking) or ""),
        "ipd_plan": _one(_sharing(protocol)),
        "sponsor": _one(facts.sponsor),
        "contact": [("", each) for each in facts.public_contacts],
        "product": [(each.name, line(each.title) or "") for each in protocol.products],
        "route": [(each.name, each.route.replace("_", " ")) for each in protocol.products if each.route],
        "maximum_dose": [
            (scheme.name, wording.quantity(scheme.levels[-1].amount))
            for scheme in protocol.doses
            if scheme.levels and len(scheme.levels) == 1
        ],
    }


def _one(value: str) -> list[tuple[str, str]]:
    return [("", value)] if value else []


def _objectives(protocol: Protocol, level: str) -> list[tuple[str, str]]:
    return [(each.name, line(each.text) or "") for each in protocol.objectives if each.level == level]


def _endpoints(facts: TrialFacts, level: str) -> list[tuple[str, str]]:
    return [(each.name, facts.outcome(each)) for each in facts.protocol.endpoints if each.level == level]


def _criteria(facts: TrialFacts, excludes: bool) -> Iterator[tuple[str, str]]:
    """A criterion each with its options: the field holds one criterion."""
    lines = [each for each in facts.criteria()[excludes].split("\n") if each]
    at: list[str] = []
    for each in lines:
        if at and not each.startswith(" "):
            yield "", "\n".join(at)
            at = []
        at.append(each)
    if at:
        yield "", "\n".join(at)


def _group(protocol: Protocol) -> str:
    healthy = protocol.eligibility.healthy_volunteers if protocol.eligibility is not None else None
    return "" if healthy is None else "Healthy volunteers" if healthy else "Patients"


def _sharing(protocol: Protocol) -> str:
    plan = protocol.registry_record.data_sharing if protocol.registry_record is not None else None
    return " ".join(filter(None, (f"{plan.plan.capitalize()}.", line(plan.description)))) if plan is not None else ""
