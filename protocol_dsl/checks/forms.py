"""CRF: forms and instruments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from protocol_dsl.diagnostics.model import ERROR, WARNING, Diagnostic, rule
from protocol_dsl.forms.scoring import Unscorable, possible, totals
from protocol_dsl.model import wording
from protocol_dsl.source import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.base import Origin
    from protocol_dsl.model.forms import Example, Instrument
    from protocol_dsl.model.outcomes import Endpoint

_CLOSE = 0.005

# "A total score can fall between 0 and 64", "ranges from 0~105 points", "on a VAS of 0 - 3 mm".
_STATED_RANGE = re.compile(
    r"\b(?P<subject>score|scores|scale|scales|range|ranges|ranging|total|vas)\b(?P<between>[^.;:,\d]{0,40}?)"
    r"(?P<low>\d+(?:\.\d+)?)\s*(?:to|and|-|–|—|~|−)\s*(?P<high>\d+(?:\.\d+)?)"
    r"(?:\s?(?P<unit>%|[a-z]+))?",
    re.IGNORECASE,
)
_NO_RANGE = re.compile(r"\b(?:each|days?|weeks?|months?|years?|visits?|grades?|least)\b", re.IGNORECASE)
_TIMES = re.compile(r"(?:days?|weeks?|months?|years?|hours?|h|minutes?|min|%)\Z", re.IGNORECASE)


@rule("CRF001", "field-twice", ERROR)
def field_twice(trial: Trial) -> Iterator[Diagnostic]:
    """A form has two fields of the same name.

    What it means:
        The name of a field is the column of its values. Two fields of one name in a form would share it.

    Why it matters:
        A data capture system refuses the second field, or lets its answers overwrite those of the first.

    Example:
        form vitals_form "Vital signs" records vitals {
          field pulse "Pulse at rest" integer
          field pulse "Pulse after exercise" integer
        }

    Instead:
        form vitals_form "Vital signs" records vitals {
          field pulse_rest "Pulse at rest" integer
          field pulse_exercise "Pulse after exercise" integer
        }
    """
    for form in trial.protocol.forms:
        seen: dict[str, Origin] = {}
        for field in form.fields:
            if field.name in seen:
                yield field_twice.at(
                    trial.span(field.origin),
                    f"the form `{form.name}` has a field `{field.name}` already",
                    also=trial.mark(seen[field.name], "first here"),
                    help="name the second field otherwise",
                )
            seen.setdefault(field.name, field.origin)


@rule("CRF002", "range-empty", ERROR)
def range_empty(trial: Trial) -> Iterator[Diagnostic]:
    """A range has its lowest value above its highest.

    What it means:
        No value lies between the two limits of the field or item.

    Why it matters:
        Every answer would be questioned or refused.

    Example:
        field sbp "Systolic pressure" integer unit mm[Hg] range 250..60

    Instead:
        field sbp "Systolic pressure" integer unit mm[Hg] range 60..250
    """
    for form in trial.protocol.forms:
        for field in form.fields:
            yield from _empty(trial, f"field `{field.name}`", field.low, field.high, field.origin)
    for instrument in trial.protocol.instruments:
        yield from _empty(trial, f"instrument `{instrument.name}`", instrument.low, instrument.high, instrument.origin)
        for item in instrument.items:
            yield from _empty(trial, f"item `{item.name}`", item.low, item.high, item.origin)


def _empty(
    trial: Trial, what: str, low: int | float | None, high: int | float | None, origin: Origin
) -> Iterator[Diagnostic]:
    if low is not None and high is not None and low > high:
        yield range_empty.at(
            trial.span(origin),
            f"the range of the {what} is empty: {wording.number(low)} is above {wording.number(high)}",
            help="write the smaller number first",
        )


@rule("CRF003", "code-twice", ERROR)
def code_twice(trial: Trial) -> Iterator[Diagnostic]:
    """A list of choices has the same code twice.

    What it means:
        Two answers of one question would be stored as the same value.

    Why it matters:
        Afterwards nobody can tell which of the two was ticked.

    Example:
        field place "Site" choice { oral "Oral" oral "Under the tongue" }

    Instead:
        field place "Site" choice { oral "Oral" sublingual "Under the tongue" }
    """
    asked = [(field.name, field) for form in trial.protocol.forms for field in form.fields]
    rated = [(item.name, item) for instrument in trial.protocol.instruments for item in instrument.items]
    for name, question in (*asked, *rated):
        codes = [choice.code for choice in question.choices]
        for code in sorted({code for code in codes if codes.count(code) > 1}):
            labels = [choice.label for choice in question.choices if choice.code == code]
            yield code_twice.at(
                trial.span(question.origin),
                f"the code `{code}` of `{name}` stands for {wording.listing(f'“{label}”' for label in labels)}",
                help="give each choice a code of its own",
            )


@rule("CRF004", "form-without-visit", WARNING)
def form_without_visit(trial: Trial) -> Iterator[Diagnostic]:
    """A form records an assessment that is never done.

    What it means:
        The form says which assessment it records, and that assessment is at no visit.

    Why it matters:
        The form would be built and never opened; more often the visits were forgotten.

    Example:
        assess weight "Body weight"
        form weight_form "Weight" records weight { field kg "Weight" decimal 1 unit kg }

    Instead:
        assess weight "Body weight" at SCR, D28
        form weight_form "Weight" records weight { field kg "Weight" decimal 1 unit kg }
    """
    for form in trial.protocol.forms:
        for name in form.records:
            assessment = trial.assessments.get(name)
            if assessment is not None and not assessment.visits:
                yield form_without_visit.at(
                    trial.span(form.origin),
                    f"the form `{form.name}` records `{name}`, which is done at no visit",
                    also=trial.mark(assessment.origin, "declared here"),
                    help=f"say the visits of `{name}`, or take the form out",
                )


@rule("CRF005", "instrument-range", ERROR)
def instrument_range(trial: Trial) -> Iterator[Diagnostic]:
    """An instrument states another range than its items give.

    What it means:
        The lowest and the highest total follow from the items. The stated range differs from them. Where a total is
        no plain sum, it is reported only if the stated range reaches beyond what the items can give.

    Why it matters:
        Either an item is missing, its limits are wrong, or the range is copied from a text that was wrong. Range
        checks and endpoints would rest on it.

    Example:
        instrument joints "Joint score" {
          item left "Left" 0..3
          item right "Right" 0..3
          total sum
          range 0..9
        }

    Instead:
        instrument joints "Joint score" {
          item left "Left" 0..3
          item right "Right" 0..3
          total sum
          range 0..6
        }
    """
    for instrument in trial.protocol.instruments:
        found = possible(instrument)
        if found is None or instrument.low is None or instrument.high is None:
            continue
        stated, given = (instrument.low, instrument.high), (found.low, found.high)
        beyond = stated[0] < given[0] - _CLOSE or stated[1] > given[1] + _CLOSE
        differs = abs(stated[0] - given[0]) > _CLOSE or abs(stated[1] - given[1]) > _CLOSE
        if beyond or (found.exact and differs):
            yield instrument_range.at(
                trial.span(instrument.origin),
                f"`{instrument.name}` says that it ranges from {_range(*stated)}; its items give {_range(*given)}",
                help=f"correct the items, or write `range {found.low:g}..{found.high:g}`",
            )


@rule("CRF006", "example-wrong", ERROR)
def example_wrong(trial: Trial) -> Iterator[Diagnostic]:
    """A worked example of an instrument does not give what it says.

    What it means:
        The totals were computed from the example's values, items that it does not name at their lowest. The result
        is another number than the example states.

    Why it matters:
        An example is the proof that the formula is the one of the publication. One of the two is wrong.

    Example:
        instrument joints "Joint score" {
          item left "Left" 0..3
          item right "Right" 0..3
          total sum
          example "Both sides" { left 2 right 1 } gives 4
        }

    Instead:
        instrument joints "Joint score" {
          item left "Left" 0..3
          item right "Right" 0..3
          total sum
          example "Both sides" { left 2 right 1 } gives 3
        }
    """
    for instrument in trial.protocol.instruments:
        for example in instrument.examples:
            yield from _wrong(trial, instrument, example)


def _wrong(trial: Trial, instrument: Instrument, example: Example) -> Iterator[Diagnostic]:
    try:
        found = totals(instrument, dict(example.values))
    except Unscorable:
        return
    for name, stated in example.gives:
        total = name or (instrument.totals[0].name if instrument.totals else "")
        value = found.get(total)
        if isinstance(value, int | float) and abs(value - stated) > _CLOSE:
            yield example_wrong.at(
                trial.span(example.origin),
                f"the example “{example.label}” of `{instrument.name}` gives `{total}` {wording.number(stated)}, "
                f"but its values make {float(f'{value:.6g}'):g}",
                help="correct the values, the result, or the formula of the total",
            )


@rule("CRF007", "other-range-in-text", WARNING)
def other_range_in_text(trial: Trial) -> Iterator[Diagnostic]:
    """The text of an endpoint states another range than its instrument has.

    What it means:
        The endpoint measures an instrument whose range is known, and its text names other limits for the score, or
        a unit where the instrument counts points.

    Why it matters:
        Registry texts often copy a wrong maximum, or mix points with millimetres. Readers then cannot tell which
        version of the instrument is used.

    Example:
        endpoint bvas_change secondary "Change in BVAS" {
          measure change(vasculitis.total)
          from SCR
          timeframe at M3
          description "A total score can fall between 0 and 64"
        }

    Instead:
        endpoint bvas_change secondary "Change in BVAS" {
          measure change(vasculitis.total)
          from SCR
          timeframe at M3
          description "A total score can fall between 0 and 63"
        }

    References:
        Where the source is wrong and has to be quoted, acknowledge it: `@allow CRF007 "as registered"`.
    """
    for endpoint in trial.protocol.endpoints:
        for instrument in _measured(trial, endpoint):
            yield from _other_ranges(trial, endpoint, instrument)


def _measured(trial: Trial, endpoint: Endpoint) -> list[Instrument]:
    """The instruments whose range the endpoint's measure has."""
    names = endpoint.measure.names if endpoint.measure is not None else ()
    found: list[Instrument] = []
    for name in names:
        assessment = trial.assessments.get(name.partition(".")[0])
        instrument = trial.protocol.instrument(assessment.instrument or "") if assessment is not None else None
        if instrument is not None and instrument not in found:
            found.append(instrument)
    return found


