"""Schedules of arms and of populations, where they differ."""

from __future__ import annotations

import io

import openpyxl

from protocol_dsl import pipeline
from protocol_dsl.render import soa
from protocol_dsl.render.context import Rendering
from protocol_dsl.render.soa_view import View, view

HEAD = """\
protocol T { title "A trial" }
timeline { day 0 = BL }
product D "study drug" type drug route intravenous
stage screening "Screening" { visit SCR "Screening" day -28 to -7 }
"""
ARMS = """\
arm low "Low dose" role experimental
arm high "High dose" role experimental
stage treatment "Treatment" {
  visit BL "Baseline" day 0
  visit D7 "Day 7" day 7 for high
  visit W4 "Week 4" week 4 ±3 days
}
give D 10 mg at BL, W4 for low
give D 30 mg at BL, W4 for high
assess vitals "Vital signs" at all
assess pk "Concentration" at BL, W4 for high
collect ae "Adverse events" from BL to W4
"""


def rendering(text: str) -> Rendering:
    compiled = pipeline.check_text(text)
    assert compiled.is_sound, [each.message for each in compiled.diagnostics]
    assert compiled.protocol is not None
    assert compiled.schedule is not None
    return Rendering(compiled.protocol, compiled.schedule, compiled.diagnostics, compiled.sources)


def viewed(text: str) -> View:
    made = rendering(text)
    return view(made.protocol, made.schedule)


def test_an_arm_has_its_own_visits_and_rows() -> None:
    found = viewed(HEAD + ARMS).groups
    assert found is not None
    low, high = found.members
    assert [column.visit for column in low.table.columns] == ["SCR", "BL", "W4"]
    assert [column.visit for column in high.table.columns] == ["SCR", "BL", "D7", "W4"]
    rows = {member.name: [(row.label, row.detail) for section in member.table.sections for row in section.rows]
            for member in found.members}  # fmt: skip
    assert rows["low"] == [
        ("Study drug", "D, 10 mg, intravenous"), ("Vital signs", ""), ("Adverse events", ""),
    ]  # fmt: skip
    assert ("Concentration", "") in rows["high"]
    assert sum(span.width for span in low.table.spans) == len(low.table.columns)
    # Nothing is shaded: everybody in the arm has it.
    assert not any(cell.is_shaded for member in found.members for section in member.table.sections
                   for row in section.rows for cell in row.cells)  # fmt: skip
    assert not any(row.who for member in found.members for section in member.table.sections for row in section.rows)


def test_differences_tell_each_thing_once() -> None:
    found = viewed(HEAD + ARMS).groups
    assert found is not None
    assert [(row.label, row.cells) for row in found.differences] == [
        ("Visits", ["as all", "also Day 7"]),
        ("Study drug", ["D, 10 mg, intravenous: Baseline, Week 4", "D, 30 mg, intravenous: Baseline, Week 4"]),
        ("Concentration", ["–", "Baseline, Week 4"]),
    ]


def test_arms_with_one_schedule_have_one_table() -> None:
    same = ARMS.replace(" for high", "").replace(" for low", "")
    assert viewed(HEAD + same).groups is None
    assert "All participants" not in soa.outputs(rendering(HEAD + same))[0].data.decode()


def test_populations_where_arms_do_not_differ() -> None:
    text = (
        'population SLE "Lupus"  population SSc "Sclerosis"\nvisit BL "Baseline" day 0\nvisit W4 "Week 4" week 4\n'
        'assess skin "Skin score" at BL, W4 for SSc if age >= 18 years\nassess vitals at all\n'
    )
    found = viewed(HEAD + text).groups
    assert found is not None
    assert found.what == "populations"
    assert [(row.label, row.cells) for row in found.differences] == [("Skin score", ["–", "Baseline, Week 4"])]
    assert found.tables == []  # a scale alone is told by the comparison
    # The condition still holds for some of the group only.
    skin = [cell for section in found.members[1].table.sections for row in section.rows if row.label == "Skin score"
            for cell in row.cells if cell.kind == "mark"]  # fmt: skip
    assert all(cell.is_shaded for cell in skin)


def test_sequences_of_a_crossover_have_their_products_in_their_periods() -> None:
    text = """\
protocol X { title "Crossover" }
timeline { day 1 = P1.D1 }
product T "test" type drug route oral
product R "reference" type drug route oral
cycles P1..P2 "Period" of 14 days from day 1 { visit D1 "Day 1" day 1 }
arm TR "Test first" sequence T, R over P1, P2
arm RT "Reference first" sequence R, T over P1, P2
give T 10 mg at P1.D1 for TR
give T 10 mg at P2.D1 for RT
give R 10 mg at P2.D1 for TR
give R 10 mg at P1.D1 for RT
"""
    found = viewed(text).groups
    assert found is not None
    assert [(row.label, row.cells) for row in found.differences] == [
        ("Test", ["P1 Day 1", "P2 Day 1"]), ("Reference", ["P2 Day 1", "P1 Day 1"]),
    ]  # fmt: skip


def test_every_form_has_the_arms() -> None:
    made = {each.path: each.data for each in soa.outputs(rendering(HEAD + ARMS))}
    page = made["soa.html"].decode()
    assert page.count('class="panel"') == 4
    for link in ("all", "group-1", "group-2", "differences"):
        assert f'href="#{link}"' in page
        assert f'id="{link}"' in page
    assert "## High dose" in made["soa.md"].decode()
    assert "\r\nHigh dose\r\n" in made["soa.csv"].decode() or "\nHigh dose\n" in made["soa.csv"].decode()
    book = openpyxl.load_workbook(io.BytesIO(made["soa.xlsx"]))
    assert book.sheetnames == ["Schedule", "For low", "For high", "Differences", "Visits", "Assessments"]
    assert book["For high"]["A3"].value == "High dose"


def test_long_names_of_arms_give_sheets_of_their_own() -> None:
    long = "a_very_long_name_of_an_arm_that_goes_on"
    text = ARMS.replace("low", f"{long}_1").replace("high", f"{long}_2")
    made = {each.path: each.data for each in soa.outputs(rendering(HEAD + text))}
    names = openpyxl.load_workbook(io.BytesIO(made["soa.xlsx"])).sheetnames
    assert len({name.casefold() for name in names}) == 6
    assert all(len(name) <= 31 for name in names)


def test_visits_after_an_event_share_a_heading_with_its_own_behind_all_others() -> None:
    found = viewed(
        HEAD
        + """
stage treatment "Treatment" { visit BL "Baseline" day 0 }
stage follow_up "Follow-up" {
  visit EOT "End of treatment" 28 days after progression
  visit PD "Progression" on progression
}
stage imaging "Imaging" parallel { visit IMG "Scan" week 9 }
assess vitals "Vital signs" at all, PD
"""
    ).table
    assert [column.visit for column in found.columns] == ["SCR", "BL", "IMG", "PD", "EOT"]
    assert [(span.title, span.width) for span in found.spans][-1] == ("Follow-up", 2)
