"""Texts and notes: references filled in, notes at the element that they mean, times within a visit."""

from __future__ import annotations

import pytest

from protocol_dsl import pipeline
from tests.unit.elaborate.trial import DAY_0, HEAD, findings, model, told


def test_references_are_filled_in_everywhere() -> None:
    protocol = model(
        DAY_0
        + """
        product CT9 "CAR-T cells" type biological alias "old {CT9}"
        dose CT9 { level DL1 3.0e8 cells }
        visit D28 "Day 28 after {CT9}" day 28 note "before {CT9}"
        assess x "X of {CT9}" at infusion method "by {CT9}" { note "for {CT9}"  result r "R" choice { a "A {CT9}" } }
        fact f "F" if r = a
        objective o primary "Safety of {CT9} at {DL1}"
        @assumed "as {CT9}"
        section s "S" "{D28}, {{ and }}"
        translate zh { x "{CT9} 筛选" }
        """
    )
    assert protocol.products[0].aliases == ("old CT9",)
    d28, x = protocol.visit("D28"), protocol.assessment("x")
    assert d28 is not None
    assert x is not None
    assert (d28.label, d28.remarks) == ("Day 28 after CT9", ("before CT9",))
    assert (x.label, x.method, x.remarks[0].text) == ("X of CT9", "by CT9", "for CT9")
    assert x.results[0].choices[0].label == "A CT9"
    assert protocol.facts[0].condition is not None
    assert protocol.facts[0].condition.english == "R is A CT9"
    assert protocol.objectives[0].text == "Safety of CT9 at 3.0×10⁸ cells"
    assert protocol.sections[0].text == "Day 28 after CT9, { and }"
    assert protocol.sections[0].notes[0].text == "as CT9"
    assert protocol.notes[0].text == "as CT9"
    assert protocol.translations[0].labels == (("x", "CT9 筛选"),)


def test_labels_that_refer_to_each_other_end() -> None:
    protocol = model(DAY_0 + 'group a "{b} A" = infusion group b "{a} B" = infusion section s "S" "{a}"')
    assert "{" not in protocol.sections[0].text
    assert protocol.sections[0].text.endswith("A")


def test_labels_that_double_in_labels_do_not_swell() -> None:
    chain = " ".join(f'group g{i} "{{g{i + 1}}} {{g{i + 1}}}" = infusion' for i in range(60))
    protocol = model(DAY_0 + chain + ' group g60 "end" = infusion section s "S" "{g0}"')
    assert len(protocol.sections[0].text) < 5000


def test_a_label_keeps_quotes_and_backslashes() -> None:
    protocol = model(
        DAY_0 + r'assess x "X" at infusion { result r "the \"R\" \\ value" (mg) } fact f "F" where r > 3 mg'
    )
    assert protocol.facts[0].where is not None
    assert protocol.facts[0].where.english == r'the "R" \ value > 3 mg'


def test_an_unknown_reference_is_one_error_inside_the_text() -> None:
    (found,) = findings(DAY_0 + 'product CT9 "C" type drug section s "S" "of {CT8} and {CT8}"')
    assert found.code == "NAM006"
    assert found.help == "did you mean `CT9`?"
    assert told(DAY_0 + 'section s "S" "{CT8}"') == [("NAM006", "{CT8}")]


def test_n_is_a_number_in_the_labels_of_series_alone() -> None:
    assert told(DAY_0 + 'visits M1..M2 "Month {n}" month n') == []
    assert told(DAY_0 + 'section s "S" "month {n}"') == [("NAM006", "{n}")]


def test_an_ambiguous_reference_is_one_error_with_its_places() -> None:
    text = 'group safety "Safety visits" = infusion objective safety primary "S" section s "S" "{safety} {safety}"'
    (found,) = findings(DAY_0 + text)
    assert found.code == "NAM010"
    assert len(found.labels) == 3


def test_hostile_texts_are_kept_as_they_are() -> None:
    text = "<script>alert(1)</script> =cmd|' /C calc'!A0 筛选 ‮ %s {{x}} \\\\ \\\" #"
    protocol = model(DAY_0 + f'visit D4 "{text}" day 4')
    visit = protocol.visit("D4")
    assert visit is not None
    assert visit.label == "<script>alert(1)</script> =cmd|' /C calc'!A0 筛选 ‮ %s {x} \\ \" #"


