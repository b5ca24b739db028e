from __future__ import annotations

from tests.conftest import MovableClock
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.failures import OWN_TITLE, error_boundary, report


def own_rows(site: SQLiteSite) -> list[str]:
    return [row["error"] for row in site.get_all("Error Log", ["error"], {"method": OWN_TITLE})]


def test_the_title_fits_every_frappe() -> None:
    assert len(OWN_TITLE) <= 140


def test_a_failure_goes_to_the_error_log_with_its_traceback(site: SQLiteSite, quiet: None) -> None:
    with error_boundary(site, "rule cpu") as caught:
        raise ValueError("no such sensor")
    assert caught.reason == "ValueError: no such sensor"
    (stored,) = own_rows(site)
    assert stored.startswith("What failed: rule cpu\n")
    assert "Traceback" in stored and "no such sensor" in stored


def test_it_reports_a_subject_once_an_hour(site: SQLiteSite, clock: MovableClock) -> None:
    assert report(site, "mail", "refused")
    assert not report(site, "mail", "refused again")
    assert report(site, "disk", "gone")
    clock.move(minutes=61)
    assert report(site, "mail", "refused still")
    assert len(own_rows(site)) == 3


def test_a_subject_is_not_mistaken_for_a_longer_one(site: SQLiteSite) -> None:
    assert report(site, "rule cpu_extra", "x")
    assert report(site, "rule cpu", "x")


def test_what_it_reports_is_redacted_and_storable(site: SQLiteSite, quiet: None) -> None:
    with error_boundary(site, "step"):
        raise ValueError("NL91ABNA0417164300 \0 \ud800 🦆")
    (stored,) = own_rows(site)
    assert "NL91ABNA0417164300" not in stored
    assert "NL91****4300" in stored and "🦆" in stored and "\0" not in stored


def test_an_undoing_boundary_rolls_back_and_another_leaves_the_callers_work(
    site: SQLiteSite, quiet: None
) -> None:
    site.insert("Error Log", {"method": "mine", "error": "x"})
    with error_boundary(site, "reading"):
        raise ValueError
    site.commit()
    site.insert("Error Log", {"method": "undone", "error": "x"})
    with error_boundary(site, "writing", undo=True):
        raise ValueError
    site.commit()
    methods = {row["method"] for row in site.get_all("Error Log", ["method"])}
    assert methods == {"mine", OWN_TITLE}


def test_it_tells_even_when_the_error_log_cannot_be_searched(site: SQLiteSite) -> None:
    site.store.write('DROP TABLE "tabError Log"', ())
    site.commit()
    assert report(site, "anything", "the table is gone")
    assert "the table is gone" in (site.folder / "errors-not-stored.log").read_text()
