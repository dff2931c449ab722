"""The block of what only the registry's record of a study holds."""

from __future__ import annotations

from typing import Any, cast

from protocol_dsl.elaborate.context import Statement
from protocol_dsl.elaborate.study_items import StudyItems
from protocol_dsl.elaborate.values import ENUMERATIONS
from protocol_dsl.model import record as model
from protocol_dsl.model.base import Note
from protocol_dsl.syntax.nodes import Node, Token

_SINGLE = {
    "record_date": "the date of verification",
    "record_owner": "the organization",
    "last_known_status": "the last known status",
    "expanded_access": "expanded access",
    "expanded_access_for": "for whom expanded access is",
    "former_party": "the former responsible party",
    "ipd_sharing": "the sharing of data",
}
_LISTS = {"publication": "publications", "record_link": "links", "available_data": "available_data"}


class RecordBuilder(StudyItems):
    """Builds `RegistryRecord`."""

    def record(self, statement: Statement) -> model.RegistryRecord:
        """`registry_record`."""
        single: dict[str, Node] = {}
        values: dict[str, Any] = {}
        lists: dict[str, list[Any]] = {"flags": [], "publications": [], "links": [], "available_data": []}
        for item, notes in self.context.statements(statement.node.children):
            if item.kind == "record_flag":
                flag = self.flag(item, notes, single)
                if flag is not None:
                    lists["flags"].append(flag)
            elif item.kind in _LISTS:
                lists[_LISTS[item.kind]].append(self.entry(item, notes))
            elif item.kind in _SINGLE and self.context.once(single, item, item.kind, _SINGLE[item.kind]):
                values.update(self.value(item, notes))
        values.update({name: tuple(found) for name, found in lists.items()})
        return model.RegistryRecord.model_construct(
            origin=self.context.origin(statement.node), notes=statement.notes, **values
        )

    def flag(self, item: Node, notes: tuple[Note, ...], single: dict[str, Node]) -> model.RecordFlag | None:
        """`fda_regulated_drug no`."""
        name = cast(Token, item.children[0]).value
        if not self.context.once(single, item, name, f"`{name}`"):
            return None
        value = self.context.yes_no(item.token("NAME"))
        if value is None:
            return None
        return model.RecordFlag.model_construct(name=name, value=value, origin=self.context.origin(item), notes=notes)

    def value(self, item: Node, notes: tuple[Note, ...]) -> dict[str, Any]:
        """The fields that an item which stands once gives."""
        about: dict[str, Any] = {"origin": self.context.origin(item), "notes": notes}
        if item.kind == "record_date":
            return {"verified": self.context.date(item.token("DATE", "YEAR_MONTH"))}
        if item.kind == "record_owner":
            return {"organisation": self.string(item), "organisation_class": self.organisation_class(item)}
        if item.kind == "last_known_status":
            return {item.kind: self.context.word(item.token("NAME"), ENUMERATIONS["status"], "a status")}
        if item.kind == "expanded_access_for":
            return {item.kind: self.several(item.node("names"), "expanded_access_for", "a kind of expanded access")}
        if item.kind == "former_party":
            place = self.string(item.node("person_place"))
            party = model.FormerParty.model_construct(name=self.string(item), organisation=place, **about)
            return {"former_party": party}
        if item.kind == "expanded_access":
            names = list(item.tokens("NAME"))
            status = None
            if len(names) > 1:
                status = self.context.word(names[1], ENUMERATIONS["expanded_access_status"], "a status of it")
            available = self.context.yes_no(names[0] if names else None)
            if available is None:
                return {}
            made = model.ExpandedAccess.model_construct(
                available=available, number=self.string(item), status=status, **about
            )
            return {"expanded_access": made}
        return self.data_sharing(item, about)

    def data_sharing(self, item: Node, about: dict[str, Any]) -> dict[str, Any]:
        """`ipd_sharing yes { … }`."""
        plan = self.context.word(item.token("NAME"), ENUMERATIONS["ipd_sharing"], "a plan for sharing data")
        block = item.node("ipd_block")
        single: dict[str, Node] = {}
        values: dict[str, Any] = {}
        for part, _ in self.context.statements(block.children if block is not None else []):
            word = cast(Token, part.children[0]).value if part.kind == "ipd_text" else "information"
            if part.kind == "todo" or not self.context.once(single, part, word, f"`{word}`"):
                continue
            if part.kind == "ipd_text":
                values[word] = self.string(part)
            else:
                values[word] = self.several(part.node("names"), "ipd_information", "a kind of document")
        if plan is None:
            return {}
        return {"data_sharing": model.DataSharing.model_construct(plan=plan, **values, **about)}

    def several(self, names: Node | None, field: str, what: str) -> tuple[str, ...]:
        """Words of a value set."""
        tokens = names.tokens("NAME") if names is not None else ()
        return tuple(word for token in tokens if (word := self.context.word(token, ENUMERATIONS[field], what)))

    def entry(self, item: Node, notes: tuple[Note, ...]) -> model.Publication | model.Link | model.AvailableData:
        """`reference`, `link` or `available_data`."""
        about: dict[str, Any] = {"origin": self.context.origin(item), "notes": notes}
        if item.kind == "publication":
            kind = item.token("NAME")
            return model.Publication.model_construct(
                citation=self.string(item) or "",
                pmid=self.string(item.node("reference_pmid")),
                kind=self.context.word(kind, ENUMERATIONS["publication"], "a kind of reference") if kind else None,
                **about,
            )
        if item.kind == "record_link":
            texts = [self.context.filled(token) for token in item.tokens("STRING")]
            return model.Link.model_construct(
                url=texts[0] if texts else "", title=texts[1] if len(texts) > 1 else None, **about
            )
        return model.AvailableData.model_construct(
            number=self.string(item),
            type=self.string(item.node("data_type")),
            url=self.string(item.node("data_url")),
            remark=self.string(item.node("data_note")),
            **about,
        )
