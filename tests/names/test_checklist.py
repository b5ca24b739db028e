"""The names of the checklist, where ours are, and what HTTP answers with."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from verenigingen import hooks
from vuurtoren import carrier
from vuurtoren.names import ours
from vuurtoren.names.checklist import ANSWERED, CLASSES, SYSTEM_ALERT

FRAPPE_ONLY = (SYSTEM_ALERT,)
"""Controllers import Frappe; the lane in a bench looks at them."""


@pytest.fixture
def second_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The app as it is called beside another one."""
    folder = tmp_path / "verenigingen_monitor"
    folder.mkdir()
    (folder / "modules.txt").write_text("Verenigingen Monitor\n", "utf-8")
    monkeypatch.setattr(carrier, "app_folder", lambda: folder)


@pytest.mark.parametrize("module", [name for name in ANSWERED if name not in FRAPPE_ONLY])
def test_every_name_is_one_of_ours(module: str) -> None:
    found = importlib.import_module(ours.module_of_ours(module))
    assert [name for name in ANSWERED[module] if not hasattr(found, name)] == []


def test_classes_are_written_as_classes() -> None:
    names = {name for names in ANSWERED.values() for name in names}
    assert {name for name in names if name[0].isupper()} == set(CLASSES)


def test_our_own_names_are_overridden_by_nothing() -> None:
    assert set(hooks.override_whitelisted_methods) == {"frappe.client.get_count"}


@pytest.mark.usefixtures("second_name")
def test_beside_another_app_every_function_of_the_checklist_is_overridden() -> None:
    overridden = ours.overridden_methods()
    functions = [name for names in ANSWERED.values() for name in names if name not in CLASSES]
    assert len(overridden) == len(functions)
    assert overridden["verenigingen.www.monitoring_dashboard.get_system_metrics"] == (
        "verenigingen_monitor.www.monitoring_dashboard.get_system_metrics"
    )
    assert overridden["verenigingen.doctype.system_alert.system_alert.resolve_alert"] == (
        "verenigingen_monitor.verenigingen_monitor.doctype.system_alert.system_alert.resolve_alert"
    )
