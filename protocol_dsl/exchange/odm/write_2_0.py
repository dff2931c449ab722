"""ODM 2.0: forms and sections as item groups, units as items, and the design of the study.

The order of elements is that of the schema.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from protocol_dsl.exchange.odm.content import (
    CONTEXT,
    LANGUAGE,
    NAME,
    TIMING,
    Alias,
    Check,
    CodeItem,
    CodeList,
    Condition,
    Content,
    Event,
    Form,
    Group,
    Item,
    Method,
    Texts,
    Unit,
)
from protocol_dsl.exchange.odm.design import Design
from protocol_dsl.exchange.odm.write_2_0_design import event_groups, protocol, workflow
from protocol_dsl.exchange.odm.xml import aliases, child, document, texts, yes_no

NAMESPACE = "http://www.cdisc.org/ns/odm/v2.0"
VERSION = "2.0"
PLAIN = {"Type": "text/plain"}
TYPES = {"float": "decimal"}
"""Types of ODM 1.3.2 that have a better name here."""
SYSTEMS = {"LOINC": "http://loinc.org"}
"""Terminologies whose codes stand as `Coding` besides the alias, with their address."""


def write(content: Content, design: Design) -> bytes:
    """The file."""
    about = content.study
    root = Element(
        "ODM",
        {
            "xmlns": NAMESPACE,
            "FileType": "Snapshot",
            "Granularity": "Metadata",
            "FileOID": f"{about.oid}.{VERSION}",
            "CreationDateTime": about.created,
            "ODMVersion": VERSION,
            "SourceSystem": CONTEXT,
        },
    )
    study = child(
        root,
        "Study",
        {"OID": about.oid, "StudyName": about.name, "ProtocolName": about.protocol, "VersionID": about.version},
    )
    texts(study, "Description", ((LANGUAGE, about.description),), PLAIN)
    version = child(study, "MetaDataVersion", {"OID": f"MDV.{about.version}", "Name": f"Version {about.version}"})
    protocol(version, design)
    workflow(version, design)
    event_groups(version, content, design)
    for event in content.events:
        _event(version, event)
    items = {item.oid: item for item in content.items}
    groups = {group.oid: group for group in content.groups}
    units = {unit.oid: unit for unit in content.units}
    for form in content.forms:
        _form(version, form)
        for oid in form.groups:
            _section(version, groups[oid], items, units)
    for item in content.items:
        _item(version, item)
    for unit in content.units:
        made = child(version, "ItemDef", {"OID": unit.oid, "Name": unit.name, "DataType": "text"})
        texts(made, "Question", ((LANGUAGE, "Unit"),), PLAIN)
        child(made, "CodeListRef", {"CodeListOID": f"CL.{unit.oid}"})
        if unit.ucum:
            aliases(made, (Alias("UCUM", unit.ucum),))
    for code_list in (*content.code_lists, *map(_unit_list, content.units)):
        _code_list(version, code_list)
    for condition in (*content.conditions, *design.conditions):
        _condition(version, condition)
    for method in content.methods:
        _method(version, method)
    return document(root)


def _unit_list(unit: Unit) -> CodeList:
    return CodeList(
        f"CL.{unit.oid}", unit.name, "text", (CodeItem(unit.ucum or unit.name, ((LANGUAGE, unit.symbol),)),)
    )


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
    texts(made, "Description", event.title, PLAIN)
    for number, ref in enumerate(event.forms, 1):
        child(
            made,
            "ItemGroupRef",
            {
                "ItemGroupOID": ref.form,
                "OrderNumber": str(number),
                "Mandatory": yes_no(ref.mandatory),
                "CollectionExceptionConditionOID": ref.exception,
            },
        )
    timing = tuple(Alias(TIMING, text) for _, text in event.timing[:1])
    aliases(made, (Alias(NAME, event.name), *timing, *event.aliases))


def _form(parent: Element, form: Form) -> None:
    made = child(
        parent,
        "ItemGroupDef",
        {
            "OID": form.oid,
            "Name": form.title[0][1],
            "Repeating": "Simple" if form.repeating else "No",
            "Type": "Form",
        },
    )
    texts(made, "Description", form.title, PLAIN)
    for number, oid in enumerate(form.groups, 1):
        child(made, "ItemGroupRef", {"ItemGroupOID": oid, "OrderNumber": str(number), "Mandatory": "Yes"})
    aliases(made, (Alias(NAME, form.name), *form.aliases))


def _section(parent: Element, group: Group, items: dict[str, Item], units: dict[str, Unit]) -> None:
    made = child(
        parent,
        "ItemGroupDef",
        {"OID": group.oid, "Name": group.title[0][1], "Repeating": "No", "Type": "Section"},
    )
    texts(made, "Description", group.title, PLAIN)
    used: dict[str, None] = {}
    for number, ref in enumerate(group.items, 1):
        unit = items[ref.item].unit
        if unit is not None:
            used[unit] = None
        made_ref = child(
            made,
            "ItemRef",
            {
                "ItemOID": ref.item,
                "OrderNumber": str(number),
                "Mandatory": yes_no(ref.mandatory),
                "MethodOID": ref.method,
                "UnitsItemOID": unit,
                "CollectionExceptionConditionOID": ref.exception,
            },
        )
        if items[ref.item].derived:
            child(made_ref, "Origin", {"Type": "Derived"})
    for number, oid in enumerate(used, len(group.items) + 1):
        unit_of = units[oid]
        child(
            made,
            "ItemRef",
            {
                "ItemOID": oid,
                "OrderNumber": str(number),
                "Mandatory": "No",
                "PreSpecifiedValue": unit_of.ucum or unit_of.name,
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
            "DataType": TYPES.get(item.type, item.type),
            "Length": None if item.length is None else str(item.length),
            "DisplayFormat": None if item.digits is None else f"{item.length or ''}.{item.digits}",
        },
    )
    texts(made, "Question", item.question, PLAIN)
    texts(made, "CRFCompletionInstructions", item.notes, PLAIN)
    for check in item.checks:
        _check(made, check)
    if item.code_list:
        child(made, "CodeListRef", {"CodeListOID": item.code_list})
    for alias in item.aliases:
        if alias.context in SYSTEMS:
            child(made, "Coding", {"Code": alias.name, "System": SYSTEMS[alias.context], "SystemName": alias.context})
    aliases(made, item.aliases)


def _check(parent: Element, check: Check) -> None:
    made = child(parent, "RangeCheck", {"Comparator": check.comparator, "SoftHard": "Hard" if check.hard else "Soft"})
    if check.formal is None:
        child(made, "CheckValue", text=check.value or "")
    else:
        _formal(made, check.formal, "boolean")
    texts(made, "ErrorMessage", check.message, PLAIN)


def _code_list(parent: Element, code_list: CodeList) -> None:
    made = child(parent, "CodeList", {"OID": code_list.oid, "Name": code_list.name, "DataType": code_list.type})
    for number, item in enumerate(code_list.items, 1):
        entry = child(made, "CodeListItem", {"CodedValue": item.value, "OrderNumber": str(number)})
        texts(entry, "Decode", item.decode, PLAIN)
        aliases(entry, item.aliases)
    aliases(made, code_list.aliases)


def _condition(parent: Element, condition: Condition) -> None:
    made = child(parent, "ConditionDef", {"OID": condition.oid, "Name": condition.name})
    _described(made, condition.text, condition.formal, "boolean")


def _method(parent: Element, method: Method) -> None:
    made = child(parent, "MethodDef", {"OID": method.oid, "Name": method.name, "Type": "Computation"})
    _described(made, method.text, method.formal, "text")


def _described(parent: Element, text: Texts, formal: str | None, type: str) -> None:
    texts(parent, "Description", text, PLAIN)
    if formal is None:
        _signature(parent, type)
    else:
        _formal(parent, formal, type)


def _formal(parent: Element, formal: str, type: str) -> None:
    _signature(parent, type)
    child(child(parent, "FormalExpression", {"Context": CONTEXT}), "Code", text=formal)


def _signature(parent: Element, type: str) -> None:
    child(child(parent, "MethodSignature"), "ReturnValue", {"Name": "value", "DataType": type})
