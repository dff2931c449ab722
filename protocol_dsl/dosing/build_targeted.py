"""Designs that seek a target rate, from the settings of a protocol: BOIN and its relatives, CRM, TITE-CRM."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from protocol_dsl.dosing.built import CUTOFF
from protocol_dsl.dosing.designs import grids
from protocol_dsl.dosing.designs.grids import Grid
from protocol_dsl.dosing.designs.interval import IntervalDesign
from protocol_dsl.dosing.designs.isotonic import IsotonicMtd
from protocol_dsl.dosing.kinds import FILE, SETTING
from protocol_dsl.dosing.rules import Condition, Mtd, MtdSelection
from protocol_dsl.dosing.settings import Settings, percent
from protocol_dsl.model.base import Origin

Read = Callable[[str, Origin], str]
"""Reads the file named in a part of the protocol; raises `OSError` or `ValueError` with a clause for people."""


class Needed(NamedTuple):
    """What every such design needs: the size of a cohort, the number of participants in all, the target."""

    cohort: int
    maximum: int
    target: float


def needed(settings: Settings, target: float | None) -> Needed | None:
    """What the design needs; what is missing is told."""
    built, escalation = settings.built, settings.escalation
    design, before = built.title, len(built.problems)
    if escalation.cohort_size is None:
        settings.problem(SETTING, f"{design} needs the size of a cohort", "write `cohort 3`")
    if escalation.max_total is None:
        settings.problem(SETTING, f"{design} needs the number of participants at which it ends", "write `max 30`")
    if escalation.max_per_level is not None:
        settings.problem(
            SETTING,
            f"{design} has no maximum per level",
            f"`early_stop {escalation.max_per_level}` ends the trial at so many participants at one level",
        )
    if target is None:
        settings.problem(SETTING, f"{design} needs a target", "write `target 30 %`")
    elif not 0.05 <= target <= 0.6:
        settings.wrong("target", f"a target of {percent(target)} is not one", "it lies between 5 % and 60 %")
    if escalation.tables:
        settings.problem(
            SETTING,
            f"rules of its own stand beside {design}",
            "leave out `after … { }`, or `uses`",
            escalation.tables[0].origin,
        )
    if len(built.problems) > before:
        return None
    assert escalation.cohort_size is not None
    assert escalation.max_total is not None
    assert target is not None
    return Needed(escalation.cohort_size, escalation.max_total, target)


def early_stop(settings: Settings, cohort: int) -> int | None:
    """`early_stop 9`."""
    said = settings.parameter("early_stop")
    if said is None:
        return None
    value = said.values[0]
    if not isinstance(value, int) or value < cohort:
        settings.wrong("early_stop", f"`early_stop {value}` ends it before a cohort is complete", "it is often 9")
        return None
    return value


# Interval designs and tables -----------------------------------------------------------------------------------


def interval(settings: Settings, read: Read, mtd: Callable[[], Mtd | None]) -> None:
    """BOIN and its relatives, and imported tables of decisions; `mtd` reads the author's own rule for the MTD."""
    built, escalation = settings.built, settings.escalation
    is_table = escalation.design == "table"
    if is_table and settings.target is None and escalation.mtd is None:
        settings.problem(
            SETTING, "nothing says how the MTD is chosen", "write `target 30 %`, or `mtd highest with rate <= 33 %`"
        )
        return
    # A table with a rule for the MTD needs no target of its own.
    found = needed(settings, 0.3 if is_table and settings.target is None else settings.target)
    if found is None:
        return
    cohort, maximum, target = found
    cutoff = settings.fraction("eliminate") or CUTOFF
    if not 0.5 < cutoff < 1:
        settings.wrong("eliminate", f"`eliminate {percent(cutoff)}` is out of range", "write `eliminate 95 %`")
        return
    grid = _decisions(settings, read) if is_table else _grid(settings, found, cutoff)
    if grid is None:
        return
    extra = _extra_safe(settings, cutoff)
    own = escalation.mtd is not None and escalation.mtd.which != "isotonic"
    selection = _highest(settings, mtd()) if own else IsotonicMtd(target, cutoff, _bound(settings, target), extra)
    if own and settings.has("bound_mtd"):
        settings.wrong("bound_mtd", "`bound_mtd` stands beside a rule for the MTD", "keep one of the two")
    early = early_stop(settings, cohort)
    if built.problems or selection is None:
        return
    built.grid = grid
    built.design = IntervalDesign(
        len(built.names), grid, cohort, maximum, selection, settings.start, early, target, extra,
        settings.has("titration"),
    )  # fmt: skip


