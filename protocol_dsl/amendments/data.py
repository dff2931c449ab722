"""A comparison as JSON, for programs. `VERSION` rises when its shape changes; docs/amendments.md describes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from protocol_dsl.amendments.canonical import Keyed
from protocol_dsl.amendments.records import Change, Comparison, Effect, Flag, path_text
from protocol_dsl.amendments.summary import counts, highest, verdicts
from protocol_dsl.amendments.values import natural

if TYPE_CHECKING:
    from protocol_dsl.model.base import Origin

VERSION = 1


def data(comparison: Comparison) -> dict[str, Any]:
    """`version`, `changes`, `effects`, `summary`, and `participants` where they were asked for."""
    made = {
        "version": VERSION,
        "changes": [_change(change) for change in comparison.changes],
        "effects": [_effect(effect) for effect in comparison.effects],
        "summary": summary(comparison),
    }
    if comparison.under_way is not None:
        from protocol_dsl.amendments import under_way_files

        made["participants"] = under_way_files.data(comparison.under_way)
    return made


def summary(comparison: Comparison) -> dict[str, Any]:
    """Versions, counts, the highest class, what the flags come to, findings about the amendment block."""
    old, new = comparison.old.protocol, comparison.new.protocol
    assert old is not None
    assert new is not None
    amendment = comparison.amendment
    return {
        "old_version": old.study.version,
        "new_version": new.study.version,
        "amendment": amendment.version if amendment is not None else None,
        "changes": len(comparison.changes),
        "actions": counts(comparison.changes),
        "class": highest(comparison.changes),
        "flags": {
            verdict.flag: {"value": verdict.value, "state": verdict.state, "rules": list(verdict.rules)}
            for verdict in verdicts(comparison)
        },
        "findings": [
            {"code": each.code, "severity": each.severity, "message": each.message} for each in comparison.diagnostics
        ],
    }


def text(value: Any) -> str:
    """JSON text."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def plain(tree: Any) -> Any:
    """A part of a tree as JSON values: sets as sorted lists, things by their identity as objects."""
    if isinstance(tree, frozenset):
        return sorted(cast("frozenset[str]", tree), key=natural)
    if isinstance(tree, tuple):
        return [plain(each) for each in cast("tuple[Any, ...]", tree)]
    if isinstance(tree, dict):
        parts = cast("dict[str, Any]", tree)
        return {key: plain(value) for key, value in parts.items() if key != "name" or isinstance(tree, Keyed)}
    return tree


def _change(change: Change) -> dict[str, Any]:
    made: dict[str, Any] = {
        "action": change.action,
        "path": path_text(change.path),
        "class": change.klass,
        "old": plain(change.old),
        "new": plain(change.new),
        "old_place": _place(change.old_place),
        "new_place": _place(change.new_place),
        "flags": {name: _flag(flag) for name, flag in (change.flags or {}).items()},
        "rule": change.rule,
    }
    if change.position is not None:
        made["position"] = change.position + 1
    if change.action == "rename":
        made["guess"] = change.is_guess
    if change.rationale is not None:
        made["rationale"] = change.rationale
    return made


def _flag(flag: Flag) -> dict[str, Any]:
    made = {"value": flag.value, "state": flag.state, "rule": flag.rule}
    return made | ({"reason": flag.reason} if flag.reason else {})


def _place(origin: Origin | None) -> dict[str, Any] | None:
    return None if origin is None else {"file": origin.file, "line": origin.line, "column": origin.column}


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "kind": effect.kind,
        "subject": effect.subject,
        "old": effect.old,
        "new": effect.new,
        "text": effect.text,
        "path": path_text(effect.path) if effect.path is not None else None,
    }
