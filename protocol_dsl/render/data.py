"""`protocol.json`: the model for programs. Its JSON Schema is `docs/protocol.schema.json`."""

from __future__ import annotations

import json
from typing import Any, cast

from protocol_dsl.model.protocol import Protocol
from protocol_dsl.render.context import Output, Rendering


def outputs(rendering: Rendering) -> list[Output]:
    """The model as JSON; parts that were not said are left out."""
    data = rendering.protocol.model_dump(mode="json", exclude_defaults=True)
    data = with_portable_places(
        data, {file.path: rendering.sources.portable(file.path) for file in rendering.sources.files}
    )
    data = {"schema_version": rendering.protocol.schema_version, **data}
    return [Output("protocol.json", (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode())]


def with_portable_places(data: Any, paths: dict[str, str]) -> Any:
    """The same JSON data with every `file` of an origin as `paths` has it."""
    if isinstance(data, dict):
        parts = cast("dict[str, Any]", data)
        return {
            key: paths.get(value, value) if key == "file" else with_portable_places(value, paths)
            for key, value in parts.items()
        }
    if isinstance(data, list):
        return [with_portable_places(value, paths) for value in cast("list[Any]", data)]
    return data


def schema() -> str:
    """The JSON Schema of `protocol.json` as text."""
    made = Protocol.model_json_schema(mode="serialization")
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Protocol DSL: protocol.json, version {Protocol.model_fields['schema_version'].default}",
        **{key: value for key, value in made.items() if key != "title"},
    }
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"
