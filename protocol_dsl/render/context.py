"""What every document is made from, and what a document is."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.diagnostics.model import Diagnostic
from protocol_dsl.source import SourceMap

if TYPE_CHECKING:
    from protocol_dsl.model.protocol import Protocol
    from protocol_dsl.schedule.build import Schedule


class Rendering(NamedTuple):
    """A checked trial on its way into documents.

    `templates` is a folder whose files take the place of shipped templates of the same name; `day0` the date of the
    timeline's anchor for a dated calendar.
    """

    protocol: Protocol
    schedule: Schedule
    diagnostics: list[Diagnostic]
    sources: SourceMap
    templates: str | None = None
    day0: date | None = None


class Output(NamedTuple):
    """One file to write, by its name in the output folder."""

    path: str
    data: bytes
