"""The form of an assessment, from the library and the results that the protocol declares.

The rule: where the protocol declares results (or a unit, which makes the assessment its own result), the form asks for
exactly those values. A declared result takes its type, unit and choices from the protocol; the library's field of the
same name (without its prefix) or label lends its name, decimals, annotations, and its limits where the unit is the
same. Of the library form's other fields only those stay that are no measured value: done, date, method, comment;
questions that follow from a declared result, such as the site of a temperature; and values derived from declared ones.
Where the protocol declares nothing, the library form stands as a whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol_dsl.forms import formulas
from protocol_dsl.forms.matching import ADMINISTRATIVE, GENERIC, LABORATORY, LENDERS, Match, library_form
from protocol_dsl.forms.parts import (
    LoadForm,
    choices,
    distinct,
    field,
    joined,
    names_in,
    prefix,
    prefixed,
    suffix,
    titled_sections,
    under_headings,
    without_strays,
)
from protocol_dsl.model import wording
from protocol_dsl.model.forms import Check, Field, Form
from protocol_dsl.model.schedule import Assessment, Result, Sampling

if TYPE_CHECKING:
    from protocol_dsl.model.protocol import Protocol

FIELD_TYPES = {
    "number": "decimal",
    "decimal": "decimal",
    "quantity": "decimal",
    "integer": "integer",
    "choice": "choice",
    "boolean": "yes_no",
    "yes_no": "yes_no",
    "date": "date",
    "datetime": "datetime",
    "time": "time",
    "file": "file",
    "slider": "slider",
}
DONE_CHECKS = ("_sampled", "_taken", "_consistent")
"""Endings of the library's checks that nothing is entered for what was not done."""
MEASURED = ("integer", "decimal", "slider")


def assessment_form(assessment: Assessment, protocol: Protocol, load_form: LoadForm, taken: set[str]) -> Form:
    """The form that records an assessment without an instrument.

    `taken` holds the prefixes of fields that other forms use; the form takes a free one, so that the names of fields
    differ between forms.
    """
    row = row_of(assessment)
    base = load_form(row.form) if row else None
    if base is None:
        base, row = load_form(GENERIC), None
    if base is None:
        base = Form(name=assessment.name, origin=assessment.origin)
    results = declared(assessment)
    made = holding(base, results, row, assessment.name, load_form) if results else base
    made = at_time_points(made, assessment, prefix(base))
    made = prefixed(made, prefix(base), free_prefix(prefix(base) if row else assessment.name, assessment.name, taken))
    return made.model_copy(
        update={
            "name": assessment.name,
            "label": assessment.label or base.label,
            "origin": assessment.origin,
            "records": (assessment.name,),
            "source": "library" if row else "assessment",
            "visits": assessment.visits,
            "instructions": (*instructions(assessment, protocol), *base.instructions),
            "condition": assessment.condition,
            "populations": assessment.populations,
            "notes": assessment.notes,
        }
    )


def row_of(assessment: Assessment) -> Match | None:
    """The row of the matching table for an assessment; none where a log would have to hold results of a visit."""
    units = (assessment.unit, *(result.unit for result in assessment.results))
    measured = " ".join(text for text in (assessment.method, *units) if text)
    row = library_form(assessment.name, assessment.label, assessment.category, measured)
    if not declared(assessment):
        return row
    if row is None and assessment.category == "laboratory":
        return Match(LABORATORY)
    return None if row is not None and row.log else row


def free_prefix(preferred: str, name: str, taken: set[str]) -> str:
    """The preferred prefix if no other form has it, else the form's own name."""
    return distinct(preferred if preferred not in taken else name, taken)


def declared(assessment: Assessment) -> tuple[Result, ...]:
    """The results that the protocol declares; an assessment with a unit and no results is its own result."""
    if assessment.results or assessment.unit is None:
        return assessment.results
    own = Result(
        name=assessment.name,
        label=assessment.label,
        origin=assessment.origin,
        unit=assessment.unit,
        ucum=assessment.ucum,
    )
    return (own,)


def holding(base: Form, results: tuple[Result, ...], row: Match | None, name: str, load_form: LoadForm) -> Form:
    """The library form cut down to the declared results and what belongs to them."""
    lent = _lenders(base, results, row, name)
    taken = {each.name for each in base.fields}
    head = prefix(base)
    values = {
        result.name: _merged(lent[result.name], result)
        if result.name in lent
        else _looked_up(
            result, distinct(joined(head, "value" if result.name == name else result.name), taken), load_form
        )
        for result in results
    }
    keep = {each.name for each in values.values()} | _administrative(base)
    keep |= _followers(base, keep, {each.name for each in lent.values()})
    changed = frozenset(lender.name for name, lender in lent.items() if _differs(lender, values[name]))
    cut = without_strays(base, keep | _derived(base, keep), changed)
    gone = changed | {each.name for each in base.fields} - keep
    values = {key: _without_condition(each) if names_in(each.condition, gone) else each for key, each in values.items()}
    labels = {each.name: each.title for each in values.values()}
    fields = [_relabelled(each, labels) for each in _in_order(base, cut, tuple(values.values()))]
    checks = [
        check.model_copy(update={"where": formulas.relabelled(check.where, labels)})
        for check in cut.checks
        if not check.name.endswith(DONE_CHECKS)
    ]
    checks += _done_checks(base, tuple(values.values()))
    return cut.model_copy(update={"fields": tuple(fields), "checks": tuple(checks)})


