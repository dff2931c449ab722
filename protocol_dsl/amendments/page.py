"""A comparison as a document: amendment details and summary of changes (ICH M11), redlined schedule, registry delta."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from protocol_dsl.amendments.classify import rules
from protocol_dsl.amendments.describe import described, head
from protocol_dsl.amendments.pair import Pair
from protocol_dsl.amendments.records import FLAGS, KINDS, Change, Comparison
from protocol_dsl.amendments.redline import redline
from protocol_dsl.amendments.summary import Line, by_class, lines, sentence, verdicts
from protocol_dsl.amendments.values import quantity
from protocol_dsl.render.context import Rendering
from protocol_dsl.render.environment import render
from protocol_dsl.render.page import page

TITLE = "Amendment"
SHORT = {
    "substantial": "substantial",
    "reconsent": "new consent",
    "registry_30d": "registry",
    "edc": "EDC",
    "enrolled": "enrolled",
}
_APPLIES = {
    "new": "New participants only",
    "future_visits": "Future visits of all participants",
    "all": "All participants",
}


class Detail(NamedTuple):
    """One row of the amendment details."""

    name: str
    value: str


class Piece(NamedTuple):
    """A part of a text with its fate: `same`, `removed` or `added`."""

    state: str
    text: str


class ChangeRow(NamedTuple):
    """One row of the summary of changes. `place` is `lupus.proto:61`; `flags` are those that are not `no`."""

    symbol: str
    what: str
    old: str
    new: str
    rationale: str
    place: str
    rule: str
    flags: list[tuple[str, str, str]]


def document(comparison: Comparison, versions: str, format: str, templates: str | None = None) -> str:
    """The document as `md` or `html`; `versions` says what was compared. Raises `TemplateFault`."""
    return render(f"amendment.{format}.j2", data(comparison, versions), templates)


def data(comparison: Comparison, versions: str) -> dict[str, Any]:
    """What the templates read."""
    new = comparison.new
    assert new.protocol is not None
    assert new.schedule is not None
    # The banner is about this document: the findings about the amendment, not all that the protocol leaves open.
    quiet = new.protocol.model_copy(update={"notes": ()})
    rendering = Rendering(quiet, new.schedule, comparison.diagnostics, new.sources)
    pair = Pair(comparison.old, new, comparison.changes)
    table = redline(pair)
    effects = [effect for effect in comparison.effects if effect.kind != "registry"]
    return {
        "page": page(rendering, TITLE),
        "versions": versions,
        "sentence": sentence(comparison),
        "details": details(comparison),
        "has_amendment": comparison.amendment is not None,
        "groups": [
            (title, [change_row(line) for line in found]) for title, found in by_class(lines(comparison.changes))
        ],
        "redline": table if table.is_changed else None,
        "rows": table.listed(),
        "effects": [
            (title, [effect.text for effect in effects if effect.kind == kind])
            for kind, title in KINDS.items()
            if any(effect.kind == kind for effect in effects)
        ],
        "verdicts": [
            {
                **verdict._asdict(),
                "by": [(name, rules().rule(name).title, rules().rule(name).source) for name in verdict.rules],
            }
            for verdict in verdicts(comparison)
        ],
        "under_way": _under_way(comparison),
        "registry": [
            {
                "field": effect.subject,
                "old": effect.old,
                "new": effect.new,
                "pieces": pieces(effect.old or "", effect.new or ""),
            }
            for effect in comparison.effects
            if effect.kind == "registry"
        ],
    }


def _under_way(comparison: Comparison) -> dict[str, Any] | None:
    """Participants under way: a sentence, the affected with their visits, the others by the reason."""
    found = comparison.under_way
    if found is None:
        return None
    from protocol_dsl.amendments.under_way import KINDS as VISIT_KINDS
    from protocol_dsl.amendments.under_way_files import consent_text

    rest: dict[str, list[str]] = {}
    for person in found.people:
        if not person.is_affected:
            rest.setdefault(person.why, []).append(person.code)
    return {
        "sentence": found.sentence,
        "people": [
            {
                "code": person.code,
                "site": person.site,
                "consent": consent_text(person, found),
                "changes": [
                    {
                        "kind": change.kind,
                        "word": VISIT_KINDS[change.kind],
                        "visit": change.visit,
                        "label": change.label,
                        "old": change.old.text if change.old is not None else "",
                        "new": change.new.text if change.new is not None else "",
                        "text": change.text,
                    }
                    for change in person.changes
                ],
            }
            for person in found.affected
        ],
        "rest": list(rest.items()),
    }


def details(comparison: Comparison) -> list[Detail]:
    """The amendment details in the order of ICH M11; what was not said is shown as missing."""
    old, new = comparison.old.protocol, comparison.new.protocol
    assert old is not None
    assert new is not None
    amendment = comparison.amendment
    if amendment is None:
        return [
            Detail("Version before", _version(old.study.version, old.study.version_date)),
            Detail("This version", _version(new.study.version, new.study.version_date)),
        ]
    impacts = {impact.kind: impact for impact in amendment.impacts}
    found = [
        Detail("Amendment identifier", amendment.version),
        Detail("Amends", _version(amendment.from_version, old.study.version_date)),
        Detail("Date", amendment.date),
        Detail(
            "Scope",
            {"global": "Global", "not_global": "Not global"}.get(amendment.scope or "", "")
            + (f": {', '.join(amendment.regions)}" if amendment.regions else ""),
        ),
        Detail("Primary reason", _reason(amendment.reason)),
        Detail("Secondary reasons", "; ".join(map(_reason, amendment.secondary_reasons)) or "None"),
        Detail("Summary", " ".join((amendment.summary or "").split())),
        Detail("Enrolled at approval", quantity(amendment.enrolled) if amendment.enrolled is not None else ""),
    ]
    for kind, name in (
        ("safety", "Substantial impact on safety or rights of participants"),
        ("reliability", "Substantial impact on reliability and robustness of the data"),
    ):
        impact = impacts.get(kind)  # pyright: ignore[reportArgumentType, reportCallIssue]
        said = "" if impact is None else "Yes" if impact.substantial else "No"
        found.append(Detail(name, said + (f": {impact.comment}" if impact is not None and impact.comment else "")))
    found.append(Detail("Applies to", _APPLIES.get(amendment.applies or "", "")))
    return found


def _version(version: str | None, date: str | None) -> str:
    return f"{version or 'not said'}{f' of {date}' if date else ''}"


def _reason(name: str | None) -> str:
    if name is None:
        return ""
    text, code = rules().reasons[name]
    return f"{text} ({code})"


def change_row(line: Line) -> ChangeRow:
    """A line as a row of the summary of changes."""
    change, about = line.change, line.about
    full = described(change, longest=10_000) if not line.inside and change.action == "update" else about
    origin = change.new_place or change.old_place
    place = f"{origin.file.rpartition('/')[2]}:{origin.line}" if origin is not None else ""
    return ChangeRow(
        line.symbol,
        _what(change, about.head),
        full.old,
        full.new,
        " ".join((change.rationale or "").split()),
        place,
        change.rule,
        [(SHORT[name], flag.value, flag.state) for name in FLAGS
         if (flag := (change.flags or {})[name]).value != "no" or flag.state == "overridden"],
    )  # fmt: skip


def _what(change: Change, said: str) -> str:
    return said or head(change.path)


def pieces(old: str, new: str) -> list[Piece]:
    """Both texts as one, word by word."""
    from difflib import SequenceMatcher

    if not old or not new:
        return [Piece("added" if new else "removed", new or old)]
    was, now = (re.findall(r"\s+|[^\s]+", text) for text in (old, new))
    found: list[Piece] = []
    for op, a, b, c, d in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if op == "equal":
            found.append(Piece("same", _shortened("".join(was[a:b]), is_first=a == 0, is_last=b == len(was))))
            continue
        if b > a:
            found.append(Piece("removed", "".join(was[a:b])))
        if d > c:
            found.append(Piece("added", "".join(now[c:d])))
    return found


_KEPT = 160


def _shortened(text: str, *, is_first: bool, is_last: bool) -> str:
    """A long run of equal words by its ends that touch a change."""
    if len(text) <= 2 * _KEPT:
        return text
    before = "" if is_first else text[:_KEPT].rpartition(" ")[0]
    after = "" if is_last else text[-_KEPT:].partition(" ")[2]
    return f"{before} […] {after}"
