"""What follows from the changes of a protocol: for participants, for the analysis, for registries and forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol_dsl.amendments.burden_effects import burden_effects
from protocol_dsl.amendments.classify import fits, rules
from protocol_dsl.amendments.records import Change, Effect
from protocol_dsl.diagnostics.registry import rules_of
from protocol_dsl.schedule.burden import points_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.amendments.pair import Pair
    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.diagnostics.model import Diagnostic
    from protocol_dsl.model.schedule import Assessment
    from protocol_dsl.source import Span

ARROW = " → "
MOST_STATES = 20_000
"""An escalation with more states is not followed: that would take longer than all else together."""

_TIMES = (
    "visits", "stages", "orders", "timeline", "cycles", "series", "gates", "dlt", "events", "assessments",
    "escalations", "administrations", "arms",
)  # fmt: skip


def effects(pair: Pair) -> list[Effect]:
    """All effects, by kind in the order of `records.KINDS`."""
    if not pair.changes:
        return []
    found: list[Effect] = []
    if pair.touches(*_TIMES):
        found += windows(pair)
        found += burden_effects(pair)
        found += pharmacokinetics(pair)
    if pair.touches("escalations", "doses", "dlt"):
        found += escalation(pair)
    found += criteria(pair)
    found += endpoints(pair)
    if any(_concerns_forms(change) for change in pair.changes):
        from protocol_dsl.amendments.form_effects import form_effects

        found += form_effects(pair)
    if pair.touches(*rules().documents["registry"], "visits", "timeline", "assessments"):
        from protocol_dsl.amendments.registry_effects import registry_effects

        found += registry_effects(pair)
    return found + documents(pair)


_FORMS = (
    "assessments", "facts", "forms", "eligibility", "doses", "dlt", "collections", "instruments", "products",
    "administrations", "randomization", "arms", "populations", "escalations", "endpoints",
)  # fmt: skip

_NO_FIELDS = frozenset(("visits", "optional_at", "blood", "valid", "valid_before", "takes", "invasive", "remarks"))
"""What an assessment says and no field of a form shows."""


def _concerns_forms(change: Change) -> bool:
    """Whether a change can be seen in the fields of a form."""
    path = change.path
    if path[0] not in _FORMS:
        return False
    return path[0] != "assessments" or len(path) < 3 or path[2] not in _NO_FIELDS


# Schedule


def windows(pair: Pair) -> Iterator[Effect]:
    """Visits whose earliest or latest day moves, by their own words or by what follows from the others'."""
    if pair.new.schedule.conflicts and not pair.old.schedule.conflicts:
        text = "the statements of the newer version contradict each other; `protoc check` explains it"
        yield Effect("window", "schedule", "possible", "impossible", text)
    own = {change.path[1] for change in pair.changes if change.path[0] == "visits" and len(change.path) > 2}
    for visit in pair.new.protocol.visits:
        before = pair.old.visits.get(pair.before("visits", visit.name))
        if before is None:
            continue
        was, now = pair.old.window(before.name), pair.new.window(visit.name)
        if was == now:
            continue
        old, new = range_text(pair.old, was), range_text(pair.new, now)
        why = "" if visit.name in own else ", by what other statements say"
        if old == new:
            # Days are numbered in another way: the same number is another day.
            new += _shift(was, now)
        yield Effect("window", visit.name, old, new, f"{visit.title}: {old}{ARROW}{new}{why}", ("visits", visit.name))


def _shift(was: tuple[int | None, int | None], now: tuple[int | None, int | None]) -> str:
    """`, 1 day later than before`: how far a range lies from where it lay, from the anchor."""
    days = next((b - a for a, b in zip(was, now, strict=True) if a is not None and b is not None), 0)
    return f", {abs(days)} day{'' if abs(days) == 1 else 's'} {'later' if days > 0 else 'earlier'} than before"


def range_text(trial: Trial, window: tuple[int | None, int | None]) -> str:
    """`Day 26 to Day 33`, `Day 28`, `from Day 3 on`."""
    low, high = window
    if low is None and high is None:
        return "any day"
    if low is None or high is None:
        return f"from {trial.day(low)} on" if low is not None else f"up to {trial.day(high or 0)}"
    return trial.day(low) if low == high else f"{trial.day(low)} to {trial.day(high)}"


# Pharmacokinetics


def pharmacokinetics(pair: Pair) -> Iterator[Effect]:
    """Samples of what a curve is measured by, and the day of the last one."""
    for part in pair.new.protocol.assessments:
        before = pair.old.assessments.get(pair.before("assessments", part.name))
        if before is None or not (_is_curve(pair.new, part) or _is_curve(pair.old, before)):
            continue
        was, now = _coverage(pair.old, before), _coverage(pair.new, part)
        if was != now:
            yield Effect(
                "pharmacokinetics", part.name, was, now, f"{part.title}: {was}{ARROW}{now}", ("assessments", part.name)
            )


def _is_curve(trial: Trial, part: Assessment) -> bool:
    if part.category == "pharmacokinetics":
        return True
    measures = [each.measure.text for each in trial.protocol.endpoints if each.measure is not None]
    return any(f"{call}({part.name}" in text for text in measures for call in ("auc", "cmax", "tmax"))


def _coverage(trial: Trial, part: Assessment) -> str:
    count = sum(max(len(points_at(part, name)), 1) for name in part.visits)
    days = [visit.offset for name in part.visits if (visit := trial.visits.get(name)) and visit.offset is not None]
    reach = f" up to {trial.day(max(days))}" if days else ""
    return f"{count} sample{'' if count == 1 else 's'}{reach}"


