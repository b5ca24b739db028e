"""What a visitor may do on the page: acknowledge an alert, or resolve it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from verenigingen.alerts import alerts, settings
from verenigingen.alerts.alerts import NotPossible
from verenigingen.dashboard.parts import Notice
from verenigingen.site.protocol import Site

Answer = dict[str, str]


def acknowledge(site: Site, alert_name: str, note: str = "") -> Answer:
    """Say that somebody is on it; commits. Raises NotPossible with a sentence for people."""
    alerts.acknowledge(site, alert_name, note)
    return _done(site, alert_name, "Acknowledged", site.translate("Acknowledged: {0}"))


def resolve(site: Site, alert_name: str, note: str = "") -> Answer:
    """Close the alert; commits. Raises NotPossible with a sentence for people."""
    alerts.resolve(site, alert_name, note, settings=settings.read(site))
    return _done(site, alert_name, "Resolved", site.translate("Resolved: {0}"))


ACTIONS: dict[str, Callable[[Site, str, str], Answer]] = {"acknowledge": acknowledge, "resolve": resolve}


def answer_form(site: Site, form: Mapping[str, Any]) -> Notice:
    """Do what the page's form asks for (`action`, `alert`, `note`) and say what became of it."""
    action = ACTIONS.get(str(form.get("action", "")))
    if action is None:
        return Notice("warning", site.translate("Nothing was done: the form named no action."))
    try:
        done = action(site, str(form.get("alert", "")), str(form.get("note", "")))
    except NotPossible as refused:
        return Notice("warning", str(refused))
    return Notice("ok", done["message"])


def _done(site: Site, alert_name: str, status: str, said: str) -> Answer:
    site.commit()
    row = site.get(alerts.DOCTYPE, alert_name) or {}
    message = str(row.get("message") or alert_name).splitlines()[0]
    return {"name": alert_name, "status": status, "message": said.format(message)}
