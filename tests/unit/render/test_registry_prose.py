"""Each sentence of the registry text, read word by word."""

from __future__ import annotations

import pytest

from protocol_dsl.model.base import Point, Quantity
from protocol_dsl.model.dosing import (
    Cohort,
    DecisionRule,
    DesignParameter,
    DltTable,
    DoseScheme,
    EarlyCompletion,
    Measure,
    MtdRule,
    Replacement,
    Stagger,
)
from protocol_dsl.model.forms import Instrument, Item
from protocol_dsl.model.outcomes import SampleSize
from protocol_dsl.model.schedule import Administration, GateAction
from protocol_dsl.model.study import Randomization, Size
from protocol_dsl.registries.fields import instruments_of
from protocol_dsl.render import registry_dosing as dosing
from protocol_dsl.render import registry_prose as prose
from protocol_dsl.render.registry_words import Words, capital, clause, listed, sentence, unit_name
from tests.unit.render.registry_trial import (
    AT,
    DLT,
    ESCALATION,
    GATE,
    LEVELS,
    RULES,
    SCALE,
    SCHEME,
    TRIAL,
    act,
    duration,
    endpoint,
    expression,
    gap,
    quantity,
    row,
    visit,
)

WORDS = Words(TRIAL)


# Words


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("Screening", "screening"),
        ("Lymphodepletion 1", "lymphodepletion 1"),
        ("A related death", "a related death"),
        ("Day 28", "Day 28"),
        ("Month 3", "Month 3"),
        ("SLEDAI-2K of at least 7", "SLEDAI-2K of at least 7"),
        ("CAR-T cells", "CAR-T cells"),
        ("Sjögren's syndrome", "Sjögren's syndrome"),
        ("Crohn disease", "Crohn disease"),
        ("No active infection.", "no active infection"),
        ("筛选", "筛选"),
        ("", ""),
    ],
)
def test_a_label_within_a_sentence(text: str, within: str) -> None:
    assert clause(text) == within


def test_a_name_with_capitals_inside_keeps_its_small_first_letter() -> None:
    assert capital("mRSS of 10") == "mRSS of 10"
    assert sentence("any event") == "Any event."
    assert sentence("Said already.") == "Said already."


def test_lists() -> None:
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"], "or")] == ["a", "a and b", "a, b or c"]


def test_durations_read_as_english() -> None:
    one = [WORDS.quantity(quantity(1, unit)) for unit in ("days", "weeks", "half_lives")]
    assert one == ["1 day", "1 week", "1 half-life"]
    assert WORDS.gap(gap(3, "days", 14)) == "3 to 14 days"
    both = duration(quantity(2, "weeks"), quantity(5, "half_lives"), choose="longer")
    assert WORDS.duration(both) == "2 weeks or 5 half-lives, whichever is longer"


def test_numbers_keep_their_exponent_and_are_plain_text() -> None:
    assert WORDS.quantity(quantity(1e5, "cells/kg", "1e5")) == "1×10^5 cells/kg"
    assert WORDS.quantity(quantity(30, "mg/m2")) == "30 mg/m^2"
    assert WORDS.quantity(quantity(20, "%")) == "20 %"


def test_units_without_a_number() -> None:
    assert [unit_name(unit) for unit in ("copies/ug", "10*6/L", "mg/m2", "blobs")] == [
        "copies/µg",
        "10^6/L",
        "mg/m^2",
        "blobs",
    ]


def test_a_unit_that_nobody_knows_is_shown_as_written() -> None:
    assert WORDS.quantity(quantity(3, "blobs")) == "3 blobs"


def test_points() -> None:
    six = duration(quantity(6, "months"))
    points = [
        Point(kind="place", of="consent", origin=AT),
        Point(kind="after", of="infusion", duration=six, origin=AT),
        Point(kind="end_of", of="follow_up", origin=AT),
        Point(kind="timeline", unit="month", number=12, origin=AT),
        Point(kind="elapsed", duration=six, origin=AT),
    ]
    assert [WORDS.point(point) for point in points] == [
        "informed consent",
        "6 months after infusion",
        "the end of follow-up",
        "Month 12",
        "6 months",
    ]


def test_ordinal_labels_take_an_article() -> None:
    visits = (visit("infusion", "First infusion", "treatment", 0, 0),)
    words = Words(TRIAL.model_copy(update={"visits": visits}))
    sentences = dosing.dlt_window(DLT, words)
    assert sentences == ["Dose-limiting toxicities (DLTs) are observed for 28 days after the first infusion."]


