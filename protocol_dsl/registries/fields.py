"""Which fields a registration needs, and which of them a protocol leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from protocol_dsl.model.forms import Instrument
    from protocol_dsl.model.outcomes import Eligibility, Endpoint
    from protocol_dsl.model.protocol import Protocol

RECRUITING = ("recruiting", "enrolling_by_invitation")

# Source: PRS data element definitions of ClinicalTrials.gov, requirement marks for interventional studies.
# Checked: 2026-11. These are what a protocol says of the trial; the registry's own questions (verification date, FDA
# flags) are asked for by `protoc check --registry`.
_REQUIRED: tuple[tuple[str, Callable[[Protocol], bool]], ...] = (
    ("brief title", lambda p: bool(p.study.brief_title)),
    ("official title", lambda p: bool(p.study.official_title)),
    ("sponsor", lambda p: any(each.role == "sponsor" for each in p.study.organisations)),
    ("responsible party", lambda p: any(each.role == "responsible_party" for each in p.study.organisations)),
    ("study type", lambda p: bool(p.study.study_type)),
    ("brief summary", lambda p: bool(p.study.summary)),
    ("overall status", lambda p: bool(p.study.status)),
    ("start date", lambda p: _has_date(p, "start")),
    ("primary completion date", lambda p: _has_date(p, "primary_completion")),
    ("study completion date", lambda p: _has_date(p, "completion")),
    ("condition", lambda p: bool(p.study.conditions)),
    ("enrollment", lambda p: p.study.enrollment is not None),
    ("arm or group", lambda p: bool(p.arms)),
    ("intervention", lambda p: bool(p.products)),
    ("primary outcome with its time frame", lambda p: any(e.level == "primary" and e.frame for e in p.endpoints)),
    ("sex", lambda p: p.eligibility is not None and p.eligibility.sex is not None),
    ("age limits", lambda p: _has_ages(p.eligibility)),
    ("healthy volunteers", lambda p: p.eligibility is not None and p.eligibility.healthy_volunteers is not None),
    ("eligibility criteria", lambda p: p.eligibility is not None and bool(p.eligibility.criteria)),
)
_REQUIRED_INTERVENTIONAL: tuple[tuple[str, Callable[[Protocol], bool]], ...] = (
    ("phase", lambda p: bool(p.study.phase)),
    ("primary purpose", lambda p: bool(p.study.purpose)),
    ("interventional model", lambda p: bool(p.study.model)),
    ("allocation", lambda p: bool(p.study.allocation)),
    ("masking", lambda p: bool(p.study.masking)),
)


def missing_fields(protocol: Protocol) -> list[str]:
    """Fields that ClinicalTrials.gov requires and the protocol does not state, by their names there."""
    required = _REQUIRED
    # A study whose type is not said is taken for an interventional one: nearly every protocol in this language is.
    if protocol.study.study_type in (None, "interventional"):
        required += _REQUIRED_INTERVENTIONAL
    return [name for name, is_given in required if not is_given(protocol)]


def instruments_of(endpoint: Endpoint, protocol: Protocol) -> list[Instrument]:
    """The instruments whose totals the endpoint's measure reads, in the order of the measure."""
    if endpoint.measure is None:
        return []
    found: list[Instrument] = []
    for name in endpoint.measure.names:
        of, _, part = name.partition(".")
        assessment = protocol.assessment(of) if part in ("", "total") else None
        instrument = protocol.instrument(assessment.instrument or "") if assessment is not None else None
        if instrument is not None and instrument not in found:
            found.append(instrument)
    return found


def _has_date(protocol: Protocol, kind: str) -> bool:
    return any(date.kind == kind for date in protocol.study.dates)


def _has_ages(eligibility: Eligibility | None) -> bool:
    return eligibility is not None and bool(eligibility.minimum_age or eligibility.maximum_age)
