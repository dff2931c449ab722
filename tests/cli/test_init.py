"""`protoc init`: the first files of a trial."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from protocol_dsl.__main__ import main
from protocol_dsl.cli.init import protocol_name
from protocol_dsl.syntax.formatter import format_text
from protocol_dsl.syntax.parser import parse

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_writes_a_protocol_and_the_settings(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "lupus"]) == 0
    out = capsys.readouterr().out
    assert out.split("\n")[-2] == "Next: protoc compile lupus.proto"
    assert sorted(os.listdir()) == [".gitattributes", "lupus.proto"]
    text = (folder / "lupus.proto").read_text(encoding="utf-8")
    assert "protocol lupus {" in text
    assert "TRIAL_NAME" not in text
    assert "*.proto linguist-language=HCL text eol=lf\n" in (folder / ".gitattributes").read_text()


def test_the_protocol_is_sound_and_tidy(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "lupus"]) == 0
    assert main(["check", "lupus.proto"]) == 0
    assert "error" not in capsys.readouterr().err
    assert main(["fmt", "--check", "lupus.proto"]) == 0


def test_it_shows_the_main_statements() -> None:
    text = (ROOT / "templates" / "init.proto").read_text(encoding="utf-8")
    kinds = {node.kind for node in parse(text).tree.nodes()}
    wanted = "protocol product population arm timeline stage give assess collect dose dlt escalation eligibility"
    assert kinds >= {*wanted.split(), "objective", "endpoint"}
    assert text.count("todo ") >= 2
    assert len([line for line in text.split("\n") if line]) <= 85


def test_trial_and_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "lupus", "--trial", "--dir", "a/b"]) == 0
    path = os.path.join("a", "b", "lupus.trial")
    assert capsys.readouterr().out.endswith(f"Next: protoc compile {path}\n")
    assert os.path.exists(path)
    assert main(["init", "second.trial"]) == 0
    assert os.path.exists("second.trial")


def test_nothing_is_overwritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "lupus.proto").write_text("mine")
    assert main(["init", "lupus"]) == 2
    err = capsys.readouterr().err
    assert "IOE006" in err
    assert "`lupus.proto`" in err
    assert (folder / "lupus.proto").read_text() == "mine"
    assert not (folder / ".gitattributes").exists()
    (folder / ".gitattributes").write_text("* text\n")
    assert main(["init", "other"]) == 0
    assert (folder / ".gitattributes").read_text() == "* text\n"
    assert capsys.readouterr().out == "wrote other.proto\nNext: protoc compile other.proto\n"


def test_a_file_in_place_of_the_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a").write_text("")
    assert main(["init", "lupus", "--dir", "a"]) == 2
    assert main(["init", "lupus", "--dir", "a/b"]) == 2
    assert capsys.readouterr().err.count("IOE006") == 2


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("lupus", "lupus"),
        ("CT-1192 in lupus", "CT_1192_in_lupus"),
        ("3plus3", "trial_3plus3"),
        ("_x_", "x"),
        ("day", "day_trial"),
        ("Étude 1", "Etude_1"),
        ("狼疮", ""),
        ("--", ""),
    ],
)
def test_names(written: str, name: str) -> None:
    assert protocol_name(written) == name
    if name:
        assert not parse(f"protocol {name} {{ }}").diagnostics


@pytest.mark.parametrize("written", ["狼疮", "a/b", "a\\b", "../x"])
def test_what_is_no_name_is_refused(folder: Path, capsys: pytest.CaptureFixture[str], written: str) -> None:
    assert main(["init", written]) == 2
    err = capsys.readouterr().err
    assert "IOE004" in err
    assert "protoc init lupus" in err
    assert os.listdir() == []


def test_the_words_around_the_name_do_not_change_the_layout(folder: Path) -> None:
    assert main(["init", "a_rather_long_name_of_a_trial_in_adults_with_the_disease"]) == 0
    text = next(folder.glob("*.proto")).read_text(encoding="utf-8")
    assert format_text(text).text == text


def test_it_is_quick(folder: Path) -> None:
    code = "import sys; from protocol_dsl.__main__ import main; main(['init', 'x']); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert not {"jinja2", "lark", "pydantic", "networkx"} & set(done.stdout.split())
