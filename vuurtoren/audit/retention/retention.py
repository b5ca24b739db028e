"""What may leave the trail: its oldest part after the retention period, and the details of one event.

Both need two people, and both are written to the trail and sealed before anything goes. So whatever happens
in between, the verification finds either the rows or the reason why they are gone, and the same command
finishes what it began. Leaves and checkpoints stay: roots and proofs verify as before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from vuurtoren.audit.details.details_box import Opener
from vuurtoren.audit.recording.recording import COMPLIANT, record
from vuurtoren.audit.retention.archive import Archive, archive_of, entries, must_hold
from vuurtoren.audit.retention.book_years import LEAST_YEARS, keep_from
from vuurtoren.audit.seals.append_only_guard import GUARD
from vuurtoren.audit.seals.canonical import utc_text
from vuurtoren.audit.seals.findings import NOT_CHECKABLE, RENAMED
from vuurtoren.audit.seals.keys import load_mac_keys
from vuurtoren.audit.seals.removals import MAINTENANCE, erasure_id, prune_id
from vuurtoren.audit.seals.row_check import READ_FIELDS, judge
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import LEAF, LOG, pages
from vuurtoren.audit.search.sensitive_details import ROLE as KASCOMMISSIE
from vuurtoren.audit.search.sensitive_details import committee_roles
from vuurtoren.audit.verification.verification import LEAF_FIELDS, Progress, verify
from vuurtoren.privacy.redaction import redact
from vuurtoren.site.errors import SiteError
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Words

MAY_CONFIRM = ("System Manager", KASCOMMISSIE)
NO_PERSON = ("Administrator", "Guest")
LOCK = "sepa-audit-retention"
TRIES_TO_SEAL = 3


class RetentionRefused(SiteError):
    """Nothing was removed; the text says why."""


@dataclass(frozen=True)
class People:
    """Who asked for it and who agreed, by their user names."""

    requested_by: str
    confirmed_by: str


@dataclass(frozen=True)
class Pruned:
    """How many rows went, all of them before this position, and the archive that holds them."""

    rows: int
    before_position: int
    archive: Archive


def prune(
    site: Site,
    before: date,
    folder: Path,
    people: People,
    *,
    years: int,
    progress: Progress | None = None,
) -> Pruned:
    """Remove the rows of the oldest events, all from before this day (site time), after archiving them.

    The archive is an export of the whole trail, made in `folder` unless an earlier run made it. Rows go in
    batches that commit each, and only where the archive holds the very same row. Call it when nothing of
    your own is uncommitted. `years` are the whole book years that stay. Raises Refused,
    ArchiveNotGood and other SiteErrors; then run it again.
    """
    with site.lock(LOCK) as held:
        _must(held, "somebody else is pruning or erasing now")
        people = _two_people(site, people)
        _must(years >= LEAST_YEARS, f"at least {LEAST_YEARS} whole book years are kept")
        kept = keep_from(site, years)
        _must(before <= kept, f"events from {kept} on must stay: {years} whole book years are kept")
        seal(site)
        _must_verify(site)
        end = _prefix(site, before)
        archive = archive_of(site, folder)
        present = sum(len(rows) for _, rows in _archived(site, archive, end))
        _must(present > 0, f"the trail does not begin with a sealed event from before {before}")
        details = {
            "pruned_before": end,
            "before": before.isoformat(),
            "years_kept": years,
            "archive": str(archive.folder),
            "archive_manifest_sha256": archive.manifest_sha256,
        }
        _tell(site, "pruned", prune_id(end, archive.manifest_sha256), details, people)
        return Pruned(_remove(site, archive, end, progress), end, archive)


def erase(site: Site, event_id: str, basis: str, people: People) -> None:
    """Erase details and salt of one sealed event; nothing can tell any more what its details were.

    `basis` is the legal ground, for the trail. What the seal covers besides stays. Call it when nothing of
    your own is uncommitted. Raises Refused and other SiteErrors.
    """
    with site.lock(LOCK) as held:
        _must(held, "somebody else is pruning or erasing now")
        people = _two_people(site, people)
        _must(bool(basis.strip()), "state the legal basis")
        details = {"erased": event_id, "basis": basis.strip()}
        _must(redact(details)["erased"] == event_id, "this event id cannot be named in the trail")
        seal(site)
        row = _erasable(site, event_id)
        _tell(site, "details_erased", erasure_id(event_id), details, people)
        with site.lift_guard(GUARD, [row["name"]]):
            site.update(LOG, row["name"], {"details": None, "details_salt": None})
        site.commit()


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise RetentionRefused(otherwise)


# who
def _two_people(site: Site, named: People) -> People:
    people = People(named_user(site, named.requested_by), named_user(site, named.confirmed_by))
    _must(people.requested_by != people.confirmed_by, "whoever asks for it cannot confirm it too")
    must_be_able_to_confirm(site, people.confirmed_by)
    return people


def must_be_able_to_confirm(site: Site, user: str) -> None:
    """Raise RetentionRefused unless the user holds a role that confirms."""
    roles = (*MAY_CONFIRM, *committee_roles(site))
    holds = {"parent": user, "parenttype": "User", "role": ("in", roles)}
    _must(
        site.count("Has Role", holds) > 0, f"{user} cannot confirm it: that takes {' or '.join(MAY_CONFIRM)}"
    )


def named_user(site: Site, name: str) -> str:
    """The user's name as the site spells it, as the database may compare without case; raises
    RetentionRefused for nobody."""
    _must(name not in NO_PERSON, f"{name} is not a person")
    rows = site.get_all("User", ["name"], {"name": name, "enabled": 1}, limit=1)
    _must(bool(rows), f"{name} is no enabled user of this site")
    spelled = str(rows[0]["name"])
    _must(spelled not in NO_PERSON, f"{spelled} is not a person")
    return spelled


# what the trail is told, before anything goes
def _tell(site: Site, action: str, event_id: str, details: Mapping[str, Any], people: People) -> None:
    """Write and seal why something will be gone. Names of people are sealed, yet not as details: those are
    redacted. The one who confirms is the actor, the one who asked is what the event refers to."""
    who = {"user": people.confirmed_by, "actor": people.confirmed_by}
    written = record(
        site,
        MAINTENANCE,
        "User",
        people.requested_by,
        action,
        COMPLIANT,
        details,
        event_id=event_id,
        outcome=who,
    )
    _must(written is not None, "the trail took no entry that says so; look into the Error Log")
    site.commit()
    for _ in range(TRIES_TO_SEAL):
        seal(site)
        if site.count(LEAF, {"event": event_id}):
            return
    raise RetentionRefused(Words("the entry that says so is not sealed yet; run it again"))


# pruning
def _must_verify(site: Site) -> None:
    found = verify(site)
    whole = not found.tampered and not found.of(NOT_CHECKABLE)
    _must(whole, f"the trail must verify first: {found.answer}")


def _prefix(site: Site, before: date) -> int:
    """How many leaves come before the first event that is not older: never only the old ones of a mixture."""
    bound, end = utc_text(site.to_utc(datetime.combine(before, time()))), 0
    for page in pages(site, LEAF, LEAF_FIELDS, "position", 0):
        rows = _rows_of(site, page)
        for leaf in page:
            row = rows.get(leaf["event"])
            if row and str(row["event_time_utc"]) >= bound:
                return end
            end = int(leaf["position"]) + 1
    return end


def _archived(site: Site, archive: Archive, end: int) -> Iterator[tuple[int, list[Row]]]:
    """Rows before a position that are still there, page by page with where the page ends; raises
    ArchiveNotGood at the first that the archive does not hold."""
    held, opener = entries(archive), Opener.of(site)
    for page in pages(site, LEAF, LEAF_FIELDS, "position", 0, end):
        rows = {row["event_id"]: row for row in opener.rows([*_rows_of(site, page).values()])}
        for leaf in page:
            must_hold(next(held, None), leaf, rows.get(leaf["event"]))
        yield int(page[-1]["position"]) + 1, list(rows.values())


def _remove(site: Site, archive: Archive, end: int, progress: Progress | None) -> int:
    gone = 0
    for reached, rows in _archived(site, archive, end):
        names = [row["name"] for row in rows]
        if names:
            with site.lift_guard(GUARD, names):
                gone += site.delete(LOG, {"name": ("in", names)}, limit=len(names))
            site.commit()
        if progress:
            progress(reached, end)
    return gone


def _rows_of(site: Site, page: list[Row]) -> dict[str, Row]:
    events = {leaf["event"] for leaf in page}
    rows = site.get_all(LOG, READ_FIELDS, {"event_id": ("in", events)})
    return {row["event_id"]: row for row in rows if row["event_id"] in events}


# erasing
def _erasable(site: Site, event_id: str) -> Row:
    leaves = [
        leaf for leaf in site.get_all(LEAF, LEAF_FIELDS, {"event": event_id}) if leaf["event"] == event_id
    ]
    rows = [
        row for row in site.get_all(LOG, READ_FIELDS, {"event_id": event_id}) if row["event_id"] == event_id
    ]
    _must(len(rows) == 1, f"the event {event_id} is not in the log")
    _must(len(leaves) == 1, f"the event {event_id} is not sealed")
    row = rows[0]
    why_not = "this event says why others are gone; without its details nobody could tell"
    _must(row["process_type"] != MAINTENANCE, why_not)
    judged = judge(site, row, leaves[0], load_mac_keys(site))
    _must(not judged.erased, f"the details of {event_id} are erased already")
    wrong = [explanation for kind, explanation in judged.wrong if kind != RENAMED]
    _must(not wrong, f"the event {event_id} does not verify: {'; '.join(wrong)}")
    return row