# Escalation


def escalation(pair: Pair) -> Iterator[Effect]:
    """How many participants can be treated, and what is to be expected at illustrative DLT rates, exactly."""
    for each in pair.new.protocol.escalations:
        name = pair.before("escalations", each.name)
        if any(old.name == name for old in pair.old.protocol.escalations):
            was, now = expected(pair.old, name), expected(pair.new, each.name)
            for (subject, old), (_, new) in zip(was, now, strict=True):
                if old != new:
                    yield Effect(
                        "escalation", f"{each.name}: {subject}", old, new, f"{subject}: {old}{ARROW}{new}",
                        ("escalations", each.name),
                    )  # fmt: skip


def expected(trial: Trial, name: str) -> list[tuple[str, str]]:
    """The range of participants, the expected number, and the probability that each level is the MTD."""
    from protocol_dsl.checks.escalations import read
    from protocol_dsl.dosing.build import build
    from protocol_dsl.dosing.exact import evaluate, explore
    from protocol_dsl.dosing.machine import Closed
    from protocol_dsl.render.escalation_numbers import illustrative

    subjects = ("participants treated", "expected at illustrative DLT rates", "MTD at these rates")
    found = next(each for each in trial.protocol.escalations if each.name == name)
    built = build(trial.protocol, found, lambda path, origin: read(trial.sources, path, origin))
    if built.design is None:
        return [(subject, "not computable") for subject in subjects]
    try:
        made = explore(built.design, MOST_STATES)
    except Closed:
        return [(subject, "too many states; see `protoc dose oc`") for subject in subjects]
    rates = illustrative(built.design.levels)
    at = evaluate(made, rates)
    low, high = made.sizes
    levels = [f"{level} {p * 100:.1f} %" for level, p in zip(("none", *built.names), at.select, strict=True)]
    shown = ", ".join(f"{rate * 100:.4g} %" for rate in rates)
    return [
        (subjects[0], f"{low} to {high}"),
        (subjects[1], f"{at.mean:.1f} participants, {sum(at.dlts):.1f} with a DLT (at {shown})"),
        (subjects[2], ", ".join(levels)),
    ]


# Eligibility


def criteria(pair: Pair) -> Iterator[Effect]:
    """The direction of each criterion that changed, as far as its formal reading proves it."""
    words = {
        "loosened": "loosened, more people can take part",
        "tightened": "tightened, fewer people can take part",
        "unknown": "changed, direction unknown",
    }
    for name, direction in pair.criteria.items():
        if direction in words and any(c.action != "move" and c.path[2:3] == (name,) for c in pair.changes):
            yield Effect(
                "criterion", name, None, direction, f"{name}: {words[direction]}", ("eligibility", "criteria", name)
            )
    for name, direction in pair.limits.items():
        text = f"{name.replace('_', ' ')}: {words[direction]}"
        yield Effect("criterion", name, None, direction, text, ("eligibility", name))


# Endpoints


def endpoints(pair: Pair) -> Iterator[Effect]:
    """Endpoints that the schedule measured and does not measure any more, and the other way round."""
    parts = ("endpoints", "assessments", "visits", "timeline", "stages", "collections", "groups", "cycles", "series")
    if not pair.touches(*parts):
        return
    was, now = _uncovered(pair.old), _uncovered(pair.new)
    for subject, code, message in now:
        if (subject, code, message) not in was:
            yield Effect(
                "endpoint", subject, "covered", "not covered", f"{subject} not covered any more: {message} ({code})",
                ("endpoints", subject),
            )  # fmt: skip
    for subject, code, message in was:
        if (subject, code, message) not in now and subject not in {each[0] for each in now}:
            yield Effect(
                "endpoint", subject, "not covered", "covered", f"{subject} covered now; before: {message} ({code})",
                ("endpoints", subject),
            )  # fmt: skip


_NOT_ABOUT_THE_SCHEDULE = frozenset(("END004", "END006"))
"""Findings about what an endpoint says, not about whether it is measured."""


def _uncovered(trial: Trial) -> dict[tuple[str, str, str], Diagnostic]:
    """What the checks of endpoints find, by endpoint, code and message."""
    found: dict[tuple[str, str, str], Diagnostic] = {}
    for rule in rules_of("END"):
        if rule.check is None or rule.code in _NOT_ABOUT_THE_SCHEDULE:
            continue
        for diagnostic in rule.check(trial):
            found[(_endpoint_at(trial, diagnostic.span), diagnostic.code, diagnostic.message)] = diagnostic
    return found


def _endpoint_at(trial: Trial, span: Span | None) -> str:
    for endpoint in trial.protocol.endpoints:
        whole = trial.span(endpoint.origin)
        if (
            whole is not None
            and span is not None
            and whole.file == span.file
            and whole.start <= span.start <= whole.end
        ):
            return endpoint.name
    return ""


# Documents


def documents(pair: Pair) -> list[Effect]:
    """The families of documents that show what changed."""
    from protocol_dsl.render.documents import FAMILIES

    tops = {change.path[0] for change in pair.changes if change.path[0] not in ("notes", "amendments", "groups")}
    touched = [
        family
        for family, parts in rules().documents.items()
        if any(fits((part,), (top,)) for part in parts for top in tops)
    ]
    if not touched:
        return []
    usual = [family for family in touched if not FAMILIES[family].on_request]
    asked = [family for family in touched if FAMILIES[family].on_request]
    text = f"made anew: {', '.join(usual)}" if usual else "made anew"
    return [
        Effect("document", "documents", None, touched, text + (f"; on request: {', '.join(asked)}" if asked else ""))
    ]
