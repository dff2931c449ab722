"""Laws of the merge, on generated protocols and edits."""

from __future__ import annotations

import re
from collections.abc import Callable

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from protocol_dsl import merge_pipeline, pipeline
from protocol_dsl.amendments.canonical import tree
from protocol_dsl.diagnostics.model import ERROR
from protocol_dsl.merging.canonical_text import canonical_text
from protocol_dsl.merging.merge import merge
from protocol_dsl.merging.parts import Part, Side
from protocol_dsl.merging.three_way import Options
from protocol_dsl.syntax.formatter import format_text
from tests.property.protocols import protocols

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example, HealthCheck.filter_too_much)
FEW = settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=SLOW)

Edit = tuple[str, Callable[[str], str]]
# Each edits a place of its own, so that any two of them are disjoint.
EDITS: tuple[Edit, ...] = (
    (r"(?<=visit SCR )\"", lambda _: '"Edited '),
    (r"enrollment about (\d+)", lambda n: f"enrollment about {int(n) + 7}"),
    (r"(?<=arm treated )()\"Treated\"", lambda _: '"Edited" description "D"'),
    (r"()fact fertile", lambda _: 'fact added_one "Added" if sex = male\nfact fertile'),
    (r"age from (\d+) years", lambda n: f"age from {int(n) + 1} years"),
    (r"level DL1 (\d+)\.5e8 cells", lambda n: f"level DL1 {n}.25e8 cells"),
    (r"()result alt \"ALT\" \(U/L\)", lambda _: ""),
    (r"()assess sledai", lambda _: 'assess added_two "Added" at SCR\n# a comment\nassess sledai'),
    (r"()category laboratory at SCR \{", lambda _: "category laboratory at SCR, infusion {"),
    (r"()type biological route intravenous", lambda _: "type biological route oral"),
)


def edited(text: str, number: int) -> str:
    pattern, change = EDITS[number]
    return re.sub(pattern, lambda found: change(found[1] if found.re.groups else ""), text, count=1)


def said(text: str) -> object:
    protocol = pipeline.check_text(text).protocol
    assert protocol is not None
    return tree(protocol)


pairs = st.lists(st.integers(0, len(EDITS) - 1), min_size=2, max_size=4, unique=True)


@FEW
@given(protocols(), pairs, st.booleans())
def test_disjoint_edits_merge_to_both_and_it_does_not_matter_who_is_ours(
    source: str, numbers: list[int], formatted: bool
) -> None:
    base = format_text(source).text if formatted else source
    half = len(numbers) // 2
    ours = theirs = both = base
    for at, number in enumerate(numbers):
        both = edited(both, number)
        ours, theirs = (edited(ours, number), theirs) if at < half else (ours, edited(theirs, number))
    made, other = merge(base, ours, theirs), merge(base, theirs, ours)
    assert made is not None
    assert other is not None
    assert (made.clashes, other.clashes) == ([], [])
    assert said(made.text) == said(both) == said(other.text)
    assert canonical_text(made.text) == canonical_text(other.text)


@FEW
@given(protocols(), protocols())
def test_what_one_side_left_alone_is_the_other_side_byte_for_byte(base: str, other: str) -> None:
    assert merge(base, base, other) == (other, [])
    assert merge(base, other, base) == (other, [])
    assert merge(base, other, other) == (other, [])


@FEW
@given(protocols(), st.integers(0, len(EDITS) - 1))
def test_formatting_on_one_side_and_an_edit_on_the_other_are_no_conflict(base: str, number: int) -> None:
    theirs = edited(base, number)
    made = merge(base, format_text(base).text, theirs)
    assert made is not None
    assert made.clashes == []
    assert said(made.text) == said(theirs)


@FEW
@given(protocols(), protocols(), protocols())
def test_a_merge_of_anything_is_either_readable_or_marked(base: str, ours: str, theirs: str) -> None:
    made = merge(base, ours, theirs)
    assert made is not None
    if made.clashes:
        assert made.text.count("<<<<<<< ") >= 1
        assert made.text.count("\n<<<<<<< ") + made.text.startswith("<<<<<<< ") == made.text.count("\n>>>>>>> ")
        for side in ("ours", "theirs"):
            assert Side(chosen(made.text, side)).is_sound
    else:
        assert Side(made.text).is_sound


def chosen(text: str, side: str) -> str:
    """The text after all conflicts were decided for one side."""
    kept: list[str] = []
    state = ""
    for line in text.split("\n"):
        if line.startswith("<<<<<<< "):
            state = "ours"
        elif line == "=======" and state == "ours":
            state = "theirs"
        elif line.startswith(">>>>>>> ") and state == "theirs":
            state = ""
        elif state in ("", side):
            kept.append(line)
    return "\n".join(kept)


SCHEDULE = """protocol T "T" {{ version "1" }}
timeline {{ day 0 = infusion }}
visit infusion "Infusion" day 0
visit A "A" day {a} ±{w} days
visit B "B" day {b} ±2 days
{more}"""
days = st.integers(3, 40)


@settings(FEW, max_examples=40)
@given(days, days, days, st.integers(1, 20), st.booleans())
def test_no_merge_is_silently_impossible(a: int, b: int, moved: int, apart: int, at_most: bool) -> None:
    assume(a < b < moved)
    base = SCHEDULE.format(a=a, b=b, w=1, more="")
    ours = SCHEDULE.format(a=a, b=moved, w=1, more="")
    theirs = SCHEDULE.format(a=a, b=b, w=1, more=f"order B at {'most' if at_most else 'least'} {apart} days after A\n")
    made = merge_pipeline.merged(
        merge_pipeline.Versions(base.encode(), ours.encode(), theirs.encode(), "t.proto"), Options()
    )
    text = made.data.decode()
    errors = [each for each in pipeline.check_text(text).diagnostics if each.severity == ERROR]
    sides = [each.message for side in (ours, theirs) for each in pipeline.check_text(side).diagnostics]
    new = [each for each in errors if each.message not in sides]
    assert made.is_clean == (not new)
    assert (merge_pipeline.MARK in text) == bool(new)


@FEW
@given(protocols())
def test_parts_put_together_are_the_text(source: str) -> None:
    for text in (source, format_text(source).text):
        side = Side(text)
        parts, tail = side.whole()
        assert "".join(part.lead + part.body + part.trail for part in parts) + tail == text
        for part in parts:
            assert rebuilt(side, part) == part.body


def rebuilt(side: Side, part: Part) -> str:
    shape = side.shape(part)
    if shape is None:
        return part.body
    text = "".join(note.lead + note.body for note in shape.notes) + shape.head_lead + shape.head
    text += "".join(clause.lead + rebuilt(side, clause) for clause in shape.clauses)
    if shape.opening is not None:
        lines = "".join(line.lead + rebuilt(side, line) + line.trail for line in shape.block)
        text += shape.opening + lines + shape.closing
    return text


@FEW
@given(protocols())
def test_the_canonical_text_is_the_same_for_every_layout(source: str) -> None:
    assert canonical_text(source) == canonical_text("# a comment\n" + format_text(source).text)
