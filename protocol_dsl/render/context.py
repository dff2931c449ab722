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
    timeline's anchor for a dated calendar; `fonts` a font or a folder of fonts for PDF files; `before` an earlier
    version of the protocol.
    """

    protocol: Protocol
    schedule: Schedule
    diagnostics: list[Diagnostic]
    sources: SourceMap
    templates: str | None = None
    day0: date | None = None
    fonts: str | None = None
    before: Protocol | None = None


class Output(NamedTuple):
    """One file to write, by its name in the output folder."""

    path: str
    data: bytes


class DocumentFault(Exception):
    """A document that cannot be made, as its template, fonts or tools do not suffice; `diagnostic` is what to tell."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic
