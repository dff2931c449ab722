from __future__ import annotations

import csv
import io
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from protocol_dsl.model.base import Note
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import Administration
from protocol_dsl.model.study import Study
from protocol_dsl.render import soa
from protocol_dsl.render.footnotes import letter
from protocol_dsl.render.soa_view import view
from protocol_dsl.render.text import writable
from protocol_dsl.schedule.build import build
from tests.unit.render.trials import AT, HOSTILE, assess, at_place, condition, gap, hostile, large, rendering, toy

VOID = {"meta", "br", "rect", "line", "circle", "path"}


class Page(HTMLParser):
    """The tables of a page as rows of (text, colspan, rowspan), all elements, and whether tags are balanced."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: list[list[list[tuple[str, int, int]]]] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self._open: list[str] = []
        self._cell: tuple[int, int] | None = None
        self._cell_text = ""
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self._open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            given = dict(attrs)
            self._cell = (int(given.get("colspan") or 1), int(given.get("rowspan") or 1))
            self._cell_text = ""
        elif tag in ("sup", "span", "br") and self._cell:
            self._cell_text += "|"

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop() == tag
        if tag in ("td", "th") and self._cell:
            self.tables[-1][-1].append((self._cell_text.strip("|"), *self._cell))
            self._cell = None

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._cell:
            self._cell_text += data


def made(protocol: Protocol, **more: Any) -> dict[str, bytes]:
    return {each.path: each.data for each in soa.outputs(rendering(protocol, **more))}


def csv_table(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def marks(rows: list[list[str]]) -> set[tuple[str, str]]:
    """The (assessment, visit) pairs of the CSV's marks."""
    head = next(row for row in rows if row[:1] == ["Category"])
    body = rows[rows.index(head) + 1 : rows.index([])]
    return {
        (row[1].split(" (")[0], visit)
        for row in body
        for visit, cell in zip(head[3:], row[3:], strict=True)
        if cell.startswith(("X", "(X)"))
    }


@pytest.mark.parametrize("trial", [toy(), large(40, 40)], ids=["toy", "large"])
def test_every_assessment_at_every_visit_is_a_mark_and_no_other(trial: Protocol) -> None:
    trial = trial.model_copy(update={"administrations": ()})
    found = marks(csv_table(made(trial)["soa.csv"]))
    titles = {part.name: part.title for part in trial.assessments}
    expected = {(titles[part.name], visit) for part in trial.assessments for visit in part.visits}
    assert {(_without_notes(label, titles.values()), visit) for label, visit in found} == expected


def _without_notes(label: str, titles: Any) -> str:
    return max((title for title in titles if label == title or label.startswith(title + " ")), key=len)


@pytest.mark.parametrize("trial", [toy(), large(16, 9), large(60, 5)], ids=["toy", "upright", "parts"])
def test_html_markdown_and_spreadsheet_have_the_marks_of_the_csv(trial: Protocol) -> None:
    files = made(trial)
    in_csv = len(marks(csv_table(files["soa.csv"])))
    tables = Page(files["soa.html"].decode()).tables
    grids = tables[: len(tables) - bool(trial.assessments[-1].name == "odd")]
    in_html = sum(text.partition("|")[0] in ("X", "(X)") for grid in grids for row in grid for text, *_ in row)
    in_md = sum(
        cell.strip().partition("<sup>")[0] in ("X", "(X)")
        for line in files["soa.md"].decode().partition("## Footnotes")[0].splitlines()
        for cell in line.split("|")
    )
    sheet = openpyxl.load_workbook(io.BytesIO(files["soa.xlsx"]))["Schedule"]
    in_xlsx = sum(
        str(cell.value).partition(" ")[0] in ("X", "(X)") for row in sheet.iter_rows(min_col=2) for cell in row
    )
    assert in_csv == in_html == in_md == in_xlsx > 0


@pytest.mark.parametrize("trial", [toy(), large(16, 9), large(60, 5), hostile()])
def test_every_row_of_the_html_table_has_all_columns(trial: Protocol) -> None:
    for table in Page(made(trial)["soa.html"].decode()).tables:
        held: list[int] = []
        widths: list[int] = []
        for row in table:
            widths.append(sum(width for _, width, _ in row) + sum(held))
            held = [*(width for _, width, height in row for _ in range(height - 1))]
        assert len(set(widths)) == 1


def test_columns_are_in_the_order_of_time_with_parallel_and_unscheduled_visits_behind() -> None:
    rows = csv_table(made(toy())["soa.csv"])
    head = next(row for row in rows if row[:1] == ["Category"])
    assert head[3:] == ["SCR", "LEU", "LD1", "infusion", "D7", "D28", "M3", "IMG1", "ET"]
    stages = next(row for row in rows if row[1:2] == ["Stage"])
    assert stages[3:] == [
        "Screening", "Leukapheresis", "Lymphodepletion", "Infusion", "Follow-up", "Follow-up", "Follow-up", "Imaging",
        "Off schedule",
    ]  # fmt: skip


