"""Text that is safe to show: what an author or an attacker put into a file must not steer the terminal.

Control characters (and with them ANSI escapes), invisible characters and those that turn the direction of
writing are shown as themselves made visible, never sent.
"""

from __future__ import annotations

import json
import re
from unicodedata import category, east_asian_width

# Zero-width space and marks, bidirectional embeddings, overrides and isolates, line and paragraph separators,
# byte order mark, annotation characters. The joiners U+200C and U+200D stay: scripts and emoji need them.
_MARKS = (0x061C, 0x200B, 0x200E, 0x200F, 0xFEFF, 0xFFF9, 0xFFFA, 0xFFFB)
_HIDDEN = (*_MARKS, *range(0x2028, 0x202F), *range(0x2060, 0x206A))

_VISIBLE: dict[int, str] = {
    **{code: chr(0x2400 + code) for code in range(0x20)},
    0x09: " ",
    0x0A: " ",
    0x7F: "␡",
    **{code: f"<U+{code:04X}>" for code in (*range(0x80, 0xA0), *_HIDDEN)},
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
}

_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\ud800-\udfff" + "".join(map(chr, _HIDDEN)) + "]")


def visible(text: str) -> str:
    """The text as one line without control characters; line breaks and tabs become blanks."""
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_VISIBLE)


def width(text: str) -> int:
    """Columns that a `visible` text takes on a terminal: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(map(_character_width, text))


def _character_width(character: str) -> int:
    if character < "\u0300":
        return 1
    if category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def json_text(data: object) -> str:
    """JSON with an indent of 2, non-ASCII kept, ending with a newline.

    What a terminal could take for a command is written as a JSON escape, so that no character is lost.
    """
    text = json.dumps(data, ensure_ascii=False, indent=2)
    return _UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"
