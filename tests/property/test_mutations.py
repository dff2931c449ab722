"""One fault in a real trial gives about one error, at the fault, and never a traceback."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from protocol_dsl import pipeline
from protocol_dsl.diagnostics.model import ERROR
from protocol_dsl.source import SourceMap
from tests.property.faults import Fault, faults

PROTOCOLS = sorted((Path(__file__).parents[2] / "protocols").glob("*.proto"))


class Told(NamedTuple):
    """What a compile said about a fault: the number of errors of its own, and the lines that they mark."""

    errors: int
    lines: set[int]


def errors_of(path: Path, text: str) -> dict[tuple[str, str], set[int]]:
    """The errors of a text, each with the lines that it marks."""
    sources = SourceMap(None)
    sources.add_text(path.name, text)
    return {
        (d.code, d.message): {sources.place(label.span)[1].line for label in d.labels if label.span.file == 0}
        for d in pipeline.compile_sources(sources).diagnostics
        if d.severity == ERROR
    }


@cache
def told(path: Path) -> list[tuple[Fault, Told]]:
    """A third of the faults of a file, with what is said about each; errors of the sound file are left out."""
    text = path.read_text(encoding="utf-8")
    known = errors_of(path, text)
    result: list[tuple[Fault, Told]] = []
    for fault in faults(text)[PROTOCOLS.index(path) % 3 :: 3]:
        own = {error: lines for error, lines in errors_of(path, fault.text).items() if error not in known}
        result.append((fault, Told(len(own), set().union(*own.values()))))
    return result


@pytest.mark.parametrize("path", PROTOCOLS, ids=lambda path: path.stem)
def test_every_fault_is_told_where_it_is(path: Path) -> None:
    missed = [
        f"line {min(fault.lines)}: {fault.kind}: {fault.old!r} -> {fault.new!r}, told at {sorted(said.lines)}"
        for fault, said in told(path)
        if not said.errors or not said.lines & fault.lines
    ]
    assert not missed, "\n".join(missed)


@pytest.mark.parametrize("path", PROTOCOLS, ids=lambda path: path.stem)
def test_a_fault_has_few_follow_ups(path: Path) -> None:
    numbers = [said.errors for _, said in told(path)]
    worst = max(told(path), key=lambda pair: pair[1].errors)
    assert sum(numbers) / len(numbers) <= 1.2
    assert worst[1].errors <= 4, worst[0].kind


def test_there_are_enough_kinds_of_faults() -> None:
    every = [fault for path in PROTOCOLS for fault, _ in told(path)]
    assert len(every) >= 150
    assert len({fault.kind for fault in every}) >= 50
