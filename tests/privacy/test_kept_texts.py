"""What reaches a row or a file of ours names nobody, by whichever door and in whichever writing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.privacy.written_ibans import CONTEXTS, COUNTRIES, is_readable, written, written_forms
from vuurtoren.audit.recording.recording import complete
from vuurtoren.embedded.server.access_log import AccessLog, Visit
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.error_kinds.index import index_new_errors
from vuurtoren.metrics.measurement_cache import FILE, MeasurementCache
from vuurtoren.rules import changes
from vuurtoren.site.kept_text import AS_GIVEN, SEALED, fit_to_keep, is_redacted
from vuurtoren.site.schema import SHORT_TEXT_LENGTH, Field, Schema, load_schemas

IBANS = {
    "NL": "NL91ABNA0417164300",
    "BE": "BE68539007547034",
    "DE": "DE89370400440532013000",
    "FR": "FR1420041010050500013M02606",
    "GB": "GB29NWBK60161331926819",
}
SCHEMAS = load_schemas()
STORES = {
    f"{doctype}.{field.name}": (doctype, field)
    for doctype, schema in SCHEMAS.items()
    for field in schema.fields.values()
    if is_redacted(doctype, field.name, field.type)
}
FORMS = [text for iban in (IBANS["NL"],) for _name, text in written(iban)]
SECRETS = {
    "an address": ("jan.jansen@voorbeeld.nl", "jansen"),
    "a secret": ("password=Geheim77", "Geheim77"),
    "a telephone": ("bel 06-12345678", "345678"),
    "an account": ("rekening 0417164300", "171643"),
}


def test_every_text_of_ours_is_redacted_or_listed_with_a_reason() -> None:
    """A field that is new is redacted until somebody says why not; what is listed exists."""
    listed = {(doctype, name) for doctype, names in AS_GIVEN.items() for name in names}
    assert {pair for pair in listed if pair[1] not in SCHEMAS[pair[0]].fields} <= {("Error Log", "trace_id")}
    assert set(SCHEMAS) >= SEALED
    assert len(STORES) >= 40


@pytest.mark.parametrize("store", STORES)
def test_no_written_form_is_readable_in_any_field(store: str) -> None:
    doctype, field = STORES[store]
    kept = [fit_to_keep(doctype, field, text) for text in FORMS]
    assert [text for text in kept if is_readable(IBANS["NL"], text)] == []


@pytest.mark.parametrize("country", COUNTRIES)
def test_no_country_is_readable_in_an_alert_or_an_error(country: str) -> None:
    texts = {"System Alert": Field("message", "Text"), "Error Log": Field("error", "Code")}
    kept = [
        fit_to_keep(doctype, field, text)
        for doctype, field in texts.items()
        for _name, text in written(IBANS[country])
    ]
    assert [text for text in kept if is_readable(IBANS[country], text)] == []


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("store", STORES)
def test_no_other_secret_is_readable_either(store: str, secret: str) -> None:
    doctype, field = STORES[store]
    text, telling = SECRETS[secret]
    assert telling not in fit_to_keep(doctype, field, f"Zie {text}")


def test_twice_is_as_once() -> None:
    field = Field("message", "Text")
    for text in FORMS:
        once = fit_to_keep("System Alert", field, text)
        assert fit_to_keep("System Alert", field, once) == once


def test_json_stays_json_and_is_left_alone_where_nothing_is_hidden() -> None:
    field = Field("details", "JSON")
    plain = '{"b": 1.5, "a": ["x", null]}'
    assert fit_to_keep("System Alert", field, plain) == plain
    shown = fit_to_keep("System Alert", field, json.dumps({"key": {"a": IBANS["NL"]}, "n": 2}))
    assert json.loads(shown) == {"key": {"a": "NL91****4300"}, "n": 2}


def _filled(schema: Schema, text: str) -> dict[str, Any]:
    """A row with the text wherever it fits and may stand."""
    row: dict[str, Any] = {}
    for field in schema.fields.values():
        if field.type == "Select":
            row[field.name] = next(filter(None, field.options.split("\n")))
        elif is_redacted(schema.doctype, field.name, field.type):
            row[field.name] = text[:SHORT_TEXT_LENGTH]
        elif field.required and not field.numeric:
            row[field.name] = "2026-11-26 10:00:00" if field.type == "Datetime" else f"made-up-{field.name}"
    return row


DOORS = sorted({doctype for doctype, _field in STORES.values() if not SCHEMAS[doctype].single})


@pytest.mark.parametrize("doctype", DOORS)
def test_insert_insert_many_seed_and_update_are_one_door(site: SQLiteSite, doctype: str) -> None:
    iban = IBANS["NL"]
    schema = SCHEMAS[doctype]
    unique = [field.name for field in schema.fields.values() if field.unique]

    def row(number: int) -> dict[str, Any]:
        return _filled(schema, f"Zie {iban} van jan.jansen@voorbeeld.nl") | {
            name: f"made-up-{number}" for name in (*unique, "name")
        }

    site.insert(doctype, row(1))
    site.insert_many(doctype, [row(2)])
    site.seed(doctype, [row(3)])
    texts = {key: value for key, value in row(4).items() if is_redacted(doctype, key, schema.field(key).type)}
    site.update(doctype, "made-up-1", texts)
    stored = json.dumps(site.get_all(doctype, list(schema.fields)), default=str)
    assert site.count(doctype) == 3
    assert "0417" not in stored and "jansen" not in stored


def test_an_error_that_came_past_every_door_is_stored_anew(site: SQLiteSite) -> None:
    """As `frappe.db.bulk_insert` or plain SQL writes it."""
    site.insert("Error Log", {"method": "x", "error": "y", "reference_name": "z"})
    (row,) = site.get_all("Error Log", ["name", "modified"])
    site.store.write(
        'UPDATE "tabError Log" SET method = ?, error = ?, reference_name = ?, reference_doctype = ?',
        (f"Mandate {IBANS['NL']}", f"iban = {IBANS['DE']!r}", IBANS["BE"], "Bank Account"),
    )
    site.commit()
    index_new_errors(site)
    (stored,) = site.get_all("Error Log", ["method", "error", "reference_name", "modified"])
    assert stored["method"] == "Mandate NL91****4300"
    assert stored["error"] == "iban = 'DE89****3000'"
    assert stored["reference_name"] == "BE68****7034"
    assert stored["modified"] == row["modified"]
    (kind,) = site.get_all("Error Kind", ["title", "example", "last_document"])
    assert kind["last_document"] == "BE68****7034"
    assert not is_readable(IBANS["NL"], json.dumps(kind))


def test_a_change_of_a_rule_is_written_once_and_without_an_account(site: SQLiteSite) -> None:
    record = {"rule_key": "disk", "enabled": 1, "summary": f"Bel over {IBANS['NL']}"}
    assert changes.record(site, "disk", record) is True
    assert changes.record(site, "disk", record) is False
    (row,) = site.get_all("Alert Rule Change", ["changes", "rule_after"])
    assert "0417" not in row["changes"] + row["rule_after"]


@pytest.mark.parametrize("form", [text for _name, text in written_forms(IBANS["NL"])])
def test_the_request_log_holds_no_account(tmp_path: Path, form: str) -> None:
    from datetime import datetime

    log = tmp_path / "log"
    visit = Visit(datetime(2026, 11, 26), 1.0, "127.0.0.1", "GET", f"/api?x={form}", 200, 1)
    AccessLog(log, "site").write(visit)
    line = json.loads(log.read_text("utf-8"))
    assert not is_readable(IBANS["NL"], line["request"]["path"])
    assert line["request"]["path"].startswith("/api?x=")


def test_the_kept_answers_hold_no_account(tmp_path: Path) -> None:
    cache = MeasurementCache(tmp_path)
    cache.put("answers", {"key": "errors", "evidence": [around(IBANS["NL"]) for around in CONTEXTS.values()]})
    cache.save()
    written_down = (tmp_path / FILE).read_text("utf-8")
    assert not is_readable(IBANS["NL"], written_down)
    assert json.loads(written_down)["answers"]["key"] == "errors"


TEXTS_OF_AN_ENTRY = ("action", "reference_name", "entity_name", "batch", "mandate", "outcome_code", "rule_id")


@pytest.mark.parametrize("country", COUNTRIES)
def test_no_written_form_is_readable_in_what_is_sealed(site: SQLiteSite, country: str) -> None:
    readable = []
    for name, text in written(IBANS[country]):
        entry = complete(
            site, dict.fromkeys(TEXTS_OF_AN_ENTRY, text) | {"details": {text: [text, {"a": text}]}}
        )
        readable += [
            f"{name}: {field}"
            for field in (*TEXTS_OF_AN_ENTRY, "details")
            if is_readable(IBANS[country], str(entry[field]))
        ]
    assert readable == []