# Stages, treatment, gates


def test_stages_are_listed_in_order() -> None:
    assert prose.stage_list(TRIAL) == [
        "The study will include the following sequential stages: screening, lymphodepletion and follow-up."
    ]


def test_parallel_stages_stand_apart_and_unplanned_ones_are_left_out() -> None:
    stages = (
        *TRIAL.stages[:2],
        TRIAL.stages[2].model_copy(update={"parallel": True}),
        TRIAL.stages[0].model_copy(update={"name": "off", "label": "Off schedule", "visits": ("UNS",)}),
    )
    uns = TRIAL.visits[0].model_copy(update={"name": "UNS", "stage": "off"})
    uns = uns.model_copy(update={"timing": uns.timing.model_copy(update={"kind": "unscheduled"})})
    protocol = TRIAL.model_copy(update={"stages": stages, "visits": (*TRIAL.visits, uns)})
    assert prose.stage_list(protocol) == [
        "The study will include the following sequential stages: screening and lymphodepletion.",
        "Beside them, on a schedule of their own: follow-up.",
    ]


def test_a_single_stage_is_no_sequence() -> None:
    assert prose.stage_list(TRIAL.model_copy(update={"stages": TRIAL.stages[:1]})) == [
        "The study has one stage: screening."
    ]


def test_administration_names_amount_route_and_days() -> None:
    given = Administration(product="CT", amount=quantity(30, "mg/m2"), visits=("LD1", "LD2"), origin=AT)
    assert prose.administration(given, WORDS) == "CT cells: 30 mg/m^2, intravenous, on Days -5 and -4."
    given = Administration(product="CT", visits=("infusion",), origin=AT)
    assert prose.administration(given, WORDS) == "CT cells: at the assigned dose level, intravenous, on Day 0."


def test_days_follow_the_protocols_own_count() -> None:
    assert TRIAL.timeline is not None
    protocol = TRIAL.model_copy(update={"timeline": TRIAL.timeline.model_copy(update={"first_day": 1})})
    given = Administration(product="CT", visits=("LD2", "infusion"), origin=AT)
    assert prose.administration(given, Words(protocol)).endswith("on Days -4 and 1.")


def test_days_are_named_only_where_the_protocol_names_them() -> None:
    later = TRIAL.visits[4].timing.model_copy(update={"kind": "relative", "unit": None})
    visits = (*TRIAL.visits[:4], TRIAL.visits[4].model_copy(update={"timing": later, "label": "Second infusion"}))
    given = Administration(product="CT", visits=("infusion", "D28"), origin=AT)
    words = Words(TRIAL.model_copy(update={"visits": visits}))
    assert prose.administration(given, words).endswith("at infusion and the second infusion.")


def test_gate() -> None:
    assert prose.gate(GATE, WORDS) == [
        "Before lymphodepletion the participant must meet: no active infection; "
        "oxygen saturation above 92 % on room air.",
        "Otherwise lymphodepletion is delayed by 7 days.",
    ]


def test_gate_that_asks_people() -> None:
    discuss = GateAction(kind="discuss", whom=("medical_monitor",), text="whether CT may be given")
    gate = GATE.model_copy(update={"before": "infusion", "otherwise": (discuss,)})
    sentences = prose.gate(gate, WORDS)
    assert sentences[0].startswith("Before infusion the participant must meet: ")
    assert sentences[1] == "Otherwise it is discussed with the medical monitor whether CT may be given."


def test_randomization_keeps_the_block_size_to_itself() -> None:
    plan = Randomization(ratio=(2, 1), arms=("active", "control"), at="SCR", strata=("site",), blocks=(6,), origin=AT)
    assert prose.randomization(plan, WORDS) == [
        "Participants are randomized 2:1 to CT and control at screening, stratified by site."
    ]


def test_sample_size() -> None:
    plan = SampleSize(
        size=Size(count=300),
        power=quantity(80, "%"),
        alpha=quantity(5, "%"),
        sides="two_sided",
        origin=AT,
    )
    assert prose.sample_size(plan, WORDS) == [
        "The planned sample size is 300 participants (power 80 %, two-sided alpha 5 %)."
    ]


# Dose


def test_dose_levels_with_tolerance() -> None:
    assert dosing.dose_levels(SCHEME, WORDS) == [
        "There are three dose levels of CT cells: 3.0×10^8, 4.5×10^8 and 6.0×10^8 cells (DL1 to DL3); "
        "±20 % of the planned dose is allowed."
    ]


