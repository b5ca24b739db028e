"""In a bench: entries that another app wrote into the table are taken over on the first day, and once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import frappe

from verenigingen import install
from verenigingen.tests.support.audit_support import only_trail
from verenigingen.tests.support.support import SiteTest, bench, configured_for_all
from verenigingen.tests.support.visitor import make_user
from vuurtoren.audit.adoption import adoption
from vuurtoren.audit.adoption.adopted import ADOPTED, CONFIG_KEY, GIVEN_BACK, WITH_IBAN
from vuurtoren.audit.adoption.adopting import adopt
from vuurtoren.audit.details.details_box import opened
from vuurtoren.audit.retention.retention import People, erase
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.audit.seals.findings import ADOPTED as FOUND
from vuurtoren.audit.seals.findings import ERASED, NOT_ANCHORED
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.audit.verification.verification import verify
from vuurtoren.frappe_adapter import compat

TREASURER, COMMITTEE = "penning@adopt.example", "kas@adopt.example"
IBAN = "NL91ABNA0417164300"
ROWS = 10
COLUMNS = (
    "name", "owner", "creation", "modified", "modified_by", "event_id", "timestamp", "process_type", "action",
    "compliance_status", "user", "details",
)  # fmt: skip


class TestAdoption(SiteTest):
    """On a trail of its own: whatever the site's log held is taken away first."""

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(configured_for_all(**{CONFIG_KEY: {"state": GIVEN_BACK}}))
        only_trail(self, TREASURER, COMMITTEE)
        make_user(TREASURER, "Inbox User")
        make_user(COMMITTEE, "Kascommissie")
        append_only_guard.install(self.site)
        for number in range(ROWS):
            self.write(number)
        frappe.db.commit()

    def enterContext(self, context):  # before Python 3.11
        entered = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return entered

    def write(self, number: int) -> None:
        moment = self.site.now() - timedelta(days=60 - number)
        details = '{"batch_name": "BATCH-1", "total": 12.50}' if number else f'{{"iban": "{IBAN}"}}'
        row = (
            self.event(number), "Administrator", moment, moment, "Administrator", self.event(number), moment,
            "Batch Generation", "<b>batch</b> validated", "Compliant", TREASURER, details,
        )  # fmt: skip
        places = ", ".join(["%s"] * len(row))
        columns = ", ".join(f"`{column}`" for column in COLUMNS)
        frappe.db.sql(f"INSERT INTO `tab{LOG}` ({columns}) VALUES ({places})", row)

    def event(self, number: int) -> str:
        return f"audit_{1764000000000 + number}_{10000 + number}"

    def found(self) -> list[tuple[object, ...]]:
        columns = ", ".join(f"`{column}`" for column in COLUMNS)
        query = f"SELECT {columns}, details_salt FROM `tab{LOG}` WHERE process_type = %s ORDER BY name"
        rows = frappe.db.sql(query, ("Batch Generation",), as_dict=True)
        return [tuple(str(row[column]) for column in COLUMNS) for row in opened(self.site, rows)]

    def kinds(self) -> set[str]:
        return {finding.kind for finding in verify(self.site).findings}

    def test_an_installation_takes_them_over_and_nobody_is_accused(self) -> None:
        before = self.found()
        install._take_over_older_entries(self.site)
        self.assertEqual(self.kinds(), {FOUND, NOT_ANCHORED})
        self.assertEqual(self.found(), before)
        self.assertEqual(append_only_guard.missing(self.site), "")
        rules = Counter(frappe.get_all(LOG, pluck="rule_id"))
        self.assertEqual(rules, {ADOPTED: ROWS - 1, WITH_IBAN: 1, None: 1})

    def test_a_second_time_changes_nothing(self) -> None:
        for _ in range(2):
            install._take_over_older_entries(self.site)
        self.assertEqual(frappe.db.count(LOG), ROWS + 1)
        self.assertEqual(self.kinds(), {FOUND, NOT_ANCHORED})

    def test_from_then_on_the_database_refuses_and_every_change_is_found(self) -> None:
        install._take_over_older_entries(self.site)
        with self.assertRaises(compat.database_error()):
            frappe.db.sql(f"UPDATE `tab{LOG}` SET details = '{{}}' WHERE name = %s", (self.event(1),))
        frappe.db.rollback()
        with self.site.lift_guard(append_only_guard.GUARD, [self.event(1)]):
            frappe.db.sql(f"UPDATE `tab{LOG}` SET details = '{{}}' WHERE name = %s", (self.event(1),))
        self.assertTrue(verify(self.site).tampered)
        frappe.db.rollback()

    def test_an_iban_in_clear_is_named_by_its_entry_and_erased_by_two_people(self) -> None:
        adopt(self.site)
        seal(self.site)
        self.assertEqual(adoption.events_with_ibans(self.site), [self.event(0)])
        erase(self.site, self.event(0), "GDPR article 17", People(TREASURER, COMMITTEE))
        self.assertEqual(adoption.with_ibans(self.site), 0)
        self.assertEqual(self.kinds(), {FOUND, ERASED, NOT_ANCHORED})

    def test_the_command_takes_them_over_by_name(self) -> None:
        done = bench("monitoring", "audit", "adopt", "--by", COMMITTEE)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr[-2000:])
        self.assertIn(f"{ROWS} entries were taken over", done.stdout)
        self.assertIn(f"confirmed by {COMMITTEE}", done.stdout)
        self.assertNotIn(IBAN, done.stdout)
        frappe.db.rollback()
        self.assertEqual(self.kinds(), {FOUND, NOT_ANCHORED})
