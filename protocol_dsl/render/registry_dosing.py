"""Sentences about dose: levels, dose-limiting toxicity, escalation rules, expansion, changes of treatment."""

from __future__ import annotations

import re
from collections.abc import Sequence

from protocol_dsl.model.base import Expression, Note, Quantity
from protocol_dsl.model.dosing import (
    Action,
    Cohort,
    DecisionRule,
    Dlt,
    DltTable,
    DoseLevel,
    DoseScheme,
    Escalation,
    Measure,
    MtdRule,
    Stagger,
)
from protocol_dsl.render.registry_words import Words, clause, listed, number_word, people, sentence, size
from protocol_dsl.render.text import counted

DLT = "dose-limiting toxicity"

DESIGNS = {
    "three_plus_three": "a 3+3 design",
    "a_plus_b": "an A+B design",
    "accelerated": "accelerated titration followed by a 3+3 design",
    "boin": "the Bayesian optimal interval design (BOIN)",
    "crm": "the continual reassessment method (CRM)",
    "mtpi": "the modified toxicity probability interval design (mTPI)",
    "mtpi_2": "the modified toxicity probability interval design 2 (mTPI-2)",
    "keyboard": "the keyboard design",
    "i3_plus_3": "the i3+3 design",
    "tite_crm": "the time-to-event continual reassessment method (TITE-CRM)",
    "rolling_six": "the rolling six design",
    "table": "a table of decisions",
}
_PARAMETERS = {
    "target": "target probability of dose-limiting toxicity",
    "safe": "highest probability taken as too safe",
    "toxic": "lowest probability taken as too toxic",
    "eliminate": "probability of overdosing that closes a level",
    "early_stop": "participants at one level that end the escalation",
    "skeleton": "prior probabilities of dose-limiting toxicity",
    "working_model": "working model",
    "variant": "variant",
    "half_width": "half-width of the interval of indifference",
    "prior_mtd": "level expected to be the maximum tolerated dose",
    "prior_variance": "prior variance",
}
"""Settings that are named with the design; the others have sentences of their own in `registry_designs`."""
_ACTIONS = {
    "escalate": "the next higher level is opened",
    "stay": "the next participants are treated at the same level",
    "de_escalate": "the dose is reduced to the next lower level",
    "stop": "the escalation stops",
    "stop_without_mtd": "the escalation stops without a maximum tolerated dose",
}
_ACTIONS_WITHIN = {
    "escalate": "the next dose is one level higher",
    "stay": "the next dose is at the same level",
    "de_escalate": "the next dose is one level lower",
    "stop": "the participant's dose is not increased further",
}
_COUNT = re.compile(r"(?P<what>n|dlt)\s*(?P<sign>[<>]=?|=)\s*(?P<count>\d+)")
_SIGNS = {"<": "fewer than ", "<=": "at most ", ">": "more than ", ">=": "at least ", "=": ""}


def dose_levels(scheme: DoseScheme, words: Words) -> list[str]:
    """How many levels, which amounts, what tolerance.

    `There are three dose levels of CT1192: 3.0×10^8, … cells; ±20 % of the planned dose is allowed.`
    """
    if not scheme.levels:
        return []
    count = len(scheme.levels)
    noun = "is one dose level" if count == 1 else f"are {number_word(count)} dose levels"
    allowed = _tolerance(scheme)
    text = f"There {noun} of {words.title(scheme.name)}: {_amounts(scheme.levels, words)}"
    text += f"; {allowed} of the planned dose is allowed." if allowed else "."
    return [text, *cap(scheme, words)]


def dlt_window(dlt: Dlt, words: Words) -> list[str]:
    """`Dose-limiting toxicities (DLTs) are observed for 28 days after infusion.`"""
    if dlt.window is None:
        return []
    after = f" after {words.named(dlt.after)}" if dlt.after else ""
    return [f"Dose-limiting toxicities (DLTs) are observed for {words.gap(dlt.window)}{after}."]


def dlt_criteria(dlt: Dlt) -> list[str]:
    """Each criterion as a clause for a list."""
    return [sentence(criterion.text) for criterion in dlt.criteria]


def dlt_early_completion(dlt: Dlt) -> list[str]:
    """When observation may end early, as clauses for a list."""
    return [sentence(early.text) for early in dlt.complete_early]


def evaluability(dlt: Dlt) -> list[str]:
    """Who is evaluable for dose-limiting toxicity."""
    if not dlt.evaluable:
        return []
    return [f"Participants are evaluable for dose-limiting toxicity under this definition: {clause(dlt.evaluable)}."]


