"""PDF files, typeset by Typst from a template and data; offline, with embedded fonts, the same bytes in every run.

Files are PDF/A-2b: they carry all their fonts, and a sign that no font has is refused instead of printed as a box.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from importlib import import_module
from typing import Any

from protocol_dsl.diagnostics.codes import ioe
from protocol_dsl.diagnostics.model import Diagnostic
from protocol_dsl.paths import TEMPLATES
from protocol_dsl.render.context import DocumentFault
from protocol_dsl.render.text import writable

SERIF = "Libertinus Serif"
"""The text font that comes with Typst."""
TOLD = 8
"""So many signs without a font are named."""
STANDARD = "a-2b"
_SCRIPTS = ((" KR", 0xAC00, 0xD7A3), (" JP", 0x3040, 0x30FF))
"""Endings of the names of East Asian fonts, and the script that calls for them; without one, Chinese."""


def typeset(name: str, data: dict[str, Any], templates: str | None, fonts: str | None) -> bytes:
    """The PDF that the template `name`, such as `crf.typ`, makes of `data`.

    `templates` is a folder whose templates of the same name take the place of the shipped ones; `fonts` a font or a
    folder of fonts beside those of Typst. Raises `DocumentFault` for a template or fonts that do not suffice.
    """
    text = writable(json.dumps(data, ensure_ascii=False, sort_keys=True))
    with tempfile.TemporaryDirectory() as folder:
        own = _gathered(folder, templates)
        paths = [_font_folder(folder, fonts)] if fonts else []
        families = _families(paths, text)
        inputs = {"data": json.dumps({**json.loads(text), "fonts": families}, ensure_ascii=False, sort_keys=True)}
        try:
            return _compiled(os.path.join(folder, name), folder, paths, inputs)
        except Exception as error:
            # Typst's own error; its class is not known before it is imported.
            if type(error).__name__ != "TypstError":
                raise
            raise DocumentFault(_explained(error, name, own, text, families, paths)) from None


def _compiled(source: str | bytes, root: str, paths: list[str], inputs: dict[str, str]) -> bytes:
    typst: Any = import_module("typst")
    made: bytes = typst.compile(
        source, root=root, font_paths=paths, ignore_system_fonts=True, sys_inputs=inputs, pdf_standards=STANDARD
    )
    return made


def _gathered(folder: str, templates: str | None) -> set[str]:
    """The shipped templates with those of the project over them, in `folder`; the names of the project's."""
    own: set[str] = set()
    for place in (TEMPLATES, templates):
        for name in sorted(os.listdir(place)) if place else []:
            if name.endswith(".typ") and place:
                shutil.copyfile(os.path.join(place, name), os.path.join(folder, name))
                if place == templates:
                    own.add(name)
    return own


def _font_folder(folder: str, fonts: str) -> str:
    """The folder of fonts; a single font is put into one, as Typst reads folders."""
    if os.path.isdir(fonts):
        return fonts
    made = os.path.join(folder, "fonts")
    os.makedirs(made, exist_ok=True)
    shutil.copyfile(fonts, os.path.join(made, os.path.basename(fonts)))
    return made


def _families(paths: list[str], text: str) -> list[str]:
    """The fonts to use, the project's own first. Of a family for several languages the one for this text leads."""
    if not paths:
        return [SERIF]
    typst: Any = import_module("typst")
    found: list[str] = sorted(
        set(typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=paths).families())
    )
    wanted = next(
        (ending for ending, first, last in _SCRIPTS if any(first <= ord(sign) <= last for sign in text)), " SC"
    )
    return [*sorted(found, key=lambda family: not family.endswith(wanted)), SERIF]


def _explained(
    error: Exception, name: str, own: set[str], text: str, families: list[str], paths: list[str]
) -> Diagnostic:
    message = " ".join(str(getattr(error, "message", error)).split())
    if "could not be displayed" in message:
        return _font_missing(name.replace(".typ", ".pdf"), text, families, paths)
    place = f"{', '.join(sorted(own))}: " if own else f"{name}: "
    return ioe.TEMPLATE_FAULT.at(None, place + message.removeprefix("error: "))


def _font_missing(document: str, text: str, families: list[str], paths: list[str]) -> Diagnostic:
    signs = _undisplayable(text, families, paths)
    listed = ", ".join(f"{sign} (U+{ord(sign):04X})" for sign in signs)
    more = " and others" if len(signs) == TOLD else ""
    found = _system_font(signs, text)
    here = f"; this computer has {found}" if found else ""
    return ioe.FONT_MISSING.at(
        None,
        f"{document}: no font has {listed}{more}",
        help=f"name a font file or a folder of fonts with --font{here}",
    )


def _undisplayable(text: str, families: list[str], paths: list[str]) -> list[str]:
    """The first signs of the text that none of the fonts has."""
    signs = sorted({sign for sign in text if ord(sign) > 0x7E and not sign.isspace()}, key=text.index)
    found: list[str] = []
    # Halving keeps the number of trials small when few are missing.
    queue = [signs]
    while queue and len(found) < TOLD:
        part = queue.pop(0)
        if not part or _has("".join(part), families, paths):
            continue
        if len(part) == 1:
            found += part
        else:
            middle = len(part) // 2
            queue[:0] = [part[:middle], part[middle:]]
    return found


def _has(signs: str, families: list[str], paths: list[str]) -> bool:
    source = (
        '#set document(title: "x", date: datetime(year: 2000, month: 1, day: 1))\n'
        "#set text(font: json(bytes(sys.inputs.fonts)))\n#sys.inputs.signs.clusters().join([ ])"
    )
    try:
        _compiled(source.encode(), tempfile.gettempdir(), paths, {"fonts": json.dumps(families), "signs": signs})
    except Exception as error:
        if type(error).__name__ != "TypstError":
            raise
        return False
    return True


def _system_font(signs: list[str], text: str) -> str | None:
    """A font of this computer that has all the signs; the way out is then one copied line."""
    typst: Any = import_module("typst")
    candidates = sorted(
        {
            str(font.path)
            for font in typst.Fonts(include_embedded_fonts=False).fonts()
            if font.path and font.weight == 400 and font.style == "normal"
        },
        key=lambda path: ("CJK" not in path, "Sans" not in path, path),
    )
    for path in candidates[:12]:
        with tempfile.TemporaryDirectory() as folder:
            paths = [_font_folder(folder, path)]
            if _has("".join(signs), _families(paths, text), paths):
                return path
    return None
