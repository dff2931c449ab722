"""The printer of REDCap's logic against the evaluator, through an interpreter of REDCap, on records with blanks."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from protocol_dsl.exchange.redcap.logic import Part, parse
from protocol_dsl.expressions.evaluate import NotComputable, evaluate
from protocol_dsl.expressions.redcap import Reference, calculation, condition, violation
from tests.property.expressions import CODES, DATES, NUMBERS, TRUTHS, Record, expressions, records, trees
from tests.property.redcap import as_number, run

TYPES = (
    {"temp": "decimal"}
    | dict.fromkeys(NUMBERS, "decimal")
    | dict.fromkeys(CODES, "choice")
    | dict.fromkeys(TRUTHS, "yes_no")
    | dict.fromkeys(DATES, "date")
)


def refer(name: str, visit: str | None) -> Reference:
    """Every name is a field of its own name on the form at hand."""
    return Reference(name, TYPES[name])


def stored(value: Any) -> Any:
    """A value as REDCap stores it."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (Fraction, int)):
        return Fraction(value)
    return "" if value is None else value.isoformat() if isinstance(value, date) else value


def looker(record: Record) -> Any:
    """The stored values of a record."""

    def look(part: Part) -> Any:
        return stored(record.get(part.name))

    return look


def test_a_thousand_conditions_mean_the_same_in_redcap_blanks_included() -> None:
    written, people = expressions(1000, seed=1), records(50, seed=2)
    wrong: list[str] = []
    for each, tree in zip(written, trees(written), strict=True):
        holds, fails = parse(condition(tree, refer)), parse(violation(tree, refer))
        value = parse(calculation(tree, refer))
        for record in people:
            due = evaluate(tree, lambda name, _visit, record=record: record.get(name))
            look = looker(record)
            found = (run(holds, look), run(fails, look), as_number(run(value, look)))
            if found != (due is True, due is False, due if due is None else int(due is True)):
                wrong.append(f"{each.text}: {due}, REDCap {found} for {record}: {condition(tree, refer)}")
                break
    assert not wrong, wrong[:3]


def test_numbers_are_calculated_alike() -> None:
    texts = [tree for tree in trees(expressions(1000, seed=3)) if tree["op"] == "compare"]
    sides = [side for tree in texts for side in (tree["left"], tree["right"])]
    checked = 0
    for side in sides:
        logic = parse(calculation(side, refer))
        if side["op"] in ("code", "date") or side.get("name") in (*CODES, *DATES, *TRUTHS):
            continue
        for record in records(20, seed=4):
            try:
                due = evaluate(side, lambda name, _visit, record=record: record.get(name))
            except NotComputable:
                due = None
            assert run(logic, looker(record)) == stored(due), (side, record)
            checked += due is not None
    assert checked > 1000
