"""Design, outcome measures and eligibility in an upload to the registration system (PRS)."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from protocol_dsl.exchange.prs_parts import block, flag, items, leaf, of, texts
from protocol_dsl.exchange.xml import element
from protocol_dsl.registries.enumerations import upload_label

_MASKED = {
    "PARTICIPANT": "masked_subject",
    "CARE_PROVIDER": "masked_caregiver",
    "INVESTIGATOR": "masked_investigator",
    "OUTCOMES_ASSESSOR": "masked_assessor",
}
_OUTCOMES = (
    ("primaryOutcomes", "primary_outcome"),
    ("secondaryOutcomes", "secondary_outcome"),
    ("otherOutcomes", "other_outcome"),
)
_ACCESS = ("individual", "intermediate", "treatment")
NO_LIMIT = "N/A"
"""How an age limit that there is not is written."""


def study_design(section: dict[str, Any]) -> list[Element]:
    """The type of the study with its design; nothing where the record has no type."""
    module = of(section, "designModule")
    kind = str(module.get("studyType", ""))
    if not kind:
        return []
    parts = [element("study_type", upload_label("study_type", kind) or "")]
    if kind == "INTERVENTIONAL":
        parts.append(_trial(module, len(items(of(section, "armsInterventionsModule"), "armGroups"))))
    elif kind == "OBSERVATIONAL":
        parts.append(_observation(module, len(items(of(section, "armsInterventionsModule"), "armGroups"))))
    else:
        access = of(module, "expandedAccessTypes")
        for each in _ACCESS:
            parts += leaf(f"exp_acc_type_{each}", flag(bool(access.get(each))) if access else None)
    return [element("study_design", "", *parts)]


def outcomes(module: dict[str, Any]) -> list[Element]:
    """Outcome measures by level."""
    return [
        element(
            tag,
            "",
            element("outcome_measure", str(each.get("measure", ""))),
            *leaf("outcome_time_frame", each.get("timeFrame")),
            *block("outcome_description", each.get("description")),
        )
        for field, tag in _OUTCOMES
        for each in items(module, field)
    ]


def eligibility(module: dict[str, Any], is_observational: bool) -> list[Element]:
    """Who can take part; an age limit that there is not is `N/A`."""
    if not module:
        return []
    population = block("study_population", module.get("studyPopulation"))
    sampling = leaf("sampling_method", upload_label("sampling", module.get("samplingMethod", "")))
    return [
        element(
            "eligibility",
            "",
            *(population if is_observational else []),
            *(sampling if is_observational else []),
            *(block("criteria", module.get("eligibilityCriteria")) or [element("criteria", "", element("textblock"))]),
            *leaf("healthy_volunteers", flag(module.get("healthyVolunteers"))),
            element("gender", upload_label("sex", module.get("sex", "")) or ""),
            *leaf("gender_based", flag(module.get("genderBased"))),
            *block("gender_description", module.get("genderDescription")),
            element("minimum_age", str(module.get("minimumAge") or NO_LIMIT)),
            element("maximum_age", str(module.get("maximumAge") or NO_LIMIT)),
        )
    ]


def _trial(module: dict[str, Any], arms: int) -> Element:
    info = of(module, "designInfo")
    masking = of(info, "maskingInfo")
    level = str(masking.get("masking", ""))
    who = texts(masking, "whoMasked")
    flags = leaf("no_masking", flag(level == "NONE") if level else None)
    if level == "NONE" or who:
        for code, tag in _MASKED.items():
            flags += leaf(tag, flag(code in who))
    return element(
        "interventional_design",
        "",
        element("interventional_subtype", upload_label("purpose", info.get("primaryPurpose", "")) or ""),
        element("phase", upload_label("phase", *texts(module, "phases")) or ""),
        *leaf("assignment", upload_label("model", info.get("interventionModel", ""))),
        *block("model_description", info.get("interventionModelDescription")),
        element("allocation", upload_label("allocation", info.get("allocation", "")) or ""),
        *flags,
        *block("masking_description", masking.get("maskingDescription")),
        *leaf("number_of_arms", str(arms) if arms else None),
    )


def _observation(module: dict[str, Any], groups: int) -> Element:
    info, kept = of(module, "designInfo"), of(module, "bioSpec")
    count, _, unit = str(module.get("targetDuration") or "").partition(" ")
    return element(
        "observational_design",
        "",
        element(
            "observational_study_design", upload_label("observational_model", info.get("observationalModel", "")) or ""
        ),
        element("biospecimen_retention", upload_label("biospecimen", kept.get("retention", "")) or ""),
        *block("biospecimen_description", kept.get("description")),
        element("timing", upload_label("time_perspective", info.get("timePerspective", "")) or ""),
        element("number_of_groups", str(groups) if groups else ""),
        *leaf("patient_registry", flag(module.get("patientRegistry"))),
        *leaf("target_duration_quantity", count),
        *leaf("target_duration_units", (unit if unit.endswith("s") else f"{unit}s") if unit else None),
    )
