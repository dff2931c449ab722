"""Partial uploads to the registration system (PRS): of a record, only the parts that changed since an earlier one.

Tags that changed stand in full, those that are gone with `delete="true"`, as the schema's comments say. Its makers warn
that partial uploads can lose data; so they are made on request only.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, tostring

from protocol_dsl.exchange.prs import study
from protocol_dsl.exchange.xml import element

# What a partial upload cannot carry: the schema does not name it among the tags that are merged.
_WHOLE_ONLY = frozenset({"acronym"})
_WITHOUT_DELETE = frozenset({"verification_date"})
# What a tag must contain by the schema even where it only says that its content goes.
_EMPTY_PARTS = {
    "sponsors": ("lead_sponsor/agency",),
    "brief_summary": ("textblock",),
    "detailed_description": ("textblock",),
    "primary_outcome": ("outcome_measure",),
    "secondary_outcome": ("outcome_measure",),
    "other_outcome": ("outcome_measure",),
    "arm_group": ("arm_group_label",),
    "intervention": ("intervention_name",),
    "eligibility": ("criteria/textblock", "gender", "minimum_age", "maximum_age"),
    "overall_official": ("last_name",),
    "overall_contact": ("last_name",),
    "overall_contact_backup": ("last_name",),
    "location": ("facility/name", "facility/address"),
    "link": ("url", "description"),
    "study_document": ("study_document_type",),
    "secondary_id": ("id",),
}


class Partial(NamedTuple):
    """A partial upload: the study, the tags in it, those that are deleted, and changes that it cannot carry."""

    study: Element
    changed: tuple[str, ...]
    deleted: tuple[str, ...]
    impossible: tuple[str, ...]


def partial(before: dict[str, Any], after: dict[str, Any]) -> Partial:
    """What changed between two records: tags whose content differs, in full, and tags that are gone, to be deleted."""
    old, new = study(before), study(after)
    made = Element("clinical_study", {"partial_upload": "true"})
    changed: list[str] = []
    deleted: list[str] = []
    impossible: list[str] = []

    def put(parent: Element, found: list[Element], tag: str) -> None:
        if found:
            changed.append(tag)
            parent.extend(found)
        elif tag in _WITHOUT_DELETE:
            impossible.append(tag)
        else:
            deleted.append(tag)
            parent.append(_deletion(tag))

    ids = Element("id_info")
    ids.extend(each for each in _first(new, "id_info") if each.tag != "secondary_id")
    made.append(ids)
    own = {each.tag: each.text for each in _first(old, "id_info") if each.tag == "org_study_id"}
    if own != {each.tag: each.text for each in _first(new, "id_info") if each.tag == "org_study_id"}:
        impossible.append("org_study_id")
    numbers = _first(new, "id_info").findall("secondary_id")
    if not _same(_first(old, "id_info").findall("secondary_id"), numbers):
        put(ids, numbers, "secondary_id")
    for tag in _in_order(old, new):
        if _same(old.findall(tag), new.findall(tag)):
            continue
        if tag == "study_design":
            design = _design(old, new, changed, impossible)
            made.extend([design] if len(design) else [])
        elif tag in _WHOLE_ONLY:
            impossible.append(tag)
        else:
            put(made, new.findall(tag), tag)
    return Partial(made, tuple(changed), tuple(deleted), tuple(impossible))


def _design(old: Element, new: Element, changed: list[str], impossible: list[str]) -> Element:
    """The parts of the design that changed; the type stands in every design, as the schema wants it."""
    made = Element("study_design")
    kind = new.findall("study_design/study_type")
    if not kind:
        impossible.append("study_type")
        return made
    for part in ("study_type", "interventional_design", "observational_design"):
        now = new.findall(f"study_design/{part}")
        is_changed = not _same(old.findall(f"study_design/{part}"), now)
        made.extend(now if is_changed or part == "study_type" else [])
        if is_changed:
            (changed if now else impossible).append(part)
    return made


def _deletion(tag: str) -> Element:
    made = Element(tag, {"delete": "true"})
    for path in _EMPTY_PARTS.get(tag, ()):
        at = made
        for name in path.split("/"):
            found = at.find(name)
            if found is None:
                found = element(name)
                at.append(found)
            at = found
    return made


def _first(study: Element, tag: str) -> Element:
    found = study.find(tag)
    return found if found is not None else Element(tag)


def _same(one: list[Element], other: list[Element]) -> bool:
    return [tostring(each) for each in one] == [tostring(each) for each in other]


def _in_order(old: Element, new: Element) -> list[str]:
    """The tags of both, in the order of the schema."""
    return [tag for tag in ORDER if old.find(tag) is not None or new.find(tag) is not None]


ORDER = (
    "delayed_posting", "brief_title", "acronym", "official_title", "sponsors", "oversight_info", "brief_summary",
    "detailed_description", "overall_status", "why_stopped", "expanded_access_status", "verification_date",
    "start_date", "start_date_type", "last_follow_up_date", "last_follow_up_date_type", "primary_compl_date",
    "primary_compl_date_type", "study_design", "primary_outcome", "secondary_outcome", "other_outcome", "enrollment",
    "enrollment_type", "condition", "keyword", "arm_group", "intervention", "eligibility", "overall_official",
    "overall_contact", "overall_contact_backup", "location", "ipd_sharing_statement", "link", "reference",
    "study_document",
)  # fmt: skip
"""The tags of a study that are written here, in the schema's order, after `id_info`."""
