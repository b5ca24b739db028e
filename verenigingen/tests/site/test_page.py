"""The page and its methods over HTTP: who may see, who may act, and that looking changes nothing."""

from __future__ import annotations

import html
import json
import re
from typing import Any, ClassVar
from unittest import mock

import frappe
from jinja2 import DictLoader, Environment

from verenigingen.tests.support.patience import until
from verenigingen.tests.support.support import SiteTest, configured_for_all
from verenigingen.tests.support.visitor import (
    METHODS,
    PAGE,
    Visitor,
    make_user,
    remove_user,
)
from vuurtoren.alerts.alerts import DOCTYPE
from vuurtoren.frappe_adapter.own_pages import Compiled
from vuurtoren.pages.frame.site_map import ROUTES

ADMIN, MANAGER, PORTAL, DESK = (
    f"page-test-{who}@example.com" for who in ("admin", "manager", "portal", "desk")
)
READ_METHODS = (
    "get_system_metrics",
    "get_recent_errors",
    "get_audit_summary",
    "get_active_alerts",
    "get_performance_metrics",
    "refresh_dashboard_data",
    "get_dashboard_html",
)
WRITE_METHODS = ("acknowledge_alert", "resolve_alert", "test_monitoring_system")
NASTY = "<script>alert('page-test')</script> NL91ABNA0417164300 & ☂️"
CHANGES = (
    "Error Log",
    "System Alert",
    "Alert Rule State",
    "Monitoring Run",
    "Metric Series",
    "SEPA Audit Log",
)


class PageTest(SiteTest):
    visitors: ClassVar[dict[str, Visitor]]

    @classmethod
    def setUpClass(cls) -> None:
        frappe.set_user("Administrator")
        make_user(ADMIN, "Verenigingen Administrator")
        make_user(MANAGER, "System Manager")
        make_user(PORTAL)
        make_user(DESK, "Website Manager")
        cls.visitors = {user: Visitor().sign_in(user) for user in (ADMIN, MANAGER, PORTAL, DESK)}
        cls.visitors["Administrator"] = Visitor().sign_in("Administrator", "admin")
        cls.visitors["Guest"] = Visitor()

    @classmethod
    def tearDownClass(cls) -> None:
        for user in (ADMIN, MANAGER, PORTAL, DESK):
            remove_user(user)

    def setUp(self) -> None:
        super().setUp()
        self.remove_alerts()
        self.addCleanup(self.remove_alerts)

    def remove_alerts(self) -> None:
        frappe.db.rollback()
        for doctype in ("System Alert", "Alert Rule State"):
            frappe.db.delete(doctype)
        frappe.db.commit()

    def alert(self, **values: Any) -> str:
        now = self.site.now()
        given = {
            "alert_type": "TEST_ALERT",
            "severity": "HIGH",
            "status": "Active",
            "message": NASTY,
            "timestamp": now,
            "first_seen": now,
            "last_seen": now,
            "fingerprint": "page-test",
            "open_fingerprint": "page-test",
        }
        name = self.site.insert(DOCTYPE, given | values)
        frappe.db.commit()
        return name


