"""What chapter 6 and the defaults of the language reference promise is what the compiler does."""

from __future__ import annotations

import pytest

from protocol_dsl import pipeline
from protocol_dsl.diagnostics.model import ERROR
from protocol_dsl.model.protocol import Protocol

HEAD = 'protocol EXAMPLE { title "An example" }\n'
DAY_0 = HEAD + 'timeline { day 0 = infusion  month = calendar }\nvisit infusion "Infusion" day 0\n'
DAY_1 = HEAD + 'timeline { day 1 = infusion  month = 30 days }\nvisit infusion "Infusion" day 1\n'


def model(text: str) -> Protocol:
    """The model of a protocol without errors of syntax, names and quantities."""
    compiled = pipeline.check_text(text)
    assert compiled.is_sound, [d.message for d in compiled.diagnostics]
    assert compiled.protocol is not None
    return compiled.protocol


def days(text: str) -> dict[str, int | None]:
    """The target day of each visit, from the anchor."""
    return {visit.name: visit.offset for visit in model(text).visits}


def done_at(text: str) -> list[tuple[str, ...]]:
    """The visits of each assessment."""
    return [assessment.visits for assessment in model(text).assessments]


@pytest.mark.parametrize(
    ("written", "with_day_0", "with_day_1"),
    [("day 1", 1, 0), ("day 28", 28, 27), ("day -1", -1, -1), ("week 4", 28, 28)],
)
def test_points_of_the_timeline_lie_where_the_table_says(written: str, with_day_0: int, with_day_1: int) -> None:
    assert days(f"{DAY_0}visit A {written}")["A"] == with_day_0
    assert days(f"{DAY_1}visit A {written}")["A"] == with_day_1


def test_day_0_does_not_exist_where_the_anchor_is_on_day_1() -> None:
    errors = {d.code for d in pipeline.check_text(f"{DAY_1}visit A day 0").diagnostics if d.severity == ERROR}
    assert errors & {"QTY006", "SCH020"}


def test_a_calendar_month_has_fewest_and_most_days_and_a_fixed_one_has_its_length() -> None:
    (visit,) = [v for v in model(f"{DAY_0}visit A month 3").visits if v.name == "A"]
    assert (visit.earliest, visit.latest) == (89, 92)
    (visit,) = [v for v in model(f"{DAY_1}visit A month 3").visits if v.name == "A"]
    assert (visit.offset, visit.earliest, visit.latest) == (90, 90, 90)
    assert days(f"{DAY_1}visit A year 1")["A"] == 360


def test_window_opens_before_and_after_its_day() -> None:
    (visit,) = [v for v in model(f"{DAY_0}visit A day 28 -2/+5 days").visits if v.name == "A"]
    assert (visit.earliest, visit.latest) == (26, 33)


def test_rhythm_counts_from_its_reference_and_with_drift_from_the_visit_before() -> None:
    plain = model(f"{DAY_0}visits T1..T3 every 2 weeks after infusion ±2 days").visits[3]
    drifting = model(f"{DAY_0}visits T1..T3 every 2 weeks after infusion drift ±2 days").visits[3]
    assert (plain.earliest, plain.latest) == (40, 44)
    assert (drifting.earliest, drifting.latest) == (36, 48)


def test_series_counts_in_steps_and_takes_its_number_from_the_name() -> None:
    assert days(f"{DAY_0}visits W4..W12 week n step 4") == {"infusion": 0, "W4": 28, "W8": 56, "W12": 84}


def test_from_gives_the_first_day_of_a_series() -> None:
    assert days(f"{DAY_0}visits L1..L3 from day -5 every 1 day") == {"L1": -5, "L2": -4, "L3": -3, "infusion": 0}


def test_open_series_is_drawn_four_long_or_as_far_as_a_list_names_it() -> None:
    series = f"{DAY_0}visits IMG1.. every 9 weeks after infusion\n"
    assert list(days(series)) == ["infusion", "IMG1", "IMG2", "IMG3", "IMG4"]
    assert "IMG6" in days(series + 'assess scan "Scan" at IMG1..IMG6')
    assert model(series).series[0].open


def test_open_cycles_are_drawn_as_far_as_a_list_names_them_and_their_days_count_from_1() -> None:
    cycles = "cycles C1.. of 21 days from day 1 { visit D1 day 1\n visit W2 week 2 }\n"
    for first_day, shift in ((0, 1), (1, 0)):
        head = f"{HEAD}timeline {{ day {first_day} = consent }}\n{cycles}"
        found = days(head + 'assess scan "Scan" at D1 of C6')
        assert len(found) == 12
        assert (found["C1.D1"], found["C1.W2"], found["C6.D1"]) == (shift, shift + 7, shift + 105)


def test_cycles_begin_at_the_anchor_unless_said() -> None:
    found = days(f"{DAY_0}cycles C1..C2 of 21 days {{ visit D1 day 1 }}")
    assert (found["C1.D1"], found["C2.D1"]) == (0, 21)


