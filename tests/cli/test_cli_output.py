"""What the commands share: colour, printing, exit status."""

from __future__ import annotations

import io
import json
from argparse import ArgumentParser, Namespace

import pytest

from protocol_dsl.cli.output import add_diagnostic_options, emit, exit_status, want_color
from protocol_dsl.diagnostics.model import ERROR, NOTE, WARNING, Diagnostic, Label
from protocol_dsl.source import SourceMap, Span

ERRORS = Diagnostic("SCH010", ERROR, "an error")
WARNINGS = Diagnostic("SCH011", WARNING, "a warning")
NOTES = Diagnostic("SCH012", NOTE, "a note")
FILES = Diagnostic("IOE001", ERROR, "no file")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def options(*argv: str) -> Namespace:
    parser = ArgumentParser()
    add_diagnostic_options(parser)
    return parser.parse_args(argv)


@pytest.mark.parametrize(
    ("choice", "environment", "terminal", "wanted"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("always", {"NO_COLOR": "1", "TERM": "dumb"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"FORCE_COLOR": "1", "TERM": "dumb"}, False, True),
        ("auto", {"FORCE_COLOR": "0"}, False, False),
        ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
        ("auto", {"TERM": "dumb"}, True, False),
    ],
)
def test_colour(
    monkeypatch: pytest.MonkeyPatch, choice: str, environment: dict[str, str], terminal: bool, wanted: bool
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert want_color(choice, Terminal() if terminal else io.StringIO()) is wanted


@pytest.mark.parametrize(
    ("found", "strict", "status"),
    [
        ([], False, 0),
        ([NOTES, WARNINGS], False, 0),
        ([NOTES], True, 0),
        ([WARNINGS], True, 1),
        ([WARNINGS, ERRORS], False, 1),
        ([ERRORS, FILES], False, 2),
    ],
)
def test_exit_status(found: list[Diagnostic], strict: bool, status: int) -> None:
    assert exit_status(found, strict) == status


def test_text_goes_to_stderr_in_order_with_a_closing_line(capsys: pytest.CaptureFixture[str]) -> None:
    sources = SourceMap()
    sources.add_text("a.proto", "visit D1\n")
    late = Diagnostic("SCH010", ERROR, "late", (Label(Span(0, 6, 8), "", True),))
    early = Diagnostic("SCH010", ERROR, "early", (Label(Span(0, 0, 5), "", True),))
    emit([late, early, early], sources, options("--format", "concise"))
    assert capsys.readouterr() == ("", "a.proto:1:1: error[SCH010] early\na.proto:1:7: error[SCH010] late\n")
    emit([ERRORS, WARNINGS], sources, options())
    assert capsys.readouterr().err == "error[SCH010]: an error\n\nwarning[SCH011]: a warning\n\n1 error, 1 warning\n"
    emit([], sources, options())
    assert capsys.readouterr() == ("", "")


def test_formats_for_programs_go_to_stdout_even_without_findings(capsys: pytest.CaptureFixture[str]) -> None:
    emit([], SourceMap(), options("--format", "json", "--quiet"))
    out, err = capsys.readouterr()
    assert json.loads(out)["diagnostics"] == []
    assert err == ""


def test_quiet_keeps_what_decides_the_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    emit([ERRORS, WARNINGS, NOTES], SourceMap(), options("-q"))
    assert capsys.readouterr().err == "error[SCH010]: an error\n"
    emit([WARNINGS, NOTES], SourceMap(), options("-q", "--strict"))
    assert capsys.readouterr().err == "warning[SCH011]: a warning\n"


def test_terminal_without_box_characters_gets_plain_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = SourceMap()
    sources.add_text("a.proto", "visit D1\n")
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1", errors="replace")
    monkeypatch.setattr("sys.stderr", stream)
    emit([Diagnostic("SCH010", ERROR, "m", (Label(Span(0, 6, 8), "x", True),))], sources, options("-q"))
    stream.seek(0)
    assert stream.read() == "error[SCH010]: m\n +- a.proto:1:7\n1| visit D1\n |       ^^ x\n"
