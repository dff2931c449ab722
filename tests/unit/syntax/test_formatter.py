"""The formatter: its layouts, the three laws it keeps, and what an edit does to the lines around it."""

from __future__ import annotations

import difflib
import re
import time
from collections import Counter
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from protocol_dsl.syntax import format_layout, formatter
from protocol_dsl.syntax.formatter import FormatterFault, equivalent, format_text
from protocol_dsl.syntax.nodes import Token
from protocol_dsl.syntax.parser import parse
from protocol_dsl.syntax.texts import dedent_text, string_value

ROOT = Path(__file__).resolve().parents[3]
CORPUS = ROOT / "tests" / "corpus" / "fmt"
CASES = sorted(path.name.removesuffix(".in.proto") for path in CORPUS.glob("*.in.proto"))
FILES = [
    *sorted((ROOT / "protocols").rglob("*.proto")),
    *sorted((ROOT / "protocol_dsl" / "library").rglob("*.proto")),
    ROOT / "templates" / "init.proto",
]


def formatted(text: str) -> str:
    result = format_text(text)
    assert not result.diagnostics, result.diagnostics[0]
    return result.text


def obey_the_laws(text: str) -> str:
    """The formatted text, after a look at the laws that does not rely on the formatter's own."""
    before, result = parse(text), formatted(text)
    after = parse(result)
    assert not after.diagnostics
    assert equivalent(before.tree, after.tree)
    assert Counter(comment.text for comment in before.comments) == Counter(comment.text for comment in after.comments)
    assert formatted(result) == result
    assert all(line == line.rstrip() for line in result.split("\n"))
    assert "\n\n\n" not in result
    return result


@pytest.mark.parametrize("case", CASES)
def test_corpus(case: str) -> None:
    wanted = (CORPUS / f"{case}.out.proto").read_text(encoding="utf-8")
    assert obey_the_laws((CORPUS / f"{case}.in.proto").read_text(encoding="utf-8")) == wanted


