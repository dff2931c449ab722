"""Values of single expressions: units, blanks, visits, functions, and what has no value."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from protocol_dsl.expressions.evaluate import NotComputable, Value, evaluate, rounded
from tests.property.expressions import Written, trees


def value(text: str, **record: Any) -> Value:
    """The value of a condition; `temp_SCR` and `temp_baseline` are values at a visit."""

    def look(name: str, visit: str | None) -> Value:
        return record.get(f"{name}_{visit}" if visit else name.replace(".", "_"))

    [tree] = trees([Written(text, lambda _: None)])
    return evaluate(tree, look)


@pytest.mark.parametrize(
    ("text", "record", "expected"),
    [
        ("anc >= 1000/mm3", {"anc": 1}, True),
        ("anc < 1000/mm3", {"anc": Fraction(999, 1000)}, True),
        ("100 [degF] < temp", {"temp": 38}, True),
        ("temp - temp[SCR] > 1.8 [degF]", {"temp": 38, "temp_SCR": Fraction(371, 10)}, False),
        ("temp + 1.8 [degF] = 38 Cel", {"temp": 37}, True),
        ("wt / 2 >= 40000 g", {"wt": 80}, True),
        ("max(wt, 70000 g) = 70 kg", {"wt": 60}, True),
        ("anc > 3 xULN", {"anc": 25, "anc_uln": 8}, True),
        ("anc > 3 xULN", {"anc": 25}, None),
        ("change(score) <= -4", {"score": 3, "score_baseline": 7}, True),
        ("percent_change(score) <= -50", {"score": 4, "score_baseline": 7}, False),
        ("baseline(score) >= 6", {"score": 1, "score_baseline": 6}, True),
        ("score - score[SCR] < 0", {"score": 1}, None),
        ("grade >= 2", {"grade": "3"}, True),
        ("weeks(diagnosed, treated) = 2", {"diagnosed": date(2024, 2, 20), "treated": date(2024, 3, 5)}, True),
        ("years(diagnosed, treated) > 1", {"diagnosed": date(2023, 1, 1), "treated": date(2024, 1, 2)}, True),
        ("count(fertile, seen, hbsag = positive) >= 2", {"fertile": True, "seen": False, "hbsag": "positive"}, True),
        ("count(fertile, seen) >= 1", {"fertile": True}, None),
        ("any(fertile, seen)", {"fertile": True}, True),
        ("median(score, 1, 9) = 4", {"score": 4}, True),
        ("inr * inr = 0.09", {"inr": 0.3}, True),
    ],
)
def test_value(text: str, record: dict[str, Any], expected: bool | None) -> None:
    assert value(text, **record) == expected


@pytest.mark.parametrize(
    ("text", "record", "reason"),
    [
        ("score / (score - 3) > 1", {"score": 3}, "divides by zero"),
        ("sqrt(score - 4) > 1", {"score": 3}, "does not exist"),
        ("percent_change(score) > 1", {"score": 3, "score_baseline": 0}, "from zero"),
        ("2 * score > 3 xULN", {"score": 3}, "limit of normal"),
        ("exp(score * 1000) > 1", {"score": 3}, "does not exist"),
        ("incidence(seen) > 1", {"seen": True}, "one record"),
    ],
)
def test_what_has_no_value_says_why(text: str, record: dict[str, Any], reason: str) -> None:
    with pytest.raises(NotComputable, match=reason):
        value(text, **record)


def test_rounding_is_half_away_from_zero_and_of_the_written_decimal() -> None:
    assert [rounded(number, 2) for number in (2.675, -2.675, 1.005)] == [
        Fraction(268, 100),
        Fraction(-268, 100),
        Fraction(101, 100),
    ]
