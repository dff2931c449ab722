"""ODM 1.3.2: the order of elements is that of the schema."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from protocol_dsl.exchange.odm.content import (
    CONTEXT,
    LANGUAGE,
    NAME,
    TIMING,
    Alias,
    Check,
    CodeList,
    Condition,
    Content,
    Event,
    Form,
    Group,
    Item,
    Method,
    Study,
    Unit,
)
from protocol_dsl.exchange.odm.xml import aliases, child, document, texts, yes_no

NAMESPACE = "http://www.cdisc.org/ns/odm/v1.3"
VERSION = "1.3.2"


def write(content: Content) -> bytes:
    """The file."""
    root = Element(
        "ODM",
        {
            "xmlns": NAMESPACE,
            "FileType": "Snapshot",
            "Granularity": "Metadata",
            "FileOID": f"{content.study.oid}.{VERSION}",
            "CreationDateTime": content.study.created,
            "ODMVersion": VERSION,
            "SourceSystem": CONTEXT,
        },
    )
    _study(root, content)
    return document(root)


def _study(root: Element, content: Content) -> None:
    about: Study = content.study
    study = child(root, "Study", {"OID": about.oid})
    names = child(study, "GlobalVariables")
    child(names, "StudyName", text=about.name)
    child(names, "StudyDescription", text=about.description)
    child(names, "ProtocolName", text=about.protocol)
    if content.units:
        basics = child(study, "BasicDefinitions")
        for unit in content.units:
            _unit(basics, unit)
    version = child(study, "MetaDataVersion", {"OID": f"MDV.{about.version}", "Name": f"Version {about.version}"})
    if content.events:
        protocol = child(version, "Protocol")
        for number, event in enumerate(content.events, 1):
            child(
                protocol,
                "StudyEventRef",
                {
                    "StudyEventOID": event.oid,
                    "OrderNumber": str(number),
                    "Mandatory": yes_no(event.mandatory),
                    "CollectionExceptionConditionOID": event.exception,
                },
            )
    for event in content.events:
        _event(version, event)
    for form in content.forms:
        _form(version, form)
    for group in content.groups:
        _group(version, group)
    for item in content.items:
        _item(version, item)
    for code_list in content.code_lists:
        _code_list(version, code_list)
    for condition in content.conditions:
        _condition(version, condition)
    for method in content.methods:
        _method(version, method)


def _unit(parent: Element, unit: Unit) -> None:
    made = child(parent, "MeasurementUnit", {"OID": unit.oid, "Name": unit.name})
    texts(made, "Symbol", ((LANGUAGE, unit.symbol),))
    if unit.ucum:
        aliases(made, (Alias("UCUM", unit.ucum),))


def _event(parent: Element, event: Event) -> None:
    made = child(
        parent,
        "StudyEventDef",
        {
            "OID": event.oid,
            "Name": event.title[0][1],
            "Repeating": yes_no(event.repeating),
            "Type": event.kind,
            "Category": event.category,
        },
    )
    texts(made, "Description", event.title)
    for number, ref in enumerate(event.forms, 1):
        child(
            made,
            "FormRef",
            {
                "FormOID": ref.form,
                "OrderNumber": str(number),
                "Mandatory": yes_no(ref.mandatory),
                "CollectionExceptionConditionOID": ref.exception,
            },
        )
    timing = tuple(Alias(TIMING, text) for _, text in event.timing[:1])
    aliases(made, (Alias(NAME, event.name), *timing, *event.aliases))


def _form(parent: Element, form: Form) -> None:
    made = child(parent, "FormDef", {"OID": form.oid, "Name": form.title[0][1], "Repeating": yes_no(form.repeating)})
    texts(made, "Description", form.title)
    for number, oid in enumerate(form.groups, 1):
        child(made, "ItemGroupRef", {"ItemGroupOID": oid, "OrderNumber": str(number), "Mandatory": "Yes"})
    aliases(made, (Alias(NAME, form.name), *form.aliases))


def _group(parent: Element, group: Group) -> None:
    made = child(parent, "ItemGroupDef", {"OID": group.oid, "Name": group.title[0][1], "Repeating": "No"})
    texts(made, "Description", group.title)
    for number, ref in enumerate(group.items, 1):
        child(
            made,
            "ItemRef",
            {
                "ItemOID": ref.item,
                "OrderNumber": str(number),
                "Mandatory": yes_no(ref.mandatory),
                "MethodOID": ref.method,
                "CollectionExceptionConditionOID": ref.exception,
            },
        )
    aliases(made, (Alias(NAME, group.name),))


def _item(parent: Element, item: Item) -> None:
    made = child(
        parent,
        "ItemDef",
        {
            "OID": item.oid,
            "Name": item.name,
            "DataType": item.type,
            "Length": _number(item.length),
            "SignificantDigits": _number(item.digits),
            "Origin": "Derived" if item.derived else None,
        },
    )
    texts(made, "Description", item.notes)
    texts(made, "Question", item.question)
    if item.unit:
        child(made, "MeasurementUnitRef", {"MeasurementUnitOID": item.unit})
    for check in item.checks:
        _check(made, check, item.unit)
    if item.code_list:
        child(made, "CodeListRef", {"CodeListOID": item.code_list})
    aliases(made, item.aliases)


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)


def _check(parent: Element, check: Check, unit: str | None) -> None:
    made = child(parent, "RangeCheck", {"Comparator": check.comparator, "SoftHard": "Hard" if check.hard else "Soft"})
    if check.formal is None:
        child(made, "CheckValue", text=check.value or "")
        if unit:
            child(made, "MeasurementUnitRef", {"MeasurementUnitOID": unit})
    else:
        child(made, "FormalExpression", {"Context": CONTEXT}, check.formal)
    texts(made, "ErrorMessage", check.message)


def _code_list(parent: Element, code_list: CodeList) -> None:
    made = child(parent, "CodeList", {"OID": code_list.oid, "Name": code_list.name, "DataType": code_list.type})
    for number, item in enumerate(code_list.items, 1):
        entry = child(made, "CodeListItem", {"CodedValue": item.value, "OrderNumber": str(number)})
        texts(entry, "Decode", item.decode)
        aliases(entry, item.aliases)
    aliases(made, code_list.aliases)


def _condition(parent: Element, condition: Condition) -> None:
    made = child(parent, "ConditionDef", {"OID": condition.oid, "Name": condition.name})
    texts(made, "Description", condition.text)
    if condition.formal is not None:
        child(made, "FormalExpression", {"Context": CONTEXT}, condition.formal)


def _method(parent: Element, method: Method) -> None:
    made = child(parent, "MethodDef", {"OID": method.oid, "Name": method.name, "Type": "Computation"})
    texts(made, "Description", method.text)
    if method.formal is not None:
        child(made, "FormalExpression", {"Context": CONTEXT}, method.formal)
