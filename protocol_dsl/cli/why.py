"""`protoc why FILE POINT`: the statements that give a visit its earliest and its latest day."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from protocol_dsl import pipeline
from protocol_dsl.cli import output
from protocol_dsl.cli.trouble import refuse
from protocol_dsl.diagnostics.codes.ioe import USAGE
from protocol_dsl.diagnostics.model import ERROR

if TYPE_CHECKING:
    from protocol_dsl.model.protocol import Protocol
    from protocol_dsl.schedule.build import Schedule
    from protocol_dsl.source import SourceMap

_EXAMPLES = """\
examples:
  protoc why lupus.proto D28                the days of D28, and which statements bind them
  protoc why lupus.proto LD1 --from LEU     the same, in days after LEU
  protoc why lupus.proto --escalation       what the whole escalation waits for at the least
"""


def run(argv: list[str]) -> int:
    """Run the command; its exit status."""
    args = _parser().parse_args(argv)
    findings = argparse.Namespace(format="full", color=args.color, quiet=True, strict=False)
    compiled = pipeline.check(args.file)
    protocol, schedule = compiled.protocol, compiled.schedule
    errors = [diagnostic for diagnostic in compiled.diagnostics if diagnostic.severity == ERROR]
    if not compiled.is_sound or protocol is None or schedule is None or schedule.conflicts:
        # Without days there is nothing to explain but the conflict itself.
        output.emit(errors, compiled.sources, findings)
        return output.exit_status(compiled.diagnostics)

    if args.escalation:
        return _escalation(args, protocol, compiled.sources)
    if args.point is None:
        return refuse(USAGE.at(None, "no point is named", help="name one, such as D28, or write `--escalation`"))

    from protocol_dsl.schedule.reasons import consent_visit, points

    known = points(schedule)
    consent = consent_visit(protocol)
    if consent is not None:
        known.setdefault("consent", known[consent])
    for name in (args.point, args.base):
        if name is not None and name not in known:
            return _unknown(name, list(known))
    if args.base is None and schedule.anchor is None:
        return refuse(USAGE.at(None, "the protocol has no timeline to count from", help="say from where: `--from LEU`"))
    base = schedule.anchor if args.base is None else _start(schedule, known[args.base])
    assert base is not None, "one of the two was given"

    from protocol_dsl.render import why

    views = [why.view(protocol, schedule, node, base) for node in known[args.point]]
    if args.format == "json":
        from protocol_dsl.diagnostics.render.escape import json_text

        sys.stdout.write(json_text(views[0] if len(views) == 1 else views))
    else:
        sys.stdout.write("\n".join(map(why.text, views)))
    return 0


def _escalation(args: argparse.Namespace, protocol: Protocol, sources: SourceMap) -> int:
    from protocol_dsl.render import earliest

    found = [(name, title, each) for name, title, each in earliest.escalations(protocol, sources) if each is not None]
    if not found:
        said = "has no rule or design that could be followed" if protocol.escalations else "has no escalation"
        return refuse(USAGE.at(None, f"the protocol {said}", help="`protoc dose check` says what is missing"))
    if args.format == "json":
        from protocol_dsl.diagnostics.render.escape import json_text

        sys.stdout.write(json_text([{"name": name, **earliest.escalation_data(each)} for name, _, each in found]))
    else:
        sys.stdout.write("\n".join(earliest.text(title, each) for _, title, each in found))
    return 0


def _start(schedule: Schedule, nodes: list[int]) -> int:
    """Of the nodes of one name the one to count from: a stage's end, as everywhere in the language."""
    return next((node for node in nodes if schedule.nodes[node].kind == "stage_end"), nodes[0])


def _unknown(name: str, known: list[str]) -> int:
    from protocol_dsl.diagnostics.suggest import did_you_mean

    help = did_you_mean(name, known) or "name a visit, an event, a stage or a cycle; `protoc graph` shows all of them"
    return refuse(USAGE.at(None, f"the schedule has no point `{name}`", help=help))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="protoc why",
        description="Tell which statements give a visit, an event or a stage its earliest and its latest day.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("point", metavar="POINT", nargs="?", help="a visit, an event, a stage or a cycle, such as D28")
    parser.add_argument(
        "--from", dest="base", metavar="POINT", help="count days from here (default: the anchor of the timeline)"
    )
    parser.add_argument(
        "--escalation", action="store_true", help="instead: the earliest possible calendar of the dose escalation"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--color", choices=output.COLOR_CHOICES, default="auto", help="colours of findings")
    return parser
