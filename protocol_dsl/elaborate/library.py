"""The shipped library: instruments and common forms, written in the language, loaded by name when they are used."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from protocol_dsl.paths import LIBRARY
from protocol_dsl.source import SourceMap
from protocol_dsl.syntax.nodes import Node
from protocol_dsl.syntax.parser import parse

if TYPE_CHECKING:
    from protocol_dsl.model.forms import Form


@cache
def _names(kind: str) -> tuple[str, ...]:
    folder = os.path.join(LIBRARY, kind)
    return tuple(sorted(name.removesuffix(".proto") for name in os.listdir(folder) if name.endswith(".proto")))


def instrument_names() -> list[str]:
    """The instruments that the library has."""
    return list(_names("instruments"))


def form_names() -> list[str]:
    """The forms that the library has."""
    return list(_names("forms"))


def load(kind: str, name: str, sources: SourceMap) -> Node | None:
    """The statement of an instrument or form of the library; None when it has none of this name."""
    if name not in _names(kind):
        return None
    path = os.path.join(LIBRARY, kind, f"{name}.proto")
    index = sources.read(path, shown=f"library/{kind}/{name}.proto")
    parsed = parse(sources.files[index].text, index)
    return next((node for node in parsed.tree.nodes("instrument", "form")), None)


def load_form(name: str, sources: SourceMap) -> Form | None:
    """A form of the library as a part of the model; None when it has none of this name."""
    from protocol_dsl.elaborate.conditions import Conditions
    from protocol_dsl.elaborate.context import Context, Statement
    from protocol_dsl.elaborate.forms import FormBuilder
    from protocol_dsl.elaborate.scope import Scope

    node = load("forms", name, sources)
    if node is None:
        return None
    context = Context(sources, Scope(frozenset()))
    builder = FormBuilder(context, Conditions(context, lambda _: None, list))
    return builder.form(Statement(node, ()), source="library")