def test_footnotes_come_from_constructs_in_reading_order_and_equal_texts_are_one() -> None:
    text = made(toy())["soa.md"].decode()
    notes = [line.removeprefix("- **") for line in text.splitlines() if line.startswith("- **")]
    assert notes == [
        "a** Possible days, given the other visits: Day −39 to −14.",
        "b** Manufacturing: 14 to 21 days from Leukapheresis to release.",
        "c** Lasts 3 days.",
        "d** Before this visit: Pre-infusion check (No active infection).",
        "e** In the morning.",
        "f** Only for: High dose.",
        "g** Only if sex is female.",
        "h** Given over 30 min.",
        "i** Times: pre-dose (−60/+0 min) and +1 h (±10 min).",
        "j** A result is valid for 7 days.",
        "k** Times: pre-dose (−60/+0 min).",
        "l** Optional at this visit.",
    ]
    # The remark of the visit and of the assessment is the same, and so is the condition of two assessments.
    assert "| Computed tomography<sup>g</sup> |" in text
    assert "| Pregnancy test<sup>g</sup> |" in text
    assert "X<sup>e</sup>" in text


def test_a_condition_is_in_small_letters_within_its_footnote() -> None:
    spoken = ("Of childbearing potential", "HBsAg is positive", "Day 28 is reached")
    parts = [assess(text, text, "laboratory", "SCR", condition=condition(text)) for text in spoken]
    notes = {note.text for note in view(toy(assessments=tuple(parts)), build(toy())).footnotes}
    assert {f"Only if {text}." for text in ("of childbearing potential", *spoken[1:])} <= notes


def test_letters_go_on_after_z() -> None:
    assert [letter(at) for at in (0, 25, 26, 51, 52, 701, 702)] == ["a", "z", "aa", "az", "ba", "zz", "aaa"]


def test_optional_and_conditional_marks_populations_and_bars() -> None:
    rows = csv_table(made(toy())["soa.csv"])
    by_label = {row[1].split(" (")[0]: row for row in rows[: rows.index([])] if len(row) > 3}
    assert by_label["Pregnancy test g"][3:6] == ["(X)", "", "(X)"]
    assert by_label["DAS28"][2] == "Rheumatoid arthritis"
    assert by_label["DAS28"][8:10] == ["X", "(X) l"]
    assert by_label["Adverse events"][3:] == ["continuous"] * 7 + ["", ""]
    assert by_label["Steroids"][3:] == ["", "", "", "continuous", "continuous", "continuous", "", "", ""]
    assert "CAR, by dose level, intravenous" in next(row[1] for row in rows if "Anti-CD19" in "".join(row))


def test_sections_stand_in_a_fixed_order() -> None:
    rows = csv_table(made(toy())["soa.csv"])
    body = rows[rows.index(next(row for row in rows if row[:1] == ["Category"])) + 1 : rows.index([])]
    assert list(dict.fromkeys(row[0] for row in body)) == [
        "Eligibility and consent", "Interventions", "Safety", "Laboratory", "Imaging", "Pharmacokinetics", "Efficacy",
        "Throughout the trial", "Other assessments",
    ]  # fmt: skip


def headed(*parts: Any) -> list[tuple[str, list[str]]]:
    """The headings of these assessments in a trial, with their rows."""
    found = view(toy(assessments=parts, collections=(), administrations=()), build(toy())).table.sections
    return [(section.title, [row.name for row in section.rows]) for section in found]


def test_categories_share_headings_and_eligibility_begins_with_consent() -> None:
    assert headed(
        assess("bp", "Blood pressure monitoring", "vital_signs", "SCR"),
        assess("hbv", "Hepatitis B", "virology", "SCR"),
        assess("holter", "Holter", "cardiac", "SCR"),
        assess("criteria", "Criteria", "eligibility", "SCR"),
        assess("past", "Past", "history", "SCR"),
        assess("age", "Age", "demographics", "SCR"),
        assess("icf", "Form signed", "consent", "SCR"),
        assess("lab", "Safety laboratory", "laboratory", "SCR"),
        assess("sledai", "SLEDAI", "disease_activity", "SCR"),
        assess("sf36", "SF-36", "quality_of_life", "SCR"),
        assess("diary", "Diary", "patient_reported", "SCR"),
    ) == [
        ("Eligibility and consent", ["icf", "age", "past", "criteria"]),
        ("Safety", ["bp", "holter"]),
        ("Laboratory", ["hbv", "lab"]),
        ("Efficacy and patient-reported outcomes", ["sledai", "sf36", "diary"]),
    ]


