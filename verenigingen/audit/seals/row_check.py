"""One row against its leaf: is it the event that was written, and the one that was sealed?"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from verenigingen.audit.seals import canonical
from verenigingen.audit.seals.findings import (
    CHANGED_BEFORE_SEAL,
    LEAF_CHANGED,
    RENAMED,
    ROW_CHANGED,
)
from verenigingen.site.protocol import Site
from verenigingen.site.values import Row

READ_FIELDS = (*canonical.ROW_FIELDS, "name", "timestamp", "reference_name")


@dataclass(frozen=True)
class Judgement:
    """What is wrong with a row and its leaf: (class, explanation) pairs, and the leaf that the row makes."""

    wrong: tuple[tuple[str, str], ...]
    leaf: bytes | None
    erased: bool = False


def mac_fits(row: Row, record: bytes, keys: Sequence[bytes]) -> bool:
    """Whether one of the site's keys, newest first, authenticates the record."""
    stated = row["row_mac"]
    return isinstance(stated, str) and any(
        hmac.compare_digest(canonical.row_mac(record, key).encode(), stated.encode("utf-8", "replace"))
        for key in reversed(keys)
    )


def judge(site: Site, row: Row, leaf: Row | None, mac_keys: Sequence[bytes]) -> Judgement:
    """Judge a row; without a leaf it is not sealed yet. Without any key the code cannot be checked."""
    try:
        record = canonical.record(row)
    except canonical.NotCanonical as error:
        return Judgement(((ROW_CHANGED, str(error)),), None)
    made = canonical.leaf_hash(record)
    authentic = not mac_keys or mac_fits(row, record, mac_keys)
    erased = leaf is not None and row["details"] is None and row["details_salt"] is None
    complete = erased or canonical.details_fit(row)
    wrong = _against_leaf(leaf, made, authentic, complete)
    if not complete:
        wrong.append((ROW_CHANGED, "the details are not those that were written"))
    wrong += _shown_beside(site, row)
    return Judgement(tuple(wrong), made, erased)


def _against_leaf(leaf: Row | None, made: bytes, authentic: bool, complete: bool) -> list[tuple[str, str]]:
    if leaf is None:
        return [] if authentic else [(ROW_CHANGED, "it does not carry the site's authentication code")]
    same = leaf["leaf"] == made.hex()
    if leaf["flag"] and not (same and authentic and complete):
        return [(CHANGED_BEFORE_SEAL, str(leaf["flag"]))]
    if leaf["flag"]:
        return [(LEAF_CHANGED, "it says that the event was bad when it was sealed, which is not so")]
    if not authentic:
        return [
            (ROW_CHANGED, "its authentication code does not fit" + ("" if same else ", nor does its leaf"))
        ]
    return [] if same else [(LEAF_CHANGED, "the row is authentic, its leaf is another")]


def _shown_beside(site: Site, row: Row) -> list[tuple[str, str]]:
    """What people see but is not sealed itself must agree with what is."""
    found = []
    try:
        sealed = datetime.fromisoformat(row["event_time_utc"].removesuffix("Z"))
        if site.from_utc(sealed) != row["timestamp"]:
            found.append((ROW_CHANGED, f"it shows the time {row['timestamp']}, sealed is {sealed} UTC"))
    except (ValueError, AttributeError, TypeError):
        found.append((ROW_CHANGED, f"its time {row['event_time_utc']!r} cannot be read"))
    named = "/".join(str(part) for part in (row["reference_doctype"], row["reference_name"]) if part)
    if named[: canonical.NAME_LENGTH] != (row["entity_name"] or ""):
        found.append((RENAMED, f"{row['entity_name']} is now called {row['reference_name']}"))
    return found
