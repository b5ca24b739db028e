"""What people, other apps and stored rows name of the older release is there, by the same name and type."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from vuurtoren.alerts.intents.earlier_columns import COLUMNS
from vuurtoren.embedded.server.methods import register_endpoints
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.endpoints.whitelist import ENDPOINTS
from vuurtoren.engines.alert_manager import AlertManager
from vuurtoren.signals.catalogue import SHIPPED, UNITS
from vuurtoren.site.schema import load_schemas

MOVED = {"System Alert": COLUMNS}
"""What another table holds today: see Alert Notification."""
NAMES: dict[str, Any] = json.loads(
    Path(__file__).with_name("release_0_1_0").joinpath("public_names.json").read_text("utf-8")
)


def test_every_method_answers_to_the_same_path_with_the_same_http_methods() -> None:
    register_endpoints()
    today = {path: [list(found.methods), found.allow_guest] for path, found in ENDPOINTS.items()}
    assert {path: today.get(path) for path in NAMES["endpoints"]} == NAMES["endpoints"]


def test_every_scheduled_function_can_still_be_called_by_its_path() -> None:
    for path in NAMES["scheduled"]:
        module, _, name = path.rpartition(".")
        assert callable(getattr(import_module(module), name)), path


def test_every_field_of_every_doctype_is_there_with_its_type() -> None:
    schemas = load_schemas()
    for doctype, fields in NAMES["doctypes"].items():
        today = {name: field.type for name, field in schemas[doctype].fields.items()}
        kept = {name: type_ for name, type_ in fields.items() if name not in MOVED.get(doctype, ())}
        assert {name: today.get(name) for name in kept} == kept, doctype


def test_what_is_no_column_any_more_is_still_answered_by_its_name(site: SQLiteSite) -> None:
    alert = AlertManager(site).send_alert("TEST", "LOW", "hello")
    assert alert and alert["opened_mail"] == "Handed over"
    assert set(MOVED["System Alert"]) <= alert.keys()
    assert not set(MOVED["System Alert"]) & load_schemas()["System Alert"].fields.keys()


def test_every_rule_and_every_metric_keeps_its_key_and_its_unit() -> None:
    assert set(NAMES["rules"]) <= {rule.key for rule in SHIPPED}
    assert {key: UNITS.get(key) for key in NAMES["metrics"]} == NAMES["metrics"]
