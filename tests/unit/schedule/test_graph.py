"""The schedule graph as other programs read it, and as drawings show it."""

from __future__ import annotations

import json
import re
from io import BytesIO
from pathlib import Path

import networkx as nx
import pytest

from protocol_dsl import pipeline
from protocol_dsl.__main__ import main
from protocol_dsl.schedule import graph

ROOT = Path(__file__).parents[3]
LUPUS = str(ROOT / "protocols" / "lupus.proto")

HOSTILE = """\
protocol T { title "A trial" }
timeline { day 0 = infusion
  duration manufacturing "Making \\"it\\"" from SCR to release 14 to 21 days }
stage screening "<b>Screening</b> ] end" { visit SCR "\\"];\\nA --> B; <script>alert(1)</script>" day -60 to -30 }
stage end "筛选 | `x` {{y}}" {
  visit infusion "Infusion \\\\" day 0
  visit C1_D1 "A" 3 to 5 days after infusion
  order release before infusion
}
stage off "Off" parallel { visit ET "ET 🙂" on withdrawal }
"""


def compiled(text: str) -> pipeline.Compiled:
    found = pipeline.check_text(text, "hostile.proto")
    assert found.is_sound, found.diagnostics
    return found


def written(found: pipeline.Compiled, format: str) -> str:
    assert found.schedule is not None
    assert found.protocol is not None
    return graph.write(found.schedule, found.protocol, format)


def test_graphml_and_json_give_networkx_the_same_graph() -> None:
    found = pipeline.check(LUPUS)
    assert found.schedule is not None
    own = graph.to_networkx(found.schedule)
    from_json = nx.node_link_graph(json.loads(written(found, "json")), edges="edges")
    assert dict(from_json.nodes(data=True)) == dict(own.nodes(data=True))
    assert list(from_json.edges(keys=True, data=True)) == list(own.edges(keys=True, data=True))
    read = nx.read_graphml(BytesIO(written(found, "graphml").encode()), force_multigraph=True)
    assert set(read.nodes) == set(own.nodes)
    assert read.number_of_edges() == own.number_of_edges()
    assert read.nodes["D28"]["latest"] == 30


def test_an_edge_holds_days_and_the_authors_words() -> None:
    found = pipeline.check(LUPUS)
    assert found.schedule is not None
    [edge] = [
        data
        for _, end, data in graph.to_networkx(found.schedule).edges(data=True)
        if end == "D28" and data["kind"] == "timing"
    ]
    assert (edge["earliest"], edge["latest"]) == (28, 30)
    assert edge["statement"].startswith("D28: Day 28")
    line = Path(LUPUS).read_text("utf-8").splitlines()[edge["line"] - 1]
    assert "visit D28" in line


def test_parallel_statements_stay_apart() -> None:
    text = """\
protocol T { title "A trial" }
timeline { day 0 = infusion }
stage s "S" {
  visit infusion "Infusion" day 0
  visit D28 "Day 28" day 28 ±7 days
  order infusion at most 30 days before D28
}
"""
    found = compiled(text)
    assert found.schedule is not None
    edges = graph.to_networkx(found.schedule).get_edge_data("infusion", "D28")
    assert sorted(data["kind"] for data in edges.values()) == ["order", "timing"]
    assert found.schedule.bounds["D28"] == (21, 30)


def test_hostile_labels_do_not_leave_their_quotes_in_mermaid() -> None:
    drawn = written(compiled(HOSTILE), "mermaid")
    assert "<script" not in drawn
    assert "筛选" in drawn
    shape = r"(\[|\(\[|\{\{|\{)\"[^\"`<>;]*(?:(?:#\d+;|<br/>)[^\"`<>;]*)*\"(\]|\]\)|\}\}|\})"
    allowed = [
        r"flowchart LR",
        r"  subgraph stage_\w+\[\"[^\"`<>]*\"\]",
        r"  end",
        rf"  +n_\w+{shape}",
        r"  n_\w+ (-->|-\.->)(\|\"[^\"`<>|]*\"\|)? n_\w+",
        r"  classDef unforeseen stroke-dasharray:4 3",
        r"  class n_\w+(,n_\w+)* unforeseen",
    ]
    for line in drawn.splitlines():
        assert any(re.fullmatch(pattern, line) for pattern in allowed), line


