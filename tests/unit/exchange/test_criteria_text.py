"""The text of eligibility criteria: headings, lists inside lists, and texts that are neither."""

from __future__ import annotations

import pytest

from protocol_dsl.exchange.criteria_text import numbered, read, section, write
from protocol_dsl.exchange.markup import escape, reflow, sentences, unescape

TEXT = """Key Inclusion Criteria:

1. Age of at least 18 years
2. One of these:

  * Diagnosis A

    * proven by biopsy
  * Diagnosis B
3. Consent

A remark between two lists.

Exclusion Criteria:

* Pregnant"""


def test_a_text_in_the_registrys_layout_is_written_as_it_was() -> None:
    assert write(numbered(read(TEXT))) == TEXT


def test_lists_inside_lists_keep_their_depth() -> None:
    assert [block.depth for block in read(TEXT) if block.kind == "item"] == [0, 0, 1, 2, 1, 0, 0]


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("Inclusion Criteria:", "include"),
        ("-INCLUSION CRITERIA:", "include"),
        ("Key Exclusion Criteria", "exclude"),
        ("Main criteria for exclusion:", "exclude"),
        ("Subjects will be excluded if they meet any of the following criteria:", "exclude"),
        ("Inclusion and exclusion criteria:", None),
        ("For adolescent participants:", None),
        ("Exclusion of other causes is left to the investigator", None),
    ],
)
def test_headings_say_what_the_criteria_below_them_do(heading: str, kind: str | None) -> None:
    assert section(heading) == kind


def test_odd_bullets_and_wrapped_lines_are_read() -> None:
    blocks = read("• first\n  goes on\n(1) second\n– third\nnot a new one")
    assert [block.text for block in blocks] == ["first goes on", "second", "third not a new one"]


def test_markdown_escapes_are_undone_and_made() -> None:
    assert unescape(r"10\^5 \> 3 \*two\* \[a\] \~5") == "10^5 > 3 *two* [a] ~5"
    assert escape("* 10^5 > 3 [a]\n1. x*y") == "* 10\\^5 \\> 3 \\[a\\]\n1. x\\*y"


def test_paragraphs_flow_and_lists_stay() -> None:
    assert reflow("one\ntwo\n\n\n* a\nb\n  * c\n\nend") == "one two\n\n* a b\n  * c\n\nend"


def test_sentences_end_at_full_stops_and_not_at_abbreviations() -> None:
    assert sentences("First, e.g. This. Second vs. Third (S. Aureus). 2. Fourth") == [
        "First, e.g. This.",
        "Second vs. Third (S. Aureus). 2. Fourth",
    ]
