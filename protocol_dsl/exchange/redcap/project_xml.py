"""The XML of a whole project, as REDCap's page for new projects takes it: ODM 1.3.1 with attributes of REDCap's own.

Shapes and names of attributes are those of exports of REDCap 14. Dates of creation are fixed: equal input gives equal
bytes. Lists of codes have the data type `text`, also those of boxes, where REDCap itself writes one that the schema of
ODM does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from protocol_dsl.exchange.redcap.dictionary import Row
from protocol_dsl.exchange.redcap.setup import Bundle, Event

CREATED = "2000-01-01T00:00:00"
FIELD_TYPES = {"dropdown": "select", "notes": "textarea"}
VALIDATIONS = {"integer": "int", "number": "float"}
"""What the XML calls a type and a validation that the dictionary calls otherwise."""
LOGICAL = {"yesno": (("1", "Yes"), ("0", "No")), "truefalse": (("1", "True"), ("0", "False"))}
STATUS = (("0", "Incomplete"), ("1", "Unverified"), ("2", "Complete"))
CHECKED = (("1", "Checked"), ("0", "Unchecked"))
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write(bundle: Bundle) -> str:
    """The XML of a project."""
    return "\n".join(_document(bundle)) + "\n"


def _document(bundle: Bundle) -> Iterator[str]:
    oid = re.sub(r"\W", "", bundle.title, flags=re.ASCII) or "Project"
    title = _text(bundle.title)
    yield '<?xml version="1.0" encoding="UTF-8" ?>'
    yield (
        '<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:redcap="https://projectredcap.org" ODMVersion="1.3.1"'
        f' FileOID="{oid}" FileType="Snapshot" Description={_attribute(bundle.title)} AsOfDateTime="{CREATED}"'
        f' CreationDateTime="{CREATED}" SourceSystem="REDCap" SourceSystemVersion="14.7.3">'
    )
    yield f'<Study OID="Project.{oid}">'
    yield "<GlobalVariables>"
    yield f"\t<StudyName>{title}</StudyName>"
    yield f"\t<StudyDescription>{title}</StudyDescription>"
    yield f"\t<ProtocolName>{title}</ProtocolName>"
    yield "\t<redcap:RecordAutonumberingEnabled>0</redcap:RecordAutonumberingEnabled>"
    yield "\t<redcap:SchedulingEnabled>1</redcap:SchedulingEnabled>"
    yield "\t<redcap:SurveysEnabled>0</redcap:SurveysEnabled>"
    yield "\t<redcap:Purpose>2</redcap:Purpose>"
    yield from _repeating(bundle)
    yield from _rules(bundle)
    yield "</GlobalVariables>"
    record_id = bundle.rows[0].field_name if bundle.rows else "record_id"
    yield (f'<MetaDataVersion OID="Metadata.{oid}" Name={_attribute(bundle.title)} redcap:RecordIdField="{record_id}">')
    yield from _events(bundle)
    forms = [(name, list(rows)) for name, rows in groupby(bundle.rows, key=lambda row: row.form_name)]
    for name, rows in forms:
        yield from _form(bundle, name, rows)
    for name, rows in forms:
        for group in _groups(rows):
            yield from _item_group(bundle, name, group)
        yield f'\t<ItemGroupDef OID="{name}.{name}_complete" Name="Form Status" Repeating="No">'
        yield _item_ref(f"{name}_complete", f"{name}_complete")
        yield "\t</ItemGroupDef>"
    for name, rows in forms:
        for row in rows:
            yield from _items(row)
        yield (
            f'\t<ItemDef OID="{name}_complete" Name="{name}_complete" DataType="text" Length="1"'
            f' redcap:Variable="{name}_complete" redcap:FieldType="select" redcap:SectionHeader="Form Status">'
        )
        yield _question("Complete?")
        yield f'\t\t<CodeListRef CodeListOID="{name}_complete.choices"/>'
        yield "\t</ItemDef>"
    for name, rows in forms:
        for row in rows:
            yield from _code_lists(row)
        yield from _code_list(f"{name}_complete", f"{name}_complete", STATUS)
    yield "</MetaDataVersion>"
    yield "</Study>"
    yield "</ODM>"


def _repeating(bundle: Bundle) -> Iterator[str]:
    if not bundle.repeating:
        return
    yield "\t<redcap:RepeatingInstrumentsAndEvents>"
    forms = [each for each in bundle.repeating if each.form]
    if forms:
        yield "\t\t<redcap:RepeatingInstruments>"
        for each in forms:
            yield (
                f"\t\t\t<redcap:RepeatingInstrument redcap:UniqueEventName={_attribute(each.event)}"
                f" redcap:RepeatInstrument={_attribute(each.form)} redcap:CustomLabel={_attribute(each.label)}/>"
            )
        yield "\t\t</redcap:RepeatingInstruments>"
    for each in bundle.repeating:
        if not each.form:
            yield f"\t\t<redcap:RepeatingEvent redcap:UniqueEventName={_attribute(each.event)}/>"
    yield "\t</redcap:RepeatingInstrumentsAndEvents>"


def _rules(bundle: Bundle) -> Iterator[str]:
    if not bundle.rules:
        return
    yield "\t<redcap:DataQualityRulesGroup>"
    for place, rule in enumerate(bundle.rules, 1):
        yield (
            f'\t\t<redcap:DataQualityRules rule_order="{place}" rule_name={_attribute(rule.name)}'
            f' rule_logic={_attribute(rule.logic)} real_time_execute="{int(rule.at_once)}"/>'
        )
    yield "\t</redcap:DataQualityRulesGroup>"


def _events(bundle: Bundle) -> Iterator[str]:
    if not bundle.events:
        return
    yield "\t<Protocol>"
    for place, event in enumerate(bundle.events, 1):
        yield f'\t\t<StudyEventRef StudyEventOID="Event.{event.unique}" OrderNumber="{place}" Mandatory="No"/>'
    yield "\t</Protocol>"
    arms = {arm.number: arm.name for arm in bundle.arms}
    forms: dict[str, list[str]] = {}
    for mapped in bundle.mapping:
        forms.setdefault(mapped.event, []).append(mapped.form)
    for event in bundle.events:
        yield from _event(event, arms[event.arm], len(arms) > 1, forms.get(event.unique, []))


def _event(event: Event, arm: str, several: bool, forms: list[str]) -> Iterator[str]:
    name = f"{event.name} (Arm {event.arm}: {arm})" if several else event.name
    yield (
        f'\t<StudyEventDef OID="Event.{event.unique}" Name={_attribute(name)} Type="Common" Repeating="No"'
        f" redcap:EventName={_attribute(event.name)} redcap:CustomEventLabel={_attribute(event.label)}"
        f' redcap:UniqueEventName="{event.unique}" redcap:ArmNum="{event.arm}" redcap:ArmName={_attribute(arm)}'
        f' redcap:DayOffset="{event.day}" redcap:OffsetMin="{event.before}" redcap:OffsetMax="{event.after}">'
    )
    for place, form in enumerate(forms, 1):
        yield (f'\t\t<FormRef FormOID="Form.{form}" OrderNumber="{place}" Mandatory="No" redcap:FormName="{form}"/>')
    yield "\t</StudyEventDef>"


def _groups(rows: list[Row]) -> Iterator[list[Row]]:
    """The rows under each section header."""
    group: list[Row] = []
    for row in rows:
        if row.section_header and group:
            yield group
            group = []
        group.append(row)
    if group:
        yield group


def _form(bundle: Bundle, name: str, rows: list[Row]) -> Iterator[str]:
    title = bundle.titles.get(name, name)
    yield f'\t<FormDef OID="Form.{name}" Name={_attribute(title)} Repeating="No" redcap:FormName="{name}">'
    for group in _groups(rows):
        yield f'\t\t<ItemGroupRef ItemGroupOID="{name}.{group[0].field_name}" Mandatory="No"/>'
    yield f'\t\t<ItemGroupRef ItemGroupOID="{name}.{name}_complete" Mandatory="No"/>'
    yield "\t</FormDef>"


def _item_group(bundle: Bundle, form: str, rows: list[Row]) -> Iterator[str]:
    name = rows[0].section_header or bundle.titles.get(form, form)
    yield f'\t<ItemGroupDef OID="{form}.{rows[0].field_name}" Name={_attribute(name)} Repeating="No">'
    for row in rows:
        for oid in _oids(row):
            yield _item_ref(oid, row.field_name, required=row.required_field == "y")
    yield "\t</ItemGroupDef>"


def _item_ref(oid: str, variable: str, required: bool = False) -> str:
    return f'\t\t<ItemRef ItemOID="{oid}" Mandatory="{"Yes" if required else "No"}" redcap:Variable="{variable}"/>'


def _oids(row: Row) -> list[str]:
    """The items of a field: one, or one for each box."""
    if row.field_type != "checkbox":
        return [row.field_name]
    return [f"{row.field_name}___{code.lower().replace('-', '_')}" for code, _ in row.choices]


def _items(row: Row) -> Iterator[str]:
    kind, digits = _data_type(row)
    length = "1" if kind in ("boolean",) else "999"
    has_codes = row.field_type in ("radio", "dropdown", "checkbox", *LOGICAL)
    for oid in _oids(row):
        yield (f'\t<ItemDef OID="{oid}" Name="{oid}" DataType="{kind}" Length="{length}"{digits}{_attributes(row)}>')
        yield _question(row.field_label)
        if row.validation and row.field_type == "text":
            for comparator, value in (("GE", row.text_validation_min), ("LE", row.text_validation_max)):
                if value:
                    yield from _range_check(comparator, value)
        if has_codes:
            yield f'\t\t<CodeListRef CodeListOID="{oid}.choices"/>'
        yield "\t</ItemDef>"


def _range_check(comparator: str, value: str) -> Iterator[str]:
    yield f'\t\t<RangeCheck Comparator="{comparator}" SoftHard="Soft">'
    yield f"\t\t\t<CheckValue>{_text(value)}</CheckValue>"
    yield (
        "\t\t\t<ErrorMessage><TranslatedText>The value is outside the suggested range. It is admissible, but please"
        " check it.</TranslatedText></ErrorMessage>"
    )
    yield "\t\t</RangeCheck>"


def _data_type(row: Row) -> tuple[str, str]:
    """The data type of ODM, and the attribute of its digits."""
    validation = row.validation
    if row.field_type in ("checkbox", *LOGICAL):
        return "boolean", ""
    if row.field_type == "calc" or validation.startswith(("number", "float")):
        digits = re.search(r"_(\d)dp", validation)
        return "float", f' SignificantDigits="{digits[1] if digits else 1}"'
    if validation in ("integer", "int"):
        return "integer", ""
    if validation.startswith("datetime"):
        return "datetime", ""
    return ("date" if validation.startswith("date_") else "text"), ""


def _attributes(row: Row) -> str:
    """What only REDCap knows of a field."""
    checks = row.select_choices_or_calculations
    slider = row.field_type == "slider"
    values = {
        "Variable": row.field_name,
        "FieldType": FIELD_TYPES.get(row.field_type, row.field_type),
        "TextValidationType": VALIDATIONS.get(row.validation, row.validation),
        "FieldNote": row.field_note,
        "SectionHeader": row.section_header,
        "Identifier": row.identifier,
        "BranchingLogic": row.branching_logic,
        "RequiredField": row.required_field,
        "CustomAlignment": row.custom_alignment,
        "QuestionNumber": row.question_number,
        "MatrixGroupName": row.matrix_group_name,
        "MatrixRanking": row.matrix_ranking,
        "FieldAnnotation": row.field_annotation,
        "Calculation": checks if row.field_type == "calc" else "",
        "SliderLabels": checks if slider else "",
        "TextValidationMin": row.text_validation_min if slider else "",
        "TextValidationMax": row.text_validation_max if slider else "",
    }
    return "".join(f" redcap:{name}={_attribute(value)}" for name, value in values.items() if value)


def _code_lists(row: Row) -> Iterator[str]:
    if row.field_type in LOGICAL:
        yield from _code_list(row.field_name, row.field_name, LOGICAL[row.field_type])
    elif row.field_type in ("radio", "dropdown"):
        yield from _code_list(row.field_name, row.field_name, tuple(row.choices))
    elif row.field_type == "checkbox":
        for oid in _oids(row):
            yield from _code_list(oid, row.field_name, CHECKED, row.select_choices_or_calculations)


def _code_list(oid: str, variable: str, pairs: tuple[tuple[str, str], ...], boxes: str = "") -> Iterator[str]:
    own = f" redcap:CheckboxChoices={_attribute(boxes)}" if boxes else ""
    yield f'\t<CodeList OID="{oid}.choices" Name="{oid}" DataType="text" redcap:Variable="{variable}"{own}>'
    for code, label in pairs:
        decode = f"<Decode><TranslatedText>{_text(label)}</TranslatedText></Decode>"
        yield f"\t\t<CodeListItem CodedValue={_attribute(code)}>{decode}</CodeListItem>"
    yield "\t</CodeList>"


def _question(label: str) -> str:
    return f"\t\t<Question><TranslatedText>{_text(label)}</TranslatedText></Question>"


def _text(value: str) -> str:
    return escape(_UNWRITABLE.sub("\ufffd", value))


def _attribute(value: str) -> str:
    return quoteattr(_UNWRITABLE.sub("\ufffd", value), {"\n": "&#10;", "\t": "&#9;"})
