"""`protoc explain`: what a finding means, why it matters, an example and the way out."""

from __future__ import annotations

import sys
from argparse import ArgumentParser

from protocol_dsl.cli.output import COLOR_CHOICES, want_color
from protocol_dsl.cli.trouble import refuse
from protocol_dsl.diagnostics import registry
from protocol_dsl.diagnostics.model import ERROR, NOTE, WARNING, Rule
from protocol_dsl.diagnostics.page import Page, page, to_markdown, to_text

_COLOURS = {ERROR: "1;31", WARNING: "1;33", NOTE: "1;34"}


def run(argv: list[str]) -> int:
    """Print the page of a rule to stdout."""
    parser = ArgumentParser(prog="protoc explain", description="Explain a finding.")
    parser.add_argument("rule", metavar="CODE", help="a code such as SCH010, or the name of a rule")
    parser.add_argument("--format", choices=("text", "md", "json"), default="text")
    parser.add_argument("--color", choices=COLOR_CHOICES, default="auto")
    args = parser.parse_args(argv)
    rule = registry.find(args.rule)
    if rule is None:
        return _unknown(args.rule)
    about = page(rule)
    if args.format == "json":
        from protocol_dsl.diagnostics.render.escape import json_text

        text = json_text(to_data(about))
    elif args.format == "md":
        text = f"# {about.code} {about.name}\n\n{about.severity}: {to_markdown(about)}"
    else:
        text = _for_terminal(about, want_color(args.color, sys.stdout))
    sys.stdout.write(text)
    return 0


def to_data(about: Page) -> dict[str, object]:
    """A page as JSON data."""
    return {
        "code": about.code,
        "name": about.name,
        "severity": about.severity,
        "family": about.code[:3],
        "summary": about.summary,
        "sections": [{"title": section.title, "text": section.text} for section in about.sections],
    }


def _for_terminal(about: Page, color: bool) -> str:
    head = f"{about.severity}[{about.code}] {about.name}"
    text = to_text(about)
    if color:
        head = f"\x1b[{_COLOURS[about.severity]}m{head}\x1b[0m"
        titles = {section.title for section in about.sections if section.title}
        text = "\n".join(f"\x1b[1m{line}\x1b[0m" if line in titles else line for line in text.split("\n"))
    return f"{head}\n\n{text}"


def _unknown(word: str) -> int:
    from protocol_dsl.diagnostics.codes.ioe import USAGE
    from protocol_dsl.diagnostics.suggest import did_you_mean

    rules: list[Rule] = registry.all_rules()
    help = did_you_mean(word, [name for rule in rules for name in (rule.code, rule.name)])
    return refuse(
        USAGE.at(None, f"there is no finding with the code or name `{word}`", help=help or "`protoc rules` lists all")
    )
