"""`docs/architecture.md` describes the house as it stands: its places, its layers, its fast path."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PACKAGE = ROOT / "protocol_dsl"


def test_every_place_of_the_table_exists_and_no_package_is_left_out() -> None:
    places = re.findall(r"^\| `([\w./]+)` \|", PAGE, re.MULTILINE)
    assert [place for place in places if not (ROOT / place).exists()] == []
    packages = {f"protocol_dsl/{path.parent.name}/" for path in PACKAGE.glob("*/__init__.py")}
    assert packages - set(places) == set()


def layers() -> list[str]:
    """The layers in the order that the page gives."""
    found = re.search(r"in this order: ([\w,\s]+)\. A test holds", PAGE)
    assert found is not None
    return [name.strip() for name in found[1].split(",")]


def imports(path: Path) -> Iterator[str]:
    """The modules of the package that a module imports, without `protocol_dsl.`; also those inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "protocol_dsl":
            module = node.module.partition(".")[2]
            yield from [module] if module else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from [a.name.partition(".")[2] for a in node.names if a.name.startswith("protocol_dsl.")]


def test_layers_import_only_what_stands_before_them() -> None:
    order = layers()
    wrong: list[str] = []
    for path in PACKAGE.rglob("*.py"):
        module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        layer = module.split(".")[0]
        if layer not in order:
            continue
        for imported in imports(path):
            other = imported.split(".")[0]
            if other in order and order.index(other) > order.index(layer):
                wrong.append(f"{module} imports {imported}")
    assert wrong == []


def test_every_package_is_a_layer_of_the_page() -> None:
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert packages - set(layers()) == set()


def test_check_imports_no_heavy_library() -> None:
    program = (
        "import sys\nfrom protocol_dsl.__main__ import main\nmain(['check', 'protocols/lupus.proto', '-q'])\n"
        "print([m for m in ('lark', 'jinja2', 'networkx', 'xlsxwriter') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert done.stdout.splitlines()[-1] == "[]"
