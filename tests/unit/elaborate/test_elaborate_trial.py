"""The study block, dose, eligibility, endpoints, forms and instruments."""

from __future__ import annotations

import pytest

from protocol_dsl import pipeline
from protocol_dsl.model.protocol import Protocol
from tests.unit.elaborate.trial import DAY_0, findings, model, told

VISITS = (
    DAY_0
    + """
visit SCR day -14 visit D28 day 28 visits M3..M12 "Month {n}" month n step 3
product P "P" type drug population SLE "Lupus" population SSc "Sclerosis" arm a "A" gives P arm b "B" gives P
assess alt "ALT" at SCR { result alt "ALT" (U/L) }
assess sledai "SLEDAI-2K" uses sledai_2k at SCR, D28
"""
)


def study(text: str) -> Protocol:
    compiled = pipeline.check_text(f'protocol X {{ title "T" {text} }}')
    assert compiled.protocol is not None
    assert compiled.is_sound, compiled.diagnostics
    return compiled.protocol


def test_the_study_block() -> None:
    found = study(
        """version "1.0" on 2026-01-15 phase early_phase_1 masking double of participant, investigator
        enrollment about 12 participants date start 2026-03 estimated registry clinicaltrials_gov "NCT00000000"
        condition "C1" condition "C2" site "S" in "Wuhan", "China" recruiting investigator "I" at "U" sponsor "O" """
    ).study
    assert (found.version, found.version_date, found.phase) == ("1.0", "2026-01-15", "early_phase_1")
    assert (found.masking, found.masked) == ("double", ("participant", "investigator"))
    assert found.enrollment is not None
    assert (found.enrollment.count, found.enrollment.bound) == (12, "about")
    assert (found.dates[0].kind, found.dates[0].date, found.dates[0].type) == ("start", "2026-03", "estimated")
    assert found.conditions == ("C1", "C2")
    assert (found.sites[0].address, found.sites[0].status) == (("Wuhan", "China"), "recruiting")
    assert found.investigators[0].affiliation == "U"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("enrollment 1.5 participants", "QTY006"),
        ("enrollment -12 participants", "SYN"),
        ("date start 2026-02-30", "QTY008"),
        ("date start 2026-13", "QTY008"),
        ('version "1" on 2026-02-30', "QTY008"),
        ('title "U"', "NAM005"),
        ("phase phase_1 phase phase_2", "NAM005"),
    ],
)
def test_a_fault_in_the_study_block(text: str, code: str) -> None:
    found = pipeline.check_text(f'protocol X {{ title "T" {text} }}').diagnostics
    assert next(d.code for d in found if d.severity == "error" and d.code[:3] in ("SYN", "NAM", "QTY")).startswith(code)


def test_dose_levels_and_tolerance() -> None:
    protocol = model(
        DAY_0 + 'product P "P" type drug dose P { level L1 3.0×10^8 cells level L2 4.5e8 cells tolerance ±20 % }'
    )
    (dose,) = protocol.doses
    assert [(lv.name, lv.amount.value, lv.amount.written) for lv in dose.levels] == [
        ("L1", 3e8, "3.0e8"),
        ("L2", 4.5e8, "4.5e8"),
    ]
    assert (dose.tolerance_below, dose.tolerance_above) == (20, 20)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("level L1 3.0×108 cells", [("QTY003", "3.0×108 cells")]),
        ("level L1 3 days", [("QTY002", "3 days")]),
        ("level L1 3 mg level L2 3 cells", [("QTY004", "3 cells")]),
        ("level L1 3 mg tolerance ±3 days", [("QTY002", "±3 days")]),
    ],
)
def test_a_fault_in_the_dose_levels(text: str, expected: list[tuple[str, str]]) -> None:
    assert told(DAY_0 + f'product P "P" type drug dose P {{ {text} }}') == expected


