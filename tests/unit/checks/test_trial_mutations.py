"""Take one visit, sample, window or measure out of a real trial, and the code that tells of it appears.

Each row changes the text of a trial as a slip of its author would: what is changed, words before and after, the code.
The laws below do the same to every endpoint, criterion and assessment of the five trials, on the compiled model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from protocol_dsl import checks, pipeline
from protocol_dsl.checks.trial import Trial
from protocol_dsl.diagnostics.model import Rule
from protocol_dsl.diagnostics.registry import rules_of
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.schedule.build import build
from protocol_dsl.source import SourceMap

ROOT = Path(__file__).parents[3]
TRIALS = ("lupus", "ecar01", "cd7_autoimmune", "cd7_leukaemia", "lcar_aio")
FAMILIES = ("SCH", "END", "ELI")

DAY_28 = 'visit D28 "Day 28" day 28 -0/+2 days'
PRE_DOSE = "times for infusion pre_dose -60/+0 min, +4 h ±10 min"
EARLY_END = 'collect ae "Adverse events" from consent to end of follow_up'
ET = 'visit ET "Early termination" on withdrawal'

# trial, what is changed, (old words, new words) …, code
MUTATIONS: list[tuple[str, str, list[tuple[str, str]], str]] = [
    ("lupus", "the visit that closes the DLT window", [(DAY_28, 'visit D28 "Day 38" day 38 -0/+2 days')], "SCH040"),
    (
        "lupus",
        "all weekly visits in the DLT window",
        [
            ("infusion, D1, D4, D7, D10, D14, D21, D28", "infusion, D1, D28"),
            ("infusion, D7, D14, D28 {", "infusion, D28 {"),
        ],
        "SCH038",
    ),
    ("lupus", "a narrow window", [('visit D14 "Day 14" day 14 ±1 day', 'visit D14 "Day 14" day 14 ±7 days')], "SCH010"),
    (
        "lupus",
        "the baseline of an endpoint",
        [("uses sledai_2k at SCR, efficacy, ET", "uses sledai_2k at efficacy")],
        "END003",
    ),
    (
        "lupus",
        "a value of a criterion",
        [("laboratory at SCR, efficacy {\n  blood 5", "laboratory at efficacy {\n  blood 5")],
        "ELI001",
    ),
    ("lupus", "month 12 of the efficacy visits", [("D28, M2, M3, M6, M9, M12", "D28, M2, M3, M6, M9")], "END001"),
    (
        "lupus",
        "the samples of the first month",
        [("pharmacokinetics at dlt_period", "pharmacokinetics at infusion")],
        "END005",
    ),
    ("lupus", "the sample before the dose", [(PRE_DOSE, "times for infusion +4 h ±10 min")], "END007"),
    ("lupus", "a measure", [("  measure cmax(car)\n", "")], "END004"),
    ("lupus", "the end of a collection", [(EARLY_END, EARLY_END.replace("end of follow_up", "M6"))], "SCH039"),
    ("lupus", "the visit at withdrawal", [(ET, ET.replace("on withdrawal", "unscheduled"))], "SCH070"),
    (
        "lupus",
        "what is done at an unscheduled visit",
        [("ET, UNS {", "ET {"), ("dlt_period, UNS", "dlt_period")],
        "SCH071",
    ),
    (
        "lupus",
        "a length in the description",
        [("DLTs are observed for 28 days", "DLTs are observed for 14 days")],
        "SCH033",
    ),
    (
        "lupus",
        "presence at a visit",
        [('M9, M12 "Month {n}" month n', 'M9, M12 "Month {n}" by phone month n')],
        "SCH073",
    ),
    (
        "lupus",
        "the dose of the times",
        [("times for infusion pre_dose -60/+0 min, +15", "times for SCR pre_dose -60/+0 min, +15")],
        "SCH054",
    ),
    ("lupus", "both tolerances", [("+4 h ±15 min", "+4 h"), ("+4 h ±10 min", "+4 h")], "SCH053"),
    ("lupus", "the visit of a late sample", [("+4 h ±10 min", "+4 h ±10 min, +288 h ±1 h")], "SCH052"),
    (
        "lupus",
        "the order of two procedures",
        [
            ('immunoglobulins "Immunoglobulins G, A, M"', 'immunoglobulins "Ig" earlier than cytokines'),
            ('cytokines "Cytokines"', 'cytokines "Cytokines" earlier than immunoglobulins'),
        ],
        "SCH055",
    ),
    (
        "lupus",
        "the endpoint of an assessment",
        [
            ("  measure change(bcells)\n", "  measure change(sledai.total)\n"),
            ('"Change from baseline in CD19-positive B cells"', '"Change"'),
        ],
        "SCH035",
    ),
    (
        "ecar01",
        "the end of contraception",
        [("from consent to 2 years after infusion", "from consent to LD1")],
        "SCH072",
    ),
    (
        "ecar01",
        "the last visit of the scales",
        [("SCR, D28, M2, M3, M6, M9, M12", "SCR, D28, M2, M3, M6, M9")],
        "END009",
    ),
    (
        "ecar01",
        "the first value of a change",
        [("pharmacokinetics at SCR, safety_visits", "pharmacokinetics at safety_visits")],
        "END003",
    ),
    ("ecar01", "a scale of a criterion", [("uses essdai at SCR", "uses essdai at D28")], "ELI001"),
    ("ecar01", "an imaging of a criterion", [("imaging at SCR for SSc", "imaging at D28 for SSc")], "ELI001"),
    ("ecar01", "the visit that closes the DLT window", [(DAY_28, 'visit D28 "Day 38" day 38 -0/+2 days')], "SCH040"),
    ("ecar01", "a narrow window", [("month n ±7 days", "month n ±20 days")], "SCH010"),
    (
        "ecar01",
        "the registry's words",
        [('reported as "up to 1 years"\n  supports safety', 'reported as "up to 2 years"\n  supports safety')],
        "SCH033",
    ),
    ("ecar01", "the end of a collection", [(EARLY_END, EARLY_END.replace("end of follow_up", "D28"))], "SCH039"),
    ("ecar01", "a measure", [("  measure das28.total\n", "")], "END004"),
    (
        "cd7_autoimmune",
        "samples of a curve",
        [("pharmacokinetics at safety_visits", "pharmacokinetics at infusion, D28")],
        "END005",
    ),
    (
        "cd7_autoimmune",
        "the samples after day 28",
        [("pharmacokinetics at safety_visits", "pharmacokinetics at dlt_period")],
        "END005",
    ),
    ("cd7_autoimmune", "the sample before the dose", [(PRE_DOSE, "times for infusion +4 h ±10 min")], "END007"),
    ("cd7_autoimmune", "the visit of an endpoint", [("uses acr_criss at D90, M12", "uses acr_criss at M12")], "END001"),
    (
        "cd7_autoimmune",
        "the frame of a curve",
        [("timeframe about 28 days after", "timeframe about 60 days after")],
        "SCH033",
    ),
    (
        "cd7_autoimmune",
        "the end of a collection",
        [(EARLY_END, EARLY_END.replace("end of follow_up", "D90"))],
        "SCH039",
    ),
    ("cd7_autoimmune", "visits of a longer DLT window", [("window 28 days after", "window 90 days after")], "SCH038"),
    ("cd7_autoimmune", "a measure", [("  measure cmax(car)\n", "")], "END004"),
    (
        "cd7_autoimmune",
        "the visits of an assessment",
        [('Echocardiogram" category safety at SCR', 'Echocardiogram" category safety')],
        "SCH036",
    ),
    ("cd7_leukaemia", "the monthly test of a criterion", [("at SCR, hepatitis_b if", "at SCR if")], "ELI002"),
    ("cd7_leukaemia", "what is done at the monthly visits", [("at SCR, hepatitis_b if", "at SCR if")], "SCH037"),
    (
        "cd7_leukaemia",
        "the late samples",
        [("pharmacokinetics at safety_visits", "pharmacokinetics at dlt_period")],
        "END009",
    ),
    (
        "cd7_leukaemia",
        "time for a washout",
        [("shorter of 2 weeks, 5 half_lives before LD1", "12 weeks before LD1")],
        "SCH074",
    ),
    (
        "cd7_leukaemia",
        "the end of contraception",
        [("from consent to 6 months after INF4", "from consent to D28")],
        "SCH072",
    ),
    (
        "cd7_leukaemia",
        "the tests of criteria",
        [('virology "Virology" category eligibility at SCR', 'virology "Virology" category eligibility at LD1')],
        "ELI001",
    ),
    ("cd7_leukaemia", "a score of a criterion", [("uses ecog at SCR, D28, M3", "uses ecog at D28, M3")], "ELI001"),
    ("cd7_leukaemia", "presence at an imaging", [("imaging at SCR {", "imaging at SCR, Y3 {")], "SCH073"),
    ("cd7_leukaemia", "the visit of an endpoint", [("timeframe at M3\n", "timeframe at M6\n")], "SCH033"),
    (
        "cd7_leukaemia",
        "the end of a collection",
        [("from infusion to 24 months after infusion", "from infusion to D28")],
        "SCH039",
    ),
    ("cd7_leukaemia", "a measure", [("  measure rate(responder)\n", "")], "END004"),
    ("lcar_aio", "week 104 of the scales", [("W52, W78, W104\n", "W52, W78\n")], "END009"),
    ("lcar_aio", "the baseline of the scales", [("= SCR, D31, W8", "= D31, W8")], "END003"),
    (
        "lcar_aio",
        "the visit that closes the DLT window",
        [("30 days after infusion -0/+2 days", "40 days after infusion -0/+2 days")],
        "SCH040",
    ),
    (
        "lcar_aio",
        "the end of the DLT endpoint",
        [("timeframe 30 days after infusion", "timeframe 28 days after infusion")],
        "SCH041",
    ),
    (
        "lcar_aio",
        "a length in a title",
        [("(mRSS) from baseline up to 104 weeks", "(mRSS) from baseline up to 52 weeks")],
        "SCH033",
    ),
    (
        "lcar_aio",
        "the late samples",
        [("pharmacokinetics at safety_visits", "pharmacokinetics at dlt_period")],
        "END009",
    ),
    ("lcar_aio", "the end of a collection", [(EARLY_END, EARLY_END.replace("end of follow_up", "W52"))], "SCH039"),
    ("lcar_aio", "the visit at withdrawal", [(ET, ET.replace("on withdrawal", "unscheduled"))], "SCH070"),
    (
        "lcar_aio",
        "a window and what follows",
        [('W36, W52, W78 "Week {n}" week n ±14 days', 'W36, W52, W78 "Week {n}" week n ±60 days')],
        "SCH010",
    ),
]


@cache
def compiled(trial: str) -> pipeline.Compiled:
    """A trial as it is, compiled once."""
    return pipeline.check(str(ROOT / "protocols" / f"{trial}.proto"))


def codes(found: list[str]) -> Counter[str]:
    return Counter(code for code in found if code.startswith(FAMILIES))


@pytest.mark.parametrize(
    ("trial", "what", "edits", "code"), MUTATIONS, ids=[f"{row[0]}-{row[1]}-{row[3]}" for row in MUTATIONS]
)
def test_slip_of_an_author_is_told(
    trial: str, what: str, edits: list[tuple[str, str]], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "FAMILIES", FAMILIES)  # the rules of doses take long and are not meant here
    text = (ROOT / "protocols" / f"{trial}.proto").read_text("utf-8")
    for old, new in edits:
        assert old in text, f"{trial} changed; say {what} anew"
        text = text.replace(old, new)
    found = pipeline.check_text(text, f"{trial}.proto").diagnostics
    assert not [each.message for each in found if each.code.startswith(("SYN", "NAM", "QTY"))]
    before = codes([each.code for each in compiled(trial).diagnostics])
    assert codes([each.code for each in found])[code] > before[code]


# ---- laws: whatever is taken out of the model of a trial, the rule of its kind tells it ----


def told(protocol: Protocol, *wanted: str) -> Counter[str]:
    """How often each of these codes is found in a changed model."""
    trial = Trial(protocol, build(protocol), SourceMap())
    rules: list[Rule] = [rule for family in FAMILIES for rule in rules_of(family) if rule.code in wanted]
    return Counter(found.code for rule in rules if rule.check is not None for found in rule.check(trial))


def without(protocol: Protocol, assessment: str, *visits: str) -> Protocol:
    """The protocol whose assessment is not done at these visits."""
    changed = tuple(
        each.model_copy(update={"visits": tuple(name for name in each.visits if name not in visits)})
        if each.name == assessment
        else each
        for each in protocol.assessments
    )
    return protocol.model_copy(update={"assessments": changed})


def models() -> Iterator[Protocol]:
    for trial in TRIALS:
        protocol = compiled(trial).protocol
        assert protocol is not None
        yield protocol


def of_measure(protocol: Protocol, names: tuple[str, ...]) -> set[str]:
    """The assessments that give these names."""
    results = {result.name: each.name for each in protocol.assessments for result in each.results}
    bases = {name.partition(".")[0] for name in names}
    return {results.get(base, base) for base in bases} & {each.name for each in protocol.assessments}


def test_each_visit_that_an_endpoint_names_is_needed() -> None:
    checked = 0
    for protocol in models():
        before = told(protocol, "END001")["END001"]
        for endpoint in protocol.endpoints:
            if endpoint.measure is None or endpoint.frame is None:
                continue
            for assessment in of_measure(protocol, endpoint.measure.names):
                for visit in endpoint.frame.visits:
                    assert told(without(protocol, assessment, visit), "END001")["END001"] > before, (assessment, visit)
                    checked += 1
    assert checked >= 6


def test_each_baseline_is_needed() -> None:
    checked = 0
    for protocol in models():
        for endpoint in protocol.endpoints:
            if endpoint.baseline is not None and endpoint.measure is not None:
                for assessment in of_measure(protocol, endpoint.measure.names):
                    assert told(without(protocol, assessment, endpoint.baseline), "END003"), (endpoint.name, assessment)
                    checked += 1
    assert checked >= 10


def test_each_screening_value_of_a_criterion_is_needed() -> None:
    checked = 0
    for protocol in models():
        for criterion in protocol.eligibility.criteria if protocol.eligibility is not None else ():
            for part in (criterion, *criterion.options):
                visits = part.visits or criterion.visits
                for assessment in of_measure(protocol, part.where.names if part.where is not None else ()):
                    for visit in visits:
                        changed = without(protocol, assessment, visit)
                        assert told(changed, "ELI001", "SCH036"), (part.name, assessment, visit)
                        checked += 1
    assert checked >= 15


def test_each_last_value_is_needed() -> None:
    checked = 0
    for protocol in models():
        for endpoint in protocol.endpoints:
            frame = endpoint.frame
            if endpoint.measure is None or frame is None or frame.end is None or frame.kind == "at_point":
                continue
            for name in of_measure(protocol, endpoint.measure.names):
                done = next(each.visits for each in protocol.assessments if each.name == name)
                late = [visit for visit in protocol.visits if visit.name in done and (visit.latest or 0) > 20]
                changed = without(protocol, name, *(visit.name for visit in late))
                assert told(changed, "END001", "END005", "END009", "SCH036"), (endpoint.name, name)
                checked += 1
    assert checked >= 20


def test_each_assessment_without_its_visits_is_told() -> None:
    for protocol in models():
        for assessment in protocol.assessments:
            assert told(without(protocol, assessment.name, *assessment.visits), "SCH036")["SCH036"] == 1
