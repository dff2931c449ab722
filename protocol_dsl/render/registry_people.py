"""People, organisations, numbers and samples as lines of a registry record."""

from __future__ import annotations

from protocol_dsl.model.study import Biospecimen, Identifier, Organisation
from protocol_dsl.registries.enumerations import label, value_sets


def system(name: str, systems: dict[str, str]) -> str:
    """Where a number comes from, by its name in `systems` or in words."""
    return systems.get(name, name.replace("_", " "))


def number(each: Identifier, systems: dict[str, str]) -> str:
    """`Example Fund R01-0000`: a number with who gave it out, or with its kind."""
    if each.system == "secondary" and not each.issuer:
        return each.value
    kind = value_sets()["secondary_id"].get(each.system)
    issuer = each.issuer or (kind.label if kind is not None else system(each.system, systems))
    return f"{issuer} {each.value}"


def party(each: Organisation) -> str:
    """`Example Hospital`; a responsible person with position and institution."""
    return ", ".join(filter(None, (each.name, each.position, each.affiliation)))


def person(name: str, affiliation: str | None) -> str:
    """`A. Investigator, Example Hospital`."""
    return f"{name}, {affiliation}" if affiliation else name


def samples(kept: Biospecimen | None) -> str:
    """`Samples With DNA (whole blood)`; nothing where the protocol does not speak of them."""
    if kept is None:
        return ""
    about = f" ({' '.join(kept.description.split())})" if kept.description else ""
    return f"{label('biospecimen', kept.retention)}{about}"
