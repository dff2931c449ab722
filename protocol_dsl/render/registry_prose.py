"""Sentences about stages, treatment, gates and scales, and the passages of the design in their order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from protocol_dsl.model.base import Note
from protocol_dsl.model.dosing import Dlt, DoseScheme, Escalation
from protocol_dsl.model.forms import Instrument
from protocol_dsl.model.outcomes import SampleSize
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import Administration, Gate, GateAction, Visit
from protocol_dsl.model.study import Randomization
from protocol_dsl.render import registry_dosing as dosing
from protocol_dsl.render.registry_designs import design_rules
from protocol_dsl.render.registry_words import Words, capital, clause, listed, people, sentence, size


class Passage(NamedTuple):
    """A paragraph of the design: `sentences` in running text, then `items` as a list."""

    title: str
    sentences: tuple[str, ...]
    items: tuple[str, ...] = ()


class Block(NamedTuple):
    """A paragraph of a text of the protocol, or one item of a list in it."""

    text: str
    is_item: bool = False


_ITEM = re.compile(r"(?:[-*•]|\d+[.)])\s+")


def blocks(text: str | None) -> list[Block]:
    """The paragraphs of a text written over several lines; lines that begin with `-`, `*` or `1.` are list items."""
    found: list[Block] = []
    for paragraph in re.split(r"\n\s*\n", (text or "").strip()):
        lines: list[tuple[str, bool]] = []
        for line in paragraph.splitlines():
            mark = _ITEM.match(line.strip())
            if mark is not None or not lines:
                lines.append((line.strip()[mark.end() if mark else 0 :], mark is not None))
            else:
                lines[-1] = (f"{lines[-1][0]} {line.strip()}", lines[-1][1])
        found += [Block(" ".join(line.split()), is_item) for line, is_item in lines if line.strip()]
    return found


# Stages and visits


def stage_list(protocol: Protocol) -> list[str]:
    """`The study will include the following sequential stages: screening, apheresis and follow-up.`

    Stages with a rhythm of their own are named in a second sentence; stages without any planned visit are not.
    """
    planned = [stage for stage in protocol.stages if any(_is_planned(protocol, name) for name in stage.visits)]
    main = [clause(stage.title) for stage in planned if not stage.parallel]
    beside = [clause(stage.title) for stage in planned if stage.parallel]
    sentences: list[str] = []
    if len(main) > 1:
        sentences.append(f"The study will include the following sequential stages: {listed(main)}.")
    elif main:
        sentences.append(f"The study has one stage: {main[0]}.")
    if beside:
        sentences.append(f"Beside {'them' if len(main) > 1 else 'it'}, on a schedule of their own: {listed(beside)}.")
    return sentences


def last_visit(protocol: Protocol) -> list[str]:
    """`The last planned visit is Month 12.`"""
    parallel = {stage.name for stage in protocol.stages if stage.parallel}
    planned = [visit for visit in protocol.visits if visit.is_scheduled and visit.stage not in parallel]
    return [f"The last planned visit is {clause(planned[-1].title)}."] if len(planned) > 1 else []


def _is_planned(protocol: Protocol, name: str) -> bool:
    visit = protocol.visit(name)
    return visit is not None and visit.is_scheduled


def administration(given: Administration, words: Words) -> str:
    """`Fludarabine: 30 mg/m^2, intravenous, on Days -5, -4 and -3.`"""
    parts = [words.quantity(given.amount)] if given.amount is not None else []
    product = next((product for product in words.protocol.products if product.name == given.product), None)
    route = given.route or (product.route if product is not None else None)
    if given.amount is None and _has_levels(words.protocol, given.product):
        parts.append("at the assigned dose level")
    if route:
        parts.append(route.replace("_", " "))
    if given.over is not None:
        parts.append(f"over {words.quantity(given.over)}")
    if given.every is not None:
        parts.append(f"every {words.gap(given.every)}")
    if given.visits:
        parts.append(_when(given.visits, words))
    if given.start is not None:
        parts.append(f"from {words.point(given.start)}")
    if given.end is not None:
        parts.append(f"until {words.point(given.end)}")
    whom = [*given.arms, *given.populations]
    text = f"{capital(words.title(given.product))}: {', '.join(parts)}"
    if whom:
        text += f" ({listed([clause(words.title(name)) for name in whom])})"
    if given.condition is not None:
        text += f", if {clause(given.condition.english)}"
    return sentence(". ".join([text, *(remark.rstrip(".") for remark in given.remarks)]))


def _when(names: Sequence[str], words: Words) -> str:
    """`on Day 0` where the visits have days, `at screening and Month 3` otherwise."""
    visits = [visit for name in names if (visit := words.protocol.visit(name)) is not None]
    timeline = words.protocol.timeline
    first_day = timeline.first_day if timeline is not None else 0
    offsets = [visit.offset for visit in visits if visit.offset is not None and _is_by_day(visit)]
    if len(offsets) == len(names) and len(names) <= 12:
        days = [str(offset + (first_day if offset >= 0 else 0)) for offset in offsets]
        return f"on Day{'s' if len(days) > 1 else ''} {listed(days)}"
    titles = [words.named(name) for name in names]
    if len(titles) > 6:
        return f"at {len(titles)} visits from {titles[0]} to {titles[-1]}"
    return f"at {listed(titles)}"


def _is_by_day(visit: Visit) -> bool:
    return visit.timing.kind == "timeline" and visit.timing.unit in (None, "day") and visit.timing.end_number is None


def _has_levels(protocol: Protocol, product: str) -> bool:
    return any(scheme.name == product and scheme.levels for scheme in protocol.doses)


def randomization(plan: Randomization, words: Words) -> list[str]:
    """Ratio, arms, visit and strata. Block sizes are left out: a registry is public, and they would unmask."""
    ratio = ":".join(str(part) for part in plan.ratio)
    at = f" at {words.named(plan.at)}" if plan.at else ""
    arms = listed([words.title(name) for name in plan.arms])
    strata = f", stratified by {listed([clause(words.title(name)) for name in plan.strata])}" if plan.strata else ""
    return [f"Participants are randomized {ratio} to {arms}{at}{strata}."]


def sample_size(plan: SampleSize, words: Words) -> list[str]:
    """Planned size with power and error, as far as the protocol gives them."""
    parts: list[str] = []
    if plan.power is not None:
        parts.append(f"power {words.quantity(plan.power)}")
    if plan.alpha is not None:
        sides = f"{plan.sides.replace('_', '-')} " if plan.sides else ""
        parts.append(f"{sides}alpha {words.quantity(plan.alpha)}")
    if plan.dropout is not None:
        parts.append(f"dropout {words.quantity(plan.dropout)}")
    text = f"The planned sample size is {size(plan.size)}" + (f" ({', '.join(parts)})" if parts else "")
    return [sentence(text)] + ([sentence(plan.description)] if plan.description else [])


# Gates


def gate(gate: Gate, words: Words) -> list[str]:
    """`Before lymphodepletion the participant must meet: no active infection; ….`, then what follows otherwise."""
    if not gate.requirements:
        return []
    requirements = "; ".join(clause(requirement.text) for requirement in gate.requirements)
    sentences = [f"Before {words.step(gate.before)} the participant must meet: {requirements}."]
    otherwise = listed([_otherwise(action, gate, words) for action in gate.otherwise], "or")
    return sentences + ([f"Otherwise {otherwise}."] if otherwise else [])


def _otherwise(action: GateAction, gate: Gate, words: Words) -> str:
    what = words.step(action.of or gate.before)
    if action.kind == "exclude":
        return "the participant does not go on"
    if action.kind == "discuss":
        about = f" {clause(action.text)}" if action.text else ""
        return f"it is discussed with {people(action.whom)}{about}"
    length = f" by {words.quantity(action.duration)}" if action.duration is not None else ""
    return f"{what} is {'delayed' if action.kind == 'delay' else 'repeated'}{length}"


# Scales


def scale(instrument: Instrument) -> list[str]:
    """`SLEDAI-2K: total score 0 to 105, higher = worse.`; nothing where neither range nor direction is known."""
    parts: list[str] = []
    if instrument.low is not None and instrument.high is not None:
        kind = "score" if len(instrument.items) == 1 else "total score"
        unit = f" {instrument.unit}" if instrument.unit and instrument.unit != "1" else ""
        parts.append(f"{kind} {instrument.low:g} to {instrument.high:g}{unit}")
    if instrument.higher is not None:
        parts.append(f"higher = {instrument.higher}")
    name = instrument.abbreviation or instrument.title
    return [f"{name}: {', '.join(parts)}."] if parts else []


def says_scale(text: str, instrument: Instrument) -> bool:
    """Whether `text` names both ends of the range and a direction already."""
    numbers = set(re.findall(r"\d+(?:\.\d+)?", text))
    ends = [f"{end:g}" for end in (instrument.low, instrument.high) if end is not None]
    direction = instrument.higher is None or re.search(r"\b(?:higher|lower|highest|lowest)\b", text, re.IGNORECASE)
    return set(ends) <= numbers and bool(direction) and bool(ends)


# The design as a whole


def design(protocol: Protocol, words: Words) -> list[Passage]:
    """Every passage that the model has facts for."""
    return [passage for passage in _passages(protocol, words) if passage.sentences or passage.items]


def _passages(protocol: Protocol, words: Words) -> Iterable[Passage]:
    yield Passage("Stages", (*stage_list(protocol), *last_visit(protocol)))
    if protocol.randomization is not None:
        yield Passage("Allocation", tuple(randomization(protocol.randomization, words)))
    yield Passage("Treatment", (), tuple(administration(given, words) for given in protocol.administrations))
    for each in protocol.gates:
        yield Passage(each.label or "Check before treatment", tuple(gate(each, words)))
    for scheme in protocol.doses:
        left = dosing.discretion(_notes(scheme, protocol))
        yield Passage("Dose levels", (*dosing.dose_levels(scheme, words), *left))
    yield from dlt(protocol, words)
    yield from (escalation(each, protocol, words) for each in protocol.escalations)
    first = next(iter(protocol.doses), None)
    yield Passage("Further cohorts", tuple(dosing.expansion(cohort, first, words) for cohort in protocol.cohorts))
    for rules in protocol.rules:
        of = words.title(rules.of) if rules.of else ""
        title = "Stopping rules" if rules.kind == "stopping" else f"Dose modifications of {of}"
        yield Passage(title, (), tuple(dosing.decision(rule, words) for rule in rules.rules))
    if protocol.sample_size is not None:
        yield Passage("Sample size", tuple(sample_size(protocol.sample_size, words)))


def dlt(protocol: Protocol, words: Words) -> Iterable[Passage]:
    """What counts as dose-limiting toxicity, how long it is observed, and when that may end early."""
    dlt = protocol.dlt
    if dlt is None:
        return
    title = "Dose-limiting toxicity"
    yield Passage(
        title,
        (
            *dosing.dlt_window(dlt, words),
            *dosing.evaluability(dlt),
            *dosing.replacement(dlt, words),
            *dosing.discretion(_notes(dlt, protocol)),
            *(["Any of the following is a dose-limiting toxicity:"] if dlt.criteria else []),
        ),
        tuple(dosing.dlt_criteria(dlt)),
    )
    if dlt.complete_early:
        yield Passage(
            "End of the DLT observation before its time",
            ("A participant's observation may end early in any of these cases:",),
            tuple(dosing.dlt_early_completion(dlt)),
        )


def escalation(each: Escalation, protocol: Protocol, words: Words) -> Passage:
    """The rule of an escalation, one sentence a rule, those of a published design included."""
    scheme = next((scheme for scheme in protocol.doses if scheme.name == each.product), None)
    return Passage(
        "Dose escalation",
        (
            *dosing.escalation_start(each, scheme, words),
            *(dosing.stagger(rule, words) for rule in each.stagger),
            *dosing.next_level(each, words),
            *dosing.mtd(each.mtd, each.within_participant),
            *dosing.discretion(_notes(each, protocol)),
        ),
        tuple(design_rules(each)),
    )


def _notes(part: DoseScheme | Dlt | Escalation, protocol: Protocol) -> list[Note]:
    """The notes of a part, those of its block's own statements included."""
    first, last, file = part.origin.line, part.origin.end_line, part.origin.file
    within = [note for note in protocol.notes if note.origin.file == file and first <= note.origin.line <= last]
    return list(dict.fromkeys([*part.notes, *within]))


# Sentences that are there already


def unsaid(passages: Sequence[Passage], said: Iterable[str]) -> list[Passage]:
    """The passages without the sentences that the texts `said` have already.

    A sentence counts as said when its words occur in one sentence there, in their order.
    """
    known = [_key(each) for text in said for each in sentences_of(text)]
    kept: list[Passage] = []
    for passage in passages:
        sentences = tuple(each for each in passage.sentences if not _all_known(each, known))
        items = tuple(each for each in passage.items if not _all_known(each, known))
        if sentences or items:
            kept.append(Passage(passage.title, sentences, items))
    return kept


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, parted behind `.`, `!` or `?`, and at line ends that follow them."""
    return [part for part in re.split(r"(?<=[.!?])\s+", " ".join(text.split())) if part]


def _key(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _all_known(text: str, known: Sequence[Sequence[str]]) -> bool:
    parts = [_key(part) for part in sentences_of(text)]
    return bool(parts) and all(any(_occurs(part, each) for each in known) for part in parts)


def _occurs(wanted: Sequence[str], text: Sequence[str]) -> bool:
    rest = iter(text)
    return all(word in rest for word in wanted)
