"""The specification of the forms and the schedule of assessments in Word."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import docx
import pytest

from protocol_dsl.paths import TEMPLATES
from protocol_dsl.render import crf_forms, crf_word, soa_word, word_template
from protocol_dsl.render.context import DocumentFault
from protocol_dsl.render.soa_view import view
from tests.unit.render.crf_trial import HOSTILE, HOSTILE_TRIAL, TRIAL, large, rendering


@cache
def crf(text: str = TRIAL) -> Any:
    made, _ = crf_word.outputs(rendering(text))
    return docx.Document(io.BytesIO(made.data))


def tables(made: Any) -> Iterator[list[list[str]]]:
    for table in made.tables:
        yield [[cell.text for cell in row.cells] for row in table.rows]


def field_names(made: Any) -> list[str]:
    """The first line of the last cell of each field's row."""
    found: list[str] = []
    for rows in tables(made):
        if rows[0][:3] == ["No.", "Question", "Answer"]:
            found += [row[4].split("\n")[0] for row in rows[1:] if row[0].isdecimal()]
    return found


@pytest.mark.parametrize("text", [TRIAL, HOSTILE_TRIAL])
def test_each_field_stands_there_once(text: str) -> None:
    forms = crf_forms.forms(rendering(text))
    assert field_names(crf(text)) == [each.name for form in forms for each in form.fields]


def test_a_field_with_its_unit_range_condition_and_annotations() -> None:
    rows = {row[4].split("\n")[0]: row for rows in tables(crf()) for row in rows if len(row) == 5}
    assert rows["temp"][1:] == [
        "Temperature",
        "Decimal number, 1 place, °C",
        "required\n34.0 to 43.0 °C soft",
        "temp\nCDASH VSTEMP\nSDTM VSORRES\nUCUM Cel",
    ]
    assert rows["place"][2:4] == ["One of\noral = Oral\near = Ear", "Asked if temperature is known"]
    assert rows["height"][1] == "Height\nOnly at Day 0"
    assert rows["height"][3] == "120 to 210 cm soft\n100 to 230 cm hard"
    assert rows["appetite"][2] == "Mark on a line: None – Usual – Very good"
    assert rows["map"][3] == "= (Systolic + 2 × Diastolic) / 3"


def test_forms_and_visits_are_those_of_the_model() -> None:
    found = crf_forms.crf(rendering())
    rows = next(rows for rows in tables(crf()) if rows[1][0] == "Form")
    assert rows[1][1:] == ["Day 0", "Day 7"]
    shown = {row[0].split(". ", 1)[1]: row[1:] for row in rows[2:]}
    assert shown["Vital signs"] == ["X", "X"]
    assert shown["Pregnancy test"] == ["(X)", ""]
    assert shown["Pulse"] == ["", "X+"]
    for row in found.rows:
        if not row.page.when:
            assert shown[row.page.title] == list(row.cells)


def test_more_visits_than_fit_are_shown_in_parts_that_lose_none() -> None:
    made = crf(large(2, 40, 3))
    parts = [rows for rows in tables(made) if len(rows) > 1 and rows[1][0] == "Form"]
    assert [title for rows in parts for title in rows[1][1:]] == [f"Visit {at}" for at in range(40)]


def test_headings_of_tables_repeat_and_rows_are_not_cut() -> None:
    for table in crf().tables:
        xml = table._tbl.xml
        assert "w:tblHeader" in table.rows[0]._tr.xml
        assert xml.count("<w:cantSplit/>") == len(table.rows)


def test_hostile_and_chinese_labels_stay_as_they_are() -> None:
    text = "\n".join(cell for rows in tables(crf(HOSTILE_TRIAL)) for row in rows for cell in row)
    assert " ".join(HOSTILE.split()) in text
    headings = [each.text for each in crf(HOSTILE_TRIAL).paragraphs if each.style.name == "Heading 1"]
    assert any(each.endswith("=1+1 访视 <b>") for each in headings)


def test_header_and_footer_say_trial_version_draft_and_pages() -> None:
    section = crf().sections[-1]
    head = "".join(section.header._element.itertext())
    assert "TOY · Case report form specification" in head
    assert "Version 2.1" in head
    assert "NUMPAGES" in section.footer._element.xml
    assert "{" not in head


