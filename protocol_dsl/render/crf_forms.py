"""The complete set of forms of a trial, made once for all documents of a run that show it."""

from __future__ import annotations

from functools import cache

from protocol_dsl.elaborate.library import load_form
from protocol_dsl.forms.complete import complete
from protocol_dsl.model.forms import Form
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.render.context import Rendering
from protocol_dsl.render.crf_view import View, view

_last: list[tuple[Protocol, tuple[Form, ...], View]] = []
"""The trial of the last call: several families of one run ask for the same."""


def forms(rendering: Rendering) -> tuple[Form, ...]:
    """All forms, in the order of the documents."""
    return _made(rendering)[1]


def crf(rendering: Rendering) -> View:
    """What the documents show of them."""
    return _made(rendering)[2]


def _made(rendering: Rendering) -> tuple[Protocol, tuple[Form, ...], View]:
    if not _last or _last[0][0] is not rendering.protocol:

        @cache
        def load(name: str) -> Form | None:
            # A form of the library serves several assessments; it is read once.
            return load_form(name, rendering.sources)

        found = complete(rendering.protocol, load)
        _last[:] = [(rendering.protocol, found, view(rendering.protocol, found))]
    return _last[0]