def test_corpus_is_there() -> None:
    assert len(CASES) >= 25


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_protocols_and_library(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert parse(text).diagnostics == []
    result = obey_the_laws(text)
    long = [line for line in result.split("\n") if len(line) > format_layout.WIDTH]
    assert all('"' in line or "#" in line for line in long)


def test_statements_that_may_have_a_block_are_those_of_the_grammar() -> None:
    grammar = (ROOT / "grammars" / "protocol.lark").read_text(encoding="utf-8")
    rules = re.findall(r"(?m)^([a-z_]+): (.*_clause\* (?:_leaf\{\w+\}|_\w+_block)\?)$", grammar)
    by_clauses = {name for name, _ in rules}
    assert by_clauses | {"sample_size"} == format_layout.LEAVES


# ---- texts ----


@pytest.mark.parametrize(
    ("inner", "value"),
    [
        ("one line", "one line"),
        ("\n  one line\n  ", "one line"),
        ("first\n    second\n      third", "first\nsecond\n  third"),
        ("\n    a\n\n      b  \n    ", "a\n\n  b"),
        ("\n\n  a\n\n", "\na\n"),
        ("", ""),
        ("\n   \n", ""),
        ("\n\ta\n\t  b\n", "a\n  b"),
        ("\n \ta\n  b\n", "\ta\n b"),
    ],
)
def test_dedent(inner: str, value: str) -> None:
    assert dedent_text(inner) == value


def test_string_value_undoes_quotes_and_escapes_only() -> None:
    assert string_value(Token("STRING", r'"a \"b\" c:\\d {ref} {{ \n"', 0, 0, 1)) == r'a "b" c:\d {ref} {{ \n'
    assert string_value(Token("TEXT", '"""\n    a \\"b\\"\n      c\n    """', 0, 0, 1)) == 'a "b"\n  c'


@given(st.lists(st.text("a \t\\#{é", max_size=6), max_size=5), st.sampled_from(["", " ", "\t"]))
def test_formatting_keeps_the_value_of_a_long_text(lines: list[str], indent: str) -> None:
    inner = "\n".join(f"{indent}{line}" for line in lines)
    if inner.endswith("\\"):
        inner += " "
    text = f'protocol P {{ summary """{inner}""" }}'
    if parse(text).diagnostics:
        return
    result = formatted(text)
    written = result[result.index('"""') : result.rindex('"""') + 3]
    assert dedent_text(written[3:-3]) == dedent_text(inner)


# ---- edits ----

TRIAL = (ROOT / "templates" / "init.proto").read_text(encoding="utf-8")
EDITS = {
    "window": ("day 29 ±2 days", "day 28 -1/+3 days"),
    "target day": ('visit D29 "Day 29" day 29', 'visit D29 "Day 29" day 30'),
    "series": ("visits D8, D15 ", "visits D8, D15, D22 "),
    "new visit": ("  visit ET ", '  visit D35 "Day 35" day 35 ±2 days\n  visit ET '),
    "dose": ("level DL2 20 mg", "level DL2 25 mg"),
    "new level": ("  level DL3 40 mg\n", "  level DL3 40 mg\n  level DL4 80 mg\n"),
    "rule": ("1 dlt: expand to 6", "1 dlt: stay"),
    "new criterion": ('  todo "the other', '  exclude hbv "HBsAg positive" at SCR\n  todo "the other'),
    "threshold": ("anc >= 1.5e9/L", "anc >= 1.0e9/L"),
    "assessment at one more visit": ('"Vital signs" at SCR, treatment', '"Vital signs" at SCR, treatment, UNS'),
    "new assessment": ("collect ae", 'assess ecg "ECG" at SCR, D29\ncollect ae'),
    "clause in an open block": ("  blood 3 mL\n", "  blood 3 mL\n  valid 7 days\n"),
    "longer name": ('"Complete blood count"', '"Complete blood count with differential"'),
    "time frame": ("timeframe from treatment_start to D29", "timeframe from treatment_start to ET"),
    "comment": ("  level DL3 40 mg", "  level DL3 40 mg  # not before the interim analysis"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_one_edit_is_one_changed_line(edit: str) -> None:
    old, new = EDITS[edit]
    assert TRIAL.count(old) == 1
    before, after = formatted(TRIAL).split("\n"), formatted(TRIAL.replace(old, new)).split("\n")
    changes = [line[0] for line in difflib.ndiff(before, after) if line[0] in "+-"]
    assert changes in (["+"], ["-", "+"])


# ---- limits and faults ----

CALLS = count()


def test_what_does_not_parse_is_left_alone() -> None:
    text = "visit  D4 day 4 ±1\n"
    result = format_text(text)
    assert result.text == text
    assert [diagnostic.severity for diagnostic in result.diagnostics] == ["error"]


def test_line_ends_and_byte_order_mark() -> None:
    assert formatted("\ufeffvisit D4  day 4\r\n# c\r\nvisit D7 day 7\r\n") == "visit D4 day 4\n# c\nvisit D7 day 7\n"
    assert formatted("") == ""
    assert formatted("\n \n") == ""
    assert formatted("\n# only this\n\n") == "# only this\n"


def test_width_is_counted_without_comments() -> None:
    line = 'visit D4 "' + "x" * (format_layout.WIDTH - 17) + '" day 4'
    assert len(line) == format_layout.WIDTH
    assert formatted(f"{line} # {'c' * 40}\n") == f"{line}  # {'c' * 40}\n"
    assert formatted(line.replace("xx", "xxx", 1)).split("\n")[1:] == ["  day 4", "}", ""]


def test_a_hundred_levels() -> None:
    depth = 99
    blocks = "".join(f'{word} one_of a{i} "A" {{ ' for i, word in enumerate(["include"] + ["option"] * (depth - 1)))
    nested = "eligibility { " + blocks + 'option z "Z" ' + "} " * depth + "}\n"
    depth = 30
    formula = "form f { derive d = " + "(" * depth + "1" + " + aaaaaaaa)" * depth + " }\n"
    for text in (nested, formula):
        assert not parse(text).diagnostics
        obey_the_laws(text)


def test_time_grows_with_the_length() -> None:
    statement = 'visit V{} "Visit" day {} ±1 day # c\nassess a{} at V{} {{ blood 3 mL valid 7 days }}\n'
    times: list[float] = []
    for size in (100, 1000):
        text = "".join(statement.format(i, i, i, i) for i in range(size))
        format_text(text)
        start = time.perf_counter()
        format_text(text)
        times.append(time.perf_counter() - start)
    assert times[1] < 40 * times[0]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda text: text.replace("day 4", "day 5"), "says something else"),
        (lambda text: text.replace("# c", "#"), "comment"),
        (lambda text: text.replace("day", "dya"), "no longer parses"),
        (lambda text: text + "\n" * next(CALLS), "not stable"),
    ],
)
def test_a_fault_of_ours_is_never_returned(monkeypatch: pytest.MonkeyPatch, broken, reason: str) -> None:
    real = formatter.layout
    monkeypatch.setattr(formatter, "layout", lambda text, parsed: broken(real(text, parsed)))
    with pytest.raises(FormatterFault, match=reason):
        format_text("visit D4 day 4 # c\n")


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("visit A day 4 ±1 day", "visit A day 4 +/-1day", True),
        ("give A 3e8 cells", "give A 3×10^8 cells", True),
        ("give A 3e8 cells", "give A 3e9 cells", False),
        ("give A 3 mL", "give A 3 L", False),
        ("visit A day 4 -2/+5 days", "visit A day 4 -5/+2 days", False),
        ("visit A day -4", "visit A day −4", True),
        ("visit A day -4", "visit A day +4", False),
        ("fact a where x ≤ 3", "fact a where x <= 3", True),
        ("fact a where x < 3", "fact a where x <= 3", False),
        ('visit A "a"', 'visit A "a "', False),
        ('section s "S" """a\n  b"""', 'section s "S" """\n a\n b\n"""', True),
        ('section s "S" """a\n  b"""', 'section s "S" """\n a\n  b\n"""', False),
        ("group a = A, B", "group a = B, A", False),
    ],
)
def test_equivalent(left: str, right: str, same: bool) -> None:
    assert equivalent(parse(left).tree, parse(right).tree) is same


