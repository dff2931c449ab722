"""The amendment block against what really changed: a rationale for every change, none too many; decided flags."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from protocol_dsl.amendments import codes
from protocol_dsl.amendments.describe import described
from protocol_dsl.amendments.records import FLAGS, Change, Flag, Path

if TYPE_CHECKING:
    from protocol_dsl.amendments.pair import Pair
    from protocol_dsl.diagnostics.model import Diagnostic
    from protocol_dsl.model.protocol import Protocol
    from protocol_dsl.model.study import Amendment, FlagDecision

RECORD = "text.record"
"""The rule of what needs no rationale: the version, the amendment block itself, open notes."""

_BLOCKS = {
    "protocol": "study",
    "randomize": "randomization",
    "stopping": "rules",
    "title": "official_title",
    "condition": "conditions",
    "keyword": "keywords",
    "site": "sites",
    "date": "dates",
}
"""What a path calls something that the language calls otherwise."""


def amendment_of(old: Protocol, new: Protocol) -> Amendment | None:
    """The newest amendment of the newer version that is from the older one and not in it already."""
    known = {each.version for each in old.amendments}
    found = [each for each in new.amendments if each.from_version == old.study.version and each.version not in known]
    return max(found, key=lambda each: each.date, default=None)


def review(pair: Pair, changes: list[Change], amendment: Amendment | None) -> tuple[list[Change], list[Diagnostic]]:
    """The changes with their rationales and the author's decisions, and what is wrong with the block."""
    found = [_guessed(pair, change) for change in changes if change.is_guess]
    needing = [change for change in changes if _needs_rationale(pair, change)]
    old, new = pair.old.protocol.study, pair.new.protocol.study
    if amendment is None:
        if needing and old.version != new.version:
            said = [name if name else "none" for name in (old.version, new.version)]
            found.append(
                codes.NO_AMENDMENT.at(
                    pair.new.head(new.origin),
                    f"version {said[0]} became {said[1]}, and no amendment is from {said[0]}",
                    help=f'write `amendment "{new.version}" on … from "{old.version}" {{ … }}`',
                )
            )
        return changes, found
    explained: list[Change] = []
    missing: list[Change] = []
    used: set[int] = set()
    for change in changes:
        lines = [
            number
            for number, line in enumerate(amendment.changes)
            if (not line.removed or change.action in ("remove", "rename")) and covers(line.of, change, pair)
        ]
        used.update(lines)
        if not lines and _needs_rationale(pair, change):
            missing.append(change)
        # The line that names most of the path is the one that was written for it.
        best = max((amendment.changes[number] for number in lines), key=lambda line: line.of.count("."), default=None)
        explained.append(change._replace(rationale=best.rationale) if best is not None else change)
    found += _missing(pair, missing, amendment)
    for number, line in enumerate(amendment.changes):
        if number not in used:
            word = "is still there" if line.removed else "did not change"
            found.append(
                codes.NO_CHANGE.at(
                    pair.new.span(line.origin),
                    f"`{line.of}` {word}" if _is_known(pair, line.of) else f"neither version has `{line.of}`",
                    help="take the line out, or name what changed",
                )
            )
    decided, faults = decide(pair, explained, amendment.decisions)
    return decided, found + faults + _incomplete(pair, amendment) + _unconfirmed(pair, decided, amendment)


def _needs_rationale(pair: Pair, change: Change) -> bool:
    """A text that only names something else has the reason of that."""
    return change.rule != RECORD and not pair.is_filled_in(change)


def covers(reference: str, change: Change, pair: Pair) -> bool:
    """Whether a reference, such as `D28` or `cbc.anc`, speaks of a change."""
    steps = list(change.path)
    if change.action == "rename":
        steps.append(str(change.old))
    if _in_order([reference], steps) or _in_order(reference.split("."), steps):
        return True
    return bool(_visits_of(change) & _members(reference, pair))


def _in_order(names: list[str], steps: Iterable[str]) -> bool:
    """Whether the names stand among the steps, in this order."""
    left = iter(steps)
    return all(any(_is_named(name, step) for step in left) for name in names)


def _is_named(name: str, step: str) -> bool:
    if step in (name, _BLOCKS.get(name)) or step.rstrip("0123456789") == name:
        return True
    return " " in step and name in re.findall(r"[\w.]+", step)


def _visits_of(change: Change) -> set[str]:
    """The visit that a change is about: itself, or one at which something is done."""
    path = list(change.path)
    if path[0] == "visits" and len(path) > 1:
        return {path[1]}
    return {path[3]} if path[0] in ("assessments", "groups") and path[2:3] == ["visits"] and len(path) > 3 else set()


def _members(reference: str, pair: Pair) -> set[str]:
    """The visits of a group or stage in either version."""
    return {
        visit
        for trial in (pair.old, pair.new)
        for part in (*trial.protocol.groups, *trial.protocol.stages)
        if part.name == reference
        for visit in part.visits
    }


def _is_known(pair: Pair, reference: str) -> bool:
    from protocol_dsl.amendments.canonical import tree

    def names(value: object) -> Iterable[str]:
        if isinstance(value, dict):
            for key, inner in value.items():  # pyright: ignore[reportUnknownVariableType]
                if key == "amendments":
                    continue
                yield str(key)  # pyright: ignore[reportUnknownArgumentType]
                yield from names(inner)  # pyright: ignore[reportUnknownArgumentType]

    first = reference.split(".")[0]
    wanted = {first, _BLOCKS.get(first, first), reference}
    return any(wanted & set(names(tree(trial.protocol))) for trial in (pair.old, pair.new))


