"""REG010 to REG016 on small trials: found, and not found one character or one fact away."""

from __future__ import annotations

import pytest

from protocol_dsl.checks import registry
from protocol_dsl.checks.trial import Trial
from protocol_dsl.diagnostics.model import NOTE, Rule
from protocol_dsl.model.base import Point
from protocol_dsl.model.outcomes import Endpoint, Frame
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.study import Contact, Site, Study
from protocol_dsl.registries.fields import missing_fields
from protocol_dsl.schedule.build import build
from protocol_dsl.source import SourceMap
from tests.unit.render.registry_trial import AT, SCALE, STUDY, TRIAL, endpoint, expression


def messages(rule: Rule, protocol: Protocol) -> list[str]:
    assert rule.check is not None
    sources = SourceMap()
    sources.add_text("small.proto", "protocol CT_SLE { }\n")
    found = list(rule.check(Trial(protocol, build(protocol), sources)))
    assert all(diagnostic.code == rule.code and diagnostic.span is not None for diagnostic in found)
    return [diagnostic.message for diagnostic in found]


def study(**more: object) -> Protocol:
    return TRIAL.model_copy(update={"study": STUDY.model_copy(update=more)})


def endpoints(*items: Endpoint) -> Protocol:
    return TRIAL.model_copy(update={"endpoints": items})


@pytest.mark.parametrize(("field", "limit"), [("brief_title", 300), ("official_title", 600), ("acronym", 14)])
def test_a_title_may_be_as_long_as_its_field(field: str, limit: int) -> None:
    assert messages(registry.TITLE_TOO_LONG, study(**{field: "x" * limit})) == []
    (message,) = messages(registry.TITLE_TOO_LONG, study(**{field: "x" * (limit + 1)}))
    assert f"has {limit + 1} characters, and ClinicalTrials.gov takes {limit}" in message


def test_the_title_of_an_outcome_is_counted_without_its_line_breaks() -> None:
    assert messages(registry.TITLE_TOO_LONG, endpoints(endpoint("x", "primary", "x" * 126 + "\n  " + "y" * 127))) == []
    (message,) = messages(registry.TITLE_TOO_LONG, endpoints(endpoint("x", "primary", "x" * 255)))
    assert message == "the title of endpoint `x` has 255 characters, and ClinicalTrials.gov takes 254"


def test_a_description_or_time_frame_may_be_as_long_as_its_field() -> None:
    fits = endpoint("x", "primary", "Number of deaths", "t" * 254, description="d" * 999)
    assert messages(registry.TEXT_TOO_LONG, endpoints(fits)) == []
    long = endpoint("x", "primary", "Number of deaths", "t" * 255, description="d" * 1000)
    found = messages(registry.TEXT_TOO_LONG, endpoints(long))
    assert [message.split(" has ")[0] for message in found] == [
        "the time frame of endpoint `x`",
        "the description of endpoint `x`",
    ]


@pytest.mark.parametrize("title", ["Safety", "The safety.", "Adverse Events", "Safety and tolerability"])
def test_a_title_that_names_only_a_field(title: str) -> None:
    assert len(messages(registry.UNSPECIFIC_TITLE, endpoints(endpoint("x", "primary", title)))) == 1


@pytest.mark.parametrize(
    "title", ["Overall survival", "Number of participants with adverse events", "Cmax", "Safety run-in completion"]
)
def test_a_title_that_names_a_measure(title: str) -> None:
    assert messages(registry.UNSPECIFIC_TITLE, endpoints(endpoint("x", "primary", title))) == []


def test_about_and_a_missing_anchor_are_noted() -> None:
    after = Point(kind="after", of="infusion", origin=AT)
    loose = Point(kind="elapsed", origin=AT)
    frames = {
        "about": Frame(kind="about", end=after, text="About 1 year after infusion", origin=AT),
        "loose": Frame(kind="up_to", end=loose, text="Up to 1 year", origin=AT),
        "good": Frame(kind="up_to", end=after, text="Up to 1 year after infusion", origin=AT),
        "visits": Frame(kind="at_visits", visits=("D28",), text="Day 28", origin=AT),
    }
    items = [endpoint(name, "primary", "Cmax").model_copy(update={"frame": frame}) for name, frame in frames.items()]
    found = messages(registry.UNSPECIFIC_FRAME, endpoints(*items))
    assert found == [
        "the time frame of `about`, “About 1 year after infusion”, says “about” without a tolerance",
        "the time frame of `loose`, “Up to 1 year”, does not say from when it counts",
    ]
    assert registry.UNSPECIFIC_FRAME.severity == NOTE


def test_a_scale_needs_range_and_direction() -> None:
    measured = endpoint("x", "primary", "Change", measure=expression("change(sledai.total)", None, "sledai.total"))
    protocol = endpoints(measured)
    assert messages(registry.SCALE_WITHOUT_RANGE, protocol) == []
    bare = protocol.model_copy(update={"instruments": (SCALE.model_copy(update={"high": None, "higher": None}),)})
    assert messages(registry.SCALE_WITHOUT_RANGE, bare) == ["`x` reads SLEDAI-2K, which has no range and no direction"]


def test_a_part_of_an_instrument_is_no_scale() -> None:
    measured = endpoint("x", "primary", "Rate", measure=expression("rate(sledai.responder)", None, "sledai.responder"))
    bare = endpoints(measured).model_copy(update={"instruments": (SCALE.model_copy(update={"high": None}),)})
    assert messages(registry.SCALE_WITHOUT_RANGE, bare) == []


def test_a_recruiting_trial_needs_a_site_and_a_contact() -> None:
    contact = (Contact(name="Office of the trial", origin=AT),)
    assert messages(registry.NO_CONTACT, study(contacts=contact)) == []
    assert messages(registry.NO_CONTACT, study()) == ["the status is `recruiting`, but the protocol names no contact"]
    idle = (Site(name="A Hospital", origin=AT),)
    assert messages(registry.NO_CONTACT, study(sites=idle)) == [
        "the status is `recruiting`, but the protocol names no site that recruits and no contact"
    ]
    assert messages(registry.NO_CONTACT, study(status="not_yet_recruiting")) == []


def test_all_missing_fields_are_one_note() -> None:
    bare = Protocol(study=Study(name="EMPTY", origin=AT))
    (message,) = messages(registry.INCOMPLETE, bare)
    assert message.startswith("24 fields that ClinicalTrials.gov requires are not stated: brief title, ")
    assert registry.INCOMPLETE.severity == NOTE


def test_an_observational_study_needs_no_phase_or_masking() -> None:
    bare = Protocol(study=Study(name="EMPTY", study_type="observational", origin=AT))
    assert {"phase", "masking", "allocation"} & set(missing_fields(bare)) == set()
    assert "brief title" in missing_fields(bare)
