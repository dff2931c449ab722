"""Eligibility, objectives, endpoints, and the statistics about them."""

from __future__ import annotations

from typing import Any, cast

from protocol_dsl.diagnostics.codes import nam, qty, syn
from protocol_dsl.diagnostics.model import Label
from protocol_dsl.elaborate.builder import Builder
from protocol_dsl.elaborate.context import Statement
from protocol_dsl.elaborate.values import ENUMERATIONS
from protocol_dsl.model import outcomes as model
from protocol_dsl.model import wording
from protocol_dsl.model.base import Point, Quantity
from protocol_dsl.model.study import Size
from protocol_dsl.syntax.nodes import Node, Token

DEEPEST = 20


class OutcomeBuilder(Builder):
    """Builds who takes part, and what is measured for what."""

    # ---- eligibility ----

    def eligibility(self, statement: Statement) -> model.Eligibility:
        """`eligibility`."""
        node = statement.node
        single: dict[str, Node] = {}
        values: dict[str, Any] = {}
        criteria: list[model.Criterion] = []
        passages: list[model.CriteriaPassage] = []
        numbers = {"include": 0, "exclude": 0}
        for item, notes in self.context.statements(node.children):
            if item.kind in ("include", "exclude", "washout", "restriction"):
                number = None
                if item.kind in numbers:
                    numbers[item.kind] += 1
                    number = numbers[item.kind]
                criteria.append(self.criterion(Statement(item, notes), number, 0))
            elif item.kind in ("criteria_heading", "criteria_remark"):
                passages.append(
                    model.CriteriaPassage.model_construct(
                        kind=item.kind.removeprefix("criteria_"),
                        text=self.context.filled(item.token("STRING", "TEXT")),
                        before=len(criteria),
                        numbered=item.token("NUMBERED") is not None,
                        origin=self.context.origin(item),
                        notes=notes,
                    )
                )
            elif item.kind == "gender_based" and self.context.once(single, item, "gender", "the gender"):
                values["gender_based"] = self.context.yes_no(item.token("NAME"))
                values["gender_description"] = self.words(item) if item.token("STRING", "TEXT") else None
            elif item.kind == "sex" and self.context.once(single, item, "sex", "the sex"):
                values["sex"] = self.context.word(
                    item.token("NAME", "ALL"), ENUMERATIONS["sex"], "a sex that can take part"
                )
            elif item.kind == "healthy_volunteers" and self.context.once(
                single, item, "healthy", "whether healthy volunteers take part"
            ):
                values["healthy_volunteers"] = self.context.yes_no(item.token("NAME"))
            elif item.kind == "age" and self.context.once(single, item, "age", "the age"):
                self.age(item, values)
        return model.Eligibility.model_construct(
            criteria=tuple(criteria),
            passages=tuple(passages),
            origin=self.context.origin(node),
            notes=statement.notes,
            **values,
        )

    def age(self, item: Node, values: dict[str, Any]) -> None:
        """`age from 18 years to 70 years`, `age at least 18 years`."""
        ages = [self.context.quantity(token, "time") for token in item.tokens("QTY")]
        if None in ages or not ages:
            return
        if item.node("at_least"):
            values["minimum_age"] = ages[0]
        elif item.node("at_most"):
            values["maximum_age"] = ages[0]
        else:
            low, high = cast(Quantity, ages[0]), cast(Quantity, ages[-1])
            if low.unit == high.unit and low.value > high.value:
                self.context.tell(
                    nam.RANGE_ORDER,
                    item,
                    f"nobody is both at least {wording.quantity(low)} and at most {wording.quantity(high)} old",
                    help="write the lower age first",
                )
                return
            values["minimum_age"], values["maximum_age"] = low, high

    def criterion(self, statement: Statement, number: int | None, depth: int) -> model.Criterion:
        """A criterion and, below it, its options."""
        node = statement.node
        context = self.context
        if depth == DEEPEST:
            context.tell(
                syn.TOO_DEEP,
                node,
                f"criteria are nested more than {DEEPEST} deep",
                help="name a part as a population or a fact",
            )
        clauses: dict[str, Node] = {}
        notes = list(statement.notes)
        visits: set[str] = set()
        remarks: list[str] = []
        options: list[model.Criterion] = []
        seen: dict[str, Node] = {}
        combine: str | None = None
        least: int | None = None
        for part, part_notes in context.statements(node.children):
            if part.kind == "option":
                token = part.token("NAME")
                if token is not None and token.value in seen:
                    context.tell(
                        nam.DUPLICATE_NAME,
                        token,
                        f"there are two options `{token.value}` here",
                        also=[Label(seen[token.value].span, "first here")],
                        help="name one of them otherwise",
                    )
                if token is not None:
                    seen[token.value] = part
                if depth < DEEPEST:
                    options.append(self.criterion(Statement(part, part_notes), None, depth + 1))
                continue
            notes.extend(part_notes)
            if part.kind in ("one_of", "all_of"):
                combine = part.kind
            elif part.kind == "at_least_of":
                combine, least = "at_least", context.whole(part.token("NUMBER"), least=1)
            elif part.kind == "at_clause":
                visits.update(self.visits(part.node("visit_set")))
            elif part.kind == "note_clause":
                remarks.extend(self.remarks([part]))
            elif part.kind.endswith("_clause") and context.once(
                clauses, part, part.kind, f"`{part.kind.removesuffix('_clause')}`"
            ):
                clauses[part.kind] = part
        if options and combine is None:
            combine = "all_of"
        if combine is not None and not options:
            context.tell(
                nam.NOT_SAID,
                node.children[0],
                f"`{combine.replace('_', ' ')}` needs options to choose from",
                help='open a block with `option name "text"`',
            )
        if least is not None and options and least > len(options):
            context.tell(
                qty.BAD_NUMBER,
                node.children[0],
                f"at least {least} of {len(options)} options cannot be met",
                help=f"write `at least {len(options)} of`, or add options",
            )
        populations, arms = self.people(clauses.get("for_clause"))
        requires = clauses.get("requires_clause")
        element = self.element(statement)
        element.update(notes=tuple(notes), label=None)
        return model.Criterion.model_construct(
            **element,
            kind=node.kind,
            text=context.filled(node.token("STRING", "TEXT")),
            number=number,
            where=self.conditions.condition(clauses.get("where_clause")),
            condition=self.conditions.condition(clauses.get("if_clause")),
            visits=self.sets.in_order(visits) if self.sets else (),
            populations=populations + arms,
            requires=self.names(requires.node("names"), "assessment", "result", "fact") if requires is not None else (),
            combine=combine,
            at_least=least,
            options=tuple(options),
            remarks=tuple(remarks),
            **self.period(node, clauses),
        )

    def period(self, node: Node, clauses: dict[str, Node]) -> dict[str, Any]:
        """The time that a criterion, washout or restriction speaks of."""
        context = self.context
        if node.kind == "washout":
            length = next(
                (
                    c
                    for c in node.children
                    if (isinstance(c, Token) and c.type == "QTY")
                    or (isinstance(c, Node) and c.kind in ("shorter_of", "longer_of"))
                ),
                None,
            )
            return {"within": context.duration(length), "before": context.place(node.node("place"))}
        if node.kind == "restriction":
            points = [
                context.point(n)
                for n in node.nodes(
                    "place",
                    "timeline_point",
                    "counted_from",
                    "elapsed",
                    "after_point",
                    "before_point",
                    "end_of",
                    "start_of",
                )
            ]
            return {"start": points[0] if points else None, "end": points[1] if len(points) > 1 else None}
        within = clauses.get("within_clause")
        if within is None:
            return {}
        return {"within": context.duration(within.children[0]), "before": context.place(within.node("place"))}

    # ---- objectives and endpoints ----

    def level(self, node: Node) -> str | None:
        """`primary`, `secondary` or `exploratory`."""
        names = list(node.tokens("NAME"))
        return (
            self.context.word(names[1], ENUMERATIONS["level"], "a level of an objective or endpoint")
            if len(names) > 1
            else None
        )

    def objective(self, statement: Statement) -> model.Objective | None:
        """`objective`."""
        level = self.level(statement.node)
        element = self.element(statement)
        text = element["label"] or ""
        element["label"] = None
        return model.Objective.model_construct(**element, level=level, text=text) if level else None

    def endpoint(self, statement: Statement) -> model.Endpoint | None:
        """`endpoint`."""
        level = self.level(statement.node)
        element, clauses, _ = self.leaf(statement)
        text = element["label"] or ""
        element["label"] = None
        measure = clauses.get("measure_clause")
        frame = clauses.get("timeframe_clause")
        baseline = clauses.get("baseline_clause")
        supports = clauses.get("supports_clause")
        populations, arms = self.people(clauses.get("for_clause"))
        unit = clauses.get("unit_clause")
        unit_token = unit.token("UNIT") if unit is not None else None
        made = model.Endpoint.model_construct(
            **element,
            level=level or "primary",
            text=text,
            measure=self.conditions.expression(measure.children[0]) if measure is not None else None,
            baseline=self.context.place(baseline.node("place")) if baseline is not None else None,
            frame=self.frame(cast(Node, frame.children[0])) if frame is not None else None,
            supports=self.names(supports.node("names"), "objective") if supports is not None else (),
            populations=populations,
            arms=arms,
            condition=self.conditions.condition(clauses.get("if_clause")),
            unit=(
                u.symbol if unit_token is not None and (u := self.context.unit(unit_token.value, unit_token)) else None
            ),
            description=self.words(clauses.get("description_clause")),
            reported=self.context.filled(clauses["reported_clause"].token("STRING"))
            if "reported_clause" in clauses
            else None,
            samples=self.context.whole(clauses["samples_clause"].token("NUMBER"), least=1)
            if "samples_clause" in clauses
            else None,
            peak=self.peak(clauses.get("peak_clause")),
        )
        return made if level else None

    def peak(self, clause: Node | None) -> tuple[Point, Point] | None:
        """`peak from day 7 to day 14`: when the highest value is expected."""
        points = [
            point for node in (clause.nodes() if clause is not None else ()) if (point := self.context.point(node))
        ]
        return (points[0], points[1]) if len(points) == 2 else None

    def frame(self, node: Node) -> model.Frame | None:
        """A time frame, with its words."""
        origin = self.context.origin(node)
        if node.kind == "at_visits":
            visits = self.visits(node.node("visit_set"))
            return model.Frame.model_construct(
                kind="at_visits", visits=visits, text=self.visits_text(visits), origin=origin
            )
        points = [self.context.point(n) for n in node.nodes()]
        if any(point is None for point in points) or not points:
            return None
        made = cast("list[Point]", points)
        if node.kind == "span":
            start, end = made[0], made[-1]
            if start.kind == "elapsed" and end.of:
                start = start.model_copy(update={"kind": end.kind, "of": end.of})
            text = f"From {self.point_text(made[0])} to {self.point_text(end)}"
            return model.Frame.model_construct(kind="span", start=start, end=end, text=text, origin=origin)
        if node.kind == "at_points":
            text = wording.large(wording.listing(map(self.point_text, made)))
            return model.Frame.model_construct(
                kind=node.kind, points=tuple(made), end=made[-1], text=text, origin=origin
            )
        words = {
            "up_to": "Up to ",
            "minimum": "At least ",
            "maximum": "Up to a maximum of ",
            "about": "About ",
            "at_point": "",
        }[node.kind]
        text = words + self.point_text(made[0])
        window = node.token("WINDOW")
        tolerance = self.context.window(window) if window is not None else None
        if tolerance is not None:
            text += f", {tolerance.text}"
        return model.Frame.model_construct(
            kind=node.kind, end=made[0], tolerance=tolerance, text=wording.large(text), origin=origin
        )

    def point_text(self, point: Point) -> str:
        """A point with the anchor named, as a time frame needs it."""
        return wording.point(point, self.context.titles)

    def visits_text(self, visits: tuple[str, ...]) -> str:
        """`Months 3, 6 and 12`: visits by their days, those of one unit together."""
        if self.sets is None:
            return ""
        groups: list[tuple[str, list[str]]] = []
        for name in visits:
            visit = self.sets.visits[self.sets.index[name]]
            timing = visit.timing
            if timing.kind == "timeline" and timing.unit and timing.end_number is None and visit.cycle is None:
                unit, shown = timing.unit, wording.number(timing.number or 0)
            else:
                unit, shown = "", visit.title
            if groups and groups[-1][0] == unit:
                groups[-1][1].append(shown)
            else:
                groups.append((unit, [shown]))
        parts = [
            wording.listing(items)
            if not unit
            else f"{unit.capitalize()}{'s' if len(items) > 1 else ''} {wording.listing(items)}"
            for unit, items in groups
        ]
        return wording.listing(parts) if len(parts) < 3 else "; ".join(parts)

    # ---- statistics ----

    def analysis_set(self, statement: Statement) -> model.AnalysisSet:
        """`analysis_set`."""
        element, clauses, _ = self.leaf(statement)
        return model.AnalysisSet.model_construct(
            **element,
            where=self.conditions.condition(clauses.get("where_clause")),
            description=self.words(clauses.get("description_clause")),
        )

    def estimand(self, statement: Statement) -> model.Estimand:
        """`estimand`."""
        element, clauses, repeated = self.leaf(statement, repeatable=("intercurrent_clause",))
        events: list[model.Intercurrent] = []
        for clause in repeated.get("intercurrent_clause", []):
            names = list(clause.tokens("NAME"))
            strategy = self.context.word(
                names[1] if len(names) > 1 else None, ENUMERATIONS["strategy"], "a strategy of ICH E9(R1)"
            )
            if strategy:
                events.append(
                    model.Intercurrent.model_construct(
                        name=names[0].value, label=self.context.filled(clause.token("STRING")), strategy=strategy
                    )
                )
        treatment = clauses.get("treatment_clause")
        arms = (
            [s.name for t in treatment.tokens("NAME") if (s := self.context.scope.use(t, "arm", "product"))]
            if treatment is not None
            else []
        )
        return model.Estimand.model_construct(
            **element,
            estimates=self.used(clauses.get("estimates_clause"), "endpoint"),
            treatment=arms[0] if arms else None,
            versus=arms[1] if len(arms) > 1 else None,
            among=self.used(clauses.get("among_clause"), "analysis_set", "population"),
            intercurrent=tuple(events),
            summarised_by=self.name_of(clauses.get("summarised_clause")),
            description=self.words(clauses.get("description_clause")),
        )

    def used(self, clause: Node | None, *kinds: str) -> str | None:
        """The declared thing that a clause names."""
        token = clause.token("NAME") if clause is not None else None
        symbol = self.context.scope.use(token, *kinds) if token is not None else None
        return symbol.name if symbol else None

    def sample_size(self, statement: Statement) -> model.SampleSize | None:
        """`sample_size 300 participants { … }`."""
        node = statement.node
        _, clauses, _ = self.leaf(statement)
        count = self.context.whole(node.token("NUMBER"), least=1)
        alpha = clauses.get("alpha_clause")
        sides = alpha.token("ONE_SIDED", "TWO_SIDED") if alpha is not None else None
        if count is None:
            return None

        def percent(kind: str) -> Quantity | None:
            clause = clauses.get(kind)
            return self.context.percentage(clause.token("QTY")) if clause is not None else None

        return model.SampleSize.model_construct(
            size=Size.model_construct(count=count, bound=self.soft(node)),
            power=percent("power_clause"),
            alpha=percent("alpha_clause"),
            sides=sides.value if sides is not None else None,
            dropout=percent("dropout_clause"),
            effect=self.words(clauses.get("effect_clause")),
            estimates=self.used(clauses.get("estimates_clause"), "endpoint"),
            description=self.words(clauses.get("description_clause")),
            origin=self.context.origin(node),
            notes=statement.notes,
        )

    def interim(self, statement: Statement) -> model.Interim:
        """`interim`."""
        element, clauses, _ = self.leaf(statement)
        at = clauses.get("at_clause")
        return model.Interim.model_construct(
            **element,
            where=self.conditions.condition(clauses.get("where_clause")),
            visits=self.visits(at.node("visit_set")) if at else (),
            description=self.words(clauses.get("description_clause")),
        )
