"""The caret rendering: every expectation here was read, not only recorded."""

from __future__ import annotations

from textwrap import dedent

import pytest

from protocol_dsl.diagnostics.model import ERROR, NOTE, WARNING, Diagnostic, Edit, Fix, Label
from protocol_dsl.diagnostics.render import render, summary_line
from protocol_dsl.source import SourceMap, Span

LUPUS = """\
protocol LUPUS {
  stage follow_up {
    visit D28 "Day 28" day 28 ±5 days
    # monthly from here
    visits M1..M12 "Month {n}" month n ±7 days
  }
}
"""


def span(sources: SourceMap, text: str, file: int = 0) -> Span:
    at = sources.files[file].text.index(text)
    return Span(file, at, at + len(text))


def one(path: str, text: str) -> SourceMap:
    sources = SourceMap()
    sources.add_text(path, text)
    return sources


def drawn(sources: SourceMap, *labels: Label, message: str = "m", **more: object) -> str:
    return render("full", [Diagnostic("SCH010", ERROR, message, labels, **more)], sources)  # type: ignore[arg-type]


def test_two_places_help_note_and_fixes() -> None:
    sources = one("lupus.proto", LUPUS)
    narrow = Edit(span(sources, "±5 days"), "±1 day")
    found = Diagnostic(
        "SCH010",
        WARNING,
        "D28 and M1 can fall on the same days",
        (
            Label(span(sources, "±7 days"), "M1 begins on day 23", True),
            Label(span(sources, "±5 days"), "D28 ends on day 33"),
        ),
        help="narrow one window, or\nsay `order D28 at least 1 day before M1`",
        notes=("a month has 30 days",),
        fixes=(Fix("sort the visits", (narrow,), safe=True), Fix("narrow D28", (narrow,))),
    )
    assert render("full", [found], sources) == dedent("""\
        warning[SCH010]: D28 and M1 can fall on the same days
         ┌─ lupus.proto:5:40
        3│     visit D28 "Day 28" day 28 ±5 days
         │                               ─────── D28 ends on day 33
        5│     visits M1..M12 "Month {n}" month n ±7 days
         │                                        ━━━━━━━ M1 begins on day 23
         = help: narrow one window, or
                 say `order D28 at least 1 day before M1`
         = note: a month has 30 days
         = fix: sort the visits
         = fix: narrow D28 (to be reviewed)
        """)


def test_labels_on_one_line_stand_left_to_right_each_on_its_row() -> None:
    sources = one("a.proto", "visit D28 day 28\n")
    text = drawn(
        sources,
        Label(span(sources, "day 28"), "the day", True),
        Label(span(sources, "D28"), "the name"),
        Label(span(sources, "visit D28"), "the head"),
    )
    assert text.splitlines()[2:] == [
        "1│ visit D28 day 28",
        " │ ───────── the head",
        " │       ─── the name",
        " │           ━━━━━━ the day",
    ]


def test_distant_lines_have_a_gap_and_numbers_share_a_width() -> None:
    sources = one("a.proto", "visit A\n" + "\n" * 9 + "visit B\n")
    text = drawn(sources, Label(span(sources, "B"), "again", True), Label(span(sources, "A"), "here"))
    assert text.splitlines()[1:] == [
        "  ┌─ a.proto:11:7",
        " 1│ visit A",
        "  │       ─ here",
        "  ⋮",
        "11│ visit B",
        "  │       ━ again",
    ]


def test_file_of_the_primary_label_comes_first() -> None:
    sources = SourceMap()
    sources.add_text("main.proto", "visit D28\n")
    sources.add_text("common.proto", "\n\nvisit D28\n")
    first, second = span(sources, "D28", 0), span(sources, "D28", 1)
    text = drawn(sources, Label(second, "declared again", True), Label(first, "declared here"))
    assert text.splitlines()[1:] == [
        " ┌─ common.proto:3:7",
        "3│ visit D28",
        " │       ━━━ declared again",
        " ├─ main.proto:1:7",
        "1│ visit D28",
        " │       ─── declared here",
    ]


def test_span_over_several_lines_marks_its_first_and_last_line() -> None:
    sources = one("lupus.proto", LUPUS)
    text = LUPUS
    start, end = text.index("stage"), text.index("  }\n") + 3
    shown = drawn(sources, Label(Span(0, start, end), "this stage", True)).splitlines()
    assert shown[2:] == [
        "2│   stage follow_up {",
        " │   ━━━━━━━━━━━━━━━━━…",
        " ⋮",
        "6│   }",
        " │   ━ this stage",
    ]
    # A line break at the end of a span is not the next line.
    assert drawn(sources, Label(Span(0, start, end + 1), "this stage", True)).splitlines() == shown
    assert drawn(sources, Label(Span(0, start, text.index("{\n    visit") + 2), "", True)).splitlines()[2:] == [
        "2│   stage follow_up {",
        " │   ━━━━━━━━━━━━━━━━━",
    ]


@pytest.mark.parametrize(
    ("line", "marked", "row"),
    [
        ("\tvisit D1", "D1", "          ━━"),
        ("a\tvisit", "visit", "    ━━━━━"),
        ("visit 筛选 day", "筛选", "      ━━━━"),
        ("visit 筛选 day", "day", "           ━━━"),
        ('"😀" day', "day", "     ━━━"),
        ("cafe\u0301 day", "day", "     ━━━"),
        ("cafe\u0301 day", "\u0301", "    ━"),
        ("a\u200bb day", "day", "           ━━━"),
        ("\x1b[2J day", "day", "     ━━━"),
    ],
)
def test_marks_stand_under_the_characters_they_mean(line: str, marked: str, row: str) -> None:
    sources = one("a.proto", line)
    shown = drawn(sources, Label(span(sources, marked), "", True)).splitlines()
    assert shown[-1] == " │ " + row


