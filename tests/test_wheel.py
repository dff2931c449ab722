"""The wheel carries all that it needs: built, installed into an empty environment, and used outside of the checkout."""

from __future__ import annotations

import os
import subprocess
import venv
import zipfile
from pathlib import Path

import pytest

from protocol_dsl.render.documents import files

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "protocol_dsl"
NETWORK_FAULTS = (
    "No matching distribution found",
    "Could not find a version that satisfies",
    "NewConnectionError",
    "Temporary failure in name resolution",
    "ReadTimeoutError",
    "ProxyError",
)


def pip(python: Path, *arguments: str) -> None:
    """Run pip; skips the test if a package cannot be fetched, fails it on anything else."""
    command = [str(python), "-m", "pip", "--disable-pip-version-check", *arguments, "--quiet", "--retries", "1"]
    done = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, timeout=300)
    if any(fault in done.stderr for fault in NETWORK_FAULTS):
        pytest.skip(f"pip cannot fetch packages here: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr


def clean_environment() -> dict[str, str]:
    """The environment without anything that leads back to the checkout."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the checkout."""
    folder = tmp_path_factory.mktemp("dist")
    builder = tmp_path_factory.mktemp("builder")
    venv.create(builder, with_pip=True)
    pip(python_of(builder), "wheel", ".", "--no-deps", "--wheel-dir", str(folder))
    (built,) = folder.glob("protocol_dsl-*.whl")
    return built


def python_of(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def data_files() -> list[str]:
    """What is not Python and is needed to run, by its path in the wheel."""
    inside = [path for path in PACKAGE.rglob("*") if path.suffix in (".json", ".toml", ".proto")]
    beside = [path for name in ("grammars", "templates") for path in (ROOT / name).iterdir() if path.suffix != ".md"]
    return sorted(
        [path.relative_to(ROOT).as_posix() for path in inside]
        + [f"protocol_dsl/{path.relative_to(ROOT).as_posix()}" for path in beside]
    )


def test_wheel_has_the_package_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert sorted(set(data_files()) - set(names)) == []
    assert {name.split("/")[0].split("-")[0] for name in names} == {"protocol_dsl"}
    assert [name for name in names if "__pycache__" in name] == []
    assert "protocol_dsl/py.typed" in names


def test_installed_program_compiles_a_new_protocol(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=True)
    pip(python_of(environment), "install", str(wheel))
    program = python_of(environment).with_name("protocol-dsl" + (".exe" if os.name == "nt" else ""))
    package = next(environment.rglob("site-packages/protocol_dsl"))
    work = tmp_path / "work"
    work.mkdir()

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(program), *arguments],
            cwd=work,
            env={**clean_environment(), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
        )

    before = contents(package)
    make_read_only(package)
    try:
        for arguments in (["init", "mytrial"], ["check", "mytrial.proto"], ["compile", "mytrial.proto", "-o", "out"]):
            done = run(*arguments)
            assert done.returncode == 0, done.stdout + done.stderr
    finally:
        make_read_only(package, False)
    assert contents(package) == before
    made = [name for name in files(on_request=False) if not name.startswith("pk.")]  # the new protocol has no times
    assert sorted(os.listdir(work / "out")) == sorted(made)
    (work / "scales.proto").write_text(LIBRARY, encoding="utf-8")
    done = run("compile", "scales.proto", "-o", "scales", "--only", "crf")
    assert done.returncode == 0, done.stderr
    assert "Oken MM" in (work / "scales/crf.md").read_text(encoding="utf-8")


LIBRARY = """\
protocol SCALES { title "A scale of the library" }
timeline { day 0 = start }
visit start "Start" day 0
assess performance "ECOG performance status" uses ecog at start
"""


def contents(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*"))


def make_read_only(folder: Path, read_only: bool = True) -> None:
    """Take away the right to write in a folder, or give it back."""
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir():
            path.chmod(0o555 if read_only else 0o755)


def test_versions_agree(wheel: Path) -> None:
    from protocol_dsl import __version__

    assert wheel.name.split("-")[1] == __version__
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
