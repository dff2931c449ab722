"""Interventions as products, conditions as populations, groups as arms."""

from __future__ import annotations

from typing import NamedTuple

from protocol_dsl.importing.fields import Fields, finished
from protocol_dsl.importing.report import Report
from protocol_dsl.importing.writing import Names, Writer, quoted

Modules = dict[str, Fields]


class Product(NamedTuple):
    """An intervention: its name in the protocol and the labels of the arms that get it."""

    name: str
    arms: list[str]


def write(writer: Writer, modules: Modules, names: Names) -> None:
    """Write products, populations and arms."""
    fields = modules["armsInterventionsModule"]
    products = [_product(writer, each, names) for each in finished(fields.parts("interventions"))]
    _populations(writer, modules["conditionsModule"], names)
    for each in finished(fields.parts("armGroups")):
        _arm(writer, each, products, names)


def _product(writer: Writer, fields: Fields, names: Names) -> Product:
    title = fields.text("name")
    type_ = fields.word("type", "intervention_type")
    about = fields.markup("description")
    others = fields.texts("otherNames")
    name = names.code(title or "", "product")
    writer.gap()
    header = f"product {name} {quoted(title)}" if title else f"product {name}"
    lines = [f"type {type_}"] if type_ else []
    if not about and not others:
        writer.line(" ".join([header, *lines]))
    else:
        with writer.block(header):
            for line in lines:
                writer.line(line)
            _aliases(writer, others)
            if about:
                writer.prose("description", about)
    return Product(name, fields.texts("armGroupLabels"))


def _aliases(writer: Writer, others: list[str]) -> None:
    """Other names, one statement for each: some interventions have dozens."""
    for other in others:
        writer.line(f"alias {quoted(other)}")


def _populations(writer: Writer, fields: Fields, names: Names) -> None:
    """A population for each of several conditions; with one condition everybody has it."""
    found = Fields(fields.values, fields.path, Report()).texts("conditions")
    if len(found) < 2:
        return
    writer.gap()
    for text in dict.fromkeys(found):
        writer.line(f"population {names.of(text, 'population')} {quoted(text)}")


def _arm(writer: Writer, fields: Fields, products: list[Product], names: Names) -> None:
    label = fields.text("label")
    role = fields.word("type", "arm_role")
    about = fields.markup("description")
    name = names.of(label or "", "arm")
    given = [product.name for product in products if label is not None and label in product.arms]
    fields.texts("interventionNames")
    header = f"arm {name} {quoted(label)}" if label else f"arm {name}"
    writer.gap()
    if not (role or given or about):
        writer.line(header)
        return
    with writer.block(header):
        if role:
            writer.line(f"role {role}")
        if given:
            writer.line(f"gives {', '.join(given)}")
        if about:
            writer.prose("description", about)
