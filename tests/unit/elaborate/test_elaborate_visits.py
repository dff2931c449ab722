"""Visits: points, windows, series, cycles, conventions of counting."""

from __future__ import annotations

import pytest

from tests.unit.elaborate.trial import DAY_0, days, findings, model, told, visit


def test_a_window_widens_the_days_of_a_visit() -> None:
    assert days("visit D28 day 28 -2/+5 days") == {"D28": (28, 26, 33)}


def test_a_range_of_days_keeps_its_ends() -> None:
    assert days("visit SCR day -42 to -15") == {"SCR": (-42, -42, -15)}


def test_weeks_count_from_the_anchor() -> None:
    assert days("visit W4 week 4 ±1 week") == {"W4": (28, 21, 35)}


def test_calendar_months_span_the_shortest_and_the_longest_months() -> None:
    assert days("visit M2 month 2") == {"M2": (61, 59, 62)}
    assert days("visit Y1 year 1") == {"Y1": (365, 365, 366)}


@pytest.mark.parametrize(("said", "day"), [("30 days", 60), ("4 weeks", 56)])
def test_months_of_a_fixed_length(said: str, day: int) -> None:
    protocol = model(f"timeline {{ day 0 = V  month = {said} }} visit V day 0 visit M2 month 2")
    found = protocol.visit("M2")
    assert found is not None
    assert (found.offset, found.earliest, found.latest) == (day, day, day)


def test_day_1_at_the_anchor_leaves_no_day_0() -> None:
    protocol = model(
        "timeline { day 1 = V } visit B day -1 visit V day 1 visit D8 day 8 visits E1..E3 from day -2 every 1 day"
    )
    assert {v.name: v.offset for v in protocol.visits} == {"E1": -2, "B": -1, "E2": -1, "V": 0, "E3": 0, "D8": 7}
    assert [v.timing.text for v in protocol.visits if v.series] == ["Day −2", "Day −1", "Day 1"]


def test_day_0_is_an_error_where_the_anchor_is_day_1() -> None:
    assert told("timeline { day 1 = V } visit V day 1 visit B day 0") == [("QTY006", "day 0")]
    assert told("timeline { day 1 = C1.D1 } cycles C1..C2 of 21 days { visit D1 day 1 visit D0 day 0 }") == [
        ("QTY006", "day 0")
    ]


def test_a_convention_other_than_0_or_1_is_an_error() -> None:
    assert told("timeline { day 2 = V } visit V day 2") == [("QTY006", "2")]


def test_the_number_in_the_name_gives_the_month_and_the_label() -> None:
    protocol = model(DAY_0 + 'visits M2..M4 "Month {n}" month n')
    assert [(v.name, v.label, v.number, v.timing.text) for v in protocol.visits[1:]] == [
        ("M2", "Month 2", 2, "Month 2"),
        ("M3", "Month 3", 3, "Month 3"),
        ("M4", "Month 4", 4, "Month 4"),
    ]
    assert protocol.series[0].members == ("M2", "M3", "M4")


def test_step_leaves_names_out() -> None:
    assert list(days("visits D4..D12 day n step 4")) == ["D4", "D8", "D12"]


def test_zeros_before_a_number_stay_in_the_names() -> None:
    assert list(days("visits D08..D10 day n")) == ["D08", "D09", "D10"]


def test_from_and_every_count_from_the_first_member() -> None:
    assert {k: v[0] for k, v in days("visits LD1..LD3 from day -5 every 2 days").items()} == {
        "LD1": -5,
        "LD2": -3,
        "LD3": -1,
    }
    assert {k: v[0] for k, v in days("visits W1..W3 from day 1 every 2 weeks").items()} == {"W1": 1, "W2": 15, "W3": 29}


def test_every_after_a_visit_begins_one_step_later() -> None:
    found = days("visit M12 month 12  visits Q1..Q2 every 3 months after M12")
    assert found["Q1"] == found["M12"][:0] + days("visit M15 month 15")["M15"]
    assert found["Q2"] == days("visit M18 month 18")["M18"]


