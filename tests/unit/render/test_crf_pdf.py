"""The specification of the forms and the annotated CRF as PDF; the annotated CRF as HTML."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
import typst

from protocol_dsl.render import crf_annotated, crf_forms, crf_pdf
from protocol_dsl.render.context import DocumentFault
from tests.unit.render.crf_trial import HOSTILE, HOSTILE_TRIAL, TRIAL, large, rendering

PDFTOTEXT = shutil.which("pdftotext")
LATIN_TRIAL = HOSTILE_TRIAL.replace("访视", "é ß ≥ µ")
CJK = sorted(
    str(font.path)
    for font in typst.Fonts(include_embedded_fonts=False).fonts()
    if font.family.endswith(" CJK SC") and font.weight == 400
)
needs_reader = pytest.mark.skipif(PDFTOTEXT is None, reason="pdftotext (poppler) is not installed")


@cache
def made(text: str = TRIAL) -> dict[str, bytes]:
    return {each.path: each.data for each in crf_pdf.outputs(rendering(text))}


def words(data: bytes) -> list[str]:
    assert PDFTOTEXT is not None
    done = subprocess.run([PDFTOTEXT, "-raw", "-", "-"], input=data, capture_output=True, check=True)
    return done.stdout.decode().split()


@needs_reader
@pytest.mark.parametrize("name", ["crf.pdf", "acrf.pdf"])
def test_each_field_stands_there_once_by_its_name(name: str) -> None:
    found = words(made()[name])
    names = [each.name for form in crf_forms.forms(rendering()) for each in form.fields if "_" in each.name]
    assert len(names) > 50
    assert [(each, found.count(each)) for each in names if found.count(each) != 1] == []


@needs_reader
def test_hostile_labels_are_text() -> None:
    for data in made(LATIN_TRIAL).values():
        said = re.sub(r"\s+", "", " ".join(words(data)))
        assert re.sub(r"\s+", "", HOSTILE.replace("访视", "é ß ≥ µ")) in said
        assert "=1+1éß≥µ<b>" in said


@needs_reader
def test_annotated_form_has_codes_names_and_standards() -> None:
    found = " ".join(words(made()["acrf.pdf"]))
    for said in ("CDASH VSTEMP", "SDTM VSORRES", "VS = Vital Signs", "34.0 to 43.0 °C soft", "Oral oral", "not mapped"):
        assert said in found


def test_outline_names_every_form() -> None:
    titles = b"".join(re.findall(rb"/Title ?(\(.*?\)|<.*?>)", made()["crf.pdf"]))
    for form in crf_forms.forms(rendering()):
        assert form.title.encode() in titles or form.title.encode("utf-16-be").hex().encode() in titles.lower()


def test_same_bytes_twice() -> None:
    assert {each.path: each.data for each in crf_pdf.outputs(rendering())} == made()


def test_signs_without_a_font_are_refused_with_their_names() -> None:
    with pytest.raises(DocumentFault) as caught:
        made(HOSTILE_TRIAL)
    found = caught.value.diagnostic
    assert found.code == "IOE016"
    assert found.message == "crf.pdf: no font has 访 (U+8BBF), 视 (U+89C6)"
    assert "--font" in (found.help or "")


@needs_reader
@pytest.mark.skipif(not CJK, reason="no Chinese font is installed")
def test_chinese_labels_with_a_font_of_ones_own() -> None:
    for each in crf_pdf.outputs(rendering(HOSTILE_TRIAL, fonts=CJK[0])):
        assert "访视" in "".join(words(each.data))


def test_a_template_of_the_site_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "acrf.typ").write_text(
        '#import "_base.typ": *\n#show: sheet\n#data.forms.len() forms', encoding="utf-8"
    )
    found = {each.path: each.data for each in crf_pdf.outputs(rendering(templates=str(tmp_path)))}
    assert found["crf.pdf"] == made()["crf.pdf"]
    assert len(found["acrf.pdf"]) < len(made()["acrf.pdf"]) / 3


def test_a_fault_in_a_template_names_it(tmp_path: Path) -> None:
    (tmp_path / "crf.typ").write_text("#nothing-of-that-name", encoding="utf-8")
    with pytest.raises(DocumentFault, match=r"crf\.typ: unknown variable: nothing-of-that-name") as caught:
        crf_pdf.outputs(rendering(templates=str(tmp_path)))
    assert caught.value.diagnostic.code == "IOE007"


def test_matrix_parts_have_every_visit_and_mark_once() -> None:
    found = crf_forms.crf(rendering(large(2, 40, 3)))
    parts = [crf_pdf._part(found, start) for start in (0, crf_pdf.MOST_VISITS)]
    assert [visit for part in parts for visit in part["visits"]] == [f"Visit {at}" for at in range(40)]
    assert [sum(stage["width"] for stage in part["stages"]) for part in parts] == [36, 4]
    for at, row in enumerate(found.rows):
        assert [mark for part in parts for mark in part["rows"][at]["cells"]] == list(row.cells)


def test_annotated_html_has_each_field_once_and_escapes_labels() -> None:
    (page,) = crf_annotated.outputs(rendering(HOSTILE_TRIAL))
    text = page.data.decode()
    names = re.findall(r'<td class="ann"><code class="note">([^<]*)</code>', text)
    assert names == [each.name for form in crf_forms.forms(rendering(HOSTILE_TRIAL)) for each in form.fields]
    assert "<script" not in text
    assert "访视" in text
    assert '<span class="note">VS = Vital Signs</span>' in text
