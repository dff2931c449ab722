"""The items of the study block that may come several times: numbers, organisations, people, sites, dates."""

from __future__ import annotations

from typing import Any, cast

from protocol_dsl.elaborate.builder import Builder
from protocol_dsl.elaborate.values import ENUMERATIONS
from protocol_dsl.model import study as model
from protocol_dsl.model.base import Note
from protocol_dsl.syntax.nodes import Node, Token


class StudyItems(Builder):
    """Builds the lists of `Study`."""

    def listed(self, item: Node, notes: tuple[Note, ...], values: dict[str, Any]) -> None:
        """Add an item to the list that it belongs to."""
        kind = item.kind
        if kind in ("registry", "study_id"):
            values["registrations" if kind == "registry" else "identifiers"].append(self.number(item, notes))
        elif kind == "organisation":
            values["organisations"].append(self.organisation(item, notes))
        elif kind == "responsible_person":
            values["organisations"].append(self.responsible(item, notes, values["organisations"]))
        elif kind == "investigator":
            values["investigators"].append(
                model.Investigator.model_construct(**self.person(item, notes, ENUMERATIONS["official_role"]))
            )
        elif kind == "contact":
            values["contacts"].append(self.contact(item, notes))
        elif kind == "site":
            values["sites"].append(self.site(item, notes))
        elif kind == "study_date":
            date = self.date(item, notes)
            if date is not None:
                values["dates"].append(date)

    def number(self, item: Node, notes: tuple[Note, ...]) -> model.Identifier:
        """`registry clinicaltrials_gov "NCT…"`, `id other "…" of "…" link "…"`."""
        name = item.token("NAME")
        type_ = item.node("id_type")
        system: str | None = name.value if name else ""
        if item.kind == "registry":
            system = self.context.word(name, ENUMERATIONS["registry"], "a registry")
        return model.Identifier.model_construct(
            system=system or "",
            value=self.string(item) or "",
            type=self.context.word(type_.token("NAME"), ENUMERATIONS["grant"], "a giver of grants") if type_ else None,
            issuer=self.string(item.node("id_issuer")),
            link=self.string(item.node("id_link")),
            origin=self.context.origin(item),
            notes=notes,
        )

    def organisation(self, item: Node, notes: tuple[Note, ...]) -> model.Organisation:
        """`sponsor "…" class industry`."""
        return model.Organisation.model_construct(
            role=cast(Token, item.children[0]).value,
            name=self.string(item) or "",
            class_=self.organisation_class(item),
            origin=self.context.origin(item),
            notes=notes,
        )

    def organisation_class(self, item: Node) -> str | None:
        """The word behind `class`."""
        clause = item.node("organisation_class")
        if clause is None:
            return None
        return self.context.word(clause.token("NAME"), ENUMERATIONS["organisation_class"], "a class of organisations")

    def responsible(self, item: Node, notes: tuple[Note, ...], others: list[model.Organisation]) -> model.Organisation:
        """`responsible_party sponsor`, `responsible_party principal_investigator "…" as "…" at "…"`."""
        sponsor = next((each.name for each in others if each.role == "sponsor"), "")
        return model.Organisation.model_construct(
            role="responsible_party",
            name=self.string(item) or sponsor,
            type=self.context.word(
                item.token("NAME"), ENUMERATIONS["responsible_party"], "a kind of responsible party"
            ),
            position=self.string(item.node("person_position")),
            affiliation=self.string(item.node("person_place")),
            origin=self.context.origin(item),
            notes=notes,
        )

    def person(self, item: Node, notes: tuple[Note, ...], roles: tuple[str, ...]) -> dict[str, Any]:
        """Name, affiliation and role of a person."""
        role = item.node("person_role")
        return {
            "name": self.string(item) or "",
            "affiliation": self.string(item.node("person_place")),
            "role": self.context.word(role.token("NAME"), roles, "a role in the study") if role else None,
            "origin": self.context.origin(item),
            "notes": notes,
        }

    def contact(self, item: Node, notes: tuple[Note, ...]) -> model.Contact:
        """`contact "…" at "…" role study_chair`."""
        return model.Contact.model_construct(**self.person(item, notes, ENUMERATIONS["contact_role"]))

    def site(self, item: Node, notes: tuple[Note, ...]) -> model.Site:
        """`site "…" in "…", "…" postcode "…" recruiting { contact "…" }`."""
        name = item.token("NAME")
        place = item.node("site_place")
        people = item.node("site_people")
        return model.Site.model_construct(
            name=self.string(item) or "",
            address=tuple(self.context.filled(token) for token in place.tokens("STRING")) if place else (),
            postcode=self.string(item.node("site_postcode")),
            status=self.context.word(name, ENUMERATIONS["site_status"], "a status of a site") if name else None,
            contacts=tuple(self.contact(each, own) for each, own in self.context.statements(people.children))
            if people
            else (),
            origin=self.context.origin(item),
            notes=notes,
        )

    def date(self, item: Node, notes: tuple[Note, ...]) -> model.StudyDate | None:
        """`date start 2026-03-01 estimated`."""
        names = list(item.tokens("NAME"))
        kinds = ("start", "primary_completion", "completion")
        kind = self.context.word(names[0], kinds, "a date of a study") if names else None
        type_ = self.context.word(names[1], ENUMERATIONS["date_type"], "a type of date") if len(names) > 1 else None
        day = self.context.date(item.token("DATE", "YEAR_MONTH"))
        if not kind or not day:
            return None
        return model.StudyDate.model_construct(
            kind=kind, date=day, type=type_, origin=self.context.origin(item), notes=notes
        )

    def enrollment(self, item: Node, notes: tuple[Note, ...]) -> model.Enrollment | None:
        """`enrollment about 12 participants estimated`."""
        count = self.context.whole(item.token("NUMBER"))
        name = item.token("NAME")
        type_ = self.context.word(name, ENUMERATIONS["date_type"], "a type of enrollment") if name else None
        if count is None:
            return None
        return model.Enrollment.model_construct(
            count=count, bound=self.soft(item), type=type_, origin=self.context.origin(item), notes=notes
        )

    def biospecimen(self, item: Node, notes: tuple[Note, ...]) -> model.Biospecimen | None:
        """`biospecimen samples_with_dna "…"`."""
        retention = self.context.word(item.token("NAME"), ENUMERATIONS["biospecimen"], "a way to keep samples")
        if retention is None:
            return None
        return model.Biospecimen.model_construct(
            retention=retention,
            description=self.string(item),
            origin=self.context.origin(item),
            notes=notes,
        )

    def string(self, node: Node | None) -> str | None:
        """The text of a clause, None where there is none."""
        token = node.token("STRING", "TEXT") if node is not None else None
        return self.context.filled(token) if token is not None else None
