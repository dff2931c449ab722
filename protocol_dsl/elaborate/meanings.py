"""What names mean in conditions: results, facts, assessments, instruments and their parts, what is built in."""

from __future__ import annotations

from protocol_dsl.elaborate import library
from protocol_dsl.elaborate.assessments import declared_meaning
from protocol_dsl.elaborate.context import Statement
from protocol_dsl.elaborate.scope import Symbol
from protocol_dsl.elaborate.trees import Trees
from protocol_dsl.expressions.types import Meaning
from protocol_dsl.quantities import parse_unit
from protocol_dsl.syntax.nodes import Node

BUILT_IN_FACTS = {
    "sex": Meaning("builtin", "sex", "Sex", "choice", None, (("female", "female"), ("male", "male"))),
    "age": Meaning("builtin", "age", "Age", "number", parse_unit("years")),
    "weight": Meaning("builtin", "weight", "Body weight", "number", parse_unit("kg")),
    "height": Meaning("builtin", "height", "Height", "number", parse_unit("cm")),
    "randomized": Meaning("builtin", "randomized", "Randomised", "boolean"),
    "treated": Meaning("builtin", "treated", "Treated", "boolean"),
    "enrolled": Meaning("builtin", "enrolled", "Enrolled", "boolean"),
    "completed": Meaning("builtin", "completed", "Completed the study", "boolean"),
    "dlt": Meaning("builtin", "dlt", "Dose-limiting toxicities"),
    "recommended_dose": Meaning("builtin", "recommended_dose", "Recommended dose"),
    "mtd": Meaning("builtin", "mtd", "Maximum tolerated dose"),
    "level": Meaning("builtin", "level", "Dose level"),
}


