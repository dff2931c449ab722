"""The dispatcher, run as a program: which words it takes, and which calls it passes on to the other `protoc`."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from protocol_dsl.__main__ import COMMANDS, main

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = 'syntax = "proto3";\nmessage Visit { int32 day = 1; }\n'
Run = Callable[..., "subprocess.CompletedProcess[str]"]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the programs on the PATH are shell scripts here")


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def install(folder: Path, name: str = "protoc") -> Path:
    """Our program, as an installer writes it."""
    lines = [f"#!{sys.executable}", "import sys", "from protocol_dsl.__main__ import main", "sys.exit(main())", ""]
    return script(folder / name, "\n".join(lines))


def install_other(folder: Path) -> Path:
    return script(folder / "protoc", '#!/bin/sh\necho "other: $*"\nexit 7\n')


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a program in `tmp_path` with the given folders on the PATH and nothing else."""

    def call(program: Path, *arguments: str, path: tuple[Path, ...] = (), **env: str):
        folders = os.pathsep.join(map(str, (program.parent, *path)))
        return subprocess.run(
            [str(program), *arguments],
            cwd=tmp_path,
            env={"PATH": folders, "PYTHONPATH": str(ROOT), **env},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    return call


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    return install(tmp_path / "ours")


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return install_other(tmp_path / "other").parent


@pytest.mark.parametrize("arguments", [(), ("-h",), ("--help",), ("help",)])
def test_overview_names_every_command(run: Run, ours: Path, other: Path, arguments: tuple[str, ...]) -> None:
    done = run(ours, *arguments, path=(other,))
    assert done.returncode == 0
    assert all(f"\n  {command} " in done.stdout for command in COMMANDS)


@pytest.mark.parametrize(
    "arguments",
    [("--version",), ("--cpp_out=.", "a.proto"), ("-I.", "a.proto"), ("@args.txt",), ("visit.proto", "--cpp_out=.")],
)
def test_calls_meant_for_the_other_compiler_reach_it(
    run: Run, ours: Path, other: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "visit.proto").write_text(SCHEMA)
    done = run(ours, *arguments, path=(other,))
    assert (done.stdout, done.returncode) == (f"other: {' '.join(arguments)}\n", 7)


def test_schema_named_relative_to_an_import_path_is_passed_on(run: Run, ours: Path, other: Path) -> None:
    assert run(ours, "v1/visit.proto", "--proto_path=api", path=(other,)).returncode == 7
    assert run(ours, "v1/visit.proto", path=(other,)).returncode == 2


@pytest.mark.parametrize("word", ["chekc", "deploy", "visit"])
def test_unknown_word_is_never_passed_on(run: Run, ours: Path, other: Path, word: str) -> None:
    done = run(ours, word, "--cpp_out=.", path=(other,))
    assert (done.stdout, done.returncode) == ("", 2)
    assert f"error[IOE004]: `{word}` is not a command" in done.stderr


def test_mistyped_command_is_put_right(run: Run, ours: Path) -> None:
    assert "did you mean `check`?" in run(ours, "chekc").stderr
    assert "did you mean `check`?" in run(ours, "help", "chekc").stderr


def test_protocol_without_a_command(run: Run, ours: Path, other: Path, tmp_path: Path) -> None:
    (tmp_path / "lupus.proto").write_text("protocol LUPUS {\n}\n")
    done = run(ours, "lupus.proto", "--cpp_out=.", path=(other,))
    assert (done.stdout, done.returncode) == ("", 2)
    assert "say `protoc check lupus.proto` or `protoc compile lupus.proto`" in done.stderr
    assert "there is no such file" in run(ours, "lupsu.proto", path=(other,)).stderr


@pytest.mark.parametrize("arguments", [("--cpp_out=.",), ("visit.proto",)])
def test_without_another_compiler_the_shared_name_is_explained(
    run: Run, ours: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "visit.proto").write_text(SCHEMA)
    done = run(ours, *arguments)
    assert done.returncode == 2
    assert "error[IOE009]" in done.stderr
    assert "Protocol Buffers" in done.stderr
    assert "protocol-dsl" in done.stderr


def test_version_is_ours_when_there_is_no_other(run: Run, ours: Path, other: Path) -> None:
    assert run(ours, "--version").stdout.startswith("protocol-dsl ")
    assert run(ours, "version", path=(other,)).stdout.splitlines()[0].startswith("protocol-dsl ")
    assert str(other) in run(ours, "version", path=(other,)).stdout


def test_nothing_is_passed_on_under_the_safe_name_or_when_opted_out(run: Run, ours: Path, other: Path) -> None:
    safe = install(ours.parent, "protocol-dsl")
    for done in (
        run(safe, "--cpp_out=.", path=(other,)),
        run(ours, "--cpp_out=.", path=(other,), PROTOCOL_DSL_NO_FORWARD="1"),
    ):
        assert (done.stdout, done.returncode) == ("", 2)
        assert "error[IOE004]" in done.stderr
    assert run(safe, "--version", path=(other,)).stdout.startswith("protocol-dsl ")


def test_we_never_pass_a_call_on_to_ourselves(run: Run, ours: Path, other: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked" / "protoc"
    linked.parent.mkdir()
    linked.symlink_to(ours)
    second = install(tmp_path / "second").parent
    assert "IOE009" in run(ours, "--cpp_out=.", path=(linked.parent, second)).stderr
    assert run(ours, "--cpp_out=.", path=(linked.parent, second, other)).returncode == 7
    assert run(linked, "--cpp_out=.", path=(ours.parent, other)).returncode == 7


def test_a_script_that_leads_back_to_us_ends_the_search_not_the_machine(run: Run, ours: Path, tmp_path: Path) -> None:
    shims = script(tmp_path / "shims" / "protoc", f'#!/bin/sh\nexec "{ours}" "$@"\n').parent
    other = install_other(tmp_path / "other").parent
    assert run(ours, "--cpp_out=.", path=(shims,)).returncode == 2
    assert run(ours, "--cpp_out=.", path=(shims, other)).returncode == 7


def test_another_compiler_that_cannot_be_run(run: Run, ours: Path, tmp_path: Path) -> None:
    broken = script(tmp_path / "broken" / "protoc", "#!/nowhere/sh\n").parent
    done = run(ours, "--cpp_out=.", path=(broken,))
    assert done.returncode == 2
    assert f"{broken}/protoc cannot be run" in done.stderr
    (broken / "protoc").chmod(0o644)
    assert "not on the PATH" in run(ours, "--cpp_out=.", path=(broken,)).stderr


def test_explain_in_three_formats(run: Run, ours: Path) -> None:
    done = run(ours, "explain", "ioe005")
    assert done.returncode == 0
    assert done.stdout.startswith("error[IOE005] protobuf-schema\n")
    assert "\nWhy it matters\n" in done.stdout
    assert "\x1b[1mWhy it matters\x1b[0m" in run(ours, "explain", "IOE005", FORCE_COLOR="1").stdout
    data = json.loads(run(ours, "explain", "protobuf-schema", "--format", "json").stdout)
    assert (data["code"], data["family"], data["severity"]) == ("IOE005", "IOE", "error")
    assert run(ours, "explain", "IOE005", "--format", "md").stdout.startswith("# IOE005 protobuf-schema\n")


def test_explain_of_an_unknown_code(run: Run, ours: Path) -> None:
    done = run(ours, "explain", "protobuf-shema")
    assert (done.stdout, done.returncode) == ("", 2)
    assert "did you mean `protobuf-schema`?" in done.stderr


def test_rules(run: Run, ours: Path) -> None:
    rules = json.loads(run(ours, "rules", "ioe", "--format", "json").stdout)["rules"]
    assert [rule["code"] for rule in rules] == sorted(rule["code"] for rule in rules)
    assert rules[0]["code"] == "IOE001"
    page = run(ours, "rules", "--format", "md").stdout
    assert "| [IOE005](#ioe005-protobuf-schema) | protobuf-schema | error |" in page
    assert "\n### IOE005 protobuf-schema\n" in page
    assert run(ours, "rules", "XYZ").returncode == 2


def test_terminal_that_is_not_utf_8(run: Run, ours: Path) -> None:
    done = run(ours, "explain", "IOE005", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert 'title "?"' in done.stdout


def test_pipe_gets_utf_8_whatever_the_locale(run: Run, ours: Path) -> None:
    done = run(ours, "explain", "IOE005", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert 'title "…"' in done.stdout


def test_reader_that_went_away(ours: Path) -> None:
    env = {"PATH": str(ours.parent), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([ours, "rules"], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_full_disk(ours: Path) -> None:
    env = {"PATH": str(ours.parent), "PYTHONPATH": str(ROOT)}
    with open("/dev/full", "w") as full:
        done = subprocess.run([ours, "rules"], env=env, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error[IOE006]: the output cannot be written")
    assert "Exception ignored" not in done.stderr


def test_explain_imports_nothing_heavy(run: Run, tmp_path: Path) -> None:
    program = script(
        tmp_path / "bin" / "protoc",
        f"#!{sys.executable}\nimport sys\nfrom protocol_dsl.__main__ import main\n"
        "main(['explain', 'IOE001'])\nprint(*sys.modules, file=sys.stderr)\n",
    )
    loaded = set(run(program).stderr.split())
    assert "protocol_dsl.cli.explain" in loaded
    heavy = {"pydantic", "lark", "jinja2", "networkx", "dataclasses", "inspect", "subprocess", "pathlib", "difflib"}
    assert not loaded & heavy
    assert not [name for name in loaded if name.startswith("protocol_dsl.checks.")]


def test_dispatcher_itself_imports_nothing(run: Run, tmp_path: Path) -> None:
    program = script(
        tmp_path / "bin" / "protoc",
        f"#!{sys.executable}\nimport sys\nbefore = set(sys.modules)\nimport protocol_dsl.__main__\n"
        "print(*sorted(set(sys.modules) - before))\n",
    )
    assert run(program).stdout.split() == ["__future__", "gc", "protocol_dsl", "protocol_dsl.__main__"]


@pytest.fixture
def broken_command(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    def install_fault(error: BaseException) -> None:
        def fail(argv: list[str]) -> int:
            raise error

        module = ModuleType("protocol_dsl.cli.check")
        module.run = fail  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "protocol_dsl.cli.check", module)

    return install_fault


def test_our_own_fault(
    broken_command: Callable[[BaseException], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PROTOCOL_DSL_DEBUG", raising=False)
    broken_command(KeyError("vis\x1bit"))
    assert main(["check", "lupus.proto"]) == 3
    text = capsys.readouterr().err
    assert "not of your protocol: KeyError: 'vis\\x1bit'" in text
    assert "`protoc check lupus.proto`" in text
    assert "Traceback" not in text
    monkeypatch.setenv("PROTOCOL_DSL_DEBUG", "1")
    assert main(["check"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_interrupted(broken_command: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]) -> None:
    broken_command(KeyboardInterrupt())
    assert main(["check"]) == 130
    assert capsys.readouterr() == ("", "")


def test_usage_fault_of_a_command_is_2_and_its_help_0(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def check(argv: list[str]) -> int:
        ArgumentParser(prog="protoc check").parse_args(argv)
        return 1

    module = ModuleType("protocol_dsl.cli.check")
    module.run = check  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "protocol_dsl.cli.check", module)
    assert main(["check"]) == 1
    assert main(["check", "--nonsense"]) == 2
    assert main(["help", "check"]) == 0
    assert "usage: protoc check" in capsys.readouterr().out
