"""Email, through whatever carries the mail of the site."""

from __future__ import annotations

from dataclasses import replace

from vuurtoren.alerts import alerts
from vuurtoren.notifications.channels.channel import Notice, Receipt, SendRefused
from vuurtoren.notifications.recipients import Recipients, recipients
from vuurtoren.outward.languages import in_each_language
from vuurtoren.outward.templating import Message
from vuurtoren.settings.channels import MAIL
from vuurtoren.settings.settings import Settings
from vuurtoren.site.errors import MailNotAccepted
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Mail, MailReceipt, Proof

HANDED = ("smtp", "outbox")
"""Carriers whose receipt is the proof: the server accepted the message, or the file is stored."""


class EmailChannel:
    """One message in each language of its recipients; proven when the mail server has it (status Sent)."""

    name = MAIL

    def hindrance(self, site: Site, settings: Settings) -> str:
        people = recipients(site, settings)
        return "" if people.addresses else people.problem

    def audience(self, site: Site, settings: Settings) -> str:
        return ", ".join(recipients(site, settings).addresses)

    def send(self, site: Site, settings: Settings, notice: Notice) -> Receipt:
        people = _with(recipients(site, settings), notice.told_before)
        receipts: list[MailReceipt] = []
        try:
            for readers, message in in_each_language(site, people.addresses, notice.said_again):
                opens = notice.opens_thread and not receipts
                receipts.append(send_mail(site, message, readers, notice.alert, opens_thread=opens))
        except MailNotAccepted as refused:
            raise SendRefused(str(refused)) from refused
        first, references = receipts[0], [each for one in receipts for each in (one.reference, *one.others)]
        said = f"{first.channel}: {first.reference}"
        proof = said if first.channel in HANDED else ""
        return Receipt("\n".join(references), proof, said, people.addresses)

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
    site: Site, message: Message, readers: tuple[str, ...], alert: str = "", *, opens_thread: bool = False
) -> MailReceipt:
    """Send one message to these readers, in the thread of its alert. Raises MailNotAccepted."""
    return site.sendmail(
        Mail(
            recipients=readers,
            subject=message.subject,
            text=message.text,
            html=message.html,
            reference_doctype=alerts.DOCTYPE if alert else "",
            reference_name=alert,
            thread=f"alert-{alert}" if alert else "",
            opens_thread=opens_thread,
        )
    )
