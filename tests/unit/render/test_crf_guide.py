"""The completion guide: when, for whom, how each question is answered, what is checked."""

from __future__ import annotations

import io
import re

import docx

from protocol_dsl.render import crf_forms, crf_guide, crf_word
from protocol_dsl.render.crf_guide import Guide
from tests.unit.render.crf_trial import HOSTILE_TRIAL, rendering


def guide(name: str) -> Guide:
    return next(each for each in crf_guide.guides(crf_forms.crf(rendering())) if each.form.name == name)


def said(form: str, field: str) -> str:
    return " ".join(next(entry.how for entry in guide(form).entries if entry.name == field))


def test_how_a_question_is_answered() -> None:
    assert said("vitals_form", "temp") == (
        "Enter a number in °C, with 1 place. Expected: 34.0 to 43.0 °C; confirm another value. Must be answered."
    )
    assert said("vitals_form", "sbp") == "Enter a whole number in mmHg. Accepted: 60 to 250 mmHg."
    assert said("vitals_form", "place") == "Only if temperature is known. Choose one."
    assert said("vitals_form", "map") == "Computed: (Systolic + 2 × Diastolic) / 3."


def test_choices_stand_with_their_question_and_those_of_a_matrix_at_its_head() -> None:
    entries = {entry.label: entry for entry in guide("vitals_form").entries}
    assert entries["Site"].choices == ("Oral", "Ear")
    assert entries["Symptoms"].choices == ("No", "Yes")
    assert entries["Chills"].choices == ()


def test_when_a_form_is_due() -> None:
    assert [(each.visit, each.window, each.mark) for each in guide("vitals_form").when] == [
        ("Day 0", "", "X"),
        ("Day 7", "±1 day", "X"),
    ]
    assert [each.mark for each in guide("hcg").when] == ["(X)"]


def test_checks_say_what_happens() -> None:
    assert guide("vitals_form").checks == ("Diastolic is below systolic. If not, the entry is questioned.",)


def test_each_question_stands_there_once_in_all_three() -> None:
    given = rendering(HOSTILE_TRIAL)
    forms = crf_forms.forms(given)
    wanted = [number for form in forms for number in range(1, len(form.fields) + 1)]
    pages = {each.path: each.data.decode() for each in crf_guide.outputs(given)}
    assert [int(each) for each in re.findall(r"<tr><td>(\d+)</td>", pages["crf_guide.html"])] == wanted
    assert [int(each) for each in re.findall(r"(?m)^\| (\d+) \|", pages["crf_guide.md"])] == wanted
    made = {each.path: each.data for each in crf_word.outputs(given)}
    tables = docx.Document(io.BytesIO(made["crf_guide.docx"])).tables
    cells = [row.cells[0].text for table in tables for row in table.rows]
    assert [int(each) for each in cells if each.isdecimal()] == wanted


def test_hostile_and_chinese_labels() -> None:
    pages = {each.path: each.data.decode() for each in crf_guide.outputs(rendering(HOSTILE_TRIAL))}
    assert "<script" not in pages["crf_guide.html"]
    assert not re.search(r"(?<!\\)<script", pages["crf_guide.md"])
    assert all("访视" in page for page in pages.values())


def test_same_bytes_twice() -> None:
    assert crf_guide.outputs(rendering()) == crf_guide.outputs(rendering())
