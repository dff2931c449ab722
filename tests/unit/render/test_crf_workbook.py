"""The build workbook, read again by another library."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from typing import Any

import openpyxl

from protocol_dsl.model.base import Choice
from protocol_dsl.model.forms import Field, Form
from protocol_dsl.render import crf_forms, crf_workbook
from protocol_dsl.render.crf_codelists import Codelists
from tests.unit.render.crf_trial import HOSTILE, HOSTILE_TRIAL, TRIAL, rendering


@cache
def data(text: str = TRIAL) -> bytes:
    (made,) = crf_workbook.outputs(rendering(text))
    return made.data


def sheet(name: str, text: str = TRIAL) -> list[dict[str, Any]]:
    rows = list(openpyxl.load_workbook(io.BytesIO(data(text)))[name].iter_rows(values_only=True))
    return [dict(zip([str(title) for title in rows[0]], row, strict=True)) for row in rows[1:]]


def test_each_field_is_a_row_once() -> None:
    forms = crf_forms.forms(rendering())
    found = [(row["Form"], row["Field"]) for row in sheet("Fields")]
    assert found == [(form.name, each.name) for form in forms for each in form.fields]


def test_limits_are_numbers_and_units_have_both_spellings() -> None:
    row = next(row for row in sheet("Fields") if row["Field"] == "temp")
    assert (row["Lowest"], row["Highest"], row["Decimals"], row["Range is"]) == (34, 43, 1, "soft")
    assert (row["Unit"], row["UCUM code"], row["CDASH"], row["SDTM"]) == ("°C", "Cel", "VSTEMP", "VSORRES")
    units = {row["Unit"]: row["UCUM code"] for row in sheet("Units")}
    assert units["°C"] == "Cel"
    assert units["mmHg"] == "mm[Hg]"


def test_computed_fields_are_derivations_and_have_no_range_check() -> None:
    row = next(row for row in sheet("Derivations") if row["Field"] == "map")
    assert row["Expression"] == "(sbp + 2 * dbp) / 3"
    checks = {row["Check"]: row for row in sheet("Checks") if row["Form"] == "vitals_form"}
    fires = [(row["Check"], row["Fires"]) for row in sheet("Checks") if row["Form"] == "vitals_form"]
    assert set(fires) == {("temp", "soft"), ("sbp", "hard"), ("height", "soft"), ("height", "hard"), ("bp", "soft"),
                          ("appetite", "soft")}  # fmt: skip
    assert checks["bp"]["Expression"] == "dbp < sbp"


def test_equal_codes_are_one_list() -> None:
    origin = rendering().protocol.study.origin
    answers = (Choice(code="a", label="First"), Choice(code="b", label="Second"))
    one, two = (Field(name=name, type="choice", choices=answers, origin=origin) for name in ("one", "two"))
    other = Field(name="other", type="choice", choices=(Choice(code="a", label="First", ncit="C1"),), origin=origin)
    shared = one.model_copy(update={"name": "shared", "codelist": "one"})
    lists = Codelists([Form(name="f", fields=(one, two, other, shared), origin=origin)])
    # A list that the protocol names keeps its name.
    assert [lists.name_of(each) for each in (one, two, other, shared)] == ["one_2", "one_2", "other", "one"]
    assert list(lists.rows()) == [
        ["one_2", 1, "a", "First", "", "one, two"],
        ["one_2", 2, "b", "Second", "", ""],
        ["other", 1, "a", "First", "C1", "other"],
        ["one", 1, "a", "First", "", "shared"],
        ["one", 2, "b", "Second", "", ""],
    ]


def test_every_codelist_that_a_field_names_is_listed() -> None:
    named = {row["Codelist"] for row in sheet("Fields") if row["Codelist"]}
    assert named == {row["Codelist"] for row in sheet("Codelists")}


def test_matrix_is_that_of_the_forms() -> None:
    found = crf_forms.crf(rendering())
    rows = list(openpyxl.load_workbook(io.BytesIO(data()))["Matrix"].iter_rows(values_only=True))
    assert rows[2][2:] == tuple(column.name for column in found.columns)
    for row, shown in zip(found.rows, rows[3:], strict=False):
        assert shown[0] == row.page.name
        if not row.page.when:
            assert tuple(cell or "" for cell in shown[2:]) == row.cells


def test_sheets_can_be_filtered_and_keep_their_headings() -> None:
    book = openpyxl.load_workbook(io.BytesIO(data()))
    assert book.sheetnames == ["About", *crf_workbook.SHEETS]
    for name in crf_workbook.SHEETS:
        assert book[name].freeze_panes is not None
        assert name == "Matrix" or book[name].auto_filter.ref is not None


def test_a_label_is_never_a_formula() -> None:
    book = openpyxl.load_workbook(io.BytesIO(data(HOSTILE_TRIAL)))
    cells = [cell for found in book for row in found.iter_rows() for cell in row if cell.value is not None]
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    values = {cell.value for cell in cells}
    assert {" ".join(HOSTILE.split()), "=1+1 访视 <b>"} <= values


def test_same_bytes_twice() -> None:
    assert data() == crf_workbook.outputs(rendering())[0].data
    assert zipfile.ZipFile(io.BytesIO(data())).testzip() is None
