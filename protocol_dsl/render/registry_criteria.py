"""Eligibility as a registry prints it: numbered criteria with their options, washouts and restrictions as sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from protocol_dsl.model.base import Duration
from protocol_dsl.model.outcomes import Criterion, Eligibility
from protocol_dsl.render.registry_words import NUMBER_WORDS, Words, capital, clause, listed

_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv")


class Line(NamedTuple):
    """One criterion or option: `mark` is `1.`, `(a)`, `(i)` or `–` by `depth` from 0."""

    mark: str
    text: str
    depth: int


class Section(NamedTuple):
    """Criteria under one heading."""

    title: str
    lines: tuple[Line, ...]


def sections(eligibility: Eligibility, words: Words) -> list[Section]:
    """Inclusion, exclusion, washouts, restrictions; without those that are empty.

    A block with headings of its own has a section for each, in its own order.
    """
    if eligibility.passages:
        return list(_own_sections(eligibility, words))
    titles = (
        ("include", "Inclusion Criteria"),
        ("exclude", "Exclusion Criteria"),
        ("washout", "Earlier Treatment: Intervals to Be Kept"),
        ("restriction", "During the Study"),
    )
    found: list[Section] = []
    for kind, title in titles:
        criteria = [criterion for criterion in eligibility.criteria if criterion.kind == kind]
        lines = _lines(criteria, words, excludes=kind == "exclude")
        if lines:
            found.append(Section(title, tuple(lines)))
    return found


def _own_sections(eligibility: Eligibility, words: Words) -> Iterator[Section]:
    title: str | None = None
    lines: list[Line] = []
    for place in range(len(eligibility.criteria) + 1):
        for passage in (each for each in eligibility.passages if each.before == place):
            text = " ".join(passage.text.split())
            if passage.kind == "remark":
                lines.append(Line("-", f"Note: {text}", 0))
                continue
            if lines or title is not None:
                yield Section(title or "Criteria", tuple(lines))
            title, lines = text.rstrip(":："), []
        if place < len(eligibility.criteria):
            criterion = eligibility.criteria[place]
            lines += _lines([criterion], words, excludes=criterion.kind == "exclude")
    yield Section(title or "Criteria", tuple(lines))


def plain(found: Iterable[Section]) -> str:
    """All criteria as the one text that a registry's field takes."""
    parts: list[str] = []
    for section in found:
        parts.append(f"{section.title}:")
        parts += [f"{'   ' * line.depth}{line.mark} {line.text}" for line in section.lines]
        parts.append("")
    return "\n".join(parts).strip()


def criterion_text(criterion: Criterion, words: Words, excludes: bool = False) -> str:
    """The criterion in words, with what its statement adds: periods, groups, required assessments.

    `excludes` is true for exclusion criteria and their options.
    """
    text = " ".join(criterion.text.split()).rstrip(".")
    text = {"washout": _washout, "restriction": _restriction}.get(criterion.kind, _within)(text, criterion, words)
    groups = [words.title(name) for name in criterion.populations if _differs(words.title(name), text)]
    if groups:
        text += f" (applies to {listed([clause(group) for group in groups])})"
    if criterion.condition is not None and not _mentions(text, criterion.condition.names, words):
        text += f" (if {clause(criterion.condition.english)})"
    if criterion.requires:
        text += f" (requires: {listed([clause(words.title(name)) for name in criterion.requires])})"
    remarks = [" ".join(remark.split()).rstrip(".") for remark in criterion.remarks]
    text = ". ".join([text, *remarks])
    if criterion.options:
        return f"{capital(text)} ({_combined(criterion, excludes)}):"
    return capital(text)


def states(text: str, duration: Duration, words: Words) -> bool:
    """Whether `text` names every length of `duration` already, in figures or number words."""
    return all(_names(text, words.quantity(quantity)) for quantity in duration.quantities)


def _lines(criteria: Sequence[Criterion], words: Words, depth: int = 0, *, excludes: bool) -> list[Line]:
    lines: list[Line] = []
    for index, criterion in enumerate(criteria):
        number = criterion.number if depth == 0 and criterion.number is not None else index + 1
        lines.append(Line(_mark(number, depth), criterion_text(criterion, words, excludes), depth))
        lines += _lines(criterion.options, words, depth + 1, excludes=excludes)
    return lines


def _mark(number: int, depth: int) -> str:
    if depth == 0:
        return f"{number}."
    if depth == 1:
        return f"({_letter(number)})"
    if depth == 2 and number <= len(_ROMAN):
        return f"({_ROMAN[number - 1]})"
    return "–"


def _letter(number: int) -> str:
    """`a` for 1, `z` for 26, `aa` for 27."""
    text = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("a") + rest) + text
    return text


def _combined(criterion: Criterion, excludes: bool) -> str:
    if criterion.combine == "at_least":
        return f"at least {criterion.at_least} of the following"
    if criterion.combine == "one_of":
        return "any of the following" if excludes else "at least one of the following"
    return "all of the following"


def _within(text: str, criterion: Criterion, words: Words) -> str:
    """`… within 6 months before screening`, unless the text says so itself."""
    if criterion.within is None or states(text, criterion.within, words):
        return text
    before = f" before {words.step(criterion.before)}" if criterion.before else ""
    return f"{text} within {words.duration(criterion.within)}{before}"


def _washout(text: str, criterion: Criterion, words: Words) -> str:
    """`Systemic therapy: at least 2 weeks or 5 half-lives, whichever is shorter, before lymphodepletion`."""
    if criterion.within is None or states(text, criterion.within, words):
        return text
    comma = "," if criterion.within.choose != "only" else ""
    before = f"{comma} before {words.step(criterion.before)}" if criterion.before else ""
    return f"{text}: at least {words.duration(criterion.within)}{before}"


def _restriction(text: str, criterion: Criterion, words: Words) -> str:
    """`Effective contraception from informed consent to 6 months after infusion`."""
    start = f" from {words.point(criterion.start)}" if criterion.start is not None else ""
    end = ""
    if criterion.end is not None:
        end = f" {'to' if start else 'until'} {words.point(criterion.end)}"
    return f"{text}{start}{end}"


def _names(text: str, quantity: str) -> bool:
    number, _, unit = quantity.partition(" ")
    spoken = [re.escape(number)]
    if number.isdecimal() and 0 < int(number) < len(NUMBER_WORDS):
        spoken.append(NUMBER_WORDS[int(number)])
    stem = re.escape(unit.removesuffix("ves").removesuffix("fe").removesuffix("s"))
    return re.search(rf"\b(?:{'|'.join(spoken)})[\s-]*{stem}", text, re.IGNORECASE) is not None


def _mentions(text: str, names: Iterable[str], words: Words) -> bool:
    """Whether the text speaks of one of the things that its condition reads."""
    spoken = {word for name in names for word in (name, words.title(name).split(":")[0])}
    return any(word.casefold() in text.casefold() for word in spoken)


def _differs(label: str, text: str) -> bool:
    return label.casefold() not in text.casefold()
