"""The health endpoint and the desk's script, as a guest, a portal user and an administrator meet them."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import frappe

from verenigingen.tests.contracts.witness_contract import WitnessContract
from verenigingen.tests.support.support import (
    DEAD_REDIS,
    configured,
    configured_for_all,
)
from verenigingen.tests.support.visitor import METHODS, VisitedTest
from verenigingen.utils.alert_manager import run_tick
from vuurtoren import carrier
from vuurtoren.notifications import heartbeat


def ask_in_a_new_process(site: str) -> tuple[int, Any]:
    """What a guest is answered by a web process that starts now."""
    script = (
        "import sys; from werkzeug.test import Client; from frappe.app import application\n"
        f"answer = Client(application).get('{METHODS}health', base_url='http://' + sys.argv[1])\n"
        "print(answer.status_code); print(answer.get_data(as_text=True))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, site], capture_output=True, text=True, timeout=120, check=False
    )
    status, _, body = ran.stdout.strip().partition("\n")
    return int(status), json.loads(body)


class TestWitnesses(WitnessContract, VisitedTest):
    def setUp(self) -> None:
        super().setUp()
        self.clear()
        self.addCleanup(self.clear)

    def clear(self) -> None:
        frappe.db.rollback()
        frappe.db.delete("Monitoring Run")
        self.site.set_single("Monitoring Settings", {"heartbeat_url": ""})
        frappe.db.commit()

    def tick(self) -> None:
        run_tick()

    def last_tick_was(self, **ago: float) -> None:
        """As if scheduler or workers had stood still since."""
        run_tick()
        then, then_utc = self.site.now() - timedelta(**ago), self.site.now_utc() - timedelta(**ago)
        site_time = dict.fromkeys(("started_at", "finished_at"), then)
        utc = dict.fromkeys(("started_at_utc", "finished_at_utc"), then_utc)
        self.site.update("Monitoring Run", "tick", site_time | utc)
        frappe.db.commit()

    def ask(
        self, *, as_administrator: bool = False, method: str = "GET", user: str = "Guest"
    ) -> tuple[int, Any]:
        visitor = self.visitors[self.admin if as_administrator else user]
        answer = visitor._open(method, METHODS + "health")
        return answer.status_code, json.loads(answer.data)["message"] if answer.data else None

    def test_a_portal_user_is_told_no_more_than_a_guest(self) -> None:
        run_tick()
        self.assertEqual(set(self.ask(user=self.portal)[1]), {"status", "age_seconds"})

    def test_nobody_may_post_to_it(self) -> None:
        self.assertEqual(self.visitors["Guest"].post(METHODS + "health").status_code, 403)

    def test_without_redis_the_answer_follows_the_age_alone(self) -> None:
        run_tick()
        with configured_for_all(redis_cache=DEAD_REDIS, redis_queue=DEAD_REDIS):
            self.assertEqual(ask_in_a_new_process(frappe.local.site)[0], 200)
            self.last_tick_was(minutes=9)
            status, body = ask_in_a_new_process(frappe.local.site)
        self.assertEqual((status, body["message"]["status"]), (503, "silent"))

    def test_dead_mail_is_no_dead_monitor(self) -> None:
        with configured(mail_server=None, mute_emails=None):
            run_tick()
        self.assertEqual(self.ask()[0], 200)

    def test_everything_dead_together_is_silent(self) -> None:
        with configured_for_all(redis_cache=DEAD_REDIS, redis_queue=DEAD_REDIS, mute_emails=1):
            self.last_tick_was(days=5)
            self.assertEqual(ask_in_a_new_process(frappe.local.site)[0], 503)

    def test_a_heartbeat_that_nobody_takes_is_kept_and_the_tick_is_well(self) -> None:
        self.site.set_single("Monitoring Settings", {"heartbeat_url": "https://127.0.0.1:1/secret"})
        frappe.db.commit()
        run_tick()
        row = heartbeat.stored(self.site)
        assert row is not None
        self.assertEqual(row["status"], "Failed")
        self.assertNotIn("secret", row["error"])
        self.assertEqual(self.site.get("Monitoring Run", "tick")["status"], "Succeeded")

    def test_the_settings_refuse_an_address_without_https(self) -> None:
        document = frappe.get_doc("Monitoring Settings")
        document.heartbeat_url = "http://watch.example/x"
        with self.assertRaises(frappe.ValidationError):
            document.save()

    def test_a_runbook_is_for_those_who_may_see_the_monitoring(self) -> None:
        path = "/monitoring_runbook?rule=disk"
        answers = {user: self.visitors[user].get(path) for user in (self.admin, self.portal, "Guest")}
        statuses = {user: answer.status_code for user, answer in answers.items()}
        self.assertEqual(statuses, {self.admin: 200, self.portal: 403, "Guest": 303})
        self.assertIn("What to do", answers[self.admin].get_data(as_text=True))

    def test_the_desk_is_given_the_script_and_the_file_is_there(self) -> None:
        (included,) = [each for each in frappe.get_hooks("app_include_js") if "monitor_notice" in each]
        file = Path(frappe.get_app_path(carrier.app_name(), "public", *included.split("/")[3:]))
        self.assertTrue(file.is_file())
        self.assertIn("monitoring_dashboard.health", file.read_text("utf-8"))