class TestWhoMaySee(PageTest):
    def test_those_who_look_after_the_site_see_the_page(self) -> None:
        for user in ("Administrator", ADMIN, MANAGER):
            with self.subTest(user=user):
                answer = self.visitors[user].get(PAGE)
                self.assertEqual(answer.status_code, 200)
                self.assertIn("<svg", answer.get_data(as_text=True))

    def test_the_frame_of_the_website_is_compiled_once_in_a_process(self) -> None:
        self.assertEqual(self.visitors[ADMIN].get(PAGE).status_code, 200)
        with mock.patch.object(
            Environment, "compile", autospec=True, side_effect=Environment.compile
        ) as compiled:
            self.assertEqual(self.visitors[ADMIN].get(PAGE).status_code, 200)
        self.assertEqual([str(each.args[2:]) for each in compiled.mock_calls if each.args[2:]], [])

    def test_a_template_that_was_changed_is_compiled_anew(self) -> None:
        sources = {"page": "{{ 1 }}"}
        kept = Compiled()

        def rendered() -> str:
            return Environment(loader=DictLoader(sources), bytecode_cache=kept).get_template("page").render()

        self.assertEqual([rendered(), rendered()], ["1", "1"])
        sources["page"] = "{{ 2 }}"
        self.assertEqual(rendered(), "2")

    def test_a_portal_user_and_a_desk_user_without_the_role_do_not(self) -> None:
        for user in (PORTAL, DESK):
            with self.subTest(user=user):
                self.assertEqual(self.visitors[user].get(PAGE).status_code, 403)

    def test_a_guest_is_led_to_the_log_in_and_back(self) -> None:
        for path in (PAGE, f"{PAGE}/alert/abc", "/monitoring_runbook?rule=cpu"):
            answer = self.visitors["Guest"].get(path)
            self.assertEqual(answer.status_code, 303)
            asked = path.replace("?", "%3F").replace("=", "%3D")
            self.assertTrue(answer.headers["Location"].endswith(f"/login?redirect-to={asked}"))
            self.assertIn(f'Monitoring: <a href="/login?redirect-to={asked}">', answer.get_data(as_text=True))

    def test_a_guest_does_not_get_the_page_that_an_administrator_saw(self) -> None:
        for _ in range(2):
            self.assertEqual(self.visitors["Administrator"].get(PAGE).status_code, 200)
        self.assertEqual(self.visitors["Guest"].get(PAGE).status_code, 303)

    def test_every_page_is_for_the_same_people(self) -> None:
        for route in ROUTES:
            if route.about_one:
                continue
            path = f"{PAGE}/{route.key}".rstrip("/")
            expected = (("Administrator", 200), (ADMIN, 200), (MANAGER, 200), (PORTAL, 403), (DESK, 403))
            for user, status in (*expected, ("Guest", 303)):
                with self.subTest(path=path, user=user):
                    self.assertEqual(self.visitors[user].get(path).status_code, status)

    def test_every_reading_method_is_for_the_same_people(self) -> None:
        for method in READ_METHODS:
            for user, expected in (
                ("Administrator", 200),
                (ADMIN, 200),
                (MANAGER, 200),
                (PORTAL, 403),
                ("Guest", 403),
            ):
                with self.subTest(method=method, user=user):
                    self.assertEqual(self.visitors[user].call(method).status_code, expected)

    def test_nothing_of_the_alert_manager_is_open_to_others(self) -> None:
        for method in ("get_alert_statistics", "test_alert_system"):
            path = f"/api/method/verenigingen.utils.alert_manager.{method}"
            for user in (PORTAL, "Guest"):
                with self.subTest(method=method, user=user):
                    self.assertEqual(self.visitors[user].post(path).status_code, 403)

    def test_a_portal_user_sees_no_alert_through_the_desk_either(self) -> None:
        self.alert()
        for doctype in ("System Alert", "SEPA Audit Log", "Monitoring Settings", "Error Kind"):
            for user in (PORTAL, "Guest"):
                with self.subTest(doctype=doctype, user=user):
                    answer = self.visitors[user].get(f"/api/resource/{doctype}")
                    # a Single has no table, and 16 looks for one before it asks who may see it
                    refused = (403, 404, 500) if frappe.get_meta(doctype).issingle else (403, 404)
                    self.assertIn(answer.status_code, refused)
                    self.assertNotIn("data", answer.get_json())


