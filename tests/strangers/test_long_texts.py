"""What one tick reads is bounded in bytes: one endless text is cut before it leaves the database."""

from __future__ import annotations

import tracemalloc

from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.error_kinds.index import index_new_errors
from vuurtoren.error_kinds.queries import recent_kinds


def test_an_error_of_twenty_megabytes_costs_no_more_than_a_few(site: SQLiteSite) -> None:
    frame = '  File "apps/a/a/b.py", line 7, in walk\n    walk(each)\n'
    endless = "Traceback (most recent call last):\n" + frame * 400_000 + "ValueError: the end of it"
    site.seed("Error Log", [{"method": "endless", "error": endless}])
    site.commit()
    del endless
    tracemalloc.start()
    try:
        index_new_errors(site)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 8_000_000
    assert [kind.title for kind in recent_kinds(site)] == ["ValueError: the end of it"]
