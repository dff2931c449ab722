"""The metadata of a trial for ODM: visits, forms, fields, codes, conditions and computations with OIDs by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from protocol_dsl.exchange.odm.content import CONTEXT, LANGUAGE, Alias, Content, Event, FormRef, Study
from protocol_dsl.render.odm_forms import FormMaker
from protocol_dsl.render.odm_references import References
from protocol_dsl.render.odm_shared import Labels, Shared, flat, one_each, restricted

if TYPE_CHECKING:
    from protocol_dsl.model.forms import Form
    from protocol_dsl.model.protocol import Protocol
    from protocol_dsl.model.schedule import Visit

NO_DATE = "1970-01-01"
"""The date of a protocol that says none: a file needs one, and the clock is not asked."""
LOG = "LOG"
"""The event of the forms that are kept throughout."""


def content(protocol: Protocol, forms: tuple[Form, ...]) -> Content:
    """Everything that both versions of ODM carry."""
    labels = Labels(protocol)
    shared = Shared(protocol, References(protocol, forms), labels)
    maker = FormMaker(shared)
    made = tuple(maker.form(form) for form in forms)
    events = tuple(_events(protocol, forms, shared))
    return Content(
        study=study(protocol),
        events=events,
        forms=made,
        groups=tuple(maker.groups),
        items=tuple(maker.items),
        units=tuple(shared.units.values()),
        code_lists=shared.all_code_lists(),
        conditions=shared.conditions,
        methods=tuple(maker.methods),
    )


def study(protocol: Protocol) -> Study:
    """What the file is about."""
    about = protocol.study
    title = about.official_title or about.brief_title or about.title
    return Study(
        oid=f"ST.{about.name}",
        name=flat(about.brief_title or about.title),
        description=flat(about.summary or title),
        protocol=flat(about.acronym or about.name),
        version=flat(about.version or "1"),
        created=f"{about.version_date or NO_DATE}T00:00:00",
    )


def _events(protocol: Protocol, forms: tuple[Form, ...], shared: Shared) -> Iterable[Event]:
    stages = {stage.name: stage for stage in protocol.stages}
    resolve = shared.references.within(None)
    exceptions = _form_exceptions(forms, shared)
    optional = {(name, visit) for each in protocol.assessments for name in (each.name,) for visit in each.optional_at}

    def ref(form: Form, visit: str) -> FormRef:
        is_optional = any((name, visit) in optional for name in form.records)
        only_if = exceptions.get(form.name)
        return FormRef(f"F.{form.name}", only_if is None and not is_optional, only_if)

    for visit in sorted(protocol.visits, key=lambda visit: visit.order):
        unscheduled = visit.timing.kind == "unscheduled"
        stage = stages.get(visit.stage or "")
        limits = restricted(visit.condition, visit.populations, protocol)
        only_if = shared.exception("SE", visit.name, *limits, resolve) if limits else None
        yield Event(
            oid=f"SE.{visit.name}",
            name=visit.name,
            title=shared.labels.of(visit.title, visit.name),
            kind="Unscheduled" if unscheduled else "Scheduled",
            repeating=unscheduled,
            forms=tuple(ref(form, visit.name) for form in forms if visit.name in form.visits),
            mandatory=not (unscheduled or visit.optional or limits or visit.arms),
            exception=only_if,
            category=flat(stage.title) if stage else None,
            timing=((LANGUAGE, timing_text(visit)),),
            aliases=one_each(Alias(f"{CONTEXT} remark", flat(remark)) for remark in visit.remarks),
        )
    kept = tuple(ref(form, "") for form in forms if not form.visits)
    if kept:
        yield Event(
            oid=LOG,
            name="log",
            title=((LANGUAGE, "Throughout the trial"),),
            kind="Common",
            repeating=False,
            forms=tuple(each._replace(mandatory=False) for each in kept),
            mandatory=False,
            timing=((LANGUAGE, "When it happens"),),
        )


def _form_exceptions(forms: tuple[Form, ...], shared: Shared) -> dict[str, str]:
    """The conditions of forms, by the form's name."""
    found: dict[str, str] = {}
    for form in forms:
        limits = restricted(form.condition, form.populations, shared.protocol)
        if limits:
            found[form.name] = shared.exception("F", form.name, *limits, shared.references.within(form))
    return found


def timing_text(visit: Visit) -> str:
    """When a visit is due, with its window: `Day 28, ±3 days`."""
    window = f", {visit.window.text}" if visit.window else ""
    return flat(visit.timing.text + window) or "-"
