"""What participants bear: sums at visits and in the worst window."""

from __future__ import annotations

from protocol_dsl import pipeline
from protocol_dsl.schedule.burden import Burden, burdens

HEAD = """\
protocol T { title "A trial" }
timeline { day 0 = infusion  month = calendar }
stage screening "Screening" { visit SCR "Screening" day -28 to -7 }
stage treatment "Infusion" { visit infusion "Infusion" day 0 }
stage follow_up "Follow-up" {
  visits D7, D14 "Day {n}" day n ±2 days
  visit call "Call" day 21 by phone
}
stage off "Off schedule" parallel { visit ET "Early termination" on withdrawal }
"""


def of(text: str) -> list[Burden]:
    compiled = pipeline.check_text(HEAD + text)
    assert compiled.is_sound, [each.message for each in compiled.diagnostics]
    assert compiled.protocol is not None
    assert compiled.schedule is not None
    return burdens(compiled.protocol, compiled.schedule)


def load(burden: Burden, visit: str):
    return next(each for each in burden.loads if each.visit.name == visit)


def test_blood_is_drawn_at_every_time_point_and_on_the_day_on_which_it_falls() -> None:
    [burden] = of(
        "assess pk at infusion, D7 { blood 2.5 mL  times for infusion pre_dose, +1, +4 h ±5 min, +24, +48 h ±1 h }"
    )
    assert load(burden, "infusion").bleeds == {0: 7500, 1: 2500, 2: 2500}
    assert load(burden, "D7").bleeds == {0: 2500}
    assert burden.total("blood") == 15_000
    assert burden.total("procedures") == 2


def test_a_day_of_an_hour_limit_is_one_day_and_a_later_sample_meets_the_next_visit() -> None:
    [burden] = of("assess pk at infusion { blood 2 mL times +1 h, +120 h }  assess cbc at D7 { blood 10 mL }")
    worst = burden.worst("blood", 1)
    assert worst is not None
    # D7 can be on day 5, when the last sample of the infusion is due.
    assert (worst.weight, worst.first, worst.last) == (12_000, 5, 5)
    assert burden.on_target("blood", 1) == 10_000


def test_an_order_keeps_visits_out_of_one_window() -> None:
    free, kept = "", "order D7 at least 7 days before D14"
    sums = []
    for order in (free, kept):
        [burden] = of(f"assess cbc at D7, D14 {{ blood 10 mL }} {order}")
        worst = burden.worst("blood", 7)
        assert worst is not None
        sums.append(worst.weight)
    assert sums == [20_000, 10_000]


def test_arms_are_counted_one_by_one() -> None:
    found = of(
        'arm low "Low" role experimental  arm high "High" role experimental\n'
        "assess a at D7 for low { blood 10 mL }  assess b at D7 for high { blood 4 mL }  assess c at D7 { blood 1 mL }"
    )
    assert [(each.arm, each.total("blood")) for each in found] == [("low", 11_000), ("high", 5_000)]


def test_cycles_without_an_end_go_on_in_the_window() -> None:
    [burden] = of(
        'stage t "T" parallel {\n'
        '  cycles C1.. "Cycle" of 7 days from day 30 until progression { visit D1 "Day 1" day 1 }\n}\n'
        "assess cbc at C1..C2, C3.., C4 { blood 5 mL }"
    )
    worst = burden.worst("blood", 56)
    assert worst is not None
    assert worst.weight == 40_000  # eight weekly draws, four of them drawn in the schedule
    assert [series.days for series in burden.endless] == [7]


def test_time_on_site_is_what_is_done_and_at_least_until_the_last_sample() -> None:
    [burden] = of(
        'product P "P" type drug route intravenous\n give P 1 mg at D7 over 2 h\n'
        "assess ecg at D7, D14, call { takes 15 min }  assess pk at infusion { times +1, +8 h }\n"
    )
    assert load(burden, "D7").minutes == 135
    assert load(burden, "infusion").minutes == 480
    assert burden.amounts("on_site_time", load(burden, "call")) == {0: 0}


def test_visits_on_an_event_have_no_day_and_are_no_part_of_sums() -> None:
    [burden] = of("assess cbc at D7, ET { blood 3 mL }")
    assert burden.total("blood") == 3_000
    assert not load(burden, "ET").is_dated
    assert load(burden, "ET").blood == 3_000


def test_only_exploratory_is_what_no_other_endpoint_and_no_criterion_needs() -> None:
    [burden] = of(
        "assess a unit mg/L at D7\nassess b unit mg/L at D7, SCR\nassess c unit mg/L at D7\nassess d unit mg/L at SCR\n"
        'eligibility { include low "Low" where d < 3 mg/L }\n'
        'endpoint e1 primary "E1" measure mean(a) timeframe day 7\n'
        'endpoint e2 exploratory "E2" measure mean(a) timeframe day 7\n'
        'endpoint e3 exploratory "E3" measure mean(b) timeframe day 7\n'
        'endpoint e4 exploratory "E4" measure mean(d) timeframe day 7\n'
    )
    done = {each.assessment: each.is_exploratory for row in burden.loads for each in row.procedures}
    assert done == {"a": False, "b": True, "c": False, "d": False}
