"""Why each thing is told, and told again: what its group was told last beside what is open now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vuurtoren.alerts import alerts
from vuurtoren.alerts.intents import intents
from vuurtoren.notifications import outbox
from vuurtoren.notifications.messages import Notification
from vuurtoren.notifications.notifying import LastNotification, decide
from vuurtoren.notifications.outbox import topic
from vuurtoren.rules.rule import rank
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row


def given(site: Site, settings: Settings, due: Sequence[Notification]) -> list[Notification]:
    """The same with the reason of each; one that has its reason keeps it."""
    last = outbox.last_notifications(site, {topic(told.row) for told in due})
    groups = _open_by_topic(site)
    reasoned = []
    for told in due:
        if told.reason:
            reasoned.append(told)
            continue
        name, group = str(told.row["name"]), topic(told.row)
        still_open = groups.get(group, {})
        ended = [name] if told.event == "resolved" else []
        others = {other: worst for other, worst in still_open.items() if other not in ended}
        reason = decide(last.get(group), others, ended, settings.channels.repeat_after, site.now())
        # That this message was never sent, no group can outweigh.
        reasoned.append(replace(told, reason="first" if reason == "do not notify" else reason))
    return reasoned


def write_repeats(site: Site, settings: Settings) -> None:
    """Write that open alerts are to be told again that got worse since they were told, or that nobody
    acknowledged for too long. Commits."""
    if not intents.ready(site):
        return
    fields, still_open = ["name", "status", "severity"], {"status": ("in", alerts.OPEN_STATUSES)}
    rows = site.get_all(alerts.DOCTYPE, fields, still_open, order_by="timestamp", limit=outbox.MOST_AT_ONCE)
    before = outbox.told_before(site, {str(row["name"]) for row in rows})
    wanted = {str(row["name"]): _again(site, settings, row, before.get(str(row["name"]), [])) for row in rows}
    wanted = {name: reason for name, reason in wanted.items() if reason}
    for name, about in intents.of_alerts(site, wanted).items():
        last = intents.newest(about, "opened")
        if last and last["status"] == "Handed over":
            round_ = int(last["round"] or 0) + 1
            intents.write(site, name, "opened", round_=round_, reason=wanted[name])
    site.commit()


def note(site: Site, intent: Row) -> str:
    """What a message says besides, when its alert was told before."""
    if not intent["round"] or int(intent["level"] or 1) > 1:
        return ""
    if intent["reason"] == "escalated":
        return site.translate("This alert was told before; it has become more severe since.")
    if intent["reason"] == "repeat elapsed":
        return site.translate("This alert was told before; it is still open and nobody has acknowledged it.")
    return ""


def _again(site: Site, settings: Settings, row: Row, told: Sequence[Row]) -> str:
    """Why this alert is told again, or empty."""
    opened = [each for each in told if each["event"] == "opened"]
    if not opened:
        return ""
    newest = max(opened, key=lambda each: int(each["round"] or 0))
    name = str(row["name"])
    last = LastNotification(newest["handed_over_at"], {name: rank(str(newest["severity"]))})
    repeat_after = settings.channels.repeat_after if row["status"] == "Active" else None
    reason = decide(last, {name: rank(str(row["severity"]))}, (), repeat_after, site.now())
    return "" if reason == "do not notify" else reason


def _open_by_topic(site: Site) -> dict[str, dict[str, int]]:
    groups: dict[str, dict[str, int]] = {}
    for row in alerts.open_rows(site, ["name", "rule", "fingerprint", "severity"]):
        groups.setdefault(topic(row), {})[str(row["name"])] = rank(str(row["severity"]))
    return groups
