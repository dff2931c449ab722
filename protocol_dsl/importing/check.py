"""The way back: what a protocol gives to the registry, beside the record that it was made from."""

from __future__ import annotations

from collections import Counter
from typing import Any

from protocol_dsl import pipeline
from protocol_dsl.diagnostics.model import ERROR, Diagnostic
from protocol_dsl.exchange.ctgov_compare import Difference, differences
from protocol_dsl.importing.ctgov import Imported
from protocol_dsl.render.ctgov import section as to_section

_LONGEST = 60


def check(imported: Imported, section: dict[str, Any]) -> list[Diagnostic]:
    """Compile the protocol and compare the record that it gives; what came back changed is added to the report.

    Returns faults of syntax, names and quantities, of which there should be none. Contradictions of the record itself,
    such as a random allocation to one arm, are for `protoc check`.
    """
    compiled = pipeline.check_text(imported.text, f"{imported.name}.proto")
    faults = [] if compiled.is_sound else [each for each in compiled.diagnostics if each.severity == ERROR]
    if compiled.protocol is not None:
        reasons = imported.report.reasons
        for each in differences(section, to_section(compiled.protocol)):
            if each.first is None:
                imported.report.add(
                    "changed", each.path, f"the record has none, the protocol gives {_short(each.second)}"
                )
            elif not _is_explained(each, reasons):
                imported.report.add("changed", each.path, f"{_short(each.first)} became {_short(each.second)}")
    return faults


def _is_explained(found: Difference, reasons: Counter[str]) -> bool:
    """Whether the report says already why the field differs, or why something that it stands in was dropped.

    Each reason explains one value of its own field.
    """
    if reasons[found.path] > 0:
        reasons[found.path] -= 1
        return True
    if found.second is None and any(path.startswith(f"{found.path}.") for path in reasons):
        return True
    path = found.path
    while path:
        path = path[:-2] if path.endswith("[]") else path.rpartition(".")[0]
        if path in reasons:
            return True
    return False


def _short(value: Any) -> str:
    if value is None:
        return "nothing"
    text = str(value)
    return f"“{text if len(text) <= _LONGEST else text[: _LONGEST - 1] + '…'}”"
