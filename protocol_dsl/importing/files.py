"""Files of records: read with care, converted one by one, many at a time on all processors."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from typing import Any, NamedTuple, cast

from protocol_dsl.diagnostics.codes import ioe
from protocol_dsl.diagnostics.model import Diagnostic
from protocol_dsl.importing.check import check
from protocol_dsl.importing.ctgov import MODULES, convert
from protocol_dsl.importing.report import Report
from protocol_dsl.model import mode
from protocol_dsl.source import LARGEST

FEWEST_IN_PARALLEL = 24
"""Fewer records are done sooner by one process."""
_CHUNK = 8
_DEEPEST = 40
_HELP = "it must be one record of the API v2: the JSON of https://clinicaltrials.gov/api/v2/studies/NCT…"


class Result(NamedTuple):
    """What came of the file at `path`: the text of a protocol with its report, or the trouble that there was."""

    path: str
    text: str | None
    report: Report | None
    trouble: list[Diagnostic]


def import_file(path: str) -> Result:
    """The protocol of the record in a file. Faults of the protocol that is made are in `trouble`."""
    found = read(path)
    if isinstance(found, Diagnostic):
        return Result(path, None, None, [found])
    imported = convert(found)
    faults = check(imported, found)
    told = [
        ioe.RECORD_UNREADABLE.at(
            None, f"{path}: the protocol made of this record has an error, {each.code}: {each.message}"
        )
        for each in faults[:3]
    ]
    return Result(path, imported.text, imported.report, told)


def import_files(paths: list[str], processes: int | None = None) -> Iterator[Result]:
    """The results of many files, in their order, as soon as they are there."""
    count = min(processes or os.cpu_count() or 1, len(paths))
    if count < 2 or len(paths) < FEWEST_IN_PARALLEL:
        yield from map(import_file, paths)
        return
    with ProcessPoolExecutor(count, initializer=_start, initargs=(mode.plain,)) as pool:
        waiting = iter(paths)
        while chunk := list(islice(waiting, count * _CHUNK * 8)):
            yield from pool.map(import_file, chunk, chunksize=_CHUNK)


def read(path: str) -> dict[str, Any] | Diagnostic:
    """The `protocolSection` of the record in a file, or why there is none."""
    try:
        if os.path.getsize(path) > LARGEST:
            return _unreadable(path, f"it is larger than {LARGEST // 2**20} MiB, and no record is")
        with open(path, "rb") as handle:
            text = handle.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _unreadable(path, f"it is not UTF-8 text (byte {error.start})")
    except OSError as error:
        return _unreadable(path, f"it cannot be read ({error.strerror or error})")
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        return _unreadable(path, f"it is no JSON: {error.msg.lower()} in line {error.lineno}, column {error.colno}")
    except RecursionError:
        return _unreadable(path, "its parts are nested too deep")
    except ValueError as error:
        return _unreadable(path, f"it is no JSON: {str(error).partition(';')[0]}")
    return _section(path, data)


def _section(path: str, data: Any) -> dict[str, Any] | Diagnostic:
    if not isinstance(data, dict):
        return _unreadable(path, "it is JSON, but no record: the outermost value is no object")
    record = cast("dict[str, Any]", data)
    if isinstance(record.get("studies"), list):
        count = len(cast("list[Any]", record["studies"]))
        return _unreadable(path, f"it is a page of {count} records; write each of them to a file of its own")
    section = record.get("protocolSection", record)
    if not isinstance(section, dict) or not set(cast("dict[str, Any]", section)) & set(MODULES):
        return _unreadable(path, "it has no `protocolSection` with a module of the API v2")
    if _is_deep(section):
        return _unreadable(path, "its parts are nested too deep")
    return cast("dict[str, Any]", section)


def _is_deep(data: Any) -> bool:
    """Whether values lie deeper in each other than in any record."""
    level: list[Any] = [data]
    for _ in range(_DEEPEST):
        inner: list[Any] = []
        for each in level:
            inner += cast("dict[str, Any]", each).values() if isinstance(each, dict) else cast("list[Any]", each)
        level = [each for each in inner if isinstance(each, (dict, list))]
        if not level:
            return False
    return True


def _unreadable(path: str, why: str) -> Diagnostic:
    return ioe.RECORD_UNREADABLE.at(None, f"{path}: {why}", help=_HELP)


def _start(plain: bool) -> None:
    """A process of the pool: it works through its share and ends, as the main one does."""
    gc.disable()
    mode.plain = plain
