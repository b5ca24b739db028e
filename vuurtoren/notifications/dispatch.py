"""The one loop that sends: what waits is claimed, handed to its channel and settled; a failure falls back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vuurtoren.alerts import alerts
from vuurtoren.alerts.intents import intents
from vuurtoren.alerts.intents import row as intent_row
from vuurtoren.failures import error_boundary, explain
from vuurtoren.notifications import messages, outbox, routing
from vuurtoren.notifications.channels.channel import Channel, Notice, Receipt, SendRefused
from vuurtoren.notifications.messages import Notification
from vuurtoren.notifications.planning import Ready
from vuurtoren.notifications.routes import stored_routes
from vuurtoren.notifications.routing import Route
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Words, said

MOST_SINGLE_MESSAGES = 5
"""More than so many at once become one summary."""
GIVEN_UP_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class Delivered:
    """What the first channel did; `because` says why something was not sent."""

    handed_over: int = 0
    not_sent: int = 0
    because: str = ""


@dataclass(frozen=True)
class _Due:
    """A delivery, what it tells, and the notification whose state it settles, if it is the first of one."""

    row: Row
    told: Notification
    intent: Row | None = None


def send_waiting(
    site: Site, settings: Settings, way: Route, ready: Mapping[str, Ready], tried: set[str], only: str = ""
) -> Delivered:
    """Send what waits for any channel, each once, which `tried` remembers. Commits.

    A first channel sends only what is `ready`; what it does not take, the next one sends in the same call.
    """
    done = Delivered()
    for _ in range(len(way.known) + 1):
        before = len(tried)
        for name, level, key in outbox.groups_waiting(site, only):
            rows = [row for row in outbox.waiting(site, name, level, only, key) if row["name"] not in tried]
            tried |= {str(row["name"]) for row in rows}
            at = stored_routes.at(site, settings, level, key)
            here = way if level == 1 and not at.route else routing.route(site, at)
            sending = _Sending(site, at, here, name)
            first = here if level == 1 else way
            done = sending.send_all(_worth_sending(site, first, rows, ready), done)
        if len(tried) == before:
            break
    return done


def give(
    site: Site, settings: Settings, channel: Channel, compose: Callable[[], Notice], names: Sequence[str]
) -> tuple[Receipt | None, str]:
    """Hand a message to a channel and write it on its claimed rows; what the channel said, or why not.

    Does not commit when it was taken, so that the caller's own writes belong to the same transaction; after
    a refusal everything since the last commit is rolled back.
    """
    receipt, because = None, ""
    with error_boundary(site, f"sending by {channel.name}", undo=True) as caught:
        try:
            notice = compose()
            receipt = channel.send(site, settings, notice)
            outbox.taken(site, names, receipt, notice.subject)
        except SendRefused as refused:
            because = explain(str(refused))
    because = because or caught.reason
    if because:
        site.rollback()
    return (None, because) if because else (receipt, "")


@dataclass(frozen=True)
class _Sending:
    """What waits for one channel on one level."""

    site: Site
    settings: Settings
    way: Route
    name: str

    def send_all(self, due: Sequence[_Due], done: Delivered) -> Delivered:
        """One by one or as one summary; after one failure the others of this channel are not tried."""
        if not due:
            return done
        channel = self.way.known.get(self.name)
        because = self.site.translate("there is no channel {0}").format(self.name)
        if channel is not None:
            because = channel.hindrance(self.site, self.settings)
        ordered = sorted(due, key=lambda each: each.told.urgency)
        for batch in [ordered] if len(ordered) > MOST_SINGLE_MESSAGES else [[each] for each in ordered]:
            won = batch
            if channel is not None and not because:
                won = self._claimed(batch)
                because = self._send(channel, won) if won else ""
            if because:
                self._pass_on(won, because)
            firsts = sum(each.row["role"] == "First" for each in won)
            sent, left = (0, firsts) if because else (firsts, 0)
            done = Delivered(done.handed_over + sent, done.not_sent + left, because if left else done.because)
        return done

    def _claimed(self, batch: Sequence[_Due]) -> list[_Due]:
        """Those that this worker, and no other, may send now. Commits."""
        now = self.site.now()
        firsts = [each.intent for each in batch if each.intent]
        won = outbox.claim(self.site, [each.row for each in batch])
        if won and intents.move(self.site, firsts, "Claimed", at=now):
            self.site.commit()
            taken = {"status": "Claimed", "status_at": now}
            return [_Due(each.row, each.told, each.intent and each.intent | taken) for each in batch]
        self.site.rollback()
        return [] if len(batch) == 1 else [one for each in batch for one in self._claimed([each])]

    def _send(self, channel: Channel, won: Sequence[_Due]) -> str:
        """Hand one message about these over, and settle what the channel took; why it did not, or empty."""
        many, names = [each.told for each in won], [str(each.row["name"]) for each in won]
        receipt, because = give(
            self.site, self.settings, channel, lambda: routing.notice(self.site, many, channel.name), names
        )
        if receipt:
            firsts = [each.intent for each in won if each.intent]
            said = receipt.said or receipt.reference
            intents.move(self.site, firsts, "Handed over", because=said, at=self.site.now())
            self.site.commit()
        return because

    def _pass_on(self, batch: Sequence[_Due], because: str) -> None:
        """Settle what the channel did not take, and have the next one tell it. Commits."""
        outbox.failed(self.site, [str(each.row["name"]) for each in batch], because)
        stand = ("Not sent", because)
        firsts = [each.intent for each in batch if each.intent]
        news = [row for row in firsts if (row["status"], row["because"]) != stand]
        intents.move(self.site, news, "Not sent", because=because, at=self.site.now())
        falling = [each.told for each in batch if each.row["role"] != "Parallel"]
        if falling:
            routing.fall_back(self.site, self.settings, self.way, falling, self.name)
        self.site.commit()


def _worth_sending(site: Site, way: Route, rows: Sequence[Row], ready: Mapping[str, Ready]) -> list[_Due]:
    """What can still be told; what waited for over a day, or has no alert any more, is given up. Commits."""
    found = alerts.rows_of(site, {str(row["alert"]) for row in rows}, messages.FIELDS)
    left = {str(row["alert"]) for row in rows if row["role"] == "First" and _intent(row) not in ready}
    stood = {row["name"]: row for about in intents.of_alerts(site, left).values() for row in about}
    due, given_up = [], dict[str, list[str]]()
    for row in rows:
        alert, first = found.get(str(row["alert"])), ready.get(_intent(row))
        because = _not_worth(site, row, alert, stood.get(_intent(row)))
        if first and row["role"] == "First":
            # of a channel or a route that comes first no more, another delivery tells it
            mine = str(row.get("route") or "") == first.told.route
            here = mine and row["channel"] in [each.name for each in way.order[:1]]
            due += [_Due(row, first.told, first.intent)] if here else []
        elif alert is None or because:
            given_up.setdefault(because, []).append(str(row["name"]))
        elif row["role"] != "First":
            due.append(_Due(row, _told(site, row, alert), first.intent if first else None))
    for because, names in given_up.items():
        outbox.failed(site, names, said(because, site.translate), status="Given up")
    site.commit()
    return due


def _intent(row: Row) -> str:
    """The name of the notification that this delivery tells; of a fall-back and a parallel one none."""
    mine = row["role"] in ("First", "Escalation")
    about = (str(row["alert"]), str(row["event"]), int(row["round"] or 0), int(row["level"] or 1))
    return intent_row.key(*about) if mine else ""


def _told(site: Site, row: Row, alert: Row) -> Notification:
    note = ""
    if row["role"] == "Fallback":
        note = site.translate("This comes here because another channel did not carry it.")
    round_, level = int(row["round"] or 0), int(row["level"] or 1)
    route = str(row.get("route") or "")
    return Notification(alert, row["event"], note, row["reason"], round_, level, route=route)


def _not_worth(site: Site, row: Row, alert: Row | None, stood: Row | None) -> str:
    """Why this is not sent any more; empty while it is."""
    if alert is None:
        return Words("the alert is gone")
    if stood and stood["status"] == "Not wanted":
        return str(stood["because"]) if stood["because"] else Words("nobody is told")
    if stood and stood["status"] == "Handed over":
        return Words("another channel told it")
    if row["role"] == "Escalation" and row["event"] == "opened" and alert["status"] != "Active":
        return Words("somebody acknowledged or resolved it first")
    if row["event"] == "resolved" and alert["status"] != "Resolved":
        return Words("it was reopened first")
    held = stood and stood["status"] in intent_row.PENDING
    since = row["creation"]
    fresh = isinstance(since, datetime) and abs(site.now() - since) <= GIVEN_UP_AFTER
    return "" if held or fresh else Words("not sent within a day")
