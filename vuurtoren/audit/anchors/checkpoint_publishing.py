"""Hands the newest checkpoint out through every channel, and writes down who took it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from vuurtoren.audit.anchors import file, message
from vuurtoren.audit.anchors.choices import Choices, choices
from vuurtoren.audit.anchors.webhook import Webhook
from vuurtoren.audit.recording.steps import BANK_SUBMISSION
from vuurtoren.audit.seals.checkpoint import SignedCheckpoint
from vuurtoren.audit.seals.tables import ANCHOR, CHECKPOINT, LEAF, LOG
from vuurtoren.failures import explain, report
from vuurtoren.health import runs
from vuurtoren.outward.https_client import HttpsClient, NotAnswered
from vuurtoren.outward.languages import in_each_language
from vuurtoren.privacy.redaction import redact_text
from vuurtoren.site.errors import MailNotAccepted, SiteError
from vuurtoren.site.protocol import Site
from vuurtoren.site.schema import SHORT_TEXT_LENGTH
from vuurtoren.site.values import Mail, Row
from vuurtoren.site.words.words import Words, reason, said

JOB = "audit anchors"
AFTER_SUBMISSION = "audit anchors after a submission"
"""Their rows in Monitoring Run."""
FROM_HOUR = 6
SUBMISSIONS_ONCE_IN = timedelta(hours=1)
SUBMISSIONS_LOOKED_BACK = timedelta(days=1)
"""An older one is in what is handed out every day."""
MOST_SUBMISSIONS = 200
MAIL, MAIL_INSIDE, FILE, WEBHOOK = "mail", "mail inside", "file", "webhook"
OUTSIDE = (MAIL, WEBHOOK)
"""What leaves the reach of whoever rules this machine; a mail to the site's own domain does not."""


@dataclass(frozen=True)
class Handed:
    """One channel that took the checkpoint: to where, and what it answered."""

    channel: str
    target: str
    receipt: str


@dataclass
class HandedOut:
    """What became of one checkpoint. `problems` holds a sentence for every channel that did not take it."""

    short: str = ""
    minutes: str = ""
    taken: list[Handed] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def outside(self) -> bool:
        """Whether somebody outside holds it now, as far as this site can know."""
        return any(handed.channel in OUTSIDE for handed in self.taken)


def hand_out(site: Site, client: HttpsClient | None = None) -> HandedOut:
    """Hand the newest checkpoint out now; commits what was taken.

    A channel that refuses is named and holds no other up. Raises BadNote when the checkpoint cannot be read.
    """
    result = HandedOut()
    row, signed = newest(site)
    if signed is None:
        result.problems.append(site.translate("nothing was sealed yet, so there is nothing to hand out"))
        return result
    chosen = choices(site)
    result.short, result.minutes = signed.checkpoint.short, message.for_minutes(site, signed)
    result.problems += _warnings(site, chosen)
    for send in _channels(site, row, signed, chosen, client or HttpsClient()):
        _try(site, row, send, result)
    return result


def hand_out_daily(site: Site, client: HttpsClient | None = None) -> str:
    """Hand out once a day, from six in the morning, every hour until somebody took it; what went wrong."""
    if site.now().hour < FROM_HOUR:
        return ""
    with runs.run(site, JOB, once_a="day") as held:
        if held is None:
            return ""
        result = hand_out(site, client)
        if not result.outside and result.short and choices(site).reaches_outside:
            held.problems += result.problems
        return "; ".join(held.problems)


def hand_out_after_submission(site: Site, client: HttpsClient | None = None) -> str:
    """Hand out once a Bank Submission is sealed that nobody outside holds yet; what went wrong.

    At most once an hour, and only where somebody outside is named. Commits.
    """
    if not choices(site).reaches_outside or not _submission_is_due(site):
        return ""
    with runs.run(site, AFTER_SUBMISSION) as held:
        if held is None:
            return ""
        result = hand_out(site, client)
        if not result.outside:
            held.problems += result.problems
        return "; ".join(held.problems)


def _submission_is_due(site: Site) -> bool:
    now, last = site.now(), last_outside(site)
    tried = site.get(runs.DOCTYPE, AFTER_SUBMISSION)
    moments = filter(None, (last, tried["started_at"] if tried else None))
    if any(timedelta(0) <= now - moment < SUBMISSIONS_ONCE_IN for moment in moments):
        return False
    recent = {"process_type": BANK_SUBMISSION, "creation": (">=", now - SUBMISSIONS_LOOKED_BACK)}
    order = "creation desc"
    rows = site.get_all(LOG, ["event_id"], recent, order_by=order, limit=MOST_SUBMISSIONS)
    events = [row["event_id"] for row in rows if row["event_id"]]
    unheld = {"event": ("in", events), "position": (">=", _size_held_outside(site))}
    return bool(events) and site.count(LEAF, unheld) > 0


def _size_held_outside(site: Site) -> int:
    """How many entries the newest checkpoint counts that somebody outside was given."""
    given = {"parenttype": CHECKPOINT, "channel": ("in", OUTSIDE)}
    rows = site.get_all(ANCHOR, ["parent"], given, order_by="parent desc", limit=1)
    checkpoint = site.get(CHECKPOINT, rows[0]["parent"]) if rows else None
    return int(checkpoint["tree_size"]) if checkpoint else 0


