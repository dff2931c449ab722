"""What becomes of each construct in REDCap: exact, approximated, or dropped and to do by hand."""

from __future__ import annotations

from typing import Any, NamedTuple

EXACT, APPROXIMATED, DROPPED = "exact", "approximated", "dropped"
WORST = {EXACT: 0, APPROXIMATED: 1, DROPPED: 2}


class Entry(NamedTuple):
    """One thing of one construct, such as a field; `why` is empty where it is exact."""

    construct: str
    status: str
    item: str
    why: str = ""


class Report:
    """Collects what became of each construct."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def exact(self, construct: str, item: str) -> None:
        """It means the same in REDCap."""
        self.entries.append(Entry(construct, EXACT, item))

    def approximated(self, construct: str, item: str, why: str) -> None:
        """It is there, and means a little less or more."""
        self.entries.append(Entry(construct, APPROXIMATED, item, why))

    def dropped(self, construct: str, item: str, why: str) -> None:
        """It is not there; `why` says what to do instead."""
        self.entries.append(Entry(construct, DROPPED, item, why))

    def table(self) -> list[dict[str, Any]]:
        """Counts by construct, in the order in which constructs came up."""
        rows: dict[str, dict[str, Any]] = {}
        for entry in self.entries:
            row = rows.setdefault(entry.construct, {"construct": entry.construct, **dict.fromkeys(WORST, 0)})
            row[entry.status] += 1
        return list(rows.values())

    def groups(self, status: str) -> list[dict[str, Any]]:
        """The things of one status, by construct and reason: `construct`, `why`, `count`, `lines`.

        A thing is called `FORM: FIELD`; a line has all those of one form.
        """
        found: dict[tuple[str, str], list[str]] = {}
        for entry in self.entries:
            if entry.status == status:
                found.setdefault((entry.construct, entry.why), []).append(entry.item)
        return [
            {"construct": construct, "why": why, "count": len(things), "lines": _lines(things)}
            for (construct, why), things in found.items()
        ]


def _lines(things: list[str]) -> list[dict[str, str]]:
    """The things as lines of a form and what is in it."""
    lines: dict[str, list[str]] = {}
    for thing in dict.fromkeys(things):
        form, _, rest = thing.partition(": ")
        lines.setdefault(form, []).append(rest)
    return [{"form": form, "rest": " · ".join(part for part in rest if part)} for form, rest in lines.items()]