def replacement(dlt: Dlt, words: Words) -> list[str]:
    """`Participants who are not evaluable are replaced, at most 1 per level.`"""
    if dlt.replacement is None:
        return []
    who = clause(words.title(dlt.replacement.who))
    limit = ""
    if dlt.replacement.up_to is not None:
        limit = f", at most {dlt.replacement.up_to}"
        limit += f" per {dlt.replacement.per.replace('_', ' ')}" if dlt.replacement.per else ""
    return [f"Participants who are {who} are replaced{limit}."]


def escalation_start(escalation: Escalation, scheme: DoseScheme | None, words: Words) -> list[str]:
    """Product, design, first level, size of cohorts, most participants."""
    product = words.title(escalation.product) if escalation.product else "the product"
    groups = f" for {listed([clause(words.title(name)) for name in escalation.populations])}"
    of = f"of {product}" + (groups if escalation.populations else "")
    level = _level(escalation.start, scheme, words) if escalation.start else ""
    if escalation.within_participant:
        start = f" starts at {level} and" if level else ""
        return [
            f"Dose escalation {of} is within participants: each participant{start} goes up level by level.",
            *_most_doses(escalation),
        ]
    sentences: list[str] = []
    by = f" follows {_design(escalation, words)}" if escalation.design else ""
    start = f" starts at {level}" if level else ""
    head = " and".join(part for part in (by, start) if part)
    cohort = f" in cohorts of {escalation.cohort_size}" if (escalation.cohort_size or 0) > 1 else ""
    cohort = " with one participant at a time" if escalation.cohort_size == 1 else cohort
    if head:
        sentences.append(f"Dose escalation {of}{head}.")
    if cohort:
        sentences.append(f"Participants are treated{cohort}." if head else f"Dose escalation {of} is{cohort}.")
    if escalation.fallback:
        sentences.append(f"The level below the first one is {_level(escalation.fallback, scheme, words)}.")
    return sentences + _maxima(escalation)


def escalation_rules(table: DltTable, within_participant: bool = False) -> list[str]:
    """One sentence for each row of the rule table; `within_participant` where it is about the same person's doses."""
    return [
        f"If {_observed(row.low, row.high, table.after, within_participant)}, "
        f"{_done(row.actions, table.after, within_participant)}."
        for row in table.rows
    ]


def escalation_edges(escalation: Escalation) -> list[str]:
    """What follows above the highest and below the lowest level."""
    sentences: list[str] = []
    within = escalation.within_participant
    if escalation.above_top:
        sentences.append(f"If the rules lead above the highest level, {_done(escalation.above_top, 0, within)}.")
    if escalation.above_closed:
        sentences.append(
            f"If the rules lead to a higher level that is closed or full, {_done(escalation.above_closed, 0, within)}."
        )
    if escalation.below_bottom:
        sentences.append(f"If the rules lead below the lowest level, {_done(escalation.below_bottom, 0, within)}.")
    if escalation.closed is not None:
        sentences.append(f"A level is closed with {_counts(escalation.closed)}.")
    return sentences


def stagger(rule: Stagger, words: Words) -> str:
    """Waiting time between participants.

    `Further participants of a level are treated at the earliest 14 days after the first participant of a level.`
    """
    length = words.gap(rule.gap)
    if rule.after == "each":
        return f"Each further participant is treated at the earliest {length} after the one before."
    of = (rule.of or "level").replace("_", " ")
    return f"Further participants of a {of} are treated at the earliest {length} after its first participant."


def next_level(escalation: Escalation, words: Words) -> list[str]:
    """`The next level opens at the earliest 28 days after the last participant of a cohort was treated.`"""
    gate = escalation.next_level
    if gate is None:
        return []
    length = words.gap(gate.gap)
    if escalation.within_participant:
        return [f"The next higher dose is given at the earliest {length} after the one before."]
    of = gate.after_last_of.replace("_", " ")
    return [f"The next level opens at the earliest {length} after the last participant of a {of} was treated."]


def mtd(rule: MtdRule | None, within_participant: bool = False) -> list[str]:
    """`The maximum tolerated dose is the highest level with …`; `within_participant`: that of each participant."""
    if rule is None:
        return []
    where = f" with {_counts(rule.where)}" if rule.where is not None else ""
    whose = "A participant's" if within_participant else "The"
    if within_participant:
        where = where.replace("participants treated", "doses").replace("participant treated", "dose")
    if rule.which == "previous":
        # The level left upwards for want of a higher one counts as the one below where it would have stopped.
        stopped = f"the level below the one at which the {'titration' if within_participant else 'escalation'} stopped"
        return [f"{whose} maximum tolerated dose is {stopped}, or the highest level if that was passed{_if(where)}."]
    if rule.which == "isotonic":
        level = f"the level whose rate of {DLT}, by isotonic regression, is nearest to the target"
        return [f"{whose} maximum tolerated dose is {level}{_if(where)}."]
    return [f"{whose} maximum tolerated dose is the {rule.which.replace('_', ' ')} level{where}."]


