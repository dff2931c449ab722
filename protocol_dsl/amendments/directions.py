"""In which direction an eligibility criterion went: loosened, so that more people can take part, or tightened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from protocol_dsl.model.base import Duration, Expression, Quantity
    from protocol_dsl.model.outcomes import Criterion, Eligibility
    from protocol_dsl.schedule.spans import Spans

Direction = Literal["loosened", "tightened", "same", "unknown"]

_OTHER_WAY: dict[Direction, Direction] = {
    "loosened": "tightened", "tightened": "loosened", "same": "same", "unknown": "unknown",
}  # fmt: skip


def turned(direction: Direction) -> Direction:
    """The direction for whom the criterion keeps out."""
    return _OTHER_WAY[direction]


def of_conditions(old: Expression | None, new: Expression | None) -> Direction:
    """Whether a condition holds for more (`loosened`) or fewer than before."""
    if old is None or new is None:
        return "same" if old is new else "unknown"
    from protocol_dsl.expressions.inclusion import implies

    forth, back = implies(old, new), implies(new, old)
    if forth and back:
        return "same"
    if forth:
        return "loosened"
    return "tightened" if back else "unknown"


def together(directions: list[Direction]) -> Direction:
    """What several directions come to: one of them if no other contradicts it."""
    found: set[Direction] = {each for each in directions if each != "same"}
    return found.pop() if len(found) == 1 else "unknown" if found else "same"


def of_criterion(old: Criterion | None, new: Criterion | None, spans: Spans) -> Direction:
    """The direction of one criterion; of one that is new or gone too."""
    if old is None or new is None:
        return "tightened" if old is None else "loosened"
    if old.kind != new.kind:
        return "unknown"
    holds = _holds(old, new, spans)
    found: list[Direction] = [turned(holds) if new.kind in ("exclude", "washout") else holds, *_for_whom(old, new)]
    direction = together(found)
    if direction == "same" and _says_other(old, new):
        return "unknown"
    return direction


def _for_whom(old: Criterion, new: Criterion) -> list[Direction]:
    """Where a criterion does not apply, nobody fails it: one that applies to fewer people is looser."""
    found: list[Direction] = []
    if old.condition is not None or new.condition is not None:
        if old.condition is None or new.condition is None:
            found.append("tightened" if new.condition is None else "loosened")
        else:
            found.append(turned(of_conditions(old.condition, new.condition)))
    before, after = set(old.populations), set(new.populations)
    if before != after:
        if not before or (after and after < before):
            found.append("loosened")
        else:
            found.append("tightened" if not after or before < after else "unknown")
    return found


def _says_other(old: Criterion, new: Criterion) -> bool:
    return (old.text, old.visits, old.before, old.requires) != (new.text, new.visits, new.before, new.requires)


def _holds(old: Criterion, new: Criterion, spans: Spans) -> Direction:
    """Whether what a criterion says holds for more or fewer people: by its condition, its time and its options."""
    found: list[Direction] = [of_conditions(old.where, new.where), _of_length(old, new, spans)]
    if old.combine == new.combine == "at_least" and old.at_least and new.at_least and old.at_least != new.at_least:
        found.append("tightened" if new.at_least > old.at_least else "loosened")
    elif (old.combine, new.combine) in _STRICTER:
        found.append("tightened")
    elif (new.combine, old.combine) in _STRICTER:
        found.append("loosened")
    elif old.combine != new.combine:
        found.append("unknown")
    found.append(_of_options(old, new, spans))
    return together(found)


_STRICTER = (("one_of", "all_of"), ("at_least", "all_of"), ("one_of", "at_least"))
"""Of two ways in which options combine, the second one asks for more of them."""


def _of_options(old: Criterion, new: Criterion, spans: Spans) -> Direction:
    before = {option.name: option for option in old.options}
    after = {option.name: option for option in new.options}
    gained: Direction = "tightened" if new.combine == "all_of" else "loosened"
    found: list[Direction] = []
    found.extend(gained for name in after if name not in before)
    found.extend(turned(gained) for name in before if name not in after)
    for name, one in before.items():
        other = after.get(name)
        if other is None:
            continue
        direction = _holds(one, other, spans)
        is_elsewhere = (one.populations, one.condition is None) != (other.populations, other.condition is None)
        found.append("unknown" if is_elsewhere or (direction == "same" and _says_other(one, other)) else direction)
    return together(found)


def _of_length(old: Criterion, new: Criterion, spans: Spans) -> Direction:
    """By the time in which something counts: in a longer one it is true of more people.

    A washout is a time that has to be free of something; the same holds of the something.
    """
    if old.within is None or new.within is None:
        return "same" if old.within is new.within else "unknown"
    longer = compared(old.within, new.within, spans)
    if longer is None:
        return "unknown"
    return "same" if longer == 0 else "loosened" if longer > 0 else "tightened"


def compared(old: Duration, new: Duration, spans: Spans) -> int | None:
    """1 for a longer duration, -1 for a shorter one, 0 for an equal one; None if that depends on something else."""
    if [(q.value, q.unit) for q in old.quantities] == [(q.value, q.unit) for q in new.quantities]:
        return 0 if old.choose == new.choose else None
    if len(old.quantities) == len(new.quantities) > 1 and old.choose == new.choose:
        signs = {
            (b.value > a.value) - (b.value < a.value) if a.unit == b.unit else None
            for a, b in zip(old.quantities, new.quantities, strict=True)
        } - {0}
        return signs.pop() if len(signs) == 1 else None
    before, after = spans.of_duration(old), spans.of_duration(new)
    if before.least is None or before.most is None or after.least is None or after.most is None:
        return None
    if after.least >= before.most and after.most > before.least:
        return 1
    return -1 if after.most <= before.least else None


def of_age(old: Quantity | None, new: Quantity | None, *, is_lower: bool) -> Direction:
    """The direction of an age limit."""
    if old is None or new is None:
        return "same" if old is new else "tightened" if old is None else "loosened"
    from protocol_dsl.quantities import convert, parse_unit

    difference = convert(new.value, parse_unit(new.unit), parse_unit(old.unit)) - old.value
    if difference == 0:
        return "same"
    return "tightened" if (difference > 0) == is_lower else "loosened"


def of_eligibility(old: Eligibility, new: Eligibility) -> list[tuple[str, Direction]]:
    """The directions of what stands beside the criteria: ages, sex, healthy volunteers."""
    found: list[tuple[str, Direction]] = [
        ("minimum_age", of_age(old.minimum_age, new.minimum_age, is_lower=True)),
        ("maximum_age", of_age(old.maximum_age, new.maximum_age, is_lower=False)),
    ]
    if old.sex != new.sex:
        found.append(("sex", "loosened" if new.sex == "all" else "tightened" if old.sex == "all" else "unknown"))
    if old.healthy_volunteers != new.healthy_volunteers and None not in (
        old.healthy_volunteers,
        new.healthy_volunteers,
    ):
        found.append(("healthy_volunteers", "loosened" if new.healthy_volunteers else "tightened"))
    return [(name, direction) for name, direction in found if direction != "same"]
