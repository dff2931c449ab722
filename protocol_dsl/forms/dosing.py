"""Forms for the products given, and for the assessment of dose-limiting toxicity.

A product with dose levels in cells is recorded on the library's cell infusion, drugs given before it on its
lymphodepletion form (one record a drug and day), everything else on a plain record of the dose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol_dsl.forms import formulas
from protocol_dsl.forms.assessment import free_prefix
from protocol_dsl.forms.facts import fact_fields
from protocol_dsl.forms.infusion import cell_infusion_form, level_choices
from protocol_dsl.forms.parts import LoadForm, choices, field, joined, prefix, prefixed, without_strays
from protocol_dsl.model import wording
from protocol_dsl.model.forms import Field, Form
from protocol_dsl.model.masking import LABELLED, site_view
from protocol_dsl.model.study import Fact, Product

if TYPE_CHECKING:
    from protocol_dsl.model.dosing import Dlt, DoseScheme
    from protocol_dsl.model.protocol import Protocol
    from protocol_dsl.model.schedule import Administration


def administration_forms(protocol: Protocol, load_form: LoadForm, taken: set[str]) -> list[Form]:
    """The forms for all products given, in the order of the text; one for products that masking keeps apart."""
    protocol, masked = site_view(protocol)
    given: dict[str, list[Administration]] = {}
    for each in protocol.administrations:
        given.setdefault(each.product, []).append(each)
    products = {product.name: product for product in protocol.products}
    cells = {scheme.name: scheme for scheme in protocol.doses if in_cells(scheme)}
    depletion = [name for name in given if name not in cells and cells and _is_before(given[name], protocol)]
    forms: list[Form] = []
    for name, administrations in given.items():
        product = products.get(name) or Product(name=name, origin=administrations[0].origin)
        visits = visits_of(administrations, protocol)
        if name in cells:
            made = cell_infusion_form(product, cells[name], administrations, visits, load_form, taken)
        elif depletion and name == depletion[0]:
            both = [each for drug in depletion for each in given[drug]]
            made = _lymphodepletion(both, products, visits_of(both, protocol), protocol, load_form, taken)
        elif name in depletion:
            continue
        else:
            made = None
        if name in masked:
            # Only the person who prepares the dose may know which product a lot is of.
            product = product.model_copy(update={"label": f"study treatment ({masked[name]})"})
        forms.append(made or _plain(product, administrations, visits, protocol, taken, is_masked=name in masked))
    return forms


def in_cells(scheme: DoseScheme) -> bool:
    """Whether the dose levels are numbers of cells."""
    return any("cell" in level.amount.unit for level in scheme.levels)


def visits_of(administrations: list[Administration], protocol: Protocol) -> tuple[str, ...]:
    """The visits at which anything of this is given, in schedule order."""
    named = {visit for each in administrations for visit in each.visits}
    ordered = sorted(protocol.visits, key=lambda visit: visit.order)
    return tuple(visit.name for visit in ordered if visit.name in named)


def _is_before(administrations: list[Administration], protocol: Protocol) -> bool:
    """Whether all of it is given before the timeline's anchor."""
    visits = [protocol.visit(name) for each in administrations for name in each.visits]
    offsets = [visit.offset for visit in visits if visit is not None]
    return bool(offsets) and all(offset is not None and offset < 0 for offset in offsets)


def planned_lines(administrations: list[Administration], protocol: Protocol) -> tuple[str, ...]:
    """`Planned: fludarabine 30 mg/m² at Lymphodepletion 1, …`, one sentence for each statement."""
    titles = {each.name: each.title for each in (*protocol.visits, *protocol.products)}
    lines: list[str] = []
    for each in administrations:
        amount = f" {wording.quantity(each.amount)}" if each.amount else ""
        visits = f" at {wording.listing(titles.get(name, name) for name in each.visits)}" if each.visits else ""
        every = f" every {wording.gap(each.every)}" if each.every else ""
        over = f" over {wording.quantity(each.over)}" if each.over else ""
        title = titles.get(each.product, each.product).removeprefix(LABELLED)
        lines.append(f"Planned: {title}{amount}{every}{visits}{over}.")
        lines += each.remarks
    return tuple(lines)


def _lymphodepletion(
    administrations: list[Administration],
    products: dict[str, Product],
    visits: tuple[str, ...],
    protocol: Protocol,
    load_form: LoadForm,
    taken: set[str],
) -> Form | None:
    library = load_form("lymphodepletion")
    if library is None:
        return None
    names = list(dict.fromkeys(each.product for each in administrations))
    drug = next((each for each in library.fields if each.name == "ld_drug"), None)
    known = {choice.code: choice.label for choice in drug.choices} if drug else {}
    codes = {name: _drug_code(products[name].title if name in products else name, name, known) for name in names}
    titles = {name: products[name].title if name in products else name for name in names}
    pairs = choices((code, known.get(code, titles[name])) for name, code in codes.items())
    dropped = {"ld_drug_other"} | ({"ld_mesna"} if "cyclophosphamide" not in codes.values() else set[str]())
    cut = without_strays(library, {each.name for each in library.fields} - dropped)
    fields = tuple(
        each.model_copy(update={"choices": pairs, "holds": None}) if each.name == "ld_drug" else each
        for each in cut.fields
    )
    own = cut.model_copy(
        update={
            "fields": fields,
            "origin": administrations[0].origin,
            "records": (),
            "visits": visits,
            "source": "dosing",
            "instructions": (*planned_lines(administrations, protocol), *library.instructions),
        }
    )
    return prefixed(own, prefix(library), free_prefix(prefix(library), "lymphodepletion", taken))