def _if(where: str) -> str:
    return f", if it is one{where}" if where else ""


def expansion(cohort: Cohort, scheme: DoseScheme | None, words: Words) -> str:
    """A cohort outside the escalation: for whom, how many, at which level."""
    text = cohort.title
    if cohort.size is not None:
        text += f": {size(cohort.size)}"
    if cohort.populations:
        text += f" with {listed([clause(words.title(name)) for name in cohort.populations], 'or')}"
    if cohort.levels:
        text += f", at {listed([_level(name, scheme, words) for name in cohort.levels])}"
    return sentence(text) + (f" {sentence(cohort.description)}" if cohort.description else "")


def discretion(notes: Sequence[Note]) -> list[str]:
    """Decisions that are left to people, as the protocol words them."""
    return [
        f"Left to {people(note.by) if note.by else 'discretion'}: {sentence(note.text)}"
        for note in notes
        if note.kind == "discretion"
    ]


def decision(rule: DecisionRule, words: Words) -> str:
    """`ANC below 0.5×10^9/L: ISA is held until …, then reduced to 5 mg/kg.`"""
    return sentence(f"{sentence(rule.text).rstrip('.')}: {listed([_measure(each, words) for each in rule.then])}")


def amount(level: DoseLevel, words: Words) -> str:
    """`DL1 (3.0×10^8 cells)`, `low dose (1.0×10^5 cells/kg)`."""
    return f"{clause(level.title)} ({words.quantity(level.amount)})"


def _amounts(levels: Sequence[DoseLevel], words: Words) -> str:
    if any(level.label for level in levels):
        return listed([amount(level, words) for level in levels])
    units = {level.amount.unit for level in levels}
    texts = [words.quantity(level.amount) for level in levels]
    unit = texts[-1].split(" ", 1)[-1]
    if len(units) == 1 and " " in texts[-1] and all(text.endswith(f" {unit}") for text in texts):
        texts = [text.removesuffix(f" {unit}") for text in texts[:-1]] + texts[-1:]
    names = f" ({levels[0].name} to {levels[-1].name})" if len(levels) > 1 else f" ({levels[0].name})"
    return listed(texts) + names


def cap(scheme: DoseScheme, words: Words) -> list[str]:
    """`Body weight counts up to 100 kg.`"""
    if scheme.cap is None:
        return []
    if not scheme.caps_body:
        return [f"No participant is given more than {words.quantity(scheme.cap)}."]
    return [f"{'Body weight' if scheme.basis == 'kg' else 'Body surface'} counts up to {words.quantity(scheme.cap)}."]


def _tolerance(scheme: DoseScheme) -> str:
    below, above = scheme.tolerance_below, scheme.tolerance_above
    if not below and not above:
        return ""
    return f"±{above:g} %" if below == above else f"-{below or 0:g} % to +{above or 0:g} %"


def _level(name: str, scheme: DoseScheme | None, words: Words) -> str:
    found = next((level for level in scheme.levels if level.name == name), None) if scheme is not None else None
    return amount(found, words) if found is not None else words.named(name)


def _design(escalation: Escalation, words: Words) -> str:
    name = DESIGNS.get(escalation.design or "", (escalation.design or "").replace("_", " "))
    settings: list[str] = []
    for parameter in escalation.parameters:
        if parameter.name in _PARAMETERS:
            values = listed([_value(value, parameter.unit, words) for value in parameter.values])
            settings.append(f"{_PARAMETERS[parameter.name]} {values}")
    return name + (f", {', '.join(settings)}," if settings else "")


def _value(value: int | float | str, unit: str | None, words: Words) -> str:
    if isinstance(value, str):
        return value.replace("_", " ")
    if unit is None:
        return f"{value:g}"
    return words.quantity(Quantity(value=value, unit=unit, ucum=unit, written=f"{value:g}"))


def _maxima(escalation: Escalation) -> list[str]:
    per, total = escalation.max_per_level, escalation.max_total
    if per is not None and total is not None:
        return [f"At most {counted(per, 'participant')} {_are(per)} treated per level, and at most {total} in all."]
    if per is not None:
        return [f"At most {counted(per, 'participant')} {_are(per)} treated per level."]
    return [f"At most {counted(total, 'participant')} {_are(total)} treated in all."] if total is not None else []


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _most_doses(escalation: Escalation) -> list[str]:
    per, total = escalation.max_per_level, escalation.max_total
    said = [
        *([f"at most {counted(per, 'dose')} at each level"] if per is not None else []),
        *([f"at most {counted(total, 'dose')} in all"] if total is not None else []),
    ]
    return [f"A participant gets {listed(said)}."] if said else []


