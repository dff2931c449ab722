"""`trds.md`, `ictrp.xml`, `ctis.csv` and the SPIRIT figure: what other registries and the statement ask for."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from protocol_dsl import pipeline
from protocol_dsl.exchange.xml import XmlFault, parse
from protocol_dsl.render import ctis, ictrp, spirit, trds
from protocol_dsl.render.context import Rendering
from protocol_dsl.render.soa_view import view
from tests.unit.render import trials

TRIALS = sorted((Path(__file__).parents[3] / "protocols").glob("*.proto"))

TEXT = """
protocol P_1 {
  title "An official title"
  brief_title "A study"
  sponsor "Hospital"
  collaborator "University"
  registry chictr "ChiCTR-1"
  id registry "X-1" of "A registry"
  study_type interventional
  phase phase_1
  status enrolling_by_invitation
  date start 2026-03-01 estimated
  enrollment 20 participants
  condition "Lupus"
  site "Clinic" in "Paris", "France"
  site "Klinik" in "Bonn", "Germany"
  site "Hopital" in "Lyon", "France"
  contact "A. Nurse"
}
product CAR "cells | more" type biological
eligibility {
  age from 18 years to 65 years
  sex female
  include lupus "Lupus by the criteria"
  exclude infection "Infection"
}
endpoint score primary "=Score of <b>disease</b>" timeframe up to 12 months after enrolment
"""


def rendering(text: str = TEXT) -> Rendering:
    compiled = pipeline.check_text(text)
    assert compiled.is_sound, compiled.diagnostics
    assert compiled.protocol is not None
    assert compiled.schedule is not None
    return Rendering(compiled.protocol, compiled.schedule, compiled.diagnostics, compiled.sources)


def test_the_who_data_set_has_its_24_items() -> None:
    rows = {row.number: row for row in trds.rows(rendering().protocol)}
    assert list(rows) == list(range(1, 25))
    assert rows[1].lines == ("ChiCTR: ChiCTR-1",)
    assert rows[3].lines == ("P_1 (Hospital)", "X-1 (A registry)")
    assert rows[6].lines == ("University",)
    assert rows[11].lines == ("France", "Germany")
    assert rows[16].lines == ("2026-03-01 (Estimated)",)
    assert rows[18].lines == ("Recruiting",)
    assert rows[21].lines == ()
    assert "approvals" in rows[21].open
    text = trds.outputs(rendering())[0].data.decode()
    assert "| 13 | Intervention(s) | Biological: cells \\| more |" in text
    assert r"\<b\>" in text


def test_the_interchange_file() -> None:
    root = parse(ictrp.outputs(rendering())[0].data)
    assert not isinstance(root, XmlFault)
    found = {each.tag: each.text for part in root[0] for each in part}
    assert found["trial_id"] == "ChiCTR-1"
    assert found["date_enrolment"] == "01/03/2026"
    assert found["type_enrolment"] == "Anticipated"
    assert found["recruitment_status"] == "Recruiting"
    assert found["inclusion_criteria"] == "1. Lupus by the criteria"
    assert found["exclusion_criteria"] == "1. Infection"
    assert (found["agemin"], found["agemax"], found["gender"]) == ("18 Years", "65 Years", "Female")
    assert [each.text for each in root.iter("country2")] == ["France", "Germany"]
    assert len(root[0]) == 13


def cells(text: str) -> list[dict[str, str]]:
    found = ctis.outputs(rendering(text))[0].data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(found)))


def test_the_ctis_sheet_counts_characters() -> None:
    row = next(row for row in cells(TEXT) if row["key"] == "primary_endpoint")
    assert row["value"].startswith("'=Score")  # no formula
    assert row["limit"] == "500"
    room = 500 - len(". Time frame: Up to 12 months after enrolment")
    for extra, remark in ((0, "score"), (1, "score: 1 characters too long")):
        text = TEXT.replace("=Score of <b>disease</b>", "é" * (room + extra))
        row = next(row for row in cells(text) if row["key"] == "primary_endpoint")
        assert (row["characters"], row["remark"]) == (str(500 + extra), remark)


def test_a_field_that_is_empty_says_who_fills_it_in() -> None:
    rows = {row["key"]: row for row in cells(TEXT)}
    assert rows["therapeutic_area"]["remark"] == "chosen from the list of CTIS"
    assert rows["end_date"]["remark"] == "to be filled in"
    assert rows["arm_title"]["remark"] == ""


@pytest.mark.parametrize("path", TRIALS, ids=lambda path: path.stem)
def test_every_mark_of_the_schedule_is_in_the_figure_once(path: Path) -> None:
    compiled = pipeline.check(str(path), prove=False)
    assert compiled.protocol is not None
    assert compiled.schedule is not None
    found = view(compiled.protocol, compiled.schedule)
    figure = spirit.figure(compiled.protocol, found)
    assert [visit for point in figure.points for visit in point.visits] == [each.visit for each in found.table.columns]
    assert sum(period.width for period in figure.periods) == len(figure.points)
    marks = [
        (line.label, visit, cell.mark)
        for block in figure.blocks
        for line in block.lines
        for point, cell in zip(figure.points, line.cells, strict=True)
        for visit in point.visits
        if cell.kind == "mark" and not line.label.endswith("(gate)") and line.label != "Allocation"
    ]
    expected = [
        (row.label, column.visit, cell.mark)
        for section in found.table.sections
        for row in section.rows
        for column, cell in zip(found.table.columns, row.cells, strict=True)
        if cell.kind == "mark"
    ]
    assert sorted(marks) == sorted(expected)


RANDOMISED = """
protocol R { title "R" }
timeline { day 1 = first }
arm a "A" role experimental
arm b "B" role placebo_comparator
visit SCR "Screening" day -14 to -3
visit RND "Randomisation" day -1
visit first "First dose" day 1
visits W1..W3 "Week {n}" week n
visit END "Last visit" week 12
randomize 1:1 to a, b at RND
assess consent_form "Informed consent" category consent at SCR
assess pain "Pain" category efficacy unit points at first, W1..W3, END
"""


def test_periods_of_a_randomised_trial() -> None:
    made = rendering(RANDOMISED)
    figure = spirit.figure(made.protocol, view(made.protocol, made.schedule))
    assert [(period.title, period.width) for period in figure.periods] == [
        ("Enrolment", 1), ("Allocation", 1), ("Post-allocation", 2), ("Close-out", 1),
    ]  # fmt: skip
    assert [point.symbol for point in figure.points] == ["−t1", "0", "t1", "t2", "t3"]
    assert figure.points[3].label == "Week 1 to 3 (3 visits)"
    enrolment = figure.blocks[0]
    assert [line.label for line in enrolment.lines] == ["Informed consent", "Allocation"]
    assert [cell.mark for cell in enrolment.lines[1].cells] == ["", "X", "", "", ""]


def test_visits_beside_the_main_schedule_have_no_number_in_its_order() -> None:
    compiled = pipeline.check(str(TRIALS[1]), prove=False)
    assert compiled.protocol is not None
    assert compiled.schedule is not None
    figure = spirit.figure(compiled.protocol, view(compiled.protocol, compiled.schedule))
    symbols = {visit: point.symbol for point in figure.points for visit in point.visits}
    assert compiled.protocol.study.name == "CD7_AL"
    parallel = [visit for stage in compiled.protocol.stages if stage.parallel for visit in stage.visits]
    assert parallel
    assert {symbols[visit] for visit in parallel} == {""}


def test_labels_do_no_harm_to_the_figure() -> None:
    html, markdown = (output.data.decode() for output in spirit.outputs(trials.rendering(trials.hostile())))
    assert "<script" not in html.split("</style>")[1]
    assert not re.search(r"(?<!\\)<script", markdown)
