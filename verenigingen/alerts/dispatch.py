"""What the first channel did not carry, and what goes beside it: sent, retried for a day, then given up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from verenigingen.alerts import alerts, outbox, routing
from verenigingen.alerts.channels.channel import Channel, Notice, NotTaken, Taken
from verenigingen.alerts.messages import Told
from verenigingen.alerts.own_errors import boundary, explain
from verenigingen.alerts.routing import Route
from verenigingen.alerts.settings import Settings
from verenigingen.site.protocol import Site
from verenigingen.site.values import Row

MOST_SINGLE_MESSAGES = 5
"""More than so many at once become one summary."""
GIVEN_UP_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class _Due:
    row: Row
    told: Told


def send_waiting(site: Site, settings: Settings, way: Route, only: str = "") -> None:
    """Send what waits for a parallel channel or a fallback; a channel that fails passes it on. Commits."""
    tried: set[str] = set()
    for _ in range(len(way.known) + 1):
        rows = [row for row in outbox.waiting(site, only) if row["name"] not in tried]
        if not rows:
            return
        tried |= {str(row["name"]) for row in rows}
        for name, level in dict.fromkeys(_goes_to(row) for row in rows):
            due = _worth_sending(site, [row for row in rows if _goes_to(row) == (name, level)])
            at = settings.at(level)
            _send_all(site, at, way if level == 1 else routing.route(site, at), name, due)


def send(
    site: Site, settings: Settings, channel: Channel, many: Sequence[Told], names: Sequence[str]
) -> tuple[Taken | None, str]:
    """Hand one message about these to a channel; see `give`."""
    return give(site, settings, channel, lambda: routing.notice(site, many, channel.name), names)


def give(
    site: Site, settings: Settings, channel: Channel, compose: Callable[[], Notice], names: Sequence[str]
) -> tuple[Taken | None, str]:
    """Hand a message to a channel and write it on its claimed rows; what the channel said, or why not.

    Does not commit when it was taken, so that the caller's own writes belong to the same transaction; after
    a refusal everything since the last commit is rolled back.
    """
    receipt, because = None, ""
    with boundary(site, f"sending by {channel.name}", undo=True) as caught:
        try:
            notice = compose()
            receipt = channel.hand_over(site, settings, notice)
            outbox.taken(site, names, receipt, notice.subject)
        except NotTaken as refused:
            because = explain(str(refused))
    because = because or caught.reason
    if because:
        site.rollback()
        outbox.failed(site, names, because)
        return None, because
    return receipt, ""


def _send_all(site: Site, settings: Settings, way: Route, name: str, due: Sequence[_Due]) -> None:
    """One by one or as one summary; after one failure the others of this channel are not tried."""
    channel = way.known.get(name)
    because = site.translate("there is no channel {0}").format(name)
    if channel is not None:
        because = channel.hindrance(site, settings)
    batches = [due] if len(due) > MOST_SINGLE_MESSAGES else [[each] for each in due]
    for batch in batches:
        if channel is None or because:
            _pass_on(site, settings, way, batch, because)
            continue
        won = [each for each in batch if outbox.claim(site, each.row)]
        site.commit()
        if won:
            names = [str(each.row["name"]) for each in won]
            because = send(site, settings, channel, [each.told for each in won], names)[1]
            if because:
                _pass_on(site, settings, way, won, because)
        site.commit()


def _pass_on(site: Site, settings: Settings, way: Route, batch: Sequence[_Due], because: str) -> None:
    outbox.failed(site, [str(each.row["name"]) for each in batch], because)
    falling = [each.told for each in batch if each.row["role"] != "Parallel"]
    if falling:
        routing.fall_back(site, settings, way, falling, str(batch[0].row["channel"]))
    site.commit()


def _worth_sending(site: Site, rows: Sequence[Row]) -> list[_Due]:
    """What can still be told; what waited for over a day, or has no alert any more, is given up."""
    due = []
    for row in rows:
        alert = site.get(alerts.DOCTYPE, str(row["alert"]))
        text = _not_worth(site, row, alert)
        if alert is None or text:
            outbox.failed(site, [str(row["name"])], site.translate(text), status="Given up")
            continue
        note = ""
        if row["role"] == "Fallback":
            note = site.translate("This comes here because another channel did not carry it.")
        round_, level = int(row["round"] or 0), int(row["level"] or 1)
        due.append(_Due(row, Told(alert, row["event"], note, row["reason"], round_, level)))
    site.commit()
    return due


def _not_worth(site: Site, row: Row, alert: Row | None) -> str:
    """Why this is not sent any more; empty while it is."""
    if alert is None:
        return "the alert is gone"
    if row["role"] == "Escalation" and row["event"] == "opened" and alert["status"] != "Active":
        return "somebody acknowledged or resolved it first"
    return "not sent within a day" if abs(site.now() - row["creation"]) > GIVEN_UP_AFTER else ""


def _goes_to(row: Row) -> tuple[str, int]:
    return str(row["channel"]), int(row["level"] or 1)
