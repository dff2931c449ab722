"""`trds.md`: the WHO Trial Registration Data Set, which is also the structured summary of SPIRIT 2025 (item 1b)."""

from __future__ import annotations

from typing import NamedTuple

from protocol_dsl.model.protocol import Protocol
from protocol_dsl.registries import data_sets
from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.environment import render
from protocol_dsl.render.page import page
from protocol_dsl.render.trial_facts import TrialFacts

TITLE = "WHO Trial Registration Data Set"


class Row(NamedTuple):
    """An item of the data set; `open` where it is empty, with who gives it."""

    number: int
    title: str
    lines: tuple[str, ...]
    open: str


def outputs(rendering: Rendering) -> list[Output]:
    """`trds.md`."""
    found = rows(rendering.protocol)
    data = {"page": page(rendering, TITLE), "rows": found, "missing": [row for row in found if not row.lines]}
    return [Output("trds.md", render("trds.md.j2", data, rendering.templates).encode())]


def rows(protocol: Protocol) -> list[Row]:
    """The 24 items in their order."""
    facts = TrialFacts(protocol)
    included, excluded = facts.criteria()
    ages = " to ".join(facts.ages) if any(facts.ages) else ""
    registry, number = facts.registration
    plan = protocol.registry_record.data_sharing if protocol.registry_record is not None else None
    said: dict[str, list[str]] = {
        "registry": [f"{registry}: {number}"] if number else [],
        "secondary_ids": [f"{value} ({issuer})" if issuer else value for value, issuer in facts.numbers],
        "sponsor": [facts.sponsor],
        "secondary_sponsors": facts.other_sponsors,
        "public_contact": facts.public_contacts,
        "scientific_contact": facts.scientific_contacts,
        "public_title": [facts.public_title],
        "scientific_title": [facts.scientific_title],
        "countries": facts.countries,
        "conditions": list(facts.study.conditions),
        "interventions": facts.interventions,
        "criteria": [
            *([f"Ages: {ages}"] if ages else []),
            *([f"Sex: {facts.sex}"] if facts.sex else []),
            *(["Inclusion criteria:", *included.split("\n")] if included else []),
            *(["Exclusion criteria:", *excluded.split("\n")] if excluded else []),
        ],
        "study_type": [f"Type: {facts.study_type}" if facts.study_type else "", facts.design,
                       f"Phase: {facts.phase}" if facts.phase else ""],
        "first_enrolment": [facts.dated("start")],
        "size": [facts.size],
        "status": [data_sets.ictrp("status").get(facts.study.status or "", "")],
        "primary": facts.outcomes("primary"),
        "secondary": facts.outcomes("secondary"),
        "completion": [facts.dated("completion")],
        "sharing": [f"Plan to share: {plan.plan}", plan.description or ""] if plan is not None else [],
    }  # fmt: skip
    return [
        Row(number, item.title, tuple(filter(None, said.get(item.key, []))), item.open or "not stated in the protocol")
        for number, item in enumerate(data_sets.who_items(), 1)
    ]