def newest(site: Site) -> tuple[str, SignedCheckpoint | None]:
    """The row name and the note of the newest checkpoint; raises BadNote."""
    rows = site.get_all(CHECKPOINT, ["name", "note"], order_by="sequence desc", limit=1)
    return (rows[0]["name"], SignedCheckpoint.from_text(rows[0]["note"] or "")) if rows else ("", None)


def last_outside(site: Site) -> datetime | None:
    """When a checkpoint was last handed to somebody outside, site time; None when it never was."""
    rows = site.get_all(
        ANCHOR,
        ["sent_at"],
        {"parenttype": CHECKPOINT, "channel": ("in", OUTSIDE)},
        order_by="sent_at desc",
        limit=1,
    )
    return rows[0]["sent_at"] if rows else None


@dataclass(frozen=True)
class Holder:
    """Who was handed a checkpoint, when, by which channel, and of how many entries."""

    target: str
    channel: str
    sent_at: datetime
    tree_size: int

    @property
    def outside(self) -> bool:
        return self.channel in OUTSIDE


def holders(site: Site, most: int) -> list[Holder]:
    """Who has checkpoints: of everybody the newest that they were handed, the latest first."""
    fields = ["parent", "channel", "target", "sent_at"]
    rows = site.get_all(
        ANCHOR, fields, {"parenttype": CHECKPOINT}, order_by="sent_at desc", limit=MOST_SUBMISSIONS
    )
    newest_of: dict[tuple[str, str], Row] = {}
    for row in rows:
        newest_of.setdefault((str(row["channel"]), str(row["target"])), row)
    found = list(newest_of.values())[:most]
    wanted = {"name": ("in", sorted({str(row["parent"]) for row in found}))}
    sizes = site.get_all(CHECKPOINT, ["name", "tree_size"], wanted) if found else []
    size_of = {str(row["name"]): int(row["tree_size"] or 0) for row in sizes}
    return [
        Holder(
            str(row["target"] or ""), str(row["channel"]), row["sent_at"], size_of.get(str(row["parent"]), 0)
        )
        for row in found
    ]


def _channels(
    site: Site, row: str, signed: SignedCheckpoint, chosen: Choices, client: HttpsClient
) -> list[Callable[[], Handed]]:
    channels: list[Callable[[], Handed]] = [lambda: _to_file(site, row, signed)]
    if chosen.outside or chosen.inside:
        channels.append(lambda: _to_mail(site, row, signed, chosen))
    if chosen.webhook_url:
        hook = Webhook(chosen.webhook_url, chosen.webhook_secret, client)
        target = urlsplit(chosen.webhook_url).hostname or ""
        channels.append(lambda: Handed(WEBHOOK, target, hook.send(site, signed)))
    return channels


def _to_file(site: Site, row: str, signed: SignedCheckpoint) -> Handed:
    path, written = file.write(site, int(row), signed)
    return Handed(FILE, path.name, Words("written") if written else Words("was there already"))


def _to_mail(site: Site, row: str, signed: SignedCheckpoint, chosen: Choices) -> Handed:
    """Everybody reads it in a language of their own; see `outward.languages`."""
    everybody = (*chosen.outside, *chosen.inside)
    receipts = [
        site.sendmail(Mail(readers, said.subject, said.text, said.html, CHECKPOINT, row))
        for readers, said in in_each_language(
            site, everybody, lambda: message.compose(site, signed, chosen.inside)
        )
    ]
    target = redact_text(", ".join(everybody))
    taken = ", ".join(f"{receipt.channel}: {receipt.reference}" for receipt in receipts)
    return Handed(MAIL if chosen.outside else MAIL_INSIDE, target, taken)


def _try(site: Site, row: str, send: Callable[[], Handed], result: HandedOut) -> None:
    try:
        handed = send()
        _write_down(site, row, handed)
    except (MailNotAccepted, NotAnswered, OSError, SiteError) as refused:
        site.rollback()
        result.problems.append(explain(said(reason(refused), site.translate)))
        report(site, "handing out an audit checkpoint", refused)
    else:
        site.commit()
        result.taken.append(handed)


def _write_down(site: Site, row: str, handed: Handed) -> None:
    site.insert(
        ANCHOR,
        {
            "parent": row,
            "parenttype": CHECKPOINT,
            "parentfield": "anchors",
            "idx": site.count(ANCHOR, {"parent": row, "parenttype": CHECKPOINT}) + 1,
            "channel": handed.channel,
            "target": handed.target[:SHORT_TEXT_LENGTH],
            "sent_at": site.now(),
            "receipt": handed.receipt[:SHORT_TEXT_LENGTH],
        },
    )


def _warnings(site: Site, chosen: Choices) -> list[str]:
    """What people should mend, although everything was handed out as it was configured."""
    warnings = []
    if chosen.refused:
        warnings.append(site.translate("not a mail address: {0}").format(", ".join(chosen.refused)))
    if chosen.inside:
        text = site.translate("not outside, because in the site's own domain: {0}")
        warnings.append(text.format(redact_text(", ".join(chosen.inside))))
    if not chosen.reaches_outside:
        text = site.translate("nobody outside is named: fill in {0} in the site configuration")
        warnings.append(text.format("audit_anchor_recipients"))
    return warnings
