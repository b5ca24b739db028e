"""People and alerts inside a bench: over HTTP and in the desk, by role; the log of steps; escalation."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import frappe

from verenigingen.tests.contracts.escalation_contract import LEVELS, NO_LEVELS, EscalationContract
from verenigingen.tests.support.delivery_support import DeliveryTest
from verenigingen.tests.support.visitor import METHODS, PAGE, VisitedTest
from vuurtoren.alerts import alerts, steps
from vuurtoren.alerts.events import record_event
from vuurtoren.settings import settings

DESK_METHODS = "/api/method/verenigingen.verenigingen.doctype.system_alert.system_alert."
MARKUP = "<img src=x onerror=alert(1)>"
DRAWN = "‹img src=x onerror=alert(1)›"
"""As a bench stores it: nothing that the desk could take for markup."""
UNWRITABLE = ("half \ud800 a pair", "bell \x07", "x" * 50_000)
REFUSED_BY_FRAPPE = 417


def statuses(text: str, ours: int) -> tuple[int, ...]:
    """How a request with this text is refused; 16 does it itself where a body holds half a surrogate."""
    return (ours, REFUSED_BY_FRAPPE) if "\ud800" in text else (ours,)


class PeopleTest(VisitedTest):
    EMPTIED = (
        *("System Alert", "Alert Notification", "Alert Delivery", "Alert Silence", "Alert Step"),
        "Notification Log",
    )

    def event(self, severity: str = "HIGH") -> str:
        name = record_event(self.site, settings.read(self.site), "TEST_ALERT", severity, "people-test")
        frappe.db.commit()
        return name

    def log(self, name: str) -> list[tuple[str, str]]:
        frappe.db.commit()
        rows = steps.of_alerts(self.site, [name]).get(name, [])
        return [(row["step"], row["step_by"] or "") for row in rows]


class TestOverHTTP(PeopleTest):
    def test_every_step_is_done_and_recorded_with_who(self) -> None:
        name, me = self.event(), self.admin
        for method, given in (
            ("assign_alert", {"user": me, "note": "mine"}),
            ("acknowledge_alert", {"note": "on it"}),
            ("comment_alert", {"note": MARKUP}),
            ("silence_alert", {"minutes": "60", "reason": "known"}),
            ("assign_alert", {"user": ""}),
            ("unacknowledge_alert", {"note": "not me"}),
            ("resolve_alert", {"note": "done"}),
            ("reopen_alert", {"note": "too early"}),
        ):
            answer = self.post(me, method, alert_name=name, **given)
            self.assertEqual(answer.status_code, 200, (method, answer.get_data(as_text=True)))
        taken = ("Assigned", "Acknowledged", "Commented", "Silenced", "Unassigned")
        taken += ("Unacknowledged", "Resolved", "Reopened")
        self.assertEqual(self.log(name), [("Opened", ""), *((step, me) for step in taken)])
        told = self.visitors[me].get(f"{METHODS}get_alert_steps?alert_name={name}")
        said = json.loads(told.data)["message"]
        self.assertEqual((said[1]["assignee"], said[3]["note"]), (me, DRAWN))

    def test_the_page_shows_it_escaped_with_its_buttons(self) -> None:
        name = self.event()
        self.post(self.admin, "comment_alert", alert_name=name, note=MARKUP)
        self.post(self.admin, "assign_alert", alert_name=name, user=self.admin, note=MARKUP)
        page = self.visitors[self.admin].get(f"{PAGE}/report").get_data(as_text=True)
        self.assertNotIn("<img", page)
        self.assertEqual(page.count(DRAWN), 2)
        for action in ("assign", "comment", "acknowledge", "resolve", "silence"):
            self.assertIn(f'value="{action}"', page)

    def test_the_form_of_the_page_works_without_its_script(self) -> None:
        name = self.event()
        visitor = self.visitors[self.admin]
        form = {"csrf_token": visitor.csrf_token, "alert": name, "action": "assign", "user": self.admin}
        answer = visitor.post(PAGE, form)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(self.log(name)[-1], ("Assigned", self.admin))

    def test_without_the_token_nothing_is_done(self) -> None:
        name = self.event()
        for method in ("assign_alert", "comment_alert"):
            answer = self.visitors[self.admin].post(
                METHODS + method, {"alert_name": name, "user": self.admin, "note": "x"}, token=False
            )
            self.assertEqual(answer.status_code, 400, method)
        self.assertEqual(self.log(name), [("Opened", "")])

    def test_others_do_nothing_and_see_nothing(self) -> None:
        name = self.event()
        for user in (self.portal, "Guest"):
            with self.subTest(user=user):
                for method in ("assign_alert", "comment_alert", "acknowledge_alert", "resolve_alert"):
                    asked = self.post(user, method, alert_name=name, user=self.admin, note="x")
                    self.assertEqual(asked.status_code, 403, method)
                for method in (f"get_alert_steps?alert_name={name}", "get_assignable_users"):
                    self.assertEqual(self.visitors[user].call(method).status_code, 403, method)
                self.assertIn(self.visitors[user].get("/api/resource/Alert Step").status_code, (403, 404))
        self.assertEqual(self.log(name), [("Opened", "")])

    def test_it_is_not_read_by_a_posted_get(self) -> None:
        for method in ("assign_alert", "comment_alert"):
            answer = self.visitors[self.admin].get(f"{METHODS}{method}?alert_name={self.event()}&note=x")
            self.assertEqual(answer.status_code, 403)

    def test_it_is_given_to_nobody_who_could_not_see_it(self) -> None:
        name = self.event()
        for user in (self.portal, "Guest", "nobody@example.com", MARKUP):
            answer = self.post(self.admin, "assign_alert", alert_name=name, user=user)
            self.assertEqual(answer.status_code, 409, user)
            self.assertNotIn("<img", json.loads(answer.data)["_server_messages"])

    def test_what_no_person_writes_is_a_clear_refusal(self) -> None:
        name = self.event()
        for note in UNWRITABLE:
            for method in ("acknowledge_alert", "comment_alert", "resolve_alert"):
                answer = self.as_json(METHODS + method, alert_name=name, note=note)
                self.assertIn(answer.status_code, statuses(note, 409), (method, note[:20]))
        self.assertEqual(self.log(name), [("Opened", "")])

    def test_half_a_surrogate_is_the_name_of_nothing(self) -> None:
        for method in ("acknowledge_alert", "resolve_alert"):
            for way, status in ((METHODS, 409), (DESK_METHODS, 404)):
                answer = self.as_json(way + method, alert_name="half \ud800", note="x")
                self.assertIn(answer.status_code, statuses("half \ud800", status), (way, method))

    def as_json(self, path: str, **given: str) -> Any:
        visitor = self.visitors[self.admin]
        headers = {"X-Frappe-CSRF-Token": visitor.csrf_token}
        body = json.dumps(given)
        return visitor._open("POST", path, data=body, content_type="application/json", headers=headers)


class TestTheLog(PeopleTest):
    def test_nobody_writes_changes_or_deletes_it(self) -> None:
        name = self.event()
        step = frappe.get_last_doc("Alert Step", {"alert": name})
        fresh = {"doctype": "Alert Step", "alert": name, "step": "Resolved", "at": self.site.now()}
        for attempt in (
            lambda: step.update({"note": "forged"}).save(),
            lambda: step.db_set("note", "forged"),
            lambda: step.delete(),
            lambda: frappe.delete_doc("Alert Step", step.name, force=True),
            lambda: frappe.get_doc(fresh).insert(),
        ):
            self.assertRaises(frappe.PermissionError, attempt)
            frappe.db.rollback()
        self.assertEqual(self.log(name), [("Opened", "")])

    def test_a_silence_made_in_the_desk_is_a_step_once(self) -> None:
        name = self.event()
        alert = frappe.get_doc("System Alert", name)
        ends_at = self.site.now() + timedelta(hours=1)
        made = {"doctype": "Alert Silence", "fingerprint": alert.fingerprint, "reason": "known"}
        frappe.get_doc(made | {"ends_at": ends_at}).insert()
        self.assertEqual(self.log(name), [("Opened", ""), ("Silenced", "Administrator")])

    def test_neither_assignee_nor_level_is_written_by_hand(self) -> None:
        alert = frappe.get_doc("System Alert", self.event())
        for field, value in (("assigned_to", "Administrator"), ("escalation_level", 3)):
            self.assertRaises(frappe.ValidationError, lambda f=field, v=value: alert.db_set(f, v))

    def test_the_assignee_hears_the_bell(self) -> None:
        name = self.event()
        frappe.set_user("Administrator")
        self.post(self.admin, "assign_alert", alert_name=name, user="Administrator")
        frappe.db.commit()
        (bell,) = frappe.get_all("Notification Log", {"document_name": name}, ["for_user", "subject"])
        self.assertEqual(bell["for_user"], "Administrator")
        self.assertIn("people-test", bell["subject"])

    def test_an_assigned_alert_is_on_the_list_of_what_is_to_be_done_until_it_is_closed(self) -> None:
        name = self.event()
        frappe.set_user("Administrator")
        about = {"reference_type": "System Alert", "reference_name": name}
        self.addCleanup(frappe.db.delete, "ToDo", about)
        self.post(self.admin, "assign_alert", alert_name=name, user="Administrator")
        frappe.db.commit()
        (todo,) = frappe.get_all("ToDo", about, ["allocated_to", "status", "description"])
        self.assertEqual((todo["allocated_to"], todo["status"]), ("Administrator", "Open"))
        self.assertIn("people-test", todo["description"])
        self.assertEqual(json.loads(frappe.db.get_value("System Alert", name, "_assign")), ["Administrator"])
        alerts.resolve(self.site, name, settings=settings.read(self.site))
        self.site.commit()
        self.assertEqual(frappe.get_all("ToDo", about, pluck="status"), ["Closed"])
        self.assertFalse(frappe.db.get_value("System Alert", name, "_assign"))


class TestEscalation(DeliveryTest, EscalationContract):
    """The contract, with Frappe's queue of mail."""

    def cleanup(self) -> None:
        super().cleanup()
        self.choose(**NO_LEVELS)

    def test_settings_that_cannot_hold_are_refused_in_the_desk(self) -> None:
        self.choose(**LEVELS)
        document = frappe.get_doc("Monitoring Settings")
        for values in (
            {"escalation_2_recipients": "nobody"},
            {"escalation_2_recipients": ""},
            {"escalation_2_minutes": -1},
            {"escalation_3_minutes": 30},
        ):
            document.reload()
            self.assertRaises(frappe.ValidationError, document.update(values).save)
