"""`protoc compile`: which documents are made."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from protocol_dsl.__main__ import main


def test_all_and_only_contradict_each_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "t.proto"
    file.write_text('protocol t "T" {}\n', encoding="utf-8")
    assert main(["compile", str(file), "--all", "--only", "soa"]) == 2
    assert "--all and --only cannot stand together" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("only", "files", "extra", "module"),
    [
        ("crf_word,soa.docx", "crf.docx, crf_guide.docx, soa.docx", "word", "docx"),
        ("acrf.pdf", "acrf.pdf", "pdf", "typst"),
    ],
)
def test_document_whose_library_is_absent_says_how_to_get_it_and_nothing_is_written(
    only: str,
    files: str,
    extra: str,
    module: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    file = tmp_path / "t.proto"
    file.write_text('protocol t { title "T" }\n', encoding="utf-8")
    assert main(["compile", str(file), "--only", f"crf,{only}", "-o", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "IOE010" in said
    assert sorted(files.split(", ")) == sorted(
        word.strip(":,;") for word in said.split() if ".docx" in word or ".pdf" in word
    )
    assert f'pip install "protocol-dsl[{extra}]"' in said
    assert not (tmp_path / "out").exists()


def test_font_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "t.proto"
    file.write_text('protocol t { title "T" }\n', encoding="utf-8")
    assert main(["compile", str(file), "--only", "crf_pdf", "--font", "nowhere.ttf"]) == 2
    assert "--font: there is no file or folder nowhere.ttf" in capsys.readouterr().err
