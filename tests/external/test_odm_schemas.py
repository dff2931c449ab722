"""The schemas and examples of CDISC as published: our files are valid by them, and their examples can be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from protocol_dsl import pipeline
from protocol_dsl.exchange.odm.read import read
from protocol_dsl.importing.odm import convert
from tests.external.dose_reference import FOLDER
from tests.unit.exchange.odm.files import NEW, OLD, made

ODM = FOLDER / "odm"
LUPUS = Path(__file__).parents[2] / "protocols" / "lupus.proto"

pytestmark = pytest.mark.skipif(not ODM.is_dir(), reason="the schemas of CDISC are not present")


@pytest.mark.parametrize(("name", "schema"), [(OLD, "schema-1.3.2/ODM1-3-2.xsd"), (NEW, "schema-2.0/ODM.xsd")])
def test_lupus_trial_is_valid_by_the_published_schema(name: str, schema: str) -> None:
    rules = etree.XMLSchema(etree.parse(str(ODM / schema)))
    rules.validate(etree.fromstring(made(pipeline.check(str(LUPUS)))[name]))
    assert [error.message for error in rules.error_log] == []


def test_example_of_the_old_version_is_read() -> None:
    (path,) = (ODM / "examples-1.3.2").glob("*.xml")
    content = read(path.read_bytes())
    assert len(content.forms) > 5
    known = {item.oid for item in content.items}
    groups = {group.oid: group for group in content.groups}
    refs = [ref.item for form in content.forms for oid in form.groups for ref in groups[oid].items]
    assert refs
    assert set(refs) <= known


def test_example_of_another_system_becomes_forms() -> None:
    (path,) = (ODM / "examples-1.3.2").glob("*.xml")
    imported = convert(read(path.read_bytes()))
    assert imported.faults == []
    assert imported.report.total("structured") > 50


def test_example_of_the_new_version_is_read() -> None:
    (path,) = (ODM / "examples-2.0").glob("Demographics*.xml")
    content = read(path.read_bytes())
    assert [form.title[0][1] for form in content.forms] == ["Demographics form"]
    assert {"Date of birth", "Sex"} <= {item.name for item in content.items}
