"""All documents that a compile makes, by family; each family is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple

from protocol_dsl.render.context import Output, Rendering


class Family(NamedTuple):
    """Documents that are made together: the module whose `outputs(rendering)` makes them, and their files."""

    module: str
    files: tuple[str, ...]
    on_request: bool = False
    """Made only when it is asked for, by name or with `--all`: what takes long, or what few people need each time."""
    extra: str = ""
    """The extra of the package that it needs."""


EXTRAS = {"word": ("docx", "python-docx"), "pdf": ("typst", "typst")}
"""The module that each extra brings, and the library it belongs to."""


FAMILIES: dict[str, Family] = {
    "soa": Family("protocol_dsl.render.soa", ("soa.html", "soa.md", "soa.csv", "soa.xlsx", "timeline.svg")),
    "soa_word": Family("protocol_dsl.render.soa_word", ("soa.docx",), on_request=True, extra="word"),
    "calendar": Family("protocol_dsl.render.calendar", ("calendar.html", "calendar.csv", "calendar.ics")),
    "timing": Family("protocol_dsl.render.timing", ("timing.html", "timing.json"), on_request=True),
    "escalation": Family("protocol_dsl.render.escalation", ("escalation.html", "decision_table.csv")),
    "crf": Family("protocol_dsl.render.crf", ("crf.html", "crf.md")),
    "acrf": Family("protocol_dsl.render.crf_annotated", ("acrf.html",), on_request=True),
    "crf_guide": Family("protocol_dsl.render.crf_guide", ("crf_guide.html", "crf_guide.md"), on_request=True),
    "crf_word": Family("protocol_dsl.render.crf_word", ("crf.docx", "crf_guide.docx"), on_request=True, extra="word"),
    "crf_pdf": Family("protocol_dsl.render.crf_pdf", ("crf.pdf", "acrf.pdf"), on_request=True, extra="pdf"),
    "workbook": Family("protocol_dsl.render.crf_workbook", ("crf_build.xlsx",), on_request=True),
    "odm": Family("protocol_dsl.render.odm", ("odm-1.3.2.xml", "odm-2.0.xml"), on_request=True),
    "pk": Family("protocol_dsl.render.pk", ("pk.html", "pk.csv")),
    "burden": Family("protocol_dsl.render.burden", ("burden.html", "burden.json"), on_request=True),
    "registry": Family(
        "protocol_dsl.render.registry",
        ("registry.md", "registry.txt", "registry_short.md", "registry_short.txt"),
    ),
    "ctgov": Family("protocol_dsl.render.ctgov", ("ctgov.json",), on_request=True),
    "redcap": Family(
        "protocol_dsl.render.redcap",
        (
            "redcap/data_dictionary.csv",
            "redcap/arms.csv",
            "redcap/events.csv",
            "redcap/mapping.csv",
            "redcap/repeating.csv",
            "redcap/repeating.json",
            "redcap/data_quality_rules.csv",
            "redcap/project.xml",
            "redcap/README.md",
            "redcap/fidelity.md",
        ),
        on_request=True,
    ),
    "prs": Family("protocol_dsl.render.prs", ("prs.xml", "prs.md"), on_request=True),
    "trds": Family("protocol_dsl.render.trds", ("trds.md",), on_request=True),
    "ictrp": Family("protocol_dsl.render.ictrp", ("ictrp.xml",), on_request=True),
    "spirit": Family("protocol_dsl.render.spirit", ("spirit.html", "spirit.md"), on_request=True),
    "ctis": Family("protocol_dsl.render.ctis", ("ctis.csv",), on_request=True),
    "protocol": Family("protocol_dsl.render.data", ("protocol.json",)),
    "graph": Family("protocol_dsl.render.graph", ("graph.json",)),
}


def choices() -> list[str]:
    """What `--only` takes: families and single files."""
    return [*FAMILIES, *files()]


def files(on_request: bool = True) -> list[str]:
    """The names of all files, or of those that are made without being asked for."""
    return [name for family in FAMILIES.values() if on_request or not family.on_request for name in family.files]


def chosen(only: list[str], all_families: bool = False) -> list[str]:
    """The families of which something is made.

    When `only` is empty, these are the usual families, or with `all_families` every one.
    """
    return [
        name
        for name, family in FAMILIES.items()
        if name in only
        or (not only and (all_families or not family.on_request))
        or any(file in only for file in family.files)
    ]


def lacking(only: list[str], all_families: bool = False) -> dict[str, list[str]]:
    """The extras that are needed and not installed, each with the files that need it."""
    found: dict[str, list[str]] = {}
    for name in chosen(only, all_families):
        family = FAMILIES[name]
        if family.extra and find_spec(EXTRAS[family.extra][0]) is None:
            named = [file for file in family.files if file in only] if name not in only else []
            found.setdefault(family.extra, []).extend(named or family.files)
    return found


def make(
    rendering: Rendering, only: list[str], on_start: Callable[[str], None] | None = None, all_families: bool = False
) -> Iterator[Output]:
    """The files of the chosen families, or the chosen files."""
    for name in chosen(only, all_families):
        if on_start is not None:
            on_start(name)
        for output in import_module(FAMILIES[name].module).outputs(rendering):
            if not only or name in only or output.path in only:
                yield output
