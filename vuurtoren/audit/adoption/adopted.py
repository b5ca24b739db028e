"""Entries that were there before the trail: found on a day, sealed as they were then, and marked as such.

The mark is the rule id, a sealed column of ours that whoever wrote the entry did not have. It begins with
ADOPTED, which no event that is written may claim.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vuurtoren.audit.seals.keys import holds_keys
from vuurtoren.audit.seals.tables import CHECKPOINT, LOG
from vuurtoren.site.errors import SiteError
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import Words

ADOPTED = "ADOPTED"
WITH_IBAN = f"{ADOPTED} IBAN"
"""The mark of an entry whose details hold an IBAN in clear."""
RESEALED = f"{ADOPTED} RESEALED"
"""The mark of an entry that carried a seal of an earlier trail which no longer fits; its own rule follows."""
CONFIG_KEY = "sepa_audit_adoption"
"""Configuration key, outside the database: {state, found_at, event}."""
BEGUN, DONE, GIVEN_BACK = "begun", "done", "given back"
NEVER_SEALED = {"row_mac": ("is", "not set"), "details_commit": ("is", "not set"), "schema_version": 0}
"""Rows that this app has not written."""


class NotTakenOver(SiteError):
    """Nothing is sealed before the entries from before the trail were taken over."""


def is_adopted(row: Mapping[str, Any]) -> bool:
    """Whether the row says that it was found, not written by this trail."""
    return str(row.get("rule_id") or "").startswith(ADOPTED)


def memory(site: Site) -> dict[str, str]:
    """What the site configuration remembers of an adoption; empty where there was none."""
    stored = site.conf(CONFIG_KEY)
    return {str(key): str(value) for key, value in stored.items()} if isinstance(stored, dict) else {}


def has_begun(site: Site) -> bool:
    """Whether anything was ever sealed here, so that an entry without a code of ours is a foreign one."""
    return bool(site.get_all(CHECKPOINT, ["name"], limit=1))


def waits(site: Site) -> bool:
    """Whether entries from before the trail wait to be taken over."""
    if has_begun(site):
        return False
    if memory(site).get("state") in (BEGUN, GIVEN_BACK):
        return True
    return bool(site.get_all(LOG, ["name"], NEVER_SEALED, limit=1))


def may_go_unasked(site: Site) -> bool:
    """Whether no person needs to say so: the site never had a trail, or gave its entries back itself.

    The answer lies in the site configuration. Whoever can write to the database alone cannot take seals away
    and have changed entries adopted as found.
    """
    return memory(site).get("state") in (BEGUN, GIVEN_BACK) or not holds_keys(site)


def refuse_before_adoption(site: Site) -> None:
    """Raise NotTakenOver while entries wait: sealed now, each of them would count as changed."""
    if waits(site):
        raise NotTakenOver(
            Words("entries from before the trail wait to be taken over: monitoring audit adopt --by NAME")
        )