def test_hostile_labels_do_not_leave_their_quotes_in_dot() -> None:
    drawn = written(compiled(HOSTILE), "dot")
    quoted = r"\"(?:[^\"\\]|\\.)*\""
    bare = re.sub(quoted, "Q", drawn)
    assert '"' not in bare
    assert "alert" not in bare
    assert bare.count("{") == bare.count("}")
    for line in bare.splitlines():
        assert re.fullmatch(r"[\w ={}\[\],.;>-]*", line), line


def test_hostile_labels_survive_json_and_graphml() -> None:
    found = compiled(HOSTILE)
    data = json.loads(written(found, "json"))
    [label] = [node["label"] for node in data["nodes"] if node["id"] == "SCR"]
    assert "<script>alert(1)</script>" in label
    read = nx.read_graphml(BytesIO(written(found, "graphml").encode()))
    assert "<script>alert(1)</script>" in read.nodes["SCR"]["label"]


@pytest.mark.parametrize("format", graph.FORMATS)
def test_the_same_from_run_to_run(format: str) -> None:
    assert written(compiled(HOSTILE), format) == written(compiled(HOSTILE), format)


def test_the_command_writes_what_the_ending_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "lupus.dot"
    assert main(["graph", LUPUS, "-o", str(target)]) == 0
    assert target.read_text("utf-8").startswith("digraph")
    assert capsys.readouterr().out == ""
    assert main(["graph", LUPUS]) == 0
    assert capsys.readouterr().out.startswith("flowchart LR\n")


def test_an_impossible_schedule_is_drawn_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "t.proto"
    path.write_text(
        'protocol T { title "A trial" }\ntimeline { day 0 = infusion }\nstage s "S" {\n  visit infusion "I" day 0\n'
        '  visit D7 "D" day 7\n  order infusion at least 9 days before D7\n}\n',
        encoding="utf-8",
    )
    assert main(["graph", str(path), "--format", "json"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["graph"]["consistent"] is False
    assert "SCH001" in err


def test_an_unreadable_protocol_gives_no_graph(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "t.proto"
    path.write_text('stage s "S" { visit D7 "D" daay 7 }\n', encoding="utf-8")
    assert main(["graph", str(path)]) == 1
    assert capsys.readouterr().out == ""


ARMS = """\
protocol T { title "Two arms" }
timeline { day 0 = BL }
arm low "Low" role experimental
arm high "High" role experimental
stage t "Treatment" {
  visit BL "Baseline" day 0
  visit L4 "Low, day 4" day 4 for low
  visit H5 "High, day 5" day 5 for high
  visit C6 "Call" day 6 by phone
}
stage off "Off" parallel {
  visit ET "Early termination" on withdrawal
  visit UNS "Unscheduled" unscheduled
}
"""


def test_no_arrow_leads_from_one_arm_to_another() -> None:
    drawn = written(compiled(ARMS), "mermaid")
    arrows = {tuple(line.split(" --> ")) for line in map(str.strip, drawn.splitlines()) if " --> " in line}
    assert arrows == {("n_BL", "n_L4"), ("n_L4", "n_C6"), ("n_BL", "n_H5"), ("n_H5", "n_C6")}


def test_visits_by_phone_and_without_a_day_are_told_in_each_format() -> None:
    found = compiled(ARMS)
    nodes = {node["id"]: node for node in json.loads(written(found, "json"))["nodes"]}
    assert (nodes["C6"]["timing"], nodes["C6"]["contact"]) == ("timeline", "phone")
    assert (nodes["ET"]["timing"], nodes["UNS"]["timing"]) == ("event", "unscheduled")
    mermaid, dot = written(found, "mermaid"), written(found, "dot")
    assert "by phone" in mermaid
    assert "by phone" in dot
    assert "  class n_ET,n_UNS unforeseen" in mermaid
    assert dot.count('style="rounded,dashed"') == 2
