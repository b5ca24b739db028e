"""The SEPA page: first what to do, then the next batch, what is open, what came back, and the trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from vuurtoren import carrier
from vuurtoren.audit.anchors.checkpoint_publishing import holders, last_outside
from vuurtoren.audit.seals.tables import CHECKPOINT
from vuurtoren.audit.verification import daily_verification
from vuurtoren.audit.verification.verifying import may_verify
from vuurtoren.compliance import status
from vuurtoren.compliance.bank_files import check
from vuurtoren.compliance.bank_files.preflight import Answer
from vuurtoren.compliance.findings import stored
from vuurtoren.compliance.open_work import OpenRule, euros, open_rules, returned_to_do, returns_by_advice
from vuurtoren.compliance.periods import add_days, last_submission_day
from vuurtoren.compliance.reading import returns as returns_reading
from vuurtoren.compliance.reading.returns import Cohort
from vuurtoren.compliance.reading.values import cents, day, whole
from vuurtoren.compliance.reading.world import World
from vuurtoren.compliance.return_codes import return_code
from vuurtoren.compliance.returned.stored import EUROS
from vuurtoren.compliance.rule import AREAS
from vuurtoren.compliance.status import ComplianceStatus
from vuurtoren.endpoints.permission import may_act, may_see
from vuurtoren.endpoints.whitelist import csrf_token
from vuurtoren.host_records.names import BATCH
from vuurtoren.metrics.shares import wilson
from vuurtoren.outward.page_paths import path_of
from vuurtoren.pages.formats import FILTERS
from vuurtoren.pages.sepa.minutes import minutes_answer, short_form
from vuurtoren.pages.sepa.searching import entries, search
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import money
from vuurtoren.site.values import Row
from vuurtoren.site.words.plurals import plural
from vuurtoren.site.words.words import said as said_in

PATH = "monitoring_sepa"
HERE = Path(__file__).resolve().parent
COHORTS_BACK = timedelta(days=365)
DORMANT_WITHIN = timedelta(days=90)
MOST_SHOWN = 25
HOLDERS_READ = 20
SHORTEST_QUESTION = 2


@dataclass(frozen=True)
class NextBatch:
    """The first batch that is not at the bank yet."""

    name: str
    due_on: date | None
    until: date | None
    lines: int
    cents: int
    critical: int
    others: int
    href: str
    checked: tuple[Answer, datetime] | None


@dataclass(frozen=True)
class Bar:
    """The share of one due date that came back, in percent, with its bounds."""

    cohort: Cohort
    percent: float
    low: float
    high: float


def page_body(site: Site, given: Mapping[str, str]) -> Markup:
    """The page for what the address asks, all escaped: put it into a body as it is."""
    question, minutes = given.get("q", "").strip()[:140], given.get("minutes", "").strip()[:140]
    template = environment().get_template("page.html")
    said = _content(site)
    today = site.now().date()
    html = template.render(
        _=site.translate,
        path=PATH,
        proof_path=f"/api/method/{carrier.app_name()}.www.{PATH}.get_proof" if may_verify(site) else "",
        csrf_token=csrf_token(),
        check_path=f"/{path_of('sepa')}" if may_act(site) else "",
        css=style(),
        alone=not may_see(site),
        question=question,
        found=search(site, question) if len(question) >= SHORTEST_QUESTION else None,
        entries=entries(site, question) if len(question) >= SHORTEST_QUESTION else [],
        minutes=minutes,
        minutes_answer=minutes_answer(site, minutes) if minutes else "",
        euros=partial(euros, say=site.translate),
        money=partial(money, say=site.translate),
        plural=partial(plural, site.translate),
        in_words=partial(said_in, translate=site.translate),
        since=today.replace(month=1, day=1),
        until=today,
        **said,
    )
    return Markup(html)


def _content(site: Site) -> dict[str, Any]:
    """What stands on the page; one that cannot be said names why."""
    try:
        found = status.read(site)
    except Unavailable as unavailable:
        return {"problem": unavailable.said(site.translate), "status": None}
    world = World(site)
    opened = open_rules(site)
    due = returned_to_do(site)
    return {
        "problem": "",
        "status": found,
        "areas": [(area, found.level(area), found.of(area)) for area in AREAS],
        "formula": status.FORMULA,
        "headline": headline(site, found, opened, due),
        "batch": next_batch(world),
        "opened": opened,
        "most_shown": MOST_SHOWN,
        "to_do": returns_by_advice(world, due[:MOST_SHOWN]),
        "more_to_do": max(0, len(due) - MOST_SHOWN),
        "bars": bars(returns_reading.cohorts(world, world.today - COHORTS_BACK, world.today)),
        "dormant": falling_dormant(site),
        "trail": trail(site),
    }


def headline(site: Site, found: ComplianceStatus, opened: Sequence[OpenRule], due: Sequence[Row]) -> str:
    """One sentence: what must be done first, by when, and what is at stake."""
    _ = site.translate
    hard = [row for row in due if (known := return_code(str(row["reason_code"] or ""))) and known.hard]
    ours = [row for row in hard if row["member"] or row["mandate"]]
    if ours:
        codes = ", ".join(sorted({str(row["reason_code"]) for row in ours}))
        by = min((row["deadline"] for row in ours if row["deadline"]), default=None)
        over = by is not None and by < site.now().date()
        members = len({row["member"] or row["mandate"] for row in ours})
        said = plural(
            _,
            members,
            "1 member may not be collected again ({1}): {2}, {3} at stake",
            "{0} members may not be collected again ({1}): {2}, {3} at stake",
        )
        when = _("act now, it was to be done by {0}") if over else _("act by {0}")
        in_euros = [row for row in ours if (row["currency"] or EUROS) == EUROS]
        stake = euros(sum(int(row["amount_cents"] or 0) for row in in_euros), _)
        return said.format(members, codes, when.format(by or "–"), stake)
    worst = next((each for each in opened if each.severity in ("C", "H")), None)
    if worst:
        at_stake = _(", {0} at stake").format(euros(worst.cents, _)) if worst.cents else ""
        by_when = _(", by {0}").format(worst.deadline) if worst.deadline else ""
        return f"{worst.number} × {_(worst.title)}{by_when}{at_stake}"
    if not found.judged:
        return _("Whether the rules are kept cannot be said yet")
    return _("Nothing is urgent; rules kept: {0} of {1} that could be judged").format(
        found.kept, found.judged
    )


def next_batch(world: World) -> NextBatch | None:
    """The batch that goes to the bank next; None where none waits, or none are kept here."""
    host = world.host
    if not host.has_field(BATCH, "status") or not host.has_field(BATCH, "batch_date"):
        return None
    waiting = {
        "status": ("in", returns_reading.NOT_SENT),
        "docstatus": ("!=", 2),
        "batch_date": (">=", world.today),
    }
    rows = host.get_all(
        BATCH,
        ["name", "batch_date", "entry_count", "total_amount"],
        waiting,
        order_by="batch_date, name",
        limit=1,
    )
    if not rows:
        return None
    row, name = rows[0], str(rows[0]["name"])
    due = day(row["batch_date"])
    cut_off = world.circumstances.agreements.bank_cut_off_target_days
    by_severity = world.site.tally(stored.DOCTYPE, "severity", {"batch": name, "status": stored.OPEN})
    return NextBatch(
        name,
        due,
        last_submission_day(due, "", cut_off) if due else None,
        whole(row["entry_count"]) or 0,
        cents(row["total_amount"]) or 0,
        by_severity.get("C", 0),
        sum(by_severity.values()) - by_severity.get("C", 0),
        world.site.url_to_form(host.doctype(BATCH), name),
        check.last_answer(world.site, name),
    )


def bars(cohorts: Sequence[Cohort]) -> tuple[Bar, ...]:
    """Each due date with the share that came back and Wilson's bounds."""
    found = []
    for cohort in cohorts:
        if cohort.presented:
            share = wilson(cohort.returned, cohort.presented)
            found.append(Bar(cohort, 100 * share.share, 100 * share.low, 100 * share.high))
    return tuple(found)


def falling_dormant(site: Site) -> list[Row]:
    """Mandates that end within ninety days unless something is collected on them."""
    until = add_days(site.now().date(), DORMANT_WITHIN.days)
    asked = stored.ending(None, until)
    fields = ["mandate", "member", "deadline", "said"]
    return stored.rows(site, asked, fields, order_by="deadline", limit=MOST_SHOWN)


def trail(site: Site) -> dict[str, Any]:
    """Whether the trail is whole, who has its checkpoints, and the digits for the minutes."""
    verified = daily_verification.last(site)
    kept = site.has_doctype(CHECKPOINT)
    return {
        "verified": verified,
        "outside": last_outside(site) if kept else None,
        "holders": _outside(site) if kept else (),
        "short": short_form(site),
    }


def _outside(site: Site) -> list[str]:
    """To whom the newest checkpoint that left this machine was handed, as far as addresses are shown."""
    found = [each for each in holders(site, HOLDERS_READ) if each.outside]
    return [each.target for each in found if each.target and each.tree_size == found[0].tree_size]


@lru_cache(maxsize=1)
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(FILTERS)
    return made


@lru_cache(maxsize=1)
def style() -> Markup:
    return Markup((HERE / "style.css").read_text("utf-8"))
