"""What entries of the trail say of rows and details that are gone on purpose."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

MAINTENANCE = "Audit Maintenance"
ANY = 2**53
"""How many entries were adopted where only details that lack their key say so."""
_PRUNE = re.compile(r"prune-(\d+)-[0-9a-f]{32}")


class Removal(NamedTuple):
    """Rows before this position may be gone, and the details of this event (its id or `erasure_id`);
    `adopted` is how many entries from before the trail there are. `restored` are the digests of checkpoints
    that a named person gave up by restoring, or the `restore_id` of them all."""

    pruned_before: int = 0
    erased: str = ""
    adopted: int = 0
    restored: frozenset[str] = frozenset()


def prune_id(before_position: int, manifest_sha256: str) -> str:
    """The event id of the entry about a prune."""
    return f"prune-{before_position}-{manifest_sha256[:32]}"


def erasure_id(event_id: Any) -> str:
    """The event id of the entry about an erasure of the details of that event."""
    return "erase-" + hashlib.sha256(str(event_id).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def restore_id(digests: Iterable[str]) -> str:
    """The event id of the entry about a restore that gave these checkpoints up."""
    return "restored-" + hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()[:32]


def told(details: str | None) -> Removal:
    """What the details of a sealed entry say."""
    said = json.loads(details or "{}")
    before, adopted = said.get("pruned_before"), said.get("adopted")
    given_up = said.get("checkpoints_given_up")
    return Removal(
        before if isinstance(before, int) else 0,
        str(said.get("erased", "")),
        adopted if isinstance(adopted, int) else 0,
        frozenset(map(str, given_up)) if isinstance(given_up, list) else frozenset(),
    )


def told_by_id(event_id: str) -> Removal:
    """What its id alone says, which is sealed too: for entries whose details lack their key."""
    prune = _PRUNE.fullmatch(event_id)
    return Removal(
        int(prune[1]) if prune else 0,
        event_id if event_id.startswith("erase-") else "",
        ANY if event_id.startswith("adoption-") else 0,
        frozenset({event_id}) if event_id.startswith("restored-") else frozenset(),
    )
