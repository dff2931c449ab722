"""`protoc calendar FILE --participants people.csv`: visits of real participants, by date and state."""

from __future__ import annotations

import argparse
import os
import sys

from protocol_dsl.cli import output
from protocol_dsl.diagnostics.codes import ioe
from protocol_dsl.diagnostics.suggest import did_you_mean


def run(argv: list[str]) -> int:
    """Run the command; its exit status."""
    args = _parser().parse_args(argv)
    from protocol_dsl import calendar_pipeline
    from protocol_dsl.render.environment import TemplateFault
    from protocol_dsl.render.write import write_all
    from protocol_dsl.source import SourceMap

    chosen = [word.strip() for word in ",".join(args.make).split(",") if word.strip()]
    for word in chosen:
        if word not in calendar_pipeline.FORMATS:
            help = did_you_mean(word, calendar_pipeline.FORMATS) or "it takes " + ", ".join(calendar_pipeline.FORMATS)
            output.emit([ioe.USAGE.at(None, f"--make: there is no `{word}`", help=help)], SourceMap(), args)
            return 2
    folder = args.output or calendar_pipeline.default_folder(args.file)
    try:
        made = calendar_pipeline.answer(
            calendar_pipeline.Request(
                args.file,
                args.participants,
                args.sites,
                args.holidays,
                args.on,
                tuple(chosen),
                args.templates,
                args.accrual,
                args.until,
            )
        )
        paths = write_all(made.outputs, folder) if made.outputs else []
        if made.cohort is not None:
            written = made.cohort.write(folder, _progress if sys.stderr.isatty() else None)
            paths += written.paths
            counts = ", ".join(f"{number:,} {state}" for state, number in written.states.items())
            made.summary.insert(0, f"{len(made.cohort.people):,} participants: {counts}")
            made.summary.insert(1, f"{written.deviations:,} protocol deviations in time")
    except TemplateFault as error:
        output.emit([error.diagnostic], SourceMap(), args)
        return 2
    except OSError as error:
        what = f"{error.filename or folder}: {error.strerror or error}; nothing was changed"
        output.emit([ioe.OUTPUT_UNWRITABLE.at(None, what)], SourceMap(), args)
        return 2
    output.emit(made.diagnostics, made.compiled.sources, args)
    if args.format in output.TERMINAL_FORMATS and not args.quiet:
        if paths:
            sys.stdout.write(f"{len(paths)} files in {folder}{os.sep}\n")
        sys.stdout.write("".join(f"  {line}\n" for line in made.summary))
    return output.exit_status(made.diagnostics, args.strict)


def _progress(done: int, all_of_them: int) -> None:
    end = "\r\x1b[K" if done == all_of_them else ""
    sys.stderr.write(f"\r\x1b[Kcalendars: {done:,} of {all_of_them:,}{end}")
    sys.stderr.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="protoc calendar",
        description="Make the calendars of real participants: what is due, overdue or no longer possible, what "
        "deviates from the protocol, lists for each site, cards to print, and files for calendar programs.",
        epilog="participants: a CSV file with the columns code,event,date and, if wanted, time, status (done, planned, "
        "missed, not_applicable), site, arm, population; one row an event. Dates are year-month-day.",
    )
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--participants", metavar="FILE.csv", help="what took place, one row an event")
    parser.add_argument(
        "--accrual",
        metavar="RATE",
        help="forecast the work of sites: `2 per month`, or a CSV of month,participants,site",
    )
    parser.add_argument("--until", metavar="DATE", help="the last day of recruitment at a rate")
    parser.add_argument("--on", metavar="DATE", help="the day of the report (default: the last date in the file)")
    parser.add_argument("--sites", metavar="FILE.csv", help="sites: time zone, weekend, file of days off")
    parser.add_argument("--holidays", metavar="FILE", help="days off and extra working days, CSV or TOML")
    parser.add_argument("-o", "--output", metavar="DIR", help="where to write (default: out/NAME/participants)")
    parser.add_argument(
        "--make", metavar="A,B", action="append", default=[], help="only some of csv, html, ics, md, parquet"
    )
    parser.add_argument("--templates", metavar="DIR", help="templates that take the place of the shipped ones")
    output.add_diagnostic_options(parser)
    return parser
