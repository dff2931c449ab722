"""Laws of the comparison, on generated protocols and edits."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol_dsl import pipeline
from protocol_dsl.amendments.apply import apply
from protocol_dsl.amendments.canonical import Keyed, Ordered, tree
from protocol_dsl.amendments.comparison import changes, compared
from protocol_dsl.amendments.data import data, text
from protocol_dsl.syntax.formatter import format_text
from tests.property.protocols import protocols

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)
FEW = settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=SLOW)


def compiled(source: str) -> pipeline.Compiled:
    made = pipeline.check_text(source)
    assert made.protocol is not None
    return made


def same(one: object, other: object) -> bool:
    """Whether two trees are equal, and in the same order where that counts."""
    if isinstance(one, dict) and isinstance(other, dict):
        if isinstance(one, Ordered) and list(one) != list(other):
            return False
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return one == other


@FEW
@given(protocols())
def test_a_protocol_does_not_differ_from_itself_nor_from_its_formatted_copy(source: str) -> None:
    one = compiled(source).protocol
    assert one is not None
    again = compiled("# a comment\n\n" + source).protocol
    formatted = compiled(format_text(source).text or source).protocol
    assert again is not None
    assert formatted is not None
    assert changes(one, again) == []
    assert changes(one, formatted) == []


@FEW
@given(protocols(), protocols())
def test_the_records_lead_from_one_to_the_other(first: str, second: str) -> None:
    old, new = compiled(first), compiled(second)
    assert old.protocol is not None
    assert new.protocol is not None
    records = changes(old.protocol, new.protocol)
    assert same(apply(tree(old.protocol), records), tree(new.protocol))


EDITS = (
    (r"\bday (\d+)\b", lambda n: f"day {int(n) + 1}"),
    (r"±(\d+) day", lambda n: f"±{int(n) + 1} day"),
    (r"blood (\d+) mL", lambda n: f"blood {int(n) + 2} mL"),
    (r"cohort (\d+)", lambda n: f"cohort {int(n) + 1}"),
    (r"level DL(\d+)", lambda n: f"level LEVEL{n}"),
    (r"visit D(\d+)", lambda n: f"visit DAY{n}"),
    (r"age from (\d+) years", lambda n: f"age from {int(n) + 1} years"),
)


@FEW
@given(protocols(), st.lists(st.tuples(st.sampled_from(EDITS), st.integers(0, 9)), min_size=1, max_size=3))
def test_a_small_edit_is_told_with_its_class_and_leads_to_the_new_version(source: str, edits: list) -> None:  # type: ignore[type-arg]
    edited = source
    for (pattern, change), place in edits:
        found = list(re.finditer(pattern, edited))
        if found:
            at = found[place % len(found)]
            edited = edited[: at.start()] + change(at[1]) + edited[at.end() :]
    old, new = compiled(source), compiled(edited)
    assert old.protocol is not None
    assert new.protocol is not None
    before, after = tree(old.protocol), tree(new.protocol)
    records = changes(old.protocol, new.protocol)
    assert bool(records) == (not same(before, after))
    assert same(apply(before, records), after)
    if old.is_sound and new.is_sound:
        made = compared(old, new)
        assert all(change.klass and change.flags for change in made.changes)
        assert all(change.old_place or change.new_place for change in made.changes)
        assert text(data(made)) == text(data(compared(old, new)))


def test_empty_lists_are_not_said() -> None:
    tree_of_one = {"visits": Keyed({"A": {"name": "A"}})}
    from protocol_dsl.amendments.compare import compare

    assert apply(tree_of_one, compare(tree_of_one, {})) == {}
    assert apply({}, compare({}, tree_of_one)) == tree_of_one
