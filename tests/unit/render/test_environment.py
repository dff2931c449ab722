from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jinja2 import UndefinedError

from protocol_dsl.render.environment import TemplateFault, render
from protocol_dsl.render.text import csv_bytes, csv_safe, md, writable

DATA: dict[str, Any] = {"page": {"title": "T", "trial": {}, "banner": None}}


def fault(folder: Path, name: str, text: str, data: dict[str, Any] | None = None) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(TemplateFault) as caught:
        render(name, data or {}, str(folder))
    assert caught.value.diagnostic.code == "IOE007"
    return caught.value.diagnostic.message


def test_a_missing_name_is_a_fault_with_template_and_line(tmp_path: Path) -> None:
    message = fault(tmp_path, "own.md.j2", "one\n\n{{ visit.windw }}\n", {"visit": {"window": "±1 day"}})
    assert message.startswith("own.md.j2, line 3: ")
    assert "windw" in message


def test_a_missing_name_in_a_loop_and_an_included_template_is_placed_there(tmp_path: Path) -> None:
    (tmp_path / "part.md.j2").write_text("\n{{ each.nme }}", encoding="utf-8")
    message = fault(tmp_path, "own.md.j2", "{% for each in all %}{% include 'part.md.j2' %}{% endfor %}", {"all": [{}]})
    assert message.startswith("part.md.j2, line 2: ")


def test_faults_of_syntax_have_their_line(tmp_path: Path) -> None:
    assert fault(tmp_path, "own.md.j2", "a\nb\n{% if %}\n").startswith("own.md.j2, line 3: ")


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ values.append(1) }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ range(1000000000) | list }}",
        "{% include '../secret.txt' %}",
        "{% include '/etc/passwd' %}",
        "{% include 'own.md.j2' %}",
        "{{ 1 + 'a' }}",
        "{{ 'a' | no_such_filter }}",
    ],
)
def test_templates_can_only_show_what_they_are_given(tmp_path: Path, text: str) -> None:
    (tmp_path.parent / "secret.txt").write_text("secret", encoding="utf-8")
    assert "own.md.j2" in fault(tmp_path, "own.md.j2", text, {"values": [1]})


def test_a_folder_that_is_not_there_and_a_file_that_is_not_text(tmp_path: Path) -> None:
    with pytest.raises(TemplateFault, match="nowhere"):
        render("soa.html.j2", DATA, str(tmp_path / "nowhere"))
    (tmp_path / "own.md.j2").write_bytes(b"\xff\xfe")
    with pytest.raises(TemplateFault, match=r"own\.md\.j2: it is not UTF-8"):
        render("own.md.j2", {}, str(tmp_path))


def test_missing_data_for_a_shipped_template_is_no_fault_of_the_user() -> None:
    with pytest.raises(UndefinedError):
        render("_base.html.j2", {"page": {}})


def test_a_template_of_the_project_takes_the_place_of_ours_and_can_extend_it(tmp_path: Path) -> None:
    data = {
        "page": {
            "title": "T", "footer": "F", "banner": None,
            "trial": {"name": "N", "title": "A & B", "acronym": None, "version": None, "registrations": []},
        }
    }  # fmt: skip
    shipped = render("_base.html.j2", data)
    (tmp_path / "mine.html.j2").write_text("{% extends '_base.html.j2' %}{% block content %}MINE{% endblock %}")
    assert render("mine.html.j2", data, str(tmp_path)) == shipped.replace("<main>\n</main>", "<main>\nMINE</main>")
    (tmp_path / "_base.html.j2").write_text("{{ page.title }}: {% block content %}{% endblock %}")
    assert render("mine.html.j2", data, str(tmp_path)) == "T: MINE"


@pytest.mark.parametrize("name", ["own.html.j2", "own.svg.j2", "own.xml.j2"])
def test_markup_templates_escape_everything(tmp_path: Path, name: str) -> None:
    hostile = "<script>alert('1')</script> \"]]>\x00\x1b[0m & \ud800"
    (tmp_path / name).write_text("<p title='{{ text }}'>{{ text }}</p>", encoding="utf-8")
    parsed = ElementTree.fromstring(render(name, {"text": hostile}, str(tmp_path)))
    assert parsed.text == parsed.get("title") == writable(hostile)
    assert "\x1b" not in writable(hostile)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ('=HYPERLINK("x")', '\'=HYPERLINK("x")'),
        ("+15 min", "'+15 min"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3", "'-2+3"),
        (" =1", "' =1"),
        ("\t=1", "'\t=1"),
        ("＝1", "'＝1"),
        ("-28", "-28"),
        ("+1.5e-3", "+1.5e-3"),
        ("−2/+5 days", "−2/+5 days"),
        ("Day 1", "Day 1"),
        (None, ""),
        (7, "7"),
    ],
)
def test_no_cell_is_a_formula(text: object, cell: str) -> None:
    assert csv_safe(text) == cell


def test_csv_keeps_line_breaks_quotes_and_scripts() -> None:
    rows = [["筛选", 'say "yes"', "a\nb", "a;b,c", "🧬"]]
    data = csv_bytes(rows)
    assert data.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))) == rows


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("a | b\n c", "a \\| b c"),
        ("<b>x</b>", "\\<b\\>x\\</b\\>"),
        ("*x* _y_ snake_case `z`", "\\*x\\* \\_y\\_ snake_case \\`z\\`"),
        ("[a](b)", "\\[a\\](b)"),
        ("# no heading", "\\# no heading"),
        ("- no list", "\\- no list"),
        ("-5", "-5"),
        ("1. no list", "1\\. no list"),
        ("--- ", "\\---"),
        ("a &lt; b & c", "a &amp;lt; b & c"),
        ("C:\\x", "C:\\\\x"),
    ],
)
def test_markdown_means_nothing_but_itself(text: str, markdown: str) -> None:
    assert md(text) == markdown
