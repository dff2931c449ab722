"""The form for a cell infusion: the level as a choice, the planned dose and the permitted limits computed from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol_dsl.forms import formulas
from protocol_dsl.forms.assessment import free_prefix
from protocol_dsl.forms.parts import LoadForm, choices, field, prefix, prefixed, without_strays
from protocol_dsl.model import wording
from protocol_dsl.model.forms import Check, Field, Form
from protocol_dsl.quantities import DimensionError, UnitError, convert, format_number, parse_unit

if TYPE_CHECKING:
    from protocol_dsl.forms.formulas import Tree
    from protocol_dsl.model.base import Choice, Origin, Quantity
    from protocol_dsl.model.dosing import DoseLevel, DoseScheme
    from protocol_dsl.model.schedule import Administration
    from protocol_dsl.model.study import Product

DOSE_UNIT = "10*6"
"""The unit of the library's dose fields: millions of cells."""


def cell_infusion_form(
    product: Product,
    scheme: DoseScheme,
    administrations: list[Administration],
    visits: tuple[str, ...],
    load_form: LoadForm,
    taken: set[str],
) -> Form | None:
    """The library's cell infusion with the protocol's levels and tolerance; None without the library."""
    library = load_form("cell_infusion")
    if library is None:
        return None
    head = prefix(library)
    per_kg = any(level.amount.unit.endswith("/kg") for level in scheme.levels)
    has_tolerance = scheme.tolerance_below is not None or scheme.tolerance_above is not None
    dropped = {f"{head}_basis"} | (set[str]() if per_kg else {f"{head}_weight", f"{head}_per_kg"})
    if not has_tolerance:
        dropped |= {f"{head}_tolerance"}
    cut = without_strays(library, {each.name for each in library.fields} - dropped)
    fields: list[Field] = []
    for each in cut.fields:
        if each.name == f"{head}_planned":
            fields += _plan(scheme, head, per_kg)
        elif each.name == f"{head}_product":
            pairs = choices([(product.name, product.title)])
            fields.append(each.model_copy(update={"type": "choice", "choices": pairs}))
        else:
            fields.append(each)
    # The library's limit of 20 % gives way to the protocol's own.
    checks = tuple(check for check in cut.checks if check.name != f"{head}_far")
    made = cut.model_copy(
        update={
            "label": f"Infusion of {product.name}",
            "fields": _with_weight_first(fields, head),
            "checks": (*checks, *_tolerance_checks(scheme, head)),
            "origin": administrations[0].origin,
            "records": (),
            "visits": visits,
            "source": "dosing",
            "instructions": (*level_lines(scheme), *library.instructions),
        }
    )
    return prefixed(made, head, free_prefix(head, f"infusion_{product.name.lower()}", taken))


def _plan(scheme: DoseScheme, head: str, per_kg: bool) -> list[Field]:
    """The level, the planned dose of the level, and the limits that the tolerance gives."""
    origin = scheme.origin
    pairs = level_choices(scheme)
    rows = [
        field(f"{head}_level", "Dose level", "choice", origin, required=True, choices=pairs, heading="Dose"),
        field(
            f"{head}_planned",
            "Planned dose",
            "derived",
            origin,
            unit=DOSE_UNIT,
            ucum=DOSE_UNIT,
            formula=_planned(scheme, head, per_kg, origin),
            remarks=("Millions of CAR-positive viable cells", *cap_lines(scheme)),
        ),
    ]
    planned = formulas.name(f"{head}_planned", "Planned dose")
    for key, label, percent in _limits(scheme):
        tree = formulas.binary("*", planned, formulas.number(percent / 100))
        rows.append(
            field(
                f"{head}_{key}",
                label,
                "derived",
                origin,
                unit=DOSE_UNIT,
                ucum=DOSE_UNIT,
                formula=formulas.expression(tree, origin),
            )
        )
    return rows


def _limits(scheme: DoseScheme) -> list[tuple[str, str, int | float]]:
    """(key, label, percent of the planned dose) of each limit."""
    found: list[tuple[str, str, int | float]] = []
    if scheme.tolerance_below is not None:
        text = f"Lowest permitted dose ({wording.MINUS}{wording.number(scheme.tolerance_below)}%)"
        found.append(("lowest", text, 100 - scheme.tolerance_below))
    if scheme.tolerance_above is not None:
        text = f"Highest permitted dose (+{wording.number(scheme.tolerance_above)}%)"
        found.append(("highest", text, 100 + scheme.tolerance_above))
    return found


def _planned(scheme: DoseScheme, head: str, per_kg: bool, origin: Origin) -> formulas.Expression | None:
    """Millions of cells by level, times body weight where the level is for body weight."""
    level_name = formulas.name(f"{head}_level", "Dose level", "choice")
    arguments: list[Tree] = []
    for level in scheme.levels:
        millions = _millions(level.amount)
        if millions is None:
            return None
        amount = formulas.number(millions)
        if per_kg and level.amount.unit.endswith("/kg"):
            amount = _for_weight(amount, scheme, formulas.name(f"{head}_weight", "Weight used"))
        arguments += [formulas.is_code(level_name, level.name, level.title), amount]
    return formulas.expression(formulas.call("when", arguments), origin) if arguments else None


