"""Records of ClinicalTrials.gov imported in one call: time for each, on all processors.

    python benchmarks/import.py [FOLDER] [--copies N]

FOLDER holds records (default: those of the tests); they are copied until there are N (default 500). Each record is
read, made into a protocol, compiled, given back as a record, compared, and written. The bar is 25 ms a record on
average on two processors; the exit status is 1 when it is missed.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BAR = 25.0


def main(arguments: list[str]) -> int:
    """Measure; 1 when the bar is missed."""
    copies = int(arguments[arguments.index("--copies") + 1]) if "--copies" in arguments else 500
    given = [each for each in arguments[:1] if not each.startswith("--")]
    folder = Path(given[0]) if given else ROOT / "tests" / "unit" / "importing"
    records = sorted(folder.glob("*.json"))
    with tempfile.TemporaryDirectory() as place:
        source = Path(place, "records")
        source.mkdir()
        for number in range(copies):
            shutil.copy(records[number % len(records)], source / f"record{number:05}.json")
        command = [sys.executable, "-m", "protocol_dsl", "import", "ctgov", str(source), "-o", str(Path(place, "out"))]
        start = time.perf_counter()
        done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
        took = (time.perf_counter() - start) * 1000 / copies
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        busy = (used.ru_utime + used.ru_stime) * 1000 / copies
        if done.returncode:
            sys.stderr.write(done.stderr)
            return done.returncode
    sys.stdout.write(done.stdout)
    mark = "" if took <= BAR else f"  above the bar of {BAR:g} ms"
    shown = f"{took:.1f} ms a record, {busy:.1f} ms of one processor{mark}"
    print(f"{copies} records, {os.cpu_count()} processors: {shown}")
    return int(took > BAR)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
