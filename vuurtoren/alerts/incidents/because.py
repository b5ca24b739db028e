"""Why two alerts belong together, in words that need no knowledge of rules."""

from __future__ import annotations

from vuurtoren.alerts.incidents.grouping import Member, shared
from vuurtoren.metrics.subject import Subject
from vuurtoren.signals.catalogue import SHIPPED
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.borrowed import in_words

TOLD_WITH = (
    "told with “{0}”, because both come from {1}",
    "told with “{0}”, which it follows from",
    "told with “{0}”, which follows from it",
)
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
        return site.translate(TOLD_WITH[0]).format(title, named(site, subject))
    return site.translate(TOLD_WITH[1 if speaker.rule in held.because_of else 2]).format(title)


def told_with_again(site: Site, note: str) -> str:
    """What `told_with` said in the language of the site, in the one spoken now; another note as it is."""
    if site.language() == site.site_language():
        return note
    known = (*TOLD_WITH, *SORTS.values(), *(rule.title for rule in SHIPPED))
    with site.speaking(site.site_language()):
        kept = {text: site.translate(text) for text in known}
    return in_words(note, tuple(text for text in known if text != "{0}"), site.translate, kept.__getitem__)


def named(site: Site, subject: Subject) -> str:
    """What the subject is, and how people know it."""
    return site.translate(SORTS[subject.sort]).format(subject.called)
