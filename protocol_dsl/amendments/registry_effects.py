"""The fields of the registry record whose text changes, with both texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from protocol_dsl.amendments.describe import LONGEST, around, cut
from protocol_dsl.amendments.records import Change, Effect
from protocol_dsl.render.registry_criteria import plain
from protocol_dsl.render.registry_view import full_view, one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from protocol_dsl.amendments.pair import Pair
    from protocol_dsl.model.protocol import Protocol

_GROUPS: dict[str, tuple[str, ...]] = {
    "outcome": ("endpoints", "visits", "timeline", "stages", "cycles", "series", "assessments", "instruments"),
    "criteria": ("eligibility", "populations", "visits"),
    "recruitment": ("eligibility", "study"),
    "arm": ("arms", "products"),
    "intervention": ("products", "doses"),
    "details": (
        "visits", "stages", "administrations", "randomization", "sample_size", "gates", "dlt", "doses", "escalations",
        "cohorts", "arms", "products", "rules", "timeline",
    ),
    "study": ("study",),
}  # fmt: skip
"""Which parts of the model the fields of each group are made from."""


def fields(protocol: Protocol) -> dict[str, tuple[str, str]]:
    """The fields of the record by name: the group and the text of each."""
    view: dict[str, Any] = one_line(full_view(protocol))
    found: dict[str, tuple[str, str]] = {"Brief title": ("study", view["title"])}

    def add(group: str, name: str, text: str) -> None:
        if text and text != found.get(name, ("", ""))[1]:
            number = 2
            key = name
            while key in found:
                key, number = f"{name} ({number})", number + 1
            found[key] = (group, text)

    for row in view["identification"]:
        if row.name != "Protocol":  # the version of the protocol is no field of its own
            add("study", row.name, row.value)
    add("study", "Conditions", "; ".join(view["conditions"]))
    add("study", "Keywords", "; ".join(view["keywords"]))
    add("study", "Brief summary", " ".join(block.text for block in view["summary"]))
    add("study", "Detailed description", " ".join(block.text for block in view["description"]))
    for row in view["interventions"]:
        add("intervention", row.name, row.value or "named only")
    for row in view["recruitment"]:
        add("recruitment", row.name, row.value)
    for row in (*view["design"], *view["dates"]):
        add("arm" if row.name == "Number of Arms" else "study", row.name, row.value)
    for group in view["groups"]:
        add("arm", f"Arm: {group.name}", "; ".join(part for part in (*group.interventions, group.description) if part))
    for part in view["outcomes"]:
        for each in part.measures:
            add("outcome", f"{part.title[:-1]} {each.name}", _outcome(each))
    add("criteria", "Eligibility Criteria", plain(view["criteria"]))
    add("study", "Locations", "; ".join(view["sites"]))
    add("study", "Contacts", "; ".join(view["contacts"]))
    for passage in view["details"]:
        add("details", f"Design details: {passage.title}", " ".join((*passage.sentences, *passage.items)))
    return found


def _outcome(outcome: Any) -> str:
    frame = outcome.reported or outcome.frame
    return f"{outcome.title} [{frame}]" + (f" {outcome.method}" if outcome.method else "")


def registry_effects(pair: Pair) -> list[Effect]:
    """An effect for each field that comes, goes or has another text."""
    was, now = fields(pair.old.protocol), fields(pair.new.protocol)
    found: list[Effect] = []
    for name in dict.fromkeys((*now, *was)):
        old, new = was.get(name, ("", None))[1], now.get(name, ("", None))[1]
        if old == new:
            continue
        group = (now.get(name) or was[name])[0]
        found.append(Effect("registry", name, old, new, _text(name, old, new), (group,)))
    return found


def _text(name: str, old: str | None, new: str | None) -> str:
    if old is None or new is None:
        return f"{name} {'comes in' if old is None else 'goes out'}: {cut(old or new or '', LONGEST)}"
    before, after = around(" ".join(old.split()), " ".join(new.split()), LONGEST)
    return f"{name}: {before} → {after}"


def touched(effects: list[Effect]) -> Callable[[Change], bool]:
    """Tells of a change whether it can be the reason why the text of the record changes."""
    parts = {
        part
        for effect in effects
        if effect.kind == "registry" and effect.path and effect.path[0] != "details"
        for part in _GROUPS[effect.path[0]]
    }
    return lambda change: change.path[0] in parts
