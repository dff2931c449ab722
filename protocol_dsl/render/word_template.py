"""Makes `templates/word.docx`, the template of Word documents that a site copies and restyles.

python -m protocol_dsl.render.word_template
"""

from __future__ import annotations

import io
import os
from importlib import import_module
from typing import Any

from protocol_dsl.paths import TEMPLATES
from protocol_dsl.render.word import CREATED, NAMESPACE, SHIPPED, timeless

INK, SOFT, ACCENT, LINE, PALE = "16222B", "51626E", "0B5C74", "C4CFD6", "E3F0F4"
WARN, WARN_PALE = "7A4B00", "FFF6E3"
FONT, EAST_ASIAN, CODE = "Calibri", "Microsoft YaHei", "Consolas"

TIGHT = '<w:spacing w:before="0" w:after="0" w:line="240" w:lineRule="auto"/>'


def _spacing(before: int, after: int) -> str:
    return f'<w:spacing w:before="{before}" w:after="{after}" w:line="240" w:lineRule="auto"/>'


def _look(size: int, colour: str = INK, bold: bool = False) -> str:
    """Run properties; `size` in half points."""
    return f'{"<w:b/>" if bold else ""}<w:color w:val="{colour}"/><w:sz w:val="{size}"/>'


def _side(side: str, size: int, colour: str) -> str:
    return f'<w:pBdr><w:{side} w:val="single" w:sz="{size}" w:space="6" w:color="{colour}"/></w:pBdr>'


STYLES: dict[str, tuple[str, str]] = {
    # Name: paragraph and run properties, in the order that WordprocessingML wants.
    "Normal": ('<w:spacing w:before="0" w:after="80" w:line="252" w:lineRule="auto"/>', _look(20)),
    "Title": (_spacing(0, 40), _look(40, ACCENT, True)),
    "Subtitle": (_spacing(0, 60), _look(22, SOFT)),
    "Heading 1": (
        f'<w:keepNext/><w:pageBreakBefore/>{_side("top", 18, ACCENT)}{_spacing(0, 80)}<w:outlineLvl w:val="0"/>',
        _look(30, INK, True),
    ),
    "Heading 2": (f'<w:keepNext/>{_spacing(200, 80)}<w:outlineLvl w:val="1"/>', _look(23, ACCENT, True)),
    "Header": (TIGHT, _look(16, SOFT)),
    "Footer": (TIGHT, _look(16, SOFT)),
    "Trial Draft": (
        f'{_side("left", 24, "C98A1B")}<w:shd w:val="clear" w:color="auto" w:fill="{WARN_PALE}"/>{_spacing(60, 40)}',
        _look(16, WARN, True),
    ),
    "Trial Text": (_spacing(0, 40), _look(19)),
    "Trial Cell": (_spacing(10, 10), _look(17)),
    "Trial Item": (f'{TIGHT}<w:ind w:left="170" w:hanging="170"/>', _look(17)),
    "Trial Head": (f"<w:keepNext/>{_spacing(20, 20)}", _look(17, ACCENT, True)),
    "Trial Section": (f"<w:keepNext/>{_spacing(30, 30)}", _look(17, ACCENT, True)),
    "Trial Mark": (f'{TIGHT}<w:jc w:val="center"/>', _look(15)),
    "Trial Upright": ('<w:spacing w:before="0" w:after="0" w:line="216" w:lineRule="auto"/>', _look(14)),
    "Trial Note": (_spacing(20, 20), _look(16, SOFT)),
}
CHARACTER_STYLES = {
    "Trial Question": "<w:b/>",
    "Trial Soft": f'<w:b w:val="0"/><w:color w:val="{SOFT}"/>',
    "Trial Code": f'<w:rFonts w:ascii="{CODE}" w:hAnsi="{CODE}" w:cs="{CODE}"/><w:sz w:val="15"/>',
    "Trial Word": f'<w:b/><w:color w:val="{ACCENT}"/>',
    "Trial Letter": '<w:color w:val="7A3B12"/><w:vertAlign w:val="superscript"/>',
}


def build() -> bytes:
    """The bytes of the template."""
    docx: Any = import_module("docx")
    made = docx.Document()
    _strip(made)
    for name, (paragraph, run) in STYLES.items():
        _style(made, name, 1, f"<w:pPr>{paragraph}</w:pPr><w:rPr>{_fonts()}{run}</w:rPr>")
    for name, run in CHARACTER_STYLES.items():
        _style(made, name, 2, f"<w:rPr>{run}</w:rPr>")
    _style(made, "Trial Table", 3, _table_style())
    _page(made)
    for said, style in (
        ("{document}", "Title"),
        ("{title}", "Subtitle"),
        ("{facts}", "Trial Text"),
        ("{content}", "Normal"),
    ):
        made.add_paragraph(said, style=style)
    properties = made.core_properties
    properties.title, properties.author, properties.comments = "Template of Word documents", "", ""
    properties.created = properties.modified = CREATED
    out = io.BytesIO()
    made.save(out)
    return timeless(out.getvalue())