def test_an_escalation_table() -> None:
    protocol = model(
        VISITS
        + """dose P { level L1 1 mg level L2 2 mg }
        escalation main of P for SLE { start L1 cohort 3 max 6 per level stagger 14 days after first of level
          next level 28 days after last of cohort
          after 3 { 0 dlt: escalate  1 dlt: expand to 6  2..3 dlt: de_escalate }
          after 6 { 0..1 dlt: escalate  2..6 dlt: stop then treat 3 more at level below }
          above top: stop  below bottom: stop without mtd  closed when dlt >= 2  mtd highest with n >= 6 and dlt <= 1 }
        cohort x "X" for SLE at recommended_dose size up to 9 per level"""
    )
    (found,) = protocol.escalations
    assert (found.product, found.start, found.cohort_size, found.max_per_level) == ("P", "L1", 3, 6)
    rows = [(r.low, r.high, [(a.kind, a.count, a.level) for a in r.actions]) for t in found.tables for r in t.rows]
    assert rows == [
        (0, 0, [("escalate", None, None)]),
        (1, 1, [("expand", 6, None)]),
        (2, 3, [("de_escalate", None, None)]),
        (0, 1, [("escalate", None, None)]),
        (2, 6, [("stop", None, None), ("treat_more", 3, "below")]),
    ]
    assert found.below_bottom[0].kind == "stop_without_mtd"
    assert found.mtd is not None
    assert found.mtd.where is not None
    assert (found.mtd.which, found.mtd.where.names) == ("highest", ("n", "dlt"))
    assert protocol.cohorts[0].size is not None
    assert (protocol.cohorts[0].size.bound, protocol.cohorts[0].size.per) == ("up_to", "level")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("after 3 { 3..2 dlt: stop }", "NAM007"),
        ("after 3 { 0 dlt: stop } after 3 { 1 dlt: stop }", "NAM005"),
        ("cohort 3 cohort 4", "NAM005"),
        ("after 0 { 0 dlt: stop }", "QTY006"),
        ("closed when dlt", "QTY005"),
        ("closed when tlt > 2", "NAM001"),
        ("mtd lowest", "NAM004"),
        ("max 6 per cohort", "NAM004"),
        ("target 30 mg", "QTY002"),
    ],
)
def test_a_fault_in_an_escalation(text: str, code: str) -> None:
    assert [c for c, _ in told(VISITS + f"escalation main of P {{ {text} }}")] == [code]


def test_an_unknown_published_design_is_an_error() -> None:
    (found,) = findings(VISITS + "escalation main of P uses bion { target 30 % }")
    assert (found.code, found.help) == ("NAM004", "did you mean `boin`?")


def test_dose_limiting_toxicity() -> None:
    found = model(
        VISITS
        + """dlt { window 28 days after infusion criterion c "C" where alt > 5 xULN evaluable "E"
          replace non_evaluable up to 1 per level }"""
    ).dlt
    assert found is not None
    assert found.window is not None
    assert (found.window.lower, found.window.unit, found.after) == (28, "days", "infusion")
    assert found.replacement is not None
    assert (found.replacement.who, found.replacement.up_to, found.replacement.per) == ("non_evaluable", 1, "level")


def test_eligibility_with_options_in_options() -> None:
    protocol = model(
        VISITS
        + """eligibility { sex all age from 18 years to 70 years healthy_volunteers no
          include one_of disease "D" at SCR { option ra "RA" for SLE where alt > 3 U/L
            option other "O" for SSc { note "n" option x "X" option y "Y" where alt is known } }
          include second "S"
          exclude vaccine "V" within 6 weeks before infusion
          washout w "W" shorter of 2 weeks, 5 half_lives before infusion
          restriction r "R" from consent to 6 months after infusion }"""
    )
    found = protocol.eligibility
    assert found is not None
    assert (found.sex, found.healthy_volunteers) == ("all", False)
    assert found.minimum_age is not None
    assert found.maximum_age is not None
    assert (found.minimum_age.value, found.maximum_age.value) == (18, 70)
    disease, second, vaccine, washout, restriction = found.criteria
    assert (disease.number, second.number, vaccine.number, washout.number) == (1, 2, 1, None)
    assert (disease.combine, disease.visits, [o.name for o in disease.options]) == ("one_of", ("SCR",), ["ra", "other"])
    assert (disease.options[1].combine, [o.name for o in disease.options[1].options]) == ("all_of", ["x", "y"])
    assert disease.options[1].remarks == ("n",)
    assert disease.options[0].populations == ("SLE",)
    assert vaccine.within is not None
    assert vaccine.before == "infusion"
    assert washout.within is not None
    assert (washout.within.choose, [q.unit for q in washout.within.quantities]) == ("shorter", ["weeks", "half_lives"])
    assert restriction.start is not None
    assert restriction.end is not None
    assert (restriction.start.of, restriction.end.kind, restriction.end.of) == ("consent", "after", "infusion")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("age from 70 years to 18 years", "NAM007"),
        ("age at least 18 mg", "QTY002"),
        ("age from 18 years to 70 years age at least 3 years", "NAM005"),
        ("sex some", "NAM004"),
        ("healthy_volunteers perhaps", "NAM004"),
        ('include one_of d "D"', "NAM009"),
        ('include at least 3 of d "D" { option a "A" option b "B" }', "QTY006"),
        ('include one_of d "D" { option a "A" option a "B" }', "NAM002"),
        ('washout w "W" 3 mL before infusion', "QTY002"),
        ('include d "D" where alt > 3 U/L where alt > 5 U/L', "NAM005"),
    ],
)
def test_a_fault_in_the_eligibility(text: str, code: str) -> None:
    assert [c for c, _ in told(VISITS + f"eligibility {{ {text} }}")] == [code]


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        ("at M3, M6, M12", "Months 3, 6 and 12"),
        ("at D28", "Day 28"),
        ("at SCR, D28, M3", "Days −14 and 28 and Month 3"),
        ("from infusion to D28", "From infusion to Day 28"),
        ("from day 0 to day 28", "From Day 0 to Day 28"),
        ("up to month 24 after infusion", "Up to Month 24 after infusion"),
        ("up to 24 months after infusion", "Up to 24 months after infusion"),
        ("from infusion to 30 days after infusion", "From infusion to 30 days after infusion"),
    ],
)
def test_a_time_frame_in_words(frame: str, text: str) -> None:
    (found,) = model(VISITS + f'endpoint e primary "E" timeframe {frame}').endpoints
    assert found.frame is not None
    assert found.frame.text == text


