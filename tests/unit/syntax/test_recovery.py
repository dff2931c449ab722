"""How many faults are reported, where, and at what cost."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from protocol_dsl.source import SourceFile
from protocol_dsl.syntax.nodes import Node
from protocol_dsl.syntax.parser import Parsed, parse
from tests.unit.syntax.mutations import at_distance, lines_meant, mutations

ROOT = Path(__file__).parents[3]
TRIALS = sorted((ROOT / "protocols").glob("*.proto"))
LIBRARY = sorted((ROOT / "protocol_dsl/library").rglob("*.proto"))
LUPUS = (ROOT / "protocols/lupus.proto").read_text(encoding="utf-8")


def lines_of(text: str, parsed: Parsed) -> list[int]:
    """The lines in which something is reported."""
    file = SourceFile("x", text)
    return [file.position(d.span.start).line for d in parsed.diagnostics if d.span is not None]


def test_single_faults() -> None:
    """One fault gives one report in its line or the next; counted over those that the grammar can see at all."""
    seen = right = reports = 0
    wrong: list[str] = []
    for path in [*TRIALS, *LIBRARY]:
        for mutation in mutations(path.read_text(encoding="utf-8"), seed=11, each=2):
            parsed = parse(mutation.text)
            if not parsed.diagnostics:
                continue
            seen += 1
            reports += len(parsed.diagnostics)
            if lines_meant(mutation) & set(lines_of(mutation.text, parsed)):
                right += 1
            else:
                wrong.append(f"{path.name}:{mutation.line} {mutation.kind}")
    assert seen > 1500
    assert right / seen >= 0.97, wrong
    assert reports / seen <= 1.15


@pytest.mark.parametrize("path", TRIALS, ids=lambda path: path.stem)
def test_eight_faults_give_eight_reports(path: Path) -> None:
    made = at_distance(path.read_text(encoding="utf-8"), 8, seed=5)
    assert made is not None
    text, lines = made
    parsed = parse(text)
    assert len(parsed.diagnostics) == 8, lines_of(text, parsed)
    for line, reported in zip(lines, sorted(lines_of(text, parsed)), strict=True):
        assert abs(reported - line) <= 2


def test_neighbours_are_both_reported() -> None:
    text = 'visit D4 "Day 4" days 4\nvisit: D5 day 5\nvisit D6 day 6 ±1\nasess x at D6\nvisit D7 day 7\n'
    assert lines_of(text, parse(text)) == [1, 2, 3, 4]


def test_statements_with_faults_stay_in_the_tree() -> None:
    parsed = parse('visit D4 "Day 4" days 4 ±1 day\nasess cbc "Blood count" at D4 D5\nvisit D5 day 5\n')
    assert [child.kind for child in parsed.tree.nodes()] == ["visit", "assess", "visit"]
    visits = next(node for node in parsed.tree.walk() if node.kind == "at_clause")
    assert [token.value for node in visits.walk() for token in node.tokens("NAME")] == ["D4", "D5"]


def test_names_in_skipped_text_are_kept() -> None:
    parsed = parse("frobnicate D4 { visit D5 day 5 }\nvisit D6 day 6\n")
    assert {"D4", "D5"} <= parsed.skipped
    assert "D6" not in parsed.skipped


def test_layout_finds_the_block_that_lacks_its_brace() -> None:
    lost = LUPUS.index("  }\n", LUPUS.index("gate before LD1"))
    text = LUPUS[:lost] + LUPUS[lost + 4 :]
    found = parse(text).diagnostics
    assert len(found) == 1
    assert "gate" in found[0].message
    opened = text.count("\n", 0, text.index("gate before LD1")) + 1
    assert f"line {opened}" in found[0].message
    assert lines_of(text, parse(text)) == [text.count("\n", 0, lost) + 1]


def test_missing_brace_without_indentation() -> None:
    text = 'stage a "A" {\nvisit D1 day 1\nstage b "B" {\nvisit D2 day 2\n}'
    found = parse(text).diagnostics
    assert [d.code for d in found] == ["SYN002"]
    assert "`stage a`" in found[0].message


def test_odd_indentation_alone_is_no_fault() -> None:
    text = 'stage a "A" {\nvisit D1 day 1\n      }\n   stage b "B"\n {\n visit D2 dya 2\n }\n'
    found = parse(text).diagnostics
    assert [d.code for d in found] == ["SYN006"]


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", "# only a comment", "   # x\n\n", "\0", "\0" * 5000, "visit \ud800 day 4", "\ufeff", "}", "{", "(",
        '"', '"""', "@", "@todo", "visit", "visit D4 day", '"' * 999, "{" * 999, "}" * 999, "é", "=", "use", "\\",
        "a b c d e f g", 'example "x" { a 1', 'instrument i { example "x" { a 1 } }', "form f { matrix m {",
        'fact f choice { a "', "\t", "\x0c", bytes(range(256)).decode("latin-1"),
    ],
)  # fmt: skip
def test_nothing_crashes(text: str) -> None:
    parsed = parse(text)
    assert parsed.tree.kind == "start"
    for diagnostic in parsed.diagnostics:
        assert diagnostic.span is not None
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)


