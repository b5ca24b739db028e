"""Monitoring Settings as an administrator saves them in the desk."""

import frappe

from verenigingen.tests.support.support import SiteTest
from vuurtoren.settings import settings
from vuurtoren.signals.catalogue import SHIPPED


class TestMonitoringSettings(SiteTest):
    def form(self) -> "frappe.model.document.Document":
        return frappe.get_single("Monitoring Settings")

    def row(self, form: "frappe.model.document.Document", rule: str) -> "frappe.model.document.Document":
        return next(row for row in form.rules if row.rule == rule)

    def test_after_install_every_rule_has_its_row(self) -> None:
        self.assertEqual([row.rule for row in self.form().rules], [rule.key for rule in SHIPPED])

    def test_a_threshold_that_is_saved_holds(self) -> None:
        form = self.form()
        self.row(form, "cpu").threshold = "75"
        self.row(form, "disk").enabled = 0
        form.save()
        read = settings.read(self.site)
        self.assertEqual(read.thresholds.values["cpu"], 75)
        self.assertEqual(read.switched_off, {"disk"})

    def test_text_and_negative_thresholds_are_refused_with_a_sentence(self) -> None:
        for threshold, said in (("hot", "not a number"), ("-5", "negative")):
            form = self.form()
            self.row(form, "cpu").threshold = threshold
            with self.assertRaises(frappe.ValidationError) as refused:
                form.save()
            self.assertIn(said, str(refused.exception))

    def test_a_recipient_that_is_no_address_is_refused(self) -> None:
        form = self.form()
        form.recipients = "jan@vereniging.example\n<b>nobody</b>"
        with self.assertRaises(frappe.ValidationError) as refused:
            form.save()
        self.assertNotIn("<b>nobody", str(refused.exception))

    def test_rows_that_were_taken_out_come_back_when_it_is_saved(self) -> None:
        form = self.form()
        form.rules = form.rules[:3]
        form.save()
        self.assertEqual(len(self.form().rules), len(SHIPPED))
        self.assertEqual([row.idx for row in form.rules], list(range(1, len(SHIPPED) + 1)))

    def test_rows_of_rules_that_are_gone_are_dropped(self) -> None:
        form = self.form()
        form.append("rules", {"rule": "of_another_version", "threshold": "7"})
        form.save()
        self.assertNotIn("of_another_version", [row.rule for row in self.form().rules])

    def test_saving_twice_changes_nothing(self) -> None:
        form = self.form()
        form.save()
        before = [row.name for row in form.rules]
        form = self.form()
        form.save()
        self.assertEqual([row.name for row in form.rules], before)

    def test_the_association_administrator_may_change_it(self) -> None:
        meta = frappe.get_meta("Monitoring Settings")
        writers = {permission.role for permission in meta.permissions if permission.write}
        self.assertEqual(writers, {"System Manager", "Verenigingen Administrator"})