@pytest.mark.parametrize(
    ("rhythm", "expected"),
    [
        ("every 36 h after infusion", [2, 3, 5]),
        ("from day 1 every 36 h", [1, 3, 4]),
    ],
)
def test_a_rhythm_of_broken_days_is_not_cut_short(rhythm: str, expected: list[int]) -> None:
    found = days(f"visit W4 week 4 visits X1..X3 {rhythm}")
    assert [found[name][0] for name in ("X1", "X2", "X3")] == expected


def test_members_follow_their_own_references() -> None:
    found = days("visit M3 day 90 ±2 days visit M6 day 180 visits T1, T2 2 weeks after M3, M6 by phone")
    assert found["T1"] == (104, 102, 106)
    assert found["T2"][0] == 194
    assert visit("visits T1, T2 2 weeks after infusion by phone", "T1").contact == "phone"


def test_members_and_references_must_be_as_many() -> None:
    assert told(DAY_0 + "visit M3 day 90 visits T1..T3 2 weeks after M3, infusion") == [
        ("NAM008", "2 weeks after M3, infusion")
    ]
    assert told(DAY_0 + "visit M3 day 90 visit T 2 weeks after M3, infusion") == [
        ("NAM008", "2 weeks after M3, infusion")
    ]


def test_drift_counts_from_the_member_before() -> None:
    protocol = model(DAY_0 + "visits Q1..Q3 every 9 weeks after infusion drift")
    assert [v.timing.reference for v in protocol.visits[1:]] == ["infusion", "Q1", "Q2"]
    assert [v.offset for v in protocol.visits[1:]] == [63, 126, 189]


def test_an_open_series_is_drawn_four_times() -> None:
    protocol = model(DAY_0 + "visits IMG4.. every 12 weeks after infusion until progression")
    assert [v.name for v in protocol.visits[1:]] == ["IMG4", "IMG5", "IMG6", "IMG7"]
    assert protocol.series[0].open
    assert protocol.series[0].until[0].of == "progression"


def test_an_open_series_is_drawn_as_far_as_it_is_spoken_of() -> None:
    protocol = model(DAY_0 + 'visits IMG1.. every 12 weeks after infusion\nassess x "X" at IMG6')
    assert [v.name for v in protocol.visits[1:]][-1] == "IMG6"


@pytest.mark.parametrize(
    ("series", "code"),
    [
        ("M2..W12 month n", "NAM008"),
        ("M..W month n", "NAM008"),
        ("M6..M2 month n", "NAM007"),
        ("M1..M99999999 month n", "NAM008"),
        ("M1..M3", "NAM009"),
        ("M1..M3 from day 1", "NAM009"),
        ("M1..M3 every 3 weeks", "NAM009"),
    ],
)
def test_a_series_that_cannot_be_made_is_one_error(series: str, code: str) -> None:
    text = DAY_0 + f'visits {series}\nassess x "X" at M2\nassess y "Y" at M3, infusion'
    assert [c for c, _ in told(text)] == [code]


def test_visits_that_count_from_each_other_end() -> None:
    assert days("visit A 3 days after B visit B 3 days after A")["A"] == (None, None, None)


def test_a_long_chain_of_visits_that_is_written_backwards() -> None:
    chain = " ".join(f"visit V{i} 1 day after V{i + 1}" for i in range(3000)) + " visit V3000 day 1"
    assert days(chain)["V0"][0] == 3001


def test_a_visit_counts_from_the_end_of_a_contingent_duration() -> None:
    text = """timeline { day 0 = infusion  duration making "Manufacturing" from LEU to release 14 to 35 days }
    visit LEU day -60  visit infusion day 0  visit CHK 2 days after release"""
    found = model(text).visit("CHK")
    assert found is not None
    assert (found.offset, found.earliest, found.latest) == (-44, -44, -23)


