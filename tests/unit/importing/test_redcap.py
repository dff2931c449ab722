"""Forms made of a data dictionary: what its author would miss, and what must come back as it was."""

from __future__ import annotations

import pytest

from protocol_dsl import pipeline
from protocol_dsl.exchange.redcap.dictionary import Row
from protocol_dsl.exchange.redcap.logic import parse
from protocol_dsl.exchange.redcap.logic_text import Known, Untranslatable, calculated, shown_if
from protocol_dsl.exchange.redcap.project_read import Read, Unreadable
from protocol_dsl.exchange.redcap.project_read import read as read_xml
from protocol_dsl.exchange.redcap.setup import Repeating
from protocol_dsl.expressions.evaluate import evaluate
from protocol_dsl.importing.redcap import convert, exported

YES = "[ok] = '1'"
ROWS = [
    Row("rid", "a", "", "text", "Record"),
    Row("day", "a", "", "text", 'Day {of} "x"', "", "", "integer", "1", "", "", "", "y", field_annotation="@HIDDEN"),
    Row("ok", "a", "", "yesno", "Ok"),
    Row("sx", "a", "", "checkbox", "症状", "1, One | b, Bee, and more | -9, &lt;b>None"),
    Row("p1", "a", "Pains", "radio", "Head", "0, No | 1, Yes", branching_logic=YES, matrix_group_name="pains"),
    Row("p2", "a", "", "radio", "=Chest|", "0, No | 1, Yes", branching_logic=YES, matrix_group_name="pains"),
    Row("q1", "a", "", "radio", "Head", "0, No | 1, Yes", "", matrix_group_name="qq", matrix_ranking="y"),
    Row("temp", "b", "Facts", "text", "Temperature", "", "in degrees.", "number_1dp", "34.5", "43", "y"),
    Row("d1", "b", "", "text", "From", "", "", "date_ymd", branching_logic="[temp] <> '' and not([temp] < 38)"),
    Row("d2", "b", "", "text", "To", "", "", "date_dmy", "2020-01-01", "today", branching_logic="[sx(-9)] = '0'"),
    Row("n", "b", "", "calc", "Days", "if([d1]<>'' and [d2]<>'', datediff([d1],[d2],'d',true), '')"),
    Row("m", "b", "", "calc", "Sum", "sum([n],[temp])"),
    Row("sl", "b", "", "slider", "Slide", "none | | much", "", "number"),
    Row("ds", "b", "", "descriptive", "<b>Read</b> this\ntwice [temp]  now"),
    Row("no_choices", "b", "", "dropdown", "", "8, a | 9, b", "", "autocomplete"),
]


def test_a_dictionary_comes_back_exactly_as_it_was() -> None:
    made = convert(ROWS, None, exact=True)
    assert made.faults == []
    assert made.report.total("changed") == 0
    assert exported(made.text) == ROWS


def test_texts_at_the_ends_of_a_slider_are_not_lost() -> None:
    sliders = [
        Row("rid", "a", "", "text", "Record"),
        Row("two", "a", "", "slider", "Pain", "None |  | Worst", "", "number", "0", "100"),
        Row("three", "a", "", "slider", "Pain", "None | Some | Worst", "", "number", "0", "10"),
        Row("plain", "a", "", "slider", "Pain", "0 |  | 10", "", "number", "0", "10"),
        Row("one_end", "a", "", "slider", "Pain", "None |  | ", "", "number", "0", "10"),
    ]
    made = convert(sliders, None, exact=False)
    assert made.faults == []
    assert 'field two "Pain" slider range 0..100 ends "None" "Worst"' in made.text
    assert 'field three "Pain" slider range 0..10 ends "None" "Some" "Worst"' in made.text
    assert 'field plain "Pain" slider range 0..10\n' in made.text
    assert "one_end.select_choices_or_calculations" in made.report.text()
    assert exported(made.text)[1:] == sliders[1:]


def test_what_the_language_can_say_becomes_statements() -> None:
    made = convert(ROWS, Read([], {"a": "Form | A"}, [], [Repeating("e_arm_1", "b")]), exact=False)
    for line in (
        'form a "Form | A" {',
        'form b "B" repeating {',
        '  matrix pains choice { 0 "No" 1 "Yes" } if ok = yes {',
        '    row p2 "=Chest|"',
        '  derive n "Days" = when(d1 is known and d2 is known, days(d1, d2))',
        '  field temp "Temperature" decimal 1 range 34.5..43 identifier note "in degrees."',
    ):
        assert line in made.text, line
    assert "if temp is known and (temp is missing or temp >= 38)" in made.text
    assert 'code redcap_field_annotation "@HIDDEN"' in made.text
    assert "the function `sum`" in made.report.text()
    compiled = pipeline.check_text("protocol p {}\n" + made.text)
    assert compiled.is_sound


KNOWN = {
    "x": Known("x", "number"),
    "y": Known("y", "number"),
    "ok": Known("ok", "yes_no"),
    "g": Known("g", "choice", ("1", "2")),
    "s": Known("s", "choices", ("a", "b")),
    "t": Known("t", "text"),
}


@pytest.mark.parametrize(
    ("logic", "text"),
    [
        ("[ok] = '1'", "ok = yes"),
        ("[ok] <> '1'", "(ok is missing or ok != yes)"),
        ("not([x] < 3)", "(x is missing or x >= 3)"),
        ("[x] = ''", "x is missing"),
        ("[s(a)] = '1' or [s(b)] = '0'", "s has a or (s is missing or not s has b)"),
        ("'2' = [g] and 5 < [x]", "g = 2 and x > 5"),
        ("[t] = 'yes'", 't = "yes"'),
        ("[x] + [y] >= 3", "(x + y) >= 3"),
    ],
)
def test_logic_in_the_words_of_the_language(logic: str, text: str) -> None:
    assert _plain(shown_if(parse(logic), KNOWN)) == _plain(text)


def _plain(text: str) -> str:
    return text[1:-1] if text.startswith("(") and text.endswith(")") and text.count("(") == 1 else text


@pytest.mark.parametrize(
    "logic",
    [
        "[x] = [y]",
        "[e_arm_1][x] > 1",
        "[s(c)] = '1'",
        "[g] = '7'",
        "[ok]",
        "[x] + 1 = ''",
        "datediff([x],'today','d') > 1",
    ],
)
def test_logic_that_would_mean_something_else_is_kept(logic: str) -> None:
    with pytest.raises(Untranslatable):
        shown_if(parse(logic), KNOWN)


def test_a_calculation_that_asks_for_blanks_keeps_them() -> None:
    text = calculated(parse("if([x] < 3, [x] * 2, [y])"), KNOWN)
    assert text == "when(x is known and x < 3, (x * 2), y)" or text == "when(x is known and x < 3, x * 2, y)"
    tree = _tree(text)
    # With x blank REDCap goes on to the second value.
    assert evaluate(tree, lambda name, _visit: {"y": 7}.get(name)) == 7


def _tree(text: str) -> dict[str, object]:
    form = f'protocol p {{}}\nform f "F" {{ field x "X" decimal field y "Y" decimal derive z "Z" = {text} }}'
    compiled = pipeline.check_text(form)
    assert compiled.is_sound, [d.message for d in compiled.diagnostics]
    assert compiled.protocol is not None
    formula = compiled.protocol.forms[0].fields[2].formula
    assert formula is not None
    return formula.tree


@pytest.mark.parametrize("text", ["", "<a>", "<a/>", '<!DOCTYPE a [<!ENTITY b "c">]><a/>'])
def test_what_is_no_project_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_xml(text)
