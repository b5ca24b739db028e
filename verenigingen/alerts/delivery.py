"""Telling as a second step: what is due is claimed, handed over, and marked with what really happened.

The messages of an alert are recorded with its transitions, in one transaction, as `opened_mail` and
`resolved_mail`: they are claimed here. What became of each on each channel is in the rows of `outbox`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from verenigingen.alerts import alerts, climbing, dispatch, outbox, proof, reasons, routing, stored_silences
from verenigingen.alerts.dispatch import MOST_SINGLE_MESSAGES
from verenigingen.alerts.messages import Event, Told
from verenigingen.alerts.outbox import MOST_AT_ONCE, STALE_CLAIM
from verenigingen.alerts.routing import Route
from verenigingen.alerts.settings import Settings
from verenigingen.alerts.text import clean
from verenigingen.site.protocol import Site

LOCK = "alert delivery"
WORTH_TELLING_FOR = timedelta(days=1)
"""An alert that ended longer ago than this, and was never told, is left to the daily report."""
TO_DO = ("Due", "Claimed", "Not sent")


@dataclass(frozen=True)
class Delivered:
    """What the first channel did; `because` says why something was not sent."""

    handed_over: int = 0
    not_sent: int = 0
    because: str = ""


@dataclass(frozen=True)
class Claim:
    """One message that this worker, and no other, may send; `claimed_at` proves it."""

    told: Told
    claimed_at: datetime


def deliver(site: Site, settings: Settings, only: str = "") -> Delivered:
    """Hand over what is due, about one alert or all, and follow what was handed over before; commits.

    Each message is claimed by compare-and-swap before it is sent. A refusal is written on the alert and
    tried again at the next delivery, while the next channel tells it now; after a refusal the others are not
    tried, as a mail server that hangs would hold everything up.
    """
    with site.lock(LOCK) as had:
        if not had:
            return Delivered(because=site.translate("another delivery is at work and takes it along"))
        way = routing.route(site, settings)
        done = _Delivery(site, settings, way).tell(_to_tell(site, settings, only))
        if settings.tells:
            if not only:
                proof.follow(site, settings, way)
                climbing.climb(site, settings, stored_silences.in_force(site))
            dispatch.send_waiting(site, settings, way, only)
        return done


def _to_tell(site: Site, settings: Settings, only: str) -> list[Told]:
    """What is due or is told again, the most severe first; quiet hours and silences hold back."""
    silences = stored_silences.in_force(site)
    due = reasons.given(site, settings, _due(site, settings, only))
    if settings.tells and not only:
        due += reasons.told_again(site, settings)
    return sorted(
        (
            told
            for told in due
            if not stored_silences.keeps_back(site, silences, told) and not _held_back(site, settings, told)
        ),
        key=lambda told: told.urgency,
    )


@dataclass(frozen=True)
class _Delivery:
    """One delivery through the first channel of the route."""

    site: Site
    settings: Settings
    way: Route

    def tell(self, due: Sequence[Told]) -> Delivered:
        if not due or not self.way.order:
            return Delivered()
        hindrance = self.way.order[0].hindrance(self.site, self.settings)
        if hindrance:
            return self._refuse_all(due, hindrance)
        if len(due) > MOST_SINGLE_MESSAGES:
            return self._send(due)
        return self._send_one_by_one(due)

    def _send_one_by_one(self, due: Sequence[Told]) -> Delivered:
        done = Delivered()
        for position, told in enumerate(due):
            one = self._send([told])
            done = replace(done, handed_over=done.handed_over + one.handed_over)
            if one.because:
                rest = self._refuse_all(due[position + 1 :], one.because)
                return replace(done, not_sent=one.not_sent + rest.not_sent, because=one.because)
        return done

    def _send(self, due: Sequence[Told]) -> Delivered:
        """Claim these, send one message about those that were won, and write down what happened to it."""
        won = [claim for told in due if (claim := _claimed(self.site, told))]
        if not won:
            self.site.commit()
            return Delivered()
        channel, many = self.way.order[0], [claim.told for claim in won]
        names = self._begin(many, claimed=True)
        self.site.commit()
        receipt, because = dispatch.send(self.site, self.settings, channel, many, names)
        note = because or (receipt.said or receipt.reference if receipt else "")
        for claim in won:
            _settle(self.site, claim, "Not sent" if because else "Handed over", note)
        if because:
            routing.fall_back(self.site, self.settings, self.way, many, channel.name)
        self.site.commit()
        sent = 0 if because else len(won)
        return Delivered(sent, len(won) - sent, because)

    def _begin(self, many: Sequence[Told], *, claimed: bool) -> list[str]:
        """Rows for the first channel, the caller's own if `claimed`, for those beside it, and for levels."""
        for channel in self.way.parallel:
            audience = channel.audience(self.site, self.settings)
            outbox.begin(self.site, many, channel.name, "Parallel", audience, claimed=False)
        for told in many:
            climbing.tell_levels(self.site, self.settings, told)
        first = self.way.order[0]
        audience = first.audience(self.site, self.settings)
        return outbox.begin(self.site, many, first.name, "First", audience, claimed=claimed)

    def _refuse_all(self, due: Sequence[Told], because: str) -> Delivered:
        """Mark these as not sent without trying, and have the next channel tell them."""
        changed = [told for told in due if _refused(self.site, told, because)]
        if changed:
            self._begin(changed, claimed=False)
            first = self.way.order[0].name
            outbox.failed(self.site, [outbox.key(told, first) for told in changed], because)
            routing.fall_back(self.site, self.settings, self.way, changed, first)
        self.site.commit()
        return Delivered(not_sent=len(due), because=because)


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
    if not settings.tells:
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


def _refused(site: Site, told: Told, because: str) -> bool:
    """Write the refusal on the alert; whether it is news there."""
    status, at = _fields(told.event)
    if (told.row[status], told.row[f"{status}_note"]) == ("Not sent", clean(because)):
        return False
    return site.update(
        alerts.DOCTYPE,
        str(told.row["name"]),
        {status: "Not sent", f"{status}_note": clean(because)},
        expect={status: told.row[status], at: told.row[at]},
    )


def _held_back(site: Site, settings: Settings, told: Told) -> bool:
    """Whether quiet hours of its severity hold it back; the alert says until when."""
    quiet = settings.channels.quiet.get(str(told.row["severity"]))
    until = quiet.ends_at(site.now()) if quiet else None
    if until is None:
        return False
    status, at = _fields(told.event)
    note = site.translate("held back until {0}, quiet hours of {1}").format(
        f"{until:%Y-%m-%d %H:%M}", told.row["severity"]
    )
    if told.row[status] in TO_DO and told.row[f"{status}_note"] != note:
        expect = {status: told.row[status], at: told.row[at]}
        site.update(alerts.DOCTYPE, str(told.row["name"]), {f"{status}_note": note}, expect=expect)
        site.commit()
    return True


def _fields(event: Event) -> tuple[str, str]:
    return f"{event}_mail", f"{event}_mail_at"