def _strip(made: Any) -> None:
    """Without the many styles of python-docx's own template that nothing here uses."""
    keep = {"Normal", "Title", "Subtitle", "Heading 1", "Heading 2", "Header", "Footer", "Default Paragraph Font",
            "Normal Table", "No List"}  # fmt: skip
    for style in list(made.styles):
        if style.name not in keep:
            style.delete()
    for each in list(made.element.body):
        if not each.tag.endswith("}sectPr"):
            made.element.body.remove(each)


def _fonts() -> str:
    return f'<w:rFonts w:ascii="{FONT}" w:hAnsi="{FONT}" w:eastAsia="{EAST_ASIAN}" w:cs="{FONT}"/>'


def _style(made: Any, name: str, kind: int, properties: str) -> None:
    """A style with these properties and no others; `kind` 1 paragraph, 2 character, 3 table."""
    parse: Any = import_module("docx.oxml").parse_xml
    names = [style.name for style in made.styles]
    style = made.styles[name] if name in names else made.styles.add_style(name, kind)
    element = style._element
    for tag in ("pPr", "rPr", "tblPr", "tblStylePr", "link"):
        for found in element.findall(f"{{{NAMESPACE}}}{tag}"):
            element.remove(found)
    for each in parse(f'<w:style xmlns:w="{NAMESPACE}">{properties}</w:style>'):
        element.append(each)
    style.hidden, style.quick_style = False, True


def _table_style() -> str:
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="{LINE}"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    margins = "".join(
        f'<w:{side} w:w="{width}" w:type="dxa"/>'
        for side, width in (("top", 15), ("left", 60), ("bottom", 15), ("right", 60))
    )
    head = f'<w:tcPr><w:shd w:val="clear" w:color="auto" w:fill="{PALE}"/></w:tcPr>'
    return (
        f"<w:tblPr><w:tblBorders>{borders}</w:tblBorders><w:tblCellMar>{margins}</w:tblCellMar></w:tblPr>"
        f'<w:tblStylePr w:type="firstRow">{head}</w:tblStylePr>'
    )


def _page(made: Any) -> None:
    """A4 upright; trial and document above, the state of the draft below them, pages at the foot."""
    parse: Any = import_module("docx.oxml").parse_xml
    section = made.sections[0]
    twips = import_module("docx.shared").Twips
    section.page_width, section.page_height = twips(11906), twips(16838)
    section.left_margin = section.right_margin = twips(850)
    section.top_margin, section.bottom_margin = twips(1130), twips(900)
    section.header_distance = section.footer_distance = twips(480)
    head = _ends("{trial} · {document}", _run("{version}"), "Header")
    draft = _line("Trial Draft", _run("{draft}"))
    foot = _ends("{made}", f"{_run('Page ')}{_number('PAGE')}{_run(' of ')}{_number('NUMPAGES')}", "Footer")
    last = _line("Footer", "")
    for part, blocks in ((section.header, (head, draft)), (section.footer, (foot, last))):
        part.is_linked_to_previous = False
        for each in list(part._element):
            part._element.remove(each)
        for each in blocks:
            part._element.append(parse(each))


def _run(said: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{said}</w:t></w:r>'


def _line(style: str, content: str) -> str:
    name = style.replace(" ", "")
    return f'<w:p xmlns:w="{NAMESPACE}"><w:pPr><w:pStyle w:val="{name}"/></w:pPr>{content}</w:p>'


def _ends(left: str, right: str, style: str) -> str:
    """A line with text at both ends, on a page of any width."""

    def end(content: str, side: str) -> str:
        return (
            '<w:tc><w:tcPr><w:tcW w:w="2500" w:type="pct"/></w:tcPr><w:p><w:pPr>'
            f'<w:pStyle w:val="{style}"/><w:jc w:val="{side}"/></w:pPr>{content}</w:p></w:tc>'
        )

    layout = '<w:tblW w:w="5000" w:type="pct"/><w:tblLayout w:type="autofit"/>'
    margins = '<w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/>'
    return (
        f'<w:tbl xmlns:w="{NAMESPACE}"><w:tblPr>{layout}<w:tblCellMar>{margins}</w:tblCellMar></w:tblPr>'
        '<w:tblGrid><w:gridCol w:w="7000"/><w:gridCol w:w="3200"/></w:tblGrid>'
        f"<w:tr>{end(_run(left), 'left')}{end(right, 'right')}</w:tr></w:tbl>"
    )


def _number(field: str) -> str:
    return f'<w:fldSimple w:instr=" {field} "><w:r><w:t>1</w:t></w:r></w:fldSimple>'


if __name__ == "__main__":
    with open(os.path.join(TEMPLATES, SHIPPED), "wb") as handle:
        handle.write(build())
