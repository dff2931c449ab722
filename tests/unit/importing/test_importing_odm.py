"""Forms of ODM files as statements of the language: what is written compiles, and says what the file says."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocol_dsl import pipeline
from protocol_dsl.__main__ import main
from protocol_dsl.exchange.odm.read import read
from protocol_dsl.importing.odm import HEAD, convert
from protocol_dsl.model.forms import Field
from tests.unit.exchange.odm.files import NEW, OLD, made, of_text
from tests.unit.exchange.odm.test_odm_files import TRIAL

WORDS = """
protocol T { title "T" }
timeline { day 0 = V1 }
visit V1 "One" day 0
form f "Facts" at V1 {
  field site "Site" choice { left "Left" 9 "Unknown" }
  heading "Pressure"
  field signs "Signs" choices { chills "Chills" rash "Rash" }
  field oedema "Oedema" choice known
  field pain "Pain" choice known
}
codelist known "Is it known" { y "Yes" n "No" u "Unknown" }
translate zh {
  f "事实"
  f.site.left "左"
  f.signs "体征"
  f.signs.rash "皮疹"
  known.y "是"
  "Pressure" "压力"
}
"""
TRIALS = sorted(Path(__file__).parents[3].glob("protocols/*.proto"))


def fields(text: str, form: str) -> dict[str, Field]:
    compiled = pipeline.check_text(HEAD + text)
    assert compiled.protocol is not None
    (found,) = [each for each in compiled.protocol.forms if each.name == form]
    return {field.name: field for field in found.fields}


@pytest.mark.parametrize("name", [OLD, NEW])
def test_fields_come_back_as_they_were(name: str) -> None:
    made_of = convert(read(of_text(TRIAL)[name]))
    assert made_of.faults == []
    first, again = fields(TRIAL.partition("}\n")[2], "vitals_form"), fields(made_of.text, "vitals_form")
    assert list(again) == list(first)
    for field in again.values():
        old = first[field.name]
        if old.type != "derived":
            assert (field.type, field.ucum, field.ranges) == (old.type, old.ucum, old.ranges or field.ranges)
        choices = [(choice.code, choice.label) for choice in field.choices]
        assert choices == [(choice.code, choice.label) for choice in old.choices]
        assert field.required == old.required
    assert again["temp"].condition is not None
    assert again["temp"].condition.text == "done = yes"
    assert dict(again["temp"].codes) == {"cdash": "VSTEMP", "loinc": "8310-5"}
    assert again["map"].remarks != ()


def test_translations_come_back() -> None:
    text = convert(read(of_text(TRIAL)[OLD])).text
    assert 'vitals_form "生命体征"' in text
    assert 'vitals_form.sbp "收缩压"' in text


@pytest.mark.parametrize("name", [OLD, NEW])
def test_translations_of_choices_and_headings_come_back(name: str) -> None:
    text = convert(read(of_text(WORDS)[name])).text
    translated = text.partition("translate zh")[2]
    for line in ('f.site.left "左"', 'f.signs.rash "皮疹"', 'known.y "是"', '"Pressure" "压力"'):
        assert line in translated, line
    assert "chills" not in translated
    assert pipeline.check_text(HEAD + text).is_sound


def test_report_tells_what_did_not_become_statements() -> None:
    report = convert(read(of_text(TRIAL)[OLD])).report
    assert report.total("dropped") > 0
    assert "MethodDef (" in report.text()
    assert "StudyEventDef" in report.text()


@pytest.mark.parametrize("path", TRIALS[:1], ids=lambda path: path.stem)
def test_forms_of_a_trial_compile(path: Path) -> None:
    content = read(made(pipeline.check(str(path)))[OLD])
    imported = convert(content)
    assert imported.faults == []
    assert imported.text.count("\nform ") == len(content.forms)


def test_command_writes_forms_and_overwrites_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "study.xml", tmp_path / "forms.proto"
    source.write_bytes(of_text(TRIAL)[NEW])
    assert main(["import", "odm", str(source), "-o", str(target)]) == 0
    assert "became statements" in capsys.readouterr().out
    written = target.read_text(encoding="utf-8")
    assert 'form vitals_form "Vital signs"' in written
    assert main(["import", "odm", str(source), "-o", str(target)]) == 2
    assert "already" in capsys.readouterr().err
    assert target.read_text(encoding="utf-8") == written


def test_command_refuses_what_is_no_odm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "forms.proto"
    for data, said in ((b"<ODM", "study.xml:1:"), (b"<html/>", "and not `ODM`"), (b"<!DOCTYPE a><a/>", "DOCTYPE")):
        source = tmp_path / "study.xml"
        source.write_bytes(data)
        assert main(["import", "odm", str(source), "-o", str(target)]) == 2
        assert said in capsys.readouterr().err
    assert main(["import", "odm", str(tmp_path / "absent.xml")]) == 2
    assert not target.exists()