def test_one_dose_level_and_an_uneven_tolerance() -> None:
    scheme = DoseScheme(name="CT", levels=LEVELS[:1], tolerance_below=10, tolerance_above=20, origin=AT)
    assert dosing.dose_levels(scheme, WORDS) == [
        "There is one dose level of CT cells: 3.0×10^8 cells (DL1); -10 % to +20 % of the planned dose is allowed."
    ]


def test_a_cap_is_told_with_the_levels() -> None:
    amounts = [level.amount.model_copy(update={"unit": "cells/kg"}) for level in LEVELS]
    levels = tuple(level.model_copy(update={"amount": amount}) for level, amount in zip(LEVELS, amounts, strict=True))
    weight = Quantity(value=100, unit="kg", ucum="kg", written="100")
    most = Quantity(value=6e8, unit="cells", ucum="{cells}", written="6.0e8")
    for cap, text in (
        (weight, "Body weight counts up to 100 kg."),
        (most, "No participant is given more than 6.0×10^8 cells."),
    ):
        assert dosing.dose_levels(DoseScheme(name="CT", levels=levels, cap=cap, origin=AT), WORDS)[1:] == [text]


def test_levels_with_labels_are_called_by_them() -> None:
    labels = ("Low dose", "High dose")
    levels = tuple(LEVELS[number].model_copy(update={"label": label}) for number, label in enumerate(labels))
    scheme = DoseScheme(name="CT", levels=levels, origin=AT)
    assert dosing.dose_levels(scheme, WORDS) == [
        "There are two dose levels of CT cells: low dose (3.0×10^8 cells) and high dose (4.5×10^8 cells)."
    ]


def test_no_levels_no_sentence() -> None:
    assert dosing.dose_levels(DoseScheme(name="CT", origin=AT), WORDS) == []


@pytest.mark.parametrize(
    ("after", "low", "high", "observed"),
    [
        (3, 0, 0, "none of the 3 participants has a dose-limiting toxicity"),
        (3, 1, 1, "1 of 3 participants has a dose-limiting toxicity"),
        (6, 2, 2, "2 of 6 participants have a dose-limiting toxicity"),
        (3, 3, 3, "all 3 participants have a dose-limiting toxicity"),
        (3, 2, 3, "2 or more of 3 participants have a dose-limiting toxicity"),
        (6, 0, 1, "at most 1 of 6 participants has a dose-limiting toxicity"),
        (6, 0, 2, "at most 2 of 6 participants have a dose-limiting toxicity"),
        (6, 3, 4, "3 or 4 of 6 participants have a dose-limiting toxicity"),
        (6, 2, 4, "2 to 4 of 6 participants have a dose-limiting toxicity"),
        (6, 0, 6, "any number of the 6 participants have a dose-limiting toxicity"),
        (1, 0, 0, "the participant has no dose-limiting toxicity"),
        (1, 1, 1, "the participant has a dose-limiting toxicity"),
    ],
)
def test_what_was_observed(after: int, low: int, high: int, observed: str) -> None:
    table = DltTable(after=after, rows=(row(low, high, act("stay")),), origin=AT)
    assert dosing.escalation_rules(table) == [f"If {observed}, the next participants are treated at the same level."]


def test_one_sentence_for_each_rule() -> None:
    assert dosing.escalation_rules(RULES) == [
        "If none of the 3 participants has a dose-limiting toxicity, the next higher level is opened.",
        "If 1 of 3 participants has a dose-limiting toxicity, 3 more participants are treated at the same level "
        "(6 in all).",
        "If 2 or more of 3 participants have a dose-limiting toxicity, the escalation stops and 3 more participants "
        "are treated at the next lower level.",
    ]


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (act("de_escalate"), "the dose is reduced to the next lower level"),
        (act("stop_without_mtd"), "the escalation stops without a maximum tolerated dose"),
        (act("expand", count=4), "1 more participant is treated at the same level (4 in all)"),
        (act("treat_more", count=1), "1 more participant is treated at the same level"),
        (act("treat_more", count=3, level="DL1"), "3 more participants are treated at DL1"),
        (act("decide", by=("investigator",)), "the investigator decides"),
        (act("decide", by=("investigator", "data_monitor")), "the investigator and the data monitor decide"),
    ],
)
def test_what_follows(action: dosing.Action, words: str) -> None:
    table = DltTable(after=3, rows=(row(1, 1, action),), origin=AT)
    assert dosing.escalation_rules(table) == [f"If 1 of 3 participants has a dose-limiting toxicity, {words}."]