def _led(low: int, high: int, doses: int) -> str:
    """`1 of 3 doses at the level led to a dose-limiting toxicity`."""
    if high == 0:
        return f"none of the {doses} doses at the level led to a {DLT}"
    if low == 0:
        many = f"at most {high}" if high < doses else "any number"
    elif low == high:
        many = str(low)
    else:
        many = f"{low} or more" if high >= doses else f"{low} to {high}"
    return f"{many} of the {doses} doses at the level led to a {DLT}"


def _observed(low: int, high: int, treated: int, within_participant: bool = False) -> str:
    """`1 of 3 participants has a dose-limiting toxicity`."""
    if within_participant and treated > 1:
        return _led(low, high, treated)
    if treated == 1:
        return {(0, 0): f"the participant has no {DLT}", (1, 1): f"the participant has a {DLT}"}.get(
            (low, high), f"the participant has a {DLT} or not"
        )
    if low == 0 and high >= treated:
        return f"any number of the {treated} participants have a {DLT}"
    if high == 0:
        return f"none of the {treated} participants has a {DLT}"
    if low >= treated:
        return f"all {treated} participants have a {DLT}"
    if high >= treated:
        return f"{low} or more of {treated} participants have a {DLT}"
    if low == 0:
        return f"at most {high} of {treated} participants {'has' if high == 1 else 'have'} a {DLT}"
    if low == high:
        return f"{low} of {treated} participants {'has' if low == 1 else 'have'} a {DLT}"
    return f"{low} {'or' if high == low + 1 else 'to'} {high} of {treated} participants have a {DLT}"


def _counts(condition: Expression) -> str:
    """`at least 6 participants treated and at most 1 dose-limiting toxicity`, of `n >= 6 and dlt <= 1`."""
    parts = [_COUNT.fullmatch(part.strip()) for part in re.split(r"\band\b", condition.text)]
    said = [_counted(part["what"], part["sign"], int(part["count"])) for part in parts if part is not None]
    return listed(said) if len(said) == len(parts) else clause(condition.english)


def _counted(what: str, sign: str, count: int) -> str:
    nouns = {"n": ("participant treated", "participants treated"), "dlt": (DLT, "dose-limiting toxicities")}[what]
    noun = nouns[0] if count == 1 else nouns[1]
    if count == 0 and sign in ("=", "<="):
        return f"no {nouns[0]}"
    return f"{_SIGNS[sign]}{count} {noun}"


def _done(actions: Sequence[Action], treated: int = 0, within_participant: bool = False) -> str:
    if within_participant:
        return listed([_action_within(action, treated) for action in actions])
    return listed([_action(action, treated) for action in actions])


def _action_within(action: Action, treated: int) -> str:
    """`2 more doses are given at the same level (3 in all)`."""
    if action.kind == "stop_without_mtd":
        return "no further dose is given, and no dose counts as tolerated"
    if action.kind in ("expand", "treat_more"):
        more = (action.count or 0) - (treated if action.kind == "expand" else 0)
        given = "1 more dose is given" if more == 1 else f"{more} more doses are given"
        if action.kind == "expand":
            return f"{given} at the same level ({action.count} in all)"
        return f"{given} at {'the next lower level' if action.level in (None, 'below') else action.level}"
    return _ACTIONS_WITHIN.get(action.kind) or _action(action, treated)


def _action(action: Action, treated: int) -> str:
    """`3 more participants are treated at the same level (6 in all)`."""
    if action.kind == "expand":
        more = (action.count or 0) - treated
        if treated and more > 0:
            return f"{_more(more)} at the same level ({action.count} in all)"
        return f"the level is filled up to {counted(action.count or 0, 'participant')}"
    if action.kind == "treat_more":
        where = {None: "the same level", "below": "the next lower level"}.get(action.level, action.level)
        return f"{_more(action.count or 0)} at {where}"
    if action.kind == "decide":
        return f"{people(action.by)} {'decides' if len(action.by) == 1 else 'decide'}"
    return _ACTIONS[action.kind]


def _more(count: int) -> str:
    return "1 more participant is treated" if count == 1 else f"{count} more participants are treated"


def _measure(measure: Measure, words: Words) -> str:
    is_product = any(product.name == measure.of for product in words.protocol.products)
    of = f"treatment with {words.title(measure.of)}" if is_product else words.named(measure.of)
    if measure.kind in ("reduce_to", "reduce_by"):
        to = f" {measure.kind.removeprefix('reduce_')} {words.quantity(measure.amount)}" if measure.amount else ""
        return f"the dose of {words.title(measure.of)} is reduced{to}"
    done = {"hold": "held", "discontinue": "discontinued", "pause": "paused", "resume": "resumed"}
    done |= {"stop": "stopped", "delay": "delayed"}
    length = f" by {words.quantity(measure.amount)}" if measure.amount else ""
    until = f" until {clause(measure.until.english)}" if measure.until is not None else ""
    return f"{of} is {done[measure.kind]}{length}{until}"
