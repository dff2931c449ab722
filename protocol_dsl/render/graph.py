"""`graph.json`: the schedule graph for programs."""

from __future__ import annotations

import json

from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.data import with_portable_places
from protocol_dsl.schedule.graph import to_json


def outputs(rendering: Rendering) -> list[Output]:
    """The schedule graph in networkx's node-link form; places as they are from the project's root."""
    graph = json.loads(to_json(rendering.schedule, rendering.protocol))
    paths = {file.path: rendering.sources.portable(file.path) for file in rendering.sources.files}
    text = json.dumps(with_portable_places(graph, paths), ensure_ascii=False, indent=2)
    return [Output("graph.json", (text + "\n").encode())]