def thing_of(change: Change, changed: frozenset[Path] = frozenset()) -> tuple[str, str]:
    """What a change is about, for one line a thing: its part of the model and its name.

    What is done at a visit that came in or went out (`changed`) is about the visit.
    """
    path = list(change.path)
    if path[0] in ("study", "timeline", "dlt", "randomization", "sample_size") or len(path) == 1:
        return (path[0], {"study": "protocol", "randomization": "randomize"}.get(path[0], path[0]))
    if path[2:3] == ["visits"] and len(path) > 3 and ("visits", path[3]) in changed:
        return ("visits", path[3])
    if path[0] == "eligibility":
        return ("eligibility", path[2] if len(path) > 2 else "eligibility")
    if path[0] == "rules":
        return ("rules", path[1].removeprefix("modifications "))
    return (path[0], re.split(r"[^\w.]", path[1])[0])


def _missing(pair: Pair, missing: list[Change], amendment: Amendment) -> list[Diagnostic]:
    """One finding for each thing that changed without a reason."""
    changed = frozenset(change.path for change in missing if change.action in ("add", "remove"))
    things: dict[tuple[str, str], list[Change]] = {}
    for change in missing:
        things.setdefault(thing_of(change, changed), []).append(change)
    found: list[Diagnostic] = []
    for (_, name), several in things.items():
        first = several[0]
        is_gone = first.action == "remove" and first.path[-1:] == (name,)
        more = f", and {len(several) - 1} more of it" if len(several) > 1 else ""
        word = "removed" if is_gone else "change"
        place = pair.new.head(first.new_place)
        found.append(
            codes.NO_RATIONALE.at(
                place or pair.new.head(amendment.origin),
                f"no reason is given for this change: {described(first).text}{more}",
                also=pair.new.mark(amendment.origin, "the amendment") if place is not None else (),
                help=f'write `{word} {name} "…"` in the amendment {amendment.version}',
            )
        )
    return found


# Flags


def decide(
    pair: Pair, changes: list[Change], decisions: Iterable[FlagDecision]
) -> tuple[list[Change], list[Diagnostic]]:
    """The changes with the flags that the author confirmed or overrode; overriding needs a reason."""
    found: list[Diagnostic] = []
    made = list(changes)
    for decision in decisions:
        value = "yes" if decision.value else "no"
        about = [
            number
            for number, change in enumerate(made)
            if not decision.of or any(covers(name, change, pair) for name in decision.of)
        ]
        flags = {
            number: flag for number in about if (flag := (made[number].flags or {}).get(decision.flag)) is not None
        }
        if decision.value and not decision.of and any(flag.value != "no" for flag in flags.values()):
            # Of the whole amendment: yes, for those changes that are the reason.
            flags = {number: flag for number, flag in flags.items() if flag.value != "no"}
        against = [number for number, flag in flags.items() if flag.value not in (value, "review")]
        for number, flag in flags.items():
            state = "overridden" if number in against else "confirmed"
            made[number] = made[number]._replace(
                flags={**(made[number].flags or {}), decision.flag: Flag(value, flag.rule, state, decision.reason)}
            )
        if against and not decision.reason:
            change = changes[against[0]]
            rule = (change.flags or {})[decision.flag].rule
            suggested = "yes" if value == "no" else "no"
            found.append(
                codes.NO_REASON.at(
                    pair.new.span(decision.origin),
                    f"the rule {rule} suggests {suggested}: {described(change).text}",
                    help=f'give a reason: `flag {decision.flag} {value} … "…"`',
                )
            )
        if decision.of and not about:
            found.append(
                codes.NO_CHANGE.at(
                    pair.new.span(decision.origin),
                    f"nothing of {', '.join(f'`{name}`' for name in decision.of)} changed",
                    help="take the line out, or name what changed",
                )
            )
    return made, found


def _unconfirmed(pair: Pair, changes: list[Change], amendment: Amendment) -> list[Diagnostic]:
    open_flags = [
        flag
        for flag in FLAGS
        if any(
            change.flags and change.flags[flag].state == "suggested" and change.flags[flag].value != "no"
            for change in changes
        )
    ]
    if not open_flags:
        return []
    return [
        codes.UNCONFIRMED.at(
            pair.new.head(amendment.origin),
            f"suggestions that the amendment neither confirms nor overrides: {', '.join(open_flags)}",
            help=f"write `flag {open_flags[0]} yes`, or `no` with a reason",
        )
    ]


def _incomplete(pair: Pair, amendment: Amendment) -> list[Diagnostic]:
    has = {impact.kind for impact in amendment.impacts}
    lacking = [
        text
        for text, is_there in (
            ("scope", amendment.scope is not None),
            ("reason", amendment.reason is not None),
            ("summary", amendment.summary is not None),
            ("enrolled", amendment.enrolled is not None),
            ("impact safety", "safety" in has),
            ("impact reliability", "reliability" in has),
        )
        if not is_there
    ]
    if not lacking:
        return []
    return [
        codes.INCOMPLETE.at(
            pair.new.head(amendment.origin),
            f"the amendment details of ICH M11 lack {', '.join(lacking)}",
            help=f"write `{lacking[0]} …` in the amendment",
        )
    ]


def _guessed(pair: Pair, change: Change) -> Diagnostic:
    return codes.RENAME_GUESSED.at(
        pair.new.head(change.new_place),
        f"{change.new} looks like {change.old} under another name",
        help=f"if it is, write `@renamed_from {change.old}` before it",
    )
