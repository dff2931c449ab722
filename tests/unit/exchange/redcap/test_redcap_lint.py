"""The linter of data dictionaries: a sound one gives nothing, and each single fault is caught by its code."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from protocol_dsl.__main__ import main
from protocol_dsl.diagnostics.registry import rules_of
from protocol_dsl.exchange.redcap.dictionary import COLUMNS, Row, write
from protocol_dsl.exchange.redcap.lint import lint
from protocol_dsl.source import SourceMap

EVENTS = {"screening_arm_1": frozenset({"base", "visit"}), "day_28_arm_1": frozenset({"visit"})}
CODES = "1, Female | 2, Male"
GRADES = "0, None | 1, Mild | 2, Severe"


def sound() -> dict[str, Row]:
    """A dictionary of every kind of field, by name."""
    rows = [
        Row("record_id", "base", field_type="text", field_label="Record ID"),
        Row("initials", "base", "Who", "text", "Initials, as on the list", identifier="y"),
        Row("sex", "base", field_type="radio", field_label="Sex", select_choices_or_calculations=CODES),
        Row("birth", "base", "", "text", "Date of birth", "", "", "date_ymd", "1920-01-01", "today", "y", "", "y"),
        Row("fertile", "base", field_type="yesno", field_label="Fertile", branching_logic="[sex] = '1'"),
        Row("weight", "visit", "", "text", "Weight <b>without shoes</b>", "", "kg", "number_1dp", "30", "200"),
        Row("height", "visit", "", "text", "Height", "", "cm", "integer", "100", "230", "", "", "y", "RH"),
        Row(
            "bmi", "visit", field_type="calc", field_label="BMI",
            select_choices_or_calculations="round([weight]*10000/([height])^(2), 1)",
        ),
        Row("gain", "visit", "", "calc", "Gain", "[weight] - [screening_arm_1][weight]"),
        Row("age", "visit", "", "calc", "Age", "rounddown(datediff([birth], 'today', 'y'))"),
        Row("signs", "visit", field_type="checkbox", field_label="Signs", select_choices_or_calculations=GRADES),
        Row("which", "visit", "", "notes", "Which?", branching_logic="[signs(2)] = '1' and [weight] > 40"),
        Row("pain", "visit", "", "radio", "Pain", GRADES, matrix_group_name="m1"),
        Row("sleep", "visit", "", "radio", "Sleep", GRADES, matrix_group_name="m1"),
        Row("slide", "visit", "", "slider", "How well?", "bad | so | well", "", "number"),
        Row("scan", "visit", field_type="file", field_label="Scan"),
        Row("thanks", "visit", field_type="descriptive", field_label="Thank you"),
    ]  # fmt: skip
    return {row.field_name: row for row in rows}


def codes(text: str) -> set[str]:
    sources = SourceMap()
    return {finding.code for finding in lint(sources, sources.add_text("d.csv", text), EVENTS)}


Change = Callable[[dict[str, Row]], "list[Row] | None"]


def put(name: str, **values: str) -> Change:
    def change(rows: dict[str, Row]) -> None:
        rows[name] = rows[name]._replace(**values)

    return change


def moved(name: str, behind: str) -> Change:
    def change(rows: dict[str, Row]) -> list[Row]:
        rest = [row for row in rows.values() if row.field_name != name]
        place = [row.field_name for row in rest].index(behind) + 1
        return [*rest[:place], rows[name], *rest[place:]]

    return change


FORMULA = "select_choices_or_calculations"
VALIDATION = "text_validation_type_or_show_slider_number"
MUTATIONS: list[tuple[str, str, Change]] = [
    ("capital letters in a name", "RED003", put("weight", field_name="Weight")),
    ("no name", "RED003", put("thanks", field_name="")),
    ("a name twice", "RED004", put("scan", field_name="slide")),
    ("the column of a form's state", "RED005", put("scan", field_name="visit_complete")),
    ("three underscores", "RED005", put("scan", field_name="a___1")),
    ("101 characters", "RED006", put("scan", field_name="a" * 101)),
    ("27 characters", "RED007", put("scan", field_name="a" * 27)),
    ("no form", "RED008", put("scan", form_name="")),
    ("a blank in a form", "RED008", put("scan", form_name="my form")),
    ("a form in two places", "RED009", moved("fertile", "bmi")),
    ("an unknown type", "RED010", put("scan", field_type="upload")),
    ("choices without a comma", "RED011", put("sex", **{FORMULA: "1 Female | 2, Male"})),
    ("no choices", "RED011", put("sex", **{FORMULA: ""})),
    ("four labels of a slider", "RED011", put("slide", **{FORMULA: "a | b | c | d"})),
    ("a code twice", "RED012", put("sex", **{FORMULA: "1, Female | 1, Male"})),
    ("no calculation", "RED013", put("bmi", **{FORMULA: ""})),
    ("an unknown validation", "RED014", put("height", **{VALIDATION: "whole"})),
    ("a validation of a radio", "RED014", put("sex", **{VALIDATION: "integer"})),
    ("a limit without validation", "RED015", put("initials", text_validation_min="1")),
    ("limits the wrong way round", "RED015", put("height", text_validation_min="231")),
    ("a limit as people write dates", "RED015", put("birth", text_validation_min="01.01.1920")),
    ("yes instead of y", "RED016", put("initials", identifier="yes")),
    ("an unknown alignment", "RED016", put("height", custom_alignment="left")),
    ("a matrix of two types", "RED017", put("sleep", field_type="checkbox")),
    ("a matrix of two lists", "RED017", put("sleep", **{FORMULA: "0, None | 1, Mild"})),
    ("a matrix in two places", "RED017", moved("pain", "slide")),
    ("a ranking of boxes", "RED017", put("signs", matrix_group_name="m2", matrix_ranking="y")),
    ("a record id of choices", "RED018", put("record_id", field_type="radio", **{FORMULA: CODES})),
    ("a bracket that is not closed", "RED020", put("fertile", branching_logic="([sex] = '1'")),
    ("curly quotes", "RED020", put("fertile", branching_logic="[sex] = “1”")),
    ("one side missing", "RED020", put("fertile", branching_logic="[sex] = '1' and")),
    ("an unknown field", "RED021", put("fertile", branching_logic="[sx] = '1'")),
    ("an unknown event", "RED021", put("gain", **{FORMULA: "[weight] - [base_arm_1][weight]"})),
    ("a checkbox without code", "RED022", put("which", branching_logic="[signs] = '2'")),
    ("an unknown box", "RED022", put("which", branching_logic="[signs(5)] = '1'")),
    ("a box of a radio", "RED022", put("which", branching_logic="[sex(1)] = '1'")),
    ("an unknown code", "RED023", put("fertile", branching_logic="[sex] = '3'")),
    ("an unknown function", "RED024", put("bmi", **{FORMULA: "average([weight], 1)"})),
    ("too few values", "RED024", put("bmi", **{FORMULA: "if([weight] > 1, 2)"})),
    ("days in full", "RED025", put("age", **{FORMULA: "datediff([birth], 'today', 'days')"})),
    ("a calculation with any text", "RED026", put("bmi", **{FORMULA: "[initials] * 2"})),
    ("shown by a field below", "RED027", put("weight", branching_logic="[pain] = '1'")),
    ("a calculation in a circle", "RED028", put("gain", **{FORMULA: "[bmi] + 1"})),
    ("a bare power", "RED029", put("bmi", **{FORMULA: "[weight]/[height]^2"})),
    ("required and hidden", "RED030", put("height", field_annotation="@HIDDEN")),
    ("a required list of boxes", "RED031", put("signs", required_field="y")),
    ("open markup", "RED032", put("weight", field_label="Weight <b>without shoes")),
    ("a formula", "RED033", put("height", field_label="=HYPERLINK(1)")),
    ("no label", "RED034", put("height", field_label=" ")),
    ("an event without the form", "RED035", put("gain", **{FORMULA: "datediff([day_28_arm_1][birth], 'now', 'd')"})),
]  # fmt: skip


def test_a_sound_dictionary_gives_nothing() -> None:
    assert codes(write(sound().values())) == set()


@pytest.mark.parametrize(("code", "change"), [m[1:] for m in MUTATIONS], ids=[m[0] for m in MUTATIONS])
def test_each_single_fault_is_caught_by_its_code(code: str, change: Change) -> None:
    rows = sound()
    if code == "RED028":
        rows["bmi"] = rows["bmi"]._replace(select_choices_or_calculations="[gain] * 2")
    order = change(rows)
    assert code in codes(write(order if order is not None else rows.values()))


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        ("RED001", "Form Name,Section Header", "Section Header,Form Name"),
        ("RED001", ",Field Label", ""),
        ("RED002", "Scan", "Scan,,,,,,,,,,,,,,more"),
        ("RED002", '"Initials, as', 'Initials, "as'),
        ("RED002", "Date of birth", '"Date of birth'),
    ],
)
def test_broken_tables_are_told(code: str, old: str, new: str) -> None:
    text = write(sound().values())
    assert text.count(old) == 1
    found = codes(text.replace(old, new))
    assert code in found


def test_a_file_that_is_no_dictionary_is_told_once() -> None:
    assert codes('<?xml version="1.0"?>\n<ODM FileType="Snapshot">\n</ODM>\n') == {"RED001"}
    assert codes('Field,Variable / Field Name\na"b,c\n') == {"RED001", "RED002"}


def test_every_rule_is_tried() -> None:
    tried = {code for _, code, _ in MUTATIONS} | {"RED001", "RED002"}
    assert tried == {rule.code for rule in rules_of("RED")}


def test_empty_file_and_header_alone() -> None:
    assert codes("") == {"RED001"}
    assert codes(write([])) == set()


def test_columns_of_the_interface_and_of_old_versions_are_read() -> None:
    names = ",".join(name for name, _ in COLUMNS)
    text = write(sound().values())
    body = text.partition("\r\n")[2]
    assert codes(f"{names}\n{body}") == set()
    old = [row[:16] for row in csv.reader(io.StringIO(text))]
    stream = io.StringIO()
    csv.writer(stream).writerows(old)
    assert codes(stream.getvalue()) == set()


def test_dictionary_is_written_as_it_was_read() -> None:
    text = write(sound().values())
    rows = list(csv.reader(io.StringIO(text)))[1:]
    assert write(Row(*row) for row in rows) == text
    hostile = Row("a", "f", field_type="text", field_label='=1+1 "quoted", a|b <b>\nsecond line 患者')
    [_, row] = list(csv.reader(io.StringIO(write([hostile]), newline="")))
    assert row[4] == hostile.field_label


def test_command_names_the_place_and_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = sound()
    put("fertile", branching_logic="[sx] = '1'")(rows)
    file = tmp_path / "dictionary.csv"
    file.write_text(write(rows.values()), encoding="utf-8")
    assert main(["lint-redcap", str(file), "--format", "concise"]) == 1
    printed = capsys.readouterr().err
    assert ":6:" in printed
    assert "RED021" in printed
    assert "`sx`" in printed
    assert main(["lint-redcap", str(tmp_path / "none.csv")]) == 2


def test_a_validation_of_the_site_is_accepted(tmp_path: Path) -> None:
    rows = sound()
    rows["initials"] = rows["initials"]._replace(text_validation_type_or_show_slider_number="hospital_number")
    file = tmp_path / "dictionary.csv"
    file.write_text(write(rows.values()), encoding="utf-8")
    assert main(["lint-redcap", str(file)]) == 1
    assert main(["lint-redcap", str(file), "--validation", "hospital_number"]) == 0