class TestReaders(PageTest):
    """The role of DESK, named in the configuration as one that only looks."""

    def setUp(self) -> None:
        super().setUp()
        named = configured_for_all(monitoring_reader_roles=["Website Manager"])
        named.__enter__()
        self.addCleanup(named.__exit__, None, None, None)
        # before, the page was refused to them, so they were given no token to send
        self.visitors = self.visitors | {DESK: Visitor().sign_in(DESK)}
        self.assertTrue(self.visitors[DESK].csrf_token)

    def test_who_only_looks_sees_every_page_without_a_form_that_changes_something(self) -> None:
        name = self.alert()
        pages = [f"{PAGE}/{route.key}".rstrip("/") for route in ROUTES if not route.about_one]
        for path in (
            *pages,
            f"{PAGE}/alert/{name}",
            f"{PAGE}/rule/cpu?try=3",
            "/monitoring_sepa",
            "/monitoring_checklist",
        ):
            with self.subTest(path=path):
                answer = self.visitors[DESK].get(path)
                self.assertEqual(answer.status_code, 200)
                own = answer.get_data(as_text=True).partition('id="monitoring"')[2]
                self.assertIn("vm-main", own)
                self.assertNotIn('class="vm-button" name=', own)
                self.assertNotIn('name="csrf_token"', own)

    def test_a_page_is_shown_when_it_is_whole(self) -> None:
        for path in (
            PAGE,
            f"{PAGE}/alerts",
            "/monitoring_sepa",
            "/monitoring_backtest",
            "/monitoring_checklist",
            "/monitoring_runbook",
        ):
            with self.subTest(path=path):
                page = self.visitors[ADMIN].get(path).get_data(as_text=True)
                self.assertIn(
                    '<link rel="expect" href="#vm-end" blocking="render">', page.partition("<body")[0]
                )
                self.assertEqual(page.count('id="vm-end"'), 1)

    def test_who_acts_has_the_forms(self) -> None:
        name = self.alert()
        page = self.visitors[ADMIN].get(f"{PAGE}/alert/{name}").get_data(as_text=True)
        self.assertIn('name="action" value="acknowledge"', html.unescape(page))

    def test_what_who_only_looks_sends_is_refused(self) -> None:
        name, visitor = self.alert(), self.visitors[DESK]
        form = {"action": "acknowledge", "alert": name}
        self.assertEqual(visitor.post(f"{PAGE}/alert/{name}", form).status_code, 403)
        for method in WRITE_METHODS:
            with self.subTest(method=method):
                self.assertEqual(visitor.post(METHODS + method, {"alert_name": name}).status_code, 403)
        self.assertEqual(self.visitors[DESK].call("get_active_alerts").status_code, 200)
        self.assertEqual(self.visitors[PORTAL].get(PAGE).status_code, 403)
        frappe.db.commit()
        self.assertEqual(frappe.db.get_value(DOCTYPE, name, "status"), "Active")


class TestPages(PageTest):
    def test_an_alert_has_a_page_of_its_own(self) -> None:
        name = self.alert()
        page = self.visitors[ADMIN].get(f"{PAGE}/alert/{name}").get_data(as_text=True)
        self.assertIn(f"vm-alert-{name}", page)
        self.assertNotIn("<script>alert('page-test')", page)

    def test_a_page_that_is_not_there_says_so(self) -> None:
        for path in ("nothing", "alert/none", "metric/none.such"):
            with self.subTest(path=path):
                self.assertEqual(self.visitors[ADMIN].get(f"{PAGE}/{path}").status_code, 404)

    def test_what_is_asked_stands_behind_the_question_mark(self) -> None:
        name = self.alert(severity="LOW")
        self.assertIn(name, self.visitors[ADMIN].get(f"{PAGE}/alerts?severity=LOW").get_data(as_text=True))
        high = self.visitors[ADMIN].get(f"{PAGE}/alerts?severity=CRITICAL").get_data(as_text=True)
        self.assertNotIn(f"vm-alert-{name}", high)

    def test_a_list_is_had_as_a_file(self) -> None:
        name = self.alert()
        answer = self.visitors[ADMIN].get(f"{PAGE}/alerts?as=csv")
        self.assertEqual(answer.mimetype, "text/csv")
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        self.assertIn(name, answer.get_data(as_text=True))

    def test_a_number_is_shown_by_its_key(self) -> None:
        answer = self.visitors[ADMIN].get(f"{PAGE}/metric/errors.last_hour?range=7d")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("errors.last_hour", answer.get_data(as_text=True))

    def test_a_form_below_the_page_is_answered_there(self) -> None:
        name, visitor = self.alert(), self.visitors[ADMIN]
        path = f"{PAGE}/alert/{name}"
        token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.get(path).get_data(as_text=True))
        assert token is not None
        form = {"bulk": "acknowledge", f"pick.{name}": "1", "csrf_token": token[1]}
        self.assertEqual(visitor.post(path, form, token=False).status_code, 200)
        frappe.db.commit()
        self.assertEqual(frappe.db.get_value(DOCTYPE, name, "status"), "Acknowledged")

    def test_a_refresh_brings_the_page_that_is_looked_at(self) -> None:
        name = self.alert()
        here = f"{METHODS}get_dashboard_html?here=/monitoring_dashboard/alert/{name}"
        self.assertIn(f"vm-alert-{name}", self.visitors[ADMIN].get(here).json["message"])