class Meanings(Trees):
    """Looks up what a name in a condition stands for; loads the library's instruments that are spoken of."""

    _instrument_meanings: dict[str, dict[str, Meaning]]
    _field_meanings: dict[str, dict[str, Meaning]]

    def meaning(self, name: str) -> Meaning | None:
        """What a name means in a condition."""
        head, _, rest = name.partition(".")
        symbol = self.scope.find(head, "result", "fact", "assessment", "collection")
        if symbol is not None and symbol.kind in ("result", "fact"):
            return symbol.about if not rest else None
        if symbol is not None and symbol.kind == "assessment":
            return self.assessment_meaning(symbol, rest)
        if symbol is not None and not rest:
            return Meaning("collection", head, symbol.label or head)
        if head in self.instruments or head in library.instrument_names():
            return self.instrument_meaning(head, rest, head)
        if rest:
            return self.field_meaning(head, rest)
        if head in BUILT_IN_FACTS:
            return BUILT_IN_FACTS[head]
        symbol = self.scope.find(
            head,
            "event",
            "moment",
            "dlt_criterion",
            "visit",
            "product",
            "cohort",
            "population",
            "criterion",
            "analysis_set",
            "endpoint",
        )
        if symbol is None:
            return None
        type_ = (
            "boolean"
            if symbol.kind in ("population", "cohort", "criterion", "analysis_set", "dlt_criterion")
            else "unknown"
        )
        return Meaning(symbol.kind, head, symbol.label or head, type_)

    def field_meaning(self, form: str, name: str) -> Meaning | None:
        """`vitals_form.temp`: a field of a form, seen from outside of it."""
        if form not in self._field_meanings:
            node = next((s.node for s in self.all("form") if (t := s.node.token("NAME")) and t.value == form), None)
            self._field_meanings[form] = self.forms.field_names(node) if node is not None else {}
        found = self._field_meanings[form].get(name)
        return found._replace(kind="form_field", name=f"{form}.{name}") if found is not None else None

    def assessment_meaning(self, symbol: Symbol, rest: str) -> Meaning | None:
        """An assessment as a value: its own unit, its instrument's total, one of its results."""
        about = symbol.about
        label = about["label"]
        flat = Node("assess", [s.node for s in self.context_free(about["node"])], 0, 0, 0)
        uses = flat.node("uses_clause")
        if rest and uses is None:
            result = self.scope.find(rest, "result")
            return result.about if result is not None else None
        if uses is not None:
            token = uses.token("NAME")
            if token is None or self.instrument_node(token.value) is None:
                return Meaning("assessment", symbol.name, label)
            found = self.instrument_meaning(token.value, rest, symbol.name)
            if found is not None:
                own_label = label if not rest or rest in ("total", "grade") else f"{label}: {found.label}"
                return found._replace(name=f"{symbol.name}.{rest}" if rest else symbol.name, label=own_label)
            return None
        if "meaning" in about:
            return about["meaning"]
        unit_clause = flat.node("unit_clause")
        if unit_clause is not None:
            return declared_meaning(self.forms, "assessment", flat, symbol.name, label)
        return Meaning("assessment", symbol.name, label)

    def instrument_meaning(self, name: str, rest: str, shown: str) -> Meaning | None:
        """A total or item of an instrument; without a part, its principal total."""
        node = self.instrument_node(name)
        if node is None:
            return None
        if name not in self._instrument_meanings:
            self._instrument_meanings[name] = self.forms.instrument_names(node)
        meanings = self._instrument_meanings[name]
        if not rest or rest == "total":
            first = next((part for part in node.walk() if part.kind in ("total_sum", "total_value")), None)
            token = first.token("NAME") if first is not None else None
            found = meanings.get("total") or (meanings.get(token.value) if token is not None else None)
            if found is None and first is None and len(meanings) > 1:
                return None  # scores of its own and no total: nothing says which one is meant
            return (found or Meaning("total", "total", name, "number", bare=True))._replace(
                kind="total", label=self.raw_label(node) or name
            )
        return meanings.get(rest)

    def parts_of(self, name: str) -> list[str] | None:
        """The totals and items of the instrument that a name without a value speaks of; None if of no instrument."""
        head = name.partition(".")[0]
        symbol = self.scope.find(head, "assessment")
        uses = Node("assess", [s.node for s in self.context_free(symbol.about["node"])], 0, 0, 0) if symbol else None
        clause = uses.node("uses_clause") if uses is not None else None
        token = clause.token("NAME") if clause is not None else None
        instrument = head if symbol is None else token.value if token is not None else ""
        meanings = self._instrument_meanings.get(instrument)
        if meanings is None:
            return None
        whole = ["total"] if self.instrument_meaning(instrument, "", instrument) is not None else []
        parts = [part for part in meanings if part != "sum" and not part.startswith("total.")]
        totals = [part for part in parts if meanings[part].kind == "total"]
        return list(dict.fromkeys([*whole, *totals, *parts]))

    def instrument_node(self, name: str) -> Node | None:
        """The statement of an instrument, of the protocol or of the library."""
        if name not in self.instruments:
            node = library.load("instruments", name, self.sources)
            if node is None:
                return None
            self.instruments[name] = Statement(node, ())
            self.from_library.add(name)
        return self.instruments[name].node

    def value_names(self) -> list[str]:
        """Names that have a value in conditions, for suggestions."""
        names = self.scope.names("result", "fact", "assessment", "collection", "event", "population")
        return [*names, *BUILT_IN_FACTS, *self.instrument_parts()]

    def instrument_parts(self) -> list[str]:
        """`sledai.total`: what has a value in the instruments that assessments use."""
        parts: list[str] = []
        for statement in self.all("assess"):
            name = statement.node.token("NAME")
            uses = next((s.node for s in self.context_free(statement.node) if s.node.kind == "uses_clause"), None)
            token = uses.token("NAME") if uses is not None else None
            if name is None or token is None or self.instrument_node(token.value) is None:
                continue
            if self.instrument_meaning(token.value, "", token.value) is not None:
                parts.append(f"{name.value}.total")
            parts.extend(f"{name.value}.{part}" for part in self._instrument_meanings[token.value])
        return parts
