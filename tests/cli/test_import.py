"""`protoc import` as a user calls it: files, folders, reports, trouble."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from protocol_dsl.__main__ import main
from protocol_dsl.exchange.redcap.dictionary import Row, write
from protocol_dsl.importing.files import FEWEST_IN_PARALLEL

RECORDS = Path(__file__).parents[1] / "unit" / "importing"
RECORD = RECORDS / "NCT00000001.json"


def test_a_record_becomes_a_protocol_with_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target, report = tmp_path / "trial.proto", tmp_path / "report.json"
    assert main(["import", "ctgov", str(RECORD), "-o", str(target), "--report", str(report)]) == 0
    printed = capsys.readouterr().out
    assert f"wrote {target}" in printed
    assert "contactsLocationsModule.centralContacts[].email: a protocol file keeps no e-mail addresses" in printed
    assert target.read_text(encoding="utf-8") == (RECORDS / "NCT00000001.proto").read_text(encoding="utf-8")
    data = json.loads(report.read_text(encoding="utf-8"))
    assert {"field": "designModule.nPtrsToThisExpAccNctId", "count": 1, "reason": "counted by the registry"} in data[
        "dropped"
    ]
    assert main(["check", str(target), "-q"]) == 0


def test_a_protocol_is_not_overwritten_unless_it_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "trial.proto"
    target.write_text("mine", encoding="utf-8")
    assert main(["import", "ctgov", str(RECORD), "-o", str(target)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert target.read_text(encoding="utf-8") == "mine"
    assert main(["import", "ctgov", str(RECORD), "-o", str(target), "--force", "-q"]) == 0
    assert target.read_text(encoding="utf-8") != "mine"


@pytest.mark.parametrize("count", [3, FEWEST_IN_PARALLEL])
def test_a_bad_record_does_not_stop_the_others(count: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    for number in range(count):
        shutil.copy(RECORD, source / f"r{number:03}.json")
    (source / "a_bad.json").write_text('{"protocolSection": ', encoding="utf-8")
    assert main(["import", "ctgov", str(source), "-o", str(target), "--report", str(tmp_path / "r.txt")]) == 2
    captured = capsys.readouterr()
    assert "a_bad.json: it is no JSON: expecting value in line 1, column 21" in captured.err
    assert f"{count} of {count + 1} records became protocols" in captured.out
    assert len(list(target.glob("*.proto"))) == count
    assert "r000.json: " in (tmp_path / "r.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "it is no JSON"),
        (b"\xff\xfe", "it is not UTF-8 text"),
        (b"[]", "the outermost value is no object"),
        (b"{}", "no `protocolSection`"),
        (b'{"protocolSection": {"x": 1}}', "no `protocolSection`"),
        (b'{"studies": [{}, {}]}', "a page of 2 records"),
        (b"[" * 200_000, "nested too deep"),
        (b'{"protocolSection": {"statusModule": ' + b"[" * 90 + b"]" * 90 + b"}}", "nested too deep"),
        (b'{"protocolSection": {"statusModule": ' + b"1" * 5000 + b"}}", "it is no JSON"),
    ],
)
def test_what_is_no_record_is_told(
    content: bytes, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = tmp_path / "x.json", tmp_path / "x.proto"
    source.write_bytes(content)
    assert main(["import", "ctgov", str(source), "-o", str(target)]) == 2
    err = capsys.readouterr().err
    assert says in err
    assert "IOE012" in err
    assert not target.exists()


def test_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "ctgov", str(tmp_path / "none.json"), "-o", str(tmp_path / "x.proto")]) == 2
    assert "No such file" in capsys.readouterr().err
    assert main(["import", "ctgov", str(RECORD), "-o", str(tmp_path / "x.txt")]) == 2
    assert "is no protocol file" in capsys.readouterr().err
    assert main(["import", "ctgov", str(tmp_path), "-o", str(tmp_path / "out")]) == 2
    assert "no file that ends in .json" in capsys.readouterr().err


DICTIONARY = write(
    [
        Row("record_id", "base", "", "text", "Record"),
        Row("age", "base", "", "text", "Age", "", "", "integer", "18", "99", "", "", "y"),
    ]
)


def test_a_dictionary_of_redcap_becomes_forms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "d.csv", tmp_path / "forms.proto"
    source.write_text(DICTIONARY, encoding="utf-8")
    assert main(["import", "redcap", str(source), "-o", str(target)]) == 0
    assert f"wrote {target}" in capsys.readouterr().out
    assert '  field age "Age" integer range 18..99 required\n' in target.read_text(encoding="utf-8")
    assert main(["import", "redcap", str(source), "-o", str(target)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert main(["import", "redcap", str(source), "--project", str(source), "-o", str(target), "--force"]) == 2
    assert "is no project of REDCap" in capsys.readouterr().err


def test_a_dictionary_with_errors_is_not_imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "d.csv", tmp_path / "forms.proto"
    source.write_text(DICTIONARY + "age,base,,text,Twice,,,,,,,,,,,,,\n", encoding="utf-8")
    assert main(["import", "redcap", str(source), "-o", str(target)]) == 1
    assert "RED004" in capsys.readouterr().err
    assert not target.exists()
    assert main(["import", "redcap", str(tmp_path / "absent.csv")]) == 2
