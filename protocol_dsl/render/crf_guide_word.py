"""The completion guide as a Word document."""

from __future__ import annotations

from collections.abc import Iterator

from protocol_dsl.render.crf_guide import GENERAL, Entry, Guide
from protocol_dsl.render.crf_words import form_bookmark
from protocol_dsl.render.word import PALE, Block, Cell, Paragraph, Row, Run, Table, cell, text


def blocks(guides: list[Guide]) -> Iterator[Block]:
    """What holds for all forms, their list, and a page each."""
    for line in GENERAL:
        yield text(f"• {line}", "Trial Text")
    yield text("Forms", "Heading 2")
    for guide in guides:
        form = guide.form
        yield Paragraph((Run(f"{form.number}. {form.title}", target=form_bookmark(form)),), "Trial Text")
    for guide in guides:
        yield from _guide(guide)


def _guide(guide: Guide) -> Iterator[Block]:
    form = guide.form
    yield Paragraph((Run(f"{form.number}. {form.title}"),), "Heading 1", form_bookmark(form))
    for title, said in (
        ("When", form.when or _when(guide)),
        ("Only if", form.condition),
        ("Only for", form.populations),
        ("Records", ", ".join(form.records)),
    ):
        if said:
            yield Paragraph((Run(f"{title}: ", "Trial Soft"), Run(said)), "Trial Text")
    for line in form.instructions:
        yield text(line, "Trial Text")
    head = Row(
        (cell("No.", "Trial Head"), cell("Question", "Trial Head"), cell("How to answer it", "Trial Head")), True
    )
    yield Table((6, 38, 56), (head, *(_row(entry) for entry in guide.entries)))
    if guide.checks:
        yield text("What is checked", "Heading 2")
        for line in guide.checks:
            yield text(f"• {line}", "Trial Text")


def _when(guide: Guide) -> str:
    """`Day 7 (±1 day); Month 3, not for every participant`."""
    said: list[str] = []
    for each in guide.when:
        timing = " ".join(part for part in (each.day if each.day != each.visit else "", each.window) if part)
        notes = ", not for every participant" if "(" in each.mark else ""
        notes += ", several records" if "+" in each.mark else ""
        said.append(f"{each.visit} ({timing}){notes}" if timing else f"{each.visit}{notes}")
    return "; ".join(said)


def _row(entry: Entry) -> Row:
    choices = " · ".join(entry.choices)
    if entry.kind != "field":
        runs = (Run(entry.label), Run(f"    {choices}" if choices else "", "Trial Soft"))
        return Row((Cell((Paragraph(runs, "Trial Section"),), 3, PALE),), keep=True)
    answer = [text(" ".join(entry.how))]
    if choices:
        answer.append(text(choices, run="Trial Soft"))
    return Row((cell(str(entry.number)), Cell((text(entry.label, run="Trial Question"),)), Cell(tuple(answer))))
