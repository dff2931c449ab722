from __future__ import annotations

import pytest

from protocol_dsl.diagnostics.suggest import closest, did_you_mean, edit_distance


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        ("", "", 0),
        ("", "ab", 2),
        ("check", "chekc", 1),
        ("visit", "vist", 1),
        ("ab", "ba", 1),
        ("kitten", "sitting", 3),
    ],
)
def test_edit_distance(a: str, b: str, distance: int) -> None:
    assert edit_distance(a, b) == edit_distance(b, a) == distance


def test_case_alone_is_no_mistake_worth_a_letter() -> None:
    assert closest("ana", ["anb", "ANA", "Ana"]) == ["Ana", "ANA", "anb"]


@pytest.mark.parametrize(
    ("word", "candidates", "near"),
    [
        ("sledai", ["selenadai"], []),
        ("temprature", ["temperature", "temporal"], ["temperature"]),
        ("D29", ["D28", "M12"], ["D28"]),
        ("abcd", ["abxy"], []),
        ("a", ["b"], []),
        ("D28", ["D28"], []),
        ("", ["a"], []),
    ],
)
def test_cut_off(word: str, candidates: list[str], near: list[str]) -> None:
    assert closest(word, candidates) == near


def test_at_most_three_in_an_order_that_does_not_depend_on_the_input() -> None:
    names = [f"M{n}" for n in range(10)] + ["M12"]
    assert closest("M13", names) == closest("M13", reversed([*names, *names])) == ["M1", "M12", "M3"]


def test_sentence() -> None:
    assert did_you_mean("chekc", ["check", "fmt"]) == "did you mean `check`?"
    assert did_you_mean("D2", ["D1", "D3"]) == "did you mean `D1` or `D3`?"
    assert did_you_mean("D2", ["D1", "D3", "D4", "D5"]) == "did you mean `D1`, `D3` or `D4`?"
    assert did_you_mean("deploy", ["check"]) is None
