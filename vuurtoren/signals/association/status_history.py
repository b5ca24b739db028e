"""How many members had which status at each hour of the past, walked back through their Versions.

From what stands today each change is taken back, the newest first. The walk ends where it is no longer sure:
before a member was deleted, where a change does not lead to the status that was known behind it, and where
the Versions begin.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vuurtoren.host_records import records
from vuurtoren.host_records.names import MEMBER
from vuurtoren.host_records.records import HostRecords
from vuurtoren.metrics.recount import Reading, Sample
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import json_object

VERSION, DELETED, DOCTYPE = "Version", "Deleted Document", "DocType"
HOUR = timedelta(hours=1)
MOST_MEMBERS, MOST_VERSIONS = 200_000, 50_000
BY_STATUS = {"members.active": "Active", "members.pending": "Pending", "members.terminated": "Terminated"}
TOTAL = "members.total"


@dataclass(frozen=True)
class Step:
    """Something that changed a status: of a member that was made then, `before` is None."""

    at: datetime
    member: str
    before: str | None
    after: str | None = None


def read(site: Site, since: datetime, until: datetime) -> Mapping[str, Sequence[Sample]]:
    """The numbers at each whole hour that the Versions tell of; none where they are not kept."""
    try:
        host = records.of(site)
        doctype = host.needed(MEMBER, "status")
        if not _tracked(site, doctype):
            return {}
        statuses = {
            str(row["name"]): (str(row["status"] or ""), row["creation"])
            for row in host.scan(MEMBER, ["name", "status", "creation"], limit=MOST_MEMBERS + 1)
        }
        steps, begins = _changes(site, host, doctype, since)
    except Unavailable:
        return {}
    if len(statuses) > MOST_MEMBERS:
        return {}
    made = (Step(_moment(creation), name, None) for name, (_status, creation) in statuses.items())
    steps += [each for each in made if each.at >= begins]
    now = {name: status for name, (status, _creation) in statuses.items()}
    return _walked(now, sorted(steps, key=lambda each: each.at, reverse=True), begins, site.now(), until)


def _tracked(site: Site, doctype: str) -> bool:
    if not site.has_doctype(VERSION):
        return False
    described = (
        site.get_all(DOCTYPE, ["track_changes"], {"name": doctype}, limit=1)
        if site.has_doctype(DOCTYPE)
        else []
    )
    return bool(not described or described[0]["track_changes"])


def _changes(site: Site, host: HostRecords, doctype: str, since: datetime) -> tuple[list[Step], datetime]:
    """The changes of statuses, and since when they are known."""
    status = host.fieldname(MEMBER, "status")
    wanted = {"ref_doctype": doctype, "creation": (">=", since)}
    rows = site.get_all(
        VERSION, ["docname", "creation", "data"], wanted, order_by="creation desc", limit=MOST_VERSIONS
    )
    if not rows:
        return [], site.now()
    begins = rows[-1]["creation"]
    if site.has_doctype(DELETED):
        gone = {"deleted_doctype": doctype, "creation": (">=", begins)}
        deleted = site.get_all(DELETED, ["creation"], gone, order_by="creation desc", limit=1)
        begins = deleted[0]["creation"] if deleted else begins
    steps = [
        Step(row["creation"], str(row["docname"]), *pair)
        for row in rows
        if row["creation"] >= begins
        for pair in _pairs(host, status, row["data"])
    ]
    return steps, begins


def _pairs(host: HostRecords, status: str, data: str | None) -> Iterator[tuple[str, str]]:
    try:
        changed = json_object(data).get("changed") or []
        for field, before, after in changed:
            if field == status:
                yield (
                    str(host.value(MEMBER, "status", before) or ""),
                    str(host.value(MEMBER, "status", after) or ""),
                )
    except (ValueError, TypeError, AttributeError):
        return


def _walked(
    statuses: dict[str, str], steps: Sequence[Step], begins: datetime, now: datetime, until: datetime
) -> Mapping[str, Sequence[Sample]]:
    """Back from now, hour by hour."""
    counted = Counter(statuses.values())
    found: dict[str, list[Sample]] = {metric: [] for metric in (*BY_STATUS, TOTAL)}
    place, at = 0, now.replace(minute=0, second=0, microsecond=0)
    while at > begins:
        while place < len(steps) and steps[place].at >= at:
            if not _taken_back(statuses, counted, steps[place]):
                return found
            place += 1
        if at < until:
            for metric, status in BY_STATUS.items():
                found[metric].append((at, counted[status]))
            found[TOTAL].append((at, counted.total()))
        at -= HOUR
    return found


def _taken_back(statuses: dict[str, str], counted: Counter[str], step: Step) -> bool:
    """Whether the step led to what was known behind it."""
    known = statuses.get(step.member)
    if known is None or (step.before is not None and known != step.after):
        return False
    counted[known] -= 1
    if step.before is None:
        del statuses[step.member]
    else:
        counted[step.before] += 1
        statuses[step.member] = step.before
    return True


def _moment(stored: object) -> datetime:
    return stored if isinstance(stored, datetime) else datetime.fromisoformat(str(stored))


READINGS = (Reading(VERSION, (*BY_STATUS, TOTAL), read),)
