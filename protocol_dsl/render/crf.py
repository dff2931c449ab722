"""The specification of the case report forms: which forms, at which visits, with which fields; a page a form."""

from __future__ import annotations

from protocol_dsl.model.forms import Form
from protocol_dsl.render import crf_forms
from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.crf_view import View, view
from protocol_dsl.render.environment import render
from protocol_dsl.render.page import page

TITLE = "Case report form specification"


def outputs(rendering: Rendering) -> list[Output]:
    """`crf.html` and `crf.md`."""
    return _documents(rendering, crf_forms.crf(rendering))


def documents(rendering: Rendering, forms: tuple[Form, ...]) -> list[Output]:
    """The documents for a given set of forms."""
    return _documents(rendering, view(rendering.protocol, forms))


def _documents(rendering: Rendering, found: View) -> list[Output]:
    data = {"page": page(rendering, TITLE), "crf": found}
    return [
        Output(name, render(f"{name}.j2", data, rendering.templates).encode("utf-8")) for name in ("crf.html", "crf.md")
    ]
