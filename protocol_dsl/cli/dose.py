"""`protoc dose ASPECT FILE`: what follows from the rules of a dose escalation."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from protocol_dsl.cli import output
from protocol_dsl.diagnostics.render import FORMATS
from protocol_dsl.pipeline import Compiled

_ASPECTS = {
    "check": "what holds in the rules, and what does not, with a way that leads there",
    "table": "the decisions by participants and DLTs at a level",
    "oc": "operating characteristics: which dose is found, how many are treated, why it ends",
    "paths": "the most probable ways through the escalation",
    "duration": "how long it takes",
    "compare": "the same numbers for other designs beside it",
}


def run(argv: list[str]) -> int:
    """Run the command; its exit status."""
    args = _parser().parse_args(argv)
    from protocol_dsl.dose_pipeline import Request, answer
    from protocol_dsl.dosing.request import Manner

    made = answer(
        Request(
            args.aspect,
            args.file,
            args.more,
            escalation=args.escalation,
            dlt_rates=args.dlt_rates,
            scenarios=args.scenarios,
            target=args.target,
            most=args.most,
            groups=args.groups,
            accrual=args.accrual_days,
            window=args.window_days,
            manner=Manner(
                args.waiting,
                args.backfill,
                args.early_decision,
                args.fixed_accrual,
                args.not_evaluable,
                args.known,
                args.trials,
                args.seed,
                args.within_days,
            ),
            others=[name.strip() for name in args.others.split(",") if name.strip()],
        )
    )
    shown = argparse.Namespace(**vars(args))
    as_findings = args.aspect == "check" and args.format in FORMATS
    shown.format = args.format if as_findings else "full"
    output.emit(made.diagnostics, made.compiled.sources, shown)
    if made.view is not None and not as_findings:
        sys.stdout.write(_written(args, made.view, made.compiled))
    return output.exit_status(made.diagnostics, args.strict)


def _written(args: argparse.Namespace, view: dict[str, Any], compiled: Compiled) -> str:
    from protocol_dsl.render import dose

    if args.format == "json":
        return dose.json_text(view)
    if args.format == "csv":
        return dose.csv_text(args.aspect, view)
    if args.format == "html":
        return dose.document(args.aspect, view, compiled)
    return dose.text(args.aspect, view)


def _parser() -> argparse.ArgumentParser:
    listing = "\n".join(f"  {name:<9} {text}" for name, text in _ASPECTS.items())
    parser = argparse.ArgumentParser(
        prog="protoc dose",
        description="Prove and compute what follows from the rules of a dose escalation. Numbers are exact unless they "
        "say that they are simulated.",
        epilog=f"aspects:\n{listing}\n\nexample:\n  protoc dose oc lupus.proto --dlt-rates 0.05,0.1,0.2",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("aspect", choices=list(_ASPECTS), metavar="ASPECT", help="one of the aspects below")
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("more", metavar="FILE", nargs="*", help="compare: further files, side by side with the first")
    parser.add_argument("--escalation", metavar="NAME", help="which, if the protocol has several")
    parser.add_argument(
        "--dlt-rates",
        metavar="A,B,…",
        action="append",
        default=[],
        help="a scenario: the true DLT rate of each level, such as 0.05,0.1,0.2; may be given several times "
        "(default: the scenarios that the protocol declares)",
    )
    parser.add_argument("--scenarios", metavar="FILE.csv", help="more scenarios, one a row, a name may stand in front")
    parser.add_argument("--target", type=float, metavar="P", help="the rate that is sought, such as 0.3")
    parser.add_argument("--most", type=_whole, default=10, metavar="N", help="paths: how many (default: 10)")
    parser.add_argument("--groups", type=_whole, metavar="N", help="paths: instead all of the first N groups")
    parser.add_argument(
        "--accrual-days", type=float, metavar="D", help="one participant in so many days, if not as written"
    )
    parser.add_argument("--window-days", type=float, metavar="D", help="duration: the DLT window, if not as written")
    parser.add_argument(
        "--not-evaluable", type=float, metavar="P", help="duration: the share that is not evaluable and is replaced"
    )
    parser.add_argument(
        "--not-evaluable-known",
        dest="known",
        choices=["before", "during"],
        default="before",
        help="whether that shows before the treatment, or during the DLT window (default: before)",
    )
    parser.add_argument("--fixed-accrual", action="store_true", help="one exactly every --accrual-days (simulated)")
    parser.add_argument(
        "--waiting", metavar="N|all", help="so many may wait while the trial is closed (default: none; simulated)"
    )
    parser.add_argument(
        "--backfill", type=int, metavar="N", help="so many a level are treated below meanwhile (simulated)"
    )
    parser.add_argument(
        "--early-decision",
        action=argparse.BooleanOptionalAction,
        help="go on as soon as open outcomes can change nothing (simulated)",
    )
    parser.add_argument(
        "--within-days", type=float, metavar="D", help="duration: also the probability that it ends within so many days"
    )
    parser.add_argument("--trials", type=_whole, metavar="N", help="simulated trials (default: 2000)")
    parser.add_argument("--seed", type=int, metavar="N", help="seed of the simulation")
    parser.add_argument(
        "--with",
        dest="others",
        default="",
        metavar="A,B,…",
        help="compare: V1 to V5 (3+3), boin, keyboard, mtpi, i3_plus_3, crm, tite_crm, rolling_six",
    )
    parser.add_argument(
        "--format",
        choices=list(dict.fromkeys(["text", "json", "csv", "html", *FORMATS])),
        default="text",
        help="text, json, csv or html; with check text, or as `protoc check` has it (default: text)",
    )
    parser.add_argument(
        "--color", choices=output.COLOR_CHOICES, default="auto", help="colours (default: on a terminal)"
    )
    parser.add_argument("--strict", action="store_true", help="warnings count as errors for the exit status")
    parser.add_argument("-q", "--quiet", action="store_true", help="show only findings that make the exit status 1")
    return parser


def _whole(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("it must be at least 1")
    return value
