"""Expressions as ODM files have them, against the evaluator, on random conditions and records with blanks."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from protocol_dsl.expressions.evaluate import evaluate
from protocol_dsl.expressions.odm import Reference, certainly, certainly_not, computed, exception, passes
from tests.property.expressions import CODES, DATES, TRUTHS, Record, expressions, records, trees
from tests.property.odm_text import run


def resolve(name: str, _visit: str | None) -> Reference:
    """Items as a form has them: yes and no as Y and N, codes that are numbers as numbers."""
    kind = "truth" if name in TRUTHS else "date" if name in DATES else "number"
    if name in CODES:
        kind = "number_code" if name == "grade" else "code"
    return Reference(f"I.form.{name}", kind)


def entered(record: Record) -> dict[str, Any]:
    """The record in the coded values of the items."""

    def value(name: str, given: Any) -> Any:
        if name in TRUTHS:
            return "Y" if given else "N"
        return Fraction(given) if name == "grade" or isinstance(given, int) else given

    return {f"I.form.{name}": value(name, given) for name, given in record.items()}


@pytest.fixture(scope="module")
def compiled() -> list[dict[str, Any]]:
    return trees(expressions(1000, seed=1))


def test_conditions_agree_with_the_evaluator_blanks_included(compiled: list[dict[str, Any]]) -> None:
    people = records(50, seed=2)
    given = [entered(record) for record in people]
    wrong: list[str] = []
    for number, tree in enumerate(compiled):
        yes, no, left_out, silent = (text(tree, resolve) for text in (certainly, certainly_not, exception, passes))
        # Each of the thousand meets a share of the people, and all of the people are met.
        for place in range(number % 5, 50, 5):
            record, items = people[place], given[place]
            value = evaluate(tree, lambda name, _visit, record=record: record.get(name))
            found = run(yes, items), run(no, items), run(left_out, items), run(silent, items)
            if found != (value is True, value is False, value is not True, value is not False):
                wrong.append(f"{yes} | {no}: {found} instead of {value} for {record}")
                break
    assert not wrong, wrong[:5]


def test_computed_truth_is_coded_and_blank_where_it_is_not_known(compiled: list[dict[str, Any]]) -> None:
    for tree in compiled[:100]:
        text = computed(tree, resolve, truth=True)
        for record in records(10, seed=3):
            value = evaluate(tree, lambda name, _visit, record=record: record.get(name))
            assert run(text, entered(record)) == {True: "Y", False: "N", None: None}[value]  # pyright: ignore


def test_computed_numbers_agree_with_the_evaluator(compiled: list[dict[str, Any]]) -> None:
    checked = 0
    for tree in compiled:
        if tree["op"] != "compare" or tree["left"]["op"] in ("code", "name"):
            continue
        text = computed(tree["left"], resolve)
        for record in records(20, seed=4):
            value = evaluate(tree["left"], lambda name, _visit, record=record: record.get(name))
            assert run(text, entered(record)) == value, text
            checked += 1
    assert checked > 500
