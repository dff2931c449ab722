"""The forms of an ODM file become `form` statements; what the language has no words for stands in notes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from protocol_dsl import pipeline
from protocol_dsl.diagnostics.model import ERROR, Diagnostic
from protocol_dsl.exchange.odm.content import (
    CONTEXT,
    Alias,
    Check,
    CodeItem,
    CodeList,
    Content,
    Form,
    Item,
    ItemRef,
    Texts,
)
from protocol_dsl.importing.report import Report
from protocol_dsl.importing.writing import Names, Writer, quoted
from protocol_dsl.quantities import UnitError, parse_unit
from protocol_dsl.syntax.lexer import RESERVED

TYPES = {
    **dict.fromkeys(("integer",), "integer"),
    **dict.fromkeys(("float", "double", "decimal"), "decimal"),
    **dict.fromkeys(("date", "partialDate", "incompleteDate"), "date"),
    **dict.fromkeys(("time", "partialTime", "incompleteTime"), "time"),
    **dict.fromkeys(("datetime", "partialDatetime", "incompleteDatetime"), "datetime"),
    **dict.fromkeys(("text", "string"), "text"),
    **dict.fromkeys(("URI", "base64Binary", "hexBinary", "base64Float", "hexFloat"), "file"),
    "boolean": "yes_no",
}
"""Types of fields by those of ODM; others become text."""
SYSTEMS = {"CDASH": "cdash", "SDTM": "sdtm", "LOINC": "loinc", "nci:ExtCodeID": "ncit"}
DECIMALS = 2
"""Digits behind the point of a decimal number for which the file says none."""
HEAD = "protocol imported {}\n"
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]*|0|[1-9][0-9]*")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_UNLESS = re.compile(r'not \(([\w.]+) == "?(\w+)"?\)')
"""The formal expression of a condition on one coded item, as this project writes it."""
_NCIT = re.compile(r"C\d+")
_LOINC = re.compile(r"\d+-\d")


class Imported(NamedTuple):
    """The text of the forms, a report, and faults of the text, of which there should be none."""

    text: str
    report: Report
    faults: list[Diagnostic]


class Asked(NamedTuple):
    """A field to write: one item, or the items of a question with several answers (`options`: code and item)."""

    name: str
    ref: ItemRef
    item: Item
    options: tuple[tuple[str, Item], ...] = ()


def convert(content: Content) -> Imported:
    """The forms of a file."""
    maker = _Maker(content)
    text = maker.written()
    compiled = pipeline.check_text(HEAD + text, "forms.proto")
    faults = [] if compiled.is_sound else [each for each in compiled.diagnostics if each.severity == ERROR]
    return Imported(text, maker.report, faults)


class _Maker:
    def __init__(self, content: Content) -> None:
        self.content = content
        self.report = Report()
        self.writer = Writer()
        self.names = Names()
        self.items = {item.oid: item for item in content.items}
        self.groups = {group.oid: group for group in content.groups}
        self.lists = {each.oid: each for each in content.code_lists}
        self.units = {unit.oid: unit for unit in content.units}
        self.texts = {each.oid: each.text for each in (*content.conditions, *content.methods)}
        self.formal = {each.oid: each.formal for each in content.conditions}
        self.shared: dict[str, str] = {}
        self.here: dict[str, Asked] = {}
        """The fields of the form at hand by the OID of their item."""
        self.translations: dict[str, dict[str, str]] = {}

    def written(self) -> str:
        self._shared_lists()
        for form in self.content.forms:
            self._form(form)
        for language, labels in self.translations.items():
            self.writer.gap()
            with self.writer.block(f"translate {language}"):
                for path, text in labels.items():
                    self.writer.line(f"{path} {quoted(text)}")
        if self.content.events:
            why = "visits belong to the protocol; `at` or `records` of a form says at which it is"
            self.report.add("dropped", "StudyEventDef", why, len(self.content.events))
        return self.writer.result()

    # ---- code lists ----

    def _shared_lists(self) -> None:
        """Lists that several fields use, under a name."""
        used: dict[str, int] = {}
        for item in self.content.items:
            if item.code_list in self.lists and not self._is_yes_no(item):
                used[item.code_list] = used.get(item.code_list, 0) + 1
        for oid, count in used.items():
            if count > 1:
                found = self.lists[oid]
                name = self._name(found.name, oid.rpartition(".")[2], "list")
                self.shared[oid] = name
                with self.writer.block(f"codelist {name} {quoted(found.name)}{_list_concept(found.aliases)}"):
                    for choice in self._choices(found, name):
                        self.writer.line(choice)

    def _choices(self, found: CodeList, path: str) -> Iterator[str]:
        """The lines of a list's choices; `path` is the name by which translations call the list."""
        taken = Names()
        for item in found.items:
            code = item.value
            if not _CODE.fullmatch(code) or code.lower() in RESERVED:
                code = taken.of(code, "code")
                self.report.add("changed", "CodedValue", f"“{item.value}” became `{code}`: codes are names or numbers")
            self._translate(f"{path}.{code}", item.decode)
            yield f"{code} {quoted(_label(item))}{_concept(item.aliases)}"

    def _is_yes_no(self, item: Item) -> bool:
        found = self.lists.get(item.code_list or "")
        return found is not None and {each.value for each in found.items} == {"Y", "N"}

    # ---- forms ----

    def _form(self, form: Form) -> None:
        name = self._name(form.name, form.oid.rpartition(".")[2], "form")
        title = form.title[0][1] if form.title else form.name
        self._translate(name, form.title)
        repeating = " repeating" if form.repeating else ""
        self.writer.gap()
        fields = Names()
        with self.writer.block(f"form {name} {quoted(title)}{repeating}"):
            for alias in form.aliases:
                if alias.context == f"{CONTEXT} instruction":
                    self.writer.text("instructions", alias.name)
                else:
                    self.report.add("dropped", "FormDef/Alias", f"{alias.context}: {alias.name}")
            groups: list[tuple[Texts, str, list[Asked]]] = []
            for oid in form.groups:
                group = self.groups.get(oid)
                if group is None:
                    self.report.add("dropped", "ItemGroupRef", f"there is no `{oid}`")
                    continue
                heading = group.title[0][1] if group.title else group.name
                groups.append((group.title, heading, list(self._asked(group.items, fields))))
            self.here = {item.oid: asked for _, _, found in groups for asked in found for item in (asked.item,)}
            for titles, heading, found in groups:
                if heading != title:
                    self.writer.line(f"heading {quoted(heading)}")
                    self._translate(quoted(heading), titles)
                for asked in found:
                    self._field(name, asked)
        self.report.add("structured", "FormDef")

    def _asked(self, refs: tuple[ItemRef, ...], names: Names) -> Iterator[Asked]:
        known = [ref for ref in refs if ref.item in self.items]
        for ref in refs:
            if ref.item not in self.items:
                self.report.add("dropped", "ItemRef", f"there is no `{ref.item}`")
        for key, run in groupby(known, key=lambda ref: self._option(self.items[ref.item])[0] or ref.item):
            members = list(run)
            item = self.items[members[0].item]
            first = self._option(item)
            if first[0] is None:
                yield Asked(self._name(item.name, key.rpartition(".")[2], "field", names), members[0], item)
            else:
                options = tuple((self._option(self.items[ref.item])[1], self.items[ref.item]) for ref in members)
                yield Asked(self._name(key, key, "field", names), members[0], item, options)

    def _option(self, item: Item) -> tuple[str | None, str]:
        """The field and the code that an item of yes and no stands for, if it does."""
        found = next((alias.name for alias in item.aliases if alias.context == f"{CONTEXT} option"), None)
        field, _, code = found.partition("=") if found else ("", "", "")
        return (field or None), code

    def _field(self, form: str, asked: Asked) -> None:
        item = asked.item
        question = item.question or ((("", item.name),))
        if asked.options:
            question = tuple((language, text.rpartition(": ")[0] or text) for language, text in question)
        label = question[0][1] or item.name
        self._translate(f"{form}.{asked.name}", question)
        kind, choices = self._kind(asked, f"{form}.{asked.name}")
        clauses = list(self._clauses(asked, kind))
        lines = [line for line in clauses if line.startswith(("note", "range", "code"))]
        begin = f"field {asked.name} {quoted(label)}"
        head = " ".join([begin, *(() if choices else (kind,)), *(line for line in clauses if line not in lines)])
        if not lines and not choices:
            self.writer.line(head)
        else:
            with self.writer.block(head):
                if choices:
                    with self.writer.block(kind):
                        for choice in choices:
                            self.writer.line(choice)
                for line in lines:
                    self.writer.line(line)
        self.report.add("structured", "ItemDef")

    def _kind(self, asked: Asked, path: str) -> tuple[str, list[str]]:
        """The type, and the lines of choices that stand in a block."""
        item = asked.item
        if asked.options:
            for code, option in asked.options:
                first, *others = [(language, _end(text)) for language, text in option.question] or [("", "")]
                # Where only the question is translated, its answers stand as they are.
                self._translate(f"{path}.{code}", (first, *(each for each in others if each[1] != first[1])))
            return "choices", [f"{code} {quoted(_last(option))}" for code, option in asked.options]
        if self._is_yes_no(item):
            return "yes_no", []
        if item.code_list in self.lists and self.lists[item.code_list].items:
            if item.code_list in self.shared:
                return f"choice {self.shared[item.code_list]}", []
            return "choice", list(self._choices(self.lists[item.code_list], path))
        marked = next((alias.name for alias in item.aliases if alias.context == f"{CONTEXT} type"), None)
        kind = marked if marked in ("slider", "file") else TYPES.get(item.type, "text")
        if item.type not in TYPES:
            self.report.add("changed", "DataType", f"`{item.type}` became text")
        if kind == "decimal":
            digits = item.digits if item.digits is not None else DECIMALS
            return f"decimal {min(digits, 9)}" if digits else "integer", []
        return kind, []

    def _clauses(self, asked: Asked, kind: str) -> Iterator[str]:
        item, ref = asked.item, asked.ref
        unit = self.units.get(item.unit or "")
        number = kind == "integer" or kind.startswith("decimal") or kind == "slider"
        if unit is not None:
            spelled = next(filter(None, map(_spelled, (unit.name, unit.ucum or "", unit.symbol))), None)
            if spelled and number and kind != "slider":
                yield f"unit {spelled}"
            else:
                yield self._note("MeasurementUnit", f"Unit: {unit.symbol}")
        if ref.mandatory:
            yield "required"
        yield from self._aliases(item)
        yield from self._ranges(item.checks, number)
        for text in item.notes[:1]:
            yield f"note {quoted(text[1])}"
        only_if = self._only_if(ref.exception)
        if only_if:
            yield f"if {only_if}"
        for oid, said in ((None if only_if else ref.exception, "Skip"), (ref.method, "Computed")):
            for text in self.texts.get(oid or "", ())[:1]:
                yield self._note("ConditionDef" if said == "Skip" else "MethodDef", f"{said}: {text[1]}")

    def _only_if(self, oid: str | None) -> str | None:
        """A condition on one coded field of the same form, in the language; None for all others."""
        found = _UNLESS.fullmatch(self.formal.get(oid or "") or "")
        asked = self.here.get(found[1]) if found else None
        if found is None or asked is None or asked.options or not _CODE.fullmatch(found[2]):
            return None
        code = {"Y": "yes", "N": "no"}.get(found[2], found[2]) if self._is_yes_no(asked.item) else found[2]
        return f"{asked.name} = {code}"

    def _aliases(self, item: Item) -> Iterator[str]:
        for context, name in item.aliases:
            system = SYSTEMS.get(context)
            if system and all(_LOINC.fullmatch(code) or system != "loinc" for code in name.split(" | ")):
                yield from (f"code {system} {quoted(code)}" for code in name.split(" | "))
            elif context == f"{CONTEXT} identifier":
                yield "identifier"
            elif context == f"{CONTEXT} ends":
                yield "ends " + " ".join(quoted(text) for text in name.split(" | "))
            elif not context.startswith(CONTEXT):
                yield self._note("ItemDef/Alias", f"{context}: {name}")

    def _ranges(self, checks: tuple[Check, ...], number: bool) -> Iterator[str]:
        """Pairs of limits become ranges; what is left becomes notes."""
        left = list(checks)
        for hard in (False, True):
            limits = {check.comparator: check for check in checks if check.hard == hard and check.formal is None}
            low, high = limits.get("GE"), limits.get("LE")
            if number and low and high and _is_number(low.value) and _is_number(high.value):
                left = [check for check in left if check not in (low, high)]
                yield f"range {low.value}..{high.value} {'hard' if hard else 'soft'}"
        for check in left:
            said = check.formal or f"{check.comparator} {check.value}"
            message = f" ({check.message[0][1]})" if check.message else ""
            yield self._note("RangeCheck", f"{'Hard' if check.hard else 'Soft'} check: {said}{message}")

    # ---- words ----

    def _note(self, path: str, text: str) -> str:
        self.report.add("text", path, "in a note")
        return f"note {quoted(text)}"

    def _translate(self, path: str, texts: Texts) -> None:
        for language, text in texts[1:]:
            if _NAME.fullmatch(language) and text:
                self.translations.setdefault(language, {})[path] = text
            else:
                self.report.add("dropped", "TranslatedText", f"a text in the language “{language}”")

    def _name(self, name: str, last: str, instead: str, names: Names | None = None) -> str:
        """The name as it is, if the language takes it, else the end of the OID, else one of its words."""
        names = names or self.names
        for each in (name, last):
            if _NAME.fullmatch(each) and each.lower() not in RESERVED:
                return names.take(each)
        return names.of(name, instead)


def _label(item: CodeItem) -> str:
    return item.decode[0][1] if item.decode and item.decode[0][1] else item.value


def _last(option: Item) -> str:
    return _end(option.question[0][1]) if option.question else option.name


def _end(text: str) -> str:
    """The answer that an item of a question with several answers stands for."""
    return text.rpartition(": ")[2]


def _concept(aliases: tuple[Alias, ...]) -> str:
    code = next((alias.name for alias in aliases if SYSTEMS.get(alias.context) == "ncit"), None)
    return f" ncit {quoted(code)}" if code and _NCIT.fullmatch(code) else ""


def _list_concept(aliases: tuple[Alias, ...]) -> str:
    found = _concept(aliases)
    return f" code{found}" if found else ""


def _spelled(unit: str) -> str | None:
    """The unit as the language spells it; None for one that it does not know."""
    try:
        return parse_unit(unit).symbol if unit else None
    except UnitError:
        return None


def _is_number(text: str | None) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", text or "") is not None
