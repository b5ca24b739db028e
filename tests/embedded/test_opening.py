"""Opening the embedded site of a folder."""

from __future__ import annotations

from pathlib import Path

from vuurtoren.audit.seals.keys import load_keys
from vuurtoren.composition import use_site
from vuurtoren.embedded.opening import open_site
from vuurtoren.settings import settings


def test_the_audit_trail_has_its_keys_before_the_first_jobs_start_at_once(tmp_path: Path) -> None:
    site = open_site(tmp_path / "site", "http://127.0.0.1:8000")
    try:
        assert load_keys(site).mac
    finally:
        use_site(None)
        site.store.close()


def test_settings_of_an_earlier_release_are_in_tables_once_it_is_open(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    for _ in range(2):
        site = open_site(folder, "http://127.0.0.1:8000")
        try:
            stored = site.get_single(settings.DOCTYPE)
            site.set_single(settings.DOCTYPE, {"recipients": "jan@vereniging.example"})
            site.commit()
        finally:
            use_site(None)
            site.store.close()
    assert [row["address"] for row in stored["recipient_rows"]] == ["jan@vereniging.example"]
    assert stored["recipients"] == ""
