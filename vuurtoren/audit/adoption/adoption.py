"""What is known of an adoption: when, how many entries, and whether a person has confirmed it by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vuurtoren.audit.adoption.adopted import BEGUN, WITH_IBAN, memory
from vuurtoren.audit.details.details_box import opened
from vuurtoren.audit.recording.recording import COMPLIANT, record
from vuurtoren.audit.retention.retention import RetentionRefused, must_be_able_to_confirm, named_user
from vuurtoren.audit.seals.removals import MAINTENANCE, erasure_id
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import NotReadable, json_object, moment_or_none, whole
from vuurtoren.site.words.words import Words

ACTION = "entries_adopted"
CONFIRMED = "adoption_confirmed"
MOST_NAMED = 50
ASKED_AT_ONCE = 1000


@dataclass(frozen=True)
class Adoption:
    """The newest adoption: `at` is when it ended, `with_ibans` how many entries held IBANs in clear then."""

    event: str
    at: datetime
    adopted: int
    resealed: int
    with_ibans: int
    confirmed_by: str


def last(site: Site) -> Adoption | None:
    """The newest adoption that is finished; None where the trail began with nothing."""
    told = {"process_type": MAINTENANCE, "action": ACTION}
    fields = ["event_id", "timestamp", "details", "details_salt"]
    rows = opened(site, site.get_all(LOG, fields, told, order_by="timestamp desc", limit=1))
    if not rows:
        return None
    row, said = rows[0], _said(rows[0]["details"])
    confirmed = site.get_all(LOG, ["actor"], {"event_id": _confirmation(row["event_id"])}, limit=1)
    return Adoption(
        str(row["event_id"]),
        row["timestamp"],
        whole(said.get("adopted")),
        whole(said.get("resealed")),
        whole(said.get("with_ibans")),
        str(confirmed[0]["actor"]) if confirmed else "",
    )


def _said(details: str | None) -> dict[str, Any]:
    """Nothing where the entry was changed: the verification tells of that."""
    try:
        return json_object(details)
    except NotReadable:
        return {}


def trail_began(site: Site) -> datetime | None:
    """From when on the trail can be held to be complete: the adoption; None where there was none."""
    known = memory(site)
    begun = moment_or_none(known.get("found_at")) if known.get("state") == BEGUN else None
    if begun:
        return begun
    adopted = last(site)
    return adopted.at if adopted else None


def confirm(site: Site, by: str) -> Adoption:
    """Have a person stand for the newest adoption by name; a second time changes nothing. Commits.

    Raises RetentionRefused for somebody who may not, and where there is nothing to confirm.
    """
    person = confirming_user(site, by)
    adopted = last(site)
    if adopted is None:
        raise RetentionRefused(Words("no entry was taken over on this site, so there is nothing to confirm"))
    if not adopted.confirmed_by:
        who = {"user": person, "actor": person}
        details = {"adoption": adopted.event, "entries": adopted.adopted}
        once = _confirmation(adopted.event)
        record(site, MAINTENANCE, "User", person, CONFIRMED, COMPLIANT, details, event_id=once, outcome=who)
        site.commit()
    return last(site) or adopted


def confirming_user(site: Site, name: str) -> str:
    """The user's name as the site spells it; raises RetentionRefused unless that user may confirm."""
    person = named_user(site, name)
    must_be_able_to_confirm(site, person)
    return person


def with_ibans(site: Site) -> int:
    """How many adopted entries hold an IBAN in clear and were not erased."""
    return len(_held(site))


def events_with_ibans(site: Site) -> list[str]:
    """The ids of the first of these entries, for `monitoring audit erase`; never the values."""
    return _held(site)[:MOST_NAMED]


def _held(site: Site) -> list[str]:
    """Entries with that mark that no entry says were erased: the box itself does not tell."""
    rows = site.get_all(LOG, ["event_id"], {"rule_id": WITH_IBAN}, order_by="timestamp")
    erasures = {erasure_id(row["event_id"]): str(row["event_id"]) for row in rows}
    asked = list(erasures)
    for start in range(0, len(asked), ASKED_AT_ONCE):
        told = {"event_id": ("in", asked[start : start + ASKED_AT_ONCE])}
        for row in site.get_all(LOG, ["event_id"], told):
            erasures.pop(str(row["event_id"]), None)
    return list(erasures.values())


def _confirmation(event: str) -> str:
    return f"{event}-confirmed"
