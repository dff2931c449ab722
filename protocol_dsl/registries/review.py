"""What reviewers of ClinicalTrials.gov send back: points that can be seen in the text of a record.

Source: guidance of the registration system (PRS) on major comments of its reviewers, and tips of its administrators.
The criteria of the review themselves were not at hand, so the list is not complete. Checked: 2026-11.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from protocol_dsl.registries.rules import Finding, value_of, values_at

_LEVELS = ("primaryOutcomes", "secondaryOutcomes", "otherOutcomes")
_PURPOSE = re.compile(
    r"\b(?:to|will) (?:assess|evaluate|determine|investigate|explore|compare|examine|establish|characterize)\b"
    r"|\b(?:assess(?:es|ed)|evaluat(?:es|ed)|investigated) (?:by|disease|in|the)\b"
    r"|\bwas (?:investigated|assessed|evaluated)\b",
    re.IGNORECASE,
)
_ADJECTIVE = re.compile(r"\b(?:improvement|worsening|superiority|better|benefits?)\b", re.IGNORECASE)
_QUALITIES = (
    "number", "incidence", "frequency", "occurrence", "type", "severity", "nature", "amount", "duration", "safety",
    "efficacy", "tolerability", "feasibility", "pharmacokinetics",
)  # fmt: skip
_QUALITY = f"(?:{'|'.join(_QUALITIES)})"
_SEVERAL = re.compile(
    rf"\b{_QUALITY}(?:, {_QUALITY})*,? (?:and|&|as well as)(?:/or)? (?:the )?{_QUALITY}\b", re.IGNORECASE
)
_VAGUE = re.compile(r"\b(?:about|approximately|approx\.?|around|estimated|circa|ca\.)\b|~", re.IGNORECASE)
_NUMERAL = re.compile(r"\s*\d+(?:[.,]\d+)?\s*$")
_TIME = re.compile(
    r"\d|\b(?:baseline|screening|day|week|month|year|hour|minute|cycle|course|visit|end|one|two|three|four|five|six|"
    r"through|during|throughout|pre|post|birth|discharge|delivery|surgery)\b",
    re.IGNORECASE,
)
_CHANGE = re.compile(r"\bchanges?\b", re.IGNORECASE)
_REFERENCE = re.compile(
    r"\b(?:baseline|from|between|pre|before|prior|compared|comparison|versus|vs|over|relative|during|post)\b",
    re.IGNORECASE,
)
_FIRST_PERSON = re.compile(r"\b(?:[Ww]e|[Oo]ur|us)\b(?! ?[A-Z.]{2,})")
_PAYMENT = re.compile(
    r"\b(?:participants?|patients?|subjects?|volunteers?) (?:will|may|can) (?:be (?:paid|reimbursed|compensated)"
    r"|receive (?:payment|compensation|a gift card|[$€£]))",
    re.IGNORECASE,
)
_CONCLUSION = re.compile(
    r"\b(?:this|the) (?:study|trial) (?:showed|proved|demonstrated|has shown|concluded|found) that\b"
    r"|\bour results (?:show|suggest)\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\s*number of (?:participants|patients|subjects)\b", re.IGNORECASE)
_SHARED = re.compile(r"\s*(?:percentage|percent|proportion)s? of (?:participants|patients|subjects)\b", re.IGNORECASE)
_THE = re.compile(r"\s*(?:the|this is the|this will be the)\s+", re.IGNORECASE)
_SHARE_WORD = re.compile(r"percent|proportion|rate|divided|ratio|%", re.IGNORECASE)
_ABBREVIATION = re.compile(r"\(([A-Z][A-Za-z0-9-]*[A-Z][A-Za-z0-9-]*)(?:[,;][^()]*)?\)")
_ABBREVIATED_TITLE = re.compile(r"[A-Z][A-Z0-9-]*[A-Z][A-Z0-9-]*")
_INCLUDES, _EXCLUDES = re.compile(r"inclu", re.IGNORECASE), re.compile(r"exclu", re.IGNORECASE)
_SMALL_WORDS = frozenset(
    {"with", "from", "patients", "participants", "adult", "adults", "refractory", "relapsed", "study", "trial",
     "treatment",     "cells", "cell", "disease", "diseases", "injection", "tablets", "severe", "moderate", "active"}
)  # fmt: skip


def check_review(record: dict[str, Any]) -> Iterator[Finding]:
    """Points for people: none of them makes a registry refuse the file."""
    for level in _LEVELS:
        for path, outcome in values_at(record, f"outcomesModule.{level}[]"):
            yield from _outcome(path, outcome)
            yield from _measure(record, path, outcome)
    yield from _criteria(record)
    yield from _title(record)
    yield from _texts(record)
    yield from _abbreviations(record)


def _point(rule: str, path: str, message: str, help: str, *, is_sure: bool = False) -> Finding:
    return Finding("review", path, message, help, rule, is_sure)


def _outcome(path: str, outcome: dict[str, Any]) -> Iterator[Finding]:
    title = " ".join(str(outcome.get("measure", "")).split())
    frame = " ".join(str(outcome.get("timeFrame", "")).split())
    shown = title if len(title) <= 70 else f"{title[:69]}…"
    if frame and _NUMERAL.match(frame):
        yield _point(
            "time-frame",
            path,
            f"the time frame of “{shown}” is “{frame}”, without a unit",
            "write the unit",
            is_sure=True,
        )
    elif frame and (vague := _VAGUE.search(frame)):
        help = "name the time points, or the longest time for which a participant is assessed: `up to …`"
        yield _point("time-frame", path, f"the time frame of “{shown}” says “{vague[0]}”", help)
    elif frame and not _TIME.search(frame):
        yield _point("time-frame", path, f"the time frame “{frame[:60]}” names no time", "name the time points")
    if found := _SEVERAL.search(title):
        help = "make an endpoint of each: one measure, one unit"
        yield _point("several-measures", path, f"“{found[0]}” in “{shown}” is more than one measure", help)
    if found := _PURPOSE.search(title):
        help = "say what is measured, not why: “Number of participants with …”, “Change from baseline in …”"
        yield _point("states-purpose", path, f"the title “{shown}” says “{found[0]}”", help)
    elif (found := _ADJECTIVE.search(title)) and not re.search(r"\d", title):
        help = "use a neutral word: “change”"
        yield _point("states-purpose", path, f"the title “{shown}” says “{found[0]}”", help)
    together = f"{title} {frame} {outcome.get('description', '')}"
    if _CHANGE.search(title) and not _REFERENCE.search(together):
        yield _point(
            "change-of-one-point",
            path,
            f"“{shown}” is a change, and one time point is named",
            "say from when: “from baseline”",
        )


def _measure(record: dict[str, Any], path: str, outcome: dict[str, Any]) -> Iterator[Finding]:
    """A title and a description with different units, and a title that is an abbreviation and nothing else."""
    title = " ".join(str(outcome.get("measure", "")).split())
    text = str(outcome.get("description", ""))
    first = _THE.sub("", text, count=1) if _THE.match(text) else text
    is_share = _COUNTED.match(title) and not _SHARE_WORD.search(title) and _SHARED.match(first)
    is_count = _SHARED.match(title) and _COUNTED.match(first) and not _SHARE_WORD.search(text)
    if is_share or is_count:
        one, other = ("number", "percentage") if is_share else ("percentage", "number")
        shown = title if len(title) <= 70 else f"{title[:69]}…"
        message = f"the title “{shown}” is a {one} of participants, and its description a {other}"
        yield _point("unit", path, message, "write the same unit in both")
    if len(title) > 2 and _ABBREVIATED_TITLE.fullmatch(title) and not _is_spelled_out(record, title, text):
        help = "write the full name, and the abbreviation in brackets behind it"
        yield _point(
            "abbreviated-title", path, f"the title “{title}” is an abbreviation that is nowhere explained", help
        )


def _is_spelled_out(record: dict[str, Any], name: str, description: str) -> bool:
    texts = [description, *(str(text) for _, text in values_at(record, "outcomesModule.primaryOutcomes[].measure"))]
    texts += [str(text) for level in _LEVELS for _, text in values_at(record, f"outcomesModule.{level}[].description")]
    texts += [str(value_of(record, f"descriptionModule.{field}")) for field in ("briefSummary", "detailedDescription")]
    return any(f"({name}" in text or f"{name} (" in text for text in texts) or _stands_for(name, description)


def _stands_for(name: str, words: str) -> bool:
    """The capitals of a name begin words of a text, in this order; small words may lie between."""
    initials = iter(word[0].upper() for word in re.findall(r"[^\W\d_]+", words))
    return all(letter in initials for letter in name if letter.isupper())


def _abbreviations(record: dict[str, Any]) -> Iterator[Finding]:
    """Abbreviations that are used in the summary or description before the place that explains them."""
    fields = ("descriptionModule.briefSummary", "descriptionModule.detailedDescription")
    parts = [text if isinstance(text := value_of(record, field), str) else "" for field in fields]
    text, seen = "\n\n".join(parts), set[str]()
    for found in _ABBREVIATION.finditer(text):
        name = found[1]
        near = " ".join(text[max(0, found.start() - 120) : found.start()].split()[-2 * len(name) - 1 :])
        if name in seen or not _stands_for(name, near):
            continue
        seen.add(name)
        used = re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)
        if used is not None and used.start() < found.start() and text[used.start() - 1 : used.start()] != "(":
            path = fields[used.start() >= len(parts[0])]
            message = f"“{name}” is used (“{_around(text, used)}”) before it is explained"
            yield _point("abbreviation", path, message, "explain an abbreviation where it is used first")


def _criteria(record: dict[str, Any]) -> Iterator[Finding]:
    path = "eligibilityModule.eligibilityCriteria"
    text = value_of(record, path)
    if isinstance(text, str) and text.strip():
        absent = [name for name, seen in (("inclusion", _INCLUDES), ("exclusion", _EXCLUDES)) if not seen.search(text)]
        if absent:
            help = "reviewers ask for “Inclusion Criteria:” and “Exclusion Criteria:”, each with a list"
            yield _point("criteria-headings", path, f"the criteria have no heading for {' and '.join(absent)}", help)


def _title(record: dict[str, Any]) -> Iterator[Finding]:
    path = "identificationModule.briefTitle"
    title = value_of(record, path)
    subjects = [text for _, text in values_at(record, "conditionsModule.conditions[]")]
    subjects += [text for _, text in values_at(record, "conditionsModule.keywords[]")]
    subjects += [text for _, text in values_at(record, "armsInterventionsModule.interventions[].name")]
    subjects += [text for _, text in values_at(record, "armsInterventionsModule.interventions[].otherNames[]")]
    if not isinstance(title, str) or not subjects:
        return
    named = {word for text in subjects for word in _words(str(text))}
    if not named & _words(title):
        yield _point("title", path, "the brief title names neither the condition nor the intervention", "name both")


def _texts(record: dict[str, Any]) -> Iterator[Finding]:
    for path in ("descriptionModule.briefSummary", "descriptionModule.detailedDescription"):
        text = value_of(record, path)
        if not isinstance(text, str):
            continue
        if found := _FIRST_PERSON.search(text):
            yield _point(
                "first-person",
                path,
                f"the text says “{_around(text, found)}”",
                "write “the study” or “the investigators”",
            )
        if found := _PAYMENT.search(text):
            yield _point(
                "payment",
                path,
                f"the text speaks of payment: “{_around(text, found)}”",
                "leave it out: it belongs into the consent form",
            )
        if found := _CONCLUSION.search(text):
            yield _point(
                "results",
                path,
                f"the text speaks of results: “{_around(text, found)}”",
                "leave them out: they have a section of their own",
            )


def _words(text: str) -> set[str]:
    """The words that tell a subject, by their first six letters, so that endings do not count."""
    found = (word.casefold() for word in re.findall(r"[^\W_][\w'’-]{2,}", text))
    return {
        part[:6]
        for word in found
        for part in (word, *re.split(r"[-'’]", word))
        if len(part) > 2 and word not in _SMALL_WORDS
    }


def _around(text: str, found: re.Match[str]) -> str:
    start = max(0, found.start() - 20)
    words = " ".join(text[start : found.end() + 30].split())
    return f"{'…' if start else ''}{words}…"
