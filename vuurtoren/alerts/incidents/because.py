"""Why two alerts belong together, in words that need no knowledge of rules."""

from __future__ import annotations

from vuurtoren.alerts.incidents.grouping import Member, shared
from vuurtoren.metrics.subject import Subject
from vuurtoren.site.protocol import Site

SORTS = {
    "error kind": "the error “{0}”",
    "function": "the function {0}",
    "page": "the page {0}",
    "batch": "the batch {0}",
    "queue": "the queue {0}",
    "document": "{0}",
}


def because(site: Site, one: Member, other: Member, title: str) -> str:
    """Why they are one incident: what both come from, or which comes from which; `title` is the other's."""
    subject = shared(one, other)
    if subject:
        return site.translate("because both come from {0}").format(named(site, subject))
    if other.rule in one.because_of:
        return site.translate("because it follows from “{0}”").format(title)
    return site.translate("because “{0}” follows from it").format(title)


def told_with(site: Site, held: Member, speaker: Member, title: str) -> str:
    """Why an alert is not told by itself; `title` is that of the one which is told instead."""
    subject = shared(held, speaker)
    if subject:
        text = site.translate("told with “{0}”, because both come from {1}")
        return text.format(title, named(site, subject))
    if speaker.rule in held.because_of:
        return site.translate("told with “{0}”, which it follows from").format(title)
    return site.translate("told with “{0}”, which follows from it").format(title)


def named(site: Site, subject: Subject) -> str:
    """What the subject is, and how people know it."""
    return site.translate(SORTS[subject.sort]).format(subject.called)
