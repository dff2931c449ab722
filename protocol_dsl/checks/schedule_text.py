"""SCH033, SCH091: lengths of time and amounts in words, against what the constructs say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from protocol_dsl.checks.eligibility import criteria
from protocol_dsl.checks.measures import period_of
from protocol_dsl.checks.text import place_of, texts
from protocol_dsl.diagnostics.model import NOTE, WARNING, Diagnostic, rule
from protocol_dsl.schedule.explain import days

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.base import Origin
    from protocol_dsl.model.outcomes import Criterion, Endpoint

_NUMBER = r"(?<![\w.,×^])(\d{1,4}(?:\.\d+)?)"
_UNIT = r"(day|week|month|year)s?\b"
# Compiled when first needed: most protocols need few of them, and each takes as long as a whole check.
_LENGTH = rf"{_NUMBER}[ -]?{_UNIT}"
_LIMIT = rf"\b(?:up to|until|through|for at least) (?:\w+ )?{_NUMBER}[ -]?{_UNIT}"
_AREA = r"AUC.{0,3}?0 ?[-–] ?(\d+) ?(d)\b"
_FOLLOWED = rf"\bfollow(?:ed)?[ -]?up\b[^.;]{{0,40}}?{_NUMBER}[ -]?{_UNIT}"
_SENTENCE = r"(?<=[.;!?])\s+|\n\s*\n"
_DOSE_OR_TIME = rf"{_NUMBER} ?(mL|min|minutes|h|hours?|days?|weeks?|months?|mg|g)\b"
_SPOKEN = {"minutes": "min", "hour": "h", "hours": "h", "day": "days", "week": "weeks", "month": "months"}
_SLACK = 3
"""Days by which a length in words may differ: 30 days and a month, 12 months and a year."""


@rule("SCH033", "length-differs-in-text", WARNING)
def length_differs_in_text(trial: Trial) -> Iterator[Diagnostic]:
    """A text names another length of time than the schedule has.

    What it means:
        A sentence about DLTs names no length that equals the DLT window; the title of an endpoint, or its time frame in
        the words of the registry, names a length that its `timeframe` does not have; or a text follows participants up
        for longer than the last visit.

    Why it matters:
        The text was copied from another version or another trial. Sites and reviewers read the text.

    Example:
        dlt { window 30 days after infusion }
        section safety "Safety" "The DLT observation period is 28 days."

    Instead:
        dlt { window 28 days after infusion }
        section safety "Safety" "The DLT observation period is 28 days."
    """
    yield from _about_dlt(trial)
    for endpoint in trial.protocol.endpoints:
        yield from _about_frame(trial, endpoint)
    for criterion, _ in criteria(trial):
        yield from _about_criterion(trial, criterion)
    yield from _about_follow_up(trial)


def _about_dlt(trial: Trial) -> Iterator[Diagnostic]:
    dlt = trial.protocol.dlt
    window = None if dlt is None or dlt.window is None else trial.spans.of_gap(dlt.window).most
    if dlt is None or window is None:
        return
    for text, origin in texts(trial):
        if not _is_about_dlt(text):
            continue
        for sentence in _sentences(text):
            if not _is_about_dlt(sentence):
                continue
            named = _lengths(trial, sentence, _LENGTH)
            if named and all(abs(most - window) > 1 and abs(least - window) > 1 for _, least, most in named):
                yield length_differs_in_text.at(
                    place_of(trial, origin, named[0][0]),
                    f"the text speaks of DLTs and of {named[0][0]}; DLTs are observed for {days(window)}",
                    also=trial.mark(dlt.window_origin or dlt.origin, "observed this long"),
                    help="correct the one that is wrong",
                )


def _about_frame(trial: Trial, endpoint: Endpoint) -> Iterator[Diagnostic]:
    frame = endpoint.frame
    if frame is None:
        return
    if frame.kind == "at_visits":
        spans = [trial.window(name) for name in frame.visits]
    else:
        start, end = period_of(trial, frame)
        spans = [(start, start), (end, end)]
        if start is not None and end is not None:
            spans.append((end - start, end - start))
    known = [(first, last) for first, last in spans if first is not None and last is not None]
    if not known or all(last <= 0 for _, last in known):
        return
    title = _lengths(trial, endpoint.text, _LENGTH) + _lengths(trial, endpoint.text, _AREA)
    sources = [title, _lengths(trial, endpoint.reported or "", _LENGTH)]
    sources.append(_limits(trial, endpoint.description or ""))
    for named in sources:
        if not named or any(
            least <= last + _SLACK and most >= first - _SLACK for _, least, most in named for first, last in known
        ):
            continue
        yield length_differs_in_text.at(
            place_of(trial, endpoint.origin, named[0][0]),
            f"the text of {endpoint.name} says {named[0][0]}, and its time frame is “{frame.text}”",
            also=trial.mark(frame.origin, "the time frame"),
            help="correct the one that is wrong",
        )


def _about_criterion(trial: Trial, criterion: Criterion) -> Iterator[Diagnostic]:
    """`within 6 weeks before LD1`, and for a restriction `to 6 months after infusion`, against the words."""
    ends = [criterion.within, criterion.end.duration if criterion.end is not None else None]
    spans = [trial.spans.of(part.value, part.unit) for each in ends if each is not None for part in each.quantities]
    known = [(least, most) for least, most in spans if least is not None and most is not None]
    named = _lengths(trial, criterion.text, _LENGTH) if known else []
    if named and not any(
        least <= last + _SLACK and most >= first - _SLACK for _, least, most in named for first, last in known
    ):
        yield length_differs_in_text.at(
            place_of(trial, criterion.origin, named[0][0]),
            f"the text of {criterion.name} says {named[0][0]}, and its clause {days(known[0][1])}",
            help="correct the one that is wrong",
        )


def _about_follow_up(trial: Trial) -> Iterator[Diagnostic]:
    protocol = trial.protocol
    if any(series.open for series in protocol.series) or any(cycle.open for cycle in protocol.cycles):
        return
    last = max((day for each in protocol.visits if (day := trial.window(each.name)[1]) is not None), default=None)
    if last is None or last <= 0:
        return
    for text, origin in texts(trial):
        for words, least, _ in _lengths(trial, text, _FOLLOWED) if "ollow" in text else ():
            if least > last + _SLACK:
                yield length_differs_in_text.at(
                    place_of(trial, origin, words),
                    f"the text speaks of a follow-up of {words}, and the last visit is over by {trial.day(last)}",
                    help="add the visits or calls that are missing, or correct the text",
                )


def _sentences(text: str) -> list[str]:
    return [" ".join(part.split()) for part in re.split(_SENTENCE, text)]


def _is_about_dlt(text: str) -> bool:
    return "DLT" in text or "ose-limiting" in text or "ose limiting" in text


def _limits(trial: Trial, text: str) -> list[tuple[str, int, int]]:
    says_one = any(word in text for word in ("p to ", "ntil ", "hrough ", "t least "))
    return _lengths(trial, text, _LIMIT) if says_one else []


def _lengths(trial: Trial, text: str, pattern: str) -> list[tuple[str, int, int]]:
    """The lengths that a text names: as written, and the fewest and the most days of each."""
    found: list[tuple[str, int, int]] = []
    if not any(digit in text for digit in "123456789") or (pattern is _AREA and "AUC" not in text):
        return found
    for match in re.finditer(pattern, " ".join(text.split()), re.IGNORECASE):
        unit = "days" if match[2].lower() in ("d", "day") else f"{match[2].lower()}s"
        amount = float(match[1])
        least, most = trial.spans.of(int(amount) if amount.is_integer() else amount, unit)
        if least is not None and most is not None:
            words = match[0][match.start(1) - match.start() :]
            found.append((words, least, most))
    return found


@rule("SCH091", "note-states-a-number", NOTE)
def note_states_a_number(trial: Trial) -> Iterator[Diagnostic]:
    """A remark states a time or an amount that no construct states.

    What it means:
        The text of a `note` has a number with a unit of time, volume or mass, and this quantity stands nowhere else in
        the protocol, as a window, a distance, a time, a volume or a dose.

    Why it matters:
        Footnotes are where schedules of assessments go wrong: nothing checks them, no calendar or form follows them.

    Example:
        assess cbc "Complete blood count" at LD1 note "Within 7 days before lymphodepletion"

    Instead:
        assess cbc "Complete blood count" at LD1 valid 7 days
    """
    stated: set[tuple[float, str]] | None = None
    for text, origin in _remarks(trial):
        for match in re.finditer(_DOSE_OR_TIME, text):
            if stated is None:
                stated = _stated(trial)
            if _quantity(match[1], match[2]) not in stated:
                yield note_states_a_number.at(
                    place_of(trial, origin, match[0]),
                    f"this remark says {match[0]}, and nothing else in the protocol does",
                    help="say it with a construct that is checked: a window, `valid`, `times`, `order`, `blood`",
                )


def _remarks(trial: Trial) -> Iterator[tuple[str, Origin]]:
    protocol = trial.protocol
    for assessment in protocol.assessments:
        for remark in assessment.remarks:
            yield remark.text, assessment.origin
    for each in (*protocol.visits, *protocol.administrations, *protocol.collections):
        for text in each.remarks:
            yield text, each.origin


def _stated(trial: Trial) -> set[tuple[float, str]]:
    """The quantities of the protocol outside of quotation marks and remarks, by number and unit."""
    found: set[tuple[float, str]] = set()
    for file in trial.sources.files:
        code = re.sub(r'""".*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*', " ", file.text, flags=re.DOTALL)
        for match in re.finditer(r"(\d+(?:\.\d+)?)(?:/[+-]?\d+(?:\.\d+)?)? ?([A-Za-z]+)", code):
            found.add(_quantity(match[1], match[2]))
        for match in re.finditer(r"\b(day|week|month)s? (\d+)", code):
            found.add(_quantity(match[2], match[1]))
    return found


def _quantity(number: str, unit: str) -> tuple[float, str]:
    return float(number), _SPOKEN.get(unit, unit)
