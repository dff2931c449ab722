"""SCH072 to SCH076: duties of participants and sites that the days of the schedule do not permit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from protocol_dsl.checks.measures import day_of, listed
from protocol_dsl.diagnostics.model import WARNING, Diagnostic, rule
from protocol_dsl.schedule.explain import days

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.base import Origin
    from protocol_dsl.model.outcomes import Criterion
    from protocol_dsl.model.schedule import Assessment

_FROM_AFAR = {"phone": "by phone", "video": "by video", "mail": "by mail", "home": "at home"}
_HANDS_ON = frozenset(["imaging", "physical", "cardiac", "procedure"])
_TAKEN_ALONE = frozenset([
    "oral", "sublingual", "transdermal", "topical", "inhaled", "inhalation", "nasal", "intranasal", "subcutaneous",
    "rectal", "vaginal", "ocular", "ophthalmic",
])  # fmt: skip
"""Routes by which participants can take a product without a site; of injections the subcutaneous one."""
_HALF_LIVES = 5
"""After this many half-lives about 3 % of a substance are left; the usual measure of its clearance."""


def _criteria(trial: Trial, kind: str) -> list[Criterion]:
    eligibility = trial.protocol.eligibility
    return [] if eligibility is None else [each for each in eligibility.criteria if each.kind == kind]


@rule("SCH074", "washout-longer-than-screening", WARNING)
def washout_longer_than_screening(trial: Trial) -> Iterator[Diagnostic]:
    """A washout takes longer than there is time from the first visit to the visit that it precedes.

    What it means:
        Somebody who stops the treatment at the first visit, at its earliest day, is not through with the washout on
        the latest day of the visit that waits for it.

    Why it matters:
        Nobody may be told to stop a treatment for the trial before consent. Who still takes it at screening can never
        be treated in the trial, and fails screening for a reason that the schedule makes.

    Example:
        visit SCR "Screening" day -28 to -7
        visit LD1 "Lymphodepletion" day -5
        washout antibodies "Monoclonal antibodies" 12 weeks before LD1

    Instead:
        visit SCR "Screening" day -90 to -7
    """
    bounds = [(trial.window(each.name)[0], each.name) for each in trial.protocol.visits if each.is_scheduled]
    known = sorted((first, name) for first, name in bounds if first is not None)
    if not known:
        return
    first, name = known[0]
    for washout in _criteria(trial, "washout"):
        if washout.within is None or washout.before is None or washout.before == name:
            continue
        last = trial.window(washout.before)[1]
        span = trial.spans.of_duration(washout.within)
        needed = span.most if washout.within.choose == "shorter" else span.least
        if last is None or needed is None or needed <= last - first:
            continue
        yield washout_longer_than_screening.at(
            trial.head(washout.origin),
            f"this washout takes {days(needed)}, and at most {days(last - first)} lie between {name} and "
            f"{washout.before}",
            also=trial.mark(trial.visits[name].timing.origin, f"{trial.day(first)} at the earliest"),
            help=f"let {name} begin {days(needed - last + first)} earlier, or make it an exclusion: "
            f"`exclude … within … before {name}`",
        )


@rule("SCH075", "restricted-product-is-given", WARNING)
def restricted_product_is_given(trial: Trial) -> Iterator[Diagnostic]:
    """Participants must not have a product at a time at which the protocol gives it.

    What it means:
        A restriction says "no" or "not" in front of the name of a product, and the product is given between the two
        points of the restriction.

    Why it matters:
        Each participant breaks either the restriction or the treatment plan.

    Example:
        give PRED 20 mg at D7
        restriction steroids "No {PRED}" from infusion to D28

    Instead:
        restriction steroids "No {PRED} beyond the planned dose" from D10 to D28
    """
    for restriction in _criteria(trial, "restriction"):
        ends = [None if each is None else day_of(trial, each) for each in (restriction.start, restriction.end)]
        text = " ".join(restriction.text.lower().split())
        for product in trial.protocol.products:
            names = [each.lower() for each in (product.name, product.label, *product.aliases) if each]
            if not any(
                name in text and re.search(rf"\b(?:no|not|without|avoid) (?:\w+ )?{re.escape(name)}\b", text)
                for name in names
            ):
                continue
            for given in trial.protocol.administrations:
                hit = [] if given.product != product.name else [n for n in given.visits if _between(trial, n, *ends)]
                if hit:
                    yield restricted_product_is_given.at(
                        trial.head(restriction.origin),
                        f"{product.title} is given at {listed(tuple(hit))}, while this restriction holds",
                        also=trial.mark(given.origin, "given here"),
                        help="shorten the restriction, or say which doses it does not mean",
                    )


def _between(trial: Trial, visit: str, start: int | None, end: int | None) -> bool:
    found = trial.visits.get(visit)
    if found is None or found.offset is None:
        return False
    return (start is None or found.offset >= start) and (end is not None and found.offset <= end)


@rule("SCH076", "doses-after-last-visit", WARNING)
def doses_after_last_visit(trial: Trial) -> Iterator[Diagnostic]:
    """A product is given for longer than anybody sees the participants.

    What it means:
        A rhythm, `give … every … from … to …`, ends after the latest day of the last scheduled visit. Series and cycles
        without an end, and visits without a day that is known, may go on beyond it, and nothing is said then.

    Why it matters:
        Nobody hands out the last doses, takes back what is left, or sees what they do.

    Example:
        cycles C1.. "Cycle {n}" of 28 days until month 6 { visit D1 "Day 1" day 1 }
        give TABLET 10 mg every 1 day from C1.D1 to month 12

    Instead:
        cycles C1.. "Cycle {n}" of 28 days until month 12 { visit D1 "Day 1" day 1 }
    """
    rhythms = [each for each in trial.protocol.administrations if each.every is not None and each.end is not None]
    if not rhythms or any(each.open for each in (*trial.protocol.series, *trial.protocol.cycles)):
        return
    for given in rhythms:
        seen = [
            (trial.window(visit.name)[1], visit.name)
            for visit in trial.protocol.visits
            if visit.is_scheduled and not (visit.arms and given.arms and set(visit.arms).isdisjoint(given.arms))
        ]
        known = [(latest, name) for latest, name in seen if latest is not None]
        end = None if given.end is None else day_of(trial, given.end)
        if end is None or not known or len(known) < len(seen) or end <= max(known)[0]:
            continue
        latest, name = max(known)
        yield doses_after_last_visit.at(
            trial.head(given.origin),
            f"{given.product} is given until {trial.day(end)}, and {name} is the last visit, on {trial.day(latest)} at "
            "the latest",
            also=trial.mark(trial.visits[name].timing.origin, f"{name} is here"),
            help=f"add a visit after {trial.day(end)}, or end the treatment at {name}",
        )


@rule("SCH072", "protection-ends-too-early", WARNING)
def protection_ends_too_early(trial: Trial) -> Iterator[Diagnostic]:
    """Contraception, or the collection of adverse events, ends before the product has left the body.

    What it means:
        A restriction that speaks of contraception or pregnancy, or a collection of adverse events, ends before the
        last dose, or less than five half-lives after it where the product says its `half_life`.

    Why it matters:
        A child can be conceived, or a late toxicity begin, while the product still acts, and nobody is told to watch.

    Example:
        product MMF "mycophenolate" type drug route oral half_life 18 h
        give MMF 1 g at D28
        restriction contraception "Effective contraception" from consent to D14

    Instead:
        restriction contraception "Effective contraception" from consent to 6 weeks after D28

    References:
        Clinical Trials Facilitation and Coordination Group (CTFG), Recommendations related to contraception and
        pregnancy testing in clinical trials, 2014.
    """
    watched = [
        (each.text, each.end, each.origin)
        for each in _criteria(trial, "restriction")
        if any(word in each.text.lower() for word in ("contracept", "pregnan", "conceiv", "father a child"))
    ]
    watched += [
        (each.title, each.end, each.origin)
        for each in trial.protocol.collections
        if any(word in each.title.lower() for word in ("adverse event", "toxicit"))
    ]
    doses = [(*_last_day(trial, product.name), product) for product in trial.protocol.products]
    for title, point, origin in watched:
        end = None if point is None else day_of(trial, point)
        if end is None:
            continue
        for last, place, product in doses:
            if last is None:
                continue
            left = 0
            if product.half_life is not None:
                left = trial.spans.of(_HALF_LIVES * product.half_life.value, product.half_life.unit).most or 0
            if end < last + left:
                why = f"{_HALF_LIVES} half-lives end on {trial.day(last + left)}" if left else "the last dose"
                yield protection_ends_too_early.at(
                    trial.head(origin),
                    f"“{' '.join(title.split())}” ends on {trial.day(end)}, and {product.title} is given until "
                    f"{trial.day(last)}" + (f"; {why}" if left else ""),
                    also=trial.mark(place, why),
                    help=f"let it end on {trial.day(last + left)} or later",
                )
                break


def _last_day(trial: Trial, product: str) -> tuple[int | None, Origin | None]:
    """The last planned day on which a product is given, and where that is said."""
    last: int | None = None
    place: Origin | None = None
    for given in trial.protocol.administrations:
        if given.product != product:
            continue
        found = [visit.offset for name in given.visits if (visit := trial.visits.get(name)) is not None]
        found.append(None if given.end is None else day_of(trial, given.end))
        for day in found:
            if day is not None and (last is None or day > last):
                last, place = day, given.origin
    return last, place


@rule("SCH073", "needs-presence", WARNING)
def needs_presence(trial: Trial) -> Iterator[Diagnostic]:
    """At a visit without presence something is done that needs a site.

    What it means:
        The visit is held by phone, by video, by mail or at home, and an assessment at it draws blood, is an imaging or
        an examination, or has times around a dose; or a product is given in a way that people do not use by
        themselves. At home blood can be drawn and products given by a nurse, so that there only imaging is told.

    Why it matters:
        It will not be done, and the schedule of assessments says that it was.

    Example:
        visit M2 "Month 2" month 2 ±7 days by phone
        assess cbc "Complete blood count" category laboratory at M2 { blood 3 mL }

    Instead:
        visit M2 "Month 2" month 2 ±7 days
    """
    for visit in trial.protocol.visits:
        how = _FROM_AFAR.get(visit.contact)
        if how is None:
            continue
        at_home = visit.contact == "home"
        what: list[tuple[str, Origin]] = [
            (each.title, each.origin) for each in trial.assessed_at.get(visit.name, ()) if _needs_site(each, at_home)
        ]
        for given in trial.protocol.administrations:
            product = next((each for each in trial.protocol.products if each.name == given.product), None)
            route = given.route or (product.route if product is not None else None)
            if visit.name in given.visits and route is not None and route not in _TAKEN_ALONE and not at_home:
                what.append((f"{product.title if product is not None else given.product} ({route})", given.origin))
        if what:
            yield needs_presence.at(
                trial.head(visit.origin),
                f"{visit.name} is held {how}, and {listed(tuple(title for title, _ in what))} "
                f"need{'s' if len(what) == 1 else ''} presence",
                also=[label for _, origin in what[:4] for label in trial.mark(origin, "done here")],
                help=f"take `by {visit.contact}` out, or do this at another visit",
            )


def _needs_site(assessment: Assessment, at_home: bool) -> bool:
    if assessment.category == "imaging":
        return True
    return not at_home and (
        assessment.blood is not None or assessment.category in _HANDS_ON or bool(assessment.sampling)
    )
