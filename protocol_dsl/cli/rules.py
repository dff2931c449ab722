"""`protoc rules`: all codes, as a table, as JSON, or as the Markdown page of the documentation."""

from __future__ import annotations

import sys
from argparse import ArgumentParser

from protocol_dsl.diagnostics import registry
from protocol_dsl.diagnostics.page import Page, page, to_markdown


def run(argv: list[str]) -> int:
    """Print all rules, or those of the families asked for, to stdout."""
    parser = ArgumentParser(prog="protoc rules", description="List all codes.")
    parser.add_argument(
        "family", nargs="*", type=str.upper, help="only these families: " + ", ".join(registry.FAMILIES)
    )
    parser.add_argument("--format", choices=("text", "md", "json"), default="text")
    args = parser.parse_args(argv)
    for family in args.family:
        if family not in registry.FAMILIES:
            parser.error(f"there is no family {family!r}; the families are {', '.join(registry.FAMILIES)}")
    families: list[str] = [family for family in registry.FAMILIES if not args.family or family in args.family]
    writers = {"text": _table, "md": _markdown, "json": _json}
    sys.stdout.write(writers[args.format](families))
    return 0


def _pages(families: list[str]) -> dict[str, list[Page]]:
    """The pages of each family that has any."""
    found = {family: [page(rule) for rule in registry.rules_of(family)] for family in families}
    return {family: pages for family, pages in found.items() if pages}


def _table(families: list[str]) -> str:
    parts: list[str] = []
    for family, pages in _pages(families).items():
        wide = max(len(about.name) for about in pages)
        rows = [f"  {about.code}  {about.severity:<7}  {about.name:<{wide}}  {about.summary}" for about in pages]
        parts.append("\n".join([registry.FAMILIES[family].title, *rows, ""]))
    return "\n".join(parts)


def _json(families: list[str]) -> str:
    from protocol_dsl.cli.explain import to_data
    from protocol_dsl.diagnostics.render.escape import json_text

    rules = [to_data(about) for pages in _pages(families).values() for about in pages]
    return json_text({"version": 1, "rules": rules})


def _markdown(families: list[str]) -> str:
    """One page: a table of each family, then every rule in full. Generated, so that it cannot grow stale."""
    found = _pages(families)
    parts = [
        "# Codes",
        "Every finding has a code that never changes its meaning. `protoc explain CODE` prints its page.",
    ]
    for family, pages in found.items():
        parts.append(f"## {family}: {registry.FAMILIES[family].title}")
        parts.append("\n".join(["| code | name | severity | meaning |", "|---|---|---|---|", *map(_row, pages)]))
        parts += [f"### {about.code} {about.name}\n\n{to_markdown(about, level=4).rstrip()}" for about in pages]
    return "\n\n".join(parts) + "\n"


def _row(about: Page) -> str:
    code = f"[{about.code}](#{about.code.lower()}-{about.name})"
    summary = about.summary.replace("|", "\\|")
    return f"| {code} | {about.name} | {about.severity} | {summary} |"