def _other_ranges(trial: Trial, endpoint: Endpoint, instrument: Instrument) -> Iterator[Diagnostic]:
    if instrument.low is None or instrument.high is None:
        return
    for found in stated_ranges(f"{endpoint.text}. {endpoint.description or ''}"):
        low, high, unit = found
        same = abs(low - instrument.low) < _CLOSE and abs(high - instrument.high) < _CLOSE
        is_length = unit in ("mm", "cm") and instrument.unit != unit
        if same and not is_length:
            continue
        shown = f"{low:g} to {high:g}{' ' + unit if is_length else ''}"
        own = f"{_range(instrument.low, instrument.high)}{' ' + instrument.unit if instrument.unit else ' points'}"
        name = instrument.abbreviation or instrument.title
        yield other_range_in_text.at(
            _place(trial, endpoint, low, high),
            f"the text says {shown}; {name} (`{instrument.name}`) ranges from {own}",
            also=trial.mark(instrument.origin, "its range") if not instrument.from_library else (),
            help="correct the text, or choose the instrument that is meant",
        )


def stated_ranges(text: str) -> list[tuple[float, float, str]]:
    """(low, high, unit) of each range of a score that the text states."""
    found: list[tuple[float, float, str]] = []
    for match in _STATED_RANGE.finditer(text):
        unit = (match["unit"] or "").casefold()
        before = text[max(0, match.start() - 12) : match.start()]
        if not _NO_RANGE.search(match["between"]) and not _NO_RANGE.search(before) and not _TIMES.match(unit):
            found.append((float(match["low"]), float(match["high"]), unit))
    return found


def _place(trial: Trial, endpoint: Endpoint, low: float, high: float) -> Span | None:
    """The words of the range in the author's text, or the endpoint."""
    whole = trial.span(endpoint.origin)
    if whole is None:
        return None
    for match in _STATED_RANGE.finditer(trial.sources.text(whole)):
        if (float(match["low"]), float(match["high"])) == (low, high):
            return Span(whole.file, whole.start + match.start("low"), whole.start + match.end())
    return whole


def _range(low: float, high: float) -> str:
    return f"{wording.number(float(f'{low:.6g}'))} to {wording.number(float(f'{high:.6g}'))}"
