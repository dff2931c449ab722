"""Time to make all documents and files about forms, for 60 forms at 40 visits, start of the program included.

The processor's time is held against the bar: the clock's depends on what else the machine does.

python benchmarks/forms.py
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1]))

from protocol_dsl.render.documents import FAMILIES
from tests.unit.render.crf_trial import large

FORMS, VISITS, FIELDS = 60, 40, 20
MOST = 5.0
"""Seconds of the processor that one compile to all of them may take."""
ABOUT_FORMS = ("crf", "acrf", "crf_guide", "crf_word", "crf_pdf", "workbook", "redcap", "odm")


def seconds(file: Path, only: list[str]) -> tuple[float, float]:
    """The time of one run of the program, by the processor and by the clock."""
    start, used = perf_counter(), _used()
    command = [sys.executable, "-m", "protocol_dsl", "compile", str(file), "-q", "--only", ",".join(only)]
    root = Path(__file__).parents[1]
    subprocess.run([*command, "-o", str(file.parent / "out")], cwd=root, check=True, capture_output=True)
    return _used() - used, perf_counter() - start


def _used() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def main() -> int:
    """Measure, print, compare."""
    families = [name for name in ABOUT_FORMS if name in FAMILIES]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "large.proto"
        file.write_text(large(FORMS, VISITS, FIELDS), encoding="utf-8")
        for name in families:
            processor, clock = seconds(file, [name])
            print(f"{name:>10}  {processor:5.2f} s of the processor, {clock:5.2f} s by the clock")
        processor, clock = seconds(file, families)
    print(f"{FORMS} forms of {FIELDS} fields at {VISITS} visits, all of these in one run:")
    print(f"{processor:.2f} s of the processor (at most {MOST:g}), {clock:.2f} s by the clock")
    return 0 if processor <= MOST else 1


if __name__ == "__main__":
    raise SystemExit(main())
