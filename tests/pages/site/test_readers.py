"""Who only looks is shown every page, no form that changes something, and a refusal where they send one."""

from __future__ import annotations

import base64
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from tests.pages.reading import Html
from tests.pages.site.test_pages import LISTS, ROOT, TOKEN, about_one, an_alert, an_error, watched
from tests.pages.test_api import FOR_EVERYBODY, WRITING, methods
from verenigingen.www import monitoring_dashboard as www
from vuurtoren.alerts import alerts, stored_silences
from vuurtoren.alerts.silences import WINDOW
from vuurtoren.audit.search.sensitive_details import ROLE as COMMITTEE
from vuurtoren.embedded.server.gate import TOKEN_HEADER, Gate, check_binding
from vuurtoren.embedded.server.server import Application
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.endpoints.permission import PEOPLE, READER_ROLES_KEY, may_act, may_see, reader_roles
from vuurtoren.endpoints.whitelist import Forbidden
from vuurtoren.pages.frame import site_map

ACTING, LOOKING = "a password to act with", "a password to look with"
BESIDE = [
    "/monitoring_runbook?rule=cpu",
    "/monitoring_backtest?rule=cpu",
    "/monitoring_sepa",
    "/monitoring_checklist",
    "/app/system-alert",
]
CHAIR = "voorzitter@vereniging.example"
EXPECTED = {
    ROOT: {"acknowledge"},
    f"{ROOT}/alerts": {
        "acknowledge",
        "resolve",
        "silence",
        "assign",
        "comment",
        "maintenance",
        "end_silence",
    },
    f"{ROOT}/sepa": {"verify_audit"},
    f"{ROOT}/notifications": {"test_message", "add_route", "maintenance", "end_silence"},
    f"{ROOT}/routines": {"tick_item"},
    f"{ROOT}/rule/error_rate_hourly?try=3": {"change_rule"},
}
"""What can be done on a page, among other things."""


class Visitor:
    """Somebody who knows one of the two passwords."""

    def __init__(self, site: SQLiteSite, password: str) -> None:
        gate = Gate("127.0.0.1", 8000, ACTING, reader_password=LOOKING, token=TOKEN)
        self.client = Client(Application(site, gate))
        said = base64.b64encode(f"x:{password}".encode()).decode()
        self.headers = {"Host": "127.0.0.1:8000", "Authorization": f"Basic {said}", TOKEN_HEADER: TOKEN}

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, headers=self.headers)

    def post(self, path: str, **form: Any) -> TestResponse:
        return self.client.post(path, data=form, headers=self.headers)


def offered(page: str) -> set[str]:
    """What the buttons of a page would do; a form that posts without one counts as well."""
    read = Html(page)
    posting = {"a form" for each in read.with_tag("form") if (each.get("method") or "").lower() == "post"}
    buttons = [each for each in read.with_tag("button") if each.get("name") in ("action", "bulk")]
    return posting | {str(each.get("value")) for each in buttons}


@pytest.fixture
def filled(site: SQLiteSite) -> SQLiteSite:
    """A site on which everything has something to be done about."""
    watched(site)
    an_error(site)
    an_alert(site)
    over = an_alert(site, "Batch 13 was refused")
    alerts.resolve(site, over)
    now = site.now()
    stored_silences.silence(site, kind=WINDOW, ends_at=now.replace(hour=now.hour + 1), reason="update")
    site.commit()
    return site


def every_page(site: SQLiteSite) -> list[str]:
    names = [row["name"] for row in site.get_all(alerts.DOCTYPE, ["name"])]
    return [*LISTS, *about_one(site), *(f"{ROOT}/alert/{name}" for name in names), *BESIDE]


