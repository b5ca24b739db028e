"""Why each thing is told: what its group was told last beside what is open now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from verenigingen.alerts import alerts, outbox
from verenigingen.alerts.messages import Told
from verenigingen.alerts.notifying import Notification, decide
from verenigingen.alerts.outbox import topic
from verenigingen.alerts.rule import rank
from verenigingen.alerts.settings import Settings
from verenigingen.site.protocol import Site
from verenigingen.site.values import Row


def given(site: Site, settings: Settings, due: Sequence[Told]) -> list[Told]:
    """The same with the reason and the round of each; what its group was told already is left out."""
    if not due:
        return []
    before = outbox.told_before(site, {str(told.row["name"]) for told in due})
    last = outbox.last_notifications(site, {topic(told.row) for told in due})
    groups = _open_by_topic(site)
    reasoned = []
    for told in due:
        name, group = str(told.row["name"]), topic(told.row)
        rows = [row for row in before.get(name, []) if row["event"] == told.event]
        still_open = groups.get(group, {})
        ended = [name] if told.event == "resolved" else []
        others = {other: worst for other, worst in still_open.items() if other not in ended}
        reason = decide(last.get(group), others, ended, settings.channels.repeat_after, site.now())
        # The alert itself says that this message was never sent, which no group can outweigh.
        reason = "first" if reason == "do not notify" else reason
        reasoned.append(replace(told, reason=reason, round=len(rows)))
    return reasoned


def told_again(site: Site, settings: Settings) -> list[Told]:
    """Open alerts that got worse since they were told, or that nobody acknowledged for too long."""
    fields = ["name", "status", "severity"]
    filters = {"status": ("in", alerts.OPEN_STATUSES), "opened_mail": "Handed over"}
    rows = site.get_all(alerts.DOCTYPE, fields, filters, order_by="timestamp", limit=outbox.MOST_AT_ONCE)
    before = outbox.told_before(site, {str(row["name"]) for row in rows})
    again = []
    for row in rows:
        opened = [each for each in before.get(str(row["name"]), []) if each["event"] == "opened"]
        reason = _again(site, settings, row, opened)
        full = site.get(alerts.DOCTYPE, str(row["name"])) if reason else None
        if full:
            again.append(Told(full, "opened", _note(site, reason), reason, len(opened)))
    return again


def _again(site: Site, settings: Settings, row: Row, opened: Collection[Row]) -> str:
    if not opened:
        return ""
    newest = max(opened, key=lambda each: int(each["round"] or 0))
    name = str(row["name"])
    last = Notification(newest["handed_over_at"], {name: rank(str(newest["severity"]))})
    repeat_after = settings.channels.repeat_after if row["status"] == "Active" else None
    reason = decide(last, {name: rank(str(row["severity"]))}, (), repeat_after, site.now())
    return "" if reason == "do not notify" else reason


def _note(site: Site, reason: str) -> str:
    if reason == "escalated":
        return site.translate("This alert was told before; it has become more severe since.")
    return site.translate("This alert was told before; it is still open and nobody has acknowledged it.")


def _open_by_topic(site: Site) -> dict[str, dict[str, int]]:
    groups: dict[str, dict[str, int]] = {}
    for row in alerts.open_rows(site, ["name", "rule", "fingerprint", "severity"]):
        groups.setdefault(topic(row), {})[str(row["name"])] = rank(str(row["severity"]))
    return groups
