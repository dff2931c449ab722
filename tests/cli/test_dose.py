"""`protoc dose`, run in this process: its numbers, formats, exit status and refusals."""

from __future__ import annotations

import csv
import io
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from protocol_dsl.__main__ import main
from tests.unit.dosing.escalations import CLASSIC, source

RATES = "0.05,0.10,0.20"
V1 = "escalation main of CT1 uses three_plus_three { start DL1  variant V1 }"
BOIN = "escalation main of CT1 uses boin { start DL1  cohort 3  max 12  target 30 % }"


@pytest.fixture
def trial(tmp_path: Path) -> Path:
    return write(tmp_path, V1)


def write(folder: Path, escalation: str, **more: Any) -> Path:
    path = folder / "trial.proto"
    path.write_text(source(escalation, **more), encoding="utf-8")
    return path


def output(capsys: pytest.CaptureFixture[str], *arguments: object, status: int = 0) -> str:
    assert main(["dose", *map(str, arguments)]) == status
    return capsys.readouterr().out


def data(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    return json.loads(output(capsys, *arguments, "--format", "json"))


def test_operating_characteristics_as_json(trial: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = data(capsys, "oc", trial, "--dlt-rates", RATES, "--dlt-rates", "30 %, 45 %, 60 %")
    assert (found["version"], found["design"], found["levels"]) == (1, "3+3 V1", ["DL1", "DL2", "DL3"])
    one, two = found["scenarios"]
    assert one["dlt_rates"] == [0.05, 0.1, 0.2]
    assert one["exact"] is True
    assert one["select"] == pytest.approx([0.0265578594, 0.0913604652, 0.2570315436, 0.6250501318], abs=6e-11)
    assert (one["n"]["min"], one["n"]["max"]) == (3, 18)
    assert one["n"]["mean"] == pytest.approx(10.698494, abs=6e-7)
    assert sum(one["n"]["distribution"].values()) == pytest.approx(1, abs=1e-9)
    assert sum(one["stop_reasons"].values()) == pytest.approx(1, abs=1e-9)
    assert sum(one["dlts"]) == pytest.approx(1.265783, abs=6e-7)
    assert two["select"][0] == pytest.approx(0.505737, abs=6e-7)
    assert "pcs" not in one
    with_target = data(capsys, "oc", trial, "--dlt-rates", RATES, "--target", 0.1)["scenarios"][0]
    assert with_target["sought"] == 2
    assert with_target["pcs"] == one["select"][2]
    assert with_target["select_above"] == one["select"][3]
    # Only those who pass DL2 by 0/3 or 1/6 come above it, and then with 6 of 12 participants at most.
    assert with_target["overdose"] == {"0.6": 0, "0.8": 0}


def test_scenarios_from_a_file(trial: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = trial.parent / "s.csv"
    file.write_text("\ufeffname;DL1;DL2;DL3\nlow;0.05;0.1;0.2\n\nhigh;30%;45%;60%\n", encoding="utf-8")
    found = data(capsys, "oc", trial, "--scenarios", file)
    assert [(one["name"], one["dlt_rates"]) for one in found["scenarios"]] == [
        ("low", [0.05, 0.1, 0.2]),
        ("high", [0.3, 0.45, 0.6]),
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no true DLT rates are given"),
        (["--dlt-rates", "0.1,0.2"], "2 rates stand for 3 levels"),
        (["--dlt-rates", "0.1,x,0.2"], "`x` is not a DLT rate"),
        (["--dlt-rates", "0.1,1.2,0.2"], "`1.2` is not a DLT rate"),
        (["--dlt-rates", "0.1,nan,0.2"], "`nan` is not a DLT rate"),
        (["--scenarios", "no.csv"], "there is no such file"),
        (["--dlt-rates", RATES, "--target", "30"], "--target: 30 is not a target rate"),
        (["--dlt-rates", RATES, "--escalation", "other"], "there is no escalation `other`"),
    ],
)
def test_wrong_arguments_are_told(
    trial: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["dose", "oc", str(trial), *arguments]) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert "help:" in shown.err
    assert shown.out == ""


def test_the_table_is_read_in_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = data(capsys, "oc", write(tmp_path, BOIN), "--dlt-rates", RATES)
    (tmp_path / "d.csv").write_text(
        output(capsys, "table", tmp_path / "trial.proto", "--format", "csv"), encoding="utf-8"
    )
    again = BOIN.replace("uses boin", 'uses table "d.csv"')
    assert data(capsys, "oc", write(tmp_path, again), "--dlt-rates", RATES)["scenarios"] == own["scenarios"]


def test_the_table_of_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = output(capsys, "table", write(tmp_path, CLASSIC))
    assert "3             escalate  expand to 6  de-escalate  de-escalate" in text
    decisions = data(capsys, "table", write(tmp_path, BOIN))["decisions"]
    assert {"n": 3, "y": 3, "decision": "de-escalate and eliminate", "code": "U"} in decisions


def test_paths(trial: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = data(capsys, "paths", trial, "--dlt-rates", RATES, "--most", 2)
    assert found["paths"] == 43
    first, second = found["scenarios"][0]["paths"]
    assert [(group["level"], group["y"], group["n"]) for group in first["groups"]] == [
        ("DL1", 0, 3),
        ("DL2", 0, 3),
        ("DL3", 0, 3),
    ]
    assert first["mtd"] == "DL3"
    assert first["p"] == pytest.approx(0.95**3 * 0.9**3 * 0.8**3)
    assert first["p"] > second["p"]
    text = output(capsys, "paths", trial, "--dlt-rates", RATES, "--groups", 1)
    assert "85.737  goes on  DL1 0/3" in text
    assert "100.00 % of all trials" in text


def test_duration(trial: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = data(capsys, "duration", trial, "--dlt-rates", RATES, "--accrual-days", 14)
    assert plain["timing"]["window_days"] == 28
    one = plain["scenarios"][0]
    assert one["mean"] == pytest.approx(249.632, abs=6e-4)
    assert one["quantiles"]["0.5"] == pytest.approx(243.4, abs=0.06)
    asked = data(capsys, "duration", trial, "--dlt-rates", RATES, "--accrual-days", 14, "--within-days", 243.4)
    assert asked["scenarios"][0]["within"]["p"] == pytest.approx(0.5, abs=2e-3)
    staggered = V1.replace("variant V1", "variant V1  stagger 14 days after first of level")
    again = data(capsys, "duration", write(trial.parent, staggered), "--dlt-rates", RATES, "--accrual-days", 14)
    assert again["scenarios"][0]["mean"] == pytest.approx(289.609, abs=6e-4)
    lost = data(
        capsys, "duration", trial, "--dlt-rates", RATES, "--accrual-days", 14, "--not-evaluable", 0.1
    )["scenarios"][0]  # fmt: skip
    assert lost["enrolled"]["mean"] == pytest.approx(10.698494 / 0.9, abs=1e-5)
    assert main(["dose", "duration", str(trial), "--dlt-rates", RATES]) == 2
    assert "--accrual-days" in capsys.readouterr().err


def test_a_limit_of_replacements_that_a_simulation_does_not_keep_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, V1.replace("variant V1", "variant V1  accrual every 14 days"))
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("  criterion crs", "  replace non_evaluable up to 1 per level\n  criterion crs"), "utf-8"
    )
    lost = ("duration", path, "--dlt-rates", RATES, "--not-evaluable", 0.1)
    assert data(capsys, *lost)["timing"]["limit_kept"] is True
    assert data(capsys, *lost, "--waiting", "all", "--trials", 20)["timing"]["limit_kept"] is False
    said = output(capsys, *lost, "--waiting", "all", "--trials", 20)
    assert "the protocol permits 1 per level, and the simulation knows no limit" in said


def test_designs_beside_each_other(trial: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = data(capsys, "compare", trial, "--dlt-rates", RATES, "--with", "V3,boin", "--target", 0.3)
    assert [each["design"] for each in found["designs"]] == ["3+3 V1", "3+3 V3", "BOIN, 18 participants"]
    assert found["designs"][1]["scenarios"][0]["select"][0] == pytest.approx(0.027185, abs=6e-7)
    assert main(["dose", "compare", str(trial), "--dlt-rates", RATES, "--with", "boin"]) == 2
    assert "BOIN needs a target rate" in capsys.readouterr().err


# Declared scenarios, designs by the calendar, several designs ------------------------------------------------------

SCENARIOS = 'scenario likely 0.05, 0.10, 0.20  scenario toxic "As feared" 30 %, 45 %, 60 %'
ROLLING = f"escalation rolling of CT1 uses rolling_six {{ start DL1  above top: expand to 6  {SCENARIOS} }}"


def test_declared_scenarios_are_taken_unless_others_are_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, V1.replace("variant V1", f"variant V1  accrual every 2 weeks  {SCENARIOS}"))
    found = data(capsys, "oc", path)["scenarios"]
    assert [(one["name"], one["dlt_rates"]) for one in found] == [
        ("likely", [0.05, 0.1, 0.2]),
        ("As feared", [0.3, 0.45, 0.6]),
    ]
    assert [one["dlt_rates"] for one in data(capsys, "oc", path, "--dlt-rates", "0,0,1")["scenarios"]] == [[0, 0, 1]]
    duration = data(capsys, "duration", path)
    assert duration["timing"]["accrual_days"] == 14
    assert duration["scenarios"][0]["mean"] == pytest.approx(249.632, abs=6e-4)
    assert data(capsys, "duration", path, "--accrual-days", 30)["scenarios"][0]["mean"] > 400


def test_rolling_six_is_simulated_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, ROLLING)
    assert main(["dose", "oc", str(path)]) == 2
    assert "accrual" in capsys.readouterr().err
    slow = ["--accrual-days", 400, "--trials", 400]
    found = data(capsys, "oc", path, *slow)["scenarios"][0]
    assert (found["exact"], found["trials"]) == (False, 400)
    # With slow accrual it selects as 3+3 V3 does.
    exact = data(capsys, "oc", write(tmp_path, V1.replace("V1", "V3")), "--dlt-rates", RATES)["scenarios"][0]
    for p, q, error in zip(found["select"], exact["select"], found["standard_errors"], strict=True):
        assert abs(p - q) < 4 * max(error, 0.01)
    path = write(tmp_path, ROLLING)
    for aspect in ("oc", "duration", "compare"):
        more = [aspect, path, "--accrual-days", 14, "--trials", 20]
        assert "simulated" in output(capsys, *more)
        assert "simulated" in output(capsys, *more, "--format", "html")
        assert "False" in output(capsys, *more, "--format", "csv")
        assert output(capsys, *more) == output(capsys, *more)
    assert main(["dose", "paths", str(path)]) == 2
    assert "nothing about its ways is exact" in capsys.readouterr().err


def test_a_conduct_that_is_not_exact_is_simulated(trial: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = [trial, "--dlt-rates", RATES, "--accrual-days", 14]
    exact = data(capsys, "duration", *plain)["scenarios"][0]
    same = data(capsys, "duration", *plain, "--not-evaluable", 0.1)["scenarios"][0]
    assert exact["exact"]
    assert same["exact"]
    waiting = data(capsys, "duration", *plain, "--waiting", "all", "--trials", 100)
    assert waiting["timing"]["waiting"] == "all"
    one = waiting["scenarios"][0]
    assert not one["exact"]
    assert one["mean"] + 4 * one["standard_error"] < exact["mean"]
    assert one["turned_away"]["mean"] == 0
    filled = data(capsys, "duration", *plain, "--backfill", 2, "--trials", 100)["scenarios"][0]
    assert filled["backfilled"][2] == 0
    assert filled["backfilled"][0] > 0.5
    written = write(trial.parent, V1.replace("variant V1", "variant V1  waiting all"))
    assert data(capsys, "duration", written, *plain[1:], "--trials", 100)["scenarios"] == [one]


def test_designs_of_a_file_and_of_several_side_by_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, "\n".join([V1.replace("main", "first"), BOIN.replace("main", "second")]))
    found = data(capsys, "compare", path, "--dlt-rates", RATES)
    assert [each["design"] for each in found["designs"]] == ["first: 3+3 V1", "second: BOIN"]
    other = tmp_path / "other.proto"
    other.write_text(source(V1.replace("V1", "V4")), encoding="utf-8")
    both = data(capsys, "compare", path, other, "--dlt-rates", RATES, "--with", "V3")
    assert [each["design"] for each in both["designs"]] == [
        "trial.proto first: 3+3 V1",
        "trial.proto second: BOIN",
        "other.proto: 3+3 V4",
        "3+3 V3",
    ]
    other.write_text(source(V1, levels=2), encoding="utf-8")
    assert main(["dose", "compare", str(path), str(other), "--dlt-rates", RATES]) == 2
    assert "dose levels" in capsys.readouterr().err
    assert main(["dose", "oc", str(path), str(other), "--dlt-rates", RATES]) == 2
    assert "`oc` is about one file" in capsys.readouterr().err


def test_what_designs_leave_open_stands_beside_their_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    holed = CLASSIC.replace("    2..3 dlt: de_escalate\n", "")
    said = output(capsys, "compare", write(tmp_path, holed), "--dlt-rates", "0.5,0.5,0.5", "--with", "V1", status=1)
    assert "of the trials end with: no rule" in said


def test_check_says_what_is_proved_and_what_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = output(capsys, "check", write(tmp_path, V1))
    assert "answers every result that can occur" in said
    assert "takes from 3 to 18 participants" in said
    said = output(capsys, "check", write(tmp_path, ROLLING))
    assert "no state by state proof exists" in said
    assert "takes from" not in said
    said = output(capsys, "check", write(tmp_path, CLASSIC.replace("    2..3 dlt: de_escalate\n", "")), status=1)
    assert "answers every result" not in said


def test_gaps_are_shown_with_their_ways_and_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, CLASSIC.replace("    2..3 dlt: de_escalate\n", ""))
    assert main(["dose", "check", str(path)]) == 1
    shown = capsys.readouterr()
    assert "error[DOS001]" in shown.err
    assert "note: 2 DLTs: DL1 2/3" in shown.err
    found = json.loads(output(capsys, "check", path, "--format", "json", status=1))
    assert "DOS001" in [each["code"] for each in found["diagnostics"]]
    shown_oc = json.loads(output(capsys, "oc", path, "--dlt-rates", "1,1,1", "--format", "json", status=1))
    assert shown_oc["scenarios"][0]["stop_reasons"] == {"no rule": 1.0}


