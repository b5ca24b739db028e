"""Telling as a second step: what is due is claimed, handed over, and marked with what really happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from verenigingen.alerts import alerts, messages
from verenigingen.alerts.messages import Event, Told
from verenigingen.alerts.own_errors import boundary, explain
from verenigingen.alerts.recipients import Recipients, recipients
from verenigingen.alerts.settings import Settings
from verenigingen.alerts.templating import Message
from verenigingen.alerts.text import clean
from verenigingen.site.errors import MailNotAccepted
from verenigingen.site.protocol import Site
from verenigingen.site.values import Mail

LOCK = "alert delivery"
STALE_CLAIM = timedelta(minutes=15)
"""A claim this old belongs to a worker that died: another one takes it over."""
WORTH_TELLING_FOR = timedelta(days=1)
"""An alert that ended longer ago than this, and was never told, is left to the daily report."""
MOST_SINGLE_MESSAGES = 5
MOST_AT_ONCE = 500
TO_DO = ("Due", "Claimed", "Not sent")


@dataclass(frozen=True)
class Delivered:
    """What one delivery did; `because` says why something was not sent."""

    handed_over: int = 0
    not_sent: int = 0
    because: str = ""


@dataclass(frozen=True)
class Claim:
    """One message that this worker, and no other, may send; `claimed_at` proves it."""

    told: Told
    claimed_at: datetime


def deliver(site: Site, settings: Settings, only: str = "") -> Delivered:
    """Hand over what is due, about one alert or all; commits.

    Each message is claimed by compare-and-swap before it is sent. A refusal is written on the alert and
    tried again at the next delivery; after a refusal the others are not tried, as a mail server that hangs
    would hold everything up.
    """
    with site.lock(LOCK) as had:
        if not had:
            return Delivered(because=site.translate("another delivery is at work and takes it along"))
        due = sorted(_due(site, settings, only), key=lambda told: told.urgency)
        if not due:
            return Delivered()
        people = recipients(site, settings)
        if not people.addresses:
            return _refuse_all(site, due, people.problem)
        if len(due) > MOST_SINGLE_MESSAGES:
            return _send(site, due, people)
        return _send_one_by_one(site, due, people)


def _send_one_by_one(site: Site, due: Sequence[Told], people: Recipients) -> Delivered:
    done = Delivered()
    for position, told in enumerate(due):
        one = _send(site, [told], people)
        done = replace(done, handed_over=done.handed_over + one.handed_over)
        if one.because:
            rest = _refuse_all(site, due[position + 1 :], one.because)
            return replace(done, not_sent=one.not_sent + rest.not_sent, because=one.because)
    return done


def _send(site: Site, due: Sequence[Told], people: Recipients) -> Delivered:
    """Claim these, send one message about those that were won, and write down what happened to it."""
    won = [claim for told in due if (claim := _claimed(site, told))]
    site.commit()
    if not won:
        return Delivered()
    note, because = "", ""
    with boundary(site, "sending messages", undo=True) as caught:
        try:
            note = _hand_over(site, [claim.told for claim in won], people)
        except MailNotAccepted as refused:
            because = explain(str(refused))
    because = because or caught.reason
    if because:
        site.rollback()
    sent = 0 if because else len(won)
    for claim in won:
        _settle(site, claim, "Not sent" if because else "Handed over", because or note)
    site.commit()
    return Delivered(sent, len(won) - sent, because)


def _hand_over(site: Site, many: Sequence[Told], people: Recipients) -> str:
    """Who took the message over; raises MailNotAccepted."""
    single = many[0] if len(many) == 1 else None
    message = messages.about_one(site, single) if single else messages.about_many(site, many)
    return hand_over(site, message, people, str(single.row["name"]) if single else "")


def hand_over(site: Site, message: Message, people: Recipients, alert: str = "") -> str:
    """Send one message to all recipients; the text says who took it. Raises MailNotAccepted."""
    receipt = site.sendmail(
        Mail(
            recipients=people.addresses,
            subject=message.subject,
            text=message.text,
            html=message.html,
            reference_doctype=alerts.DOCTYPE if alert else "",
            reference_name=alert,
        )
    )
    return f"{receipt.channel}: {receipt.reference}"


def _due(site: Site, settings: Settings, only: str) -> list[Told]:
    """What is to be told now; what is no longer worth telling is marked so."""
    rows = {}
    for event in ("opened", "resolved"):
        wanted: dict[str, object] = {f"{event}_mail": ("in", TO_DO)}
        if only:
            wanted["name"] = only
        names = site.get_all(alerts.DOCTYPE, ["name"], wanted, order_by="timestamp", limit=MOST_AT_ONCE)
        rows.update({str(each["name"]): site.get(alerts.DOCTYPE, str(each["name"])) for each in names})
    due = []
    for row in rows.values():
        told = _what_to_tell(site, row, settings) if row else None
        due += [told] if told else []
    site.commit()
    return due


def _what_to_tell(site: Site, row: dict[str, object], settings: Settings) -> Told | None:
    now = site.now()
    if not (settings.enabled and settings.mail_enabled):
        _not_wanted(site, row, site.translate("Messages were switched off in Monitoring Settings."))
        return None
    if row["opened_mail"] == "Claimed" and not _stale(row["opened_mail_at"], now):
        return None
    if row["opened_mail"] not in TO_DO:
        fresh_claim = row["resolved_mail"] == "Claimed" and not _stale(row["resolved_mail_at"], now)
        return None if fresh_claim else Told(row, "resolved")
    if row["status"] != "Resolved":
        return Told(row, "opened")
    return _told_too_late(site, row, now)


def _told_too_late(site: Site, row: dict[str, object], now: datetime) -> Told | None:
    """An alert that ended before its opening was told: one closing message says both, if it is still news."""
    because = str(row["opened_mail_note"] or site.translate("it ended before the next delivery"))
    resolved_at = row["resolved_at"]
    late = isinstance(resolved_at, datetime) and abs(now - resolved_at) > WORTH_TELLING_FOR
    if late or row["resolved_mail"] not in TO_DO:
        _not_wanted(site, row, site.translate("It ended untold (see the daily report): {0}").format(because))
        return None
    site.update(
        alerts.DOCTYPE,
        str(row["name"]),
        {"opened_mail": "Not wanted", "opened_mail_note": clean(because)},
        expect={"opened_mail": row["opened_mail"]},
    )
    note = site.translate("This was not told when it began: {0}").format(because)
    return Told(row | {"opened_mail": "Not wanted"}, "resolved", note)


def _not_wanted(site: Site, row: dict[str, object], because: str) -> None:
    values: dict[str, object] = {}
    for event in ("opened", "resolved"):
        if row[f"{event}_mail"] in TO_DO:
            values |= {f"{event}_mail": "Not wanted", f"{event}_mail_note": clean(because)}
    expect = {"opened_mail": row["opened_mail"], "resolved_mail": row["resolved_mail"]}
    site.update(alerts.DOCTYPE, str(row["name"]), values, expect=expect)


def _stale(claimed_at: object, now: datetime) -> bool:
    """Whether the claim is too old; one from the future was made before the clock went back."""
    return not isinstance(claimed_at, datetime) or abs(now - claimed_at) >= STALE_CLAIM


def _claimed(site: Site, told: Told) -> Claim | None:
    status, at = _fields(told.event)
    expect = {status: told.row[status], at: told.row[at]}
    now = site.now()
    won = site.update(alerts.DOCTYPE, str(told.row["name"]), {status: "Claimed", at: now}, expect=expect)
    return Claim(told, now) if won else None


def _settle(site: Site, claim: Claim, outcome: str, note: str) -> None:
    status, at = _fields(claim.told.event)
    site.update(
        alerts.DOCTYPE,
        str(claim.told.row["name"]),
        {status: outcome, at: site.now(), f"{status}_note": clean(note)},
        expect={status: "Claimed", at: claim.claimed_at},
    )


def _refuse_all(site: Site, due: Sequence[Told], because: str) -> Delivered:
    """Mark these as not sent without trying; they are tried at the next delivery."""
    for told in due:
        status, at = _fields(told.event)
        if (told.row[status], told.row[f"{status}_note"]) == ("Not sent", clean(because)):
            continue
        site.update(
            alerts.DOCTYPE,
            str(told.row["name"]),
            {status: "Not sent", f"{status}_note": clean(because)},
            expect={status: told.row[status], at: told.row[at]},
        )
    site.commit()
    return Delivered(not_sent=len(due), because=because)


def _fields(event: Event) -> tuple[str, str]:
    return f"{event}_mail", f"{event}_mail_at"
