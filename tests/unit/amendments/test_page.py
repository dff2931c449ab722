"""The amendment as a document: what a reader would miss."""

from __future__ import annotations

from html.parser import HTMLParser

from protocol_dsl import pipeline
from protocol_dsl.amendments.comparison import compared
from protocol_dsl.amendments.page import change_row, document, pieces
from protocol_dsl.amendments.pair import Pair
from protocol_dsl.amendments.redline import redline
from protocol_dsl.amendments.summary import lines

OLD = """
protocol t "T" { version "1.0" }
timeline { day 0 = infusion }
visit infusion "Infusion" day 0
visit D7 "Day 7" day 7 ±1 day
visit D10 "Day 10" day 10
visit D28 "Day 28" day 28 ±2 days
assess ecg "ECG" at D7, D28
assess cbc "Blood count" at infusion, D28
assess mri "MRI" at D10
"""
NEW = """
protocol t "T" { version "2.0" }
timeline { day 0 = infusion }
visit infusion "Infusion" day 0
visit D7 "Day 7" day 7 ±2 days
visit D9 "Day 9" day 9
visit D28 "Day 28" day 28 ±2 days
assess ecg "ECG" at infusion, D28
assess cbc "Blood count" at infusion, D7, D28
amendment "2.0" on 2026-06-01 from "1.0" {
  reason site_feedback
  summary "A <b>bold</b> | summary"
  impact safety no "None is expected"
  change ecg "At the infusion"
}
"""


def comparison():  # type: ignore[no-untyped-def]
    return compared(pipeline.check_text(OLD, "old.proto"), pipeline.check_text(NEW, "new.proto"))


def test_the_redline_has_every_visit_and_row_of_both_in_the_order_of_days() -> None:
    made = comparison()
    table = redline(Pair(made.old, made.new, made.changes))
    assert [(column.visit, column.state) for column in table.columns] == [
        ("infusion", "same"), ("D7", "changed"), ("D9", "added"), ("D10", "removed"), ("D28", "same"),
    ]  # fmt: skip
    rows = {row.name: row for section in table.sections for row in section.rows}
    assert [cell.state for cell in rows["ecg"].cells] == ["moved", "moved", "same", "same", "same"]
    assert rows["ecg"].cells[1].title == "moved to Infusion"
    assert [cell.state for cell in rows["cbc"].cells] == ["same", "added", "same", "same", "same"]
    assert (rows["mri"].state, rows["mri"].cells[3].state) == ("removed", "removed")
    assert table.counts == {"added": 1, "removed": 1, "moved": 1, "changed": 0}
    assert (table.columns[1].window.old, table.columns[1].window.new) == ("±1 day", "±2 days")


def test_html_is_well_formed_and_escaped_and_says_what_is_missing() -> None:
    html = document(comparison(), "old → new", "html")

    class Tags(HTMLParser):
        open: list[str]

        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag not in ("meta", "br"):
                self.open.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.open.pop() == tag

    parser = Tags()
    parser.open = []
    parser.feed(html)
    assert parser.open == []
    assert "A &lt;b&gt;bold&lt;/b&gt; | summary" in html
    assert "Investigator/site feedback (C218499)" in html
    assert "No: None is expected" in html
    assert '<th scope="row">Scope</th><td><span class="missing">not said</span>' in html
    assert "AMD001" in html, "the findings stand in the banner"
    assert html == document(comparison(), "old → new", "html")


def test_markdown_lists_rationales_and_moves() -> None:
    text = document(comparison(), "old → new", "md")
    assert "| Summary | A \\<b\\>bold\\</b\\> \\| summary |" in text
    assert "| ECG | ~~Day 7~~ | **Infusion** |" in text
    assert "At the infusion" in text
    assert "- removed: Day 10" in text


def test_equal_words_between_changes_are_kept_and_long_runs_cut() -> None:
    made = pieces("Up to 28 days after infusion", "Up to 30 days after infusion")
    assert [(piece.state, piece.text) for piece in made] == [
        ("same", "Up to "), ("removed", "28"), ("added", "30"), ("same", " days after infusion"),
    ]  # fmt: skip
    long = "word " * 200
    assert "[…]" in pieces(f"{long}a", f"{long}b")[0].text
    assert pieces("", "new") == [("added", "new")]


def test_what_went_out_stands_under_before() -> None:
    old = OLD.replace("assess cbc", "group g = D7, D10\nassess cbc")
    new = old.replace("D7, D10", "D7")
    made = compared(pipeline.check_text(old, "old.proto"), pipeline.check_text(new, "new.proto"))
    assert [(row.old, row.new) for row in map(change_row, lines(made.changes))] == [("D10", "")]