def bounds(settings: Settings, target: float) -> tuple[float, float]:
    """The interval around the target: the author's, else that of the publication."""
    safe, toxic = settings.fraction("safe"), settings.fraction("toxic")
    is_boin = settings.escalation.design == "boin"
    return (
        safe if safe is not None else 0.6 * target if is_boin else target - 0.05,
        toxic if toxic is not None else 1.4 * target if is_boin else target + 0.05,
    )


def _grid(settings: Settings, found: Needed, cutoff: float) -> Grid | None:
    _, maximum, target = found
    low, high = bounds(settings, target)
    if not _are_ordered(settings, low, target, high):
        return None
    name = settings.escalation.design or ""
    if name == "boin":
        return grids.boin(target, maximum, cutoff, settings.fraction("safe"), settings.fraction("toxic"))
    made = {"mtpi": grids.mtpi, "i3_plus_3": grids.i3_plus_3}.get(name, grids.keyboard)
    return made(target, maximum, cutoff, target - low, high - target)


def _are_ordered(settings: Settings, low: float, target: float, high: float) -> bool:
    """Whether the bounds of the interval lie on both sides of the target, at least a tenth of it away."""
    for name, value, ok in (("safe", low, low <= 0.9 * target), ("toxic", high, high >= 1.1 * target)):
        if not ok or not 0 < value < 1:
            settings.wrong(
                name,
                f"`{name} {percent(value)}` does not lie {'below' if name == 'safe' else 'above'} the target of "
                f"{percent(target)} by a tenth of it",
                "move it away from the target, or leave it out"
                if settings.has(name)
                else f"move it away from the target, or leave it out ({percent(low if name == 'safe' else high)})",
            )
            return False
    return True


def _bound(settings: Settings, target: float) -> float | None:
    """`bound_mtd`: the boundary of de-escalation of the design, unless a rate is said."""
    said = settings.parameter("bound_mtd")
    if said is None:
        return None
    bound = settings.fraction("bound_mtd")
    if bound is None:
        if settings.escalation.design == "table":
            settings.wrong("bound_mtd", "a table has no boundary for the MTD", "write the rate: `bound_mtd 36 %`")
            return None
        low, high = bounds(settings, target)
        return grids.boin_boundaries(target, low, high)[1] if settings.escalation.design == "boin" else high
    if not target < bound < 1:
        settings.wrong(
            "bound_mtd",
            f"`bound_mtd {percent(bound)}` is not above the target of {percent(target)}",
            "write a higher one",
        )
    return bound


def _extra_safe(settings: Settings, cutoff: float) -> float | None:
    value = settings.fraction("extra_safe")
    if value is not None and not 0.5 < value < cutoff:
        settings.wrong(
            "extra_safe",
            f"`extra_safe {percent(value)}` is not stricter than the elimination at {percent(cutoff)}",
            f"write a probability between 50 % and {percent(cutoff)}, such as `extra_safe 90 %`",
        )
        return None
    return value


def _decisions(settings: Settings, read: Read) -> Grid | None:
    """The grid of an imported table."""
    name = settings.escalation.design_file
    if name is None:
        settings.problem(FILE, "no file of decisions is named", 'write `uses table "decisions.csv"`')
        return None
    try:
        from protocol_dsl.dosing.designs import decision_file

        found = decision_file.read(read(name, settings.escalation.origin))
    except (OSError, ValueError) as error:
        settings.problem(FILE, f"`{name}` cannot be used: {error}", "name a CSV file with the columns n, y, decision")
        return None
    for fault in found.faults[:5]:
        settings.problem(FILE, f"`{name}`, {fault}", "correct the file")
    return found.grid


