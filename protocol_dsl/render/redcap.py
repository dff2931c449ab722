"""The bundle for REDCap: everything that a data manager uploads, how, and what REDCap could not take over."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from protocol_dsl.elaborate.library import load_form
from protocol_dsl.exchange.redcap import dictionary, project_xml, setup
from protocol_dsl.forms.complete import complete
from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.environment import render
from protocol_dsl.render.page import page
from protocol_dsl.render.redcap_bundle import Project, project
from protocol_dsl.render.redcap_report import APPROXIMATED, DROPPED

if TYPE_CHECKING:
    from protocol_dsl.model.forms import Form

FOLDER = "redcap"


def outputs(rendering: Rendering) -> list[Output]:
    """The files of the folder `redcap`."""

    @cache
    def load(name: str) -> Form | None:
        return load_form(name, rendering.sources)

    return documents(rendering, project(rendering.protocol, complete(rendering.protocol, load)))


def documents(rendering: Rendering, made: Project) -> list[Output]:
    """The files of a project."""
    bundle, report = made.bundle, made.report
    files = {
        "data_dictionary.csv": dictionary.write(bundle.rows),
        "arms.csv": setup.arms_csv(bundle.arms),
        "events.csv": setup.events_csv(bundle.events),
        "mapping.csv": setup.mapping_csv(bundle.mapping),
        "repeating.csv": setup.repeating_csv(bundle.repeating),
        "repeating.json": setup.repeating_json(bundle.repeating),
        "data_quality_rules.csv": setup.rules_csv(bundle.rules),
        "project.xml": project_xml.write(bundle),
    }
    data = {
        "page": page(rendering, "REDCap project"),
        "counts": {
            "fields": len(bundle.rows),
            "forms": len({row.form_name for row in bundle.rows}),
            "arms": len(bundle.arms),
            "events": len(bundle.events),
            "mapping": len(bundle.mapping),
            "repeating": len(bundle.repeating),
            "rules": len(bundle.rules),
        },
        "shift": made.calendar.shift,
        "anchor": _anchor(rendering),
        "renamed": [(row.form_name, bundle.titles[row.form_name]) for row in _first_rows(made)],
        "by_hand": made.by_hand,
        "table": report.table(),
        "approximated": report.groups(APPROXIMATED),
        "dropped": report.groups(DROPPED),
    }
    for name in ("README.md", "fidelity.md"):
        files[name] = render(f"redcap_{name.lower()}.j2", data, rendering.templates)
    return [Output(f"{FOLDER}/{name}", text.encode("utf-8")) for name, text in files.items()]


def _anchor(rendering: Rendering) -> str:
    """What the protocol counts its days from, by its label."""
    timeline = rendering.protocol.timeline
    if timeline is None or timeline.anchor is None:
        return "the protocol's first day"
    named = {each.name: each.title for each in (*rendering.protocol.visits, *rendering.protocol.events)}
    return " ".join(named.get(timeline.anchor, timeline.anchor).split())


def _first_rows(made: Project) -> list[dictionary.Row]:
    """The first row of each form."""
    first: dict[str, dictionary.Row] = {}
    for row in made.bundle.rows:
        first.setdefault(row.form_name, row)
    return list(first.values())
