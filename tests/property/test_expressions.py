"""The evaluator against values computed beside it, on random conditions and records with blanks."""

from __future__ import annotations

from protocol_dsl.expressions.evaluate import evaluate
from tests.property.expressions import expressions, records, trees


def test_evaluator_agrees_with_plain_python_on_random_conditions_and_blanks() -> None:
    written, people = expressions(1000, seed=1), records(50, seed=2)
    wrong: list[str] = []
    for each, tree in zip(written, trees(written), strict=True):
        for record in people:
            value = evaluate(tree, lambda name, _visit, record=record: record.get(name))
            if value != each.compute(record):
                wrong.append(f"{each.text}: {value} instead of {each.compute(record)} for {record}")
                break
    assert not wrong, wrong[:5]


def test_every_shape_of_value_occurs() -> None:
    written, people = expressions(1000, seed=1), records(50, seed=2)
    found = {each.compute(record) for each in written[:200] for record in people}
    assert found == {True, False, None}
    text = " ".join(each.text for each in written)
    for part in ("is one_of", "is known", "is missing", "days(", "[degF]", "when(", "mean(", "round(", "not (", "e6/L"):
        assert part in text
