"""The interchange format of the WHO International Clinical Trials Registry Platform (DTD 1.0): registry to WHO.

All thirteen blocks are there even where they are empty, as the format demands. It is how registries feed the WHO, and
no form of submission.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element

from protocol_dsl.exchange.xml import document, element

MAIN = (
    "trial_id", "utrn", "reg_name", "date_registration", "primary_sponsor", "public_title", "acronym",
    "scientific_title", "scientific_acronym", "date_enrolment", "type_enrolment", "target_size", "recruitment_status",
    "url", "study_type", "study_design", "phase", "hc_freetext", "i_freetext",
)  # fmt: skip
_OPTIONAL = frozenset({"utrn", "acronym", "scientific_acronym", "url", "hc_freetext", "i_freetext"})
_CONTACT = (
    "type", "firstname", "middlename", "lastname", "address", "city", "country1", "zip", "telephone", "email",
    "affiliation",
)  # fmt: skip
_CRITERIA = ("inclusion_criteria", "agemin", "agemax", "gender", "exclusion_criteria")


class Record(NamedTuple):
    """A study. `main` and `criteria` by the names of the format; `contacts` hold type, name and affiliation."""

    main: Mapping[str, str]
    contacts: Sequence[Mapping[str, str]]
    countries: Sequence[str]
    criteria: Mapping[str, str]
    conditions: Sequence[str]
    interventions: Sequence[str]
    primary: Sequence[str]
    secondary: Sequence[str]
    sponsors: Sequence[str]
    numbers: Sequence[tuple[str, str]]
    support: Sequence[str]


def write(records: Iterable[Record]) -> bytes:
    """The document, in UTF-8."""
    return document(element("trials", "", *(_trial(record) for record in records)))


def date(iso: str) -> str:
    """`01/03/2026` for `2026-03-01`, as the format's comment asks; `03/2026` for a month."""
    return "/".join(reversed(iso.split("-")))


def _trial(record: Record) -> Element:
    main = [element(name, record.main.get(name, "")) for name in MAIN if name not in _OPTIONAL or record.main.get(name)]
    people = [
        element("contact", "", *(element(name, each.get(name, "")) for name in _CONTACT))
        for each in record.contacts or [{}]
    ]
    numbers = [
        element("secondary_id", "", element("sec_id", number), element("issuing_authority", issuer))
        for number, issuer in record.numbers or [("", "")]
    ]
    return element(
        "trial",
        "",
        element("main", "", *main),
        element("contacts", "", *people),
        _list("countries", "country2", record.countries),
        element("criteria", "", *(element(name, record.criteria.get(name, "")) for name in _CRITERIA)),
        _list("health_condition_code", "hc_code", ()),
        _list("health_condition_keyword", "hc_keyword", record.conditions),
        _list("intervention_code", "i_code", ()),
        _list("intervention_keyword", "i_keyword", record.interventions),
        _list("primary_outcome", "prim_outcome", record.primary),
        _list("secondary_outcome", "sec_outcome", record.secondary),
        _list("secondary_sponsor", "sponsor_name", record.sponsors),
        element("secondary_ids", "", *numbers),
        _list("source_support", "source_name", record.support),
    )


def _list(name: str, inner: str, values: Sequence[str]) -> Element:
    return element(name, "", *(element(inner, value) for value in values or [""]))
