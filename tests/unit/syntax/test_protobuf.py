from __future__ import annotations

import pytest

from protocol_dsl.syntax.protobuf import is_protobuf_schema


@pytest.mark.parametrize(
    "text",
    [
        'syntax = "proto3";',
        "\ufeff// Copyright\n/* a\n b */\nsyntax='proto2';",
        '# not ours\nedition = "2023";',
        "package clinical.trial.v1;",
        'import "a.proto";',
        'import public "a.proto";',
        'option java_package = "x";',
        "option (my.option).field = true;",
        "message Visit {",
        "message /* odd */ Visit // very\n{",
        "enum Phase {",
        "service Trials{",
        "export message Visit {",
    ],
)
def test_schemas(text: str) -> None:
    assert is_protobuf_schema(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# syntax = only a comment",
        "protocol LUPUS {",
        'use "common.proto"',
        'product CT1192 "cells" type biological',
        "syntax LUPUS {",
        'package CT1192 "x"',
        'message "Dear participant"',
        'service SRV "x" {',
        'option a "Option"',
        "messages Visit {",
        "protocol P { message M { } }",
        "/* never closed syntax = 'proto3';",
    ],
)
def test_not_schemas(text: str) -> None:
    assert not is_protobuf_schema(text)


def test_long_comments_take_linear_time() -> None:
    assert not is_protobuf_schema("// x\n" * 200_000 + "protocol P {")
    assert not is_protobuf_schema("message " + "\n" * 1_000_000)
    assert not is_protobuf_schema("/*" * 500_000)
