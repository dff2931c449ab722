"""Other units and filled-in names are no change of what is said; anything else is."""

from __future__ import annotations

import pytest

from protocol_dsl.amendments.sameness import only_filled_in, same_quantity


@pytest.mark.parametrize(
    ("old", "new", "is_same"),
    [
        ("28 days", "4 weeks", True),
        ("1000 mg", "1 g", True),
        ("±7 days", "±1 week", True),
        ("28 days", "30 days", False),
        ("1 month", "30 days", False),
        ("±7 days", "1 week", False),
        ("2 mL", "2 mg", False),
        ("2 mL", "2 mL and more", False),
        ("2 mL", None, False),
    ],
)
def test_quantities(old: str, new: str | None, is_same: bool) -> None:
    assert same_quantity(old, new) == is_same


def test_a_text_that_names_something_else() -> None:
    source = 'description """\n  Two levels:\n  {DL1} and {DL2}.\n"""'
    old, new = "Two levels: 1 mg and 2 mg.", "Two levels: 1 mg and 3 mg."
    assert only_filled_in(old, new, source, source)
    assert not only_filled_in(old, new.replace("Two", "Both"), source, source.replace("Two", "Both"))
    assert not only_filled_in(old, new, source, source.replace("{DL2}", "3 mg"))


def test_a_text_beside_one_that_is_all_filled_in_is_not_taken_for_it() -> None:
    old, new = '"{DL1}" description "old words"', '"{DL1}" description "new words"'
    assert not only_filled_in("old words", "new words", old, new)
    assert only_filled_in("1 mg", "2 mg", old, new)
