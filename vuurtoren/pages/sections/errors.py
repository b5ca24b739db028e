"""Errors by kind, and their course over the last day; from the index, never from the log itself."""

from __future__ import annotations

from datetime import timedelta

from vuurtoren.error_kinds import index as error_index
from vuurtoren.error_kinds.index import KindSeen
from vuurtoren.pages.charts.bar_chart import Bar, BarChart
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.parts import ErrorKindView, Errors
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.words.plurals import plural

HOURS = 24
NEW_WITHIN = timedelta(days=1)
SHOWN = 6
READ = 1000


def build(facts: Facts) -> Errors:
    """The counts stand even where kinds have not been indexed yet; then the reason is said."""
    counts = facts.placed("errors.counts")
    try:
        kinds = error_index.recent_kinds(facts.site, HOURS, READ)
        return Errors(
            counts=counts,
            chart=_chart(facts),
            kinds=tuple(_kind(facts, kind) for kind in kinds[:SHOWN]),
            more=max(0, len(kinds) - SHOWN),
            said=_said(facts, len(kinds)),
            list_href=facts.list_href("Error Kind"),
        )
    except Unavailable as unavailable:
        return Errors(counts, None, (), 0, unavailable.said(facts.site.translate))


def _said(facts: Facts, number: int) -> str:
    _ = facts.site.translate
    if not number:
        return _("No error during the last {0} hours; logged errors and failed jobs were read.").format(HOURS)
    text = plural(
        _,
        number,
        "1 kind of error during the last {1} hours.",
        "{0} kinds of errors during the last {1} hours, most frequent first.",
    )
    return text.format(number, HOURS)


def _chart(facts: Facts) -> BarChart:
    """One bar an hour; an hour that the index has not read is unknown."""
    _ = facts.site.translate
    running = facts.now.replace(minute=0, second=0, microsecond=0)
    hours = [running - timedelta(hours=back) for back in range(HOURS - 1, -1, -1)]
    counts = error_index.hourly_counts(facts.site, hours[0])
    return BarChart(
        key="errors.per_hour",
        title=_("Errors per hour"),
        bars=tuple(Bar(f"{hour:%H:%M}", (counts[hour],) if hour in counts else None) for hour in hours),
        parts=(_("errors"),),
        levels=("plain",),
        label_every=4,
    )


def _kind(facts: Facts, kind: KindSeen) -> ErrorKindView:
    return ErrorKindView(
        title=kind.title,
        culprit=kind.culprit,
        count=kind.count,
        total=kind.total,
        first_seen=kind.first_seen,
        last_seen=kind.last_seen,
        new=facts.now - kind.first_seen < NEW_WITHIN,
        href=facts.form_href("Error Kind", kind.fingerprint),
    )