def test_every_beginning_of_a_protocol_parses_to_something() -> None:
    for size in range(0, 6000, 37):
        parsed = parse(LUPUS[:size])
        assert len(parsed.diagnostics) <= 3, LUPUS[max(0, size - 60) : size]


def deepest(tree: Node) -> int:
    """The height of a tree."""
    level, height = [tree], 0
    while level:
        height += 1
        level = [child for node in level for child in node.nodes()]
    return height


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("fact a if " + "(" * 100_000 + "x" + ")" * 100_000, "event b"),
        ("fact a if " + "(" * 100_000 + "x", ""),
        ("fact a if " + "not " * 100_000 + "x", "event b"),
        ("fact a if x = " + "-" * 100_000 + "1", "event b"),
        ("fact a if x = 1" + " + 1" * 100_000, "event b"),
        ("fact a if " + "f(" * 90 + "x" + ")" * 90 + " > 1" + " + f(1 - 2 - 3)" * 300, "event b"),
        ('eligibility { include one_of a "A" ' + '{ option one_of a "A" ' * 10_000 + "}" * 10_001, "event b"),
        ('eligibility { include one_of a "A" ' + '{ option one_of a "A" ' * 10_000, ""),
    ],
)
def test_deep_nesting_is_told_once(text: str, last: str) -> None:
    parsed = parse(f"{text}\n{last}\n")
    assert [d.code for d in parsed.diagnostics][:1] == ["SYN013"]
    assert len(parsed.diagnostics) <= 2
    assert deepest(parsed.tree) < 900, "a walk by recursion over it must not fail"
    if last:
        assert [node.kind for node in parsed.tree.nodes()][-1] == "event"


def test_hundred_brackets_are_allowed() -> None:
    assert parse("fact a if " + "(" * 100 + "x" + ")" * 100).diagnostics == []
    assert [d.code for d in parse("fact a if " + "(" * 101 + "x" + ")" * 101).diagnostics] == ["SYN013"]


def test_many_faults_are_cut_off() -> None:
    parsed = parse("visit D4 days 4\nvisti D5 day 5\n" * 400)
    assert len(parsed.diagnostics) == 101
    assert parsed.diagnostics[-1].code == "SYN015"
    assert "D5" in parsed.skipped


def test_time_is_linear() -> None:
    """Ten times the text takes about ten times as long, with faults and without."""

    def seconds(text: str) -> float:
        start = time.process_time()
        parse(text)
        return time.process_time() - start

    faulty = "visit D4 day 4\n" * 50 + "foo bar baz\n"
    for text in (faulty, "a b ", '"a ', "{ ", "stage x {\n }", "}\n", '"""a ', "(", "@todo ", "fact a if (\n"):
        short, long = seconds(text * (15_000 // len(text))), seconds(text * (150_000 // len(text)))
        assert long < 25 * short + 1, f"{text!r}: {short:.2f} s, {long:.2f} s"
