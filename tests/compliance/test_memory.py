"""What one scan leaves for the next is read as if a stranger had written it."""

from __future__ import annotations

import pytest

from vuurtoren.compliance import memory
from vuurtoren.embedded.store.sqlite_site import SQLiteSite


def test_before_the_first_scan_nothing_is_known(site: SQLiteSite) -> None:
    assert memory.read(site) == {}


def test_the_next_scan_finds_what_the_last_one_left(site: SQLiteSite) -> None:
    memory.keep(site, {"own_account": ["NL", 3]})
    memory.keep(site, {"own_account": ["NL", 4]})
    assert memory.read(site) == {"own_account": ["NL", 4]}


@pytest.mark.parametrize("kept", [None, "", "{", "[]", "7", "[" * 100_000])
def test_what_cannot_be_read_is_forgotten(site: SQLiteSite, kept: str | None) -> None:
    memory.keep(site, {"own_account": ["NL", 3]})
    site.update("Monitoring Run", memory.JOB, {"cursor": kept})
    assert memory.read(site) == {}
