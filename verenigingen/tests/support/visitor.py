"""A visitor of this site over HTTP: cookies, CSRF token, and Frappe's own request handling in a thread."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, ClassVar
from unittest.mock import patch

import frappe
from frappe.core.doctype.user.user import User
from werkzeug.test import Client, TestResponse

from verenigingen.tests.support.patience import SECONDS
from verenigingen.tests.support.support import SiteTest

PASSWORD = "monitor-Test-9274-brievenbus"
PAGE = "/monitoring_dashboard"
METHODS = "/api/method/verenigingen.www.monitoring_dashboard."


class Visitor:
    """One browser, a guest until it signs in. Every request has a thread and so a frappe.local of its own."""

    def __init__(self) -> None:
        from frappe.app import application

        self.client = Client(application)
        self.base_url = f"http://{frappe.local.site}"
        self.csrf_token = ""

    def sign_in(self, user: str, password: str = PASSWORD) -> Visitor:
        answer = self.post("/api/method/login", {"usr": user, "pwd": password})
        assert answer.status_code == 200, (user, answer.status_code, answer.get_data(as_text=True)[:300])
        page = self.get(PAGE).get_data(as_text=True)  # opening it gives the session its token
        token = re.search(r'csrf_token = "([^"]+)"', page)
        self.csrf_token = token[1] if token else ""
        return self

    def session_id(self) -> str:
        """The cookie of the session, read in the way of Werkzeug 2 or 3."""
        if hasattr(self.client, "get_cookie"):
            cookie = self.client.get_cookie("sid", domain=frappe.local.site)
            return cookie.value if cookie else ""
        return next(cookie.value for cookie in self.client.cookie_jar if cookie.name == "sid")

    def get(self, path: str) -> TestResponse:
        return self._open("GET", path)

    def head(self, path: str) -> TestResponse:
        return self._open("HEAD", path)

    def post(self, path: str, data: dict[str, Any] | None = None, *, token: bool = True) -> TestResponse:
        headers = {"X-Frappe-CSRF-Token": self.csrf_token} if token and self.csrf_token else {}
        return self._open("POST", path, data=data or {}, headers=headers)

    def send(self, path: str, body: dict[str, Any]) -> TestResponse:
        """A body of JSON, in which a value may be more than a text."""
        return self._open("POST", path, json=body, headers={"X-Frappe-CSRF-Token": self.csrf_token})

    def call(self, method: str) -> TestResponse:
        return self.get(METHODS + method)

    def _open(self, method: str, path: str, **options: Any) -> TestResponse:
        frappe.db.commit()  # what this test wrote must be there for others, and its snapshot must end
        with _as_in_production(), ThreadPoolExecutor(max_workers=1) as thread:
            # 15 and 16 end a request when its answer is closed; one that is left open keeps its connection
            # and the locks of it until somebody collects it, and no DDL of another test comes through
            options |= {"method": method, "base_url": self.base_url, "buffered": True}
            asked = thread.submit(self.client.open, path, **options)
            return asked.result(SECONDS)


@contextmanager
def _as_in_production() -> Iterator[None]:
    """16 as released knows in all threads that tests run, and then keeps no CSRF token, among others."""
    before = getattr(frappe, "in_test", False)
    if before:
        frappe.in_test = False
    try:
        yield
    finally:
        if before:
            frappe.in_test = before


def visit_once(site: str, session_id: str) -> str:
    """The page as a process that starts now would serve it: status, line break, HTML."""
    script = (
        "import sys; from werkzeug.test import Client; from frappe.app import application\n"
        "client = Client(application); client.set_cookie('sid', sys.argv[2], domain=sys.argv[1])\n"
        f"answer = client.get('{PAGE}', base_url='http://' + sys.argv[1])\n"
        "print(answer.status_code); print(answer.get_data(as_text=True))"
    )
    command = [sys.executable, "-c", script, site, session_id]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False).stdout


def make_user(email: str, *roles: str) -> str:
    """A user who can sign in with PASSWORD; without roles one of the website only."""
    remove_user(email)
    user = frappe.get_doc(
        {
            "doctype": "User",
            "email": email,
            "first_name": email.split("@")[0],
            "send_welcome_email": 0,
            "new_password": PASSWORD,
            "user_type": "System User" if roles else "Website User",
            "roles": [{"role": role} for role in roles],
        }
    )
    user.flags.no_welcome_mail = True
    user.insert(ignore_permissions=True)
    frappe.db.commit()
    return email


def remove_user(email: str) -> None:
    """Also the last System Manager, whom 14 and 15 would keep on a site that has no other."""
    if frappe.db.exists("User", email):
        with patch.object(User, "a_system_manager_should_exist", create=True):
            frappe.delete_doc("User", email, force=True, ignore_permissions=True)
    frappe.db.commit()


class VisitedTest(SiteTest):
    """Visits by an administrator of the monitoring, a portal user and a guest, of each test class its own."""

    admin: ClassVar[str]
    portal: ClassVar[str]
    visitors: ClassVar[dict[str, Visitor]]

    @classmethod
    def setUpClass(cls) -> None:
        frappe.set_user("Administrator")
        name = cls.__name__.lower()
        cls.admin = make_user(f"{name}-admin@example.com", "Verenigingen Administrator")
        cls.portal = make_user(f"{name}-portal@example.com")
        cls.visitors = {user: Visitor().sign_in(user) for user in (cls.admin, cls.portal)}
        cls.visitors["Guest"] = Visitor()

    @classmethod
    def tearDownClass(cls) -> None:
        frappe.set_user("Administrator")
        for user in (cls.admin, cls.portal):
            remove_user(user)

    def post(self, visitor: str, method: str, /, **given: Any) -> TestResponse:
        """What this visitor is answered by a method of the page."""
        return self.visitors[visitor].post(METHODS + method, given)
