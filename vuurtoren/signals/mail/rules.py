"""Outgoing mail."""

from __future__ import annotations

from vuurtoren.rules.rule import HOUR, MINUTE, Rule

RULES = (
    Rule(
        key="mail_cannot_send",
        title="Mail cannot leave",
        alert_type="MAIL_ISSUES",
        severity="HIGH",
        metric="mail.can_send",
        operator="<",
        threshold=1,
        unit="yes/no",
        adjustable=False,
        for_seconds=10 * MINUTE,
        summary="mail cannot leave the site",
        links=("Email Account", "Email Queue"),
        runbook="""The hindrance is named below: no outgoing account, `mute_emails`, or a suspended queue.
Account: open Email Account and set one to enabled, outgoing and default; send a test from there.
Muted or suspended: remove `mute_emails` from site_config.json, or resume the queue in the list Email Queue.
This message itself may not reach you by mail: the monitoring page shows it too.""",
    ),
    Rule(
        key="mail_failed_daily",
        title="Mails that failed in the last 24 hours",
        alert_type="MAIL_ISSUES",
        severity="MEDIUM",
        metric="mail.failed_last_day",
        operator=">",
        threshold=5,
        critical_threshold=100,
        unit="mails",
        interval="hourly",
        summary="{value} failed in the last 24 hours (limit {threshold})",
        links=("Email Queue",),
        because_of=(
            "mail_cannot_send",
            "mail_stuck",
            "mail_waiting",
        ),
        runbook="""Open the Email Queue with status Error or Partially Sent and read the newest row's error.
Refused password: enter it again in the Email Account. Refused recipient: correct the address.
Then choose Retry Sending for the rows that still matter.""",
    ),
    Rule(
        key="mail_stuck",
        title="Mails stuck while being sent",
        alert_type="MAIL_ISSUES",
        severity="MEDIUM",
        metric="mail.stuck_sending",
        operator=">",
        threshold=0,
        unit="mails",
        summary="{value} have been in Sending for more than 15 minutes",
        links=("Email Queue",),
        because_of=("mail_cannot_send",),
        runbook="""The worker died while it sent; Frappe before July 2025 never tries such mails again.
Ask one recipient whether it came before you send it again.
Set the row to Not Sent with Retry Sending to have it tried again.""",
    ),
    Rule(
        key="mail_waiting",
        title="Mail backlog",
        alert_type="MAIL_ISSUES",
        severity="MEDIUM",
        metric="mail.oldest_waiting_seconds",
        operator=">",
        threshold=HOUR,
        critical_threshold=12 * HOUR,
        unit="s",
        keep_firing_seconds=5 * MINUTE,
        summary="the oldest mail has waited for {value} (limit {threshold})",
        links=("Email Queue",),
        because_of=(
            "mail_cannot_send",
            "mail_stuck",
            "scheduler_off",
            "scheduler_dormant",
            "scheduler_silent",
            "no_workers",
        ),
        runbook="""Is the scheduler on and do workers live? Mail leaves in a scheduled job every few minutes.
Open the Email Queue with status Not Sent: the error of the oldest row names the cause.
A mailing to all members may simply take this long; a provider may limit the mails per hour.""",
    ),
)
