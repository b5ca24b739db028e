"""Whatever is written as an event, its sealed bytes are the same after the database."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vuurtoren.audit.recording.recording import record
from vuurtoren.audit.seals import canonical
from vuurtoren.audit.seals.keys import ensure_keys
from vuurtoren.audit.seals.row_check import READ_FIELDS, judge
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

TEXT = st.text(max_size=200)
NUMBERS = st.integers(-(10**20), 10**20)
DETAILS = st.dictionaries(
    TEXT,
    st.recursive(
        st.none() | st.booleans() | NUMBERS | st.floats() | TEXT,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
        max_leaves=8,
    ),
    max_size=5,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    TEXT,
    TEXT,
    TEXT,
    DETAILS,
    NUMBERS,
    st.dictionaries(st.sampled_from(["batch", "mandate", "rule_id"]), TEXT),
)
def test_every_event_is_whole_after_the_database(
    site: SQLiteSite,
    action: str,
    name: str,
    status: str,
    details: dict[str, Any],
    amount: int,
    outcome: dict[str, str],
) -> None:
    stated = {"amount_cents": amount, **outcome}
    made = record(
        site, "Bank Submission", "SEPA Mandate", name, action or "x", status, details, outcome=stated
    )
    if made is None:
        # lone surrogates: SQLite stores none, so the event waits in the spool
        return
    (row,) = site.get_all(LOG, READ_FIELDS, {"name": made})
    wrong = [kind for kind, _ in judge(site, row, None, ensure_keys(site).mac).wrong if kind != "renamed"]
    assert wrong == []
    assert canonical.canonical_json(json.loads(canonical.record(row))) == canonical.record(row)
    site.rollback()