# ---- anything between the tokens ----

SAMPLE = """
stage s "S" parallel { visit D1 "Day 1" day 1 ±1 day @todo "t" visits D4 , D7 "Day {n}" day n by phone
gate before D4 { require a "A" where spo2 > 92 % otherwise delay D4 for 7 days or repeat D1 } }
group g "G" = D1 , D4 .. D7 except D4
assess cbc "Count" category laboratory at D1 , D1 of C2 .. { blood 3 mL @source "x" result anc "ANC" (10*9/L) }
assess v at D1 { result h choice { a "A" b "B" } range 1 .. 3 }
form f { field t "T" decimal 1 unit Cel range 34.0 .. 43.0 soft derive d = round ( a . b [ D1 ] - - c , 2 ) unit kg
matrix m choice { n "No" } { row r "R" row q "Q" } check c "C" where not ( a = 1 or b is known ) hard }
instrument i { example "E" { a 1 b -2 } gives x 3 total t = when ( a > 1 , 2 , 0 ) choice { 0 "n" } }
escalation main of A for B { after 3 { 0 .. 1 dlt : stop then treat 3 more at level below } above top : stop }
eligibility { include one_of d "D" at D1 { option o "O" for B where x >= 3 } washout w "W" 2 weeks before D1 }
section t "T" \"\"\"a
   b\"\"\"
randomize 2 : 1 to a , b { stratify by x , y }
"""
TOKENS = re.findall(r'"""[^"]*"""|"[^"]*"|\d+ [%\w]+(?<= mL)|\d+ (?:days?|weeks|%)|±1 day|\S+', SAMPLE)
# Between a number and its unit, and inside a window, there is nothing to insert.
BETWEEN = st.sampled_from(
    [" "] * 24
    + ["\n", "\n\n\n", "  \t ", " # c\n", "\n# own\n", "\n\n# apart\n\n", " # a\n# b\n", "# tight\n\n# x\n\n"]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(BETWEEN, min_size=len(TOKENS), max_size=len(TOKENS)))
@example(["\n"] * len(TOKENS))
@example([" # c\n"] * len(TOKENS))
@example(["\n\n# own\n\n"] * len(TOKENS))
@example([" # a\n# b\n"] * len(TOKENS))
def test_comments_and_line_breaks_anywhere(between: list[str]) -> None:
    text = "".join(token + space for token, space in zip(TOKENS, between, strict=True))
    assert not parse(text).diagnostics
    obey_the_laws(text)
