"""The study block, and the things a trial is about: products, populations, arms, facts, events."""

from __future__ import annotations

from typing import Any, cast

from protocol_dsl.diagnostics.codes import nam, qty
from protocol_dsl.elaborate.assessments import check_type, declared_type
from protocol_dsl.elaborate.context import Statement
from protocol_dsl.elaborate.study_items import StudyItems
from protocol_dsl.elaborate.values import ENUMERATIONS
from protocol_dsl.model import study as model
from protocol_dsl.syntax.nodes import Node, Token

STRATA = ("site", "sex", "age", "weight", "height")
"""What can be stratified by without being declared."""


class StudyBuilder(StudyItems):
    """Builds `Study` and the declarations beside it."""

    def study(self, statement: Statement) -> model.Study:
        """The `protocol` block."""
        node = statement.node
        context = self.context
        single: dict[str, Node] = {}
        values: dict[str, Any] = {
            "conditions": [],
            "keywords": [],
            "registrations": [],
            "identifiers": [],
            "organisations": [],
            "investigators": [],
            "dates": [],
            "sites": [],
            "contacts": [],
        }
        notes = list(statement.notes)
        for item, item_notes in context.statements(node.children):
            kind = item.kind
            first = item.children[0] if item.children else None
            if isinstance(first, Token) and first.missing:
                continue
            if kind == "study_text":
                word = cast(Token, item.children[0]).value
                text = context.filled(item.token("STRING", "TEXT"))
                if word in ("condition", "keyword"):
                    values[word + "s"].append(text)
                elif context.once(single, item, word, f"the {word.replace('_', ' ')}"):
                    values["official_title" if word == "title" else word] = text
                    notes.extend(item_notes)
            elif kind == "value_item":
                word = cast(Token, item.children[0])
                if context.once(single, item, word.value, f"the {word.value.replace('_', ' ')}"):
                    values[word.value] = context.word(
                        item.token("NAME"), ENUMERATIONS[word.value], f"a {word.value.replace('_', ' ')}"
                    )
                    notes.extend(item_notes)
            elif kind == "masking":
                if context.once(single, item, kind, "the masking"):
                    values["masking"] = context.word(item.token("NAME"), ENUMERATIONS["masking"], "a kind of masking")
                    values["masked"] = tuple(
                        word
                        for token in (item.node("names") or Node("", [], 0, 0, 0)).tokens()
                        if (word := context.word(token, ENUMERATIONS["masked"], "someone who can be masked"))
                    )
            elif kind == "version":
                if context.once(single, item, kind, "the version"):
                    values["version"] = context.filled(item.token("STRING"))
                    values["version_date"] = self.context.date(item.token("DATE"))
            elif kind == "enrolment":
                if context.once(single, item, kind, "the enrollment"):
                    values["enrollment"] = self.enrollment(item, item_notes)
            elif kind == "biospecimen":
                if context.once(single, item, kind, "the biospecimen"):
                    values["biospecimen"] = self.biospecimen(item, item_notes)
            elif kind == "patient_registry":
                if context.once(single, item, kind, "the patient registry"):
                    values["patient_registry"] = context.yes_no(item.token("NAME"))
            elif kind == "target_duration":
                if context.once(single, item, kind, "the target duration"):
                    values["target_duration"] = context.quantity(item.token("QTY"), "time")
            elif kind != "todo":
                self.listed(item, item_notes, values)
        symbol = node.token("NAME")
        values = {
            key: tuple(cast("list[Any]", value)) if isinstance(value, list) else value for key, value in values.items()
        }
        return model.Study.model_construct(
            name=symbol.value if symbol else "",
            label=context.label(node),
            origin=context.origin(node),
            notes=tuple(notes),
            **values,
        )

    def product(self, statement: Statement) -> model.Product:
        """`product`."""
        element, clauses, repeated = self.leaf(statement, repeatable=("alias_clause",))
        type_ = clauses.get("type_clause")
        route = clauses.get("route_clause")
        half_life = clauses.get("half_life_clause")
        return model.Product.model_construct(
            **element,
            type=self.context.word(type_.token("NAME"), ENUMERATIONS["intervention"], "a type of intervention")
            if type_
            else None,
            route=self.name_of(route),
            aliases=tuple(self.context.filled(t) for c in repeated.get("alias_clause", []) for t in c.tokens("STRING")),
            half_life=self.context.quantity(half_life.token("QTY"), "time") if half_life else None,
            description=self.words(clauses.get("description_clause")),
        )

    def population(self, statement: Statement) -> model.Population:
        """`population`."""
        element, clauses, repeated = self.leaf(statement, repeatable=("alias_clause",))
        return model.Population.model_construct(
            **element,
            where=self.conditions.condition(clauses.get("where_clause") or clauses.get("if_clause")),
            aliases=tuple(self.context.filled(t) for c in repeated.get("alias_clause", []) for t in c.tokens("STRING")),
            description=self.words(clauses.get("description_clause")),
        )

    def arm(self, statement: Statement) -> model.Arm:
        """`arm`."""
        element, clauses, _ = self.leaf(statement)
        role = clauses.get("role_clause")
        sequence = clauses.get("sequence_clause")
        lists = list(sequence.nodes("names")) if sequence is not None else []
        periods = self.names(lists[1], "cycle", "stage", "visit") if len(lists) > 1 else ()
        order = self.names(lists[0], "product", "arm", "level", "time_points", once=False) if lists else ()
        if len(lists) == 2 and len(periods) != len(order) and sequence is not None and periods and order:
            self.context.tell(
                nam.BAD_SERIES,
                sequence,
                f"the sequence has {len(order)} parts over {len(periods)} periods",
                help="name one product a period",
            )
        return model.Arm.model_construct(
            **element,
            role=self.context.word(role.token("NAME"), ENUMERATIONS["arm_role"], "a role of an arm") if role else None,
            gives=self.names(clauses["gives_clause"].node("names"), "product") if "gives_clause" in clauses else (),
            sequence=order,
            periods=periods,
            size=self.size(clauses.get("size_clause")),
            description=self.words(clauses.get("description_clause")),
        )

    def fact(self, statement: Statement) -> model.Fact:
        """`fact`."""
        element, clauses, _ = self.leaf(statement)
        check_type(self, clauses)
        kind = clauses.get("value_type") if "choice_clause" not in clauses else None
        symbol = self.context.scope.find(element["name"], "fact")
        meaning = symbol.about if symbol is not None else None
        return model.Fact.model_construct(
            **element,
            type=declared_type(kind) if kind is not None else meaning.type if meaning else "boolean",
            unit=meaning.unit.symbol if meaning and meaning.unit else None,
            choices=meaning.choices if meaning else (),
            condition=self.conditions.condition(clauses.get("if_clause")),
            where=self.conditions.condition(clauses.get("where_clause")),
            description=self.words(clauses.get("description_clause")),
        )

    def event(self, statement: Statement) -> model.Event:
        """`event`."""
        element, clauses, _ = self.leaf(statement)
        return model.Event.model_construct(
            **element,
            built_in=False,
            description=self.words(clauses.get("description_clause")),
            where=self.conditions.condition(clauses.get("where_clause")),
        )

    def randomization(self, statement: Statement) -> model.Randomization:
        """`randomize`."""
        node = statement.node
        ratio_node = node.node("ratio")
        ratio = tuple(
            n
            for t in (ratio_node.tokens("NUMBER") if ratio_node else ())
            if (n := self.context.whole(t, least=1)) is not None
        )
        arms = self.names(node.node("names"), "arm")
        strata: list[str] = []
        blocks: list[int] = []
        for item, _ in self.context.statements(node.children):
            if item.kind == "stratify":
                names = item.node("names")
                strata.extend(n for t in (names.tokens("NAME") if names else ()) if (n := self.stratum(t)) is not None)
            elif item.kind == "block_size":
                blocks.extend(n for t in item.tokens("NUMBER") if (n := self.context.whole(t, least=1)) is not None)
        if ratio_node is not None and len(ratio) != len(arms) and arms:
            self.context.tell(
                qty.BAD_NUMBER,
                ratio_node,
                f"the ratio has {len(ratio)} parts for {len(arms)} arms",
                help="give one number an arm",
            )
        return model.Randomization.model_construct(
            ratio=ratio,
            arms=arms,
            at=self.context.place(node.node("place")),
            strata=tuple(strata),
            blocks=tuple(blocks),
            origin=self.context.origin(node),
            notes=statement.notes,
        )

    def stratum(self, token: Token) -> str | None:
        """What allocation is stratified by: something that is known of a participant, or the site."""
        if token.value in STRATA:
            return token.value
        kinds = ("fact", "result", "assessment", "population")
        symbol = self.context.scope.find(token.value, *kinds)
        if symbol is None and not token.missing:
            self.context.scope.tell_unknown(token.span, token.value, *kinds, extra=STRATA)
        return symbol.name if symbol is not None else None

    def section(self, statement: Statement) -> model.Section:
        """`section`."""
        texts = list(statement.node.tokens("STRING", "TEXT"))
        element = self.element(statement)
        return model.Section.model_construct(
            **element, text=self.context.fill(self.context.text(texts[-1] if texts else None))
        )