def _highest(settings: Settings, mtd: Mtd | None) -> MtdSelection | None:
    """The author's own rule for the MTD beside a table."""
    if mtd is None or mtd.which != "highest":
        settings.problem(SETTING, "this way to declare the MTD does not fit a table", "write `mtd highest with …`")
        return None
    return _Highest(mtd.condition)


class _Highest(NamedTuple):
    """The highest treated level that meets a condition."""

    condition: Condition | None

    def select(self, treated: tuple[int, ...], dlts: tuple[int, ...]) -> int | None:
        for level in range(len(treated) - 1, -1, -1):
            n = treated[level]
            if n and (self.condition is None or self.condition(n, dlts[level])):
                return level
        return None


# Designs by a model --------------------------------------------------------------------------------------------


def crm(settings: Settings) -> None:
    """The continual reassessment method, by cohorts or, as TITE-CRM, as participants come."""
    built = settings.built
    found = needed(settings, settings.target)
    is_tite = settings.escalation.design == "tite_crm"
    model = settings.word("working_model", ("power", "logistic"), "power")
    skeleton = _skeleton(settings, model)
    variance = settings.number("prior_variance")
    skipping, coherent = settings.is_on("skipping"), settings.is_on("coherent")
    if variance is not None and not 0.01 <= variance <= 100:
        settings.wrong("prior_variance", f"a prior variance of {variance:g} is not one", "1.34 is usual")
    early = early_stop(settings, found.cohort) if found is not None else None
    if found is None or built.problems:
        return
    from protocol_dsl.dosing.designs.crm import PRIOR_VARIANCE, Crm

    spread = float(variance) if variance is not None else PRIOR_VARIANCE
    if is_tite:
        from protocol_dsl.dosing.tite_crm import TiteCrm

        built.runner = TiteCrm(
            skeleton, found.target, found.maximum, settings.start, found.cohort, model, skipping, spread
        )
        return
    built.design = Crm(
        skeleton, found.target, found.cohort, found.maximum, settings.start, model, skipping, coherent, early,
        settings.has("titration"), spread,
    )  # fmt: skip


def _skeleton(settings: Settings, model: str) -> tuple[float, ...]:
    """The expected rates: as listed, or from the half-width of an interval of indifference around the target."""
    said, levels = settings.parameter("skeleton"), len(settings.built.names)
    title = settings.built.title
    if said is None:
        return _indifferent(settings, model)
    skeleton = tuple(float(value) for value in said.values if not isinstance(value, str))
    if settings.has("half_width") or settings.has("prior_mtd"):
        settings.wrong("half_width", f"{title} has a skeleton and an interval to make one", "keep one of the two")
    if len(skeleton) != levels:
        settings.wrong("skeleton", f"{len(skeleton)} rates stand for {levels} levels", "write one for each level")
    elif not all(a < b for a, b in zip([0.0, *skeleton], [*skeleton, 1.0], strict=True)):
        settings.wrong("skeleton", "the rates of the skeleton do not rise between 0 and 1", "correct them")
    return skeleton


def _indifferent(settings: Settings, model: str) -> tuple[float, ...]:
    width, target, title = settings.fraction("half_width"), settings.target, settings.built.title
    if width is None:
        settings.problem(
            SETTING,
            f"{title} needs a skeleton",
            "write the expected DLT rates: `skeleton 0.05, 0.12, 0.25`; or `half_width 5 %` with `prior_mtd "
            f"{settings.built.names[-1]}`",
        )
        return ()
    said = settings.parameter("prior_mtd")
    if said is None:
        settings.wrong(
            "half_width",
            "it is not said which level is expected to be the MTD",
            f"write `prior_mtd {settings.built.names[-1]}`",
        )
        return ()
    if target is None or not 0.05 <= target <= 0.6:
        return ()
    if not 0 < width < min(target, 1 - target):
        settings.wrong(
            "half_width", f"`half_width {percent(width)}` does not fit the target of {percent(target)}", "5 % is usual"
        )
        return ()
    from protocol_dsl.dosing.designs.crm import indifference_skeleton

    prior = settings.level(str(said.values[0]), 0) + 1
    return tuple(indifference_skeleton(width, target, prior, len(settings.built.names), model))
