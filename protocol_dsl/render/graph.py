"""`graph.json`: the schedule graph for programs."""

from __future__ import annotations

from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.schedule.graph import to_json


def outputs(rendering: Rendering) -> list[Output]:
    """The schedule graph in networkx's node-link form."""
    return [Output("graph.json", to_json(rendering.schedule, rendering.protocol).encode())]