def test_escalation_start() -> None:
    assert dosing.escalation_start(ESCALATION, SCHEME, WORDS) == [
        "Dose escalation of CT cells for systemic lupus erythematosus starts at DL1 (3.0×10^8 cells).",
        "Participants are treated in cohorts of 3.",
        "At most 6 participants are treated per level.",
    ]


def test_a_published_design_with_its_settings() -> None:
    escalation = ESCALATION.model_copy(
        update={
            "design": "boin",
            "populations": (),
            "max_total": 12,
            "parameters": (DesignParameter(name="target", values=(30,), unit="%", origin=AT),),
        }
    )
    assert dosing.escalation_start(escalation, SCHEME, WORDS) == [
        "Dose escalation of CT cells follows the Bayesian optimal interval design (BOIN), "
        "target probability of dose-limiting toxicity 30 %, and starts at DL1 (3.0×10^8 cells).",
        "Participants are treated in cohorts of 3.",
        "At most 6 participants are treated per level, and at most 12 in all.",
    ]


def test_escalation_within_participants_speaks_of_the_participant() -> None:
    escalation = ESCALATION.model_copy(update={"within_participant": True, "populations": ()})
    assert dosing.escalation_start(escalation, SCHEME, WORDS) == [
        "Dose escalation of CT cells is within participants: each participant starts at DL1 (3.0×10^8 cells) "
        "and goes up level by level.",
        "A participant gets at most 6 doses at each level.",
    ]
    assert dosing.next_level(escalation, WORDS) == [
        "The next higher dose is given at the earliest 28 days after the one before."
    ]


def test_rules_within_participants_speak_of_the_next_dose() -> None:
    table = DltTable(after=1, rows=(row(0, 0, act("escalate")), row(1, 1, act("stop"))), origin=AT)
    assert dosing.escalation_rules(table, within_participant=True) == [
        "If the participant has no dose-limiting toxicity, the next dose is one level higher.",
        "If the participant has a dose-limiting toxicity, the participant's dose is not increased further.",
    ]


def test_waiting_times() -> None:
    assert dosing.stagger(ESCALATION.stagger[0], WORDS) == (
        "Further participants of a level are treated at the earliest 14 days after its first participant."
    )
    each = Stagger(gap=gap(1, "days"), after="each", origin=AT)
    assert dosing.stagger(each, WORDS) == (
        "Each further participant is treated at the earliest 1 day after the one before."
    )
    assert dosing.next_level(ESCALATION, WORDS) == [
        "The next level opens at the earliest 28 days after the last participant of a cohort was treated."
    ]


def test_edges_of_the_levels() -> None:
    closed = expression("dlt >= 2")
    escalation = ESCALATION.model_copy(update={"closed": closed})
    assert dosing.escalation_edges(escalation) == [
        "If the rules lead above the highest level, the escalation stops.",
        "If the rules lead below the lowest level, the escalation stops without a maximum tolerated dose.",
        "A level is closed with at least 2 dose-limiting toxicities.",
    ]


def test_mtd() -> None:
    assert dosing.mtd(None) == []
    said = {
        "n >= 6 and dlt <= 1": "at least 6 participants treated and at most 1 dose-limiting toxicity",
        "dlt = 0": "no dose-limiting toxicity",
        "dlt < 2": "fewer than 2 dose-limiting toxicities",
        "dlt / n < 0.33": "a share of DLTs below 0.33",
    }
    for text, english in said.items():
        rule = MtdRule(which="highest", where=expression(text, "A share of DLTs below 0.33"), origin=AT)
        assert dosing.mtd(rule) == [f"The maximum tolerated dose is the highest level with {english}."]


def test_dlt_window_evaluability_replacement() -> None:
    assert dosing.dlt_window(DLT, WORDS) == ["Dose-limiting toxicities (DLTs) are observed for 28 days after infusion."]
    assert dosing.evaluability(DLT) == [
        "Participants are evaluable for dose-limiting toxicity under this definition: completed the DLT period, "
        "or had a DLT."
    ]
    assert dosing.replacement(DLT, WORDS) == ["Participants who are not evaluable are replaced, at most 1 per level."]
    without_limit = DLT.model_copy(update={"replacement": Replacement(who="non_evaluable")})
    assert dosing.replacement(without_limit, WORDS) == ["Participants who are not evaluable are replaced."]


def test_nothing_is_said_of_what_the_protocol_leaves_open() -> None:
    nothing = DLT.model_copy(update={"window": None, "evaluable": None, "replacement": None})
    assert not dosing.dlt_window(nothing, WORDS)
    assert not dosing.evaluability(nothing)
    assert not dosing.replacement(nothing, WORDS)


