"""Notes that stand behind a statement and are about the next one."""

from __future__ import annotations

import pytest

from tests.unit.elaborate.trial import DAY_0, findings, told

NOTE = '@assumed "not in the record"'


@pytest.mark.parametrize(
    "text",
    [
        f'visit A "A" day 4 {NOTE}\nvisit B "B" day 5',
        f'visit A "A" day 4\n  {NOTE}\nvisit B "B" day 5',
        f'stage s "S" {{\n  visit A "A" day 4 {NOTE}\n  visit B "B" day 5\n}}',
        f'visit A "A" {{ day 4 }} {NOTE}\nvisit B "B" day 5',
        f'visit B "B" {{\n  day 5 {NOTE}\n  ±2 days\n}}',
        f'{NOTE}\nvisit A "A" day 4 {NOTE}\nvisit B "B" day 5',
    ],
)
def test_a_note_behind_a_statement_is_told(text: str) -> None:
    assert told(DAY_0 + text) == [("NAM013", NOTE)]


def test_the_warning_names_both_statements() -> None:
    [found] = findings(DAY_0 + f'visit A "A" day 4 {NOTE}\nvisit B "B" day 5')
    assert found.severity == "warning"
    assert found.message == "this note is about `visit B` on the next line, not about `visit A` in front of it"
    assert found.help == "put it on a line of its own, before `visit A` or directly before `visit B`"


@pytest.mark.parametrize(
    "text",
    [
        f'visit A "A" day 4\n{NOTE}\nvisit B "B" day 5',
        f'visit A "A" day 4\n{NOTE} visit B "B" day 5',
        f'visit A "A" day 4 {NOTE} visit B "B" day 5',
        f'stage s "S" {{ {NOTE}\n  visit A "A" day 4\n}}',
        f'visit A "A" day 4 {{ {NOTE}\n  ±2 days\n}}',
        f'visit A "A" day 4\n\n  {NOTE}\n  visit B "B" day 5',
        f'visit A "A"\n    day 4\n{NOTE}\nvisit B "B" day 5',
        f'visit A "A" day 4 # {{ a remark\n{NOTE}\nvisit B "B" day 5',
    ],
)
def test_a_note_before_its_statement_is_not(text: str) -> None:
    assert told(DAY_0 + text) == []