def test_visits_stand_in_the_order_of_their_days_and_the_unforeseen_last() -> None:
    protocol = model(
        DAY_0 + "visit UNS unscheduled visit ET on withdrawal visit D9 day 9 visit D2 day 2 visit SCR day -7"
    )
    assert [v.name for v in protocol.visits] == ["SCR", "infusion", "D2", "D9", "ET", "UNS"]
    assert [v.timing.kind for v in protocol.visits[-2:]] == ["event", "unscheduled"]


def test_cycles_repeat_their_visits() -> None:
    protocol = model(
        """timeline { day 1 = C1.D1 }
        stage treatment "T" { cycles C1..C3 "Cycle {n}" of 21 days until progression or toxicity {
          visit D1 "Day 1" day 1 ±2 days
          visit D8 day 8 in C1
          visit D15 day 15 in C2..
        } }"""
    )
    assert {v.name: v.offset for v in protocol.visits} == {
        "C1.D1": 0, "C1.D8": 7, "C2.D1": 21, "C2.D15": 35, "C3.D1": 42, "C3.D15": 56,
    }  # fmt: skip
    assert [v.label for v in protocol.visits[:1]] == ["C1 Day 1"]
    assert protocol.cycles[0].members == ("C1", "C2", "C3")
    assert [p.of for p in protocol.cycles[0].until] == ["progression", "toxicity"]


def test_open_cycles_reach_as_far_as_they_are_spoken_of() -> None:
    text = "timeline { day 1 = C1.D1 } cycles C1.. of 21 days { visit D1 day 1 } visit EOT 30 days after C6.D1"
    protocol = model(text)
    assert protocol.cycles[0].open
    assert protocol.cycles[0].members == ("C1", "C2", "C3", "C4", "C5", "C6")
    assert next(v.offset for v in protocol.visits if v.name == "EOT") == 5 * 21 + 30


def test_a_cycle_without_its_length_is_an_error() -> None:
    assert told("timeline { day 1 = C1.D1 } cycles C1..C2 { visit D1 day 1 }") == [("NAM009", "C1")]


def test_a_day_of_a_cycle_is_not_a_month() -> None:
    assert [c for c, _ in told("timeline { day 1 = C1.D1 } cycles C1..C2 of 21 days { visit D1 month 1 }")] == [
        "QTY002"
    ]


@pytest.mark.parametrize("clause", ["step 2", "in C1", "drift"])
def test_a_clause_without_effect_is_an_error(clause: str) -> None:
    assert told(DAY_0 + f"visit D4 day 4 {clause}") == [("NAM012", clause)]


@pytest.mark.parametrize(
    ("second", "marked"), [("day 5", "day 5"), ("unscheduled", "unscheduled"), ("±2 days ±3 days", "±3 days")]
)
def test_a_clause_twice_is_an_error_with_both_places(second: str, marked: str) -> None:
    found = findings(DAY_0 + f"visit D4 day 4 {second}")
    assert [d.code for d in found] == ["NAM005"]
    assert len(found[0].labels) == 2
    assert told(DAY_0 + f"visit D4 day 4 {second}") == [("NAM005", marked)]


def test_falling_days_are_an_error() -> None:
    assert told(DAY_0 + "visit SCR day -15 to -42") == [("NAM007", "day -15 to -42")]
    assert told(DAY_0 + "visit V 14 to 3 days after infusion") == [("NAM007", "14 to 3 days")]


def test_a_window_is_a_time() -> None:
    assert told(DAY_0 + "visit D4 day 4 ±3 mL") == [("QTY002", "±3 mL")]


def test_a_visit_name_twice_names_the_first_place() -> None:
    found = findings(DAY_0 + "visit D4 day 4 visit D4 day 5")
    assert [d.code for d in found] == ["NAM002"]
    assert len(found[0].labels) == 2


def test_a_member_of_a_series_collides_with_a_visit() -> None:
    assert [c for c, _ in told(DAY_0 + "visit M3 day 90 visits M2..M4 month n")] == ["NAM002"]


def test_n_outside_a_series_is_an_error() -> None:
    assert [c for c, _ in told(DAY_0 + "visit D4 day n")] == ["NAM001"]


