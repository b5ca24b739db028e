"""Finding entries of the trail, page by page; like every list it leaves sensitive details out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.audit.adoption.adopted import WITH_IBAN
from vuurtoren.audit.details.details_box import Opener
from vuurtoren.audit.search.sensitive_details import hidden_details, readable
from vuurtoren.audit.verification.verifying import MAY_VERIFY, may_verify
from vuurtoren.endpoints.whitelist import Forbidden, refuse
from vuurtoren.site.errors import InvalidValue
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import NotReadable, json_value
from vuurtoren.site.values import Row

DOCTYPE = "SEPA Audit Log"
FILTERS = (
    "process_type",
    "compliance_status",
    "reference_doctype",
    "reference_name",
    "mandate",
    "batch",
    "trace_id",
)
SHOWN = (
    "name",
    "event_id",
    "timestamp",
    "process_type",
    "action",
    "compliance_status",
    "severity",
    "reference_doctype",
    "reference_name",
    "entity_name",
    "mandate",
    "batch",
    "trace_id",
    "actor",
    "rule_id",
    "outcome_code",
    "amount_cents",
    "currency",
    "iban_masked",
    "sensitive_data",
    "details",
)
READ = (*SHOWN, "details_salt")
USUAL_PAGE, LARGEST_PAGE = 50, 200
TEXT_LOOKED_BACK = timedelta(days=92)
"""A text is looked for in so much of the trail where no beginning was asked for."""
MOST_ACTIONS = 500
"""So many different actions of a period are looked through for a text, the most frequent ones first."""
NEWEST_FIRST = "timestamp desc, name desc"


def search_for_people(site: Site, **asked: Any) -> dict[str, Any]:
    """`search` for whoever may verify the trail; raises Forbidden, and Refused for a bad question."""
    if not may_verify(site):
        raise Forbidden(site.translate("Only {0} may search the audit trail.").format(", ".join(MAY_VERIFY)))
    try:
        # Frappe 14 hands over whatever type the JSON of a request holds
        return search(site, **{name: str(value or "") for name, value in asked.items()})
    except (ValueError, InvalidValue) as problem:
        refuse(str(problem))


def search(
    site: Site,
    *,
    since: datetime | str | None = None,
    until: datetime | str | None = None,
    text: str = "",
    limit: int | str = USUAL_PAGE,
    page: str = "",
    **fields: str,
) -> dict[str, Any]:
    """Entries that fit everything that was asked, newest first: {entries, next_page, searched_since}.

    `fields` are those of `FILTERS`, each with one value. The period is site time, `since` included and
    `until` not. `text` is looked for in the action, whatever its case: in the last 92 days where no `since`
    is given, as `searched_since` says (else it is empty). At most 200 entries come at once; `next_page` is
    the `page` of those that follow, or empty. Raises ValueError with a sentence.
    """
    begins = None if since or not text.strip() else _looked_back(site, until)
    wanted = _filters(site, fields, since or begins, until)
    if text.strip():
        actions = site.tally(DOCTYPE, "action", wanted, limit=MOST_ACTIONS)
        wanted["action"] = ("in", [each for each in actions if text.strip().casefold() in each.casefold()])
    most = _size(site, limit)
    rows = _page(site, wanted, page, most + 1)
    more = len(rows) > most
    last = rows[most - 1] if more else {}
    return {
        "entries": _shown(site, rows[:most]),
        "next_page": f"{last['timestamp'].isoformat()}/{last['name']}" if more else "",
        "searched_since": begins.isoformat(" ", "seconds") if begins else "",
    }


def _looked_back(site: Site, until: datetime | str | None) -> datetime:
    """From when on a text is looked for, so that no question reads the whole trail."""
    return (_moment(site, until) or site.now()) - TEXT_LOOKED_BACK


def _size(site: Site, limit: int | str) -> int:
    try:
        return max(1, min(int(limit or USUAL_PAGE), LARGEST_PAGE))
    except ValueError:
        text = site.translate("“{0}” is no number of entries.")
        raise ValueError(text.format(str(limit)[:40])) from None


def _filters(
    site: Site, fields: Mapping[str, str], since: datetime | str | None, until: datetime | str | None
) -> dict[str, Any]:
    unknown = sorted(set(fields) - set(FILTERS))
    if unknown:
        text = site.translate("The audit trail cannot be searched by {0}; it can by {1}.")
        raise ValueError(text.format(", ".join(unknown), ", ".join(FILTERS)))
    wanted: dict[str, Any] = {name: str(value) for name, value in fields.items() if value}
    moments = ((">=", _moment(site, since)), ("<", _moment(site, until)))
    period = [(operator, moment) for operator, moment in moments if moment]
    return wanted | ({"timestamp": period} if period else {})


def _page(site: Site, wanted: dict[str, Any], page: str, limit: int) -> list[Row]:
    """Entries of the same moment are told apart by their names, so that no page skips or repeats one."""
    if not page:
        return _rows(site, wanted, limit)
    moment, _, name = page.partition("/")
    at = _moment(site, moment)
    if at is None:
        text = site.translate("“{0}” is no page: take it from `next_page` of the one before.")
        raise ValueError(text.format(page[:40]))
    period = wanted.get("timestamp", [])
    same = _rows(site, {**wanted, "timestamp": [*period, ("=", at)], "name": ("<", name)}, limit)
    older = _rows(site, {**wanted, "timestamp": [*period, ("<", at)]}, limit - len(same))
    return [*same, *older]


def _rows(site: Site, wanted: Mapping[str, Any], limit: int) -> list[Row]:
    return site.get_all(DOCTYPE, READ, wanted, order_by=NEWEST_FIRST, limit=limit) if limit > 0 else []


def _shown(site: Site, rows: list[Row]) -> list[Row]:
    """The details as a mapping, damaged ones as the text that is there; sensitive ones are for the form,
    which writes every look down."""
    opener = Opener.of(site)
    return [{name: row[name] for name in SHOWN} | {"details": _details(site, opener, row)} for row in rows]


def _details(site: Site, opener: Opener, row: Row) -> Any:
    opened = opener.open(row)
    hide = row["sensitive_data"] or row["rule_id"] == WITH_IBAN
    details = hidden_details(site) if hide else readable(site, opened)
    try:
        return json_value(details or "{}")
    except NotReadable:
        return details  # damaged, which the verification tells; other entries are found


def _moment(site: Site, given: datetime | str | None) -> datetime | None:
    if not given or isinstance(given, datetime):
        return given or None
    try:
        moment = datetime.fromisoformat(given.strip())
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo:
        text = site.translate("“{0}” is no moment in site time, such as 2026-11-04 10:00.")
        raise ValueError(text.format(given[:40]))
    return moment