def test_notes_stand_at_the_element_that_they_mean() -> None:
    protocol = model(
        DAY_0
        + """
        @source "a" @assumed "b"
        visit D4 "Day 4" day 4
        visit D7 "Day 7" { @assumed "c" day 7  @todo "d" ±1 day }
        assess x "X" at D4 { @source "e" result r "R" (mg) @allow CRF004 "f" blood 3 mL }
        eligibility { @assumed "g" include i "I" { @source "h" where r > 3 mg } @todo "k" sex all }
        @renamed_from D29
        visit D28 day 28
        dose P { @source "l" level DL1 3 mg }  product P "P" type drug
        """
    )
    d4, d7, d28, x = (protocol.visit("D4"), protocol.visit("D7"), protocol.visit("D28"), protocol.assessment("x"))
    assert d4 is not None
    assert [(n.kind, n.text) for n in d4.notes] == [("source", "a"), ("assumed", "b")]
    assert d7 is not None
    assert [n.text for n in d7.notes] == ["c", "d"]
    assert d28 is not None
    assert [(n.kind, n.code) for n in d28.notes] == [("renamed_from", "D29")]
    assert x is not None
    assert [n.text for n in x.results[0].notes] == ["e"]
    assert ("allow", "CRF004", "f") in [(n.kind, n.code, n.text) for n in x.notes]
    assert protocol.eligibility is not None
    assert [n.text for n in protocol.eligibility.criteria[0].notes] == ["g", "h"]
    assert [n.text for n in protocol.doses[0].levels[0].notes] == ["l"]
    assert "".join(n.text for n in protocol.notes if n.kind != "renamed_from") == "abcdefghkl"


def test_todo_and_discretion_are_on_the_list_of_notes() -> None:
    protocol = model(
        DAY_0 + 'product P "P" type drug escalation e of P { todo "t" discretion investigator, sponsor "They decide" }'
    )
    assert [(n.kind, n.text, n.by) for n in protocol.notes] == [
        ("todo", "t", ()),
        ("discretion", "They decide", ("investigator", "sponsor")),
    ]


@pytest.mark.parametrize(
    ("written", "minutes"),
    [
        (
            "pre_dose -60/+0 min, +15, +30 min ±5 min, +1, +4 h ±15 min",
            [(0, 60, 0), (15, 5, 5), (30, 5, 5), (60, 15, 15), (240, 15, 15)],
        ),
        ("+1, +4 h ±10 min", [(60, 10, 10), (240, 10, 10)]),
        ("+1 h ±10 min, +24 h ±30 min", [(60, 10, 10), (1440, 30, 30)]),
        ("pre_dose, +0.5 h", [(0, 0, 0), (30, 0, 0)]),
        ("+1 days", [(1440, 0, 0)]),
    ],
)  # fmt: skip
def test_units_and_tolerances_hold_for_the_times_before(written: str, minutes: list[tuple[int, int, int]]) -> None:
    x = model(DAY_0 + f'assess x "X" at infusion times {written}').assessment("x")
    assert x is not None
    assert [(p.minute, p.before, p.after) for p in x.sampling[0].points] == minutes
    assert [p.pre_dose for p in x.sampling[0].points] == [m == 0 for m, _, _ in minutes]


def test_times_are_shared_by_name() -> None:
    protocol = model(DAY_0 + 'timepoints pk "PK" { +1, +2 h } assess x "X" at infusion times for infusion pk')
    x = protocol.assessment("x")
    assert x is not None
    assert x.sampling[0].set_name == "pk"
    assert x.sampling[0].visits == ("infusion",)
    assert x.sampling[0].points == protocol.time_points[0].points


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("+1, +2", [("QTY002", "+2")]),
        ("+1, +2 mL", [("QTY002", "+2 mL")]),
        ("+1 h ±3 mL", [("QTY002", "±3 mL")]),
        ("+1 h ±2 months", [("QTY002", "±2 months")]),
        ("+1, +2 zqz", [("QTY001", "zqz")]),
    ],
)
def test_a_wrong_time_within_a_visit(written: str, expected: list[tuple[str, str]]) -> None:
    assert told(DAY_0 + f'assess x "X" at infusion times {written}') == expected


def test_the_place_of_every_part_is_its_own() -> None:
    protocol = model(DAY_0 + 'visit D4 "Day 4"\n  day 4\n  ±1 day\n')
    visit = protocol.visit("D4")
    assert visit is not None
    assert visit.window is not None
    assert visit.window.origin.line - visit.timing.origin.line == 1
    assert visit.origin.file == pipeline.check_text(HEAD).sources.files[0].path