def test_an_assessment_without_a_category_stands_where_its_name_tells_and_otherwise_last() -> None:
    assert headed(
        assess("odd", "Odd one", None, "SCR"),
        assess("vitals", "Vitals", None, "SCR"),
        assess("exam", "Physical examination", None, "SCR"),
        assess("heart", "12-lead ECG", None, "SCR"),
        assess("consent", "Informed consent", None, "SCR"),
        assess("dm", "Demographics", None, "SCR"),
        assess("mh", "Medical history", None, "SCR"),
        assess("strange", "Strange", "logistics", "SCR"),
    ) == [
        ("Eligibility and consent", ["consent", "dm", "mh"]),
        ("Safety", ["vitals", "exam", "heart"]),
        ("Other assessments", ["odd", "strange"]),
    ]


def test_headings_above_a_single_row_are_joined_with_a_neighbour() -> None:
    two = [assess(f"pd{at}", f"Cells {at}", "pharmacodynamics", "SCR") for at in (1, 2)]
    kinetics = assess("pk", "Levels", "pharmacokinetics", "SCR")
    antibodies = assess("ada", "ADA", "immunogenicity", "SCR")
    assert headed(kinetics, *two, antibodies) == [
        ("Pharmacokinetics, pharmacodynamics and immunogenicity", ["pk", "pd1", "pd2", "ada"])
    ]
    assert headed(*two, kinetics) == [("Pharmacokinetics and pharmacodynamics", ["pk", "pd1", "pd2"])]
    assert headed(*two) == [("Pharmacodynamics", ["pd1", "pd2"])]


def given_every(count: int, unit: str, *phoned: str) -> tuple[list[str], str, str]:
    """Marks, the text of the bar and the footnotes of a product from V2 (day 0) to V8 (day 42), visits weekly ±2."""
    every = gap(count, count, unit)
    part = Administration(product="DRUG", every=every, start=at_place("V2"), end=at_place("V8"), origin=AT)
    trial = large(12, 0)
    visits = tuple(each.model_copy(update={"contact": "phone"} if each.name in phoned else {}) for each in trial.visits)
    found = view(trial.model_copy(update={"administrations": (part,), "visits": visits}), build(trial))
    row = found.table.sections[0].rows[0]
    marked = [
        f"{column.visit} {cell.mark or '-'}"
        for column, cell in zip(found.table.columns, row.cells, strict=True)
        if cell.kind != "empty"
    ]
    return marked, row.bar, " ".join(note.text for note in found.footnotes if note.text.startswith("Given"))


def test_a_rhythm_has_its_marks_at_the_visits_on_site_where_a_dose_is_due() -> None:
    assert given_every(2, "weeks") == (["V2 X", "V4 X", "V6 X", "V8 X"], "", "")
    assert given_every(2, "weeks", "V3", "V5") == (["V2 X", "V4 X", "V6 X", "V8 X"], "", "")


def test_doses_between_visits_and_at_telephone_visits_are_a_footnote() -> None:
    marks_, _, notes = given_every(2, "weeks", "V4")
    assert marks_ == ["V2 X", "V6 X", "V8 X"]
    assert notes == "Given every 2 weeks, also between these visits."


def test_a_rhythm_of_days_is_a_bar_and_one_that_meets_no_visit_has_no_bar_at_telephone_visits() -> None:
    marks_, bar, _ = given_every(1, "days", "V4")
    assert marks_ == [f"V{at} -" for at in range(2, 9)]
    assert bar
    marks_, _, _ = given_every(7, "half_lives", "V4")
    assert marks_ == [f"V{at} -" for at in range(2, 9)]
    phoned = [f"V{at}" for at in range(2, 9)]
    assert given_every(2, "weeks", *phoned)[0] == []


def test_times_within_a_visit_are_a_table_of_their_own() -> None:
    table = Page(made(toy())["soa.html"].decode()).tables[-1]
    assert [[text for text, *_ in row] for row in table] == [
        ["Assessment", "Visits", "pre-dose", "+1 h"],
        ["Vital signs", "Infusion", "−60/+0 min", "±10 min"],
        ["CAR copies", "Infusion, Day 7, Day 28, Month 3", "−60/+0 min", ""],
    ]


