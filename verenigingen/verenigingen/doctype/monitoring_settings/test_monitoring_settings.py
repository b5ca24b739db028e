"""Monitoring Settings as an administrator saves them in the desk."""

import frappe

from verenigingen.patches import settings_tables
from verenigingen.tests.support.support import SiteTest
from vuurtoren.notifications.recipients import recipients
from vuurtoren.settings import settings, text_forms
from vuurtoren.signals.catalogue import SHIPPED


class TestMonitoringSettings(SiteTest):
    def form(self) -> "frappe.model.document.Document":
        return frappe.get_single("Monitoring Settings")

    def row(self, form: "frappe.model.document.Document", rule: str) -> "frappe.model.document.Document":
        return next(row for row in form.rules if row.rule == rule)

    def empty_tables(self, texts: "dict[str, object]") -> None:
        for field, value in texts.items():
            frappe.db.set_single_value("Monitoring Settings", field, 0 if isinstance(value, int) else "")
        self.site.set_single("Monitoring Settings", {table: [] for table in text_forms.KINDS})
        frappe.db.delete("Comment", {"reference_doctype": "Monitoring Settings"})
        frappe.db.commit()

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
        form.append("recipient_rows", {"address": "jan@vereniging.example"})
        form.append("recipient_rows", {"address": "<b>nobody</b>"})
        with self.assertRaises(frappe.ValidationError) as refused:
            form.save()
        self.assertNotIn("<b>nobody", str(refused.exception))

    def test_a_user_is_told_under_the_address_of_the_user(self) -> None:
        form = self.form()
        form.append("recipient_rows", {"user": "Administrator"})
        form.append("recipient_rows", {"user": "Administrator", "level": "2"})
        form.append("escalation_level_rows", {"level": "2", "after_minutes": 30, "severity": "HIGH"})
        form.save()
        address = frappe.db.get_value("User", "Administrator", "email")
        held = settings.read(self.site)
        self.assertEqual(recipients(self.site, held).addresses, (address,))
        self.assertEqual(held.levels[0].recipients, (address,))

    def test_what_is_chosen_in_the_tables_holds(self) -> None:
        form = self.form()
        form.append("channel_rows", {"channel": "desk"})
        form.append("channel_rows", {"channel": "slack", "every_message": 1})
        quiet = {"severity": "LOW", "from_time": "20:00:00", "until_time": "08:00:00"}
        form.append("quiet_hour_rows", quiet)
        form.save()
        held = settings.read(self.site)
        self.assertEqual((held.channels.order, held.channels.in_parallel), (("desk",), ("slack",)))
        self.assertEqual(held.channels.quiet["LOW"].said(), "20:00-08:00")
        self.assertEqual(held.problems, ())

    def test_tables_that_cannot_hold_are_refused(self) -> None:
        form = self.form()
        form.append("quiet_hour_rows", {"severity": "LOW", "from_time": "08:00:00", "until_time": "08:00:00"})
        with self.assertRaisesRegex(frappe.ValidationError, "never ends"):
            form.save()

    def test_the_form_offers_the_channels_of_this_site(self) -> None:
        form = self.form()
        form.run_method("onload")
        self.assertIn("desk", form.get_onload("channels"))

    def test_texts_of_an_earlier_release_become_rows_once_and_what_is_unreadable_stays(self) -> None:
        texts = {
            "recipients": "jan@vereniging.example\nnobody",
            "channel_order": "desk, email",
            "quiet_hours": "LOW 20:00-08:00",
            "escalation_2_minutes": 30,
            "escalation_2_recipients": "two@x.example",
        }
        for field, value in texts.items():
            frappe.db.set_single_value("Monitoring Settings", field, value)
        self.addCleanup(self.empty_tables, texts)
        before = settings.read(self.site)
        for _ in range(2):
            settings_tables.execute()
            form = self.form()
            self.assertEqual([len(form.get(table)) for table in text_forms.KINDS], [2, 2, 1, 1])
            self.assertEqual((form.recipients, form.channel_order), ("nobody", ""))
        self.assertEqual(settings.read(self.site), before)
        said = frappe.get_all(
            "Comment", {"reference_doctype": "Monitoring Settings", "comment_type": "Info"}, pluck="content"
        )
        self.assertEqual(len([text for text in said if "Carried over into tables" in text]), 1)

    def test_a_change_in_a_table_stands_in_the_history(self) -> None:
        form = self.form()
        form.append("channel_rows", {"channel": "desk"})
        form.save(ignore_version=False)
        version = frappe.get_last_doc("Version", {"ref_doctype": "Monitoring Settings"})
        self.assertIn("channel_rows", version.data)

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