def _drug_code(title: str, name: str, known: dict[str, str]) -> str:
    """The library's code for a drug that it knows by name, else the product's name."""
    return next((code for code in sorted(known) if code in title.casefold()), name)


def _plain(
    product: Product,
    administrations: list[Administration],
    visits: tuple[str, ...],
    protocol: Protocol,
    taken: set[str],
    *,
    is_masked: bool,
) -> Form:
    origin = administrations[0].origin
    name = f"dose_{product.name.lower()}"
    head = free_prefix(name, name, taken)
    amount = next((each.amount for each in administrations if each.amount is not None), None)
    # Arms that get different amounts have no unit in common, and one would tell them apart.
    is_text = is_masked and amount is None
    given = formulas.name(joined(head, "given"), "Given", "boolean")
    yes = formulas.expression(formulas.is_code(given, "yes", "yes"), origin)
    no = formulas.expression(formulas.is_code(given, "no", "no"), origin)

    def row(key: str, label: str, type: str, cdash: str, **rest: object) -> Field:
        return field(joined(head, key), label, type, origin, codes=(("cdash", cdash),), **rest)

    fields = (
        row("given", "Given", "yes_no", "EXOCCUR", required=True),
        row("reason", "Reason not given", "text", "EXREASND", condition=no, required=True),
        row("start", "Start", "datetime", "EXSTDTC", condition=yes, required=True),
        row("end", "End", "datetime", "EXENDTC", condition=yes),
        row(
            "dose",
            "Amount given, in the words of the label" if is_text else "Dose given",
            "text" if is_text else "decimal",
            "EXDOSE",
            condition=yes,
            required=True,
            unit=amount.unit if amount else None,
            ucum=amount.ucum if amount else None,
        ),
        row("route", "Route", "text", "EXROUTE", condition=yes),
        row("lot", "Lot", "text", "EXLOT", condition=yes),
        row("changed", "Changed or interrupted", "yes_no", "EXADJ", condition=yes, required=True),
        row("comment", "What was changed, and why", "text", "COVAL"),
    )
    return Form(
        name=name,
        label=f"Administration of {product.title}",
        origin=origin,
        fields=fields,
        repeating=not visits,
        instructions=planned_lines(administrations, protocol),
        visits=visits,
        source="dosing",
    )


def dlt_form(protocol: Protocol, load_form: LoadForm, facts: tuple[Fact, ...], taken: set[str]) -> Form | None:
    """The assessment of dose-limiting toxicity: the library's form with a row for each criterion of the protocol."""
    dlt, library = protocol.dlt, load_form("dlt_assessment")
    if dlt is None or library is None:
        return None
    head = prefix(library)
    rows = tuple(_criterion_rows(dlt, head))
    asked = fact_fields(facts, head, "Facts that the criteria rest on")
    levels = tuple(choice for scheme in protocol.doses for choice in level_choices(scheme))
    fields: list[Field] = []
    for each in library.fields:
        if each.name == f"{head}_level" and levels:
            each = each.model_copy(update={"type": "choice", "choices": levels})
        if each.name == f"{head}_dlt":
            fields += [*asked, *rows]
            each = each.model_copy(update={"heading": "Conclusion"})
        fields.append(each)
    made = library.model_copy(
        update={
            "fields": tuple(fields),
            "origin": dlt.origin,
            "notes": dlt.notes,
            "records": (),
            "visits": _window_visits(dlt, protocol),
            "source": "dosing",
            "instructions": (*_dlt_lines(dlt, protocol), *library.instructions),
        }
    )
    return prefixed(made, head, free_prefix(head, "dlt_assessment", taken))


def _criterion_rows(dlt: Dlt, head: str) -> list[Field]:
    return [
        field(
            f"{head}_criterion_{criterion.name}",
            f"D{number}. {' '.join(criterion.text.split())}",
            "yes_no",
            criterion.origin,
            required=True,
            heading="Criteria of the protocol" if number == 1 else None,
            remarks=(f"By the data: {criterion.where.english}",) if criterion.where else (),
            notes=criterion.notes,
            holds=criterion.name,
        )
        for number, criterion in enumerate(dlt.criteria, 1)
    ]


def _dlt_lines(dlt: Dlt, protocol: Protocol) -> list[str]:
    titles = {each.name: each.title for each in (*protocol.visits, *protocol.events, *protocol.products)}
    lines: list[str] = []
    if dlt.window is not None:
        after = f" after {titles.get(dlt.after, dlt.after)}" if dlt.after else ""
        lines.append(f"Window: {wording.gap(dlt.window)}{after}.")
    if dlt.evaluable:
        lines.append(f"Evaluable: {' '.join(dlt.evaluable.split())}.")
    lines += [f"The window may end early: {' '.join(each.text.split())}." for each in dlt.complete_early]
    return lines


def _window_visits(dlt: Dlt, protocol: Protocol) -> tuple[str, ...]:
    """The first visit that is due when the window has passed; none where no day follows from the text."""
    start = protocol.visit(dlt.after or "")
    is_anchor = protocol.timeline is not None and protocol.timeline.anchor == dlt.after
    anchor = start.offset if start is not None else 0 if is_anchor else None
    if dlt.window is None or anchor is None:
        return ()
    days_in = {"day": 1, "days": 1, "d": 1, "week": 7, "weeks": 7, "wk": 7}.get(dlt.window.unit)
    if days_in is None:
        return ()
    end = anchor + dlt.window.upper * days_in
    ordered = sorted((visit for visit in protocol.visits if visit.is_scheduled), key=lambda visit: visit.order)
    return tuple(visit.name for visit in ordered if visit.offset is not None and visit.offset >= end)[:1]
