"""Branches: the schedule is impossible exactly if somebody cannot keep all the visits that he or she has."""

from __future__ import annotations

import random
from itertools import product

from protocol_dsl import pipeline

CONDITIONS = (
    ("", lambda a, b, age: True),
    ("if a", lambda a, b, age: a),
    ("if not a", lambda a, b, age: not a),
    ("if a and not b", lambda a, b, age: a and not b),
    ("if b or not a", lambda a, b, age: b or not a),
    ("if age >= 18 years", lambda a, b, age: age >= 18),
    ("if age < 18 years", lambda a, b, age: age < 18),
)
HEAD = 'protocol T { title "A" }\ntimeline { day 0 = infusion }\nfact a "A"\nfact b "B"\nstage s "S" parallel {\n'


def written(visits: list[tuple[str, str]], orders: list[tuple[int, int, int]], present: set[int]) -> str:
    lines = ['visit infusion "Infusion" day 0']
    lines += [f'visit V{n} "V" {day} {condition}' for n, (day, condition) in enumerate(visits) if n in present]
    lines += [f"order V{i} at least {gap} days before V{j}" for i, j, gap in orders if {i, j} <= present]
    return HEAD + "\n".join(lines) + "\n}\n"


def is_possible(text: str) -> bool:
    compiled = pipeline.check_text(text)
    assert compiled.schedule is not None
    assert compiled.is_sound, (text, compiled.diagnostics)
    return not compiled.schedule.conflicts


def test_only_what_somebody_has_together_can_conflict() -> None:
    chance = random.Random(9)
    freed = impossible = 0
    for _ in range(40):
        size = chance.randint(3, 5)
        guards = [chance.choice(CONDITIONS) for _ in range(size)]
        visits = [(f"day {chance.randint(1, 20)} ±{chance.randint(0, 3)} days", guard[0]) for guard in guards]
        pairs = [chance.sample(range(size), 2) for _ in range(3)]
        orders = [(one, other, chance.randint(0, 6)) for one, other in pairs]
        branches = {
            frozenset(n for n, guard in enumerate(guards) if guard[1](a, b, age))
            for a, b, age in product((False, True), (False, True), (17, 18))
        }
        plain = [(day, "") for day, _ in visits]
        expected = all(is_possible(written(plain, orders, set(present))) for present in branches)
        assert is_possible(written(visits, orders, set(range(size)))) == expected
        impossible += not expected
        freed += expected and not is_possible(written(plain, orders, set(range(size))))
    assert impossible > 5
    assert freed > 3


def test_visits_that_exclude_each_other_keep_their_own_windows() -> None:
    visits = [("day 10 ±2 days", "if a"), ("day 11 ±1 day", "if not a")]
    compiled = pipeline.check_text(written(visits, [(0, 1, 8)], {0, 1}))
    assert compiled.schedule is not None
    assert compiled.schedule.bounds["V0"] == (8, 12)
    assert compiled.schedule.bounds["V1"] == (10, 12)
