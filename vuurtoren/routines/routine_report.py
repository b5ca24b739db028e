"""The lists that are due, as one mail when a day, a week or a month begins; a day without work has none."""

from __future__ import annotations

from collections.abc import Sequence

from vuurtoren.notifications.messages import subject
from vuurtoren.outward.templating import GOOD, PLAIN, Message
from vuurtoren.reports import reporting
from vuurtoren.reports.report_page import Part, message
from vuurtoren.routines import periods, routines
from vuurtoren.routines.periods import ROUTINES
from vuurtoren.routines.routines import Calendar, Line
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import moment
from vuurtoren.site.words.plurals import plural
from vuurtoren.site.words.words import Words

JOB = "routines"
TITLES = {
    "daily": Words("Today"),
    "weekly": Words("This week"),
    "monthly": Words("This month"),
}
MARKS = {"well": "✓", "look": "!", "unknown": "?", "asked": "☐"}


def send_due(site: Site, settings: Settings) -> str:
    """Open the periods that have begun and mail their lists once; why nothing was sent, or empty. Commits.

    A scheduler that was dead opens the periods of now, and none that is over: those are said as missed.
    """
    if not routines.kept(site):
        return ""
    begun = [routine for routine in ROUTINES if routines.open_period(site, settings, routine)]
    wanted = {
        "daily": settings.daily_report,
        "weekly": settings.weekly_digest,
        "monthly": settings.weekly_digest,
    }
    lists = routines.calendars(site, settings)
    due = {each.routine for each in lists if each.routine in begun and (each.left or each.missed)}
    due = {routine for routine in due if wanted[routine]}
    if not due and not reporting.failed(site, JOB):
        return ""
    due = due or {each.routine for each in lists if each.left}

    def told() -> Message:  # asked anew for each reader: what data says is said in a language too
        return compose(site, [each for each in routines.calendars(site, settings) if each.routine in due])

    return reporting.send(site, settings, JOB, "day", told)


def compose(site: Site, due: Sequence[Calendar]) -> Message:
    """The lists as a message: what data answered, what waits for a person, and what was missed."""
    left = sum(len(each.left) for each in due)
    headline = plural(
        site.translate, left, "1 item of the routines waits for a person",
        "{0} items of the routines wait for a person",
    ).format(left)  # fmt: skip
    return message(
        site,
        subject(site, site.translate("ROUTINE"), headline),
        colour=PLAIN if left else GOOD,
        title=site.translate("Routines"),
        headline=headline,
        facts=[],
        parts=[part for each in due for part in _parts(site, each)],
    )


def _parts(site: Site, calendar: Calendar) -> list[Part]:
    title = f"{site.translate(TITLES[calendar.routine])} ({periods.named(calendar.period, site.translate)})"
    parts = [Part(title, [sentence(site, line) for line in calendar.lines])]
    if calendar.missed:
        parts.append(Part(site.translate("Missed"), list(calendar.missed)))
    return parts


def sentence(site: Site, line: Line) -> str:
    """ "☐ Review the trends of performance", with what data or a person said."""
    said = f"{line.done_by}, {moment(line.done_at, site.translate)}" if line.done_at else line.said
    mark = "✓" if line.done else MARKS[line.state]
    return f"{mark} {site.translate(line.item.title)}" + (f": {said}" if said else "")
