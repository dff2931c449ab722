"""Uploads and interchange files of real records and of the five trials, against the schema and the DTD themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from protocol_dsl import pipeline
from protocol_dsl.exchange import ictrp
from protocol_dsl.exchange.prs import study, upload
from protocol_dsl.exchange.prs_partial import ORDER, partial
from protocol_dsl.importing.ctgov import convert
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.render.ctgov import section
from protocol_dsl.render.ictrp import record
from tests.external.dose_reference import FOLDER as DATA

RECORDS = sorted((DATA / "ctgov").glob("NCT*.json"))
TRIALS = sorted((Path(__file__).parents[2] / "protocols").glob("*.proto"))
SCHEMA, DTD = DATA / "prs" / "ProtocolRecordSchema.xsd", DATA / "ictrp" / "who_ictrp.dtd"
pytestmark = pytest.mark.skipif(
    not (RECORDS and SCHEMA.exists() and DTD.exists()),
    reason="records and schemas (shared/data) are not there; PROTOCOL_DSL_SHARED_DATA names another folder",
)


@pytest.fixture(scope="module")
def schema() -> Any:
    return etree.XMLSchema(etree.parse(str(SCHEMA)))


@pytest.fixture(scope="module")
def protocols() -> list[Protocol]:
    """The imported records and the trials."""
    made = [pipeline.check(str(path), prove=False).protocol for path in TRIALS]
    for path in RECORDS:
        text = convert(json.loads(path.read_text(encoding="utf-8"))["protocolSection"]).text
        made.append(pipeline.check_text(text).protocol)
    return [each for each in made if each is not None]


def faults(schema: Any, document: bytes) -> list[str]:
    schema.validate(etree.fromstring(document))
    return [str(each) for each in schema.error_log]


def test_uploads_are_valid(schema: Any, protocols: list[Protocol]) -> None:
    assert len(protocols) == len(TRIALS) + len(RECORDS)
    for protocol in protocols:
        assert faults(schema, upload([study(section(protocol))])) == []
    assert faults(schema, upload(study(section(each)) for each in protocols)) == []


def test_the_schema_sees_another_root_and_another_order(schema: Any, protocols: list[Protocol]) -> None:
    document = upload([study(section(protocols[0]))])
    assert faults(schema, document.replace(b"prs:study_collection", b"study_collection"))
    made = study(section(protocols[0]))
    made.append(made[0])
    made.remove(made[0])
    assert faults(schema, upload([made]))


def test_partial_uploads_are_valid_also_where_all_is_deleted(schema: Any, protocols: list[Protocol]) -> None:
    empty = {"identificationModule": {"orgStudyIdInfo": {"id": "X"}}}
    for protocol in protocols:
        record = section(protocol)
        for before, after in ((record, empty), (empty, record)):
            found = partial(before, after)
            assert found.study.get("partial_upload") == "true"
            assert faults(schema, upload([found.study])) == []


def test_the_order_of_tags_is_the_one_of_the_schema() -> None:
    names = etree.parse(str(SCHEMA)).xpath(
        "//xs:complexType[@name='ClinicalStudy']/xs:sequence/xs:element/@name",
        namespaces={"xs": "http://www.w3.org/2001/XMLSchema"},
    )
    assert [name for name in names if name in ORDER] == list(ORDER)


def test_interchange_files_are_valid(protocols: list[Protocol]) -> None:
    with open(DTD, encoding="utf-8") as handle:
        dtd = etree.DTD(handle)
    for protocol in protocols:
        dtd.validate(etree.fromstring(ictrp.write([record(protocol)])))
        assert [str(each) for each in dtd.error_log] == []
