"""SCH080 to SCH089: what participants bear, against the limits that the protocol declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol_dsl.diagnostics.model import NOTE, WARNING, Diagnostic, Label, Rule, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.burden import Limit, Limits
    from protocol_dsl.model.schedule import Assessment
    from protocol_dsl.schedule.burden import Burden, Load
    from protocol_dsl.schedule.placement import Window

_MOST_LISTED = 12
_DRAWN_FROM = ("laboratory", "virology", "immunogenicity", "pharmacokinetics", "pharmacodynamics", "biomarker")
_BLOODLESS = (
    "urin",
    "hcg",
    "stool",
    "saliva",
    "swab",
    "skin",
    "tissue",
    "biopsy",
    "breath",
    "sputum",
    "marrow",
    "fluid",
)
_TIMES = ("on_site_time", "questionnaire_time")
_MEASURED = ("blood", *_TIMES)
NOUNS = {
    "blood": "of blood",
    "draws": "days with a blood draw",
    "visits": "visits",
    "on_site_visits": "visits on site",
    "phone_visits": "visits by phone or video",
    "procedures": "procedures",
    "invasive": "invasive procedures",
    "on_site_time": "on site",
    "questionnaire_time": "for questionnaires",
}
_ONE = {
    "draws": "day with a blood draw",
    "visits": "visit",
    "on_site_visits": "visit on site",
    "phone_visits": "visit by phone or video",
    "procedures": "procedure",
    "invasive": "invasive procedure",
}


@rule("SCH080", "blood-over-limit", WARNING)
def blood_over_limit(trial: Trial) -> Iterator[Diagnostic]:
    """More blood can be drawn than the limits allow.

    What it means:
        Somewhere within the windows of the visits there is a calendar that draws more than a declared limit in so many
        consecutive days, at one visit, or in all. The finding names the days and the visits of the worst such calendar.
        No legal calendar is worse. Optional and conditional samples count, and every time point of a profile.

    Why it matters:
        Each window looks harmless by itself; the sum is what weakens a participant, and what an ethics committee asks
        about. Dose escalations and paediatric trials with kinetics often exceed their own limits by this.

    Example:
        limits { blood 50 mL per 8 weeks }
        assess panel "Laboratory panel" category laboratory at SCR, D7, D14, D28 { blood 20 mL }

    Instead:
        limits { blood 50 mL per 8 weeks }
        assess panel "Laboratory panel" category laboratory at SCR, D7, D14, D28 { blood 12 mL }

    References:
        S. R. C. Howie, Blood sample volumes in child health research: review of safe limits, Bulletin of the World
        Health Organization 89, 2011.
    """
    yield from _exceeded(trial, blood_over_limit, ("blood",))


@rule("SCH081", "draws-too-frequent", WARNING)
def draws_too_frequent(trial: Trial) -> Iterator[Diagnostic]:
    """Blood is drawn more often than the limits allow.

    What it means:
        The windows of the visits let more visits with a blood draw fall into the time of a declared limit than it has.
        A profile with several samples at one visit counts as one, a sample on a later day as another.

    Why it matters:
        A study under expedited review in the United States draws blood at most twice a week; a third draw needs the
        full board.

    Example:
        limits { draws 2 per 1 week }
        assess cbc "Blood count" category laboratory at D1, D3, D5 { blood 2 mL }

    Instead:
        limits { draws 2 per 1 week }
        assess cbc "Blood count" category laboratory at D1, D5 { blood 2 mL }
    """
    yield from _exceeded(trial, draws_too_frequent, ("draws",))


@rule("SCH082", "burden-over-limit", WARNING)
def burden_over_limit(trial: Trial) -> Iterator[Diagnostic]:
    """The schedule asks more of participants than the limits allow.

    What it means:
        Visits, procedures, invasive procedures, time on site or time for questionnaires exceed a declared limit: at
        one visit, in so many consecutive days of the worst legal calendar, or in all.

    Why it matters:
        Participants leave a study that asks too much, and visits that take a day are cut short without anybody deciding
        which assessment is left out.

    Example:
        limits { procedures 2 per visit }
        assess ecg "12-lead ECG" at D28
        assess vitals "Vital signs" at D28
        assess exam "Physical examination" at D28

    Instead:
        limits { procedures 3 per visit }
    """
    others = tuple(subject for subject in NOUNS if subject not in ("blood", "draws"))
    yield from _exceeded(trial, burden_over_limit, others)


@rule("SCH083", "limit-without-weight", WARNING)
def limit_without_weight(trial: Trial) -> Iterator[Diagnostic]:
    """A limit is for each kilogram of body weight, and no least weight is declared.

    What it means:
        `blood 3 mL/kg per 24 h` is a volume only for somebody whose weight is known. The lightest participant has the
        lowest limit, so that this weight has to stand in the limits.

    Why it matters:
        Without it the limit is checked for nobody.

    Example:
        limits { blood 3 mL/kg per 24 h }

    Instead:
        limits {
          weight at least 45 kg
          blood 3 mL/kg per 24 h
        }
    """
    limits = trial.protocol.limits
    if limits is None or limits.lightest_kg is not None:
        return
    found = [limit for limit in limits.limits if limit.per_kg]
    if found:
        yield limit_without_weight.at(
            trial.head(found[0].origin),
            f"`{found[0].text}` cannot be checked: nobody says how light participants may be",
            help="write `weight at least 45 kg` into the limits, with the least weight of your criteria",
        )


@rule("SCH084", "limit-without-amounts", NOTE)
def limit_without_amounts(trial: Trial) -> Iterator[Diagnostic]:
    """A limit is declared, and some assessments do not say how much they take.

    What it means:
        Blood is limited and a laboratory assessment has no `blood`, or time is limited and an assessment has no
        `takes`. The sums that are compared with the limit are then too small.

    Why it matters:
        A limit seems to be kept only because something is missing from the sum.

    Example:
        limits { blood 50 mL per 8 weeks }
        assess cbc "Blood count" category laboratory at SCR, D28

    Instead:
        limits { blood 50 mL per 8 weeks }
        assess cbc "Blood count" category laboratory at SCR, D28 { blood 2 mL }
    """
    limits = trial.protocol.limits
    if limits is None:
        return
    subjects = {limit.subject for limit in limits.limits}
    if subjects & {"blood", "draws"}:
        silent = [part for part in trial.protocol.assessments if part.visits and part.blood is None and is_drawn(part)]
        yield from _silent(trial, limits, silent, "how much blood they draw", "`blood 2 mL`, or `blood 0 mL` for none")
    if "on_site_time" in subjects:
        untimed = {
            visit.name for visit in trial.protocol.visits if visit.lasting is None and visit.contact == "on_site"
        }
        silent = [part for part in trial.protocol.assessments if part.takes is None and untimed & set(part.visits)]
        yield from _silent(trial, limits, silent, "how long they take", "`takes 15 min`, or `lasting` at the visits")
    elif "questionnaire_time" in subjects:
        from protocol_dsl.schedule.burden import QUESTIONNAIRES

        silent = [part for part in trial.protocol.assessments if part.takes is None and part.category in QUESTIONNAIRES]
        yield from _silent(trial, limits, silent, "how long they take", "`takes 15 min`")


def is_drawn(part: Assessment) -> bool:
    """Whether an assessment most probably needs blood: by its specimen, else by its category and name."""
    specimen = (part.specimen or "").casefold()
    text = f"{specimen} {part.name} {part.title}".casefold()
    return "blood" in specimen or (part.category in _DRAWN_FROM and not any(word in text for word in _BLOODLESS))


def _silent(trial: Trial, limits: Limits, parts: list[Assessment], what: str, help: str) -> Iterator[Diagnostic]:
    if not parts:
        return
    names = [part.name for part in parts]
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    yield limit_without_amounts.at(
        trial.head(parts[0].origin),
        f"{shown}: not said {what}",
        also=trial.mark(limits.origin, "limits that are compared with the sum"),
        help=f"write {help}",
    )


def _exceeded(trial: Trial, rule: Rule, subjects: tuple[str, ...]) -> Iterator[Diagnostic]:
    limits = trial.protocol.limits
    if limits is None:
        return
    wanted = [limit for limit in limits.limits if limit.subject in subjects]
    if not wanted:
        return
    for limit in wanted:
        most = limit_value(limit, limits)
        if most is None:
            continue
        told = [found for burden in trial.burdens if (found := _against(trial, rule, limit, most, burden)) is not None]
        yield from told


def limit_value(limit: Limit, limits: Limits) -> int | None:
    """A limit in µl, minutes or as a count; None for one per kilogram of an unknown weight."""
    value = limit.value
    if limit.per_kg:
        if limits.lightest_kg is None:
            return None
        value = limit.value * limits.lightest_kg
    return int(round(value * 1000, 3)) if limit.subject == "blood" else int(value)


def _against(trial: Trial, rule: Rule, limit: Limit, most: int, burden: Burden) -> Diagnostic | None:
    if limit.per == "period" and limit.period is not None:
        worst = burden.worst(limit.subject, limit.period)
        if worst is None or worst.weight <= most:
            return None
        return _told_window(trial, rule, limit, most, burden, worst)
    if limit.per == "visit":
        return _at_visits(trial, rule, limit, most, burden)
    total = burden.total(limit.subject)
    if total <= most:
        return None
    return rule.at(
        trial.head(limit.origin),
        f"{_who(trial, burden)}{shown(limit.subject, total)} in all; the limit is {bare(limit.subject, most)}",
        help=_help(limit.subject),
        notes=[_by_visit(burden, limit), *_undated(burden, limit)],
    )


def _told_window(trial: Trial, rule: Rule, limit: Limit, most: int, burden: Burden, worst: Window) -> Diagnostic:
    from protocol_dsl.schedule.explain import days

    span = trial.day(worst.first)
    if worst.last != worst.first:
        span += f" to {trial.day(worst.last).removeprefix('Day ')}"
    on_target = burden.on_target(limit.subject, limit.period or 1)
    listed = [
        f"{trial.day(worst.days[item.visit] + item.shift)}: {item.visit}"
        + (f", {shown(limit.subject, item.weight)}" if limit.subject not in ("draws", "visits") else "")
        for item in worst.items
    ]
    if len(listed) > _MOST_LISTED:
        hidden = len(listed) - _MOST_LISTED + 1
        listed[_MOST_LISTED // 2 : _MOST_LISTED // 2 + hidden] = [f"… {hidden} more …"]
    also: list[Label] = []
    told: set[object] = set()
    for item in sorted(worst.items, key=lambda item: -item.weight):
        visit = trial.visits.get(item.visit.partition(" +")[0])
        if visit is not None and visit.origin not in told and len(told) < 2:
            told.add(visit.origin)
            where = trial.day(worst.days[item.visit] + item.shift)
            also.extend(trial.mark(visit.origin, f"{item.visit} on {where}: {shown(limit.subject, item.weight)}"))
    return rule.at(
        trial.head(limit.origin),
        f"{_who(trial, burden)}up to {shown(limit.subject, worst.weight)} within {days(limit.period or 1)} ({span}); "
        f"the limit is {bare(limit.subject, most)}",
        label=limit.source or "",
        also=also,
        help=_help(limit.subject),
        notes=[
            *listed,
            f"with every visit on its day: {shown(limit.subject, on_target)}",
            *_undated(burden, limit),
        ],
    )


def _at_visits(trial: Trial, rule: Rule, limit: Limit, most: int, burden: Burden) -> Diagnostic | None:
    from protocol_dsl.schedule.burden import amount

    over = [load for load in burden.loads if amount(limit.subject, load) > most]
    if not over:
        return None
    worst = max(over, key=lambda load: amount(limit.subject, load))
    others = f" and {len(over) - 1} more visits" if len(over) > 2 else " and one more visit" if len(over) == 2 else ""
    parts = [
        f"{load.visit.name}: {shown(limit.subject, amount(limit.subject, load))}{_parts(load, limit)}"
        for load in over[:_MOST_LISTED]
    ]
    if len(over) > _MOST_LISTED:
        parts.append(f"… and {len(over) - _MOST_LISTED} more")
    return rule.at(
        trial.head(limit.origin),
        f"{_who(trial, burden)}{shown(limit.subject, amount(limit.subject, worst))} at {worst.visit.name}{others}; "
        f"the limit is {bare(limit.subject, most)} a visit",
        label=limit.source or "",
        also=trial.mark(worst.visit.origin, "the heaviest visit"),
        help=_help(limit.subject),
        notes=parts,
    )


def _parts(load: Load, limit: Limit) -> str:
    """The assessments that make up the blood of a visit."""
    if limit.subject != "blood":
        return ""
    bled = [each for each in load.procedures if each.blood]
    texts = [f"{each.assessment}{f' ×{each.times}' if each.times > 1 else ''}" for each in bled]
    return f" ({', '.join(texts)})"


def _by_visit(burden: Burden, limit: Limit) -> str:
    dated = [(sum(burden.amounts(limit.subject, load).values()), load.visit.name) for load in burden.dated]
    heavy = sorted((each for each in dated if each[0]), key=lambda each: -each[0])
    first = ", ".join(f"{name} {shown(limit.subject, weight)}" for weight, name in heavy[:5])
    return f"{len(heavy)} visits, the heaviest: {first}"


def _undated(burden: Burden, limit: Limit) -> list[str]:
    """What visits without a day would add."""
    found = [
        (sum(burden.amounts(limit.subject, load).values()), load.visit.name)
        for load in burden.loads
        if not load.is_dated
    ]
    return [
        f"{name} has no day and would add {shown(limit.subject, weight)}"
        for weight, name in found
        if weight and limit.subject in ("blood", "on_site_time")
    ]


def _who(trial: Trial, burden: Burden) -> str:
    return f"in {burden.arm}, " if burden.arm is not None else ""


def shown(subject: str, value: int) -> str:
    """`63 mL of blood`, `3 h 20 min on site`, `12 visits`; blood is in µl, times in minutes."""
    if subject in _MEASURED:
        return f"{bare(subject, value)} {NOUNS[subject]}"
    return f"{value} {NOUNS[subject] if value != 1 else _ONE[subject]}"


def bare(subject: str, value: int) -> str:
    """The number with its unit, where what is counted stands before it: `63 mL`, `3 h 20 min`, `12`."""
    if subject == "blood":
        whole, rest = divmod(value, 1000)
        return f"{whole}{f'.{rest:03}'.rstrip('0') if rest else ''} mL"
    if subject == "gap":
        days = value // 1440
        return f"{days} day{'s' if days != 1 else ''}"
    if subject in _TIMES:
        hours, minutes = divmod(value, 60)
        return " ".join([*([f"{hours} h"] if hours else []), *([f"{minutes} min"] if minutes or not hours else [])])
    return str(value)


def _help(subject: str) -> str:
    if subject in ("blood", "draws"):
        return "draw less or less often, keep visits apart with `order`, or raise the limit with a reason"
    return "do less at these visits, keep visits apart with `order`, or raise the limit with a reason"
