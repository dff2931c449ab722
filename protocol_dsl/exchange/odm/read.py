"""Reading the forms, visits, codes and rules of an ODM file, 1.3 or 2.0, from wherever it comes."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from protocol_dsl.exchange.odm import write_1_3_2, write_2_0
from protocol_dsl.exchange.odm.content import (
    CONTEXT,
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
    FormRef,
    Group,
    Item,
    ItemRef,
    Method,
    Study,
    Texts,
    Unit,
)
from protocol_dsl.exchange.odm.xml import XmlFault, parse

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_TYPES = {new: old for old, new in write_2_0.TYPES.items()}


def read(data: bytes) -> Content:
    """The metadata of the first study. Raises `XmlFault` when it is no XML, no ODM, or holds no study."""
    root = parse(data)
    namespace, _, name = root.tag.removeprefix("{").rpartition("}")
    if name != "ODM" or namespace not in (write_1_3_2.NAMESPACE, write_2_0.NAMESPACE):
        raise XmlFault(f"the file holds `{name}` and not `ODM` of version 1.3 or 2.0", 1, 1)
    study = root.find(f"{{{namespace}}}Study")
    version = study.find(f"{{{namespace}}}MetaDataVersion") if study is not None else None
    if study is None or version is None:
        raise XmlFault("the file describes no study: there is no `MetaDataVersion`", 1, 1)
    return _Reader(namespace, root, study, version).content()


class _Reader:
    def __init__(self, namespace: str, root: Element, study: Element, version: Element) -> None:
        self.namespace, self.root, self.study, self.version = namespace, root, study, version
        self.is_new = namespace == write_2_0.NAMESPACE
        self.derived = set(self._derived()) if self.is_new else set[str]()

    def content(self) -> Content:
        """Everything that both versions carry."""
        units = tuple(self._new_units() if self.is_new else self._units())
        own = {unit.oid for unit in units}
        used = self._units_of_items()
        lists = {f"CL.{oid}" for oid in own} if self.is_new else set[str]()
        special = self._conditions_of_design() if self.is_new else set[str]()
        groups = [each for each in self.all("ItemGroupDef", self.version) if each.get("Type") != "Form"]
        return Content(
            study=self._study(),
            events=tuple(self._events()),
            forms=tuple(self._forms()),
            groups=tuple(self._group(each, own) for each in groups),
            items=tuple(
                self._item(each, used) for each in self.all("ItemDef", self.version) if each.get("OID", "") not in own
            ),
            units=units,
            code_lists=tuple(
                self._code_list(each) for each in self.all("CodeList", self.version) if each.get("OID") not in lists
            ),
            conditions=tuple(
                Condition(oid, each.get("Name", ""), self.texts(each, "Description"), self._formal(each))
                for each in self.all("ConditionDef", self.version)
                if (oid := each.get("OID", "")) not in special
            ),
            methods=tuple(
                Method(each.get("OID", ""), each.get("Name", ""), self.texts(each, "Description"), self._formal(each))
                for each in self.all("MethodDef", self.version)
            ),
        )

    # ---- elements ----

    def all(self, tag: str, parent: Element) -> list[Element]:
        """The children of this name."""
        return parent.findall(f"{{{self.namespace}}}{tag}")

    def first(self, tag: str, parent: Element) -> Element | None:
        """The first child of this name."""
        return parent.find(f"{{{self.namespace}}}{tag}")

    def texts(self, parent: Element, tag: str) -> Texts:
        """The texts of a child in all languages."""
        outer = self.first(tag, parent)
        found = self.all("TranslatedText", outer) if outer is not None else []
        return tuple((each.get(_LANG, ""), (each.text or "").strip()) for each in found)

    def text(self, parent: Element, *path: str) -> str:
        """The text of a descendant."""
        found: Element | None = parent
        for tag in path:
            found = self.first(tag, found) if found is not None else None
        return (found.text or "").strip() if found is not None else ""

    def aliases(self, parent: Element) -> tuple[Alias, ...]:
        """All aliases."""
        return tuple(Alias(each.get("Context", ""), each.get("Name", "")) for each in self.all("Alias", parent))

    # ---- parts ----

    def _study(self) -> Study:
        oid = self.study.get("OID", "")
        version = self.version.get("OID", "").removeprefix("MDV.")
        created = self.root.get("CreationDateTime", "")
        if self.is_new:
            texts = self.texts(self.study, "Description")
            name, protocol = self.study.get("StudyName", ""), self.study.get("ProtocolName", "")
            return Study(oid, name, texts[0][1] if texts else "", protocol, version, created)
        name = self.text(self.study, "GlobalVariables", "StudyName")
        about = self.text(self.study, "GlobalVariables", "StudyDescription")
        return Study(oid, name, about, self.text(self.study, "GlobalVariables", "ProtocolName"), version, created)

    def _units(self) -> Iterator[Unit]:
        basics = self.first("BasicDefinitions", self.study)
        for each in self.all("MeasurementUnit", basics) if basics is not None else []:
            symbol = self.texts(each, "Symbol")
            name = each.get("Name", "")
            yield Unit(each.get("OID", ""), name, symbol[0][1] if symbol else name, self._ucum(each))

    def _ucum(self, each: Element) -> str | None:
        return next((alias.name for alias in self.aliases(each) if alias.context == "UCUM"), None)

    def _new_units(self) -> Iterator[Unit]:
        """In 2.0 a unit is an item to which others point, with a list of one code."""
        pointed = set(self._units_of_items().values())
        lists = {each.get("OID", ""): self._code_list(each) for each in self.all("CodeList", self.version)}
        for each in self.all("ItemDef", self.version):
            if each.get("OID") in pointed:
                ref = self.first("CodeListRef", each)
                codes = lists.get(ref.get("CodeListOID", "")) if ref is not None else None
                item = codes.items[0] if codes and codes.items else CodeItem(each.get("Name", ""), ())
                name = each.get("Name", "")
                yield Unit(
                    each.get("OID", ""), name, item.decode[0][1] if item.decode else item.value, self._ucum(each)
                )

    def _units_of_items(self) -> dict[str, str]:
        if not self.is_new:
            return {}
        refs = [ref for group in self.all("ItemGroupDef", self.version) for ref in self.all("ItemRef", group)]
        return {ref.get("ItemOID", ""): unit for ref in refs if (unit := ref.get("UnitsItemOID"))}

    def _conditions_of_design(self) -> set[str]:
        """Conditions of criteria and gates: those that no form, item or visit refers to."""
        used = {each.get("CollectionExceptionConditionOID") for each in self.version.iter()}
        return {each.get("OID", "") for each in self.all("ConditionDef", self.version)} - used

    def _events(self) -> Iterator[Event]:
        refs: dict[str, Element] = {}
        holders = self.all("StudyEventGroupDef" if self.is_new else "Protocol", self.version)
        for ref in (ref for holder in holders for ref in self.all("StudyEventRef", holder)):
            refs.setdefault(ref.get("StudyEventOID", ""), ref)
        for each in self.all("StudyEventDef", self.version):
            oid = each.get("OID", "")
            ref = refs.get(oid)
            aliases = self.aliases(each)
            named = {alias.context: alias.name for alias in aliases}
            timing = named.get(TIMING)
            title = self.texts(each, "Description") or (("", each.get("Name", "")),)
            yield Event(
                oid=oid,
                name=named.get(NAME, each.get("Name", "")),
                title=title,
                kind=each.get("Type", ""),
                repeating=each.get("Repeating") == "Yes",
                forms=tuple(self._form_refs(each)),
                mandatory=ref is None or ref.get("Mandatory") == "Yes",
                exception=ref.get("CollectionExceptionConditionOID") if ref is not None else None,
                category=each.get("Category"),
                timing=((title[0][0], timing),) if timing is not None else (),
                aliases=tuple(alias for alias in aliases if alias.context not in (NAME, TIMING)),
            )

    def _form_refs(self, event: Element) -> Iterator[FormRef]:
        tag, attribute = ("ItemGroupRef", "ItemGroupOID") if self.is_new else ("FormRef", "FormOID")
        for ref in self.all(tag, event):
            only_if = ref.get("CollectionExceptionConditionOID")
            yield FormRef(ref.get(attribute, ""), ref.get("Mandatory") == "Yes", only_if)

    def _forms(self) -> Iterator[Form]:
        if self.is_new:
            found = [each for each in self.all("ItemGroupDef", self.version) if each.get("Type") == "Form"]
        else:
            found = self.all("FormDef", self.version)
        for each in found:
            name, aliases = self._named(each)
            groups = tuple(ref.get("ItemGroupOID", "") for ref in self.all("ItemGroupRef", each))
            title = self.texts(each, "Description") or (("", each.get("Name", "")),)
            yield Form(each.get("OID", ""), name, title, each.get("Repeating") != "No", groups, aliases)

    def _group(self, each: Element, units: set[str]) -> Group:
        refs = tuple(
            ItemRef(
                ref.get("ItemOID", ""),
                ref.get("Mandatory") == "Yes",
                ref.get("CollectionExceptionConditionOID"),
                ref.get("MethodOID"),
            )
            for ref in self.all("ItemRef", each)
            if ref.get("ItemOID") not in units or not self.is_new
        )
        name, _ = self._named(each)
        return Group(each.get("OID", ""), name, self.texts(each, "Description") or (("", name),), refs)

    def _named(self, each: Element) -> tuple[str, tuple[Alias, ...]]:
        aliases = self.aliases(each)
        name = next((alias.name for alias in aliases if alias.context == NAME), each.get("Name", ""))
        return name, tuple(alias for alias in aliases if alias.context != NAME)

    def _item(self, each: Element, units: dict[str, str]) -> Item:
        oid, type = each.get("OID", ""), each.get("DataType", "")
        length, digits = each.get("Length"), each.get("SignificantDigits")
        if self.is_new:
            _, _, digits = each.get("DisplayFormat", "").partition(".")
        code_list, unit = self.first("CodeListRef", each), self.first("MeasurementUnitRef", each)
        return Item(
            oid=oid,
            name=each.get("Name", ""),
            type=_TYPES.get(type, type),
            question=self.texts(each, "Question"),
            length=int(length) if length else None,
            digits=int(digits) if digits else None,
            unit=units.get(oid) if self.is_new else unit.get("MeasurementUnitOID") if unit is not None else None,
            code_list=code_list.get("CodeListOID") if code_list is not None else None,
            checks=tuple(self._check(check) for check in self.all("RangeCheck", each)),
            notes=self.texts(each, "CRFCompletionInstructions" if self.is_new else "Description"),
            derived=oid in self.derived or each.get("Origin") == "Derived",
            aliases=self.aliases(each),
        )

    def _derived(self) -> Iterator[str]:
        for group in self.all("ItemGroupDef", self.version):
            for ref in self.all("ItemRef", group):
                if any(origin.get("Type") == "Derived" for origin in self.all("Origin", ref)):
                    yield ref.get("ItemOID", "")

    def _check(self, check: Element) -> Check:
        value = self.first("CheckValue", check)
        return Check(
            hard=check.get("SoftHard") == "Hard",
            message=self.texts(check, "ErrorMessage"),
            comparator=check.get("Comparator"),
            value=(value.text or "").strip() if value is not None else None,
            formal=self._formal(check),
        )

    def _code_list(self, each: Element) -> CodeList:
        items = tuple(
            CodeItem(item.get("CodedValue", ""), self.texts(item, "Decode"), self.aliases(item))
            for tag in ("CodeListItem", "EnumeratedItem")
            for item in self.all(tag, each)
        )
        return CodeList(each.get("OID", ""), each.get("Name", ""), each.get("DataType", ""), items, self.aliases(each))

    def _formal(self, parent: Element) -> str | None:
        """The expression in the language of `docs/odm.md`, else the first one."""
        found = self.all("FormalExpression", parent)
        own = next((each for each in found if each.get("Context") == CONTEXT), found[0] if found else None)
        if own is None:
            return None
        return self.text(own, "Code") if self.is_new else (own.text or "").strip()
