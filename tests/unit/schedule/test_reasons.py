"""Why a visit has its days: the chain of statements behind each end of its window."""

from __future__ import annotations

from protocol_dsl import pipeline
from protocol_dsl.render import why
from protocol_dsl.schedule.build import Schedule
from protocol_dsl.schedule.explain import apart
from protocol_dsl.schedule.reasons import bases, points

TEXT = """
protocol T { title "A trial" }
timeline {
  day 0 = infusion
  duration manufacturing "Manufacturing" from LEU to release 14 to 21 days
}
stage screening "Screening" { visit SCR "Screening" day -56 to -24 }
stage apheresis "Apheresis" { visit LEU "Leukapheresis" 3 to 10 days after SCR }
stage depletion "Lymphodepletion" {
  visit LD1 "Lymphodepletion" day -5
  order release before LD1
}
stage treatment "Infusion" { visit infusion "Infusion" day 0 }
stage off_schedule "Off schedule" parallel { visit ET "Early termination" on withdrawal }
assess consent "Informed consent" at SCR
"""


def answer(point: str, base: str = "infusion") -> why.View:
    compiled = pipeline.check_text(TEXT)
    assert compiled.protocol is not None
    assert compiled.schedule is not None
    index = compiled.schedule.index
    return why.view(compiled.protocol, compiled.schedule, index[point], index[base])


def steps(bound: why.View) -> list[tuple[str, int]]:
    return [(step["statement"], step["sum"]) for step in bound["steps"]]


def test_each_end_is_told_as_a_chain_whose_last_sum_is_the_day() -> None:
    found = answer("LEU")
    assert (found["earliest"]["said"], found["latest"]["said"]) == ("Day −53", "Day −19")
    assert steps(found["earliest"]) == [("SCR: Day −56 to −24", -56), ("LEU: 3 to 10 days after SCR", -53)]
    assert steps(found["latest"]) == [
        ("LD1: Day −5", -5),
        ("release before LD1", -5),
        ("Manufacturing: 14 to 21 days from LEU to release", -19),
    ]
    assert [step["line"] for step in found["latest"]["steps"]] == [10, 11, 5]


def test_days_can_be_told_from_any_other_point() -> None:
    found = answer("LD1", "LEU")
    assert (found["earliest"]["days"], found["latest"]["days"]) == (14, 48)
    assert "possible: 14 to 48 days after LEU" in why.text(found)
    assert steps(found["latest"])[-1] == ("LD1: Day −5", 48)
    assert {each["from"]: (each["earliest"], each["latest"]) for each in found["windows"]} == {
        "infusion": (-5, -5),
        "SCR": (19, 51),
        "LEU": (14, 48),
        "release": (0, 34),
    }


def test_windows_from_every_base_are_those_of_the_network_turned_round() -> None:
    compiled = pipeline.check_text(TEXT)
    assert compiled.protocol is not None
    schedule = compiled.schedule
    assert schedule is not None
    for base in bases(schedule, compiled.protocol):
        for visit in ("SCR", "LEU", "LD1", "infusion"):
            found = answer(visit, schedule.nodes[base].id)
            expected = {each["from"]: (each["earliest"], each["latest"]) for each in found["windows"]}
            if schedule.nodes[base].id != visit:
                assert expected[schedule.nodes[base].id] == (found["earliest"]["days"], found["latest"]["days"])


def test_what_nothing_binds_is_said_to_have_no_day() -> None:
    found = answer("ET")
    assert found["earliest"] is None
    assert "No earliest day: nothing binds it" in why.text(found)


def test_a_stage_is_asked_for_by_its_name_and_has_two_ends() -> None:
    compiled = pipeline.check_text(TEXT)
    assert isinstance(compiled.schedule, Schedule)
    found = points(compiled.schedule)
    assert [compiled.schedule.nodes[node].kind for node in found["apheresis"]] == ["stage_start", "stage_end"]


def test_spans_in_words() -> None:
    assert apart(3, 10, "SCR") == "3 to 10 days after SCR"
    assert apart(-5, -1, "LEU") == "1 to 5 days before LEU"
    assert apart(-5, 2, "LEU") == "5 days before to 2 days after LEU"
    assert apart(0, None, "LEU") == "not before LEU"
    assert apart(None, -3, "LEU") == "at least 3 days before LEU"
    assert apart(None, 3, "LEU") == "at most 3 days after LEU"
    assert apart(1, 1, "LEU") == "1 day after LEU"
