from __future__ import annotations

from datetime import datetime

import pytest

from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.settings.quiet_hours import parse
from vuurtoren.settings.settings import BadSettings, check, read


@pytest.mark.parametrize(
    ("line", "at", "ends"),
    [
        ("LOW 20:00-08:00", "2026-11-04 19:59", ""),
        ("LOW 20:00-08:00", "2026-11-04 20:00", "2026-11-05 08:00"),
        ("LOW 20:00-08:00", "2026-11-05 07:59", "2026-11-05 08:00"),
        ("LOW 20:00-08:00", "2026-11-05 08:00", ""),
        ("low 12:00 - 13:30", "2026-11-04 13:00", "2026-11-04 13:30"),
    ],
)
def test_they_hold_from_their_start_until_their_end(line: str, at: str, ends: str) -> None:
    quiet, refused = parse(line)
    until = quiet["LOW"].ends_at(datetime.fromisoformat(at))
    assert (str(until)[:16] if until else "", refused) == (ends, {})


@pytest.mark.parametrize(
    "line",
    ["CRITICAL 20:00-08:00", "SEVERE 20:00-08:00", "LOW", "LOW 24:00-08:00", "LOW 8-9", "LOW 08:00-08:00"],
)
def test_what_cannot_hold_is_named(line: str) -> None:
    quiet, refused = parse(line)
    assert (dict(quiet), len(refused)) == ({}, 1)


def test_hours_that_never_end_are_refused_by_the_form_and_named_on_the_page(site: SQLiteSite) -> None:
    with pytest.raises(BadSettings, match="never ends, so that nothing of it would ever be told"):
        check({"quiet_hours": "HIGH 00:00-00:00"})
    site.set_single("Monitoring Settings", {"quiet_hours": "HIGH 00:00-00:00"})
    held = read(site)
    assert held.channels.quiet == {} and any("never ends" in problem for problem in held.problems)


@pytest.mark.parametrize(("key", "longest"), [("proof_minutes", 1440), ("repeat_hours", 720)])
def test_waits_beyond_reason_are_refused_and_cut(site: SQLiteSite, key: str, longest: int) -> None:
    with pytest.raises(BadSettings, match=f"{key}: at most {longest}"):
        check({key: longest + 1, "mail_enabled": 1})
    site.set_single("Monitoring Settings", {key: 2**62})
    channels = read(site).channels
    assert max(channels.proof_after, channels.repeat_after or channels.proof_after).days <= 30