def _without_condition(each: Field) -> Field:
    """The field asked of everybody, and never due, since the condition it was due on cannot be told here."""
    return each.model_copy(update={"condition": None, "required": False})


def _done_checks(base: Form, values: tuple[Field, ...]) -> list[Check]:
    """The library's check that nothing is entered for what was not done, over all declared results."""
    done = next((each for each in base.fields if suffix(each.name) in ("done", "taken")), None)
    checks = [check for check in base.checks if check.name.endswith(DONE_CHECKS)]
    if done is None or not checks or not values:
        return []
    is_done = formulas.is_code(formulas.name(done.name, done.title, "boolean"), "yes", "yes")
    empty = [formulas.known(formulas.name(each.name, each.title), known=False) for each in values]
    tree = formulas.joined("or", [is_done, formulas.joined("and", empty)])
    english = f"{done.title}: yes, or no result is entered"
    where = formulas.expression(tree, checks[0].where.origin, english=english)
    return [checks[0].model_copy(update={"where": where})]


def _relabelled(each: Field, labels: dict[str, str]) -> Field:
    """The field, speaking of others by the labels that the protocol gives them."""
    return each.model_copy(
        update={
            "condition": formulas.relabelled(each.condition, labels) if each.condition else None,
            "formula": formulas.relabelled(each.formula, labels) if each.formula else None,
        }
    )


def _lenders(base: Form, results: tuple[Result, ...], row: Match | None, name: str) -> dict[str, Field]:
    """The library field for each result, by the result's name; no field lends itself twice."""
    by_suffix = {suffix(each.name): each for each in base.fields if each.type != "derived"}
    by_label = {each.title.casefold(): each for each in base.fields if each.type != "derived"}
    found: dict[str, Field] = {}
    used: set[str] = {each for each in by_suffix if each in ADMINISTRATIVE}
    for result in results:
        own = row.value if row and result.name == name else None
        lender = by_suffix.get(result.name) or by_label.get(result.title.casefold()) or by_suffix.get(own or "")
        if lender is not None and lender.name not in used and suffix(lender.name) not in used:
            found[result.name] = lender
            used.add(lender.name)
    return found


def _looked_up(result: Result, name: str, load_form: LoadForm) -> Field:
    """The field of a result that its own library form does not know; another form that has it in this unit lends."""
    for each in LENDERS:
        form = load_form(each)
        for lender in form.fields if form is not None else ():
            is_same = result.name == suffix(lender.name) or result.title.casefold() == lender.title.casefold()
            if (
                is_same
                and suffix(lender.name) not in ADMINISTRATIVE
                and not _differs(lender, value_field(result, name))
            ):
                return _merged(lender.model_copy(update={"name": name, "condition": None, "required": False}), result)
    return value_field(result, name)


def value_field(result: Result, name: str) -> Field:
    """The field of a declared result that the library does not know."""
    type = "choice" if result.choices else FIELD_TYPES.get(result.type, "text")
    return field(
        name,
        result.title,
        type,
        result.origin,
        unit=result.unit,
        ucum=result.ucum,
        low=result.low,
        high=result.high,
        range_kind="hard" if result.low is not None or result.high is not None else None,
        choices=result.choices,
        notes=result.notes,
        holds=result.name,
    )


def _merged(lender: Field, result: Result) -> Field:
    """The library's field with the protocol's label, type, unit and choices."""
    own = value_field(result, lender.name)
    is_number = own.type in MEASURED and lender.type in MEASURED
    same_unit = is_number and (own.ucum == lender.ucum if own.ucum and lender.ucum else own.unit == lender.unit)
    update: dict[str, object] = {"codes": lender.codes, "identifier": lender.identifier, "condition": lender.condition}
    if is_number and result.type != "integer":
        update |= {"type": lender.type if same_unit else "decimal", "decimals": lender.decimals if same_unit else None}
    if is_number and own.unit is None:
        update |= {"unit": lender.unit, "ucum": lender.ucum}
        same_unit = True
    if same_unit:
        update |= {"remarks": lender.remarks, "required": lender.required}
        if own.range_kind is None:
            update |= {"low": lender.low, "high": lender.high, "range_kind": lender.range_kind}
    elif not is_number and lender.type == own.type:
        update |= {"remarks": lender.remarks, "required": lender.required}
    return own.model_copy(update=update)


def _differs(lender: Field, own: Field) -> bool:
    """Whether the library's expressions would misread the protocol's field: other type, unit or codes."""
    if (lender.type in MEASURED) != (own.type in MEASURED) or lender.ucum != own.ucum:
        return True
    if lender.type in MEASURED:
        return False
    return lender.type != own.type or not {each.code for each in own.choices} <= {each.code for each in lender.choices}


