"""Large cohorts: from participants to files, block by block and with progress; nothing here prints."""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import NamedTuple

from protocol_dsl.participants import cohort, windows
from protocol_dsl.participants.calendar import Plans
from protocol_dsl.participants.records import Participant
from protocol_dsl.participants.sites import Sites
from protocol_dsl.render.cohort_files import CohortCsv, CohortParquet
from protocol_dsl.render.participant_lists import DEVIATION_HEADER, Case, deviation_rows
from protocol_dsl.render.text import BOM, csv_safe

MANY = 2_000
"""More participants than this are a cohort: tables are written as they are computed, and no cards are made."""
CSV_FILES = ("calendar.csv", "overdue.csv", "this_week.csv", "deviations.csv")
PARQUET_FILE = "calendar.parquet"


class Written(NamedTuple):
    """Paths of the files, numbers of visits by state, and of deviations."""

    paths: list[str]
    states: dict[str, int]
    deviations: int


class Cohort(NamedTuple):
    """What is to be written of many participants."""

    plans: Plans
    people: Sequence[Participant]
    on: int
    sites: Sites
    formats: tuple[str, ...]

    def write(self, folder: str, progress: Callable[[int, int], None] | None = None) -> Written:
        """Write the files; `progress` is told how many participants of how many are done.

        Files of an earlier run stay until all new ones are whole. Raises `OSError`.
        """
        os.makedirs(folder, exist_ok=True)
        staging = tempfile.mkdtemp(prefix=".writing-", dir=folder)
        try:
            names = [
                *(CSV_FILES if "csv" in self.formats else ()),
                *([PARQUET_FILE] if "parquet" in self.formats else ()),
            ]
            states, deviant = self._fill(staging, progress)
            paths: list[str] = []
            for name in names:
                os.replace(os.path.join(staging, name), os.path.join(folder, name))
                paths.append(os.path.join(folder, name))
            return Written(paths, states, deviant)
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def _fill(self, staging: str, progress: Callable[[int, int], None] | None) -> tuple[dict[str, int], int]:
        people = cohort.ordered(self.people)
        counts = [0] * len(windows.STATES)
        deviant = done = 0
        with ExitStack() as stack:
            tables: CohortCsv | None = None
            report: io.TextIOWrapper | None = None
            if "csv" in self.formats:
                files = [stack.enter_context(open(os.path.join(staging, name), "wb")) for name in CSV_FILES]
                tables = CohortCsv(files[0], files[1], files[2], self.on)
                report = io.TextIOWrapper(files[3], encoding="utf-8", newline="")
                stack.callback(report.flush)
                report.write(BOM)
            rows = csv.writer(report, lineterminator="\r\n") if report is not None else None
            if rows is not None:
                rows.writerow(DEVIATION_HEADER)
            parquet = CohortParquet(os.path.join(staging, PARQUET_FILE)) if "parquet" in self.formats else None
            if parquet is not None:
                stack.callback(parquet.close)
            for block in cohort.blocks(self.plans, people, self.on, self.sites):
                if tables is not None:
                    tables.write(block)
                if parquet is not None:
                    parquet.write(block)
                for participant, found in block.deviations(self.on):
                    deviant += len(found)
                    if rows is not None:
                        cells = deviation_rows([Case(participant, [], found)])
                        rows.writerows([csv_safe(cell) for cell in row] for row in cells)
                for state, number in block.counts().items():
                    counts[state] += number
                done += len(block.people)
                if progress is not None:
                    progress(done, len(people))
        return {name: number for name, number in zip(windows.STATES, counts, strict=True) if number}, deviant
