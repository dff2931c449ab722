"""The formats that programs read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from protocol_dsl.diagnostics.model import ERROR, NOTE, WARNING, Diagnostic, Edit, Fix, Label
from protocol_dsl.diagnostics.render import FORMATS, render
from protocol_dsl.source import SourceMap, Span

TEXT = 'visit D28 "筛选"\nvisit D28 "b"\n'


def sources_of(text: str = TEXT, path: str = "a b/lupus.proto") -> SourceMap:
    sources = SourceMap()
    sources.add_text(path, text)
    return sources


def repeated(text: str = TEXT, message: str = "`D28` is declared twice", severity: str = ERROR) -> Diagnostic:
    first, second = text.index("D28"), text.rindex("D28")
    return Diagnostic(
        "NAM002",
        severity,
        message,
        (Label(Span(0, second, second + 3), "again", True), Label(Span(0, first, first + 3), "first")),
        help="rename one",
        notes=("names are the identity",),
        fixes=(Fix("rename", (Edit(Span(0, second, second + 3), "D29"),)),),
    )


def sarif_run(diagnostics: list[Diagnostic], sources: SourceMap) -> dict[str, Any]:
    return json.loads(render("sarif", diagnostics, sources))["runs"][0]


def fingerprints(diagnostics: list[Diagnostic], sources: SourceMap) -> list[str]:
    return [r["partialFingerprints"]["protocolDsl/v1"] for r in sarif_run(diagnostics, sources)["results"]]


def test_concise() -> None:
    found = [repeated(), Diagnostic("IOE001", ERROR, "x.proto cannot be read")]
    assert render("concise", found, sources_of()) == (
        "a b/lupus.proto:2:7: error[NAM002] `D28` is declared twice\nerror[IOE001] x.proto cannot be read\n"
    )


def test_json_has_exactly_the_promised_fields() -> None:
    place = {"file": "a b/lupus.proto", "line": 2, "column": 7, "end_line": 2, "end_column": 10}
    assert json.loads(render("json", [repeated(), Diagnostic("IOE001", WARNING, "m")], sources_of())) == {
        "version": 1,
        "diagnostics": [
            {
                "code": "NAM002",
                "severity": "error",
                "message": "`D28` is declared twice",
                **place,
                "labels": [
                    {**place, "text": "again", "primary": True},
                    {**place, "line": 1, "end_line": 1, "text": "first", "primary": False},
                ],
                "help": "rename one",
                "notes": ["names are the identity"],
                "fixes": [{"title": "rename", "safe": False, "edits": [{**place, "text": "D29"}]}],
            },
            {
                "code": "IOE001",
                "severity": "warning",
                "message": "m",
                "file": None,
                "line": None,
                "column": None,
                "end_line": None,
                "end_column": None,
                "labels": [],
                "help": None,
                "notes": [],
                "fixes": [],
            },
        ],
        "summary": {"errors": 1, "warnings": 1, "notes": 0},
    }


def test_json_of_nothing_is_still_an_answer() -> None:
    text = render("json", [], SourceMap())
    assert json.loads(text)["summary"] == {"errors": 0, "warnings": 0, "notes": 0}
    assert text.endswith("}\n")


@pytest.mark.parametrize("format", ["json", "sarif"])
def test_json_keeps_letters_and_escapes_what_steers_a_terminal(format: str) -> None:
    message = "筛选 \x1b[31m \x9b2J \u202e \ud800"
    text = render(format, [repeated(message=message)], sources_of())
    assert "筛选" in text
    assert not set(text) & set("\x1b\x9b\u202e\ud800")
    assert any(message in value for value in _strings(json.loads(text)))


def _strings(data: Any) -> list[str]:
    if isinstance(data, dict):
        return [text for value in data.values() for text in _strings(value)]
    if isinstance(data, list):
        return [text for value in data for text in _strings(value)]
    return [data] if isinstance(data, str) else []


def test_sarif_result() -> None:
    run = sarif_run([repeated()], sources_of())
    result = run["results"][0]
    assert run["columnKind"] == "unicodeCodePoints"
    assert (result["ruleId"], result["level"]) == ("NAM002", "error")
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "NAM002"
    assert result["message"]["text"].startswith("`D28` is declared twice\n")
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "a%20b/lupus.proto", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 2, "startColumn": 7, "endLine": 2, "endColumn": 10}
    related = result["relatedLocations"][0]
    assert related["message"] == {"text": "first"}
    assert related["physicalLocation"]["region"]["startLine"] == 1
    change = result["fixes"][0]["artifactChanges"][0]
    assert change["artifactLocation"]["uri"] == "a%20b/lupus.proto"
    assert change["replacements"] == [{"deletedRegion": place["region"], "insertedContent": {"text": "D29"}}]


def test_sarif_rule_carries_its_page() -> None:
    rule = sarif_run([Diagnostic("IOE005", ERROR, "m")], SourceMap())["tool"]["driver"]["rules"][0]
    assert rule["name"] == "protobuf-schema"
    assert rule["shortDescription"]["text"].startswith("The file is a Protocol Buffers schema")
    assert "Why it matters" in rule["help"]["text"]
    assert "## Instead" in rule["help"]["markdown"]


def test_sarif_fingerprint_survives_moved_lines_and_other_numbers_but_not_another_place() -> None:
    here = fingerprints([repeated()], sources_of())
    moved = "# a comment\n\n" + TEXT
    assert fingerprints([repeated(moved, "`D28` is declared twice, first in line 3")], sources_of(moved)) == here
    other = TEXT.replace('"b"', '"c"')
    assert fingerprints([repeated(other)], sources_of(other)) != here
    assert fingerprints([repeated()], sources_of(path="other.proto")) != here


def test_sarif_fingerprints_of_equal_lines_differ() -> None:
    text = "visit D1\nvisit D1\n"
    found = [Diagnostic("NAM002", ERROR, "m", (Label(Span(0, at, at + 5), "", True),)) for at in (0, 9)]
    assert len(set(fingerprints(found, sources_of(text)))) == 2


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("`{CT1192}` is not filled in", "`{CT1192}` is not filled in"),
        ("use {0}", "use {{0}}"),
        ("see [a](1)", "see \\[a](1)"),
    ],
)
def test_sarif_message_is_no_template(message: str, text: str) -> None:
    assert sarif_run([Diagnostic("IOE001", ERROR, message)], SourceMap())["results"][0]["message"]["text"] == text


def test_github_escapes_properties_and_message() -> None:
    found = repeated(message="100 % of: a, b\n::error::injected", severity=NOTE)
    assert render("github", [found], sources_of(path="a,b:c%.proto")) == (
        "::notice file=a%2Cb%3Ac%25.proto,line=2,col=7,endLine=2,endColumn=10,title=NAM002::"
        "100 %25 of: a, b%0A::error::injected%0Aa,b:c%25.proto:1:7: first%0Anote: names are the identity"
        "%0Ahelp: rename one\n"
    )
    assert render("github", [Diagnostic("IOE001", WARNING, "m")], SourceMap()) == "::warning title=IOE001::m\n"


def test_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="full, concise, json, sarif, github"):
        render("xml", [], SourceMap())


@pytest.mark.parametrize("format", FORMATS)
def test_order_is_the_one_given(format: str) -> None:
    found = [Diagnostic("IOE007", ERROR, "zzz"), Diagnostic("IOE001", ERROR, "aaa")]
    text = render(format, found, SourceMap())
    assert text.index("zzz") < text.index("aaa")
