"""The registry text as a whole: facts, labels, limits, escaping, both shapes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from protocol_dsl.model.outcomes import Endpoint, Frame
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.study import Contact, Product, Site, StudyDate
from protocol_dsl.registries.enumerations import codes, label, value_sets
from protocol_dsl.registries.limits import Entry, excess, limits, over_limit
from protocol_dsl.render import registry_criteria as criteria
from protocol_dsl.render.registry import outputs
from protocol_dsl.render.registry_view import full_view, short_view
from protocol_dsl.render.registry_words import Words
from tests.unit.render.registry_trial import (
    AT,
    ELIGIBILITY,
    STUDY,
    TRIAL,
    criterion,
    duration,
    endpoint,
    expression,
    quantity,
    rendering,
    visit,
)

WORDS = Words(TRIAL)
HOSTILE = '<script>alert(1)</script> | =HYPERLINK("x") ]]> *a* _b_ [c](http://d)\n# e 🧬 筛选'


def texts(protocol: Protocol) -> dict[str, str]:
    return {output.path: output.data.decode("utf-8") for output in outputs(rendering(protocol))}


def with_study(**more: object) -> Protocol:
    return TRIAL.model_copy(update={"study": STUDY.model_copy(update=more)})


# Enumerations


def test_labels_are_the_registrys_own() -> None:
    text = texts(TRIAL)["registry.md"]
    for wanted in ("Early Phase 1", "Single Group Assignment", "None (Open Label)", "| Allocation | N/A |"):
        assert wanted in text
    assert "early_phase_1" not in text


def test_codes_of_the_api() -> None:
    assert codes("phase", "early_phase_1") == ("EARLY_PHASE1",)
    assert codes("phase", "phase_1_2") == ("PHASE1", "PHASE2")
    assert codes("phase", "banana") is None
    assert label("phase", "banana") == "banana"
    assert label("phase", None) is None


def test_every_code_is_written_as_the_api_writes_it_and_used_once() -> None:
    for field, values in value_sets().items():
        single = [value.codes[0] for value in values.values() if len(value.codes) == 1]
        assert len(single) == len(set(single)), field
        assert all(re.fullmatch(r"[A-Z][A-Z0-9_]*", code) for code in single), field


# Facts


def test_every_fact_of_the_study_is_in_the_full_record() -> None:
    protocol = with_study(
        contacts=(Contact(name="A Person", affiliation="A University", origin=AT),),
        dates=(StudyDate(kind="start", date="2026-03-01", type="estimated", origin=AT),),
        keywords=("CAR-T",),
    )
    for path in ("registry.md", "registry.txt"):
        text = texts(protocol)[path]
        for fact in (
            "CT cells in lupus",
            "version 1.0",
            "A Hospital, Hefei, China (Recruiting)",
            "Systemic lupus erythematosus",
            "Biological: CT cells",
            "Experimental: CT",
            "18 years and older",
            "About 12 participants",
            "A Person, A University",
            "2026-03-01 (Estimated)",
            "CAR-T",
            "total score 0 to 105, higher = worse",
            "whichever is shorter, before lymphodepletion",
        ):
            assert fact in text, (path, fact)


def test_the_registered_words_stand_beside_the_time_frame() -> None:
    assert "Month 12 (as registered: “up to 1 years”)" in texts(TRIAL)["registry.md"]


def change(baseline: str, kind: str, text: str, **more: Any) -> tuple[str, str]:
    """Time frame and method of a change from a baseline visit, which is `BL`, labelled Baseline, or `SCR`."""
    given = Frame.model_validate({"kind": kind, "text": text, "origin": AT, **more})
    measure = expression("change(sledai)", "change in SLEDAI-2K", "sledai")
    ends = Endpoint(name="c", level="primary", text="C", measure=measure, baseline=baseline, frame=given, origin=AT)
    visits = (*TRIAL.visits, visit("BL", "Baseline", "screening", -6, 5))
    protocol = TRIAL.model_copy(update={"endpoints": (ends,), "visits": visits, "instruments": ()})
    ((measured,),) = [part.measures for part in full_view(protocol)["outcomes"]]
    return measured.frame, measured.method


@pytest.mark.parametrize(
    ("baseline", "kind", "text", "expected"),
    [
        ("BL", "at_visits", "Week 52", "Baseline and Week 52"),
        ("BL", "at_visits", "Weeks 24 and 52", "Baseline, Weeks 24 and 52"),
        ("SCR", "at_visits", "Week 52", "Baseline (screening) and Week 52"),
        ("BL", "up_to", "Up to 1 year after infusion", "From baseline up to 1 year after infusion"),
        ("SCR", "minimum", "At least 2 years", "From baseline (screening) to at least 2 years"),
        ("BL", "span", "From infusion to Day 28", "Baseline; from infusion to Day 28"),
    ],
)
def test_the_time_frame_of_a_change_begins_with_its_baseline(
    baseline: str, kind: str, text: str, expected: str
) -> None:
    assert change(baseline, kind, text)[0] == expected


def test_a_time_frame_that_has_its_baseline_is_left_as_it_is() -> None:
    assert change("BL", "at_visits", "Day 1 and Week 24", visits=("BL", "W24"))[0] == "Day 1 and Week 24"


def test_a_baseline_called_baseline_is_not_said_twice() -> None:
    assert change("BL", "at_visits", "Week 52")[1] == "Change in SLEDAI-2K."
    assert change("SCR", "at_visits", "Week 52")[1] == "Change in SLEDAI-2K. Baseline: screening."


def test_what_is_not_said_has_no_empty_line() -> None:
    silent = with_study(study_type=None).model_copy(update={"endpoints": (endpoint("e", "primary", "E", None),)})
    for path, text in texts(silent).items():
        assert not re.search(r"^\W*(Study Type|Time frame)\W*$", text, re.MULTILINE), path
        assert "Study Type" not in text, path


def test_open_points_are_counted_on_top_and_nothing_is_promised() -> None:
    for path, text in texts(TRIAL).items():
        assert "Draft: 1 assumption, 1 to-do" in text[:120], path
        assert not re.search(r"submission-ready|validated", text, re.IGNORECASE), path


def test_open_points_are_listed_with_their_lines() -> None:
    heading = "Open in the protocol\n--------------------\n\n"
    assert heading + "- Line 1: registration number\n" in texts(TRIAL)["registry.txt"]


def test_method_says_how_it_is_measured() -> None:
    sledai = TRIAL.assessments[0].model_copy(update={"method": "qPCR", "specimen": "whole blood", "unit": "copies/ug"})
    measured = endpoint("car", "primary", "Peak", measure=expression("cmax(sledai)", "maximum of CAR copies", "sledai"))
    counted = endpoint("ae", "primary", "Number", measure=expression("count(ae)", "number of adverse events", "ae"))
    protocol = TRIAL.model_copy(update={"assessments": (sledai,), "endpoints": (measured, counted)})
    methods = [measure.method for measure in full_view(protocol)["outcomes"][0].measures]
    assert methods[0].startswith("Maximum of CAR copies (qPCR, whole blood, in copies/µg). SLEDAI-2K: total score")
    assert methods[1] == ""


def test_missing_fields_are_named_in_one_line() -> None:
    text = texts(with_study(status=None))["registry.txt"]
    assert "not stated in the protocol: responsible party, overall status, start date" in text


def test_the_short_record_ends_each_outcome_with_its_time_frame() -> None:
    text = texts(TRIAL)["registry_short.txt"]
    assert "Study Type\nInterventional\n" in text
    assert "Number of participants with a dose-limiting toxicity\nTime frame: From infusion to Day 28\n" in text
    assert "As registered" not in text


def test_a_description_takes_the_place_of_generated_prose_in_the_short_record() -> None:
    view = short_view(with_study(description="All that needs to be said."))
    assert [passage.title for passage in view["passages"]] == ["Stages", "Dose levels"]
    assert [passage.title for passage in short_view(TRIAL)["passages"]][-1] == "Dose escalation"


def test_ages() -> None:
    upper = ELIGIBILITY.model_copy(update={"maximum_age": quantity(70, "years")})
    only_upper = upper.model_copy(update={"minimum_age": None})
    shown = [
        dict(full_view(TRIAL.model_copy(update={"eligibility": each}))["recruitment"])["Ages"]
        for each in (upper, only_upper)
    ]
    assert shown == ["18 years to 70 years", "Up to 70 years"]


def test_a_protocol_with_nothing_but_a_name_has_a_record() -> None:
    bare = Protocol(study=STUDY.__class__(name="EMPTY", origin=AT))
    text = texts(bare)["registry.txt"]
    assert text.startswith("EMPTY\n=====\n")
    assert "phase, primary purpose" in text


# Criteria


def test_options_are_lettered_and_nested() -> None:
    deep = criterion("option", "deep", "Deep", number=None)
    middle = criterion("option", "middle", "Middle", combine="all_of", options=(deep, deep))
    top = criterion("include", "top", "Top", number=3, combine="at_least", at_least=2, options=(middle, middle))
    eligibility = ELIGIBILITY.model_copy(update={"criteria": (top,)})
    lines = criteria.sections(eligibility, WORDS)[0].lines
    assert [(line.mark, line.text, line.depth) for line in lines] == [
        ("3.", "Top (at least 2 of the following):", 0),
        ("(a)", "Middle (all of the following):", 1),
        ("(i)", "Deep", 2),
        ("(ii)", "Deep", 2),
        ("(b)", "Middle (all of the following):", 1),
        ("(i)", "Deep", 2),
        ("(ii)", "Deep", 2),
    ]


def test_any_option_excludes_and_at_least_one_includes() -> None:
    options = (criterion("option", "a", "A"),)
    either = criterion("exclude", "x", "Either", combine="one_of", options=options)
    assert criteria.criterion_text(either, WORDS, excludes=True) == "Either (any of the following):"
    assert criteria.criterion_text(either, WORDS) == "Either (at least one of the following):"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Infarction", "Infarction within 6 months before screening"),
        ("Infarction within 6 months before screening", "Infarction within 6 months before screening"),
        ("Infarction in the last six months", "Infarction in the last six months"),
        ("Infarction within 16 months", "Infarction within 16 months within 6 months before screening"),
    ],
)
def test_a_period_is_said_once(text: str, shown: str) -> None:
    found = criterion("exclude", "x", text, within=duration(quantity(6, "months")), before="SCR")
    assert criteria.criterion_text(found, WORDS) == shown


def test_groups_and_duties_of_a_criterion_are_printed() -> None:
    found = criterion("include", "x", "Antibodies", populations=("SLE",), requires=("sledai",))
    assert criteria.criterion_text(found, WORDS) == (
        "Antibodies (applies to systemic lupus erythematosus) (requires: SLEDAI-2K)"
    )


def test_a_condition_is_printed_unless_the_text_speaks_of_it() -> None:
    condition = expression("fertile", "The participant is fertile", "fertile")
    found = criterion("include", "x", "Negative pregnancy test", condition=condition)
    assert criteria.criterion_text(found, WORDS) == "Negative pregnancy test (if the participant is fertile)"
    found = criterion("include", "x", "Negative pregnancy test in fertile women", condition=condition)
    assert criteria.criterion_text(found, WORDS) == "Negative pregnancy test in fertile women"


def test_letters_go_on_behind_z() -> None:
    many = tuple(criterion("option", f"o{n}", f"Option {n}") for n in range(28))
    top = criterion("include", "top", "Top", combine="one_of", options=many)
    lines = criteria.sections(ELIGIBILITY.model_copy(update={"criteria": (top,)}), WORDS)[0].lines
    assert [line.mark for line in lines[26:]] == ["(z)", "(aa)", "(ab)"]


# Limits


@pytest.mark.parametrize("field", sorted(limits()))
def test_a_text_of_exactly_the_limit_fits_and_one_more_does_not(field: str) -> None:
    limit = limits()[field]
    assert excess(Entry(field, "x", "筛" * limit)) is None
    found = excess(Entry(field, "x", "筛" * (limit + 1)))
    assert found is not None
    assert (found.length, found.limit) == (limit + 1, limit)


def test_limits_are_those_of_the_registry() -> None:
    known = limits()
    assert (known["outcome_title"], known["outcome_time_frame"], known["outcome_description"]) == (254, 254, 999)
    assert (known["brief_title"], known["official_title"], known["arm_title"]) == (300, 600, 100)


def test_fields_over_the_limit_are_listed_with_counts() -> None:
    endpoints = (endpoint("long", "primary", "x" * 255, "y" * 255, description="z" * 1000),)
    protocol = with_study(brief_title="t" * 301).model_copy(update={"endpoints": endpoints})
    text = texts(protocol)["registry.txt"].split("not checked by the registry)")[1]
    assert "Brief title: 301 characters, 1 more than the 300 that the field takes" in text
    assert "Outcome long: title: 255 characters, 1 more than the 254" in text
    assert "Outcome long: time frame: 255 characters, 1 more than the 254" in text
    assert "Outcome long: description: 1001 characters, 2 more than the 999" in text
    assert "No text is longer" in texts(TRIAL)["registry.txt"]


def test_an_absent_text_is_not_too_long() -> None:
    assert over_limit([Entry("acronym", "Acronym", None)]) == []


# Hostile text, determinism


def hostile() -> Protocol:
    products = (Product(name="CT", label=HOSTILE, type="biological", description=HOSTILE, origin=AT),)
    eligibility = ELIGIBILITY.model_copy(update={"criteria": (criterion("include", "x", HOSTILE),)})
    return with_study(
        brief_title=HOSTILE,
        summary=HOSTILE,
        conditions=(HOSTILE,),
        sites=(Site(name=HOSTILE, origin=AT),),
    ).model_copy(
        update={
            "products": products,
            "eligibility": eligibility,
            "endpoints": (endpoint("x", "primary", HOSTILE, HOSTILE, description=HOSTILE),),
        }
    )


@pytest.mark.parametrize("path", ["registry.md", "registry_short.md"])
def test_markdown_shows_hostile_text_as_it_is(path: str) -> None:
    text = texts(hostile())[path]
    assert not re.search(r"(?<!\\)<script", text)
    assert not re.search(r"(?<!\\)\[c(?<!\\)\]\(", text)
    assert "\n# e" not in text
    assert "筛选" in text
    rows = [line for line in text.splitlines() if line.startswith("|") and "script" in line]
    for line in rows:
        assert len(re.findall(r"(?<!\\)\|", line)) in (3, 4), line


def test_a_line_break_in_a_label_does_not_break_a_field_of_the_plain_text() -> None:
    text = texts(hostile())["registry.txt"]
    assert "\n# e" not in text
    assert '<script>alert(1)</script> | =HYPERLINK("x") ]]>' in text


def test_numbers_are_plain_text_and_no_superscripts() -> None:
    for path, text in texts(TRIAL).items():
        assert "3.0×10^8" in text, path
        assert "108" not in text
        assert "⁸" not in text


def test_superscripts_of_the_author_survive_copying() -> None:
    found = criterion("include", "x", "Neutrophils of at least 1.0×10⁹/L, dose of 30 mg/m²")
    protocol = TRIAL.model_copy(update={"eligibility": ELIGIBILITY.model_copy(update={"criteria": (found,)})})
    assert "Neutrophils of at least 1.0×10^9/L, dose of 30 mg/m^2" in texts(protocol)["registry.txt"]


def test_the_same_trial_gives_the_same_bytes() -> None:
    again = Protocol.model_validate(json.loads(TRIAL.model_dump_json()))
    assert outputs(rendering(TRIAL)) == outputs(rendering(again))


def test_no_empty_lines_pile_up() -> None:
    for protocol in (TRIAL, hostile()):
        for path, text in texts(protocol).items():
            assert "\n\n\n" not in text, path


def test_a_template_of_the_project_takes_the_place_of_the_shipped_one(tmp_path: object) -> None:
    folder = str(tmp_path)
    with open(f"{folder}/registry_short.txt.j2", "w", encoding="utf-8") as handle:
        handle.write("{{ record.title }} only\n")
    made = {each.path: each.data for each in outputs(rendering(TRIAL, templates=folder))}
    assert made["registry_short.txt"] == b"CT in lupus only\n"
    assert b"Brief Summary" in made["registry.txt"]
