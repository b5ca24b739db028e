"""Monitoring Settings as a form of the embedded server: what Frappe's desk offers in a bench, with texts in
place of tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from vuurtoren.embedded.server.pages import page
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.pages.parts import PageNotice
from vuurtoren.settings import settings, stored_rules, tables, text_forms
from vuurtoren.site.errors import InvalidValue
from vuurtoren.site.schema import OWN_DOCTYPES
from vuurtoren.site.values import Row

DOCTYPE_FILE = OWN_DOCTYPES / "monitoring_settings" / "monitoring_settings.json"
FIRST_SECTION = "Monitoring"
KINDS = {
    "Check": "checkbox",
    "Int": "number",
    "Data": "line",
    "Small Text": "text",
    "Select": "choice",
    "Password": "secret",
}
"""Field types that the form can show, and how."""


@dataclass(frozen=True)
class Input:
    """One field of the form."""

    name: str
    kind: str
    label: str
    description: str
    value: Any
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """The inputs of one section."""

    title: str
    inputs: tuple[Input, ...]


def settings_page(
    site: SQLiteSite, csrf_token: str, notice: PageNotice | None = None, typed: Row | None = None
) -> str:
    """The form with what is stored, or with what somebody typed that could not be saved."""
    stored = site.get_single(settings.DOCTYPE)
    stored = stored | tables.texts(stored) | (typed or {})
    return page(
        site,
        "settings.html",
        settings.DOCTYPE,
        groups=[
            Group(site.translate(title), tuple(_input(site, field, stored) for field in fields))
            for title, fields in _sections()
        ],
        rules=settings.rule_rows(stored["rules"], site) if typed is None else typed["rules"],
        csrf_token=csrf_token,
        notice=notice,
    )


def save_settings(site: SQLiteSite, form: Mapping[str, str]) -> tuple[PageNotice, Row | None]:
    """Store and commit what the form says; when it cannot hold, the reasons and what was typed."""
    typed = _typed(site, form)
    try:
        settings.check(typed, stored_rules.known(site).rules)
        held = tables.join(typed)
        site.set_single(settings.DOCTYPE, {**typed, **held.rows, **held.left})
    except (settings.BadSettings, InvalidValue) as refused:
        site.rollback()
        return PageNotice("warning", site.translate("Not saved") + f": {refused}"), typed
    site.commit()
    return PageNotice("ok", site.translate("Saved. It holds from the next check on.")), None


def _typed(site: SQLiteSite, form: Mapping[str, str]) -> Row:
    typed: Row = {}
    for field in _fields():
        name = field["fieldname"]
        typed[name] = int(name in form) if field["fieldtype"] == "Check" else form.get(name, "").strip()
    rules = settings.rule_rows([], site)
    for rule in rules:
        rule["enabled"] = int(f"{rule['rule']}.enabled" in form)
        rule["threshold"] = form.get(f"{rule['rule']}.threshold", "").strip()
    return typed | {"rules": rules}


def _input(site: SQLiteSite, field: Mapping[str, Any], stored: Row) -> Input:
    label, description = field["label"], field.get("description", "")
    kind = KINDS[field["fieldtype"]]
    return Input(
        field["fieldname"],
        kind,
        site.translate(label),
        site.translate(description),
        stored[field["fieldname"]],
        tuple(field.get("options", "").split("\n")) if kind == "choice" else (),
    )


def _fields() -> list[dict[str, Any]]:
    return [field for _title, fields in _sections() for field in fields]


@lru_cache(maxsize=1)
def _sections() -> list[tuple[str, list[dict[str, Any]]]]:
    """The fields of the form by section; the texts that say what a table says stand in its place."""
    described = json.loads(DOCTYPE_FILE.read_text("utf-8"))["fields"]
    by_name = {field["fieldname"]: field for field in described}
    texts = {name for names in text_forms.FIELDS.values() for name in names}
    sections: list[tuple[str, list[dict[str, Any]]]] = [(FIRST_SECTION, [])]
    for field in described:
        if field["fieldtype"] == "Section Break" and field.get("label"):
            sections.append((field["label"], []))
        if field["fieldname"] not in texts:
            names = text_forms.FIELDS.get(field["fieldname"], (field["fieldname"],))
            sections[-1][1].extend(by_name[name] for name in names if by_name[name]["fieldtype"] in KINDS)
    return [(title, fields) for title, fields in sections if fields]
