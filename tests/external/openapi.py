"""Schemas of the registry's OpenAPI document as JSON Schema.

The document is YAML of the plainest kind: mappings by indentation, lists of quoted texts, no anchors and no folding.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any


def schema(path: Path, name: str) -> dict[str, Any]:
    """The JSON Schema of `name`; in the protocol section, fields that the document does not name are faults."""
    every = _read(path.read_text(encoding="utf-8"))
    schemas = {key: every[key] for key in sorted(_reached(every, name))}
    for key in _reached(every, "ProtocolSection"):
        if schemas[key].get("type") == "object":
            schemas[key]["additionalProperties"] = False
    text = json.dumps({"$ref": f"#/$defs/{name}", "$defs": schemas})
    return json.loads(text.replace("#/components/schemas/", "#/$defs/"))


def _reached(schemas: dict[str, Any], name: str) -> set[str]:
    found = {name}
    waiting = [name]
    while waiting:
        for other in re.findall(r"#/components/schemas/(\w+)", json.dumps(schemas[waiting.pop()])):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


def _read(text: str) -> dict[str, Any]:
    lines = text.splitlines()
    start = lines.index("  schemas:") + 1
    top: dict[str, Any] = {}
    stack: list[tuple[int, Any]] = [(2, top)]
    for number, line in enumerate(lines[start:], start):
        if line.strip() and not line.startswith("   "):
            break
        if not line.strip():
            continue
        indent = len(line) - len(line.lstrip())
        entry = line.strip()
        if entry.startswith("- "):
            while stack[-1][0] > indent:
                stack.pop()
            stack[-1][1].append(_value(entry[2:]))
            continue
        while stack[-1][0] >= indent:
            stack.pop()
        key, _, value = entry.partition(":")
        made: Any = _value(value.strip())
        if made is None:
            is_list = lines[number + 1].strip().startswith("- ")
            made = [] if is_list else {}
            stack[-1][1][key.strip('"')] = made
            stack.append((indent, made))
        else:
            stack[-1][1][key.strip('"')] = made
    return top


def _value(text: str) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
