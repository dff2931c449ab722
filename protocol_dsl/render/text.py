"""Text from a protocol made harmless for the format it goes into (CSV, Markdown, XML), and fit for a sentence."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

BOM = "\ufeff"
"""In front of a CSV file: without it spreadsheets read UTF-8 as a local code page."""

# Characters that XML 1.0 has no spelling for, and half surrogates, which UTF-8 has none for.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?")
# The full-width forms are formulas too where East Asian input is set up.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_MD_ALWAYS = re.compile(r"([\\`*\[\]<>|~])")
_MD_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_MD_ENTITY = re.compile(r"&(?=#?\w+;)")
_MD_BLOCK = re.compile(r"^(#|[-+=](?=[ =-]|$))")
_MD_NUMBERED = re.compile(r"^(\d+)([.)])(?=\s|$)")

# A label that begins with one of these is the name of a place in the schedule, and keeps its capital.
_KEEP_CAPITAL = re.compile(r"(?:Day|Week|Month|Year|Cycle|Period|Visit|Part|Cohort|Arm|Group|Level|Phase)s?")
_EPONYMS = re.compile(
    "(?:Alzheimer|Behcet|Burkitt|Castleman|Crohn|Cushing|Duchenne|Ewing|Fabry|Gaucher|Graves|Guillain"
    "|Hashimoto|Hodgkin|Huntington|Kaposi|Kawasaki|Lambert|Lewy|Lyme|Marfan|Merkel|Parkinson|Philadelphia"
    "|Pompe|Raynaud|Sezary|Sjogren|Takayasu|Turner|Waldenstrom|Wegener|Wilms|Wilson)s?"
)


def writable(text: str) -> str:
    """The text without characters that no XML or UTF-8 file can hold; each becomes U+FFFD."""
    return _UNWRITABLE.sub("\ufffd", text)


def csv_safe(value: object) -> str:
    """The value as text that a spreadsheet does not take for a formula: such text gets a leading apostrophe."""
    text = "" if value is None else writable(str(value))
    if text.lstrip(" ").startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def csv_bytes(rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file (RFC 4180, UTF-8 with byte order mark) that spreadsheets open as it is; every cell `csv_safe`."""
    out = io.StringIO()
    out.write(BOM)
    csv.writer(out, lineterminator="\r\n").writerows([csv_safe(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8")


def md(value: object) -> str:
    """The value as one line of Markdown, in a table cell or elsewhere, that means nothing but itself."""
    text = " ".join(writable(str(value)).split())
    text = _MD_ALWAYS.sub(r"\\\1", text)
    text = _MD_UNDERSCORE.sub(r"\\_", text)
    text = _MD_ENTITY.sub("&amp;", text)
    return _MD_NUMBERED.sub(r"\1\\\2", _MD_BLOCK.sub(r"\\\1", text))


def xml(value: object) -> Markup:
    """The value as XML text or attribute value."""
    return escape(writable(str(value)))


def counted(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def clause(text: str) -> str:
    """The text as it stands within a sentence: an ordinary first word in small letters, no full stop at its end."""
    text = " ".join(text.split()).rstrip(".")
    first = re.match(r"[A-Z][a-z]+(?![^\s,;:.)/-])", text)
    if first is None or _KEEP_CAPITAL.fullmatch(first[0]) or _EPONYMS.fullmatch(first[0]):
        return text[:1].lower() + text[1:] if re.match(r"A [a-z]", text) else text
    return text[0].lower() + text[1:]
