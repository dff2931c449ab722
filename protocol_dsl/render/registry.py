"""Registry text: the full record and the short one, in Markdown and as plain text to paste into a registry's fields."""

from __future__ import annotations

import re

from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.environment import render
from protocol_dsl.render.page import page
from protocol_dsl.render.registry_view import full_view, one_line, short_view


def outputs(rendering: Rendering) -> list[Output]:
    """`registry.md`, `registry.txt`, `registry_short.md`, `registry_short.txt`, in UTF-8."""
    shapes = (
        ("registry", "registry_full", full_view(rendering.protocol), "Registry record"),
        ("registry_short", "registry_short", short_view(rendering.protocol), "Registry record, short form"),
    )
    made: list[Output] = []
    for name, template, view, title in shapes:
        data = {"record": one_line(view), "page": page(rendering, title)}
        for ending in ("md", "txt"):
            text = render(f"{template}.{ending}.j2", data, rendering.templates)
            # A paragraph that has nothing to say leaves its empty line behind.
            made.append(Output(f"{name}.{ending}", re.sub(r"\n{3,}", "\n\n", text).encode("utf-8")))
    return made
