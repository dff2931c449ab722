"""A comparison in brief: counts, the highest class, what each flag comes to; and lines that belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.amendments.classify import rules
from protocol_dsl.amendments.describe import Described, described
from protocol_dsl.amendments.records import FLAGS, Change, Comparison, Path
from protocol_dsl.amendments.values import natural

if TYPE_CHECKING:
    from collections.abc import Iterable

TITLES = {
    "substantial": "substantial modification",
    "reconsent": "new consent",
    "registry_30d": "registry update within 30 days",
    "edc": "change of the EDC system",
    "enrolled": "affects people already enrolled",
}
WORDS = {"add": "added", "remove": "removed", "update": "changed", "move": "moved", "rename": "renamed"}


class Verdict(NamedTuple):
    """What a flag comes to over all changes: `yes`, `review` or `no`, its state, and the rules that say so."""

    flag: str
    title: str
    value: str
    state: str
    rules: tuple[str, ...]
    number: int
    reasons: tuple[str, ...]


class Line(NamedTuple):
    """One line of a list of changes: changes that belong together, such as an assessment at several visits.

    `change` is the one that gives the line its class; `inside` are the others.
    """

    symbol: str
    change: Change
    about: Described
    inside: tuple[Change, ...] = ()


def counts(changes: Iterable[Change]) -> dict[str, int]:
    """How many changes of each action, of those that occur."""
    made = dict.fromkeys(WORDS, 0)
    for change in changes:
        made[change.action] += 1
    return {action: number for action, number in made.items() if number}


def highest(changes: Iterable[Change]) -> str | None:
    """The highest class of all changes."""
    found = {change.klass for change in changes}
    return next((each.id for each in rules().classes if each.id in found), None)


def verdicts(comparison: Comparison) -> list[Verdict]:
    """What the flags come to."""
    return [_verdict(comparison, flag) for flag in FLAGS]


def _verdict(comparison: Comparison, name: str) -> Verdict:
    flags = [change.flags[name] for change in comparison.changes if change.flags]
    value = next((value for value in ("yes", "review") if any(flag.value == value for flag in flags)), "no")
    deciding = [flag for flag in flags if flag.value == value]
    states = {flag.state for flag in (deciding if value != "no" else flags)}
    state = "overridden" if "overridden" in states else "confirmed" if states == {"confirmed"} else "suggested"
    if value == "no":
        state = "overridden" if "overridden" in states else "confirmed" if "confirmed" in states else "suggested"
    named = dict.fromkeys(flag.rule for flag in deciding) if value != "no" else {}
    reasons = dict.fromkeys(flag.reason for flag in flags if flag.reason)
    return Verdict(name, TITLES[name], value, state, tuple(named), len(deciding), tuple(reasons))


def lines(changes: list[Change]) -> list[Line]:
    """The changes with what belongs together on one line.

    What is done at a visit that comes in or goes out is told with the visit; the visits of one assessment, group or
    person are told with it; so are further fields of one thing of the same class.
    """
    came = {change.path for change in changes if change.action in ("add", "remove") and change.path[0] == "visits"}
    with_visit: dict[Path, list[Change]] = {}
    cells: dict[tuple[Path, str], list[Change]] = {}
    order: list[tuple[str, Path | tuple[Path, str] | Change]] = []
    for change in changes:
        visit = ("visits", change.path[-1])
        if _is_member(change) and change.path[-2] == "visits" and visit in came and change.path[:2] != visit:
            with_visit.setdefault(visit, []).append(change)
        elif _is_member(change):
            key = (change.path[:-1], change.klass)
            if key not in cells:
                order.append(("cells", key))
            cells.setdefault(key, []).append(change)
        else:
            order.append(("one", change))
    made: list[Line] = []
    for kind, item in order:
        if kind == "one" and isinstance(item, Change):
            made.append(_single(item, with_visit.get(item.path, []) if item.path in came else []))
        elif not isinstance(item, Change):
            made.append(_several(cells[item]))  # pyright: ignore[reportArgumentType]
    return _same_visits(made)


def _same_visits(found: list[Line]) -> list[Line]:
    """Assessments that come to or leave the same visits, on one line."""

    def kind(line: Line) -> tuple[str, ...]:
        return (line.symbol, line.about.old, line.about.new, line.change.klass)

    alike: dict[tuple[str, ...], list[Line]] = {}
    for line in found:
        if _is_visits(line):
            alike.setdefault(kind(line), []).append(line)
    made: list[Line] = []
    for line in found:
        several = alike.get(kind(line), []) if _is_visits(line) else []
        if len(several) < 2:
            made.append(line)
        elif line is several[0]:
            names = ", ".join(each.change.path[1] for each in several)
            inside = [change for each in several for change in (each.change, *each.inside)][1:]
            made.append(Line(line.symbol, line.change, line.about._replace(head=f"assess {names} at"), tuple(inside)))
    return made


def _is_visits(line: Line) -> bool:
    path = line.change.path
    return path[0] == "assessments" and path[2:3] == ("visits",) and _is_member(line.change)


def _is_member(change: Change) -> bool:
    """Whether a value of a set came or went, not a thing or a field."""
    if change.action not in ("add", "remove") or len(change.path) < 3:
        return False
    return (change.new if change.action == "add" else change.old) == change.path[-1]


def _single(change: Change, inside: list[Change]) -> Line:
    from protocol_dsl.amendments.describe import SYMBOLS

    about = described(change)
    # What is given there first: it counts more than what is assessed.
    names = [each.path[1] for part in ("administrations", "assessments") for each in inside if each.path[0] == part]
    if names:
        word = "with" if change.action == "add" else "and with it"
        if change.action == "add":
            about = about._replace(new=f"{about.new}; {word} {', '.join(names)}")
        else:
            about = about._replace(old=f"{about.old}; {word} {', '.join(names)}")
    worst = min([change, *inside], key=lambda each: rules().rank(each.klass))
    if worst is not change:
        # A visit goes out with its safety tests: the line stands where the heavier matter does.
        change = change._replace(klass=worst.klass, rule=worst.rule, flags=worst.flags)
    return Line(SYMBOLS[change.action], change, about, tuple(inside))


def _several(changes: list[Change]) -> Line:
    first = changes[0]
    about = described(first)
    gone = sorted((each.path[-1] for each in changes if each.action == "remove"), key=natural)
    came = sorted((each.path[-1] for each in changes if each.action == "add"), key=natural)
    if len(changes) == 1:
        return Line("+" if came else "-", first, about)
    symbol = "~" if gone and came else "+" if came else "-"
    if gone and came:
        about = Described(about.head, "", " ".join((*(f"−{name}" for name in gone), *(f"+{name}" for name in came))))
    else:
        about = Described(about.head, ", ".join(gone), ", ".join(came))
    return Line(symbol, first, about, tuple(changes[1:]))


def by_class(found: list[Line]) -> list[tuple[str, list[Line]]]:
    """The lines under the titles of their classes, the highest first."""
    made: list[tuple[str, list[Line]]] = []
    for klass in rules().classes:
        several = [line for line in found if line.change.klass == klass.id]
        if several:
            made.append((klass.title, several))
    return made


def sentence(comparison: Comparison) -> str:
    """`3 changes: 1 added, 2 changed; highest class safety; suggested: substantial modification, new consent`."""
    changes = comparison.changes
    if not changes:
        return "no change"
    parts = ", ".join(f"{number} {WORDS[action]}" for action, number in counts(changes).items())
    found = [verdict for verdict in verdicts(comparison) if verdict.value == "yes"]
    text = f"{len(changes)} change{'' if len(changes) == 1 else 's'}: {parts}; highest class {highest(changes)}"
    for state in ("suggested", "confirmed", "overridden"):
        titles = [verdict.title for verdict in found if verdict.state == state]
        text += f"; {state}: {', '.join(titles)}" if titles else ""
    return text
