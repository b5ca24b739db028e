"""Email, through whatever carries the mail of the site."""

from __future__ import annotations

from dataclasses import replace

from vuurtoren.alerts import alerts
from vuurtoren.notifications.channels.channel import Notice, Receipt, SendRefused
from vuurtoren.notifications.recipients import Recipients, recipients
from vuurtoren.outward.templating import Message
from vuurtoren.settings.channels import MAIL
from vuurtoren.settings.settings import Settings
from vuurtoren.site.errors import MailNotAccepted
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Mail, MailReceipt, Proof

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

    def send(self, site: Site, settings: Settings, notice: Notice) -> Receipt:
        message = Message(notice.subject, notice.text, notice.html)
        people = _with(recipients(site, settings), notice.told_before)
        try:
            receipt = send_mail(site, message, people, notice.alert, opens_thread=notice.opens_thread)
        except MailNotAccepted as refused:
            raise SendRefused(str(refused)) from refused
        said = f"{receipt.channel}: {receipt.reference}"
        proof = said if receipt.channel in HANDED else ""
        return Receipt("\n".join((receipt.reference, *receipt.others)), proof, said, people.addresses)

    def prove(self, site: Site, reference: str) -> Proof:
        proof = site.mail_proof(tuple(reference.splitlines()))
        suspended = site.mail().suspended_because if proof.state == "waiting" else ""
        return Proof("failed", suspended) if suspended else proof


def _with(people: Recipients, others: tuple[str, ...]) -> Recipients:
    """The same and these, each once."""
    known = {address.lower() for address in people.addresses}
    missing = (address for address in others if address.lower() not in known)
    return replace(people, addresses=(*people.addresses, *missing))


def send_mail(
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
