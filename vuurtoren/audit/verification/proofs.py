"""The proof that one event is in the sealed log, small enough to hand to somebody else."""

from __future__ import annotations

from typing import Any

from vuurtoren.audit.seals.keys import load_mac_keys
from vuurtoren.audit.seals.merkle import Tree
from vuurtoren.audit.seals.row_check import READ_FIELDS, Judge
from vuurtoren.audit.seals.tables import LEAF, LOG, pages
from vuurtoren.audit.verification.export import entry, newest
from vuurtoren.site.errors import SiteError
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import Words

FORMAT = "verenigingen-sepa-audit-proof/1"


class NotProvable(SiteError):
    """The event is unknown or not sealed yet; the text says which."""


def prove(site: Site, event_id: str) -> dict[str, Any]:
    """The record of an event, its path to the newest root, and the signed checkpoint with that root.

    As JSON in a file, `verify_sepa_audit.py` checks it offline. Raises NotProvable, NothingToExport.
    """
    sealed = newest(site)
    leaves = site.get_all(LEAF, ["position", "event", "leaf", "flag"], {"event": event_id}, limit=1)
    rows = site.get_all(LOG, READ_FIELDS, {"event_id": event_id}, limit=1)
    if not leaves:
        sealed_later = "the event {0} is not sealed yet; that takes a minute"
        known = sealed_later if rows else "the event {0} is not in the log"
        raise NotProvable(Words(known, event_id))
    position = leaves[0]["position"]
    path = _tree(site, sealed.size).inclusion_proof(position)
    described = entry(Judge(site, load_mac_keys(site)), leaves[0], rows[0] if rows else None)
    return {
        "format": FORMAT,
        "origin": sealed.checkpoint.checkpoint.origin,
        "key": sealed.key.text,
        "rotations": list(sealed.handovers),
        "checkpoint": sealed.checkpoint.note.text,
        "files": {},
        "from": position,
        "to": position + 1,
        "events": [described | {"path": [node.hex() for node in path]}],
    }


def prove_growth(site: Site, old_size: int) -> dict[str, Any]:
    """That the log of the newest checkpoint only appended to what it was at `old_size` events."""
    sealed = newest(site)
    tree = _tree(site, sealed.size)
    return {
        "old_size": old_size,
        "old_root": tree.root(old_size).hex(),
        "size": sealed.size,
        "root": tree.root().hex(),
        "path": [node.hex() for node in tree.consistency_proof(old_size)],
    }


def _tree(site: Site, size: int) -> Tree:
    leaves = (leaf for page in pages(site, LEAF, ["position", "leaf"], "position", 0, size) for leaf in page)
    return Tree(bytes.fromhex(leaf["leaf"]) for leaf in leaves)
