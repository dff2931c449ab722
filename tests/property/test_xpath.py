"""The XPath printer against the evaluator, through an interpreter of XPath, blanks included."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from protocol_dsl import pipeline
from protocol_dsl.expressions.evaluate import NotComputable, Value, evaluate
from protocol_dsl.expressions.xpath import NotExpressible, calculation, constraint, relevant
from tests.property.expressions import expressions, records, trees
from tests.property.xpath import compiled, number_of


def stored(value: Value) -> str:
    """A value as a form stores it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, frozenset):
        return " ".join(sorted(value))
    return value.isoformat() if isinstance(value, date) else str(value)


def test_conditions_and_values_mean_what_the_evaluator_says_on_random_records() -> None:
    written, people = expressions(1000, seed=5), records(50, seed=6)
    forms = [{name: stored(value) for name, value in record.items()} for record in people]
    wrong: list[str] = []
    for each, tree in zip(written, trees(written), strict=True):
        shown, asked = compiled(relevant(tree)), compiled(constraint(tree))
        parts = [tree["left"]] if tree["op"] == "compare" and tree.get("numeric") else []
        calculated = [(part, compiled(calculation(part))) for part in parts]
        for record, form in zip(people, forms, strict=True):

            def look(name: str, _visit: str | None, record: dict[str, Any] = record) -> Value:
                return record.get(name)

            truth = evaluate(tree, look)
            if shown(form) != (truth is True) or asked(form) != (truth is not False):
                wrong.append(f"{each.text}: {truth} for {record}, {relevant(tree)}")
            for part, value in calculated:
                if number_of(value(form)) != number_of(stored(evaluate(part, look))):
                    wrong.append(f"{each.text}: {calculation(part)}")
    assert not wrong, wrong[:3]


HEAD = 'protocol P { title "P" }\ntimeline { day 0 = V }\nvisit V "V" day 0\nvisit W "W" day 7\n'


def tree_of(body: str, fields: str) -> dict[str, Any]:
    compiled_ = pipeline.check_text(f'{HEAD}form f "F" at V {{ {fields} check c "C" where {body} }}')
    assert compiled_.protocol is not None
    assert not compiled_.diagnostics or all(d.severity != "error" for d in compiled_.diagnostics), compiled_.diagnostics
    return compiled_.protocol.forms[0].checks[0].where.tree


FIELDS = (
    'field a "A" integer field b "B" decimal field w "W" text field t "T" date field u "U" date field y "Y" yes_no '
    'field s "S" choices { rash "Rash" chills "Chills" } field g "G" choice { 1 "One" 2 "Two" } field h "H" integer '
)


@pytest.mark.parametrize(
    "body",
    [
        "s has rash and not s has chills",
        "round(b * 1.5, 1) >= 2.3 or round(-b) < -2",
        "weeks(t, u) > 2 and t <= 2024-01-20",
        'w = "it\'s" or w != "plain"',
        'w = "both \' and \\" in one"',
        "count(a > 1, b > 2, y = yes) >= 2",
        "any(a > 1, y) and min(a, b, 3) < 2",
        "a ^ 2 - b / 4 > sum(a, b, 1) and mean(a, b) >= 1",
        "when(a > 2, b, y = no, a, 7) >= 3",
        "(a > 2 and b is missing) or (g is known and g >= 2) or h = a",
        "abs(a - 5) <= 2.5 and g is one_of (1, 2)",
    ],
)
def test_functions_of_forms(body: str) -> None:
    tree = tree_of(body, FIELDS)
    shown, asked = compiled(relevant(tree)), compiled(constraint(tree))
    values: dict[str, list[Value]] = {
        "a": [None, 0, 2, 6],
        "b": [None, 1.25, 3.5],
        "w": ["it's", "plain", "both ' and \" in one", None],
        "t": [None, date(2024, 1, 20)],
        "u": [date(2024, 2, 29), None],
        "y": [True, None, False],
        "s": [frozenset(("rash",)), frozenset(("rash", "chills")), None],
        "g": ["1", "2", None],
        "h": [2, 6, None],
    }
    for turn in range(60):
        record = {
            name: options[(turn * (place + 1)) % len(options)] for place, (name, options) in enumerate(values.items())
        }
        form = {name: stored(value) for name, value in record.items()}
        try:
            truth = evaluate(tree, lambda name, _visit, record=record: record.get(name))
        except NotComputable:
            continue
        assert (shown(form), asked(form)) == (truth is True, truth is not False), (record, relevant(tree))


@pytest.mark.parametrize("body", ["a[W] > 2", "baseline(a) > 2", "W.b = 2", "change(b) < 1"])
def test_what_one_form_cannot_know_is_refused(body: str) -> None:
    with pytest.raises(NotExpressible):
        relevant(tree_of(body, FIELDS))


def test_fields_are_spelled_as_the_workbook_spells_them() -> None:
    assert relevant(tree_of("a >= 2", FIELDS), lambda name: f"grp_{name}") == "(${grp_a} != '') and (${grp_a} >= 2)"
