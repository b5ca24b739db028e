"""Services outside that fail."""

from __future__ import annotations

from vuurtoren.rules.rule import MINUTE, Rule

RULES = (
    Rule(
        key="service_failing",
        title="Calls to a service that fail",
        alert_type="SERVICE_FAILURES",
        severity="MEDIUM",
        metric="service.failed_last_hour",
        operator=">",
        threshold=5,
        critical_threshold=100,
        unit="calls",
        keep_firing_seconds=15 * MINUTE,
        unknown_for_seconds=None,
        most_open=10,
        summary="{value} to {which} failed in the last hour (limit {threshold})",
        links=("Integration Request", "Webhook Request Log"),
        runbook="""Does the service itself say that it is down? Look at its status page first.
Open one of the failed calls: its error says whether it is a password, a certificate, an amount or a time-out.
What failed is not done: a payment, a mail or a message has to be made good when the service is back.""",
    ),
    Rule(
        key="service_failed_share",
        title="A service that fails too often",
        alert_type="SERVICE_FAILURES",
        severity="MEDIUM",
        metric="service.failed_percent",
        operator=">",
        threshold=40,
        unit="%",
        for_seconds=15 * MINUTE,
        keep_firing_seconds=60 * MINUTE,
        unknown_for_seconds=None,
        most_open=10,
        summary="{value} of the calls to {which} failed within a day (limit {threshold})",
        links=("Integration Request", "Webhook Request Log"),
        because_of=("service_failing",),
        runbook="""Open the failed calls of the day: is it one document again and again, or everybody's?
One document: correct it, and stop what sends it anew.
Everybody's: a key that ended, a changed address, or a service that changed what it takes.""",
    ),
)
