"""Monitoring Settings as they hold, by section; they are changed in their form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from vuurtoren.metrics.history import retention
from vuurtoren.metrics.history.rows import DOCTYPE as SERIES
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.frame.address import Address, href
from vuurtoren.pages.frame.answers import Answer, Shown
from vuurtoren.settings import tables, text_forms
from vuurtoren.settings.settings import DOCTYPE
from vuurtoren.site.schema import OWN_DOCTYPES

FILE = OWN_DOCTYPES / "monitoring_settings" / "monitoring_settings.json"
LAYOUT = ("Section Break", "Column Break", "Table", "HTML", "Button", "Tab Break", "Password")
FIRST = "Monitoring"


@dataclass(frozen=True)
class Setting:
    """One setting with its value in words."""

    label: str
    value: str
    help: str


@dataclass(frozen=True)
class Group:
    """The settings of one section."""

    title: str
    settings: tuple[Setting, ...]


@dataclass(frozen=True)
class SettingsPage:
    """What holds now, what had to be ignored, and where it is changed."""

    groups: tuple[Group, ...]
    problems: tuple[str, ...]
    form_href: str
    rules_href: str


def build(facts: Facts, address: Address) -> Answer:
    if not facts.has(DOCTYPE):
        said = facts.translate("Monitoring Settings is not installed on this site: run bench migrate")
        return Shown(facts.translate("Settings"), "blocks/problem.html", said)
    stored = facts.site.get_single(DOCTYPE)
    groups: dict[str, list[Setting]] = {FIRST: []}
    title = FIRST
    for field in _fields():
        if field["fieldtype"] == "Section Break":
            title = field.get("label") or title
            groups.setdefault(title, [])
        elif field["fieldname"] in text_forms.FIELDS:
            groups[title].append(_table(facts, field, stored))
        elif field["fieldtype"] not in LAYOUT:
            groups[title].append(_setting(facts, field, stored))
    shown = tuple(Group(facts.translate(name), tuple(each)) for name, each in groups.items() if each)
    page = SettingsPage(shown, facts.problems, facts.list_href(DOCTYPE), href("rules"))
    return Shown(facts.translate("Settings"), "views/settings.html", page)


def _table(facts: Facts, field: Mapping[str, Any], stored: Mapping[str, Any]) -> Setting:
    """The rows of a table in words, one a line, with what its texts say."""
    rows = tables.join(stored).rows[field["fieldname"]]
    said = [_row(facts, row) for row in rows]
    return Setting(
        facts.translate(field["label"]), "\n".join(said) or "–", facts.translate(field.get("description", ""))
    )


def _row(facts: Facts, row: Mapping[str, Any]) -> str:
    _ = facts.translate
    if "address" in row:
        said = str(row["user"] or row["address"])
    elif "channel" in row:
        said = str(row["channel"]) + (", " + _("Gets every message") if row["every_message"] else "")
    elif "from_time" in row:
        severity, times = text_forms.quiet_line(row).split(" ", 1)
        return f"{_(severity)} {times}"
    else:
        after = facts.formats.duration(60 * (text_forms.whole_minutes(row["after_minutes"]) or 0))
        said = _("{0} and worse, after {1} without acknowledgement").format(_(str(row["severity"])), after)
    return said if str(row["level"]) == str(text_forms.FIRST) else f"{_('Level')} {row['level']}: {said}"


def _setting(facts: Facts, field: Mapping[str, Any], stored: Mapping[str, Any]) -> Setting:
    value = stored.get(field["fieldname"])
    if field["fieldtype"] == "Check":
        said = facts.translate("yes") if value else facts.translate("no")
    else:
        said = "–" if value in (None, "") else str(value)
    if field["fieldname"] == "history_cap_mb" and facts.has(SERIES):
        used = facts.text(retention.size_bytes(facts.site), "bytes")
        said = facts.translate("{0} ({1} are used)").format(said, used)
    return Setting(
        facts.translate(field.get("label", field["fieldname"])),
        said,
        facts.translate(field.get("description", "")),
    )


@lru_cache(maxsize=1)
def _fields() -> list[dict[str, Any]]:
    described = json.loads(FILE.read_text("utf-8"))
    texts = {name for names in text_forms.FIELDS.values() for name in names}
    return [
        field for field in described["fields"] if not field.get("hidden") and field["fieldname"] not in texts
    ]
