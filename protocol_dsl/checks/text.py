"""TXT: what the prose says against the rest of the protocol."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from protocol_dsl.diagnostics.model import WARNING, Diagnostic, rule
from protocol_dsl.diagnostics.suggest import edit_distance
from protocol_dsl.source import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.base import Origin
    from protocol_dsl.model.outcomes import Criterion

_CODE = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2,}[A-Za-z]{0,3}-?\d{2,}[A-Z]?(?![A-Za-z0-9])")
_TREATED_WITH = re.compile(
    r"(?<![A-Za-z0-9-])([A-Z]{2,}-?\d+[A-Z]?) "
    r"(?:treatment|therapy|infusion|injection|administration|(?:is|are|was|were|will be) (?:infused|injected))\b"
    r"|\b(?:infusion of|injection of|treated with|treatment with|doses? of) ([A-Z]{2,}-?\d+[A-Z]?)(?![A-Za-z0-9-])"
)
# Antigens, receptors and cytokines are spoken of in the same way, and are not products: CD19 therapy, IL6 infusion.
_TARGETS = re.compile(r"(?:CD|IL|PD|CTLA|HER|FLT|JAK|TNF|GPC|BTK)-?\d+[A-Z]?\Z")
_SHORTEST = 5
_NEAR = 2


@rule("TXT001", "undeclared-code", WARNING)
def undeclared_code(trial: Trial) -> Iterator[Diagnostic]:
    """A text names a product by a code that is not declared, and that resembles one that is.

    What it means:
        The code in the text is no name or alias of a product, and differs from one by a character or two, or by its
        number alone.

    Why it matters:
        Either the text was copied from another protocol, or the product has a second name that readers must be told.

    Example:
        product ECAR01 "ECAR01 cells" type biological
        summary "Cells of SCAR02 are infused once."

    Instead:
        product ECAR01 "ECAR01 cells" type biological alias "SCAR02"
    """
    codes = _declared_codes(trial)
    known = _known_words(trial)
    if not codes:
        return
    told: set[str] = set()
    for text, origin in texts(trial):
        for match in _CODE.finditer(text):
            code = match.group()
            if code in told or code.upper() in known:
                continue
            near = [other for other in codes if _resemble(code, other)]
            if near:
                told.add(code)
                yield undeclared_code.at(
                    place_of(trial, origin, code),
                    f"`{code}` is no declared product",
                    also=[label for each in near[:1] for label in trial.mark(codes[each], f"`{each}` is")],
                    help=f'correct the text, or add `alias "{code}"` to the product that it means',
                )


@rule("TXT002", "undeclared-treatment", WARNING)
def undeclared_treatment(trial: Trial) -> Iterator[Diagnostic]:
    """A text speaks of treatment with a code that is no declared product.

    What it means:
        Words such as treatment, infusion, cells or dose stand beside a code that occurs nowhere as the name or alias of
        a product, an assessment, a population or anything else of the protocol.

    Why it matters:
        The sentence was most likely copied from the protocol of another product, and means nothing here.

    Example:
        product CT1192 "CT1192 cells" type biological
        exclude contraception "No contraception until 6 months after completing AT19 treatment"

    Instead:
        exclude contraception "No contraception until 6 months after completing {CT1192} treatment"
    """
    known = _known_words(trial)
    codes = _declared_codes(trial)
    if not trial.protocol.products:
        return
    told: set[str] = set()
    for text, origin in texts(trial):
        for match in _TREATED_WITH.finditer(" ".join(text.split())):
            code = match.group(1) or match.group(2)
            if code in told or code.upper() in known or _TARGETS.match(code) or any(_resemble(code, c) for c in codes):
                continue
            told.add(code)
            yield undeclared_treatment.at(
                place_of(trial, origin, code),
                f"`{code}` is spoken of as a treatment, but no product of this protocol is called that",
                help=f'correct the text, or add `alias "{code}"` to the product that it means',
            )


def _resemble(code: str, other: str) -> bool:
    if len(code) < _SHORTEST or len(other) < _SHORTEST:
        return False
    letters, others = code.rstrip("0123456789-"), other.rstrip("0123456789-")
    return edit_distance(code, other) <= _NEAR or (letters == others and len(letters) >= 3)


def _declared_codes(trial: Trial) -> dict[str, Origin]:
    """Code-like names and aliases of products, with the product's place."""
    found: dict[str, Origin] = {}
    for product in trial.protocol.products:
        for text in (product.name, product.label or "", *product.aliases):
            for match in _CODE.finditer(text.replace("_", "-")):
                found.setdefault(match.group(), product.origin)
    return found


def _known_words(trial: Trial) -> set[str]:
    """Every code-like word that the protocol declares anywhere as a name, a label, an alias or a number of its own."""
    protocol = trial.protocol
    words: set[str] = set()
    elements = (
        *protocol.products, *protocol.populations, *protocol.arms, *protocol.visits, *protocol.assessments,
        *protocol.instruments, *protocol.cohorts, *protocol.facts, *protocol.events,
    )  # fmt: skip
    texts = [text for element in elements for text in (element.name, element.label or "")]
    texts += [level.name for scheme in protocol.doses for level in scheme.levels]
    texts += [alias for product in protocol.products for alias in product.aliases]
    texts += [alias for population in protocol.populations for alias in population.aliases]
    texts += [number.value for number in (*protocol.study.registrations, *protocol.study.identifiers)]
    texts += [protocol.study.name, protocol.study.acronym or "", *protocol.study.keywords, *protocol.study.conditions]
    for text in texts:
        words.add(text.upper())
        words.update(match.group().upper() for match in _CODE.finditer(text.replace("_", "-")))
        words.update(match.group().upper() for match in _CODE.finditer(text.replace("_", " ")))
    return words


def texts(trial: Trial) -> Iterator[tuple[str, Origin]]:
    """The prose of the protocol with the element that it belongs to."""
    protocol = trial.protocol
    study = protocol.study
    for text in (study.official_title, study.brief_title, study.summary, study.description):
        if text:
            yield text, study.origin
    for each in (*protocol.products, *protocol.arms, *protocol.populations, *protocol.cohorts, *protocol.assessments):
        if each.description:
            yield each.description, each.origin
    for criterion in protocol.eligibility.criteria if protocol.eligibility is not None else ():
        yield from _criterion_texts(criterion)
    for objective in protocol.objectives:
        yield objective.text, objective.origin
    for endpoint in protocol.endpoints:
        yield f"{endpoint.text}\n{endpoint.description or ''}\n{endpoint.reported or ''}", endpoint.origin
    for section in protocol.sections:
        yield section.text, section.origin


def _criterion_texts(criterion: Criterion) -> Iterator[tuple[str, Origin]]:
    yield criterion.text, criterion.origin
    for option in criterion.options:
        yield from _criterion_texts(option)


def place_of(trial: Trial, origin: Origin, word: str) -> Span | None:
    """The word inside an element, or the element where the word was filled in from elsewhere."""
    span = trial.span(origin)
    if span is None:
        return None
    at = trial.sources.text(span).find(word)
    return span if at < 0 else Span(span.file, span.start + at, span.start + at + len(word))