def _administrative(base: Form) -> set[str]:
    """Fields about the examination itself, and questions that hang on them alone."""
    names = {each.name for each in base.fields if suffix(each.name) in ADMINISTRATIVE}
    every = [each.name for each in base.fields]
    return {each.name for each in base.fields if each.name in names and set(names_in(each.condition, every)) <= names}


def _followers(base: Form, keep: set[str], results: set[str]) -> set[str]:
    """Questions asked because of a declared result that are no measured values themselves."""
    every = [each.name for each in base.fields]
    found: set[str] = set()
    for each in base.fields:
        spoken = set(names_in(each.condition, every))
        is_question = each.type not in (*MEASURED, "derived") and each.unit is None
        if is_question and spoken & (results | found) and spoken <= keep | found:
            found.add(each.name)
    return found


def _derived(base: Form, keep: set[str]) -> set[str]:
    """Derived values whose every source is asked."""
    every = [each.name for each in base.fields]
    found: set[str] = set()
    for each in base.fields:
        sources = set(names_in(each.formula, every)) - {each.name}
        if each.type == "derived" and sources and sources <= keep | found:
            found.add(each.name)
    return found


def _in_order(base: Form, cut: Form, values: tuple[Field, ...]) -> tuple[Field, ...]:
    """What comes before the first value in the library, the values as declared, the rest."""
    sections = titled_sections(base)
    own = {each.name for each in values}
    others = [each for each in cut.fields if each.name not in own]
    first = next(
        (at for at, each in enumerate(base.fields) if suffix(each.name) not in ADMINISTRATIVE), len(base.fields)
    )
    before = {each.name for each in base.fields[:first]}
    head = [(None, each) for each in others if each.name in before]
    rest = [(sections[each.name], each) for each in others if each.name not in before]
    tail = [pair for pair in rest if suffix(pair[1].name) in ADMINISTRATIVE]
    beside = [("Results", each) for _, each in rest if suffix(each.name) not in ADMINISTRATIVE]
    end = [("Assessment" if heading else None, each) for heading, each in tail]
    return under_headings([*head, *(("Results", each) for each in values), *beside, *end])


def at_time_points(form: Form, assessment: Assessment, head: str) -> Form:
    """The form as one record a nominal time, where the protocol says times within a visit."""
    if not assessment.sampling:
        return form
    point = _point_field(joined(head, "point"), assessment)
    replaced = {joined(head, "nominal"), point.name}
    fields = [each for each in form.fields if each.name not in replaced]
    return form.model_copy(update={"fields": (point, *fields), "repeating": True})


def _point_field(name: str, assessment: Assessment) -> Field:
    pairs: dict[str, str] = {}
    taken: set[str] = set()
    for sampling in assessment.sampling:
        for each in sampling.points:
            if each.text not in pairs.values():
                code = "pre" if each.pre_dose else f"m{each.minute}" if each.minute >= 0 else f"b{-each.minute}"
                pairs[distinct(code, taken)] = each.text
    if any(sampling.visits for sampling in assessment.sampling) and _untimed(assessment):
        pairs["untimed"] = "No nominal time at this visit"
    return field(
        name,
        "Nominal time",
        "choice",
        assessment.origin,
        required=True,
        choices=choices(pairs.items()),
        codes=(("cdash", "TPT"),),
    )


def _untimed(assessment: Assessment) -> bool:
    timed = {visit for sampling in assessment.sampling for visit in sampling.visits or assessment.visits}
    return any(visit not in timed for visit in assessment.visits)


def instructions(assessment: Assessment, protocol: Protocol) -> tuple[str, ...]:
    """What the protocol says about carrying out the assessment, in sentences."""
    titles = {visit.name: visit.title for visit in protocol.visits}
    lines: list[str] = []
    if assessment.description:
        lines.append(assessment.description)
    for word, value in (("Method", assessment.method), ("Specimen", assessment.specimen)):
        if value:
            lines.append(f"{word}: {value}.")
    if assessment.valid is not None:
        lines.append(f"A result not older than {wording.quantity(assessment.valid)} may be used.")
    lines += [_sampling_line(sampling, titles) for sampling in assessment.sampling]
    if assessment.optional_at:
        lines.append(f"Optional at {_visits(assessment.optional_at, titles)}.")
    for remark in assessment.remarks:
        at = f"{_visits(remark.visits, titles)}: " if remark.visits else ""
        lines.append(at + remark.text)
    lines += [f"{system.upper()}: {code}" for system, code in assessment.codes]
    return tuple(lines)


def _sampling_line(sampling: Sampling, titles: dict[str, str]) -> str:
    at = _visits(sampling.visits, titles) if sampling.visits else "each visit"
    points = [
        each.text + (f" ({_tolerance(each.before, each.after)})" if each.before or each.after else "")
        for each in sampling.points
    ]
    return f"Times at {at}: {', '.join(points)}."


def _tolerance(before: int, after: int) -> str:
    return f"±{before} min" if before == after else f"{wording.MINUS}{before}/+{after} min"


def _visits(names: tuple[str, ...], titles: dict[str, str]) -> str:
    return wording.listing(titles.get(name, name) for name in names)
