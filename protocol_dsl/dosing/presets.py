"""The 3+3 design in the variants that protocols mean by that name, and A+B designs, as rule tables.

V1 and V2 are also what published programs call 3+3 without and with de-escalation; V3 asks for six participants at
the MTD (Korn and others 1994); V4 and V5 are rules found in registered cell-therapy trials.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from protocol_dsl.dosing.rules import (
    BELOW,
    DE_ESCALATE,
    ESCALATE,
    STOP,
    STOP_WITHOUT_MTD,
    Act,
    Acts,
    Mtd,
    RuleTable,
)

VARIANTS: dict[str, str] = {
    "V1": "no de-escalation; 2 or more DLTs end it with the level below as MTD, which may have 3 participants",
    "V2": "2 or more DLTs: 3 more one level below if it has only 3; the highest level may be declared with 3",
    "V3": "as V2, and the MTD has 6 participants, at the highest level too",
    "V4": "2 of 6 DLTs: this level is the MTD; more: the level below",
    "V5": "2 of 6 DLTs: the level below is the MTD; more: stop, and 3 more one level below",
}


def three_plus_three(levels: int, variant: str, start: int = 0, lowest: int = 0, **changes: Any) -> RuleTable:
    """A 3+3 design in one of `VARIANTS`; `changes` are other fields of the rule table, such as `max_total`."""
    below: Acts = (Act("stop"), Act("treat_more", 3, BELOW))
    many = {"V1": STOP, "V2": DE_ESCALATE, "V3": DE_ESCALATE, "V4": STOP, "V5": below}[variant]
    two_of_six = DE_ESCALATE if variant in ("V2", "V3") else STOP
    fields: dict[str, Any] = {
        "above_top": (Act("expand", 6),) if variant == "V3" else STOP,
        "below_bottom": STOP_WITHOUT_MTD,
        "max_per_level": None if variant == "V5" else 6,
        "closed": _two_or_more if variant in ("V2", "V3") else None,
        "mtd": Mtd("highest", {"V3": _one_of_six, "V4": _one_or_two_of_six}.get(variant, _at_most_one)),
    }
    fields.update(changes)
    return RuleTable(
        levels=levels,
        cohort=3,
        start=start,
        lowest=lowest,
        tables={
            3: {0: ESCALATE, 1: (Act("expand", 6),), 2: many, 3: many},
            6: {0: ESCALATE, 1: ESCALATE, 2: two_of_six, **dict.fromkeys(range(3, 7), many)},
        },
        **fields,
    )


def _two_or_more(n: int, dlts: int) -> bool:
    return dlts >= 2


def _at_most_one(n: int, dlts: int) -> bool:
    return dlts <= 1


def _one_of_six(n: int, dlts: int) -> bool:
    return n >= 6 and dlts <= 1


def _one_or_two_of_six(n: int, dlts: int) -> bool:
    return dlts <= 1 or (n >= 6 and dlts <= 2)


def traditional(levels: int, stages: Sequence[tuple[int, int, int]], start: int = 0) -> RuleTable:
    """An A+B, A+B+C … design without de-escalation.

    `stages` are (participants added, escalate below or at so many DLTs, expand below or at so many), DLTs counted
    over all stages at the level; more DLTs stop, and the level below is the MTD. The last stage has no expansion:
    its second number is not looked at. 3+3 is `[(3, 0, 1), (3, 1, 1)]`.
    """
    tables: dict[int, dict[int, Acts]] = {}
    n = 0
    for number, (added, escalate, expand) in enumerate(stages):
        n += added
        last = number == len(stages) - 1
        tables[n] = {
            y: ESCALATE if y <= escalate else (Act("expand", n + stages[number + 1][0]),) if not last and y <= expand
            else STOP
            for y in range(n + 1)
        }  # fmt: skip
    return RuleTable(
        levels=levels,
        cohort=stages[0][0],
        start=start,
        tables=tables,
        mtd=Mtd("previous"),
        above_top=STOP,
        below_bottom=STOP_WITHOUT_MTD,
        max_per_level=n,
    )
