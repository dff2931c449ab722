"""`protoc fmt`: what it writes, prints and returns."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import pytest

from protocol_dsl.__main__ import main
from protocol_dsl.cli import fmt

UNTIDY = "visit  D4 day 4   # c\n"
TIDY = "visit D4 day 4  # c\n"
FAULTY = "visit D4 day 4 ±1\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "untidy.proto").write_bytes(UNTIDY.encode())
    (tmp_path / "tidy.proto").write_bytes(TIDY.encode())
    (tmp_path / "faulty.proto").write_bytes(FAULTY.encode())
    return tmp_path


def stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))


def test_rewrites_what_is_untidy_and_names_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.utime("tidy.proto", (1, 1))
    assert main(["fmt", "tidy.proto", "untidy.proto"]) == 0
    assert capsys.readouterr() == ("untidy.proto\n", "")
    assert (folder / "untidy.proto").read_bytes() == TIDY.encode()
    assert os.stat("tidy.proto").st_mtime == 1
    assert main(["fmt", "tidy.proto", "untidy.proto"]) == 0
    assert capsys.readouterr() == ("", "")
    assert sorted(os.listdir()) == ["faulty.proto", "tidy.proto", "untidy.proto"]


@pytest.mark.skipif(os.name == "nt", reason="modes and links of POSIX")
def test_mode_and_link_are_kept(folder: Path) -> None:
    os.chmod("untidy.proto", 0o640)
    os.symlink("untidy.proto", "link.proto")
    assert main(["fmt", "link.proto"]) == 0
    assert os.path.islink("link.proto")
    assert (folder / "untidy.proto").read_text() == TIDY
    assert os.stat("untidy.proto").st_mode & 0o777 == 0o640


def test_line_ends_and_byte_order_mark_are_normalised(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "crlf.proto").write_bytes(b"\xef\xbb\xbf" + TIDY.replace("\n", "\r\n").encode())
    assert main(["fmt", "--diff", "crlf.proto"]) == 0
    assert "line ends" in capsys.readouterr().out
    assert main(["fmt", "--check", "crlf.proto"]) == 1
    assert main(["fmt", "crlf.proto"]) == 0
    assert (folder / "crlf.proto").read_bytes() == TIDY.encode()


def test_check_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "--check", "tidy.proto", "untidy.proto"]) == 1
    assert capsys.readouterr() == ("untidy.proto\n", "")
    assert (folder / "untidy.proto").read_text() == UNTIDY
    assert main(["fmt", "--check", "tidy.proto"]) == 0


def test_diff_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "--diff", "untidy.proto", "tidy.proto"]) == 0
    out = capsys.readouterr().out
    assert out.split("\n")[2:] == ["@@ -1 +1 @@", f"-{UNTIDY.rstrip()}", f"+{TIDY.rstrip()}", ""]
    assert (folder / "untidy.proto").read_text() == UNTIDY
    assert main(["fmt", "--diff", "--check", "untidy.proto"]) == 1


def test_a_faulty_file_does_not_keep_the_others(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "faulty.proto", "untidy.proto"]) == 1
    out, err = capsys.readouterr()
    assert out == "untidy.proto\n"
    assert "faulty.proto:1:" in err
    assert "SYN004" in err
    assert (folder / "faulty.proto").read_text() == FAULTY
    assert (folder / "untidy.proto").read_text() == TIDY


def test_a_format_for_programs_has_stdout_for_itself(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "--format", "json", "faulty.proto", "untidy.proto"]) == 1
    out, err = capsys.readouterr()
    assert [finding["code"] for finding in json.loads(out)["diagnostics"]] == ["SYN004"]
    assert err == "untidy.proto\n"


@pytest.mark.parametrize("way", ["-", "--stdin"])
def test_stdin(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], way: str) -> None:
    stdin(monkeypatch, UNTIDY.encode())
    assert main(["fmt", way]) == 0
    assert capsys.readouterr() == (TIDY, "")
    stdin(monkeypatch, FAULTY.encode())
    assert main(["fmt", way]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "<stdin>:1:" in err
    stdin(monkeypatch, UNTIDY.encode())
    assert main(["fmt", "--check", way]) == 1
    assert capsys.readouterr().out == "<stdin>\n"
    stdin(monkeypatch, b"\xff\xfe")
    assert main(["fmt", way]) == 2
    assert "UTF-8" in capsys.readouterr().err


def test_files_that_cannot_be_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "latin.proto").write_bytes(b"# \xe9\n")
    (folder / "schema.proto").write_text('syntax = "proto3";\n')
    assert main(["fmt", "missing.proto", ".", "latin.proto", "schema.proto", "untidy.proto"]) == 2
    out, err = capsys.readouterr()
    assert out == "untidy.proto\n"
    assert err.count("IOE001") == 3
    assert err.count("IOE005") == 1
    assert (folder / "schema.proto").read_text() == 'syntax = "proto3";\n'


def test_no_file_is_a_fault_of_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt"]) == 2
    assert "stdin" in capsys.readouterr().err


def test_a_file_that_cannot_be_replaced_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert main(["fmt", "untidy.proto"]) == 2
    assert "No space left" in capsys.readouterr().err
    assert (folder / "untidy.proto").read_text() == UNTIDY
    assert sorted(os.listdir()) == ["faulty.proto", "tidy.proto", "untidy.proto"]


def test_a_write_protected_file_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert main(["fmt", "untidy.proto"]) == 2
    assert "write-protected" in capsys.readouterr().err
    assert (folder / "untidy.proto").read_text() == UNTIDY


def test_a_fault_of_the_formatter_writes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = fmt.format_text

    def faulty(text: str, file: int) -> fmt.Formatted:
        if "D9" in text:
            raise fmt.FormatterFault("a comment was lost or changed")
        return real(text, file)

    (folder / "odd.proto").write_text("visit  D9 day 9\n")
    monkeypatch.setattr(fmt, "format_text", faulty)
    assert main(["fmt", "odd.proto", "untidy.proto"]) == 3
    assert "odd.proto: a comment was lost" in capsys.readouterr().err
    assert (folder / "odd.proto").read_text() == "visit  D9 day 9\n"
    assert (folder / "untidy.proto").read_text() == TIDY
