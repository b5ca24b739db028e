"""The time zone of the site, set for the first time or moved west: no tampering, and no false age."""

from __future__ import annotations

import frappe

from verenigingen.tests.support.audit_support import clear_trail
from verenigingen.tests.support.support import SiteTest, live_in
from vuurtoren.audit.recording.recording import record
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.verification.verification import verify
from vuurtoren.audit.zones import time_zones, zone_memory
from vuurtoren.frappe_adapter import compat
from vuurtoren.health import liveness
from vuurtoren.rounds.checks import run_job


class TestTimeZone(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        self.zone = frappe.db.get_single_value("System Settings", "time_zone")
        self.addCleanup(live_in, self.zone)
        self.addCleanup(frappe.db.delete, "Monitoring Run", {"job": zone_memory.JOB})
        # what was written by another zone than the site's looks changed once nobody remembers that zone
        self.addCleanup(clear_trail, {"name": ("is", "set")})

    def as_after_an_install(self) -> None:
        """No zone was chosen, and none is remembered."""
        live_in("")
        frappe.db.delete("Monitoring Run", {"job": zone_memory.JOB})
        frappe.db.commit()
        zone_memory._remembered.clear()

    def event(self) -> str:
        name = record(self.site, "Mandate Change", "User", "Administrator", "zone test", "Compliant")
        assert name
        return name

    def wrong(self) -> set[str]:
        """Entries of this test that the verification calls tampered with."""
        return {f"{found.kind} {found.row}" for found in verify(self.site).findings if found.tampering}

    def test_a_site_that_never_chose_a_zone_has_frappes_own(self) -> None:
        self.as_after_an_install()
        self.assertEqual(self.site.time_zone(), compat.time_zone())
        self.assertTrue(self.site.time_zone())

    def test_a_zone_set_for_the_first_time_tampers_with_nothing(self) -> None:
        self.as_after_an_install()
        before = self.wrong()
        self.event()
        live_in("Europe/Amsterdam")
        self.assertEqual(self.site.time_zone(), "Europe/Amsterdam")
        self.event()
        time_zones.note_change(self.site)
        frappe.db.commit()
        seal(self.site)
        frappe.db.commit()
        self.assertEqual(self.wrong() - before, set())

    def test_a_zone_moved_west_makes_no_tick_green_or_minus_old(self) -> None:
        live_in("Asia/Kolkata")
        frappe.db.delete("Monitoring Run", {"job": "tick"})
        run_job(self.site, "tick")
        live_in("America/New_York")
        self.assertEqual(self.site.time_zone(), "America/New_York")
        found = liveness.health(self.site, details=False)
        self.assertEqual(found["status"], "ok")
        self.assertIn(found["age_seconds"], range(600))
        age = {"finished_at_utc": frappe.utils.add_to_date(self.site.now_utc(), minutes=-9)}
        self.site.update("Monitoring Run", "tick", age)
        frappe.db.commit()
        self.assertEqual(liveness.health(self.site, details=False)["status"], "silent")

    def test_a_run_from_the_future_is_unknown(self) -> None:
        run_job(self.site, "tick")
        later = {"finished_at_utc": frappe.utils.add_to_date(self.site.now_utc(), hours=4)}
        self.site.update("Monitoring Run", "tick", later)
        found = liveness.health(self.site, details=False)
        self.assertEqual(found, {"status": "unknown", "age_seconds": None})
