"""The escalations of a trial as machines, made and followed once for all checks that look at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from protocol_dsl.checks.trial import Trial
from protocol_dsl.model.base import Origin
from protocol_dsl.source import SourceError, SourceMap

if TYPE_CHECKING:
    from protocol_dsl.dosing.built import Built
    from protocol_dsl.dosing.decision_proofs import DecisionProof
    from protocol_dsl.dosing.machine import Path
    from protocol_dsl.dosing.proofs import Proof
    from protocol_dsl.dosing.replacement import Replaceable
    from protocol_dsl.dosing.rules import RuleTable
    from protocol_dsl.model.dosing import DltTable, Escalation


class Escalating(NamedTuple):
    """An escalation; `proof` is there if it is a rule table, `decisions` if it is an imported table of decisions."""

    built: Built
    proof: Proof | None
    decisions: DecisionProof | None = None

    def by(self, path: Path) -> str:
        """`by DL1 1/3 → DL1 2/6`."""
        from protocol_dsl.dosing.machine import path_text

        return f"by {path_text(path, self.built.names)}"

    @property
    def rules(self) -> RuleTable:
        """The rule table of a proof."""
        table = self.built.table
        assert table is not None
        return table


_KNOWN: WeakKeyDictionary[Trial, tuple[Escalating, ...]] = WeakKeyDictionary()


def escalating(trial: Trial) -> tuple[Escalating, ...]:
    """The escalations of a trial, in the order of the text."""
    known = _KNOWN.get(trial)
    if known is None:
        from protocol_dsl.dosing.build import build
        from protocol_dsl.dosing.proofs import prove

        made: list[Escalating] = []
        for escalation in trial.protocol.escalations:
            built = build(trial.protocol, escalation, lambda name, origin: read(trial.sources, name, origin))
            table = built.table
            proof = prove(table, replaceable(trial)) if table is not None else None
            made.append(Escalating(built, proof, _decisions(built)))
        known = _KNOWN[trial] = tuple(made)
    return known


def _decisions(built: Built) -> DecisionProof | None:
    if built.escalation.design != "table" or built.design is None:
        return None
    from protocol_dsl.dosing.decision_proofs import prove_decisions
    from protocol_dsl.dosing.designs.interval import IntervalDesign

    return prove_decisions(built.design, built.target) if isinstance(built.design, IntervalDesign) else None


def replaceable(trial: Trial) -> Replaceable:
    """How many of those who cannot be evaluated may be replaced."""
    from protocol_dsl.dosing.replacement import UNLIMITED, Replaceable

    said = trial.protocol.dlt.replacement if trial.protocol.dlt is not None else None
    return UNLIMITED if said is None or said.up_to is None else Replaceable(said.up_to, said.per)


def computable(trial: Trial) -> tuple[Escalating, ...]:
    """The escalations, if one of them has rules or names a design; the machinery is imported only then."""
    said = any(each.tables or each.design for each in trial.protocol.escalations)
    return escalating(trial) if said else ()


def followed(trial: Trial) -> list[tuple[Escalating, Proof]]:
    """The escalations over participants by a rule table, with what was proved about them."""
    return [(each, proof) for each, proof in _followed(trial) if not each.built.is_within]


def followed_within(trial: Trial) -> list[tuple[Escalating, Proof]]:
    """The titrations within a participant, with what was proved about them; counts are those of one person's doses."""
    return [(each, proof) for each, proof in _followed(trial) if each.built.is_within]


def _followed(trial: Trial) -> list[tuple[Escalating, Proof]]:
    return [(each, each.proof) for each in computable(trial) if each.proof is not None]


def imported(trial: Trial) -> list[tuple[Escalating, DecisionProof]]:
    """The escalations by an imported table of decisions, with what was proved about them."""
    return [(each, each.decisions) for each in computable(trial) if each.decisions is not None]


def table_after(escalation: Escalation, after: int) -> DltTable | None:
    """The rules after so many participants, or None."""
    return next((table for table in escalation.tables if table.after == after), None)


def people(count: int) -> str:
    """`1 participant`, `3 participants`."""
    return "1 participant" if count == 1 else f"{count} participants"


def read(sources: SourceMap, name: str, origin: Origin) -> str:
    """The text of a file that a part of the protocol names, relative to the part's own file."""
    index = next((number for number, file in enumerate(sources.files) if file.path == origin.file), 0)
    try:
        return sources.files[sources.include(name, index)].text
    except SourceError as error:
        raise ValueError(error.reason) from None