def test_an_endpoint() -> None:
    protocol = model(
        VISITS
        + """objective o primary "O"
        endpoint e secondary "E" measure change(sledai.total) from SCR timeframe at D28 supports o for SLE
        analysis_set itt "ITT" where randomized
        estimand s { estimates e treatment a versus b among itt intercurrent stop "Stop" strategy treatment_policy }
        sample_size 300 participants { power 80 % alpha 5 % two_sided estimates e }
        interim ia "IA" at D28"""
    )
    (found,) = protocol.endpoints
    assert (found.level, found.baseline, found.supports, found.populations) == ("secondary", "SCR", ("o",), ("SLE",))
    assert found.measure is not None
    assert found.measure.names == ("sledai.total",)
    (estimand,) = protocol.estimands
    assert (estimand.estimates, estimand.treatment, estimand.versus, estimand.among) == ("e", "a", "b", "itt")
    assert protocol.sample_size is not None
    assert protocol.sample_size.alpha is not None
    assert (protocol.sample_size.alpha.value, protocol.sample_size.sides) == (5, "two_sided")


def test_randomization() -> None:
    found = model(VISITS + "randomize 2:1 to a, b at SCR { stratify by site block 6 }").randomization
    assert found is not None
    assert (found.ratio, found.arms, found.at, found.strata, found.blocks) == (
        (2, 1),
        ("a", "b"),
        "SCR",
        ("site",),
        (6,),
    )
    assert [c for c, _ in told(VISITS + "randomize 2:1 to a")] == ["QTY006"]


def test_a_form_with_everything() -> None:
    (found,) = model(
        VISITS
        + """form vitals "V" records alt repeating { instructions "I" heading "H"
          field temp "T" decimal 1 unit Cel range 34.0..43.0 hard required
          field sbp "S" integer range 60..250 field dbp "D" integer
          field place "P" choice { oral "Oral" ear "Ear" } if temp is known
          derive map "M" = (sbp + 2 * dbp) / 3 unit mm[Hg]
          check bp "B" where dbp < sbp soft
          matrix m "M" choice { n "No" y "Yes" } required { row chills "Chills" row rash "Rash" } }"""
    ).forms
    temp, sbp, _, place, derived, chills, rash = found.fields
    assert (temp.type, temp.decimals, temp.unit, temp.low, temp.high, temp.range_kind) == (
        "decimal",
        1,
        "Cel",
        34.0,
        43.0,
        "hard",
    )
    assert (temp.required, temp.heading, sbp.heading) == (True, "H", None)
    assert place.condition is not None
    assert place.condition.names == ("temp",)
    assert derived.formula is not None
    assert (derived.type, derived.formula.text, derived.unit) == ("derived", "(sbp + 2 * dbp) / 3", "mmHg")
    assert (chills.matrix, rash.matrix, chills.required, len(rash.choices)) == ("m", "m", True, 2)
    assert found.checks[0].where.names == ("dbp", "sbp")
    assert (found.records, found.repeating, found.instructions) == (("alt",), True, ("I",))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('field t "T"', "NAM009"),
        ('field t "T" text range 3..4', "QTY005"),
        ('field t "T" integer range 4..3', "NAM007"),
        ('field t "T" integer unit zqz', "QTY001"),
        ('field t "T" integer check c "C" where u > 3', "NAM001"),
        ('field t "T" choice { a "A" a "B" }', "NAM002"),
        ('field t "T" integer integer', "NAM005"),
        ('derive t "T" = "x" + 3', "QTY005"),
    ],
)
def test_a_fault_in_a_form(text: str, code: str) -> None:
    assert [c for c, _ in told(VISITS + f'form f "F" {{ {text} }}')] == [code]


