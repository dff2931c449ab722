"""The design, the arms with their interventions, and the outcome measures of a record of ClinicalTrials.gov."""

from __future__ import annotations

from typing import Any

from protocol_dsl.exchange.timeframes import LONGEST, Moment, TimeFrame, render
from protocol_dsl.model.base import Point, Quantity
from protocol_dsl.model.outcomes import Endpoint, Frame
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.registries.enumerations import codes
from protocol_dsl.render.ctgov_words import code, line, markup
from protocol_dsl.render.registry_view import frame_text, given_in, intervention, method_parts
from protocol_dsl.render.registry_words import Words, copyable, full_stops

UCUM_UNITS = {"min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year"}
"""Units of time that the registry has, by their UCUM code."""
_LEVELS = {"primary": "primaryOutcomes", "secondary": "secondaryOutcomes", "exploratory": "otherOutcomes"}
_KINDS = {
    "at_points": "list",
    "up_to": "maximum",
    "maximum": "maximum",
    "minimum": "minimum",
    "about": "about",
    "at_point": "point",
}


def design(protocol: Protocol) -> dict[str, Any]:
    """Type, phase and the information of the design."""
    study = protocol.study
    record = protocol.registry_record
    access = record.expanded_access_for if record is not None else ()
    kept = study.biospecimen
    return {
        "studyType": code("study_type", study.study_type),
        "expandedAccessTypes": dict.fromkeys(access, True),
        "patientRegistry": study.patient_registry,
        "targetDuration": duration(study.target_duration),
        "phases": list(codes("phase", study.phase) or ()) if study.phase else [],
        "designInfo": {
            "allocation": code("allocation", study.allocation),
            "interventionModel": code("model", study.model),
            "interventionModelDescription": markup(study.model_description),
            "primaryPurpose": code("purpose", study.purpose),
            "observationalModel": code("observational_model", study.observational_model),
            "timePerspective": code("time_perspective", study.time_perspective),
            "maskingInfo": {
                "masking": code("masking", study.masking),
                "maskingDescription": markup(study.masking_description),
                "whoMasked": [code("masked", each) for each in study.masked],
            },
        },
        "bioSpec": {"retention": code("biospecimen", kept.retention), "description": markup(kept.description)}
        if kept is not None
        else None,
        "enrollmentInfo": {"count": study.enrollment.count, "type": code("date_type", study.enrollment.type)}
        if study.enrollment is not None
        else None,
    }


def duration(quantity: Quantity | None) -> str | None:
    """`18 Years`, as ages and durations are written; None for none, and for a unit or number the field cannot hold."""
    unit = UCUM_UNITS.get(quantity.ucum) if quantity is not None else None
    if quantity is None or unit is None or quantity.value != int(quantity.value):
        return None
    return f"{int(quantity.value)} {unit.capitalize()}{'' if quantity.value == 1 else 's'}"


def arms_and_interventions(protocol: Protocol) -> dict[str, Any]:
    """Each arm with the names of its interventions, each intervention with the labels of its arms."""
    products = {product.name: product for product in protocol.products}
    return {
        "armGroups": [
            {
                "label": line(arm.title),
                "type": code("arm_role", arm.role),
                "description": markup(arm.description),
                "interventionNames": [intervention(products[name]) for name in given_in(arm) if name in products],
            }
            for arm in protocol.arms
        ],
        "interventions": [
            {
                "type": code("intervention_type", product.type),
                "name": line(product.title),
                "description": markup(product.description),
                "armGroupLabels": [line(arm.title) for arm in protocol.arms if product.name in given_in(arm)],
                "otherNames": [line(alias) for alias in product.aliases],
            }
            for product in protocol.products
        ],
    }


def outcomes(protocol: Protocol, words: Words) -> dict[str, Any]:
    """Outcome measures by level."""
    return {
        field: [
            {
                "measure": copyable(line(endpoint.title) or ""),
                "description": _description(endpoint, protocol, words),
                "timeFrame": time_frame(endpoint, protocol, words),
            }
            for endpoint in protocol.endpoints
            if endpoint.level == level
        ]
        for level, field in _LEVELS.items()
    }


def time_frame(endpoint: Endpoint, protocol: Protocol, words: Words) -> str | None:
    """The registry's own words where the protocol has them, else the words for the frame, in at most 254 characters."""
    if endpoint.reported:
        return line(endpoint.reported)
    if endpoint.frame is None:
        return None
    made = None if endpoint.baseline else _phrase(endpoint.frame, protocol, words)
    text = render(made) if made is not None else frame_text(endpoint, words)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _description(endpoint: Endpoint, protocol: Protocol, words: Words) -> str | None:
    parts = method_parts(endpoint, protocol, words)
    if endpoint.description and len(parts) == 1:
        return markup(endpoint.description)
    return markup(full_stops(parts))


def _phrase(frame: Frame, protocol: Protocol, words: Words) -> TimeFrame | None:
    """The frame for the registry; None for one that stands at visits, or speaks of half-lives."""
    timeline = protocol.timeline
    anchor = words.named(timeline.anchor) if timeline is not None and timeline.anchor else ""
    if frame.kind == "span":
        points = [frame.start, frame.end]
    elif frame.kind in _KINDS:
        points = list(frame.points) or [frame.end]
    else:
        return None
    moments = [_moment(point, words, "" if frame.kind == "span" else anchor) for point in points if point is not None]
    found = tuple(moment for moment in moments if moment is not None)
    if len(found) != len(points):
        return None
    return TimeFrame("span" if frame.kind == "span" else _KINDS[frame.kind], found)  # type: ignore[arg-type]


def _moment(point: Point, words: Words, anchor: str) -> Moment | None:
    """A point as a moment; a mere length of time counts from `anchor`."""
    of = words.named(point.of) if point.of else ""
    if point.kind == "timeline" and point.unit is not None and point.number is not None:
        return Moment(point.number, point.unit, True, "after" if of else "", of)
    if point.kind == "place":
        return Moment(anchor=of)
    if point.kind in ("start_of", "end_of"):
        return Moment(anchor=f"the {point.kind.removesuffix('_of')} of {of}")
    if point.duration is None or point.duration.choose != "only":
        return None
    length = point.duration.quantities[0]
    unit = UCUM_UNITS.get(length.ucum)
    if unit is None:
        return None
    if point.kind == "elapsed":
        return Moment(length.value, unit, False, "after" if anchor else "", anchor)
    return Moment(length.value, unit, False, "before" if point.kind == "before" else "after", of)
