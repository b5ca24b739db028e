"""Opening the embedded site of a folder."""

from __future__ import annotations

from pathlib import Path

from vuurtoren.audit.seals.keys import load_keys
from vuurtoren.composition import use_site
from vuurtoren.embedded.opening import open_site


def test_the_audit_trail_has_its_keys_before_the_first_jobs_start_at_once(tmp_path: Path) -> None:
    site = open_site(tmp_path / "site", "http://127.0.0.1:8000")
    try:
        assert load_keys(site).mac
    finally:
        use_site(None)
        site.store.close()
