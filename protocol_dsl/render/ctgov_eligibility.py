"""Eligibility in a record of ClinicalTrials.gov: the one text of the criteria, ages, sex, population."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from protocol_dsl.exchange.criteria_text import Block, write
from protocol_dsl.exchange.markup import escape
from protocol_dsl.model.base import Quantity
from protocol_dsl.model.outcomes import Criterion, Eligibility
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.render import registry_criteria as criteria
from protocol_dsl.render.ctgov_design import duration
from protocol_dsl.render.ctgov_words import code, line, markup
from protocol_dsl.render.registry_words import Words

_AGE_GROUPS = (("CHILD", 0, 18), ("ADULT", 18, 65), ("OLDER_ADULT", 65, 1000))
"""Groups of ages in years, the end exclusive. Source: the registry's definitions of its age groups; checked 2026-11."""
_IN_YEARS = {"a": 1.0, "mo": 1 / 12, "wk": 7 / 365.25, "d": 1 / 365.25, "h": 1 / 8766, "min": 1 / 525960}


def eligibility(protocol: Protocol, words: Words) -> dict[str, Any]:
    """Who can take part."""
    study = protocol.study
    found = protocol.eligibility
    made: dict[str, Any] = {}
    if found is not None:
        made = {
            "eligibilityCriteria": escape(criteria_text(found, words)),
            "healthyVolunteers": found.healthy_volunteers,
            "sex": code("sex", found.sex),
            "genderBased": found.gender_based,
            "genderDescription": markup(found.gender_description),
            "minimumAge": duration(found.minimum_age),
            "maximumAge": duration(found.maximum_age),
            "stdAges": age_groups(found.minimum_age, found.maximum_age),
        }
    return {
        **made,
        "studyPopulation": markup(study.study_population),
        "samplingMethod": code("sampling", study.sampling),
    }


def criteria_text(found: Eligibility, words: Words) -> str:
    """The criteria as one text.

    A block with headings of its own is printed as it stands; one without is printed in the sections that the registry
    asks for, with what its statements add.
    """
    if not found.passages:
        return write(_sections(found, words))
    return write(_blocks(found, words))


def age_groups(lowest: Quantity | None, highest: Quantity | None) -> list[str]:
    """The registry's age groups that the limits reach into."""
    least = _years(lowest) if lowest is not None else 0
    most = _years(highest) if highest is not None else 999
    return [name for name, start, end in _AGE_GROUPS if least < end and most >= start]


def _sections(found: Eligibility, words: Words) -> Iterator[Block]:
    for section in criteria.sections(found, words):
        yield Block("paragraph", f"{section.title}:")
        for each in section.lines:
            yield Block("item", each.text, each.depth, each.mark)


def _blocks(found: Eligibility, words: Words) -> Iterator[Block]:
    is_numbered = False
    number = 0
    for place in range(len(found.criteria) + 1):
        for passage in found.passages:
            if passage.before == place:
                if passage.kind == "heading":
                    is_numbered, number = passage.numbered, 0
                yield Block("paragraph", line(passage.text) or "")
        if place < len(found.criteria):
            number += 1
            yield from _items(found.criteria[place], words, 0, f"{number}." if is_numbered else "*")


def _items(criterion: Criterion, words: Words, depth: int, mark: str) -> Iterator[Block]:
    yield Block("item", _said(criterion, words), depth, mark)
    for option in criterion.options:
        yield from _items(option, words, depth + 1, "*")


def _said(criterion: Criterion, words: Words) -> str:
    """The text as it stands, unless the statement adds something to it."""
    adds = (
        criterion.populations,
        criterion.condition,
        criterion.requires,
        criterion.remarks,
        criterion.within,
        criterion.start,
    )
    if any(adds):
        return criteria.criterion_text(criterion, words, criterion.kind == "exclude")
    return line(criterion.text) or ""


def _years(age: Quantity) -> float:
    return age.value * _IN_YEARS.get(age.ucum, 1.0)