def test_what_cannot_be_computed_is_said_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, 'escalation main of CT1 { start DL1  todo "the rules are open" }')
    assert main(["dose", "oc", str(path), "--dlt-rates", RATES]) == 1
    shown = capsys.readouterr()
    assert "error[DOS045]" in shown.err
    assert "it has no rules" in shown.err
    assert shown.out == ""
    assert main(["dose", "oc", str(tmp_path / "none.proto"), "--dlt-rates", RATES]) == 2


@pytest.mark.parametrize(
    ("aspect", "more"),
    [("check", []), ("table", []), ("oc", []), ("paths", []), ("duration", ["--accrual-days", "14"]), ("compare", [])],
)
def test_every_format(trial: Path, capsys: pytest.CaptureFixture[str], aspect: str, more: list[str]) -> None:
    arguments = [aspect, trial, *([] if aspect in ("table", "check") else ["--dlt-rates", RATES]), *more]
    rows = list(csv.reader(io.StringIO(output(capsys, *arguments, "--format", "csv"))))
    assert len(rows) > 1
    assert len({len(row) for row in rows}) == 1
    page = output(capsys, *arguments, "--format", "html")
    cells: list[str] = []
    parser = HTMLParser()
    parser.handle_data = cells.append  # type: ignore[method-assign]
    parser.feed(page)
    text = " ".join(cells)
    assert "DL3" in text or aspect in ("table", "check")
    assert "3+3 V1" in text
    assert output(capsys, *arguments) == output(capsys, *arguments)