def test_the_length_of_a_cycle_is_a_number_of_days() -> None:
    text = "timeline { day 1 = C1.D1 } cycles C1..C2 of 1 month { visit D1 day 1 }"
    assert told(text) == [("QTY002", "1 month")]


def test_cycles_have_gates_and_orders() -> None:
    text = """timeline { day 1 = C1.D1 } cycles C1..C2 of 21 days { visit D1 day 1
      order C1.D1 before C2.D1  gate before C2.D1 { require a "Recovered" } }"""
    protocol = model(text)
    assert [(o.first, o.second) for o in protocol.orders] == [("C1.D1", "C2.D1")]
    assert [g.before for g in protocol.gates] == ["C2.D1"]


@pytest.mark.parametrize(
    ("inner", "expected"),
    [("visit D1 day 1 in C7", ("NAM001", "C7")), ("cycles K1..K2 of 7 days { visit D1 day 1 }", ("NAM012", "K1..K2"))],
)
def test_what_cannot_stand_in_cycles(inner: str, expected: tuple[str, str]) -> None:
    assert told(
        f"timeline {{ day 1 = C1.D1 }} cycles C1..C2 of 21 days {{ visit D1 day 1 {inner.replace('D1', 'D2')} }}"
    ) == [expected]


@pytest.mark.parametrize("length", ["720 h", "1 month", "30 mL", "0 days", "4000 days"])
def test_a_month_has_a_length_in_days_or_weeks(length: str) -> None:
    text = f"timeline {{ day 0 = V  month = {length} }} visit V day 0 visits M1..M3 month n"
    assert told(text) == [("QTY002", length)]


def test_a_visit_without_a_day_stands_behind_all_of_the_stages_before_it_when_their_series_overlap() -> None:
    protocol = model(
        "timeline { day 1 = BL } event last_dose "
        "stage treatment { visit BL day 1 visits W4, W8 week n visits T2, T6 week n by phone } "
        "stage follow_up { visit FU 8 weeks after last_dose }"
    )
    assert [v.name for v in sorted(protocol.visits, key=lambda v: v.order)] == ["BL", "T2", "W4", "T6", "W8", "FU"]


def test_a_visit_without_a_day_stays_before_later_stages() -> None:
    protocol = model(
        "timeline { day 0 = V } event ready "
        "stage screening { visit SCR day -42 } stage making { visit READY 2 days after ready } "
        "stage treatment { visit V day 0 }"
    )
    assert [v.name for v in sorted(protocol.visits, key=lambda v: v.order)] == ["SCR", "READY", "V"]


def test_visits_counted_from_an_event_stand_behind_its_own_and_behind_all_days() -> None:
    protocol = model(
        "timeline { day 0 = V  month = calendar } visit V day 0 visit U unscheduled visit ET on withdrawal "
        "stage f { visits A1..A3 every 4 weeks after V visit EOT 28 days after progression visit PD on progression } "
        "stage calls parallel { visits S1..S2 every 12 weeks after EOT by phone visit M12 month 12 }"
    )
    assert [v.name for v in protocol.visits] == ["V", "A1", "A2", "A3", "M12", "ET", "PD", "EOT", "S1", "S2", "U"]


def test_a_visit_after_an_event_keeps_its_place_before_the_stages_that_follow() -> None:
    protocol = model(
        "timeline { day 0 = V } event surgery stage s { visit SCR day -40 visit POST 3 days after surgery } "
        "stage t { visit V day 0 visit D7 day 7 }"
    )
    assert [v.name for v in protocol.visits] == ["SCR", "POST", "V", "D7"]


def test_a_window_of_the_anchor_moves_nothing_that_is_counted_from_it() -> None:
    protocol = model(
        "timeline { day 1 = C1.D1 } cycles C1..C2 of 21 days { visit D1 day 1 -0/+2 days } "
        "visits T1..T2 every 6 weeks after C1.D1 ±7 days"
    )
    found = [(v.offset, v.earliest, v.latest) for v in protocol.visits if v.series]
    assert found == [(42, 35, 49), (84, 77, 91)]
