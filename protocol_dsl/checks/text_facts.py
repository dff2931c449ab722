"""TXT003 to TXT005: what free text must not hold, and doses in it that no statement gives."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from protocol_dsl.checks.text import place_of, texts
from protocol_dsl.diagnostics.model import WARNING, Diagnostic, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.base import Quantity

# Compiled when first needed: most protocols need none of them.
_COUNTED = (
    r"(?:viable |live |CAR[- ]?T? ?|T[- ]|positive )*(?:cells?|copies|vg|PFU|CFU|IU)\b|/ ?(?:kg|m?L|[uµ]L|m2|m²)\b"
)
_LOST = rf"\d[\d.,]* ?[×x*✕] ?10 ?([1-9]\d?) ?(?:{_COUNTED})|(?<![\d.,]) ?\b10 ([3-9]|1\d) ?(?:{_COUNTED})"
_AMOUNT = (
    r"(?<![\w.,^-])(\d+(?:\.\d+)?)(?: ?[×x*] ?10 ?(?:\^ ?(\d{1,2})|([⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2}))|[eE](\d{1,2}))? ?"
    r"((?:viable |CAR[- ]?T? ?|T[- ]|positive )*cells?(?: ?/ ?kg| per (?:kg|kilogram))?"
    r"|mg ?/ ?(?:m2|m²|m\^2|kg))(?!\w| ?/)"
)
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_UNITS = {"cells": "cells", "cells/kg": "cells/kg", "mg/m2": "mg/m2", "mg/kg": "mg/kg"}
_FEWEST_CELLS = 1000
"""Fewer cells than these are counts in a sample, not a dose."""


@rule("TXT003", "exponent-lost-in-text", WARNING)
def exponent_lost_in_text(trial: Trial) -> Iterator[Diagnostic]:
    """A power of ten in a text has lost its exponent.

    What it means:
        `×108` or `10 8` stands before cells, copies or a volume: the raised figure of ×10⁸ became an ordinary one when
        the text was copied. In numbers of statements the compiler refuses this (QTY003).

    Why it matters:
        A registry prints what it is given. Read as it stands, the dose is a million times too small.

    Example:
        summary "A dose of 3.0×108 cells is infused once."

    Instead:
        summary "A dose of 3.0×10^8 cells is infused once."
    """
    for text, origin in texts(trial):
        if "10" in text and (found := re.search(_LOST, text)):
            power = found[1] or found[2]
            yield exponent_lost_in_text.at(
                place_of(trial, origin, found[0]),
                f"“{' '.join(found[0].split())}” has lost its exponent",
                help=f"write `×10^{power}`, or fill the dose in by its name in braces",
            )


@rule("TXT004", "contact-in-text", WARNING)
def contact_in_text(trial: Trial) -> Iterator[Diagnostic]:
    """A text holds a telephone number or an e-mail address.

    What it means:
        Something in the text has the form of one. People are named with `contact`; how to reach them is entered at the
        registry.

    Why it matters:
        Reviewers of registries send records with contact details in free text back, and a protocol file is read by
        many.

    Example:
        summary "For questions write to office@example.org."

    Instead:
        contact "Office of the trial"
    """
    from protocol_dsl.exchange.contact_details import find

    for text, origin in texts(trial):
        found = find(text)
        if found is not None:
            yield contact_in_text.at(
                place_of(trial, origin, found),
                f"“{found}” is a contact detail",
                help="take it out; name people with `contact`",
            )


@rule("TXT005", "dose-of-no-statement", WARNING)
def dose_of_no_statement(trial: Trial) -> Iterator[Diagnostic]:
    """A text gives a dose that no statement gives.

    What it means:
        Doses of the protocol are stated in this unit, and none of them is the number in the text; nor does it stand
        anywhere else outside of texts. Looked at are cells, cells/kg, mg/m2 and mg/kg.

    Why it matters:
        The text was copied from another version. Readers of a registry see the text, pharmacies the statement.

    Example:
        dose CT1192 { level DL1 3.0e8 cells }
        summary "Participants get 1×10^8 cells."

    Instead:
        summary "Participants get 3×10^8 cells."
    """
    given = _given(trial)
    units = {unit for _, unit in given}
    if not units:
        return
    stated: set[tuple[float, str]] | None = None
    for text, origin in texts(trial):
        for found in re.finditer(_AMOUNT, text):
            amount = _amount(found)
            if amount[1] not in units or (amount[1] == "cells" and amount[0] < _FEWEST_CELLS):
                continue
            stated = stated if stated is not None else set(given) | _written(trial)
            if not any(unit == amount[1] and abs(number - amount[0]) <= 1e-9 * number for number, unit in stated):
                known = ", ".join(text for (_, unit), text in given.items() if unit == amount[1])
                yield dose_of_no_statement.at(
                    place_of(trial, origin, found[0]),
                    f"the text says {' '.join(found[0].split())}, and no statement does",
                    help=f"the doses of the protocol are {known}; correct the text, or fill the dose in by its name",
                )


def _given(trial: Trial) -> dict[tuple[float, str], str]:
    """Doses of the protocol by number and unit, as people write them."""
    from protocol_dsl.model.wording import quantity

    protocol = trial.protocol
    amounts: list[Quantity | None] = [each.amount for each in protocol.administrations]
    amounts += [level.amount for scheme in protocol.doses for level in scheme.levels]
    return {
        (float(each.value), _UNITS[each.unit]): quantity(each)
        for each in amounts
        if each is not None and each.unit in _UNITS
    }


def _written(trial: Trial) -> set[tuple[float, str]]:
    """All amounts in these units outside of texts and comments."""
    found: set[tuple[float, str]] = set()
    for file in trial.sources.files:
        code = re.sub(r'""".*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*', " ", file.text, flags=re.DOTALL)
        found |= {_amount(match) for match in re.finditer(_AMOUNT, code)}
    return found


def _amount(found: re.Match[str]) -> tuple[float, str]:
    power = found[2] or (found[3] or "").translate(_RAISED) or found[4] or "0"
    unit = "mg" if "mg" in found[5] else "cells"
    per = re.search(r"kg|kilogram|m2|m²|m\^2", found[5])
    if per is not None:
        unit += "/m2" if per[0].startswith("m") else "/kg"
    return float(found[1]) * 10 ** int(power), unit
