"""The dose escalation on a page of its own, and its decisions as a table for other programs."""

from __future__ import annotations

from protocol_dsl.checks.trial import Trial
from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.environment import render
from protocol_dsl.render.escalation_decisions import csv_rows
from protocol_dsl.render.escalation_view import Section, observed, sections
from protocol_dsl.render.page import page
from protocol_dsl.render.text import csv_bytes

TITLE = "Dose escalation"


def outputs(rendering: Rendering) -> list[Output]:
    """`escalation.html`, and `decision_table.csv` where there are decisions.

    Nothing for a protocol without an escalation, or of whose product no dose level is named: a page could only say so,
    and the draft's banner says it on every other page.
    """
    protocol = rendering.protocol
    levels = {scheme.name for scheme in protocol.doses if scheme.levels}
    if not any(each.product in levels or (each.product is None and levels) for each in protocol.escalations):
        return []
    found = sections(rendering, Trial(protocol, rendering.schedule, rendering.sources))
    data = {"page": page(rendering, TITLE), "sections": found, "dlt": observed(protocol)}
    made = [Output("escalation.html", render("escalation.html.j2", data, rendering.templates).encode())]
    table = decision_table(found)
    return [*made, Output("decision_table.csv", csv_bytes(table))] if len(table) > 1 else made


def decision_table(found: list[Section]) -> list[list[object]]:
    """Rows of n, y, decision, action under their head; `uses table` of the language reads them again."""
    several = len(found) > 1
    head: list[object] = [*(["escalation"] if several else []), "n", "y", "decision", "action"]
    rows = [head]
    for section in found:
        if section.decisions is not None:
            rows += csv_rows(section.name if several else None, section.decisions)
    return rows
