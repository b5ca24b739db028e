"""Calls to services as Frappe itself logs them, in the versions that there are."""

from __future__ import annotations

import json
from typing import Any

import frappe
from frappe.integrations.utils import create_request_log

from verenigingen.tests.support.support import SiteTest
from vuurtoren.metrics.metric import Metric
from vuurtoren.signals.measuring import collect

SERVICE, WEBHOOK = "services-test bank", "services-test hook"
REQUEST, LOG = "Integration Request", "Webhook Request Log"


class TestServices(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        self.forget()
        self.addCleanup(self.forget)

    def forget(self) -> None:
        frappe.db.rollback()
        frappe.db.delete(REQUEST, {"integration_request_service": SERVICE})
        frappe.db.delete(LOG, {"webhook": WEBHOOK})
        frappe.db.commit()

    def told(self, key: str, service: str) -> Metric:
        return collect(self.site, ["services"], fresh=True).get(key, service=service)

    def listed(self, metric: Metric) -> list[str]:
        """What the list behind the number shows, by the address that opens it."""
        filters = {
            field: json.loads(given) if given.startswith("[") else given for field, given in metric.rows
        }
        return sorted(frappe.get_list(metric.doctype, filters=filters, pluck="name"))

    def test_what_an_app_logs_is_counted_by_its_service(self) -> None:
        failed = []
        for number in range(6):
            call: Any = create_request_log({"amount": number}, service_name=SERVICE, is_remote_request=1)
            if number < 2:
                call.handle_failure({"status": 503, "detail": "Service Unavailable"})
                failed.append(call.name)
            elif number < 5:
                call.handle_success({"status": 200})
        self.assertEqual(self.told("service.calls_last_day", SERVICE).value, 6)
        last_hour = self.told("service.failed_last_hour", SERVICE)
        self.assertEqual(last_hour.value, 2)
        self.assertIn("Service Unavailable", last_hour.evidence[0]["because"])
        self.assertEqual(self.listed(last_hour), sorted(failed))
        self.assertEqual(self.told("service.failed_percent", SERVICE).value, 40.0)

    def test_a_try_of_a_webhook_that_failed_is_counted(self) -> None:
        for error in ("", "Traceback: ReadTimeout"):
            log = frappe.get_doc(
                {"doctype": LOG, "webhook": WEBHOOK, "url": "https://x.example", "error": error}
            )
            log.flags.ignore_links = True
            log.insert(ignore_permissions=True)
        last_hour = self.told("service.failed_last_hour", f"webhook {WEBHOOK}")
        self.assertEqual((last_hour.value, len(self.listed(last_hour))), (1, 1))
        self.assertEqual(self.told("service.calls_last_day", f"webhook {WEBHOOK}").value, 2)
