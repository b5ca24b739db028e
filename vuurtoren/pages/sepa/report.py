"""The report for audit committee and board: a few pages of A4, for any period, in the reader's language."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from markupsafe import Markup

from vuurtoren import carrier
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.audit.verification import daily_verification
from vuurtoren.compliance import status
from vuurtoren.compliance.bank_files import check
from vuurtoren.compliance.findings import stored
from vuurtoren.compliance.open_work import euros, open_rules
from vuurtoren.compliance.reading import returns as returns_reading
from vuurtoren.compliance.reading.world import World
from vuurtoren.compliance.return_codes import return_code
from vuurtoren.compliance.returned import stored as returned
from vuurtoren.compliance.rule import AREAS
from vuurtoren.pages.sepa.minutes import short_form
from vuurtoren.pages.sepa.page import bars, environment, style
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.plurals import plural
from vuurtoren.site.words.words import Words, language
from vuurtoren.site.words.words import said as said_in

CHANGES = (
    "Mandate Creation",
    "Mandate Change",
    "Mandate Cancellation",
    "Batch Generation",
    "Bank Submission",
)
MOST_CHANGES = 40
NO_PDF = Words("This platform makes no PDF: open the page in a browser, and print it or save it as one.")
DOCUMENT = Markup(
    '<!doctype html>\n<html lang="{}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{}</title></head>'
    "<body>{}</body></html>\n"
)
MOST_ACCEPTED = 25


def document(site: Site, since: date, until: date) -> str:
    """A whole HTML document with its print style; raises Unavailable where findings are not installed."""
    title = site.translate("Direct debits, {0} to {1}").format(since, until)
    return str(DOCUMENT.format(language(site.translate), title, body(site, since, until)))


def pdf(site: Site, since: date, until: date) -> bytes:
    """The document as a PDF; raises Unavailable where the platform makes none, or findings are not there."""
    made = document(site, since, until)
    maker = site.pdf_maker()
    if maker is None:
        raise Unavailable(NO_PDF)
    return maker(made)


def body(site: Site, since: date, until: date, *, alone: bool = True) -> Markup:
    """The same as a fragment with its own style, all escaped: put it into a body as it is.

    It is the main part of a document where it stands alone, else a part of one.
    """
    if since > until:
        raise Unavailable(site.translate("The first day of the report is after its last day."))
    world = World(site)
    found = status.read(site)
    cohorts = returns_reading.cohorts(world, since, until)
    template = environment().get_template("report.html")
    html = template.render(
        _=site.translate,
        css=style(),
        tag="main" if alone else "div",
        pdf_path=f"/api/method/{carrier.app_name()}.www.monitoring_sepa.get_sepa_report_pdf"
        if site.pdf_maker()
        else "",
        no_pdf=site.translate(NO_PDF),
        name=world.creditor.name or site.name,
        since=since,
        until=until,
        now=site.now(),
        euros=partial(euros, say=site.translate),
        bars=bars(cohorts),
        presented=sum(each.presented for each in cohorts),
        presented_cents=sum(each.presented_cents for each in cohorts),
        returned=sum(each.returned for each in cohorts),
        returned_cents=sum(each.returned_cents for each in cohorts),
        codes=_codes(site, since, until),
        changes=_changes(site, since, until),
        opened=open_rules(site),
        accepted=_accepted(site),
        status=found,
        areas=[(area, found.level(area)) for area in AREAS],
        formula=status.FORMULA,
        verified=daily_verification.last(site),
        short=short_form(site),
        plural=partial(plural, site.translate),
        in_words=partial(said_in, translate=site.translate),
    )
    return Markup(html)


def _codes(site: Site, since: date, until: date) -> list[tuple[str, str, int, int]]:
    """Reason codes of what came back of the period's due dates, with what became of it."""
    if not site.has_doctype(returned.DOCTYPE):
        return []
    window = {"due_on": [(">=", since), ("<=", until)]}
    numbers = site.tally(returned.DOCTYPE, "reason_code", window)
    waiting = site.tally(returned.DOCTYPE, "reason_code", window | {"state": "To Do"})
    found = []
    for code, number in numbers.items():
        known = return_code(str(code or ""))
        meaning = site.translate(known.meaning) if known else site.translate("not known")
        found.append((str(code or "–"), meaning, number, waiting.get(code, 0)))
    return found


def _changes(site: Site, since: date, until: date) -> list[tuple[str, str, int]]:
    """What was changed and by whom, by the trail: process, person, number; a question changes nothing."""
    if not site.has_doctype(LOG):
        return []
    window = {
        "timestamp": [
            (">=", datetime.combine(since, time())),
            ("<", datetime.combine(until + timedelta(days=1), time())),
        ],
        "process_type": ("in", CHANGES),
        "action": [("!=", asked) for asked in check.ACTIONS.values()],
    }
    counted = site.tally(LOG, ("process_type", "actor"), window, limit=MOST_CHANGES)
    return [(str(process), str(actor or "–"), number) for (process, actor), number in counted.items()]


def _accepted(site: Site) -> list[dict[str, Any]]:
    rows = stored.rows(site, {"status": stored.ACCEPTED}, limit=MOST_ACCEPTED)
    return sorted(rows, key=lambda row: str(row["accepted_until"]))