@pytest.mark.parametrize(
    ("text", "offset", "place", "rows"),
    [
        ("visit D1", 6, "1:7", ["1│ visit D1", " │       ━ x"]),
        ("visit", 5, "1:6", ["1│ visit", " │      ━ x"]),
        ("visit\n", 6, "2:1", ["2│", " │ ━ x"]),
        ("", 0, "1:1", ["1│", " │ ━ x"]),
        ("visit\n", 99, "2:1", ["2│", " │ ━ x"]),
        ("visit\nday", 5, "1:6", ["1│ visit", " │      ━ x"]),
    ],
)
def test_empty_span_and_end_of_file_are_one_mark(text: str, offset: int, place: str, rows: list[str]) -> None:
    shown = drawn(one("a.proto", text), Label(Span(0, offset, offset), "x", True)).splitlines()
    assert shown[1:] == [f" ┌─ a.proto:{place}", *rows]


def test_long_line_is_cut_round_its_mark() -> None:
    sources = one("a.proto", "x " * 500 + "fault " + "y " * 500)
    head, row = drawn(sources, Label(span(sources, "fault"), "here", True)).splitlines()[2:]
    assert head.startswith("1│ …")
    assert head.endswith("…")
    assert len(head) < 130
    assert row.index("━") == head.index("fault")
    assert row.endswith("━━━━━ here")


def test_marks_too_far_apart_for_one_excerpt_get_one_each() -> None:
    sources = one("a.proto", "left " + "x " * 300 + "right")
    shown = drawn(sources, Label(span(sources, "right"), "b", True), Label(span(sources, "left"), "a")).splitlines()[2:]
    assert shown[0].startswith("1│ left x")
    assert shown[1] == " │ ──── a"
    assert shown[2].endswith("x right")
    assert shown[3].index("━") == shown[2].index("right")


def test_a_mark_longer_than_the_excerpt_ends_with_it() -> None:
    sources = one("a.proto", "筛" * 10_000 + "\u0301" * 10_000)
    shown = drawn(sources, Label(Span(0, 0, 20_000), "x", True))
    assert shown.count("筛") == 60
    assert shown.splitlines()[-1] == " │ " + "━" * 120 + " x"


def test_finding_about_no_place() -> None:
    found = Diagnostic("IOE004", ERROR, "`chekc` is not a command", help="did you mean `check`?")
    assert render("full", [found], SourceMap()) == (
        "error[IOE004]: `chekc` is not a command\n  = help: did you mean `check`?\n"
    )


def test_findings_are_parted_by_a_blank_line_and_none_give_nothing() -> None:
    found = Diagnostic("IOE004", ERROR, "m")
    assert render("full", [found, found], SourceMap()) == "error[IOE004]: m\n\nerror[IOE004]: m\n"
    assert render("full", [], SourceMap()) == ""


@pytest.mark.parametrize("format", ["full", "concise", "github"])
def test_nothing_in_the_file_or_the_message_steers_the_terminal(format: str) -> None:
    bad = "\x1b[31m\x07\x9b2J\u202e\x7f\r\udc80"
    sources = one(f"a{bad}.proto", f"visit {bad} x")
    found = Diagnostic(
        "SCH010",
        ERROR,
        bad,
        (Label(Span(0, 0, 5), bad, True), Label(Span(0, 6, 9), bad)),
        bad,
        (bad,),
        (Fix(bad, (Edit(Span(0, 0, 5), bad),)),),
    )
    text = render(format, [found], sources)
    assert not set(text) & set(bad.replace("[31m", "").replace("2J", ""))
    assert "␛[31m␇<U+009B>2J<U+202E>␡" in text


def test_line_break_in_a_message_does_not_begin_a_finding() -> None:
    found = Diagnostic("SCH010", ERROR, "a\nerror[SCH011] b")
    assert render("concise", [found], SourceMap()) == "error[SCH010] a error[SCH011] b\n"
    assert render("full", [found], SourceMap()) == "error[SCH010]: a error[SCH011] b\n"


@pytest.mark.parametrize(("severity", "code"), [(ERROR, "1;31"), (WARNING, "1;33"), (NOTE, "1;34")])
def test_colour_adds_only_escapes(severity: str, code: str) -> None:
    sources = one("lupus.proto", LUPUS)
    found = Diagnostic("SCH010", severity, "m", (Label(span(sources, "D28"), "x", True),), "h")
    coloured = render("full", [found], sources, color=True)
    assert f"\x1b[{code}m{severity}[SCH010]\x1b[0m" in coloured
    assert f"\x1b[{code}m━━━ x\x1b[0m" in coloured
    for escape in (code, "34", "36", "1", "0"):
        coloured = coloured.replace(f"\x1b[{escape}m", "")
    assert coloured == render("full", [found], sources)


def test_summary_counts_in_words() -> None:
    error, warning, note = (Diagnostic("X", severity, "") for severity in (ERROR, WARNING, NOTE))
    assert summary_line([warning, error, error]) == "2 errors, 1 warning"
    assert summary_line([note, note]) == "2 notes"
    assert summary_line([]) == "no findings"
