"""Sentences that the documents about forms have in common."""

from __future__ import annotations

from collections.abc import Iterator

from protocol_dsl.render.crf_view import FormPage, View


def intro(crf: View) -> str:
    """How many forms and fields, and how to read their rules."""
    said = f"{len(crf.forms)} forms with {crf.fields} fields."
    if crf.uses_soft or crf.uses_hard:
        said += " A value outside a soft range is questioned, outside a hard range refused."
    return f"{said} Yes / no: 1 = Yes, 0 = No."


def marks(crf: View) -> str:
    """What the marks of the matrix mean."""
    said = "X: completed at the visit. X+: several records at the visit."
    if crf.uses_conditions:
        said += " In brackets: not for every participant; the form says for whom or on which condition."
    return said


def about(form: FormPage) -> Iterator[tuple[str, str]]:
    """What is said of the form itself: (title, text)."""
    yield "Name", form.name
    yield "Source", f"{form.source}: {form.instrument}" if form.instrument else form.source
    for title, said in (("Reference", form.citation), ("Licence", form.licence)):
        if said:
            yield title, said
    if form.records:
        yield "Records", ", ".join(form.records)
    yield "Collected", collected(form)
    for title, said in (("Only if", form.condition), ("Only for", form.populations)):
        if said:
            yield title, said
    if form.instructions:
        yield "Instructions", " ".join(form.instructions)


def collected(form: FormPage) -> str:
    """When it is completed, in words."""
    if form.when:
        return form.when
    several = "; one record a nominal time" if form.timed else "; several records at a visit"
    return ", ".join(form.visits) + (several if form.repeating else "")


def form_bookmark(form: FormPage) -> str:
    """Where links to the form lead in Word, which allows 40 characters."""
    return f"form_{form.number}"
