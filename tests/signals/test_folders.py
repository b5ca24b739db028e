"""A signal is one folder: nobody else knows what is in it, and without it everything else works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vuurtoren.signals.catalogue import JUDGED, MEASURED, SIGNALS

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("verenigingen", "vuurtoren")
FOLDER = ROOT / "vuurtoren" / "signals"
NAMES = [signal.name for signal in SIGNALS]
LONGEST_SECONDS = 120
NEW_SIGNAL = """
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import Source
from vuurtoren.signals.signal import Signal

SOURCE = Source("adders", {"adders.seen": Promise("adders", "Adders seen", "How many.")}, lambda context: ())
SIGNAL = Signal("adders", "Adders", (SOURCE,))
"""

each_signal = pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)


def test_every_folder_is_a_signal_of_its_name():
    folders = {path.parent.name for path in FOLDER.glob("*/__init__.py")}
    assert folders == set(NAMES)


def test_the_orders_name_signals_that_there_are():
    assert {*MEASURED, *JUDGED} <= set(NAMES)


@each_signal
def test_a_signal_judges_places_and_recounts_its_own_numbers_alone(signal):
    own = {key for source in signal.sources for key in source.promises}
    placed = {number.key for placement in signal.placements for number in placement.numbers}
    assert {rule.metric for rule in signal.rules} | placed | set(signal.recount) <= own


@each_signal
def test_nobody_outside_a_folder_imports_what_is_in_it(signal):
    inside = re.compile(
        rf"vuurtoren\.signals\.{signal.name}\b|from vuurtoren\.signals import [^\n]*\b{signal.name}\b"
    )
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if path.parent != FOLDER / signal.name:
                assert not inside.search(path.read_text("utf-8")), path


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The folder of the signals in a copy of the packages."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package)
    return tmp_path / "vuurtoren" / "signals"


def python(copied: Path, *arguments: str) -> str:
    """What Python says when it runs on the copy; its failure is this test's."""
    at = copied.parents[1]
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=at,
        env={**os.environ, "PYTHONPATH": str(at), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_deleting_the_folder_deletes_the_signal_and_breaks_nothing_else(copied, name):
    shutil.rmtree(copied / name)
    python(copied, str(Path(__file__).with_name("without_one.py")), name)


def test_a_new_folder_is_a_signal_and_comes_last_until_an_order_names_it(copied):
    (copied / "adders").mkdir()
    (copied / "adders" / "__init__.py").write_text(NEW_SIGNAL, "utf-8")
    said = python(copied, "-c", "from vuurtoren.signals.catalogue import *; print(SIGNALS[-1].title, UNITS)")
    assert said.startswith("Adders ") and "'adders.seen': 'adders'" in said