def test_hostile_labels_stay_text_everywhere() -> None:
    files = made(hostile())
    page = Page(files["soa.html"].decode())
    assert "script" not in page.tags
    assert not {name for name in page.attributes if name.startswith("on")}
    assert " ".join(HOSTILE.split()) in page.text
    for row in csv_table(files["soa.csv"]):
        assert not any(cell.startswith(("=", "+", "@", "\t")) for cell in row)
    assert "'=1+1" in files["soa.csv"].decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(files["soa.xlsx"]))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not any(cell.hyperlink for cell in cells)
    assert any(cell.value == "=1+1" for cell in cells)
    lines = [line for line in files["soa.md"].decode().splitlines() if line.startswith("|")]
    grid = lines[: next(at for at, line in enumerate(lines) if line.startswith("| Assessment | Visits"))]
    assert len({line.replace("\\|", "").count("|") for line in grid}) == 1
    assert "<script" not in files["soa.md"].decode().replace("\\<", "")


def test_hostile_text_is_complete_in_the_spreadsheet() -> None:
    book = openpyxl.load_workbook(io.BytesIO(made(hostile())["soa.xlsx"]))
    assert any(str(cell.value).startswith(writable(" ".join(HOSTILE.split()))) for cell in book["Visits"]["B"])


def test_workbook_is_frozen_merged_and_set_up_for_print() -> None:
    book = openpyxl.load_workbook(io.BytesIO(made(toy())["soa.xlsx"]))
    assert book.sheetnames == ["Schedule", "Differences", "Visits", "Assessments"]
    sheet = book["Schedule"]
    assert sheet.freeze_panes == "B11"
    assert [row[0].value for row in sheet["A4:A10"]] == [
        "Stage", "Visit", "Name", "Day", "Window", "Possible days", "Contact",
    ]  # fmt: skip
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.page_setup.fitToHeight == 0
    assert sheet.print_title_rows == "$4:$10"
    assert "F4:H4" in {str(area) for area in sheet.merged_cells.ranges}  # Follow-up over D7, D28, M3
    visits = list(book["Visits"].iter_rows(values_only=True))
    assert visits[0][:8] == ("Name", "Visit", "Stage", "Day", "Window", "Earliest day", "Latest day", "Contact")
    seventh = next(row for row in visits if row[0] == "D7")
    assert seventh[1:8] == ("Day 7", "Follow-up", "Day 7", "±1 days", 6, 8, "Phone")
    assessments = {row[0]: row for row in book["Assessments"].iter_rows(values_only=True)}
    assert assessments["das28"][8] == "Screening, Day 28, Month 3"


@pytest.mark.parametrize("trial", [toy, hostile])
def test_outputs_are_the_same_bytes_each_time(trial: Any) -> None:
    assert made(trial()) == made(trial())


def test_forty_by_forty_is_one_table_and_ninety_visits_are_parts_that_hold_all_columns() -> None:
    assert len(Page(made(large(40, 40))["soa.html"].decode()).tables) == 1
    tables = Page(made(large(90, 4))["soa.html"].decode()).tables
    assert len(tables) == 2
    assert sum(sum(width for _, width, _ in table[0]) - 1 for table in tables) == 90


def test_what_is_open_is_printed_even_where_the_list_is_folded_on_screen() -> None:
    notes = tuple(Note(kind="assumed", text=f"guess number {at}", origin=AT) for at in range(25))
    text = made(toy(notes=notes))["soa.html"].decode()
    folded, printed = text[text.index("<details") : text.index("</details>")], text[text.index("</details>") :]
    assert folded.count("guess number") == 25
    assert printed.count("guess number") == 20
    assert "and 5 more in soa.html" in printed


def test_an_empty_protocol_still_gives_documents() -> None:
    files = made(Protocol(study=Study(name="EMPTY", origin=AT)))
    assert sorted(files) == ["soa.csv", "soa.html", "soa.md", "soa.xlsx"]
    openpyxl.load_workbook(io.BytesIO(files["soa.xlsx"]))


def test_a_project_can_replace_one_template(tmp_path: Path) -> None:
    (tmp_path / "soa.md.j2").write_text("{% for column in soa.table.columns %}{{ column.visit }} {% endfor %}")
    ours, theirs = made(toy()), made(toy(), templates=str(tmp_path))
    assert theirs["soa.md"] == b"SCR LEU LD1 infusion D7 D28 M3 IMG1 ET "
    assert theirs["soa.html"] == ours["soa.html"]


def test_days_have_the_protocols_own_numbers() -> None:
    trial = toy()
    assert trial.timeline is not None
    one = trial.timeline.model_copy(update={"first_day": 1})
    given = rendering(trial)._replace(protocol=trial.model_copy(update={"timeline": one}))
    data = next(each.data for each in soa.outputs(given) if each.path == "soa.xlsx")
    days = {row[0]: row[5:7] for row in openpyxl.load_workbook(io.BytesIO(data))["Visits"].iter_rows(values_only=True)}
    assert days["D7"] == (7, 9)  # 6 to 8 days after the infusion, which is day 1
    assert days["LD1"] == (-5, -5)
