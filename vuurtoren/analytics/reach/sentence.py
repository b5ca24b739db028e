"""What a fault touched, in one line: "12 errors: 9 invoices, 7 members, EUR 412.50"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from vuurtoren.analytics.reach.reach import Reach
from vuurtoren.host_records.names import BATCH, DUES_SCHEDULE, INVOICE, MANDATE, MEMBER, MEMBERSHIP, PAYMENT
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import money
from vuurtoren.site.words.plurals import plural

Translate = Callable[[str], str]
FIRST = (INVOICE, MEMBER, BATCH, MANDATE, PAYMENT, MEMBERSHIP, DUES_SCHEDULE)


def said(site: Site, reach: Reach) -> str:
    """The line; empty where nothing was touched that anybody could name."""
    parts = ", ".join(_parts(site.translate, reach))
    if not parts:
        return ""
    text = plural(site.translate, reach.errors, "1 error: {1}", "{0} errors: {1}")
    line = text.format(reach.errors, parts) if reach.errors else parts
    return line if reach.complete else site.translate("at least {0}").format(line)


def hidden(site: Site, reach: Reach) -> str:
    """What is in no number, and why; empty where there is none."""
    if not reach.hidden:
        return ""
    text = plural(
        site.translate,
        reach.hidden,
        "1 more document is gone, or you may not read it.",
        "{0} more documents are gone, or you may not read them.",
    )
    return text.format(reach.hidden)


def _parts(_: Translate, reach: Reach) -> Iterator[str]:
    counted = Counter(each.record for each in reach.documents)
    for record in (*FIRST, *(each for each, _n in counted.most_common() if each not in FIRST)):
        if counted[record]:
            yield _counted(_, record, counted[record])
    yield from (money(total, currency, _) for currency, total in reach.money.items())


def _counted(_: Translate, record: str, count: int) -> str:
    words = {
        INVOICE: plural(_, count, "1 invoice", "{0} invoices"),
        MEMBER: plural(_, count, "1 member", "{0} members"),
        BATCH: plural(_, count, "1 batch", "{0} batches"),
        MANDATE: plural(_, count, "1 mandate", "{0} mandates"),
        PAYMENT: plural(_, count, "1 payment", "{0} payments"),
        MEMBERSHIP: plural(_, count, "1 membership", "{0} memberships"),
        DUES_SCHEDULE: plural(_, count, "1 dues schedule", "{0} dues schedules"),
    }
    return words[record].format(count) if record in words else f"{count} × {_(record)}"
