"""Kinds of problems and gaps, apart from what finds them: checks import this without the machinery."""

from __future__ import annotations

VARIANT, SETTING, FILE, RULE, OPEN = "variant", "setting", "file", "rule", "open"
"""Why an escalation is no machine; `open` is what no computation can know, such as titration within a participant."""

COUNT, ROW, ABOVE, BELOW, OTHER = "count", "row", "above", "below", "other"
"""Kinds of gaps: no table for so many participants, no row for so many DLTs, nothing above the top, nothing below the
bottom, an action that cannot be carried out."""