def test_who_only_looks_sees_every_page_and_no_form_that_changes_something(filled: SQLiteSite) -> None:
    reader, person = Visitor(filled, LOOKING), Visitor(filled, ACTING)
    for path in every_page(filled):
        answer = reader.get(path)
        assert answer.status_code == 200, path
        assert offered(answer.text) == set(), path
        assert Html(answer.text).unbalanced == [], path
        acts = offered(person.get(path).text)
        assert acts >= EXPECTED.get(path, set()), path


def test_who_only_looks_may_still_search_filter_and_try_a_threshold(filled: SQLiteSite) -> None:
    reader, person = Visitor(filled, LOOKING), Visitor(filled, ACTING)
    for path in every_page(filled):
        asking = [
            [each for each in Html(who.get(path).text).with_tag("form") if each.get("method") == "get"]
            for who in (reader, person)
        ]
        assert asking[0] == asking[1], path


def test_who_only_looks_is_told_so_where_there_would_be_something_to_do(filled: SQLiteSite) -> None:
    for path in (f"{ROOT}/alerts", f"{ROOT}/rule/cpu", f"{ROOT}/notifications", f"{ROOT}/routines"):
        assert Visitor(filled, LOOKING).get(path).text.count("You may look here, not act.") == 1, path
        assert "You may look here, not act." not in Visitor(filled, ACTING).get(path).text, path


def test_a_refreshed_page_has_no_form_either(filled: SQLiteSite) -> None:
    method = f"/api/method/{www.__name__}.get_dashboard_html?here={ROOT}"
    assert offered(Visitor(filled, ACTING).get(f"{method}/alerts").json["message"])
    assert offered(Visitor(filled, LOOKING).get(f"{method}/alerts").json["message"]) == set()


def test_what_who_only_looks_sends_is_refused_and_changes_nothing(filled: SQLiteSite) -> None:
    reader = Visitor(filled, LOOKING)
    name = an_alert(filled, "Batch 14 was refused")
    for form in ({"action": "acknowledge", "alert": name}, {"bulk": "resolve", f"pick.{name}": "1"}):
        for path in (ROOT, f"{ROOT}/alert/{name}", f"{ROOT}/alerts"):
            answer = reader.post(path, **form)
            assert answer.status_code == 403
            assert "may do this" in answer.text
    assert reader.post(f"{ROOT}/sepa", action="verify_audit").status_code == 403
    assert reader.post("/app/monitoring-settings", error_rate="1").status_code == 403
    assert (filled.get(alerts.DOCTYPE, name) or {})["status"] == "Active"
    assert Visitor(filled, ACTING).post(ROOT, action="acknowledge", alert=name).status_code == 200


@pytest.mark.parametrize("method", sorted(WRITING))
def test_every_method_that_changes_something_is_refused(filled: SQLiteSite, method: str) -> None:
    wanted = inspect.signature(methods()[method].function).parameters
    answer = Visitor(filled, LOOKING).post(
        f"/api/method/{www.__name__}.{method}", **dict.fromkeys(wanted, "1")
    )
    assert (answer.status_code, answer.json["exc_type"]) == (403, "Forbidden")


@pytest.mark.parametrize("method", ["sepa.check_batch", "www.monitoring_sepa.get_proof"])
def test_neither_batches_nor_proofs_are_for_who_only_looks(filled: SQLiteSite, method: str) -> None:
    answer = Visitor(filled, LOOKING).post(f"/api/method/verenigingen.{method}", batch="x", event_id="x")
    assert answer.status_code == 403


def test_the_form_of_the_settings_and_what_is_secret_in_it_are_for_who_acts(filled: SQLiteSite) -> None:
    answer = Visitor(filled, LOOKING).get("/app/monitoring-settings")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{ROOT}/settings")
    assert "/app/monitoring-settings" not in Visitor(filled, LOOKING).get(f"{ROOT}/settings").text
    assert Visitor(filled, ACTING).get("/app/monitoring-settings").status_code == 200


