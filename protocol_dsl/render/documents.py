"""All documents that a compile makes, by family; each family is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module

from protocol_dsl.render.context import Output, Rendering

FAMILIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "soa": ("protocol_dsl.render.soa", ("soa.html", "soa.md", "soa.csv", "soa.xlsx", "timeline.svg")),
    "calendar": ("protocol_dsl.render.calendar", ("calendar.html", "calendar.csv", "calendar.ics")),
    "escalation": ("protocol_dsl.render.escalation", ("escalation.html", "decision_table.csv")),
    "crf": ("protocol_dsl.render.crf", ("crf.html", "crf.md")),
    "registry": (
        "protocol_dsl.render.registry",
        ("registry.md", "registry.txt", "registry_short.md", "registry_short.txt"),
    ),
    "protocol": ("protocol_dsl.render.data", ("protocol.json",)),
    "graph": ("protocol_dsl.render.graph", ("graph.json",)),
}


def choices() -> list[str]:
    """What `--only` takes: families and single files."""
    return [*FAMILIES, *(name for _, names in FAMILIES.values() for name in names)]


def make(rendering: Rendering, only: list[str], on_start: Callable[[str], None] | None = None) -> Iterator[Output]:
    """The files of the chosen families, or the chosen files; all of them when `only` is empty."""
    for family, (module, names) in FAMILIES.items():
        if only and family not in only and not any(name in only for name in names):
            continue
        if on_start is not None:
            on_start(family)
        for output in import_module(module).outputs(rendering):
            if not only or family in only or output.path in only:
                yield output
