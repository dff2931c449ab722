"""The specification of the case report forms: which forms, at which visits, with which fields; a page a form."""

from __future__ import annotations

from functools import cache

from protocol_dsl.elaborate.library import load_form
from protocol_dsl.forms.complete import complete
from protocol_dsl.model.forms import Form
from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.crf_view import view
from protocol_dsl.render.environment import render
from protocol_dsl.render.page import page

TITLE = "Case report form specification"


def outputs(rendering: Rendering) -> list[Output]:
    """`crf.html` and `crf.md`."""

    @cache
    def load(name: str) -> Form | None:
        # A form of the library serves several assessments; it is read once.
        return load_form(name, rendering.sources)

    return documents(rendering, complete(rendering.protocol, load))


def documents(rendering: Rendering, forms: tuple[Form, ...]) -> list[Output]:
    """The documents for a given set of forms."""
    data = {"page": page(rendering, TITLE), "crf": view(rendering.protocol, forms)}
    return [
        Output(name, render(f"{name}.j2", data, rendering.templates).encode("utf-8")) for name in ("crf.html", "crf.md")
    ]
