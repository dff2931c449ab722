"""The XML of a project read back: its dictionary, the titles of its forms, its events, and what repeats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree

from protocol_dsl.exchange.redcap.dictionary import Row
from protocol_dsl.exchange.redcap.project_xml import FIELD_TYPES, LOGICAL, VALIDATIONS
from protocol_dsl.exchange.redcap.setup import Repeating

_ODM = "{http://www.cdisc.org/ns/odm/v1.3}"
_OWN = "{https://projectredcap.org}"
_TYPES = {value: key for key, value in FIELD_TYPES.items()}
_VALIDATED = {value: key for key, value in VALIDATIONS.items()}


class Unreadable(Exception):
    """What keeps the file from being read as a project of REDCap."""


class Read(NamedTuple):
    """A project. `events` are unique names in order; a title is that of a form, by its name."""

    rows: list[Row]
    titles: dict[str, str]
    events: list[str]
    repeating: list[Repeating]


def read(text: str) -> Read:
    """The project of an XML file. Raises `Unreadable`."""
    # Definitions of entities have no place in such a file, and can make it grow without end.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Unreadable("it defines entities")
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as error:
        raise Unreadable(f"it is no XML: {error}") from None
    data = root.find(f"{_ODM}Study/{_ODM}MetaDataVersion")
    if data is None:
        raise Unreadable("it holds no study")
    items: dict[str, ElementTree.Element] = {}
    for item in data.iter(f"{_ODM}ItemDef"):
        items.setdefault(item.get("OID", ""), item)
    lists = {each.get("OID", ""): each for each in data.iter(f"{_ODM}CodeList")}
    groups = {each.get("OID", ""): each for each in data.iter(f"{_ODM}ItemGroupDef")}
    rows: list[Row] = []
    titles: dict[str, str] = {}
    for form in data.iter(f"{_ODM}FormDef"):
        name = form.get(f"{_OWN}FormName", "")
        titles[name] = form.get("Name", name)
        seen: set[str] = set()
        for item in _items(form, groups, items):
            row = _row(item, name, lists)
            if row.field_name and row.field_name not in seen and item.get(f"{_OWN}FieldType"):
                seen.add(row.field_name)
                if row.field_name != f"{name}_complete":
                    rows.append(row)
    events = [each.get(f"{_OWN}UniqueEventName", "") for each in data.iter(f"{_ODM}StudyEventDef")]
    repeating = [
        Repeating(
            each.get(f"{_OWN}UniqueEventName", ""), each.get(f"{_OWN}RepeatInstrument", ""),
            each.get(f"{_OWN}CustomLabel", ""),
        )
        for each in root.iter(f"{_OWN}RepeatingInstrument")
    ]  # fmt: skip
    return Read(rows, titles, events, repeating)


def _items(
    form: ElementTree.Element, groups: dict[str, ElementTree.Element], items: dict[str, ElementTree.Element]
) -> Iterator[ElementTree.Element]:
    for reference in form.iter(f"{_ODM}ItemGroupRef"):
        group = groups.get(reference.get("ItemGroupOID", ""))
        for part in group.iter(f"{_ODM}ItemRef") if group is not None else ():
            item = items.get(part.get("ItemOID", ""))
            if item is not None:
                yield item


def _row(item: ElementTree.Element, form: str, lists: dict[str, ElementTree.Element]) -> Row:
    def own(name: str) -> str:
        return item.get(f"{_OWN}{name}", "")

    kind = _TYPES.get(own("FieldType"), own("FieldType"))
    limits = {each.get("Comparator"): _text(each, "CheckValue") for each in item.iter(f"{_ODM}RangeCheck")}
    validation = own("TextValidationType")
    validation = "number" if kind == "slider" else _VALIDATED.get(validation, validation)
    return Row(
        field_name=own("Variable"),
        form_name=form,
        section_header=own("SectionHeader"),
        field_type=kind,
        field_label=_text(item, "Question/TranslatedText"),
        select_choices_or_calculations=_choices(item, kind, lists),
        field_note=own("FieldNote"),
        text_validation_type_or_show_slider_number="number"
        if kind == "slider"
        else _VALIDATED.get(validation, validation),
        text_validation_min=limits.get("GE") or own("TextValidationMin"),
        text_validation_max=limits.get("LE") or own("TextValidationMax"),
        identifier=own("Identifier"),
        branching_logic=own("BranchingLogic"),
        required_field=own("RequiredField"),
        custom_alignment=own("CustomAlignment"),
        question_number=own("QuestionNumber"),
        matrix_group_name=own("MatrixGroupName"),
        matrix_ranking=own("MatrixRanking"),
        field_annotation=own("FieldAnnotation"),
    )


def _choices(item: ElementTree.Element, kind: str, lists: dict[str, ElementTree.Element]) -> str:
    if kind == "calc":
        return item.get(f"{_OWN}Calculation", "")
    if kind == "slider":
        return item.get(f"{_OWN}SliderLabels", "")
    reference = item.find(f"{_ODM}CodeListRef")
    found = lists.get(reference.get("CodeListOID", "")) if reference is not None else None
    if found is None or kind in LOGICAL:
        return ""
    if kind == "checkbox":
        return found.get(f"{_OWN}CheckboxChoices", "")
    pairs = [
        f"{each.get('CodedValue', '')}, {_text(each, 'Decode/TranslatedText')}"
        for each in found.iter(f"{_ODM}CodeListItem")
    ]
    return " | ".join(pairs)


def _text(element: ElementTree.Element, path: str) -> str:
    found = element.find("/".join(f"{_ODM}{step}" for step in path.split("/")))
    return (found.text or "") if found is not None else ""
