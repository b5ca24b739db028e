"""The tree that is laid: complete, importable, without a word of the old package."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from verenigingen.beside.tree import MARK, NEW, ROOT, Tree, laid_tree

APP = NEW.package


@pytest.fixture(scope="module")
def tree() -> Tree:
    return laid_tree()


@pytest.fixture(scope="module")
def laid(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("laid")
    for path, content in tree.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def run(laid: Path, program: str, *arguments: str) -> str:
    command = [sys.executable, *arguments] if arguments else [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=laid, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_no_word_of_the_old_package_is_left_in_the_app(tree: Tree) -> None:
    old = re.compile(rb"(?<![@\w-])verenigingen(?![\w-])")
    found = [
        path
        for path, content in tree.items()
        if path.parts[0] not in ("vuurtoren", "docs") and old.search(content)
    ]
    assert found == []


def test_what_stands_on_the_workspace_asks_the_app_under_its_second_name(tree: Tree) -> None:
    files = [json.loads(tree[path]) for path in tree if path.match(f"{APP}/{APP}/*/*/*.json")]
    methods = [each["method"] for each in files if each["doctype"] == "Number Card"]
    assert len(methods) == 6 and all(method.startswith(f"{APP}.desk.") for method in methods)
    placed = [each for each in files if each["doctype"] not in ("DocType", "Onboarding Step")]
    assert {each["module"] for each in placed} == {NEW.module}
    assert [each["app"] for each in placed if "app" in each] == [APP]


def test_every_document_of_the_app_is_in_the_module_of_the_second_name(tree: Tree) -> None:
    files = [path for path in tree if path.match(f"{APP}/{APP}/doctype/*/*.json")]
    assert files
    assert {json.loads(tree[path])["module"] for path in files} == {NEW.module}


def test_the_product_is_laid_unchanged(tree: Tree) -> None:
    product = {path: content for path, content in tree.items() if path.parts[0] == "vuurtoren"}
    assert len(product) > 200
    assert all((ROOT / path).read_bytes() == content for path, content in product.items())


def test_the_manuals_are_laid_and_every_link_between_them_leads_somewhere(laid: Path) -> None:
    """The checklist, `monitoring accept` and a refused scrape send people to them."""
    documents = sorted((laid / "docs").rglob("*.md"))
    assert {"OPERATIONS_MANUAL.md", "TROUBLESHOOTING_GUIDE.md", "PROMETHEUS.md"} <= {
        path.name for path in documents
    }
    for path in documents:
        for target in re.findall(r"\]\(([^)\s#]+)", path.read_text("utf-8")):
            assert "://" in target or (path.parent / target).exists(), f"{path.name} links to {target}"


def test_roles_stay_what_people_gave_to_people(tree: Tree) -> None:
    assert b'"Verenigingen Administrator"' in tree[PurePosixPath(APP, "install.py")]


def test_whatever_needs_no_bench_can_be_imported(laid: Path) -> None:
    program = f"""
import ast, importlib, pathlib
for file in sorted(pathlib.Path().rglob("*.py")):
    parts = file.with_suffix("").parts
    source = file.read_text("utf-8")
    ast.parse(source)
    frappes = "frappe_adapter" in source or "import frappe" in source or "from frappe" in source
    if parts[0] in ("{APP}", "vuurtoren") and not frappes and not {{"tests", "frappe_adapter"}} & set(parts):
        if parts[-1] != "__main__" and "doctype" not in parts:
            importlib.import_module(".".join(part for part in parts if part != "__init__"))
            print(file)
"""
    imported = run(laid, program).split()
    assert len(imported) > 200
    assert f"{APP}/monitoring_jobs.py" in imported


def test_the_product_finds_the_app_under_its_second_name(laid: Path) -> None:
    program = (
        "from vuurtoren import carrier; print(carrier.app_name(), carrier.module_name(), carrier.doctypes())"
    )
    assert run(laid, program).split(None, 1)[0] == APP
    assert f"/{APP}/{APP}/doctype" in run(laid, program)


def test_the_embedded_site_runs_under_the_second_name(laid: Path) -> None:
    said = run(laid, "", "-m", APP, "--version")
    assert said.startswith(f"{APP} ")


def test_every_hook_names_the_second_package(laid: Path) -> None:
    program = (
        f"import json, {APP}.hooks as h; print(json.dumps([h.app_name, h.scheduler_events, h.doc_events]))"
    )
    said = run(laid, program)
    assert f'"{APP}.monitoring_jobs.run_tick"' in said
    assert not re.search(r"\"verenigingen\.", said)


def test_the_laid_tree_is_marked_and_says_what_it_is(tree: Tree) -> None:
    assert PurePosixPath(MARK) in tree
    assert APP.encode() in tree[PurePosixPath("README.md")]


def test_its_packaging_names_it_and_brings_no_linters(tree: Tree) -> None:
    text = tree[PurePosixPath("pyproject.toml")].decode()
    assert f'name = "{APP}"' in text
    assert f'include = ["{APP}", "{APP}.*", "vuurtoren", "vuurtoren.*"]' in text
    assert "[tool.bench.frappe-dependencies]" in text
    assert "[tool.ruff" not in text


def test_laying_from_a_laid_tree_is_refused(laid: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", APP, "beside", str(tmp_path)]
    done = subprocess.run(command, cwd=laid, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "checkout" in done.stderr
