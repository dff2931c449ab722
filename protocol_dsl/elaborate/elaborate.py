"""The elaborator: from the syntax trees of a trial to its model, with all names, units and times checked.

Three passes: declare all names; give the visits their days and order; build everything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from protocol_dsl.diagnostics.codes import nam
from protocol_dsl.diagnostics.model import Diagnostic, Label
from protocol_dsl.elaborate import library
from protocol_dsl.elaborate.amendments import AmendmentBuilder
from protocol_dsl.elaborate.conditions import Conditions
from protocol_dsl.elaborate.context import Context, Statement
from protocol_dsl.elaborate.declarations import Declarations
from protocol_dsl.elaborate.dosing import DosingBuilder
from protocol_dsl.elaborate.forms import FormBuilder
from protocol_dsl.elaborate.meanings import Meanings
from protocol_dsl.elaborate.notes_behind import tell_notes_behind
from protocol_dsl.elaborate.outcomes import OutcomeBuilder
from protocol_dsl.elaborate.scope import Scope
from protocol_dsl.elaborate.study import StudyBuilder
from protocol_dsl.elaborate.values import BUILT_IN_EVENTS
from protocol_dsl.elaborate.visit_names import VisitBuilder
from protocol_dsl.elaborate.visit_sets import VisitSets
from protocol_dsl.elaborate.visits import VisitMaker
from protocol_dsl.expressions.types import Meaning
from protocol_dsl.model import wording
from protocol_dsl.model.base import Origin
from protocol_dsl.model.burden import Limits
from protocol_dsl.model.protocol import Protocol, Translation, UnitDefinition
from protocol_dsl.model.record import RegistryRecord
from protocol_dsl.model.schedule import VisitGroup
from protocol_dsl.model.study import Event, Study
from protocol_dsl.source import SourceMap
from protocol_dsl.syntax.nodes import Node, Token
from protocol_dsl.syntax.parser import Parsed

SINGLE = {
    "protocol": "the protocol block",
    "timeline": "the timeline",
    "dlt": "the DLT block",
    "eligibility": "the eligibility block",
    "randomize": "the randomisation",
    "sample_size": "the sample size",
    "limits": "the limits of burden",
    "registry_record": "the registry record",
}
NAMED_PARTS = (
    "gate",
    "require",
    "decision_rule",
    "modifications",
    "stopping",
    "option",
    "item",
    "total_value",
    "field",
    "derive",
    "check",
    "matrix",
    "row",
    "contingent_duration",
    "series_range",
    "renamed_note",
)


class Elaborated(NamedTuple):
    """The model (None when there is no `protocol` block) and what was found."""

    protocol: Protocol | None
    diagnostics: list[Diagnostic]


def elaborate(parsed: list[Parsed], sources: SourceMap, drawn: Mapping[str, int] | None = None) -> Elaborated:
    """Elaborate the trees of a trial: the main file first, its includes in the order in which they are used.

    Of a series or of cycles without an end, `C1..`, at least the members until `drawn["C"]` are made.
    """
    skipped = frozenset(word for p in parsed for word in p.skipped)
    elaborator = Elaborator(sources, skipped)
    elaborator.builder.highest_cycle.update(drawn or {})
    return elaborator.run([p.tree for p in parsed])


class Elaborator(Declarations, Meanings):
    """One elaboration."""

    def __init__(self, sources: SourceMap, skipped: frozenset[str]) -> None:
        self.context = Context(sources, Scope(skipped))
        self.scope = self.context.scope
        self.sources = sources
        self.conditions = Conditions(self.context, self.meaning, self.value_names, self.parts_of)
        self.study = StudyBuilder(self.context, self.conditions)
        self.amendments = AmendmentBuilder(self.context, self.conditions)
        self.outcomes = OutcomeBuilder(self.context, self.conditions)
        self.dosing = DosingBuilder(self.context, self.conditions)
        self.forms = FormBuilder(self.context, self.conditions)
        self.builder = VisitBuilder(self.context)
        self.statements: list[Statement] = []
        self.by_kind: dict[str, list[Statement]] = {}
        self.groups: dict[str, Node] = {}
        self.instruments: dict[str, Statement] = {}
        self.from_library: set[str] = set()
        self._instrument_meanings: dict[str, dict[str, Meaning]] = {}
        self._field_meanings: dict[str, dict[str, Meaning]] = {}

    def run(self, trees: list[Node]) -> Elaborated:
        """All passes."""
        for tree in trees:
            self.statements.extend(self.context.statements(tree.children))
        for statement in self.statements:
            self.by_kind.setdefault(statement.node.kind, []).append(statement)
        self.single_statements()
        self.declare_units()
        self.declare_names(trees)
        self.builder.note_cycles(trees)
        self.declare_visits()
        self.note_numbered_labels(trees)
        self.amendments.inner_names = inner_names(trees)
        self.context.all_names_known()
        if not self.by_kind.get("protocol") and not self.scope.skipped:
            end = trees[0] if trees else None
            place = Token("", "", end.file, 0, 1) if end is not None else None
            self.context.tell(
                nam.NOT_SAID,
                place,
                "this file has no `protocol` block",
                help='begin with `protocol NAME { title "…" }`',
            )
        protocol = self.build()
        self.context.check_references()
        tell_notes_behind(self.context, trees)
        return Elaborated(protocol, self.context.diagnostics)

    def single_statements(self) -> None:
        """Tell blocks that stand twice; only the first one counts."""
        for kind, what in SINGLE.items():
            found = self.all(kind)
            for other in found[1:]:
                self.statements.remove(other)
                self.context.tell(
                    nam.SAID_TWICE,
                    _head(other.node),
                    f"{what} stands twice",
                    also=[Label(_head(found[0].node).span, "first here")],
                    help="put the two together",
                )

        for kind in SINGLE:
            del self.all(kind)[1:]

    def note_numbered_labels(self, trees: list[Node]) -> None:
        """Note the labels in which `{n}` is a number: those of series, of cycles and of the visits in cycles."""
        for node in (node for tree in trees for node in tree.walk()):
            if node.kind in ("visits", "cycles"):
                inner = [node] if node.kind == "visits" else [n for n in node.walk() if n.kind == "visit"] + [node]
                labels = (part.token("STRING", "TEXT") for part in inner)
                self.context.numbered.update(label.span for label in labels if label is not None)

    def build(self) -> Protocol:
        """The model."""
        context = self.context
        parallel = {
            t.value for s in self.all("stage") if s.node.node("parallel_clause") and (t := s.node.token("NAME"))
        }
        maker = VisitMaker(self.builder, self.conditions, self.forms.people, parallel)
        visits = maker.visits()
        sets = VisitSets(context, self.builder, visits, self.groups, parallel)
        for part in (self.study, self.amendments, self.outcomes, self.dosing, self.forms):
            part.sets = sets
        sets.resolve_all(maker.stray_sets)
        self.fill_titles(visits)
        forms, study = self.forms, self.study
        timeline = next(iter(self.all("timeline")), None)
        protocol_statement = next(iter(self.all("protocol")), None)
        assessments = tuple(forms.assessment(s) for s in self.all("assess"))
        collections = tuple(forms.collection(s) for s in self.all("collect"))
        self.use_instruments(assessments, collections)
        declared = tuple(study.event(s) for s in self.all("event"))
        return Protocol.model_construct(
            study=study.study(protocol_statement)
            if protocol_statement is not None
            else Study.model_construct(name="", origin=_nowhere(self.sources)),
            registry_record=self.registry_record(),
            timeline=forms.timeline(timeline, self.anchor(), self.builder.counting.first_day)
            if timeline is not None
            else None,
            events=declared
            + tuple(
                Event.model_construct(name=n, label=v, origin=_nowhere(self.sources), built_in=True)
                for n, v in BUILT_IN_EVENTS.items()
            ),
            products=tuple(study.product(s) for s in self.all("product")),
            populations=tuple(study.population(s) for s in self.all("population")),
            arms=tuple(study.arm(s) for s in self.all("arm")),
            facts=tuple(study.fact(s) for s in self.all("fact")),
            units=self.defined_units(),
            stages=tuple(forms.stage(s) for s in self.all("stage")),
            visits=tuple(visits),
            series=maker.series(),
            cycles=maker.cycles(),
            groups=tuple(
                VisitGroup.model_construct(**forms.element(s), visits=sets.resolve(s.node.node("visit_set")))
                for s in self.all("group")
            ),
            orders=(
                *(o for s in self.all("order") if (o := forms.order(s)) is not None),
                *(o for s in self.all("order_each") for o in forms.orders_of_each(s)),
            ),
            gates=tuple(forms.gate(s) for s in self.all("gate")),
            administrations=tuple(a for s in self.all("give") if (a := forms.administration(s)) is not None),
            assessments=assessments,
            collections=collections,
            time_points=tuple(forms.time_point_set(s) for s in self.all("timepoints")),
            doses=tuple(self.dosing.dose(s) for s in self.all("dose")),
            limits=self.limits(),
            dlt=next((self.dosing.dlt(s) for s in self.all("dlt")), None),
            escalations=tuple(self.dosing.escalation(s) for s in self.all("escalation")),
            cohorts=tuple(self.dosing.cohort(s) for s in self.all("cohort")),
            rules=tuple(self.dosing.rules(s) for s in self.statements if s.node.kind in ("modifications", "stopping")),
            eligibility=next((self.outcomes.eligibility(s) for s in self.all("eligibility")), None),
            objectives=tuple(o for s in self.all("objective") if (o := self.outcomes.objective(s)) is not None),
            endpoints=tuple(e for s in self.all("endpoint") if (e := self.outcomes.endpoint(s)) is not None),
            randomization=next((study.randomization(s) for s in self.all("randomize")), None),
            analysis_sets=tuple(self.outcomes.analysis_set(s) for s in self.all("analysis_set")),
            estimands=tuple(self.outcomes.estimand(s) for s in self.all("estimand")),
            sample_size=next((self.outcomes.sample_size(s) for s in self.all("sample_size")), None),
            interims=tuple(self.outcomes.interim(s) for s in self.all("interim")),
            codelists=tuple(forms.codelist(s) for s in self.all("codelist")),
            forms=tuple(forms.form(s) for s in self.all("form")),
            instruments=self.used_instruments(),
            amendments=tuple(self.amendments.amendment(s) for s in self.all("amendment")),
            sections=tuple(study.section(s) for s in self.all("section")),
            translations=self.translations(),
            notes=self.ordered_notes(),
        )

    def limits(self) -> Limits | None:
        """The limits of burden; what reads them is loaded where there are any."""
        statement = next(iter(self.all("limits")), None)
        if statement is None:
            return None
        from protocol_dsl.elaborate.burden import limits

        return limits(self.context, statement)

    def registry_record(self) -> RegistryRecord | None:
        """`registry_record`; few protocols have one, so its builder is loaded when it is needed."""
        statement = next(iter(self.all("registry_record")), None)
        if statement is None:
            return None
        from protocol_dsl.elaborate.registry_record import RecordBuilder

        return RecordBuilder(self.context, self.conditions).record(statement)

    def translations(self) -> tuple[Translation, ...]:
        """Labels in other languages; what reads them is loaded where there are any."""
        if not self.all("translate"):
            return ()
        from protocol_dsl.elaborate.translations import translations

        return translations(self.context, self.all("translate"), self.statements)

    def used_instruments(self) -> tuple[Any, ...]:
        """The instruments of the protocol and those of the library that it speaks of, also inside each other."""
        built: dict[str, Any] = {}
        while len(built) < len(self.instruments):
            for name, statement in list(self.instruments.items()):
                if name not in built:
                    built[name] = self.forms.instrument(statement, name in self.from_library)
        return tuple(built.values())

    def anchor(self) -> str | None:
        """The anchor of the timeline, which must be a visit or an event."""
        for statement in self.all("timeline"):
            for item in self.context_free(statement.node):
                place = item.node.node("place")
                if item.node.kind == "day_convention" and place is not None:
                    return self.context.place(place, "visit", "event", "moment")
        return None

    def fill_titles(self, visits: list[Any]) -> None:
        """What points in time are called in texts."""
        for kind in ("stage", "event", "moment", "cycle", "group"):
            for name in self.scope.names(kind):
                symbol = self.scope.find(name, kind)
                label = symbol.label if symbol is not None and symbol.label else name
                self.context.titles[name] = wording.small(label)
        for visit in visits:
            label = visit.title
            if visit.label is None and visit.timing.kind == "timeline" and visit.cycle is None:
                label = visit.timing.text
            on_day = visit.timing.kind == "timeline" and label == visit.timing.text
            as_it_is = on_day or any(character.isdigit() for character in label)
            self.context.titles[visit.name] = label if as_it_is else wording.small(label)

    def use_instruments(self, assessments: tuple[Any, ...], collections: tuple[Any, ...]) -> None:
        """Load the instruments that are used; an unknown one is told."""
        used = [(a.name, s) for a, s in zip(assessments, self.all("assess"), strict=True)]
        used += [(c.name, s) for c, s in zip(collections, self.all("collect"), strict=True)]
        for _, statement in used:
            for part in self.context_free(statement.node):
                token = part.node.token("NAME") if part.node.kind == "uses_clause" else None
                if token is not None and not token.missing and self.instrument_node(token.value) is None:
                    self.scope.tell_unknown(
                        token.span, token.value, "instrument", extra=tuple(library.instrument_names())
                    )

    def defined_units(self) -> tuple[UnitDefinition, ...]:
        """`define` as parts of the model."""
        result: list[UnitDefinition] = []
        for statement in self.all("define"):
            token = statement.node.token("NAME")
            written = statement.node.token("QTY")
            if token is None or written is None or token.value not in self.context.units:
                continue
            quantity = self.context.quietly(written)
            if quantity is not None:
                result.append(
                    UnitDefinition.model_construct(
                        name=token.value,
                        value=quantity.value,
                        unit=quantity.unit,
                        origin=self.context.origin(statement.node),
                    )
                )
        return tuple(result)

    def ordered_notes(self) -> tuple[Any, ...]:
        """All notes, each once, in the order of the text."""
        unique = {(n.origin.file, n.origin.line, n.origin.column): n for n in self.context.notes}
        files = {file.path: i for i, file in enumerate(self.sources.files)}
        return tuple(
            sorted(unique.values(), key=lambda n: (files.get(n.origin.file, 0), n.origin.line, n.origin.column))
        )


def inner_names(trees: list[Node]) -> frozenset[str]:
    """The names of what is no symbol: of parts of statements, of whole series, of blocks that stand once."""
    names = set(SINGLE)
    for node in (node for tree in trees for node in tree.walk()):
        token = node.token("NAME")
        if token is not None and node.kind in NAMED_PARTS:
            names.add(token.value.rstrip("0123456789") if node.kind == "series_range" else token.value)
    return frozenset(names)


def _head(node: Node) -> Token:
    """The first word of a statement, for a label that does not mark the whole block."""
    word = node.kind
    return Token("", word, node.file, node.start, node.start + len(word))


def _nowhere(sources: SourceMap) -> Origin:
    path = sources.files[0].path if sources.files else ""
    return Origin.model_construct(file=path, line=1, column=1, end_line=1, end_column=1)