def _for_weight(amount: Tree, scheme: DoseScheme, weight: Tree) -> Tree:
    """An amount for body weight in all, with the cap of the protocol."""
    cap = scheme.cap
    if cap is None:
        return formulas.binary("*", amount, weight)
    if scheme.caps_body:
        return formulas.binary("*", amount, formulas.call("min", [weight, formulas.number(cap.value)]))
    most = _millions(cap)
    whole = formulas.binary("*", amount, weight)
    return whole if most is None else formulas.call("min", [whole, formulas.number(most)])


def _millions(amount: Quantity) -> int | float | None:
    per = "/kg" if amount.unit.endswith("/kg") else ""
    try:
        return convert(amount.value, parse_unit(amount.unit), parse_unit(f"10*6 cells{per}"))
    except (DimensionError, UnitError):
        return None


def _tolerance_checks(scheme: DoseScheme, head: str) -> tuple[Check, ...]:
    """The answer to "within the tolerance" agrees with the computed limits."""
    dose = formulas.name(f"{head}_dose", "Dose given")
    bounds = [
        formulas.compare(sign, dose, formulas.name(f"{head}_{key}", label))
        for (key, label, _), sign in zip(_limits(scheme), _signs(scheme), strict=True)
    ]
    if not bounds:
        return ()
    inside = formulas.name(f"{head}_tolerance", "Within the tolerance of the protocol", "boolean")
    outside = formulas.is_code(inside, "no", "no")
    where = formulas.expression(formulas.joined("or", [outside, formulas.joined("and", bounds)]), scheme.origin)
    text = "A dose outside the permitted limits is marked as such and explained"
    return (Check(name=f"{head}_limits", text=text, where=where, origin=scheme.origin),)


def _signs(scheme: DoseScheme) -> list[str]:
    return [">="] * (scheme.tolerance_below is not None) + ["<="] * (scheme.tolerance_above is not None)


def _with_weight_first(fields: list[Field], head: str) -> tuple[Field, ...]:
    """The body weight before the planned dose that is computed from it."""
    weight = next((each for each in fields if each.name == f"{head}_weight"), None)
    if weight is None:
        return tuple(fields)
    others = [each for each in fields if each is not weight]
    at = next((place for place, each in enumerate(others) if each.name == f"{head}_planned"), len(others))
    return (*others[:at], weight, *others[at:])


def level_choices(scheme: DoseScheme) -> tuple[Choice, ...]:
    """The levels as coded choices, each with its amount."""
    return choices(
        (
            level.name,
            f"{level.label}, {wording.quantity(level.amount)}" if level.label else wording.quantity(level.amount),
        )
        for level in scheme.levels
    )


def level_text(level: DoseLevel) -> str:
    """`DL1: 3.0×10⁸ cells`, `LOW (Low dose): …` where it has a label."""
    label = f" ({level.label})" if level.label and level.label != level.name else ""
    return f"{level.name}{label}: {wording.quantity(level.amount)}"


def level_lines(scheme: DoseScheme) -> tuple[str, ...]:
    """Each level with the limits that the tolerance gives, in the level's own unit."""
    lines: list[str] = []
    for level in scheme.levels:
        line = level_text(level)
        if scheme.tolerance_below is not None and scheme.tolerance_above is not None:
            low = _scaled(level.amount, 100 - scheme.tolerance_below)
            high = _scaled(level.amount, 100 + scheme.tolerance_above)
            line += f"; permitted {low} to {high}"
        lines.append(f"{line}.")
    return (*lines, *cap_lines(scheme))


def cap_lines(scheme: DoseScheme) -> tuple[str, ...]:
    """`Body weight counts up to 100 kg.`, or `At most 6.0×10⁸ cells in all.`; nothing without a cap."""
    if scheme.cap is None:
        return ()
    cap = wording.quantity(scheme.cap)
    if not scheme.caps_body:
        return (f"At most {cap} in all.",)
    return (f"{'Body weight' if scheme.basis == 'kg' else 'Body surface'} counts up to {cap}.",)


def _scaled(amount: Quantity, percent: int | float) -> str:
    """The amount times a percentage, rounded to the digits a float can be trusted with."""
    value = float(f"{amount.value * percent / 100:.12g}")
    return wording.quantity(amount.model_copy(update={"value": value, "written": _like(amount, value)}))


def _like(amount: Quantity, value: float) -> str:
    """The value in powers of ten where the amount was written so."""
    if "e" not in amount.written:
        return format_number(value, "dsl")
    mantissa, _, exponent = f"{value:.12e}".partition("e")
    digits = mantissa.rstrip("0").rstrip(".")
    return f"{digits if '.' in digits else digits + '.0'}e{int(exponent)}"
