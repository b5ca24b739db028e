"""Entries that another app wrote before us are taken over once: sealed as found, with a mark of their own.

What the other app wrote stays as it is, to the letter; its details are put in a box, as all are. Only columns
that are empty are filled: those of the seal, the names of the time, and where an entry lacks an identity or a
time, those too. Each batch commits;
killed anywhere, the next call goes on. It is possible until the first checkpoint is signed and never after,
so no foreign entry can slip in as one from before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from vuurtoren.audit.adoption.adopted import (
    ADOPTED,
    BEGUN,
    CONFIG_KEY,
    DONE,
    GIVEN_BACK,
    RESEALED,
    WITH_IBAN,
    NotTakenOver,
    has_begun,
    is_adopted,
    may_go_unasked,
    memory,
    waits,
)
from vuurtoren.audit.adoption.adoption import ACTION, Adoption, last
from vuurtoren.audit.details.details_box import Opener, State, as_text, boxed
from vuurtoren.audit.recording.document_values import named_in
from vuurtoren.audit.recording.recording import PENDING_REVIEW, as_mapping, record
from vuurtoren.audit.seals import canonical
from vuurtoren.audit.seals.append_only_guard import GUARD
from vuurtoren.audit.seals.keys import AuditKeys, ensure_keys, newest_details_key
from vuurtoren.audit.seals.removals import MAINTENANCE
from vuurtoren.audit.seals.row_check import details_fit, mac_fits
from vuurtoren.audit.seals.rows import short_text
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.privacy import iban
from vuurtoren.privacy.iban import mask_ibans
from vuurtoren.site.errors import SiteError
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Words

BATCH_ROWS = 500
LOCK = "sepa-audit-adoption"
READ = (*canonical.ROW_FIELDS, "name", "timestamp", "creation", "modified", "modified_by")
READ_AS_FOUND = (*READ, "reference_name", "user")

Progress = Callable[[int, int], None]


@dataclass
class _Run:
    """One adoption: its id in the trail, and what an earlier run knows is from an earlier trail."""

    event: str
    found_at: datetime
    after_return: bool
    keys: AuditKeys
    opener: Opener
    details_key: bytes
    counted: Counter[str] = field(default_factory=Counter)
    written: int = 0


def adopt(
    site: Site, *, by: str = "", most: int | None = None, progress: Progress | None = None
) -> Adoption | None:
    """Take over what waits, at most `most` rows at once; the adoption when there is or was one, else None.

    `by` is the user who says so, where `may_go_unasked` does not hold. Commits each batch; call it when
    nothing of your own is uncommitted. Raises NotTakenOver when a person must say so, and other SiteErrors.
    """
    site.rollback()
    if not waits(site):
        return last(site)
    if not (by or may_go_unasked(site)):
        raise NotTakenOver(
            Words(
                "this site has keys of an audit trail but nothing is sealed: a person must say that "
                "the entries are taken over as they are found now: monitoring audit adopt --by NAME"
            )
        )
    with site.lock(LOCK) as held:
        if held and not has_begun(site):
            run = _begin(site)
            if _all_rows(site, run, most, progress):
                _end(site, run, by)
    return last(site)


def _begin(site: Site) -> _Run:
    before = memory(site)
    after_return = before.get("state") == GIVEN_BACK or before.get("after_return") == "yes"
    if before.get("state") != BEGUN:
        now = site.now()
        before = {
            "state": BEGUN,
            "found_at": now.isoformat(" ", "seconds"),
            "event": f"adoption-{now:%Y%m%dT%H%M%S}",
            "after_return": "yes" if after_return else "no",
        }
        site.set_conf(CONFIG_KEY, before)
    keys, details_key = ensure_keys(site), newest_details_key(site)
    found_at = datetime.fromisoformat(before["found_at"])
    return _Run(before["event"], found_at, after_return, keys, Opener.of(site), details_key)


def _all_rows(site: Site, run: _Run, most: int | None, progress: Progress | None) -> bool:
    """Whether every row was looked at; each batch is written, checked and committed."""
    after, seen = "", 0
    total = site.count(LOG) if progress else 0
    while most is None or run.written < most:
        page = site.get_all(LOG, READ_AS_FOUND, {"name": (">", after)}, order_by="name", limit=BATCH_ROWS)
        changes = {row["name"]: values for row in page if (values := _found(site, run, row))}
        _write(site, run, changes)
        site.commit()
        run.written += len(changes)
        seen += len(page)
        if progress:
            progress(min(seen, total), total)
        if len(page) < BATCH_ROWS:
            return True
        after = page[-1]["name"]
    return False


def _found(site: Site, run: _Run, row: Row) -> Row | None:
    """The columns that a row lacks; None for one that this trail wrote, or that is adopted already."""
    fits = _as_written(run, row)
    of_earlier_trail = run.after_return and row["process_type"] == MAINTENANCE
    if fits and (is_adopted(row) or not of_earlier_trail):
        run.counted["kept"] += not is_adopted(row)
        _count(run, str(row["rule_id"] or ""))
        return None
    opened = run.opener.open(row)
    # a box that cannot be opened is all that is found of its details
    details = opened.details if opened.state in (State.PLAIN, State.OPEN) else as_text(row["details"])
    mark = _mark(row, details)
    _count(run, mark)
    moment = row["timestamp"] or row["creation"] or run.found_at
    creation = row["creation"] or moment
    named = named_in(as_mapping(details))
    doctype, name = row["reference_doctype"], row["reference_name"]
    values: Row = {
        "event_id": row["event_id"] or short_text(f"found-{row['name']}"),
        "timestamp": moment,
        "creation": creation,
        "event_time_utc": canonical.utc_text(site.to_utc(moment)),
        "entity_name": row["entity_name"]
        or short_text(mask_ibans("/".join(filter(None, (doctype, name)))))
        or None,
        "actor": row["actor"] or (short_text(str(row["user"])) if row["user"] else None),
        "batch": row["batch"] or (name if doctype == "Direct Debit Batch" else None) or named["batch"],
        "mandate": row["mandate"] or (name if doctype == "SEPA Mandate" else None) or named["mandate"],
        "rule_id": mark,
        "schema_version": canonical.VERSION,
        "details": details,
        "details_salt": canonical.new_salt(),
    }
    mac_key = run.keys.mac[-1]
    values["details_commit"] = canonical.details_commitment(details, values["details_salt"])
    values["row_mac"] = canonical.row_mac(canonical.record({**row, **values}), mac_key)
    stamps = {stamp: row[stamp] for stamp in ("modified", "modified_by")}
    return values | boxed(values, run.details_key, mac_key) | stamps


def _as_written(run: _Run, row: Row) -> bool:
    if not row["row_mac"]:
        return False
    try:
        authentic = mac_fits(row, canonical.record(row), run.keys.mac)
    except canonical.NotCanonical:
        return False
    opened = run.opener.open(row)
    return authentic and (opened.state is State.LOCKED or details_fit(row, opened))


def _mark(row: Row, details: str | None) -> str:
    if iban.find(details or ""):
        return WITH_IBAN
    if not row["row_mac"]:
        return ADOPTED
    own = str(row["rule_id"] or "").removeprefix(RESEALED).removeprefix(ADOPTED)
    return short_text(f"{RESEALED} {own.strip()}".strip())


def _count(run: _Run, mark: str) -> None:
    run.counted["adopted"] += mark.startswith(ADOPTED)
    run.counted["with_ibans"] += mark == WITH_IBAN
    run.counted["resealed"] += mark.startswith(RESEALED)


def _write(site: Site, run: _Run, changes: Mapping[str, Row]) -> None:
    """Write a batch and read it back: what the database made of it must be what was sealed."""
    if not changes:
        return
    names = list(changes)
    with site.lift_guard(GUARD, names):
        for name, values in changes.items():
            site.update(LOG, name, values)
    rows = site.get_all(LOG, READ, {"name": ("in", names)})
    unlike = sorted(row["name"] for row in rows if not _as_written(run, row))
    if unlike or len(rows) != len(names):
        site.rollback()
        raise SiteError(
            Words("these entries could not be taken over as they are: {0}", ", ".join(unlike[:20]))
        )


def _end(site: Site, run: _Run, by: str) -> None:
    """Tell the trail, which is what makes the adoption known; then nothing more may be adopted."""
    if run.counted["adopted"] or run.counted["kept"]:
        details = {
            "adopted": run.counted["adopted"],
            "kept": run.counted["kept"],
            "resealed": run.counted["resealed"],
            "with_ibans": run.counted["with_ibans"],
            "found_at": run.found_at.isoformat(" ", "seconds"),
            "said_by": "a person" if by else "the installation",
        }
        who = {"user": by, "actor": by} if by else {}
        written = record(
            site, MAINTENANCE, "", "", ACTION, PENDING_REVIEW, details, event_id=run.event, outcome=who
        )
        if written is None:
            raise SiteError(Words("the trail took no entry that says so; look into the Error Log"))
        site.commit()
    site.set_conf(CONFIG_KEY, memory(site) | {"state": DONE})