def test_early_completion_is_a_list_of_its_own() -> None:
    early = DLT.model_copy(update={"complete_early": (EarlyCompletion(text="the treatment is withdrawn"),)})
    passages = prose.design(TRIAL.model_copy(update={"dlt": early}), WORDS)
    titles = {passage.title: passage for passage in passages}
    assert titles["End of the DLT observation before its time"].items == ("The treatment is withdrawn.",)


def test_expansion_cohort() -> None:
    cohort = Cohort(
        name="expansion",
        label="SLE expansion",
        populations=("SLE",),
        levels=("recommended_dose",),
        size=Size(count=9, bound="up_to", per="level"),
        origin=AT,
    )
    assert dosing.expansion(cohort, SCHEME, WORDS) == (
        "SLE expansion: up to 9 participants per level with systemic lupus erythematosus, at the recommended dose."
    )
    one = cohort.model_copy(update={"size": Size(count=1), "populations": (), "levels": ("DL1",)})
    assert dosing.expansion(one, SCHEME, WORDS) == "SLE expansion: 1 participant, at DL1 (3.0×10^8 cells)."


def test_discretion_names_who_decides() -> None:
    assert dosing.discretion(ESCALATION.notes) == [
        "Left to the investigator and the sponsor: Levels between may be explored."
    ]


def test_modification_and_stopping_rules() -> None:
    rule = DecisionRule(
        name="anc",
        text="ANC below 0.5×10^9/L",
        where=expression("anc < 0.5e9/L"),
        then=(
            Measure(kind="hold", of="CT", until=expression("anc >= 1e9/L", "ANC is at least 1.0×10^9/L")),
            Measure(kind="reduce_to", of="CT", amount=quantity(5, "mg/kg")),
            Measure(kind="pause", of="enrolment"),
            Measure(kind="stop", of="study"),
        ),
        origin=AT,
    )
    assert dosing.decision(rule, WORDS) == (
        "ANC below 0.5×10^9/L: treatment with CT cells is held until ANC is at least 1.0×10^9/L, the dose of CT cells "
        "is reduced to 5 mg/kg, enrolment is paused and the study is stopped."
    )


# Scales and repetition


def test_scale_of_a_total_and_of_a_single_item() -> None:
    assert prose.scale(SCALE) == ["SLEDAI-2K: total score 0 to 105, higher = worse."]
    line = Instrument(
        name="vas",
        label="Pain",
        items=(Item(name="pain", low=0, high=100, origin=AT),),
        low=0,
        high=100,
        unit="mm",
        higher="worse",
        origin=AT,
    )
    assert prose.scale(line) == ["Pain: score 0 to 100 mm, higher = worse."]
    assert prose.scale(Instrument(name="x", origin=AT)) == []


def test_a_scale_that_is_described_already_is_not_repeated() -> None:
    assert prose.says_scale("A total score between 0 and 105, higher is worse", SCALE)
    assert not prose.says_scale("A total score of 105", SCALE)
    assert not prose.says_scale("A total score between 0 and 105", SCALE)


def test_the_scale_is_found_through_the_measure() -> None:
    measured = endpoint("x", "primary", "x", measure=expression("change(sledai.total)", None, "sledai.total"))
    assert instruments_of(measured, TRIAL) == [SCALE]


def test_a_sentence_that_the_description_has_is_not_said_twice() -> None:
    passages = prose.design(TRIAL, WORDS)
    said = "Dose-limiting toxicities (DLTs) are observed for 28 days after infusion. Something else."
    left = [each for passage in prose.unsaid(passages, [said]) for each in passage.sentences]
    assert "Dose-limiting toxicities (DLTs) are observed for 28 days after infusion." not in left
    assert len(left) == sum(len(passage.sentences) for passage in passages) - 1


def test_a_stage_list_with_explanations_counts_as_said() -> None:
    said = "The study will include the following sequential stages: screening, lymphodepletion (3 days) and follow-up."
    left = prose.unsaid(prose.design(TRIAL, WORDS), [said])
    assert left[0].sentences == ("The last planned visit is Day 28.",)


def test_text_over_several_lines_becomes_paragraphs_and_items() -> None:
    text = "One sentence.\nAnother.\n\n- first\n  goes on\n- second\n"
    assert prose.blocks(text) == [
        prose.Block("One sentence. Another."),
        prose.Block("first goes on", True),
        prose.Block("second", True),
    ]
    assert prose.blocks(None) == []
