"""ODM files of trials, and the checks that CDISC's schemas and odmlib make of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import odmlib
from lxml import etree
from odmlib import loader, odm_loader
from odmlib.oid_generator import create_oid_checker

from protocol_dsl import pipeline
from protocol_dsl.render import odm
from protocol_dsl.render.context import Rendering

SCHEMAS = Path(odmlib.__file__).parent / "schemas" / "odm"
OLD, NEW = "odm-1.3.2.xml", "odm-2.0.xml"
PARTS: dict[str, tuple[Path, str, str]] = {
    OLD: (SCHEMAS / "1.3.2" / "ODM1-3-2.xsd", "odm_1_3_2", "http://www.cdisc.org/ns/odm/v1.3"),
    NEW: (SCHEMAS / "2.0" / "ODM.xsd", "odm_2_0", "http://www.cdisc.org/ns/odm/v2.0"),
}


def made(compiled: pipeline.Compiled) -> dict[str, bytes]:
    """Both files of a compiled trial."""
    assert compiled.protocol is not None
    assert compiled.schedule is not None, [d.message for d in compiled.diagnostics]
    rendering = Rendering(compiled.protocol, compiled.schedule, compiled.diagnostics, compiled.sources)
    return {output.path: output.data for output in odm.outputs(rendering)}


@cache
def of_text(text: str) -> dict[str, bytes]:
    """Both files of a trial given as text."""
    return made(pipeline.check_text(text))


@cache
def schema(path: Path) -> Any:
    return etree.XMLSchema(etree.parse(str(path)))


def schema_faults(name: str, data: bytes) -> list[str]:
    """What the official schema says against the file."""
    rules = schema(PARTS[name][0])
    rules.validate(etree.fromstring(data))
    return [f"{error.line}: {error.message}" for error in rules.error_log]


def reference_faults(name: str, data: bytes, tmp_path: Path) -> list[str]:
    """What odmlib says about OIDs: references that lead nowhere, or to something of another kind."""
    _, package, namespace = PARTS[name]
    path = tmp_path / name
    path.write_bytes(data)
    reader = loader.ODMLoader(odm_loader.XMLODMLoader(model_package=package, ns_uri=namespace))
    reader.open_odm_document(str(path))
    return [str(each) for each in reader.root().validate(collect_errors=True, oid_checker=create_oid_checker(package))]