def test_an_instrument_of_the_protocol() -> None:
    protocol = model(
        DAY_0
        + """instrument own "Own index" { item a "A" 0..3 item b "B" choice { 0 "No" 2 "Yes" } weight 2 total sum
            total grade "Grade" = max(a, b) range 0..5 higher worse recall 7 days missing prorate licence open cite "C"
            example "E" { a 1 b 2 } gives 5 gives grade 2 }
        assess own_index "Own" uses own at infusion
        fact f "F" where own_index.grade >= 2 and own_index.a >= 1 and own_index >= 3"""
    )
    (found,) = protocol.instruments
    assert ([i.name for i in found.items], [t.name for t in found.totals], found.from_library) == (
        ["a", "b"],
        ["total", "grade"],
        False,
    )
    assert (found.low, found.high, found.higher, found.missing) == (0, 5, "worse", "prorate")
    assert found.examples[0].gives == ((None, 5), ("grade", 2))
    assert protocol.facts[0].where is not None


def test_an_instrument_of_the_library_is_loaded_when_it_is_used() -> None:
    protocol = model(VISITS)
    assert [(i.name, i.from_library) for i in protocol.instruments] == [("sledai_2k", True)]
    assert len(protocol.instruments[0].items) == 24


def test_crossover_and_modifications() -> None:
    protocol = model(
        """timeline { day 1 = P1.D1 } product T "T" type drug product R "R" type drug
        cycles P1..P2 of 14 days { visit D1 day 1 }
        arm TR "TR" sequence T, R over P1, P2
        assess labs "L" at P1.D1 { result anc "ANC" (10*9/L) }
        modifications T { rule low "Low" where anc < 0.5e9/L then hold T until anc >= 1.0e9/L, reduce T to 5 mg/kg }
        stopping "Study" { rule d "D" where count(death) >= 1 then pause enrolment }"""
    )
    assert (protocol.arms[0].sequence, protocol.arms[0].periods) == (("T", "R"), ("P1", "P2"))
    assert [(m.kind, m.of) for m in protocol.rules[0].rules[0].then] == [("hold", "T"), ("reduce_to", "T")]
    assert protocol.rules[1].rules[0].then[0].of == "enrolment"
    text = 'timeline { day 1 = P1.D1 } product T "T" type drug cycles P1..P2 of 14 days { visit D1 day 1 } arm X "X" '
    assert told(text + "sequence T over P1, P2") == [("NAM008", "sequence T over P1, P2")]


def test_an_amendment() -> None:
    (found,) = model(
        VISITS
        + """amendment "2.0" on 2026-06-01 from "1.0" { reason new_safety_information summary "S"
          change D28 "Why" change alt.blood "Because" applies future_visits }"""
    ).amendments
    assert (found.version, found.from_version, found.date, found.reason, found.applies) == (
        "2.0", "1.0", "2026-06-01", "new_safety_information", "future_visits",
    )  # fmt: skip
    assert [(c.of, c.rationale) for c in found.changes] == [("D28", "Why"), ("alt.blood", "Because")]
    bad = 'amendment "2.0" on 2026-06-31 from "1.0" { reason because applies never }'
    assert [c for c, _ in told(DAY_0 + bad)] == ["QTY008", "NAM004", "NAM004"]


def test_translations() -> None:
    (found,) = model(VISITS + 'translate zh { SCR "筛选" alt "谷丙转氨酶" }').translations
    assert (found.language, found.labels) == ("zh", (("SCR", "筛选"), ("alt", "谷丙转氨酶")))
    assert told(VISITS + 'translate zh { SCR "a" SCR "b" }') == [("NAM005", "SCR")]


def test_blood_and_validity_are_checked() -> None:
    assert told(VISITS + 'assess x "X" at SCR blood 3 days') == [("QTY002", "3 days")]
    assert told(VISITS + 'assess x "X" at SCR valid 3 mL') == [("QTY002", "3 mL")]
    assert told(VISITS + "give P 3 days at SCR") == [("QTY002", "3 days")]
    assert told(VISITS + "give P 3 mg at SCR over 3 mL") == [("QTY002", "3 mL")]
