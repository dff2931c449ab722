"""What became of the fields of a record: structured, kept as text, dropped, or changed on the way, with the reason."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal

Status = Literal["structured", "text", "dropped", "changed"]
_TITLES: dict[Status, str] = {
    "structured": "became statements",
    "text": "kept as text",
    "dropped": "dropped",
    "changed": "come back changed",
}


class Report:
    """Counts by status, field and reason. Paths name the fields, with `[]` for the entries of a list."""

    def __init__(self) -> None:
        self.entries: Counter[tuple[Status, str, str]] = Counter()

    def add(self, status: Status, path: str, reason: str = "", count: int = 1) -> None:
        """Note a field."""
        self.entries[(status, path, reason)] += count

    @property
    def reasons(self) -> Counter[str]:
        """Of how many values of each field a reason is known why they are not in the protocol as they were."""
        found: Counter[str] = Counter()
        for (status, path, reason), count in self.entries.items():
            if status in ("dropped", "changed") and reason:
                found[path] += count
        return found

    def total(self, status: Status) -> int:
        """How many values have this status."""
        return sum(count for (each, _, _), count in self.entries.items() if each == status)

    def totals(self) -> dict[Status, int]:
        """How many values have each status."""
        return {status: self.total(status) for status in _TITLES}

    def summary(self) -> str:
        """`212 values became statements, 3 kept as text, 9 dropped`."""
        found = [(status, title, self.total(status)) for status, title in _TITLES.items()]
        words = [f"{count} {title}" for status, title, count in found if count or status == "structured"]
        return ", ".join(words)

    def text(self) -> str:
        """The report for people: one line a field that is not whole in the protocol, with the reason."""
        lines = [self.summary()]
        for status, title in _TITLES.items():
            rows = [(path, reason, count) for (each, path, reason), count in self.entries.items() if each == status]
            if status == "structured" or not rows:
                continue
            lines += ["", f"{title[0].upper()}{title[1:]}:"]
            for path, reason, count in sorted(rows):
                times = f" ({count} times)" if count > 1 else ""
                lines.append(f"  {path}{times}: {reason}" if reason else f"  {path}{times}")
        return "\n".join(lines) + "\n"

    def data(self) -> dict[str, Any]:
        """The report for programs."""
        return {
            status: [
                {"field": path, "count": count, **({"reason": reason} if reason else {})}
                for (each, path, reason), count in sorted(self.entries.items())
                if each == status
            ]
            for status in _TITLES
        }
