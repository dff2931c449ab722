"""From the arguments of `protoc dose` to designs, scenarios and timing; what is wrong with them as a sentence."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Literal, NamedTuple

from protocol_dsl.dosing.arrivals import Conduct
from protocol_dsl.dosing.built import CUTOFF, TITLES, Built
from protocol_dsl.dosing.conducted import TRIALS, Setup
from protocol_dsl.dosing.designs import grids
from protocol_dsl.dosing.designs.crm import Crm, indifference_skeleton
from protocol_dsl.dosing.designs.interval import IntervalDesign
from protocol_dsl.dosing.designs.isotonic import IsotonicMtd
from protocol_dsl.dosing.duration import Timing
from protocol_dsl.dosing.events import Runner
from protocol_dsl.dosing.exact import structure
from protocol_dsl.dosing.machine import Closed, Design
from protocol_dsl.dosing.presets import VARIANTS, three_plus_three
from protocol_dsl.dosing.report import Scenario
from protocol_dsl.dosing.rolling_six import RollingSix
from protocol_dsl.dosing.settings import Settings
from protocol_dsl.dosing.simulate import SEED
from protocol_dsl.dosing.tite_crm import TiteCrm
from protocol_dsl.model.base import Gap
from protocol_dsl.model.dosing import Dlt, DltScenario, Escalation
from protocol_dsl.schedule.spans import Spans

OTHERS = (*VARIANTS, "boin", "keyboard", "mtpi", "i3_plus_3", "crm", "tite_crm", "rolling_six")
"""Designs that a protocol's own can be compared with."""
HALF_WIDTH = 0.05
"""Of the interval from which the initial rates of a CRM to compare with are made; its prior MTD is the middle level."""


