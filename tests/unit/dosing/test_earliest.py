"""The earliest calendar of an escalation: waiting times add up, and the critical path names them."""

from __future__ import annotations

import pytest

from protocol_dsl import pipeline
from protocol_dsl.dosing.earliest import Earliest
from protocol_dsl.render.earliest import escalations, text
from tests.unit.dosing.escalations import source

V1 = "escalation main of CT1 uses three_plus_three {{ start DL1  variant V1  {} }}"


def calendar(clauses: str) -> Earliest:
    compiled = pipeline.check_text(source(V1.format(clauses)))
    assert compiled.protocol is not None
    ((_, _, found),) = escalations(compiled.protocol, compiled.sources)
    assert found is not None
    return found


def test_three_levels_wait_for_three_windows() -> None:
    found = calendar("")
    assert found.groups[:3] == [("DL1", 3), ("DL2", 3), ("DL3", 3)]
    assert found.days == 28 * len(found.groups)
    assert {wait.rule.text for wait in found.path if wait.days} == {"DLT window: 28 days after infusion"}


@pytest.mark.parametrize(
    ("clause", "a_group", "said"),
    [
        ("stagger 14 days after first of level", 14, "stagger 14 days after first of level"),
        ("stagger 7 days after each", 14, "stagger 7 days after each"),
        ("next level 35 days after last of cohort", 7, "next level 35 days after last of cohort"),
    ],
)
def test_each_waiting_time_is_on_the_path_where_it_costs_days(clause: str, a_group: int, said: str) -> None:
    plain, found = calendar(""), calendar(clause)
    levels = 3 if "next" not in clause else 2  # the last level opens nothing
    assert found.days - plain.days == a_group * levels + (14 if "each" in clause and len(plain.groups) > 3 else 0)
    assert said in {wait.rule.text for wait in found.path}


def test_the_path_is_gapless_and_its_days_add_up() -> None:
    found = calendar("stagger 14 days after first of level  next level 35 days after last of cohort")
    days = {event.name: event.day for event in found.events}
    total = 0
    for wait, following in zip(found.path, [*found.path[1:], None], strict=True):
        assert days[wait.target] - days[wait.source] == wait.days
        total += wait.days
        assert wait.day == total
        assert following is None or following.source == wait.target
    assert total == found.days == max(days.values())
    assert f"at least {found.days} days for {found.participants} participants" in text("main", found)


def test_nobody_is_treated_before_those_who_decide_about_them() -> None:
    found = calendar("stagger 14 days after first of level")
    doses = [event for event in found.events if event.kind == "dose"]
    for event in found.events:
        if event.kind == "decision":
            before = int(event.name.rpartition(" ")[2])
            assert all(dose.day >= event.day for dose in doses if dose.participant and dose.participant > before)
            assert all(dose.day + 28 <= event.day for dose in doses if dose.participant and dose.participant <= before)
