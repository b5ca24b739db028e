"""The panel of the mail queue."""

from __future__ import annotations

from vuurtoren.signals.panel import PanelContent, PanelPage, SignalPanel, first_of, first_reason
from vuurtoren.signals.placement import numbers

CAN_SEND = numbers("mail.can_send")


def mail(page: PanelPage) -> PanelContent:
    _ = page.translate
    account = first_of(page.snapshot.get("mail.can_send").evidence, "account")
    well = _("Mail leaves by {0}.").format(account) if account else _("Mail can leave.")
    return PanelContent(
        first_reason(page, CAN_SEND) or well,
        CAN_SEND,
        numbers("mail.waiting", "mail.oldest_waiting_seconds", "mail.failed_last_day", "mail.stuck_sending"),
    )


PANELS = (SignalPanel("mail", "Mail queue", mail),)