def test_links_lead_to_bookmarks_that_are_there_once() -> None:
    made = crf()
    spaces = {"w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main"}
    key = f"{{{spaces['w']}}}"
    names = [each.get(f"{key}name") for each in made.element.body.iterfind(".//w:bookmarkStart", spaces)]
    targets = {each.get(f"{key}anchor") for each in made.element.body.iterfind(".//w:hyperlink", spaces)}
    assert len(names) == len(set(names))
    assert targets == set(names)


@pytest.mark.parametrize("module", [crf_word, soa_word])
def test_same_bytes_twice_and_no_time_in_them(module: Any) -> None:
    made = module.outputs(rendering())
    assert made == module.outputs(rendering())
    for each in made:
        assert {info.date_time[0] for info in zipfile.ZipFile(io.BytesIO(each.data)).infolist()} == {1980}


def test_shipped_template_is_the_one_that_is_built() -> None:
    shipped = docx.Document(str(Path(TEMPLATES) / "word.docx"))
    built = docx.Document(io.BytesIO(word_template.build()))
    assert shipped.styles.element.xml == built.styles.element.xml
    assert shipped.element.xml == built.element.xml


def test_a_site_restyles_with_its_own_template(tmp_path: Path) -> None:
    own = docx.Document(str(Path(TEMPLATES) / "word.docx"))
    own.styles["Trial Cell"].font.name = "Garamond"
    own.paragraphs[0].insert_paragraph_before("Hospital of Somewhere, {trial}")
    own.save(str(tmp_path / "crf.docx"))
    made, _ = crf_word.outputs(rendering(templates=str(tmp_path)))
    found = docx.Document(io.BytesIO(made.data))
    assert found.paragraphs[0].text == "Hospital of Somewhere, TOY"
    assert found.styles["Trial Cell"].font.name == "Garamond"
    # That template is for this one document.
    (soa,) = soa_word.outputs(rendering(templates=str(tmp_path)))
    assert docx.Document(io.BytesIO(soa.data)).paragraphs[0].text == "Schedule of assessments"


def test_a_word_that_the_editor_cut_into_runs_is_filled_all_the_same(tmp_path: Path) -> None:
    own = docx.Document(str(Path(TEMPLATES) / "word.docx"))
    paragraph = own.paragraphs[0].insert_paragraph_before("")
    for part in ("{tri", "al", "} protocol"):
        paragraph.add_run(part)
    own.save(str(tmp_path / "word.docx"))
    made, _ = crf_word.outputs(rendering(templates=str(tmp_path)))
    assert docx.Document(io.BytesIO(made.data)).paragraphs[0].text == "TOY protocol"


def test_template_without_a_style_is_an_error_with_its_name(tmp_path: Path) -> None:
    docx.Document().save(str(tmp_path / "word.docx"))
    with pytest.raises(DocumentFault) as caught:
        crf_word.outputs(rendering(templates=str(tmp_path)))
    assert caught.value.diagnostic.code == "IOE007"
    assert "“Trial Cell”" in caught.value.diagnostic.message


def test_template_that_is_no_word_document_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "word.docx").write_text("not a package", encoding="utf-8")
    with pytest.raises(DocumentFault, match="no Word document"):
        crf_word.outputs(rendering(templates=str(tmp_path)))


def test_schedule_in_word_has_the_marks_of_the_schedule() -> None:
    given = rendering()
    (made,) = soa_word.outputs(given)
    found = docx.Document(io.BytesIO(made.data))
    table = view(given.protocol, given.schedule).table
    shown = {row[0].split("\n")[0]: row for row in next(tables(found))}
    for section in table.sections:
        for row in section.rows:
            if not row.bar:
                marks = [f"{cell.mark}{','.join(cell.notes)}" for cell in row.cells]
                name = f"{row.label}{','.join(row.notes)}" + (f"  {row.who}" if row.who else "")
                assert shown[name][1:] == marks
    section = found.sections[0]
    assert section.page_width > section.page_height
