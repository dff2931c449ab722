"""What of the library's forms applies to a trial, as data: parts for cell therapy, parts for dose escalation.

The library is written for trials of cells. A trial without a cell product is not asked for a cytokine release syndrome,
and one without dose-limiting toxicity not for the criterion that was met.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from protocol_dsl.forms.parts import LoadForm, titled_sections, under_headings, without_strays

if TYPE_CHECKING:
    from protocol_dsl.model.forms import Field, Form
    from protocol_dsl.model.protocol import Protocol

CELL_TYPES = (None, "biological", "genetic")
_NAMED_CELLS = re.compile(r"\b(cells|cell therapy|cell product)\b", re.IGNORECASE)
_CAR = re.compile(r"\bCAR\b|\bCAR-?TS?\b|\bchimeric antigen receptor", re.IGNORECASE)
_GIVEN_CELLS = re.compile(r"\bcell (therapy|product|suspension)|\b(T|NK|stem|stromal) cells\b", re.IGNORECASE)


class Only(NamedTuple):
    """Parts of a library form that stand only in trials with cells, or with a DLT assessment.

    `fields` are beginnings of names; `choices` are codes by field; `labels` and `remarks` are what a field is called
    and explained with otherwise.
    """

    form: str
    needs: Literal["cells", "dlt"]
    fields: tuple[str, ...] = ()
    choices: tuple[tuple[str, tuple[str, ...]], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    remarks: tuple[tuple[str, tuple[str, ...]], ...] = ()


ONLY: tuple[Only, ...] = (
    Only(
        "adverse_event",
        "cells",
        fields=("ae_crs_", "ae_icans_", "ae_related_depletion"),
        choices=(("ae_special", ("crs", "icans", "hlh", "gvhd")),),
        labels=(("ae_related_product", "Related to the study treatment"),),
        remarks=(("ae_start", ()),),
    ),
    Only("adverse_event", "dlt", fields=("ae_dlt",)),
    Only("informed_consent", "cells", choices=(("ic_optional", ("long_term",)),)),
    Only("disposition", "cells", fields=("ds_long_term",), choices=(("ds_status", ("manufacturing",)),)),
)


def applicable(load_form: LoadForm, protocol: Protocol) -> LoadForm:
    """The library as this trial needs it."""
    have = {"cells": has_cells(protocol), "dlt": protocol.dlt is not None}
    rows = [row for row in ONLY if not have[row.needs]]

    def load(name: str) -> Form | None:
        form = load_form(name)
        for row in rows:
            if form is not None and row.form == name:
                form = without(form, row)
        return form

    return load


def has_cells(protocol: Protocol) -> bool:
    """Whether a product is cells: dosed in cells, or a biological that its label, an alias or description calls so."""
    if any("cell" in level.amount.unit for scheme in protocol.doses for level in scheme.levels):
        return True
    for product in protocol.products:
        names = " ".join((product.title, *product.aliases))
        text = f"{names} {product.description or ''}"
        is_cells = _NAMED_CELLS.search(names) or _CAR.search(text) or _GIVEN_CELLS.search(text)
        if product.type in CELL_TYPES and is_cells:
            return True
    return False


def without(form: Form, row: Only) -> Form:
    """The form without the parts of the row."""
    sections = titled_sections(form)
    cut = without_strays(form, {each.name for each in form.fields if not each.name.startswith(row.fields or ("\0",))})
    fields = under_headings((sections[each.name], _otherwise(each, row)) for each in cut.fields)
    return cut.model_copy(update={"fields": fields})


def _otherwise(each: Field, row: Only) -> Field:
    gone = dict(row.choices).get(each.name, ())
    return each.model_copy(
        update={
            "label": dict(row.labels).get(each.name, each.label),
            "remarks": dict(row.remarks).get(each.name, each.remarks),
            "choices": tuple(choice for choice in each.choices if choice.code not in gone),
        }
    )
