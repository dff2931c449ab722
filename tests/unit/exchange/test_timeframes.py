"""Time frames: what registries write is read, and what is written is read back as the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol_dsl.exchange.timeframes import LONGEST, UNITS, Moment, TimeFrame, parse, render

ANCHORS = st.sampled_from(["infusion", "randomization", "the first dose", "completion of therapy", "CAR-T infusion"])
NUMBERS = st.integers(0, 400) | st.sampled_from([1.5, 0.5])
COUNTED = st.tuples(st.integers(0, 400), st.sampled_from(UNITS[2:])).map(lambda each: Moment(*each, True))
LENGTHS = st.tuples(NUMBERS, st.sampled_from(UNITS)).map(lambda each: Moment(*each))
PLAIN = COUNTED | LENGTHS
MOMENTS = PLAIN | st.tuples(PLAIN, ANCHORS).map(lambda each: each[0]._replace(relation="after", anchor=each[1]))


@st.composite
def frames(draw: st.DrawFn) -> TimeFrame:
    kind = draw(st.sampled_from(["point", "list", "span", "minimum", "maximum"]))
    if kind == "list":
        first = draw(MOMENTS)
        whole = st.integers(0, 400)
        numbers = draw(st.lists(whole, min_size=2, max_size=5, unique=True))
        return TimeFrame("list", tuple(first._replace(number=number) for number in numbers))
    count = 2 if kind == "span" else 1
    return TimeFrame(kind, tuple(draw(MOMENTS) for _ in range(count)))  # type: ignore[arg-type]


@settings(max_examples=200, derandomize=True, deadline=None)
@given(frames())
def test_what_is_written_is_read_back_as_the_same(frame: TimeFrame) -> None:
    text = render(frame)
    assert len(text) <= LONGEST
    assert parse(text) == frame, text


@pytest.mark.parametrize(
    ("phrase", "means"),
    [
        ("Up to 3 years", "Up to 3 years"),
        ("up to 1 years", "Up to 1 year"),
        ("2-year", "2 years"),
        ("Three years, from time of randomization", "3 years after time of randomization"),
        ("12 weeks post-randomization", "12 weeks after randomization"),
        ("Baseline to Week 16", "From baseline to Week 16"),
        ("Baseline (single timepoint only)", "Baseline"),
        ("Day -1 (day prior to stem cell infusion) to Day 20 following transplantation.", None),
        ("Minimum 104 Weeks", "Minimum 104 weeks"),
        ("Weeks 4, 12, 24", "Weeks 4, 12 and 24"),
        ("3, 6, and 12 months after surgery", "3, 6 and 12 months after surgery"),
        ("Days 1-28", "From Day 1 to Day 28"),
        ("within 28 days after infusion", "Up to 28 days after infusion"),
        ("through study completion, an average of 1 year", "Up to 1 year"),
        (
            "From date of randomization until the date of first documented progression or date of death from any "
            "cause, whichever came first, assessed up to 100 months",
            "From date of randomization to 100 months after date of randomization",
        ),
    ],
)
def test_phrases_of_records(phrase: str, means: str | None) -> None:
    frame = parse(phrase)
    assert frame is not None
    assert render(frame) == (means or "From Day -1 to Day 20 after transplantation")


@pytest.mark.parametrize(
    "phrase",
    [
        "",
        "Day 1 of each course",
        "2 year/end of study",
        "Cycle 1 (21 Days)",
        "throughout the study",
        "0",
        "weeks",
        "((",
    ],
)
def test_other_phrases_are_left_as_text(phrase: str) -> None:
    assert parse(phrase) is None
