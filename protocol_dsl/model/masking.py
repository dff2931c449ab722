"""What a masked trial may show at a site: the treatments of different arms as one study treatment.

A form, a row or a calendar entry for each product would tell who gets which, or ask a site that must not know. Where
the masking covers participants or investigators, products that different arms get at the same visits therefore stand
together, with the amount only where it is equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from protocol_dsl.model.base import Expression
from protocol_dsl.model.schedule import Administration
from protocol_dsl.model.study import Product
from protocol_dsl.model.wording import listing

if TYPE_CHECKING:
    from protocol_dsl.model.protocol import Protocol
    from protocol_dsl.model.study import Study

Value = TypeVar("Value")

STUDY_TREATMENT = "study_treatment"
LABELLED = "Study treatment: "
"""How the label of a masked treatment begins."""
_KEPT_FROM = frozenset(("participant", "investigator"))


class SiteView(NamedTuple):
    """The protocol as sites see it. `treatments` says what each masked product may be: `NX-150 or placebo`."""

    protocol: Protocol
    treatments: dict[str, str]


def is_masked(study: Study) -> bool:
    """Whether participants or investigators must not know the arm; a masking that names nobody covers them."""
    if study.masking in (None, "none"):
        return False
    return not study.masked or bool(_KEPT_FROM & set(study.masked))


def site_view(protocol: Protocol) -> SiteView:
    """The protocol with one masked product in the place of those that different arms get at the same visits."""
    if not is_masked(protocol.study):
        return SiteView(protocol, {})
    products = {product.name: product for product in protocol.products}
    taken = {*products}
    instead: dict[int, Administration | None] = {}
    added: list[Product] = []
    treatments: dict[str, str] = {}
    for group in _groups(protocol.administrations, products):
        members = [protocol.administrations[place] for place in group]
        name = _free(STUDY_TREATMENT, taken)
        given = dict.fromkeys(member.product for member in members)
        treatments[name] = listing([products[each].title if each in products else each for each in given], "or")
        added.append(
            Product(
                name=name,
                label=f"{LABELLED}{treatments[name]} (masked)",
                origin=members[0].origin,
                route=_common([_route(member, products) for member in members]),
            )
        )
        instead |= dict.fromkeys(group)
        instead[group[0]] = _together(members, name, protocol)
    shown = [
        instead.get(place, each) if place in instead else each for place, each in enumerate(protocol.administrations)
    ]
    update = {
        "administrations": tuple(each for each in shown if each is not None),
        "products": (*protocol.products, *added),
    }
    return SiteView(protocol.model_copy(update=update) if added else protocol, treatments)


def _groups(administrations: tuple[Administration, ...], products: dict[str, Product]) -> list[list[int]]:
    """The places of administrations that would tell the arms apart, each group in the order of the text."""
    open_places = [place for place, each in enumerate(administrations) if each.arms]
    found: list[list[int]] = []
    while open_places:
        group = [open_places.pop(0)]
        while more := [
            place
            for place in open_places
            if any(_belong_together(administrations[place], administrations[other]) for other in group)
        ]:
            group += more
            open_places = [place for place in open_places if place not in more]
        found += _by_route(sorted(group), administrations, products)
    return [group for group in found if len({administrations[place].arms for place in group}) > 1]


def _belong_together(one: Administration, other: Administration) -> bool:
    """Whether two are given instead of each other, or are doses of one product for arms."""
    if one.product == other.product:
        return True
    # A rhythm without visits may meet any of them.
    same_time = bool(set(one.visits) & set(other.visits)) or not (one.visits and other.visits)
    return same_time and not set(one.arms) & set(other.arms)


def _by_route(
    group: list[int], administrations: tuple[Administration, ...], products: dict[str, Product]
) -> list[list[int]]:
    """A double dummy in its parts, such as tablets and injections: each part is given to the same arms."""
    parts: dict[str | None, list[int]] = {}
    for place in group:
        parts.setdefault(_route(administrations[place], products), []).append(place)
    arms = [{arm for place in part for arm in administrations[place].arms} for part in parts.values()]
    return [group] if None in parts or any(each != arms[0] for each in arms) else list(parts.values())


def _route(each: Administration, products: dict[str, Product]) -> str | None:
    product = products.get(each.product)
    return each.route or (product.route if product else None)


def _together(members: list[Administration], name: str, protocol: Protocol) -> Administration:
    """One administration for all, with what is equal among them."""
    order = {visit.name: visit.order for visit in protocol.visits}
    arms = tuple(dict.fromkeys(arm for member in members for arm in member.arms))
    visits = sorted({visit for member in members for visit in member.visits}, key=lambda each: order.get(each, 0))
    populations = {member.populations for member in members}
    return Administration(
        product=name,
        amount=_common([member.amount for member in members]),
        visits=tuple(visits),
        every=_common([member.every for member in members]),
        start=_common([member.start for member in members]),
        end=_common([member.end for member in members]),
        populations=members[0].populations if len(populations) == 1 else (),
        arms=() if {each.name for each in protocol.arms} <= set(arms) else arms,
        condition=_common_condition([member.condition for member in members]),
        route=_common([_route(member, {each.name: each for each in protocol.products}) for member in members]),
        over=_common([member.over for member in members]),
        remarks=tuple(remark for remark in members[0].remarks if all(remark in member.remarks for member in members)),
        origin=members[0].origin,
    )


def _common(values: list[Value | None]) -> Value | None:
    """The value that all have; None where they differ."""
    return values[0] if all(value == values[0] for value in values) else None


def _common_condition(conditions: list[Expression | None]) -> Expression | None:
    return conditions[0] if len({each.text if each else None for each in conditions}) == 1 else None


def _free(name: str, taken: set[str]) -> str:
    result, number = name, 2
    while result in taken:
        result, number = f"{name}_{number}", number + 1
    taken.add(result)
    return result
