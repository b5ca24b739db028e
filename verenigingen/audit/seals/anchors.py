"""Hands the newest checkpoint to people outside: what they hold, nobody here can rewrite."""

from __future__ import annotations

from datetime import timedelta
from html import escape
from typing import Any

from verenigingen.audit.seals.checkpoint import SignedCheckpoint
from verenigingen.audit.seals.tables import ANCHOR, CHECKPOINT
from verenigingen.site.errors import MailNotAccepted
from verenigingen.site.protocol import Site
from verenigingen.site.values import Mail, Row

RECIPIENTS = "sepa_audit_anchor_recipients"
"""Configuration key: mail addresses outside the association's own domain, such as the audit committee's."""
FOLDER = ("private", "audit_anchors")
MAIL, FILE = "mail", "file"
EVERY = timedelta(hours=20)


def hand_out(site: Site) -> list[str]:
    """Hand the newest checkpoint out once a day; what was done or refused, a line each. Commits.

    The file in private/audit_anchors is for backups that are kept elsewhere; only the mail counts as outside.
    """
    rows = site.get_all(CHECKPOINT, ["name", "note"], order_by="sequence desc", limit=1)
    if not rows or _lately(site):
        return []
    checkpoint = rows[0]
    told = [_keep_as_file(site, checkpoint)]
    addresses = _addresses(site)
    if addresses:
        told.append(_mail(site, checkpoint, addresses))
    site.commit()
    return told


def _lately(site: Site) -> bool:
    return site.count(ANCHOR, {"sent_at": (">=", site.now() - EVERY), "parenttype": CHECKPOINT}) > 0


def _addresses(site: Site) -> tuple[str, ...]:
    stated = site.conf(RECIPIENTS) or ()
    listed = stated.replace(",", " ").split() if isinstance(stated, str) else stated
    return tuple(str(address) for address in listed)


def _keep_as_file(site: Site, checkpoint: Row) -> str:
    folder = site.site_path().joinpath(*FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{checkpoint['name']}.txt"
    path.write_text(checkpoint["note"], "utf-8")
    _remember(site, checkpoint, FILE, path.name, "written")
    return f"{FILE}: {path}"


def _mail(site: Site, checkpoint: Row, addresses: tuple[str, ...]) -> str:
    signed = SignedCheckpoint.from_text(checkpoint["note"]).checkpoint
    subject = site.translate("SEPA audit trail of {0}: checkpoint {1}").format(site.name, signed.short)
    text = site.translate(
        "Please keep this message. It states what the SEPA audit trail held at {0}, and nobody can change"
        " that afterwards without it being seen.\n\nFor the minutes: {1}\n\nThe signed checkpoint:\n\n{2}"
    ).format(signed.time_utc, signed.short, checkpoint["note"])
    html = f"<pre>{escape(text)}</pre>"
    try:
        receipt = site.sendmail(Mail(addresses, subject, text, html, CHECKPOINT, checkpoint["name"]))
    except MailNotAccepted as refused:
        return f"{MAIL}: {refused}"
    _remember(site, checkpoint, MAIL, ", ".join(addresses), f"{receipt.channel} {receipt.reference}")
    return f"{MAIL}: {', '.join(addresses)}"


def _remember(site: Site, checkpoint: Row, channel: str, target: str, receipt: str) -> None:
    parent: dict[str, Any] = {
        "parent": checkpoint["name"],
        "parenttype": CHECKPOINT,
        "parentfield": "anchors",
    }
    stated = {"channel": channel, "target": target[:140], "receipt": receipt[:140], "sent_at": site.now()}
    site.insert(ANCHOR, parent | stated)
