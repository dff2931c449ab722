"""The form of the allocation: when, under which number, in which stratum, and to which arm where the arm is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol_dsl.forms.facts import fact_fields
from protocol_dsl.forms.parts import choices, distinct, field, joined
from protocol_dsl.model.forms import Field, Form
from protocol_dsl.model.masking import is_masked

if TYPE_CHECKING:
    from protocol_dsl.model.protocol import Protocol
    from protocol_dsl.model.study import Fact

BUILT_IN: dict[str, tuple[str, str, str | None, tuple[tuple[str, str], ...]]] = {
    "site": ("Site", "text", None, ()),
    "sex": ("Sex", "choice", None, (("female", "Female"), ("male", "Male"))),
    "age": ("Age", "integer", "years", ()),
    "weight": ("Weight", "decimal", "kg", ()),
    "height": ("Height", "decimal", "cm", ()),
}
"""Label, type, unit and choices of what allocation may be stratified by without a declaration."""


def randomisation_form(protocol: Protocol, facts: tuple[Fact, ...], taken: set[str]) -> Form | None:
    """The form; none without random allocation, or where the protocol has its own. It alone asks the `facts`."""
    randomization = protocol.randomization
    if randomization is None or any(is_randomisation(form) for form in protocol.forms):
        return None
    origin, head = randomization.origin, distinct("rand", taken)
    fields = [
        field(joined(head, "date"), "Date and time of randomisation", "datetime", origin, required=True),
        field(joined(head, "number"), "Randomisation number", "text", origin, required=True),
    ]
    own = {fact.name for fact in facts}
    fields += _in_section([_stratum(name, protocol, head, own) for name in randomization.strata])
    if not is_masked(protocol.study):
        arms = {arm.name: arm.title for arm in protocol.arms}
        pairs = choices((name, arms.get(name, name)) for name in randomization.arms)
        fields.append(
            field(
                joined(head, "arm"),
                "Arm",
                "choice",
                origin,
                required=True,
                choices=pairs,
                heading="Allocation" if randomization.strata else None,
            )
        )
    return Form(
        name="randomisation",
        label="Randomisation",
        origin=origin,
        notes=randomization.notes,
        fields=tuple(fields),
        visits=tuple(visit.name for visit in protocol.visits if visit.name == randomization.at),
        source="randomisation",
        instructions=("The treatment is masked: do not enter the arm here.",) if is_masked(protocol.study) else (),
    )


def is_randomisation(form: Form) -> bool:
    """Whether a form of the protocol records the allocation."""
    return form.name.casefold().startswith(("randomi", "allocation"))


def _in_section(fields: list[Field]) -> list[Field]:
    return [
        each.model_copy(update={"heading": "Stratification" if place == 0 else None})
        for place, each in enumerate(fields)
    ]


def _stratum(name: str, protocol: Protocol, head: str, own: set[str]) -> Field:
    """The field of one factor. A fact that another form asks is confirmed here as it was used for the allocation."""
    fact = next((each for each in protocol.facts if each.name == name), None)
    if fact is not None:
        made = fact_fields((fact,), head, None)[0]
        update = {"required": True, "condition": None, "holds": name if name in own else None}
        return made.model_copy(update=update)
    assert protocol.randomization is not None
    origin = protocol.randomization.origin
    if name in BUILT_IN:
        label, type, unit, pairs = BUILT_IN[name]
        return field(joined(head, name), label, type, origin, unit=unit, choices=choices(pairs), required=True)
    population = next((each for each in protocol.populations if each.name == name), None)
    if population is not None:
        return field(joined(head, name), population.title, "yes_no", origin, required=True)
    declared = (*protocol.assessments, *(each for part in protocol.assessments for each in part.results))
    title = next((each.title for each in declared if each.name == name), name)
    return field(joined(head, name), f"{title}: stratum used for the allocation", "text", origin, required=True)
