"""Branching logic and calculations: whether they can be read, and whether what they name is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from protocol_dsl.diagnostics.codes import red
from protocol_dsl.diagnostics.model import Diagnostic
from protocol_dsl.diagnostics.suggest import did_you_mean
from protocol_dsl.exchange.redcap import logic, vocabulary
from protocol_dsl.exchange.redcap.dictionary import Line
from protocol_dsl.exchange.redcap.logic import Part
from protocol_dsl.exchange.redcap.project import Project
from protocol_dsl.source import Span

_CALCULATION = "select_choices_or_calculations"
_UNCHECKED_TEXT = ("text", "notes")


class Logic(NamedTuple):
    """A logic of a field, read."""

    line: Line
    column: str
    tree: Part

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.line.span(self.column)

    @property
    def is_calculation(self) -> bool:
        """Whether it gives a value, and not whether a field is shown."""
        return self.column == _CALCULATION


def check(project: Project) -> Iterator[Diagnostic]:
    """All findings about the logic of a dictionary."""
    read: list[Logic] = []
    for line in project.lines:
        columns = ["branching_logic"] + ([_CALCULATION] if line.row.field_type.strip().lower() == "calc" else [])
        for column in columns:
            text = getattr(line.row, column)
            if not text.strip():
                continue
            try:
                read.append(Logic(line, column, logic.parse(text)))
            except logic.LogicFault as fault:
                yield red.LOGIC.at(
                    line.span(column),
                    f"this cannot be read, at `{text[fault.at : fault.at + 12] or 'its end'}`: {fault.reason}",
                )
    names = project.by_name
    order = {line.row.field_name: place for place, line in enumerate(project.lines)}
    for each in read:
        for part in logic.fields(each.tree):
            yield from _reference(project, names, each, part)
        for part in logic.calls(each.tree):
            yield from _function(each, part)
        for part in logic.comparisons(each.tree):
            yield from _comparison(names, each, part)
        yield from _powers(each, each.tree)
        yield from _later(names, order, each)
    yield from _cycles(read)


def _reference(project: Project, names: dict[str, Line], each: Logic, part: Part) -> Iterator[Diagnostic]:
    if part.event is not None:
        yield from _event(project, names, each, part)
    if vocabulary.is_smart(part.name):
        return
    line = names.get(part.name)
    if line is None:
        if part.event is None and project.events is not None and part.name in project.events:
            return
        if part.name.endswith("_complete") and part.name.removesuffix("_complete") in project.forms:
            return
        yield red.UNKNOWN_FIELD.at(
            each.span, f"there is no field `{part.name}`", help=did_you_mean(part.name, list(names))
        )
        return
    kind = line.row.field_type.strip().lower()
    if kind == "checkbox" and part.code is None:
        yield red.CHECKBOX_CODE.at(
            each.span, f"`{part.name}` is a checkbox and is asked for without a code",
            help=f"write `[{part.name}({(line.row.choices or [('1', '')])[0][0]})]`",
        )  # fmt: skip
    elif part.code is not None and kind != "checkbox":
        what = f"`{part.name}` is of type {kind} and has no boxes"
        yield red.CHECKBOX_CODE.at(each.span, what, help=f"write `[{part.name}] = '{part.code}'`")
    elif part.code is not None and part.code not in [code for code, _ in line.row.choices]:
        yield red.CHECKBOX_CODE.at(
            each.span,
            f"`{part.name}` has no box `{part.code}`",
            help="the codes are " + ", ".join(code for code, _ in line.row.choices),
        )
    if each.is_calculation and kind in _UNCHECKED_TEXT and not line.row.validation:
        yield red.CALC_TEXT.at(
            each.span, f"`{part.name}` may hold any text", help="give it a validation, such as `number`"
        )


def _event(project: Project, names: dict[str, Line], each: Logic, part: Part) -> Iterator[Diagnostic]:
    assert part.event is not None
    if vocabulary.is_smart(part.event) or project.events is None:
        return
    forms = project.events.get(part.event)
    if forms is None:
        yield red.UNKNOWN_FIELD.at(
            each.span, f"there is no event `{part.event}`", help=did_you_mean(part.event, list(project.events))
        )
    elif part.name in names and forms and names[part.name].row.form_name not in forms:
        form = names[part.name].row.form_name
        yield red.UNMAPPED.at(
            each.span, f"`{part.name}` belongs to the form {form}, which is not collected at {part.event}"
        )


def _function(each: Logic, part: Part) -> Iterator[Diagnostic]:
    arity = vocabulary.FUNCTIONS.get(part.name)
    if arity is None:
        yield red.FUNCTION.at(
            each.span,
            f"there is no function `{part.name}`",
            help=did_you_mean(part.name, list(vocabulary.FUNCTIONS)),
        )
        return
    given = len(part.parts)
    if not arity[0] <= given <= arity[1]:
        due = str(arity[0]) if arity[0] == arity[1] else f"{arity[0]} to {arity[1]}"
        due = f"at least {arity[0]}" if arity[1] == vocabulary.MANY else due
        yield red.FUNCTION.at(each.span, f"`{part.name}` takes {due} values; {given} stand in its brackets")
    elif part.name == "datediff" and given > 2:
        unit = part.parts[2]
        if unit.kind == "text" and unit.name not in vocabulary.DATEDIFF_UNITS:
            yield red.DATEDIFF.at(
                each.span, f"`{unit.name}` is no unit of datediff", help="write 'y', 'M', 'd', 'h', 'm' or 's'"
            )


def _comparison(names: dict[str, Line], each: Logic, part: Part) -> Iterator[Diagnostic]:
    for one, other in (part.parts, part.parts[::-1]):
        if one.kind != "field" or other.kind not in ("text", "number") or one.code is not None:
            continue
        line = names.get(one.name)
        if line is None or not other.name.strip():
            continue
        kind = line.row.field_type.strip().lower()
        codes = [code for code, _ in line.row.choices] if kind in ("radio", "dropdown") else ()
        codes = codes or vocabulary.LOGICAL_CODES.get(kind, ())
        if codes and other.name not in codes:
            yield red.UNKNOWN_CODE.at(
                each.span,
                f"`{one.name}` is never `{other.name}`",
                help="its codes are " + ", ".join(codes),
            )


def _powers(each: Logic, tree: Part) -> Iterator[Diagnostic]:
    if tree.kind == "binary" and tree.name == "^":
        text = getattr(each.line.row, each.column)
        if any(not text[part.start : part.end].startswith("(") for part in tree.parts):
            yield red.POWER.at(each.span, "REDCap asks for brackets on both sides of `^`", help="write `([x])^(2)`")
    for part in tree.parts:
        yield from _powers(each, part)


def _later(names: dict[str, Line], order: dict[str, int], each: Logic) -> Iterator[Diagnostic]:
    if each.is_calculation:
        return
    row = each.line.row
    for part in logic.fields(each.tree):
        line = names.get(part.name)
        if (
            line is not None
            and part.event is None
            and line.row.form_name == row.form_name
            and order[part.name] > order[row.field_name]
        ):
            yield red.LATER_FIELD.at(each.span, f"`{part.name}` stands below, in line {line.number}")


def _cycles(read: list[Logic]) -> Iterator[Diagnostic]:
    uses = {
        each.line.row.field_name: {part.name for part in logic.fields(each.tree) if part.event is None}
        for each in read
        if each.is_calculation
    }
    spans = {each.line.row.field_name: each.span for each in read if each.is_calculation}
    told: set[str] = set()
    for start in uses:
        path = _circle(uses, start)
        if path and start not in told:
            told |= set(path)
            yield red.CYCLE.at(spans[start], "calculated in a circle: " + " ← ".join([*path, path[0]]))


def _circle(uses: dict[str, set[str]], start: str) -> list[str]:
    """A way from a calculation back to itself."""
    paths = [[start]]
    seen: set[str] = set()
    while paths:
        path = paths.pop()
        for name in sorted(uses.get(path[-1], ())):
            if name == start:
                return path
            if name in uses and name not in seen:
                seen.add(name)
                paths.append([*path, name])
    return []


CHECKS: tuple[Callable[[Project], Iterator[Diagnostic]], ...] = (check,)
