"""The monthly review: the last thirty days in two minutes, for whoever decides; by mail on the first."""

from __future__ import annotations

from functools import partial

from vuurtoren.analytics.monthly.review import Review, review
from vuurtoren.analytics.monthly.words import headline_of, parts_of
from vuurtoren.analytics.statement import Statement
from vuurtoren.health import runs
from vuurtoren.notifications.messages import subject
from vuurtoren.outward.templating import GOOD, PLAIN, Message
from vuurtoren.reports import reporting
from vuurtoren.reports.report_page import Part, message, part
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import said

JOB = "monthly review"


def send_monthly_review(site: Site, settings: Settings) -> str:
    """Mail the review once a month, by one worker; why it was not sent, or empty. See `reporting.send`."""
    if not settings.monthly_review:
        return site.translate("The monthly review is switched off in Monitoring Settings.")
    if not _due(site):
        return ""
    return reporting.send(site, settings, JOB, "month", lambda: compose(site, review(site)))


def compose(site: Site, found: Review) -> Message:
    """The review as a message: each sentence, and in brackets what its numbers answer."""
    headline = headline_of(site, found)
    return message(
        site,
        subject(site, site.translate("MONTH"), headline),
        colour=PLAIN if found.attention or found.ahead or found.costs else GOOD,
        title=site.translate("Monthly review"),
        headline=headline,
        facts=[],
        parts=[_part(site, title, statements) for title, statements in parts_of(site, found)],
    )


def _part(site: Site, title: str, statements: tuple[Statement, ...]) -> Part:
    return Part(title, part(site, title, statements, partial(_line, site)).lines)


def _line(site: Site, statement: Statement) -> str:
    source = said(statement.source, site.translate)
    return f"{statement.text} [{source}]" if source else statement.text


def _due(site: Site) -> bool:
    """Whether it is the first, or one was missed, or nobody took the last; a new site waits for the first."""
    now, last = site.now(), runs.last_success(site, JOB)
    missed = last is not None and (last.year, last.month) != (now.year, now.month)
    return now.day == 1 or missed or reporting.failed(site, JOB)