class TestLooking(PageTest):
    def test_looking_changes_nothing(self) -> None:
        self.visitors[ADMIN].get(PAGE)
        self.alert()
        before = self.stored()
        self.visitors[ADMIN].get(PAGE)
        for method in READ_METHODS:
            self.visitors[ADMIN].call(method)
        self.assertEqual(self.stored(), before)

    def stored(self) -> dict[str, Any]:
        frappe.db.commit()
        newest = {}
        for doctype in CHANGES:
            rows = frappe.get_all(doctype, fields=["name", "modified"], order_by="modified desc", limit=1)
            newest[doctype] = (frappe.db.count(doctype), rows)
        return newest

    def test_a_visit_that_was_answered_leaves_no_connection_behind(self) -> None:
        if frappe.db.db_type != "mariadb":
            self.skipTest("connections are counted as MariaDB tells them")
        before = self.connections()
        answers = [self.visitors[ADMIN].get(PAGE) for _ in range(3)]
        until(lambda: self.connections() <= before, "requests that end with their answers", 20)
        self.assertEqual([answer.status_code for answer in answers], [200] * 3)

    def connections(self) -> int:
        """Those of the account of this site."""
        return int(frappe.db.sql("SELECT COUNT(*) FROM information_schema.PROCESSLIST")[0][0])

    def test_text_of_an_alert_is_shown_as_text(self) -> None:
        self.alert()
        page = self.visitors[ADMIN].get(PAGE).get_data(as_text=True)
        self.assertNotIn("<script>alert('page-test')", page)
        self.assertIn("alert('page-test')", html.unescape(page))

    def test_the_methods_answer_in_frappes_envelope(self) -> None:
        for method in READ_METHODS:
            with self.subTest(method=method):
                self.assertEqual(list(json.loads(self.visitors[ADMIN].call(method).data)), ["message"])

    def test_no_answer_carries_the_statements_of_the_database(self) -> None:
        self.assertNotIn(
            "_debug_messages", self.visitors[ADMIN].call("get_system_metrics").get_data(as_text=True)
        )


class TestActing(PageTest):
    def test_an_alert_is_acknowledged_and_resolved_by_name(self) -> None:
        name, visitor = self.alert(), self.visitors[ADMIN]
        self.assertEqual(visitor.post(METHODS + "acknowledge_alert", {"alert_name": name}).status_code, 200)
        self.assertEqual(self.row(name)["status"], "Acknowledged")
        self.assertEqual(self.row(name)["acknowledged_by"], ADMIN)
        self.assertEqual(visitor.post(METHODS + "resolve_alert", {"alert_name": name}).status_code, 200)
        self.assertEqual((self.row(name)["status"], self.row(name)["resolved_by"]), ("Resolved", ADMIN))

    def test_the_form_of_the_page_works_without_javascript(self) -> None:
        name, visitor = self.alert(), self.visitors[ADMIN]
        page = visitor.get(PAGE).get_data(as_text=True)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token is not None
        form = {"action": "acknowledge", "alert": name, "csrf_token": token[1]}
        self.assertEqual(visitor.post(PAGE, form, token=False).status_code, 200)
        self.assertEqual(self.row(name)["status"], "Acknowledged")

    def test_others_cannot_act(self) -> None:
        name = self.alert()
        for user in (PORTAL, DESK, "Guest"):
            for method in WRITE_METHODS:
                with self.subTest(user=user, method=method):
                    answer = self.visitors[user].post(METHODS + method, {"alert_name": name})
                    self.assertEqual(answer.status_code, 403)
        self.assertEqual(self.row(name)["status"], "Active")

    def test_nothing_is_changed_by_a_get(self) -> None:
        name = self.alert()
        for method in WRITE_METHODS:
            with self.subTest(method=method):
                answer = self.visitors[ADMIN].get(f"{METHODS}{method}?alert_name={name}")
                self.assertIn(answer.status_code, (403, 405))
        self.assertEqual(self.row(name)["status"], "Active")

    def test_a_post_without_the_token_of_the_session_is_refused(self) -> None:
        name = self.alert()
        answer = self.visitors[ADMIN].post(METHODS + "resolve_alert", {"alert_name": name}, token=False)
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(self.row(name)["status"], "Active")

    def test_a_test_alert_says_what_really_happened(self) -> None:
        answer = self.visitors[ADMIN].post(METHODS + "test_monitoring_system").json["message"]
        self.assertEqual(answer["status"], "error")
        self.assertIn("Email Account", answer["message"])

    def row(self, name: str) -> Any:
        frappe.db.commit()
        return self.site.get(DOCTYPE, name)
