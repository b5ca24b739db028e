"""Our words stay ours, and those of other apps theirs: every text is looked up with a context."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from scripts import wording
from vuurtoren.site.words.translations import CONTEXT, FOLDER, Translations

APP = Path(__file__).resolve().parents[2] / "verenigingen"
SCRIPTS = sorted(APP.rglob("*.js"))
PYTHON = [path for path in APP.parent.glob("v*/**/*.py") if "tests" not in path.parts]


def test_a_translation_of_ours_goes_before_one_without_a_context(tmp_path: Path) -> None:
    rows = f"Open,Openen\nOpen,Openstaand,{CONTEXT}\nClose,Sluiten\nReason,Oorzaak,Somebody else\n"
    (tmp_path / "nl.csv").write_text(rows, "utf-8")
    translations = Translations(tmp_path)
    assert translations.translate("Open", "nl") == "Openstaand"
    assert translations.translate("Close", "nl") == "Sluiten"
    assert translations.translate("Reason", "nl") == "Reason"
    assert translations.translate("Unheard of", "nl") == "Unheard of"
    assert translations.translate("Open", "de") == "Open"


def test_every_row_that_we_ship_has_a_context_of_ours() -> None:
    ours = {CONTEXT, *(doctype for _, doctype in wording.labels())}
    for path in FOLDER.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as handle:
            assert {row[2] for row in csv.reader(handle)} <= ours, path.name


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_every_script_asks_with_our_context(path: Path) -> None:
    text = path.read_text("utf-8")
    asked = len(re.findall(r"\b__\(", text))
    assert asked == text.count(f', "{CONTEXT}")')


def test_only_the_site_asks_frappe_and_the_gate_for_the_name_of_a_doctype() -> None:
    asking = re.compile(r"from frappe import .*\b_\b|frappe\._\(")
    found = {path.name for path in PYTHON if asking.search(path.read_text("utf-8"))}
    assert found == {"site.py", "gate.py"}
