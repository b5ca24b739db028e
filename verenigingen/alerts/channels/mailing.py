"""Email, through whatever carries the mail of the site."""

from __future__ import annotations

from dataclasses import replace

from verenigingen.alerts import alerts
from verenigingen.alerts.channel_settings import MAIL
from verenigingen.alerts.channels.channel import Notice, NotTaken, Taken
from verenigingen.alerts.recipients import Recipients, recipients
from verenigingen.alerts.settings import Settings
from verenigingen.alerts.templating import Message
from verenigingen.site.errors import MailNotAccepted
from verenigingen.site.protocol import Site
from verenigingen.site.values import Mail, MailReceipt, Proof

HANDED = ("smtp", "outbox")
"""Carriers whose receipt is the proof: the server accepted the message, or the file is stored."""


class EmailChannel:
    """One message to all recipients; proven when the mail server has it (Email Queue row Sent)."""

    name = MAIL

    def hindrance(self, site: Site, settings: Settings) -> str:
        people = recipients(site, settings)
        return "" if people.addresses else people.problem

    def audience(self, site: Site, settings: Settings) -> str:
        return ", ".join(recipients(site, settings).addresses)

    def hand_over(self, site: Site, settings: Settings, notice: Notice) -> Taken:
        message = Message(notice.subject, notice.text, notice.html)
        people = _with(recipients(site, settings), notice.told_before)
        try:
            receipt = hand_over(site, message, people, notice.alert, opens_thread=notice.opens_thread)
        except MailNotAccepted as refused:
            raise NotTaken(str(refused)) from refused
        said = f"{receipt.channel}: {receipt.reference}"
        proof = said if receipt.channel in HANDED else ""
        return Taken("\n".join((receipt.reference, *receipt.others)), proof, said, people.addresses)

    def prove(self, site: Site, reference: str) -> Proof:
        proof = site.mail_proof(tuple(reference.splitlines()))
        suspended = site.mail().suspended_because if proof.state == "waiting" else ""
        return Proof("failed", suspended) if suspended else proof


def _with(people: Recipients, others: tuple[str, ...]) -> Recipients:
    """The same and these, each once."""
    known = {address.lower() for address in people.addresses}
    missing = (address for address in others if address.lower() not in known)
    return replace(people, addresses=(*people.addresses, *missing))


def hand_over(
    site: Site, message: Message, people: Recipients, alert: str = "", *, opens_thread: bool = False
) -> MailReceipt:
    """Send one message to all recipients, in the thread of its alert. Raises MailNotAccepted."""
    return site.sendmail(
        Mail(
            recipients=people.addresses,
            subject=message.subject,
            text=message.text,
            html=message.html,
            reference_doctype=alerts.DOCTYPE if alert else "",
            reference_name=alert,
            thread=f"alert-{alert}" if alert else "",
            opens_thread=opens_thread,
        )
    )
