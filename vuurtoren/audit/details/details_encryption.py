"""Rows that are not encrypted with the newest key: those of older versions, and all after a rotation.

Done in batches that commit each and go on where the last one ended, whoever was killed in between. Every row
is checked before it is written anew: what was changed stays as it is, as evidence.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from vuurtoren.audit.details.details_box import Opened, State, boxed, key_id
from vuurtoren.audit.recording.recording import COMPLIANT, PENDING_REVIEW, record
from vuurtoren.audit.recording.user_renames import note_rename
from vuurtoren.audit.retention.retention import LOCK
from vuurtoren.audit.seals.append_only_guard import GUARD
from vuurtoren.audit.seals.keys import add_details_key, ensure_keys, newest_details_key
from vuurtoren.audit.seals.removals import MAINTENANCE
from vuurtoren.audit.seals.row_check import READ_FIELDS, Judge
from vuurtoren.audit.seals.rows import short_text
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.health import runs
from vuurtoren.site.errors import SiteError
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Words

JOB = "audit details"
"""Its row in Monitoring Run, beside the jobs; `cursor` holds how far it came."""
BATCH_ROWS = 200
AT_ONCE = 5_000
"""So many rows an hourly run looks at; a migration four times as many."""

Progress = Callable[[int, int], None]


@dataclass
class Reached:
    """How far it came: the name of the last row, how many were written anew, and how many were left as they
    are because they do not verify or lack their key."""

    key: str
    after: str = ""
    encrypted: int = 0
    left: int = 0
    done: bool = False


def encrypt_older(
    site: Site, *, most: int | None = None, anew: bool = False, progress: Progress | None = None
) -> Reached:
    """Encrypt what is not encrypted with the newest key, looking at `most` rows; where it stands then.

    `anew` begins with the first row, as for rows that were left because their key was not there.
    Commits each batch; call it when nothing of your own is uncommitted. Raises SiteError, also while
    somebody prunes or erases.
    """
    before = None if anew else _kept(site)
    if before and before.done:
        return before
    with site.lock(LOCK) as held:
        if not held:
            raise SiteError(Words("somebody else is pruning, erasing or encrypting now"))
        reached, looked_at = _reached(site, anew), 0
        total = site.count(LOG) if progress else 0
        while not reached.done and (most is None or looked_at < most):
            looked_at += _batch(site, reached)
            if progress:
                progress(min(looked_at, total), total)
        return reached


def rotate(site: Site, *, progress: Progress | None = None) -> Reached:
    """Put a new key behind the old ones and encrypt every row with it; killed, `encrypt_older` goes on."""
    add_details_key(site)
    return encrypt_older(site, progress=progress)


def _reached(site: Site, anew: bool) -> Reached:
    """Where to go on, and a row to keep that in."""
    runs.memory(site, JOB)
    return (None if anew else _kept(site)) or Reached(key_id(newest_details_key(site)))


def _kept(site: Site) -> Reached | None:
    """Where an earlier run ended; None when there was none, or when the key is another one since."""
    row = site.get(runs.DOCTYPE, JOB)
    stored = _stored(row["cursor"] if row else None)
    return stored if stored and stored.key == key_id(newest_details_key(site)) else None


def _stored(cursor: Any) -> Reached | None:
    try:
        return Reached(**json.loads(cursor)) if cursor else None
    except (TypeError, ValueError):
        return None


def _batch(site: Site, reached: Reached) -> int:
    """One batch of rows in the order of their names, and the note of it in the same transaction."""
    fields = [*READ_FIELDS, "modified", "modified_by"]
    rows = site.get_all(LOG, fields, {"name": (">", reached.after)}, order_by="name", limit=BATCH_ROWS)
    mac_keys = ensure_keys(site).mac
    judge, key = Judge(site, mac_keys), newest_details_key(site)
    written: dict[str, dict[str, Any]] = {}
    for row in rows:
        opened = judge.opener.open(row)
        if opened.key_id == reached.key or _erased(row):
            continue
        if opened.state is State.LOCKED or judge.sealed(row, None).wrong:
            reached.left += 1
            continue
        written[row["name"]] = _values(site, row, opened, key, mac_keys[-1])
    _write(site, written)
    reached.encrypted += len(written)
    reached.after = rows[-1]["name"] if rows else reached.after
    reached.done = len(rows) < BATCH_ROWS
    if reached.done:
        _tell(site, reached)
    site.update(runs.DOCTYPE, JOB, {"cursor": json.dumps(asdict(reached))})
    site.commit()
    return len(rows)


def _erased(row: Row) -> bool:
    return row["details"] is None and row["details_salt"] is None


def _values(site: Site, row: Row, opened: Opened, key: bytes, mac_key: bytes) -> dict[str, Any]:
    clear = row | {"details": opened.details, "details_salt": opened.salt}
    values = boxed(clear, key, mac_key) | {name: row[name] for name in ("modified", "modified_by")}
    if opened.state is State.PLAIN:
        _note_earlier_rename(site, row)
        values["owner"] = row["user"]  # from now on whoever did it owns the entry, not who brought it in
    return values


def _note_earlier_rename(site: Site, row: Row) -> None:
    """Before this version nobody wrote down that a user was renamed. Frappe leaves no user of the old name
    behind; where there is one, somebody forged it, and the verification says so."""
    shown, sealed = short_text(str(row["user"] or "")), row["actor"] or ""
    if shown == sealed or not site.has_doctype("User") or site.count("User", {"name": sealed}):
        return
    once = hashlib.sha256(f"{sealed}\n{shown}".encode()).hexdigest()[:32]
    note_rename(site, sealed, shown, PENDING_REVIEW, event_id=f"renamed-{once}")


def _write(site: Site, written: Mapping[str, Mapping[str, Any]]) -> None:
    if not written:
        return
    with site.lift_guard(GUARD, list(written)):
        for name, values in written.items():
            site.update(LOG, name, values)


def _tell(site: Site, reached: Reached) -> None:
    if reached.encrypted:
        details = {"rows": reached.encrypted, "left_as_they_are": reached.left, "key": reached.key}
        record(site, MAINTENANCE, LOG, "", "details_encrypted", COMPLIANT, details)
