"""The reference values of dose-escalation designs, which are kept beside the project and not in it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("PROTOCOL_DSL_SHARED_DATA") or Path(__file__).parents[2].parent / "shared" / "data")
FILE = FOLDER / "dose" / "reference_oc.json"
WHY_SKIPPED = "the reference values (shared/data/dose) are not there; PROTOCOL_DSL_SHARED_DATA names another folder"


def reference() -> dict[str, Any]:
    """The file, or an empty one where it is absent, so that the tests can be collected."""
    if not FILE.is_file():
        return {}
    data: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return data


def rows(data: dict[str, Any], *keys: str) -> list[dict[str, Any]]:
    """A list of the file; empty where it is absent."""
    for key in keys:
        data = data.get(key, {})
    return list(data or ())
