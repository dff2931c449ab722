"""Word documents: text and tables with named styles, put into a template that a site can restyle.

The template is a .docx file. In its body, headers and footers `{title}`, `{document}`, … are filled in, and the
paragraph `{content}` makes room for the content. Equal input and an equal template give equal bytes.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterable, Sequence
from copy import deepcopy
from datetime import datetime
from importlib import import_module
from typing import Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from protocol_dsl.diagnostics.codes import ioe
from protocol_dsl.paths import TEMPLATES
from protocol_dsl.render.context import DocumentFault
from protocol_dsl.render.text import writable

NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
CREATED = datetime(2000, 1, 1)
"""The same in every document, so that equal protocols give equal bytes."""
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
SHIPPED = "word.docx"
"""The template of every Word document; one named after the document takes its place for that one."""
PARAGRAPHS = (
    "Title", "Subtitle", "Heading 1", "Heading 2", "Trial Draft", "Trial Cell", "Trial Head", "Trial Section",
    "Trial Mark", "Trial Upright", "Trial Note", "Trial Text", "Trial Item",
)  # fmt: skip
CHARACTERS = ("Trial Question", "Trial Soft", "Trial Code", "Trial Word", "Trial Letter")
TABLES = ("Trial Table",)
PALE, SHADE = "E3F0F4", "FFF3D6"
_THIN = '<w:spacing w:before="0" w:after="0" w:line="120" w:lineRule="exact"/>'


class Run(NamedTuple):
    """Text in one character style (its name; empty for the paragraph's own); `target` is a bookmark it leads to."""

    text: str
    style: str = ""
    target: str = ""


class Paragraph(NamedTuple):
    """Runs in one paragraph style; `bookmark` is a name that links lead to."""

    runs: tuple[Run, ...]
    style: str = "Trial Cell"
    bookmark: str = ""


class Cell(NamedTuple):
    """A cell over `span` columns; `fill` a colour such as `E3F0F4`; `upright` for text from bottom to top."""

    paragraphs: tuple[Paragraph, ...]
    span: int = 1
    fill: str = ""
    upright: bool = False


class Row(NamedTuple):
    """A row that no page break cuts; `head` rows repeat on each page; `height` in twentieths of a point."""

    cells: tuple[Cell, ...]
    head: bool = False
    height: int = 0
    keep: bool = False
    """Whether it stays with the row below, as a heading does."""


class Turn(NamedTuple):
    """A new section begins; its pages are `landscape` or not."""

    landscape: bool


class Table(NamedTuple):
    """Rows under columns of given shares of the width."""

    shares: tuple[float, ...]
    rows: tuple[Row, ...]


Block = Paragraph | Table | Turn


def text(said: str, style: str = "Trial Cell", run: str = "") -> Paragraph:
    """A paragraph of one run."""
    return Paragraph((Run(said, run),), style)


def cell(said: str, style: str = "Trial Cell", span: int = 1, fill: str = "", upright: bool = False) -> Cell:
    """A cell of one line."""
    return Cell((text(said, style),), span, fill, upright)


def document(
    name: str, blocks: Iterable[Block], words: dict[str, str], templates: str | None, landscape: bool = False
) -> bytes:
    """The bytes of the document `name`, such as `crf.docx`.

    `words` fills the template's `{…}`; `templates` is a folder that may hold a template `name` or `word.docx`. With
    `landscape`, the pages begin so. Raises `DocumentFault` for a template that cannot be used.
    """
    path = _template(name, templates)
    made = _opened(path)
    styles = _styles(made, os.path.basename(path))
    _fill(made, words)
    writer = _Writer(styles, made.sections[-1], landscape)
    _insert(made, writer, blocks)
    properties = made.core_properties
    properties.title, properties.author, properties.comments = writable(words.get("document", "")), "", ""
    properties.created = properties.modified = CREATED
    properties.last_modified_by, properties.revision = "", 1
    out = io.BytesIO()
    made.save(out)
    return timeless(out.getvalue())


def _template(name: str, templates: str | None) -> str:
    own = [os.path.join(templates, each) for each in (name, SHIPPED)] if templates else []
    return next((path for path in own if os.path.isfile(path)), os.path.join(TEMPLATES, SHIPPED))


def _opened(path: str) -> Any:
    # Without it nothing asks for this module; a run without a Word document does not load it.
    docx: Any = import_module("docx")
    try:
        return docx.Document(path)
    except Exception as error:
        # python-docx raises whatever its readers of zip and XML raise.
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DocumentFault(
            ioe.TEMPLATE_FAULT.at(
                None,
                f"{os.path.basename(path)}: it is no Word document that can be read: {reason}",
                help=f"begin with a copy of the shipped templates/{SHIPPED}",
            )
        ) from None


def _styles(made: Any, template: str) -> dict[str, str]:
    """The ids of the styles by name, all of which the template must have."""
    found = {str(style.name): str(style.style_id) for style in made.styles}
    lacking = [name for name in (*PARAGRAPHS, *CHARACTERS, *TABLES) if name not in found]
    if lacking:
        raise DocumentFault(
            ioe.TEMPLATE_FAULT.at(
                None,
                f"{template}: it has no style {', '.join(f'“{name}”' for name in lacking)}",
                help=f"keep the styles of the shipped templates/{SHIPPED} and change how they look",
            )
        )
    return found


def _fill(made: Any, words: dict[str, str]) -> None:
    """`{word}` by what it stands for, in body, headers and footers; a line of which nothing is left goes away."""
    parts = [made.element.body]
    for section in made.sections:
        for part in (section.header, section.footer, section.first_page_header, section.first_page_footer):
            if not part.is_linked_to_previous:
                parts.append(part._element)
    for part in parts:
        for paragraph in list(part.iter(f"{{{NAMESPACE}}}p")):
            _fill_paragraph(paragraph, words)


def _fill_paragraph(paragraph: Any, words: dict[str, str]) -> None:
    nodes = list(paragraph.iter(f"{{{NAMESPACE}}}t"))
    before = "".join(node.text or "" for node in nodes)
    if "{" not in before or before.strip() == "{content}":
        return
    if not any("{" in (node.text or "") and "}" in (node.text or "") for node in nodes):
        # An editor may have cut a word into several runs; it is then filled as one.
        nodes[0].text = before
        for node in nodes[1:]:
            node.text = ""
    for node in nodes:
        said = node.text or ""
        for word, value in words.items():
            said = said.replace(f"{{{word}}}", writable(value))
        node.text = said
        node.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    holder = paragraph.getparent()
    if not "".join(node.text or "" for node in nodes).strip() and len(holder.findall(f"{{{NAMESPACE}}}p")) > 1:
        holder.remove(paragraph)


def _insert(made: Any, writer: _Writer, blocks: Iterable[Block]) -> None:
    body = made.element.body
    parse: Any = import_module("docx.oxml").parse_xml
    fragments = "".join(writer.block(each) for each in blocks)
    content = parse(f'<w:body xmlns:w="{NAMESPACE}">{fragments}</w:body>')
    place = next((each for each in body if _said(each).strip() == "{content}"), None)
    if place is None:
        for each in list(content):
            body.insert(len(body) - 1, each)
    else:
        for each in list(content):
            place.addprevious(each)
        body.remove(place)
    for found in list(body.iter(f"{{{NAMESPACE}}}sectPr")):
        turned = found.get("turned")
        if turned is not None:
            found.getparent().replace(found, writer.section(turned == "1"))
    body.replace(body[-1], writer.section(writer.landscape))


def _said(element: Any) -> str:
    return "".join(node.text or "" for node in element.iter(f"{{{NAMESPACE}}}t"))


class _Writer:
    """Blocks as WordprocessingML; widths follow the page of the template's last section."""

    def __init__(self, styles: dict[str, str], section: Any, landscape: bool) -> None:
        self.styles = {name: quoteattr(value) for name, value in styles.items()}
        self.last = deepcopy(section._sectPr)
        self.landscape = landscape
        self.bookmarks = 0
        sides = sorted((int(section.page_width.twips), int(section.page_height.twips)))
        margins = int(section.left_margin.twips) + int(section.right_margin.twips)
        self.widths = {False: sides[0] - margins, True: sides[1] - margins}
        self.sides = sides

    def section(self, landscape: bool) -> Any:
        """The template's section, turned."""
        made = deepcopy(self.last)
        size = made.find(f"{{{NAMESPACE}}}pgSz")
        short, long = self.sides
        size.set(f"{{{NAMESPACE}}}w", str(long if landscape else short))
        size.set(f"{{{NAMESPACE}}}h", str(short if landscape else long))
        if landscape:
            size.set(f"{{{NAMESPACE}}}orient", "landscape")
        else:
            size.attrib.pop(f"{{{NAMESPACE}}}orient", None)
        return made

    def block(self, block: Block) -> str:
        if isinstance(block, Turn):
            turned = int(self.landscape)
            self.landscape = block.landscape
            return f'<w:p><w:pPr>{_THIN}<w:sectPr turned="{turned}"/></w:pPr></w:p>'
        return self.table(block) if isinstance(block, Table) else self.paragraph(block)

    def paragraph(self, paragraph: Paragraph, keep: bool = False) -> str:
        parts = [f"<w:p><w:pPr><w:pStyle w:val={self.styles[paragraph.style]}/>"]
        parts.append("<w:keepNext/></w:pPr>" if keep else "</w:pPr>")
        if paragraph.bookmark:
            self.bookmarks += 1
            name = quoteattr(paragraph.bookmark)
            parts.append(f'<w:bookmarkStart w:id="{self.bookmarks}" w:name={name}/>')
        parts += [self.run(run) for run in paragraph.runs if run.text]
        if paragraph.bookmark:
            parts.append(f'<w:bookmarkEnd w:id="{self.bookmarks}"/>')
        parts.append("</w:p>")
        return "".join(parts)

    def run(self, run: Run) -> str:
        style = f"<w:rPr><w:rStyle w:val={self.styles[run.style]}/></w:rPr>" if run.style else ""
        made = f'<w:r>{style}<w:t xml:space="preserve">{escape(writable(run.text))}</w:t></w:r>'
        return f"<w:hyperlink w:anchor={quoteattr(run.target)}>{made}</w:hyperlink>" if run.target else made

    def table(self, table: Table) -> str:
        widths = self.columns(table.shares)
        parts = [
            f"<w:tbl><w:tblPr><w:tblStyle w:val={self.styles['Trial Table']}/>"
            f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
            '<w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" w:noHBand="1" '
            'w:noVBand="1"/></w:tblPr><w:tblGrid>'
        ]
        parts += [f'<w:gridCol w:w="{width}"/>' for width in widths]
        parts.append("</w:tblGrid>")
        parts += [self.row(row, widths) for row in table.rows]
        # A table needs a paragraph behind it, else two of them run into one.
        parts.append(f"</w:tbl><w:p><w:pPr>{_THIN}</w:pPr></w:p>")
        return "".join(parts)

    def columns(self, shares: Sequence[float]) -> list[int]:
        whole = self.widths[self.landscape]
        widths = [int(whole * share / sum(shares)) for share in shares]
        widths[0] += whole - sum(widths)
        return widths

    def row(self, row: Row, widths: list[int]) -> str:
        height = f'<w:trHeight w:val="{row.height}" w:hRule="exact"/>' if row.height else ""
        head = "<w:tblHeader/>" if row.head else ""
        parts = [f"<w:tr><w:trPr><w:cantSplit/>{height}{head}</w:trPr>"]
        at = 0
        for each in row.cells:
            width = sum(widths[at : at + each.span])
            at += each.span
            parts.append(f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>')
            if each.span > 1:
                parts.append(f'<w:gridSpan w:val="{each.span}"/>')
            if each.fill:
                parts.append(f'<w:shd w:val="clear" w:color="auto" w:fill="{each.fill}"/>')
            if each.upright:
                parts.append('<w:textDirection w:val="btLr"/><w:vAlign w:val="center"/>')
            parts.append("</w:tcPr>")
            parts += [self.paragraph(paragraph, row.keep) for paragraph in each.paragraphs] or [
                self.paragraph(text(""))
            ]
            parts.append("</w:tc>")
        parts.append("</w:tr>")
        return "".join(parts)


def timeless(data: bytes) -> bytes:
    """The same package without the times at which its parts were written."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as read, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for name in read.namelist():
            info = zipfile.ZipInfo(name, ZIP_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            written.writestr(info, read.read(name))
    return out.getvalue()
