"""What can be said for certain of an escalation, and what cannot: sentences for `protoc dose check`."""

from __future__ import annotations

from typing import Any

from protocol_dsl.dosing.built import Built
from protocol_dsl.dosing.decision_proofs import DecisionProof
from protocol_dsl.dosing.exact import structure
from protocol_dsl.dosing.machine import Closed, path_text
from protocol_dsl.dosing.proofs import Proof


def statements(built: Built, proof: Proof | None, decisions: DecisionProof | None = None) -> dict[str, Any]:
    """The escalation, its design, and what is proved about it; `proved` is False where nothing can be."""
    said: list[str] = []
    if built.runner is not None:
        said = [
            "decides by when participants come and are observed, so that no state by state proof exists",
            "`oc` and `duration` simulate it, with a seed and standard errors; its settings alone are checked",
        ]
    elif built.design is None:
        said = [f"is no machine yet: {problem.message}" for problem in built.problems]
    elif proof is not None:
        said = _table(built, proof)
    else:
        said = (
            _imported(decisions)
            if decisions is not None
            else ["answers every result by construction, and ends in any case"]
        )
        said += _numbers(built)
    return {
        "escalation": built.escalation.name,
        "design": built.title,
        "proved": built.design is not None,
        "statements": said,
    }


def _table(built: Built, proof: Proof) -> list[str]:
    things = "doses" if built.is_within else "participants"
    if not proof.complete:
        return [
            f"has too many states to be followed to its ends; what was found holds for those with the fewest {things}"
        ]
    said = ["is followed to every end"]
    if proof.gaps:
        said.append("has results without a rule, told above")
    else:
        said.append("answers every result that can occur, and ends in any case")
    if proof.left is not None:
        said.append(f"leaves a result to people: {path_text(proof.left, built.names)}")
    if proof.smallest is not None and proof.largest is not None:
        said.append(_range(proof.smallest[0], proof.largest[0], things))
    if not proof.gaps and proof.undeclared is None:
        said.append("declares an MTD or none at every end")
    if not proof.bolder:
        said.append("is never bolder after more DLTs")
    return said


def _imported(found: DecisionProof) -> list[str]:
    """What holds for a table of decisions from a file."""
    if found.gaps:
        said = ["has results without a decision, told above"]
    elif found.complete:
        said = ["answers every result that can occur, and ends in any case"]
    else:
        said = ["has too many states to be followed to its ends, and as far as they were, each result has a decision"]
    if not found.bolder and found.complete:
        said.append("is never bolder after more DLTs")
    return said


def _numbers(built: Built) -> list[str]:
    assert built.design is not None
    try:
        made = structure(built.design)
    except Closed:
        return ["has too many states to be followed to its ends; `oc` simulates it"]
    return [_range(*made.sizes, "participants"), f"has {made.paths} complete paths"]


def _range(least: int, most: int, things: str) -> str:
    return f"takes {least} {things}" if least == most else f"takes from {least} to {most} {things}"
