"""The XML of a project against the schema of ODM, once what only REDCap knows is taken off."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from protocol_dsl import pipeline
from protocol_dsl.render import redcap
from protocol_dsl.render.context import Rendering
from tests.external.dose_reference import FOLDER

SCHEMA = FOLDER / "odm" / "schema-1.3.2" / "ODM1-3-2.xsd"
PROTOCOLS = sorted((Path(__file__).parents[2] / "protocols").glob("*.proto"))


@pytest.mark.skipif(not SCHEMA.is_file(), reason="the schema of ODM (shared/data/odm) is not there")
@pytest.mark.parametrize("path", PROTOCOLS, ids=lambda path: path.stem)
def test_project_xml_is_odm_without_what_is_redcaps_own(path: Path) -> None:
    etree = pytest.importorskip("lxml.etree")
    found = pipeline.check(str(path))
    assert found.protocol is not None
    assert found.schedule is not None
    rendering = Rendering(found.protocol, found.schedule, found.diagnostics, found.sources)
    (text,) = (each.data.decode() for each in redcap.outputs(rendering) if each.path.endswith("project.xml"))
    tree = etree.fromstring(stripped(text).encode())
    schema = etree.XMLSchema(file=str(SCHEMA))
    schema.validate(tree)
    assert [str(error) for error in schema.error_log][:5] == []


def stripped(text: str) -> str:
    """The XML without the attributes and elements of REDCap's namespace."""
    text = re.sub(r"<redcap:(\w+)[^>]*/>|<redcap:(\w+)[^>]*>.*?</redcap:\2>", "", text, flags=re.DOTALL)
    text = re.sub(r' (?:redcap:\w+|rule_\w+|xmlns:redcap)="[^"]*"', "", text)
    return re.sub(r" redcap:\w+='[^']*'", "", text)
