"""What the metadata of a study are in ODM, without their spelling in one version: plain values with their OIDs.

Texts are pairs (language, text) with the study's language first. An OID in a field such as `unit` points to an entry of
the list of that kind; None where there is nothing to say.
"""

from __future__ import annotations

from typing import NamedTuple

Texts = tuple[tuple[str, str], ...]

LANGUAGE = "en"
CONTEXT = "Protocol DSL"
"""The name of the language of formal expressions; `docs/odm.md` describes it."""
NAME, TIMING = f"{CONTEXT} name", f"{CONTEXT} timing"
"""Contexts of aliases: the name in the protocol, and when a visit is due, in words."""


class Alias(NamedTuple):
    """Another name, and whose name it is: `CDASH`, `LOINC`."""

    context: str
    name: str


class Unit(NamedTuple):
    """A unit of measurement."""

    oid: str
    name: str
    symbol: str
    ucum: str | None = None


class CodeItem(NamedTuple):
    """A permitted value."""

    value: str
    decode: Texts
    aliases: tuple[Alias, ...] = ()


class CodeList(NamedTuple):
    """Permitted values; `type` is `text` or `integer`."""

    oid: str
    name: str
    type: str
    items: tuple[CodeItem, ...]
    aliases: tuple[Alias, ...] = ()


class Check(NamedTuple):
    """An edit check: a comparison with a value (`GE`, `LE`), or a formal expression that is true for good data."""

    hard: bool
    message: Texts
    comparator: str | None = None
    value: str | None = None
    formal: str | None = None


class Item(NamedTuple):
    """A question. `type` is that of ODM 1.3.2; `digits` those behind the decimal point."""

    oid: str
    name: str
    type: str
    question: Texts
    length: int | None = None
    digits: int | None = None
    unit: str | None = None
    code_list: str | None = None
    checks: tuple[Check, ...] = ()
    notes: Texts = ()
    derived: bool = False
    aliases: tuple[Alias, ...] = ()


class ItemRef(NamedTuple):
    """An item in a group. The `exception` is a condition: where it holds, the item is not collected."""

    item: str
    mandatory: bool
    exception: str | None = None
    method: str | None = None


class Group(NamedTuple):
    """A section of a form."""

    oid: str
    name: str
    title: Texts
    items: tuple[ItemRef, ...]


class Form(NamedTuple):
    """A form; `groups` are OIDs."""

    oid: str
    name: str
    title: Texts
    repeating: bool
    groups: tuple[str, ...]
    aliases: tuple[Alias, ...] = ()


class FormRef(NamedTuple):
    """A form at a visit."""

    form: str
    mandatory: bool
    exception: str | None = None


class Event(NamedTuple):
    """A visit. `kind`: `Scheduled`, `Unscheduled`, `Common`. `timing` says in words when it is due."""

    oid: str
    name: str
    title: Texts
    kind: str
    repeating: bool
    forms: tuple[FormRef, ...]
    mandatory: bool = True
    exception: str | None = None
    category: str | None = None
    timing: Texts = ()
    aliases: tuple[Alias, ...] = ()


class Condition(NamedTuple):
    """A condition in words and, where it can be computed, as a formal expression."""

    oid: str
    name: str
    text: Texts
    formal: str | None = None


class Method(NamedTuple):
    """How a value is computed, in words and, where it can be, as a formal expression."""

    oid: str
    name: str
    text: Texts
    formal: str | None = None


class Study(NamedTuple):
    """What the file is about. `created` is an ISO 8601 date and time; it is said, never read from a clock."""

    oid: str
    name: str
    description: str
    protocol: str
    version: str
    created: str


class Content(NamedTuple):
    """Everything of ODM that both versions can carry."""

    study: Study
    events: tuple[Event, ...] = ()
    forms: tuple[Form, ...] = ()
    groups: tuple[Group, ...] = ()
    items: tuple[Item, ...] = ()
    units: tuple[Unit, ...] = ()
    code_lists: tuple[CodeList, ...] = ()
    conditions: tuple[Condition, ...] = ()
    methods: tuple[Method, ...] = ()