def test_range_holds_all_that_is_scheduled_between_but_no_parallel_stage_and_no_event() -> None:
    text = (
        f"{DAY_0}visit A day 4\nvisit call 6 days after A by phone\nvisit B day 28\n"
        'visit ET on withdrawal\nstage other "Other" parallel { visit P day 20 }\n'
        'assess one "One" at A..B\nassess two "Two" at all\nassess three "Three" at all except A, B\n'
    )
    assert done_at(text) == [
        ("A", "call", "B"),
        ("infusion", "A", "call", "P", "B"),
        ("infusion", "call", "P"),
    ]


def test_several_at_clauses_add_up_in_the_order_of_the_schedule() -> None:
    text = f'{DAY_0}visit A day 4\nvisit B day 28\nassess one "One" at B {{ at infusion at A }}'
    assert done_at(text) == [("infusion", "A", "B")]


def test_visits_of_one_day_stand_in_the_order_of_the_text() -> None:
    assert list(days(f"{DAY_0}visit Z day 4\nvisit A day 4")) == ["infusion", "Z", "A"]


def test_names_of_cycles_and_of_their_visits_stand_for_what_the_table_of_sets_says() -> None:
    cycles = f"{HEAD}timeline {{ day 1 = C1.D1 }}\ncycles C1..C4 of 21 days {{ visit D1 day 1\n visit D8 day 8 }}\n"
    sets = ("C2", "C1.D8", "D8 of C2", "D8 of C2..C3", "D8 of C3..", "D8")
    assert done_at(cycles + "\n".join(f'assess a{i} "A" at {text}' for i, text in enumerate(sets))) == [
        ("C2.D1", "C2.D8"),
        ("C1.D8",),
        ("C2.D8",),
        ("C2.D8", "C3.D8"),
        ("C3.D8", "C4.D8"),
        ("C1.D8", "C2.D8", "C3.D8", "C4.D8"),
    ]


def test_unit_and_tolerance_of_times_hold_for_the_points_before() -> None:
    text = f'{DAY_0}assess pk "PK" at infusion {{ times pre_dose -60/+0 min, +15, +30 min, +1, +4 h ±5 min }}'
    (sampling,) = model(text).assessments[0].sampling
    assert [(point.minute, point.before, point.after) for point in sampling.points] == [
        (0, 60, 0),
        (15, 5, 5),
        (30, 5, 5),
        (60, 5, 5),
        (240, 5, 5),
    ]


def test_references_in_texts_are_filled_in() -> None:
    text = (
        f'{DAY_0}product CT1192 "cells"\nproduct CAR_T "CAR-T cells"\ndose CT1192 {{ level DL1 3e8 cells }}\n'
        'section s "S" "{CT1192}, {CAR_T}, {DL1}, {infusion}, {{x}}"'
    )
    assert model(text).sections[0].text == "CT1192, CAR-T cells, 3×10⁸ cells, Infusion, {x}"


def test_defaults_are_those_of_the_table() -> None:
    made = model(
        f'{DAY_0}product A "a"\nvisit D4 day 4\ngive A at D4\nfact f "F"\nassess l "L" at D4 {{ result r "R" }}\n'
        'eligibility { include c "C" { option x "X"  option y "Y" } }\n'
        'form g "G" records l { field h "H" integer range 0..3  check k "K" where h > 1 }\n'
    )
    visit = next(v for v in made.visits if v.name == "D4")
    assert visit.window is None
    assert (visit.earliest, visit.latest) == (4, 4)
    assert visit.contact == "on_site"
    assert made.administrations[0].amount is None
    assert made.facts[0].type == "boolean"
    assert made.assessments[0].results[0].type == "number"
    assert made.eligibility is not None
    assert made.eligibility.criteria[0].combine == "all_of"
    assert made.forms[0].fields[0].range_kind == "soft"
    assert made.forms[0].checks[0].kind == "soft"


def test_errors_of_syntax_names_and_quantities_stop_a_compile_and_others_do_not() -> None:
    assert not pipeline.check_text(f"{DAY_0}visit A day 4 ±3 mL").is_sound
    assert not pipeline.check_text(f'{DAY_0}assess a "A" at NOWHERE').is_sound
    impossible = pipeline.check_text(f"{DAY_0}visit A day 4\nvisit B day 9\norder B before A")
    assert "SCH001" in {d.code for d in impossible.diagnostics}
    assert impossible.is_sound


def test_assumptions_are_errors_only_when_asked_for() -> None:
    text = f'{DAY_0}@assumed "not in the record"\nvisit A day 4\ntodo "the rest"\n'
    sources = pipeline.SourceMap(None)
    sources.add_text("p.proto", text)
    plain = {d.code for d in pipeline.check_text(text).diagnostics}
    strict = [d.code for d in pipeline.compile_sources(sources, no_assumptions=True).diagnostics]
    assert "TXT090" not in plain
    assert strict.count("TXT090") == 2
