"""A data dictionary as `form` statements of the language.

What the language has words for becomes statements. The rest of a row is kept in annotations of its field,
`code redcap_COLUMN "value"`, which the export puts back into the column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from protocol_dsl.exchange.redcap.dictionary import Row
from protocol_dsl.exchange.redcap.labels import shown
from protocol_dsl.exchange.redcap.logic import LogicFault, parse
from protocol_dsl.exchange.redcap.logic_text import Known, Untranslatable, calculated, shown_if

OWN = "redcap_"
"""Annotations of a field with this prefix before the name of a column fill the column as they stand."""
LINE_BREAK = "&#10;"
_RESERVED = frozenset(["day", "week", "month", "year", "all", "each", "except", "about", "at", "not", "and", "or"])
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]*|0|[1-9][0-9]*")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_TYPES = {
    "notes": "text", "yesno": "yes_no", "truefalse": "yes_no", "file": "file", "slider": "slider",
    "descriptive": "text", "sql": "text",
}  # fmt: skip
_KINDS = {"integer": "number", "decimal": "number", "slider": "number", "datetime": "date", "derived": "number"}


class Kept(NamedTuple):
    """Something of a row that did not become a statement."""

    field: str
    column: str
    why: str


class Written(NamedTuple):
    """The text of the forms; `lines` tells which field stands at a line (from 1)."""

    text: str
    lines: dict[int, str]
    kept: list[Kept]


class Extras(NamedTuple):
    """What the dictionary does not say: titles of forms, those that repeat, columns kept as they are, by field.

    `verbatim` are fields whose logic is not put into the words of the language.
    """

    titles: dict[str, str]
    repeating: frozenset[str]
    own: dict[str, dict[str, str]]
    verbatim: frozenset[str] = frozenset()


def name_of(name: str) -> str:
    """A name of REDCap as one of the language."""
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", name) or "x"
    plain = plain if plain[0].isalpha() else f"x_{plain}"
    return f"{plain}_field" if plain in _RESERVED else plain


def write(rows: list[Row], extras: Extras) -> Written:
    """The forms of a dictionary."""
    writer = _Writer(rows, extras)
    for form, group in groupby(enumerate(rows), key=lambda pair: pair[1].form_name):
        writer.form(form, list(group))
    return Written("\n".join(writer.lines) + "\n", writer.places, writer.kept)


def type_of(row: Row) -> str:
    """The type of a field in the language."""
    kind, validation = row.field_type.strip().lower(), row.validation
    if kind in ("radio", "dropdown", "checkbox"):
        return ("choices" if kind == "checkbox" else "choice") if row.choices else "text"
    if kind == "calc":
        return "derived"
    if kind in _TYPES:
        return _TYPES[kind]
    if validation in ("integer", "int"):
        return "integer"
    if validation.startswith(("number", "float")):
        digits = re.search(r"_(\d)dp", validation)
        return f"decimal {digits[1]}" if digits else "decimal"
    if validation.startswith("datetime"):
        return "datetime"
    if validation.startswith("date_"):
        return "date"
    return "time" if validation in ("time", "time_hh_mm_ss") else "text"


class _Writer:
    def __init__(self, rows: list[Row], extras: Extras) -> None:
        self.extras = extras
        self.lines: list[str] = []
        self.places: dict[int, str] = {}
        self.kept: list[Kept] = []
        self.form_of = {row.field_name: row.form_name for row in rows}
        self.known = {
            row.field_name: Known(
                name_of(row.field_name),
                _KINDS.get(type_of(row).partition(" ")[0], type_of(row)),
                tuple(code for code, _ in row.choices if _CODE.fullmatch(code)),
            )
            for row in rows
        }

    def form(self, name: str, rows: list[tuple[int, Row]]) -> None:
        title = self.extras.titles.get(name) or name.replace("_", " ").capitalize()
        repeating = " repeating" if name in self.extras.repeating else ""
        self.lines += [""] if self.lines else []
        self.lines.append(f"form {name_of(name)} {_quoted(title)}{repeating} {{")
        heading = ""
        for group, members in groupby(rows, key=lambda pair: pair[1].matrix_group_name or pair[1].field_name):
            run = list(members)
            head = run[0][1]
            if head.section_header.strip() and head.section_header != heading:
                heading = head.section_header
                self.lines.append(f"  heading {_quoted(shown(heading))}")
            if head.matrix_group_name and self.is_matrix([row for _, row in run]):
                self.matrix(group, [row for _, row in run])
                continue
            for place, row in run:
                self.field(place, row)
        self.lines.append("}")

    def is_matrix(self, rows: list[Row]) -> bool:
        """Whether rows of one matrix differ in nothing but their names and labels."""
        first = rows[0]._replace(field_name="", field_label="", section_header="")
        alike = all(
            row._replace(field_name="", field_label="", section_header=first.section_header) == first for row in rows
        )
        plain = first.field_type == "radio" and all(_CODE.fullmatch(code) for code, _ in first.choices)
        kept = {row.field_name for row in rows} & {*self.extras.own, *self.extras.verbatim}
        names = all(name_of(row.field_name) == row.field_name for row in rows)
        return (
            alike
            and plain
            and names
            and bool(first.choices)
            and not kept
            and not any(
                (
                    first.field_note,
                    first.identifier,
                    first.custom_alignment,
                    first.matrix_ranking,
                    first.field_annotation,
                )
            )
        )

    def matrix(self, name: str, rows: list[Row]) -> None:
        head = rows[0]
        required = " required" if head.required_field.strip().lower() == "y" else ""
        condition = "".join(f" {each}" for each in self.condition(head))
        choices = " ".join(self.choices(head))
        self.lines.append(f"  matrix {name_of(name)} choice {{ {choices} }}{required}{condition} {{")
        self.places[len(self.lines)] = head.field_name
        for row in rows:
            label = f" {_quoted(shown(row.field_label) or row.field_name)}"
            self.lines.append(f"    row {row.field_name}{label}")
            self.places[len(self.lines)] = row.field_name
        self.lines.append("  }")

    def field(self, place: int, row: Row) -> None:
        """A field on as many lines as it has clauses to spare."""
        name = self.known[row.field_name].name
        clauses = list(self.clauses(row))
        codes = [f"code {OWN}{column} {_as_it_stands(value)}" for column, value in self.own(place, row, name).items()]
        label = _quoted(shown(row.field_label)) if row.field_label.strip() else ""
        formula = self.formula(row)
        word = "derive" if formula else "field"
        head = " ".join(part for part in (word, name, label, *formula, *clauses) if part)
        self.places[len(self.lines) + 1] = row.field_name
        if not codes or formula:
            self.lines.append(f"  {' '.join([head, *codes])}")
            return
        self.lines.append(f"  {head} {{")
        for code in codes:
            self.lines.append(f"    {code}")
            self.places[len(self.lines)] = row.field_name
        self.lines.append("  }")

    def known_beside(self, row: Row) -> dict[str, Known]:
        """The fields of the row's own form; logic of a form speaks of no others."""
        return {name: each for name, each in self.known.items() if self.form_of[name] == row.form_name}

    def own(self, place: int, row: Row, name: str) -> dict[str, str]:
        found = {"record_id": "y"} if place == 0 else {}
        if name != row.field_name:
            found["field_name"] = row.field_name
        return found | self.extras.own.get(row.field_name, {})

    def formula(self, row: Row) -> list[str]:
        if row.field_type.strip().lower() != "calc" or row.field_name in self.extras.verbatim:
            return []
        try:
            return ["=", calculated(parse(row.select_choices_or_calculations), self.known_beside(row))]
        except (Untranslatable, LogicFault) as trouble:
            self.kept.append(Kept(row.field_name, "select_choices_or_calculations", str(trouble)))
            return []

    def clauses(self, row: Row) -> Iterator[str]:
        kind = type_of(row)
        derived = kind == "derived" and bool(self.formula(row))
        if kind in ("choice", "choices"):
            yield f"{kind} {{ {' '.join(self.choices(row))} }}"
        elif not derived:
            yield "text" if kind == "derived" else kind
        low, high = row.text_validation_min.strip(), row.text_validation_max.strip()
        if kind.startswith(("integer", "decimal", "slider")) and _NUMBER.fullmatch(low) and _NUMBER.fullmatch(high):
            yield f"range {low}..{high}"
        if kind == "slider":
            yield from self.ends(row)
        if row.required_field.strip().lower() == "y" and not derived:
            yield "required"
        if row.identifier.strip().lower() == "y" and not derived:
            yield "identifier"
        yield from self.condition(row)
        if row.field_note.strip():
            yield f"note {_quoted(shown(row.field_note))}"

    def ends(self, row: Row) -> Iterator[str]:
        """What stands at the ends of a slider, and in the middle of one."""
        written = row.select_choices_or_calculations
        labels = [shown(each).strip() for each in written.split("|")]
        if len(labels) == 3 and not labels[1]:
            labels = [labels[0], labels[2]]
        limits = [row.text_validation_min.strip() or "0", row.text_validation_max.strip() or "100"]
        if labels == limits:
            return  # the export writes the limits where no text is said
        if len(labels) in (2, 3) and all(labels):
            yield f"ends {' '.join(map(_quoted, labels))}"
        elif written.strip():
            why = "a slider has texts at both ends, or none"
            self.kept.append(Kept(row.field_name, "select_choices_or_calculations", why))

    def condition(self, row: Row) -> Iterator[str]:
        if not row.branching_logic.strip() or row.field_name in self.extras.verbatim:
            return
        try:
            yield f"if {shown_if(parse(row.branching_logic), self.known_beside(row))}"
        except (Untranslatable, LogicFault) as trouble:
            self.kept.append(Kept(row.field_name, "branching_logic", str(trouble)))

    def choices(self, row: Row) -> Iterator[str]:
        taken: set[str] = set()
        for code, label in row.choices:
            plain = code if _CODE.fullmatch(code) else f"c_{re.sub(r'[^A-Za-z0-9_]+', '_', code)}"
            while plain in taken:
                plain += "_"
            taken.add(plain)
            if plain != code:
                self.kept.append(Kept(row.field_name, "select_choices_or_calculations", f"the code {code} is no name"))
            yield f"{plain} {_quoted(shown(label) or code)}"


def _quoted(text: str) -> str:
    """A text of the language, on one line."""
    return _as_it_stands(" ".join(text.split()))


def _as_it_stands(text: str) -> str:
    """A text with its blanks; a line break, which a text on one line cannot hold, is written as in HTML."""
    text = (
        text.replace("\n", LINE_BREAK).replace("\\", "\\\\").replace('"', '\\"').replace("{", "{{").replace("}", "}}")
    )
    return f'"{text}"'
