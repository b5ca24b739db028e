"""Sends a report once a day, a week or a month, by one worker, and again until somebody took it."""

from __future__ import annotations

from collections.abc import Callable

from vuurtoren.health import runs
from vuurtoren.health.runs import Period
from vuurtoren.notifications import report_delivery
from vuurtoren.outward.templating import Message
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site


def failed(site: Site, job: str) -> bool:
    """Whether the last attempt did not succeed, so that the next job tries again."""
    row = site.get(runs.DOCTYPE, job)
    return bool(row and row["status"] == "Failed")


def send(site: Site, settings: Settings, job: str, once_a: Period, compose: Callable[[], Message]) -> str:
    """Send the report unless that was done this day, week or month; why it was not sent, or empty. Commits.

    That nobody took it, or that it was not proven later, is kept on the Monitoring Run row of the job.
    """
    if not (settings.enabled and settings.mail_enabled):
        return site.translate("Mail is switched off in Monitoring Settings.")
    with runs.run(site, job, once_a=once_a) as held:
        if held is None:
            return site.translate("It was sent already.")
        because = report_delivery.send_report(site, settings, job, compose)
        held.problems += [because] if because else []
        return "\n".join(held.problems)
