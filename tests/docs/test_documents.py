"""The documents say what the code does, and the code does nothing that the documents leave out."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import click
import pytest

from scripts.write_reference import REFERENCE, reference
from scripts.write_sepa_rules import DOCUMENTS as SEPA_RULES
from scripts.write_sepa_rules import document
from verenigingen import hooks
from vuurtoren.embedded.cli import main as command_line
from vuurtoren.signals.catalogue import BY_KEY, SOURCES
from vuurtoren.signals.runbooks import RUNBOOKS
from vuurtoren.site.schema import load_schemas

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *RUNBOOKS.values()])
PACKAGES = ("verenigingen", "vuurtoren")
TEXTS = {path: path.read_text("utf-8") for path in DOCUMENTS}
MOST_PICTURE_BYTES = 150_000
MANUALS = ("OPERATIONS_MANUAL", "TROUBLESHOOTING_GUIDE", "PRODUCTION_DEPLOYMENT_CHECKLIST", "ARCHITECTURE")


def everything() -> str:
    return "\n".join(TEXTS.values())


@pytest.mark.parametrize("manual", MANUALS)
def test_every_manual_is_there(manual: str) -> None:
    assert (ROOT / "docs" / "monitoring" / f"{manual}.md").is_file()


def test_the_reference_is_what_the_code_says() -> None:
    assert REFERENCE.read_text("utf-8") == reference(), "run `make reference`"


@pytest.mark.parametrize("language", sorted(SEPA_RULES))
def test_the_rules_of_sepa_are_what_the_code_says(language: str) -> None:
    assert SEPA_RULES[language].read_text("utf-8") == document(language), "run `make reference`"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXTS[path]):
        if "://" in target or target.startswith("#"):
            continue
        file, _, heading = target.partition("#")
        assert (path.parent / file).exists(), f"{path.name} links to {target}"
        if heading:
            anchors = {_anchor(line) for line in (path.parent / file).read_text("utf-8").splitlines()}
            assert heading in anchors, f"{path.name} links to {target}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_dotted_path_exists(path: Path) -> None:
    for dotted in set(re.findall(r"\b(?:verenigingen|vuurtoren)(?:\.[a-zA-Z_]\w*)+", TEXTS[path])):
        if dotted.endswith((".json", ".py", ".log", ".css", ".csv", ".md")) or dotted == "verenigingen.git":
            continue
        assert _exists(dotted), f"{path.name} names {dotted}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_named_in_the_repository_exists(path: Path) -> None:
    for named in set(
        re.findall(r"`((?:verenigingen|vuurtoren|docs|tests|scripts|benchmarks)/[\w./-]+)`", TEXTS[path])
    ):
        assert (ROOT / named).exists() or (ROOT / "verenigingen" / named).exists(), (
            f"{path.name} names {named}"
        )


def test_every_command_named_exists() -> None:
    assert isinstance(command_line, click.Group)
    for name in set(re.findall(r"python -m verenigingen ([a-z-]+)", everything())):
        assert name in command_line.commands
    for name in set(re.findall(r"\bmonitoring (status|check|test-alert|[a-z]+-[a-z]+)`", everything())):
        assert name in command_line.commands


def test_every_command_is_explained_in_the_manual() -> None:
    assert isinstance(command_line, click.Group)
    readable = TEXTS[ROOT / "docs/monitoring/OPERATIONS_MANUAL.md"] + TEXTS[ROOT / "README.md"]
    for name in command_line.commands:
        assert re.search(rf"(verenigingen|monitoring|make) {re.escape(name)}\b", readable), name


def test_every_make_target_named_exists_and_every_target_is_named() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M)) - {"help"}
    named = set(re.findall(r"(?:`|^ {4})make ([a-z-]+)", everything(), re.M))
    assert named <= targets
    assert targets <= named


def test_every_rule_that_a_document_names_exists() -> None:
    rules_named = re.findall(r"rule `([a-z_]+)`", everything())
    assert rules_named
    assert set(rules_named) <= set(BY_KEY)


def test_every_metric_that_a_rule_reads_is_measured() -> None:
    measured = {key for source in SOURCES for key in source.promises}
    assert {rule.metric for rule in BY_KEY.values()} <= measured


def test_every_setting_is_explained_in_the_manual() -> None:
    manual = TEXTS[ROOT / "docs/monitoring/OPERATIONS_MANUAL.md"]
    settings = load_schemas()["Monitoring Settings"]
    own = [name for name in settings.fields if name not in load_schemas()["Error Log"].fields] + list(
        settings.tables
    )
    for name in own:
        assert f"`{name}`" in manual, name


def test_every_key_of_the_site_configuration_that_is_read_is_explained() -> None:
    code = "\n".join(
        path.read_text("utf-8")
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "tests" not in path.parts
    )
    read = set(re.findall(r'\.conf\(\s*"([a-z_]+)"', code)) | set(
        re.findall(r'^CONFIG_KEY = "([a-z_]+)"', code, re.M)
    )
    assert read
    for key in read:
        assert f"`{key}`" in everything(), key


def test_every_hook_is_explained() -> None:
    declared = {name for name in vars(hooks) if not name.startswith(("_", "app_"))}
    architecture = TEXTS[ROOT / "docs/monitoring/ARCHITECTURE.md"]
    for name in declared:
        assert f"`{name}`" in architecture, name


def test_every_folder_is_explained() -> None:
    architecture = TEXTS[ROOT / "docs/monitoring/ARCHITECTURE.md"]
    folders = [
        path.name
        for package in PACKAGES
        for path in (ROOT / package).iterdir()
        if path.is_dir() and path.name != "__pycache__"
    ]
    for folder in folders:
        assert f"`{folder}/`" in architecture, folder


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_that_is_explained_is_there(package: str) -> None:
    architecture = TEXTS[ROOT / "docs/monitoring/ARCHITECTURE.md"]
    table = architecture.partition(f"| Folder of `{package}/`")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| ((?:`\w+/`(?:, )?)+) \|", table, re.M)
    named = [folder for row in rows for folder in re.findall(r"`(\w+)/`", row)]
    assert named
    assert [folder for folder in named if not (ROOT / package / folder).is_dir()] == []


def test_every_picture_is_shown_in_a_document_and_is_light() -> None:
    folder = ROOT / "docs/monitoring/images"
    for picture in folder.rglob("*.png"):
        named = re.escape(picture.relative_to(folder).as_posix())
        assert re.search(rf"!\[[^\]]+\]\([\w./]*images/{named}\)", everything()), picture.name
        assert picture.stat().st_size < MOST_PICTURE_BYTES, picture.name


def test_no_document_praises_itself() -> None:
    boasts = re.compile(
        r"\b(blazing|seamless|robust|world-class|cutting-edge|effortless|production ready)\b", re.I
    )
    for path, text in TEXTS.items():
        quoted = "\n".join(line for line in text.splitlines() if not line.startswith(">"))
        assert not boasts.search(quoted), path.name


def _anchor(line: str) -> str:
    text = line.lstrip("#").strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-") if line.startswith("#") else ""


def _exists(dotted: str) -> bool:
    parts = dotted.split(".")
    for split in range(len(parts), 0, -1):
        file = ROOT.joinpath(*parts[:split])
        if not (file.with_suffix(".py").is_file() or (file / "__init__.py").is_file()):
            continue
        if split == len(parts):
            return True
        source = file.with_suffix(".py")
        text = (source if source.is_file() else file / "__init__.py").read_text("utf-8")
        return bool(re.search(rf"(?:def|class) {parts[split]}\b|^{parts[split]}\b", text, re.M)) or hasattr(
            importlib.import_module(".".join(parts[:split])), parts[split]
        )
    return (ROOT.joinpath(*parts)).is_dir()