class Refused(Exception):
    """Raised with what is wrong, in one sentence, and the way out."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.message = message
        self.help = help


def rates(text: str, levels: Sequence[str], where: str) -> tuple[float, ...]:
    """`0.05,0.1,0.2` or `5 %, 10 %, 20 %` as fractions, one for each level."""
    return _rates([cell.strip() for cell in text.replace(";", ",").split(",")], levels, where)


def _rates(cells: Sequence[str], levels: Sequence[str], where: str) -> tuple[float, ...]:
    found: list[float] = []
    for cell in cells:
        value = _fraction(cell)
        if value is None:
            raise Refused(f"{where}: `{cell}` is not a DLT rate", "write rates from 0 to 1, or percentages: `5 %`")
        found.append(value)
    if len(found) != len(levels):
        raise Refused(
            f"{where}: {len(found)} rates stand for {len(levels)} levels", f"write one for each of {', '.join(levels)}"
        )
    return tuple(found)


def _fraction(text: str) -> float | None:
    number = text.strip()
    scale = 1.0
    if number.endswith("%"):
        number, scale = number[:-1].strip(), 100.0
    try:
        value = float(number) / scale
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None


def scenarios(
    given: Sequence[str], text: str | None, levels: Sequence[str], declared: Sequence[DltScenario] = ()
) -> list[Scenario]:
    """The scenarios of the command line, then those of a CSV file; if there are none, those of the protocol.

    The file has one row for each scenario: the rates, perhaps after a name. A first row without any rate is a heading.
    """
    found = [Scenario(rates(each, levels, "--dlt-rates")) for each in given]
    if text is not None:
        found += _from_file(text, levels)
    if not found:
        found = [Scenario(each.rates, each.title) for each in declared if len(each.rates) == len(levels)]
    if not found:
        example = ",".join(f"{(level + 1) * 0.05:g}" for level in range(len(levels)))
        raise Refused(
            "no true DLT rates are given",
            f"add `--dlt-rates {example}`, once for each scenario, or `--scenarios FILE`, or declare them in the "
            f"escalation: `scenario likely {example.replace(',', ', ')}`",
        )
    return found


def _from_file(text: str, levels: Sequence[str]) -> list[Scenario]:
    lines = text.removeprefix("\ufeff").splitlines()
    mark = max(",;\t", key=(lines[0] if lines else "").count)
    found: list[Scenario] = []
    reader = csv.reader(io.StringIO("\n".join(lines)), delimiter=mark)
    for row in reader:
        cells = [cell.strip() for cell in row]
        if not any(cells) or (reader.line_num == 1 and all(_fraction(cell) is None for cell in cells)):
            continue
        named = len(cells) == len(levels) + 1
        where = f"--scenarios, line {reader.line_num}"
        found.append(Scenario(_rates(cells[named:], levels, where), cells[0] if named else None))
    if not found:
        raise Refused("--scenarios: the file has no rates", "write one row of rates for each scenario")
    return found


class Days(NamedTuple):
    """What the command line says about time, in days; None leaves it to the protocol."""

    accrual: float | None
    window: float | None


class Manner(NamedTuple):
    """What the command line says about the conduct and the simulation; None leaves it to the protocol, or as usual."""

    waiting: str | None = None
    backfill: int | None = None
    early_decision: bool | None = None
    fixed_accrual: bool = False
    not_evaluable: float | None = None
    known: Literal["before", "during"] = "before"
    trials: int | None = None
    seed: int | None = None
    within: float | None = None


def setup(built: Built, days: Timing, given: Manner) -> Setup:
    """How a trial is run and simulated: as the command line says, else the protocol."""
    settings = Settings(built)
    said = settings.parameter("waiting")
    written = given.waiting if given.waiting is not None else str(said.values[0]) if said is not None else "0"
    if written != "all" and not written.isdigit():
        raise Refused(f"--waiting: `{written}` is no number of participants", "write a whole number, or `all`")
    backfill = given.backfill if given.backfill is not None else int(settings.number("backfill") or 0)
    early = given.early_decision if given.early_decision is not None else settings.is_on("early_decision")
    if built.runner is not None and (backfill or early):
        option = "--backfill" if backfill else "--early-decision"
        raise Refused(f"{option}: {built.title} does not decide by cohorts", "leave it out")
    conduct = Conduct(
        given.fixed_accrual,
        None if written == "all" else int(written),
        early,
        probability(given.not_evaluable, "--not-evaluable"),
        given.known,
        backfill,
    )
    return Setup(days, conduct, given.trials or TRIALS, SEED if given.seed is None else given.seed, given.within)


def timing(escalation: Escalation, dlt: Dlt | None, spans: Spans, given: Days) -> Timing:
    """The timing of an escalation; from ranges the longer end."""
    accrual = given.accrual
    if accrual is None and escalation.accrual is not None:
        accrual = _days(escalation.accrual, spans)
    if accrual is None or accrual <= 0:
        raise Refused(
            "how often a participant arrives is not said",
            "add `--accrual-days 14`, or `accrual every 14 days` in the escalation, for one in 14 days on average",
        )
    window = given.window
    if window is None and dlt is not None and dlt.window is not None:
        window = _days(dlt.window, spans)
    if window is None or window < 0:
        raise Refused("there is no DLT window", "add `dlt { window 28 days after … }`, or `--window-days 28`")
    if len(escalation.stagger) > 1:
        raise Refused("participants wait for each other by more than one rule", "leave one `stagger` for this")
    wait, after = 0.0, "level"
    for stagger in escalation.stagger:
        wait = _days(stagger.gap, spans) or 0.0
        after = "each" if stagger.after == "each" else stagger.of or "level"
    gate = escalation.next_level
    following = (_days(gate.gap, spans) or 0.0) if gate is not None else 0.0
    scope: dict[str, Literal["level", "cohort", "each"]] = {"level": "level", "cohort": "cohort", "each": "each"}
    return Timing(accrual, window, wait, scope.get(after, "level"), following)


def _days(gap: Gap, spans: Spans) -> float | None:
    return spans.of(gap.upper, gap.unit).most


def probability(value: float | None, name: str) -> float:
    """A probability below 1 from the command line; 0 if it is not given."""
    if value is None:
        return 0.0
    if not 0 <= value < 1:
        raise Refused(f"{name}: {value:g} is not a probability below 1", "write it as a fraction, such as 0.1")
    return value


def target(value: float | None, built: Built) -> float | None:
    """The target rate as a fraction: of the command line, else of the protocol."""
    if value is None:
        return built.target
    if not 0.05 <= value <= 0.6:
        raise Refused(f"--target: {value:g} is not a target rate", "write a fraction from 0.05 to 0.6, such as 0.3")
    return value


def others(names: Sequence[str], built: Built, sought: float | None) -> list[Built]:
    """Designs to compare the protocol's own with: the same levels, start and largest number of participants."""
    found: list[Built] = []
    most: int | None = None
    levels = len(built.names)
    start = Settings(built).start
    for name in names:
        runner: Runner | None = None
        made: Design | None = None
        if name in VARIANTS:
            made = three_plus_three(levels, name, start)
            title = f"3+3 {name}"
        elif name == "rolling_six":
            runner = RollingSix(levels, start)
            title = TITLES[name]
        elif name in OTHERS:
            if sought is None:
                raise Refused(f"--with: {TITLES[name]} needs a target rate", "add `--target 0.3`")
            if most is None:
                most = largest(built)
            title = f"{TITLES[name]}, {most} participants"
            if name in ("crm", "tite_crm"):
                skeleton = tuple(indifference_skeleton(HALF_WIDTH, sought, (levels + 1) // 2, levels))
                made = Crm(skeleton, sought, 3, most, start) if name == "crm" else None
                runner = TiteCrm(skeleton, sought, most, start) if name == "tite_crm" else None
            else:
                made = _interval(name, levels, start, most, sought)
        else:
            raise Refused(f"--with: there is no design `{name}`", "it takes " + ", ".join(OTHERS))
        other = Built(built.escalation, built.names, title, sought, made)
        other.runner = runner
        found.append(other)
    return found


def _interval(name: str, levels: int, start: int, most: int, sought: float) -> IntervalDesign:
    grid = {
        "boin": grids.boin,
        "keyboard": grids.keyboard,
        "mtpi": grids.mtpi,
        "i3_plus_3": grids.i3_plus_3,
    }[name](sought, most)
    return IntervalDesign(levels, grid, 3, most, IsotonicMtd(sought, CUTOFF), start, target=sought)


def largest(built: Built) -> int:
    """The most participants that a design can treat."""
    maximum = getattr(built.design or built.runner, "maximum", None)
    if isinstance(maximum, int):
        return maximum
    if built.design is None:
        return 6 * len(built.names)
    try:
        return structure(built.design).sizes[1]
    except Closed:
        raise Refused("the design is too large for its largest number of participants", "say `max …` in it") from None