def test_a_password_to_look_with_needs_another_one_to_act_with() -> None:
    check_binding("0.0.0.0", ACTING, LOOKING)
    for acting, looking in (("", LOOKING), (ACTING, ACTING), (ACTING, "short")):
        with pytest.raises(ValueError, match="password"):
            check_binding("0.0.0.0", acting, looking)


# the same by roles, as in a bench
@contextmanager
def holding(site: SQLiteSite, *roles: str) -> Iterator[None]:
    for role in roles:
        site.insert("Has Role", {"parent": CHAIR, "parenttype": "User", "role": role})
    site.commit()
    with site.as_user(CHAIR):
        yield


@pytest.mark.parametrize("named", [["Board Member", "Chair"], "Chair, Board Member", ("Chair",)])
def test_a_role_that_the_configuration_names_looks_and_does_not_act(site: SQLiteSite, named: Any) -> None:
    site.set_conf(READER_ROLES_KEY, named)
    with holding(site, "Chair"):
        assert may_see(site) and not may_act(site)


@pytest.mark.parametrize("role", PEOPLE)
def test_who_looks_and_also_has_a_role_that_acts_acts(site: SQLiteSite, role: str) -> None:
    site.set_conf(READER_ROLES_KEY, ["Chair"])
    with holding(site, "Chair", role):
        assert may_see(site) and may_act(site)


@pytest.mark.parametrize(
    "named", [None, "", 7, {"Chair": 1}, [None, 3, ["Chair"]], "Guest, all,Desk User", ","]
)
def test_whatever_else_is_configured_lets_nobody_look(site: SQLiteSite, named: Any) -> None:
    site.set_conf(READER_ROLES_KEY, named)
    assert reader_roles(site) == ()
    with holding(site, "Chair", "All", "Guest"):
        assert not may_see(site) and not may_act(site)


def test_by_its_role_too_every_page_is_seen_without_a_form_and_a_sent_one_is_refused(
    filled: SQLiteSite,
) -> None:
    filled.set_conf(READER_ROLES_KEY, ["Chair"])
    name = an_alert(filled, "Batch 15 was refused")
    paths = [path.removeprefix(ROOT) for path in every_page(filled) if path.startswith(ROOT)]
    with holding(filled, "Chair"):
        for path in paths:
            page, _sign, asked = path.partition("?")
            given = dict([asked.split("=")]) if asked else {}
            served = site_map.serve(filled, page, given, {})
            assert served.found and offered(served.body) == set(), path
        for form in (
            {"action": "acknowledge", "alert": name},
            {"action": "verify_audit"},
            {"action": "none"},
        ):
            with pytest.raises(Forbidden):
                site_map.serve(filled, "", {}, form)


def test_the_methods_that_read_answer_who_only_looks_and_those_that_write_do_not(filled: SQLiteSite) -> None:
    filled.set_conf(READER_ROLES_KEY, ["Chair"])
    with holding(filled, "Chair"):
        www.get_context(Context := type("Context", (), {})())
        assert "vm-main" in Context.monitoring_page
        for name, endpoint in methods().items():
            if name in FOR_EVERYBODY | {"search_audit_trail", "get_alert_steps", "preview_route"}:
                continue
            if name not in WRITING:
                endpoint.function()
                continue
            with pytest.raises(Forbidden):
                endpoint.function(**dict.fromkeys(inspect.signature(endpoint.function).parameters, "1"))


def test_the_audit_committee_that_looks_has_the_trail_verified_and_acts_on_nothing(
    filled: SQLiteSite,
) -> None:
    filled.set_conf(READER_ROLES_KEY, [COMMITTEE])
    with holding(filled, COMMITTEE):
        assert offered(site_map.serve(filled, "sepa", {}, {}).body) == {"a form", "verify_audit"}
        verified = site_map.serve(filled, "sepa", {}, {"action": "verify_audit"})
        assert verified.found and "a form" in offered(verified.body)
        with pytest.raises(Forbidden):
            site_map.serve(filled, "sepa", {}, {"action": "verify_audit", "bulk": "resolve"})
