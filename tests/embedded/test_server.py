"""What the embedded server answers: the page, Frappe's envelope, documents, and clear refusals."""

from __future__ import annotations

import gzip
import html
import re
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.embedded.conftest import TOKEN, Visitor
from verenigingen.utils.alert_manager import AlertManager
from vuurtoren.embedded.mailer import Mailer
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.site.values import Mail

PAGE = "/monitoring_dashboard"


def an_alert(site: SQLiteSite, message: str = "Disk is full") -> str:
    alert = AlertManager(site).send_alert("HIGH_DISK", "HIGH", message)
    assert alert is not None
    return str(alert["name"])


def test_it_shows_the_page(visitor: Visitor) -> None:
    answer = visitor.get(PAGE)

    assert answer.status_code == 200
    assert "vereniging.example" in answer.text
    assert answer.text.startswith("<!doctype html>")


def test_it_packs_a_page_for_whoever_takes_it_packed(visitor: Visitor) -> None:
    plain, packed = visitor.get(PAGE), visitor.get(PAGE, Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data).startswith(b"<!doctype html>")
    assert len(packed.data) < len(plain.data) / 3


def test_it_leads_from_the_root_to_the_page(visitor: Visitor) -> None:
    assert visitor.get("/").headers["Location"] == PAGE


def test_it_forbids_scripts_frames_and_caches(visitor: Visitor) -> None:
    headers = visitor.get(PAGE).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in headers["Content-Security-Policy"].split("script-src")[1].split(";")[0]


def test_it_sends_the_same_headers_with_a_refusal(visitor: Visitor) -> None:
    assert "Content-Security-Policy" in visitor.get(PAGE, Host="evil.example").headers


def test_a_form_of_the_page_acknowledges_an_alert(visitor: Visitor, site: SQLiteSite) -> None:
    name = an_alert(site)
    form = {"csrf_token": TOKEN, "action": "acknowledge", "alert": name, "note": "on it"}
    assert visitor.post(PAGE, form, token="").status_code == 200

    alert = site.get("System Alert", name) or {}
    assert (alert["status"], alert["acknowledgement_note"]) == ("Acknowledged", "on it")


def test_the_page_carries_the_token_that_its_forms_need(visitor: Visitor, site: SQLiteSite) -> None:
    an_alert(site)

    assert TOKEN in visitor.get(PAGE).text


def test_a_refreshed_page_carries_the_token_too(visitor: Visitor, site: SQLiteSite) -> None:
    an_alert(site)
    refreshed = visitor.get("/api/method/verenigingen.www.monitoring_dashboard.get_dashboard_html")

    assert TOKEN in refreshed.json["message"]


def test_a_form_about_an_alert_that_is_not_there_gets_a_sentence(visitor: Visitor) -> None:
    answer = visitor.post(PAGE, {"action": "resolve", "alert": "no-such-alert"})

    assert answer.status_code == 200
    assert "no-such-alert" in answer.text


def test_it_answers_a_method_in_frappes_envelope(visitor: Visitor) -> None:
    answer = visitor.get("/api/method/verenigingen.www.monitoring_dashboard.get_system_metrics")

    assert answer.status_code == 200
    assert set(answer.json["message"]) >= {"members", "errors"}


def test_it_writes_moments_as_frappe_does(visitor: Visitor, endpoint: Any) -> None:
    def when() -> datetime:
        return datetime(2026, 11, 4, 10)

    assert visitor.get(endpoint(when, "GET")).json == {"message": "2026-11-04 10:00:00"}


def test_a_function_that_returns_nothing_has_no_message(visitor: Visitor, endpoint: Any) -> None:
    def nothing() -> None:
        pass

    assert visitor.get(endpoint(nothing, "GET")).json == {}


@pytest.mark.parametrize(
    "path",
    [
        "os.system",
        "vuurtoren.composition.current_site",
        "verenigingen.www.monitoring_dashboard.permitted_site",
    ],
)
def test_it_calls_no_function_that_is_not_whitelisted(visitor: Visitor, path: str) -> None:
    answer = visitor.get(f"/api/method/{path}")

    assert answer.status_code == 403
    assert answer.json["exc_type"] == "PermissionError"


def test_it_refuses_a_method_that_the_function_does_not_allow(visitor: Visitor, endpoint: Any) -> None:
    def change() -> str:
        return "changed"

    path = endpoint(change, "POST")
    assert visitor.get(path).status_code == 403
    assert visitor.post(path).json == {"message": "changed"}


def test_it_rolls_back_what_a_get_wrote_and_keeps_what_a_post_wrote(
    visitor: Visitor, endpoint: Any, site: SQLiteSite
) -> None:
    def write() -> None:
        site.insert("Error Log", {"method": "written"})

    path = endpoint(write, "GET", "POST")
    visitor.get(path)
    assert site.count("Error Log") == 0
    visitor.post(path)
    assert site.count("Error Log") == 1


def test_it_rolls_back_what_a_failing_post_wrote(visitor: Visitor, endpoint: Any, site: SQLiteSite) -> None:
    def write_and_fail() -> None:
        site.insert("Error Log", {"method": "written"})
        raise RuntimeError("half way")

    answer = visitor.post(endpoint(write_and_fail, "POST"))

    assert answer.status_code == 500
    assert site.count("Error Log", {"method": "written"}) == 0


def test_it_tells_a_visitor_the_kind_of_a_failure_and_never_a_traceback(
    visitor: Visitor, endpoint: Any, site: SQLiteSite
) -> None:
    def fail() -> None:
        raise KeyError("NL91ABNA0417164300")

    answer = visitor.get(endpoint(fail, "GET"))

    assert answer.json["exc_type"] == "KeyError"
    assert "Traceback" not in answer.text
    assert "0417164300" not in answer.text
    assert "fail" in site.get_all("Error Log", ["error"])[0]["error"]


def test_it_passes_arguments_by_name_and_type(visitor: Visitor, endpoint: Any) -> None:
    def double(number: int, wanted: bool = False) -> list[Any]:
        return [number * 2, wanted]

    path = endpoint(double, "GET", "POST")
    assert visitor.get(f"{path}?number=21&wanted=1&unheard_of=x").json == {"message": [42, True]}
    assert visitor.post(path, {"number": "4"}).json == {"message": [8, False]}


def test_it_refuses_an_argument_of_the_wrong_type(visitor: Visitor, endpoint: Any) -> None:
    def double(number: int) -> int:
        return number * 2

    path = endpoint(double, "GET")
    assert visitor.get(f"{path}?number=many").status_code == 417
    assert visitor.get(path).json["exc_type"] == "FrappeTypeError"


def test_it_refuses_a_body_that_is_nested_too_deeply(visitor: Visitor, endpoint: Any) -> None:
    def take(values: list[Any]) -> None: ...

    path = endpoint(take, "POST")
    answer = visitor.post(path, "[" * 60_000, Content_Type="application/json")
    assert (answer.status_code, answer.json["exc_type"]) == (400, "BadRequest")


def test_it_shows_the_document_that_a_mail_links_to(visitor: Visitor, site: SQLiteSite) -> None:
    link = site.url_to_form("System Alert", an_alert(site, "<script>alert('x')</script>"))
    answer = visitor.get(link.removeprefix("http://127.0.0.1:8000"))

    assert answer.status_code == 200
    assert "&lt;script&gt;alert" in answer.text
    assert "<script>alert" not in answer.text


def test_it_lists_the_documents_of_a_doctype(visitor: Visitor, site: SQLiteSite) -> None:
    name = an_alert(site)

    assert f"/app/system-alert/{name}" in visitor.get("/app/system-alert").text


def test_a_list_shows_the_rows_that_its_address_asks_for(visitor: Visitor, site: SQLiteSite) -> None:
    for status in ("Failed", "Failed", "Complete"):
        site.insert("Scheduled Job Log", {"status": status})
    site.commit()
    assert "2 of 2 shown" in visitor.get("/app/scheduled-job-log?status=Failed").text
    assert "3 of 3 shown" in visitor.get('/app/scheduled-job-log?creation=[">=", "2020-01-01"]').text
    assert "0 of 0 shown" in visitor.get('/app/scheduled-job-log?creation=["<", "2020-01-01"]').text


def test_a_list_and_a_document_are_headed_by_what_people_call_it(visitor: Visitor, site: SQLiteSite) -> None:
    name = an_alert(site, "Disk is <full>")
    nameless = site.insert("Scheduled Job Log", {"status": "Failed"})
    site.commit()
    assert (
        f'<a href="/app/system-alert/{name}">Disk is &lt;full&gt;</a>'
        in visitor.get("/app/system-alert").text
    )
    assert "<h1" in (page := visitor.get(f"/app/system-alert/{name}").text)
    assert "Disk is &lt;full&gt;</h1>" in page and name in page
    assert f">{nameless}</a>" in visitor.get("/app/scheduled-job-log").text


def test_a_list_is_sorted_by_its_headings_and_back(visitor: Visitor, site: SQLiteSite) -> None:
    for message in ("b is broken", "c is broken", "a is broken"):
        an_alert(site, message)

    def order(path: str) -> str:
        return "".join(re.findall(r">([abc]) is broken</a>", visitor.get(path).text))

    first = visitor.get("/app/system-alert?status=Active").text
    (link,) = (
        html.unescape(each) for each in re.findall(r'href="(/app/system-alert\?[^"]*sort=message)"', first)
    )
    assert "latest first" in first and order(link) == "abc"
    (back,) = re.findall(r'href="(/app/system-alert\?[^"]*sort=-message)"', visitor.get(link).text)
    assert order(html.unescape(back)) == "cba" and "latest first" not in visitor.get(link).text
    assert "status = Active" in visitor.get(link).text.replace("Status", "status")


@pytest.mark.parametrize("asked", ["sort=nothing", "sort=-", "sort=name;drop", "sort=--name", "sort=-name"])
def test_a_list_is_sorted_by_what_it_has_only(visitor: Visitor, site: SQLiteSite, asked: str) -> None:
    name = an_alert(site)
    assert name in visitor.get(f"/app/system-alert?{asked}").text


def test_a_list_is_had_as_a_file_with_its_filters(visitor: Visitor, site: SQLiteSite) -> None:
    for status in ("Failed", "Failed", "Complete"):
        site.insert("Scheduled Job Log", {"status": status, "details": "=1+1"})
    site.commit()
    answer = visitor.get("/app/scheduled-job-log?status=Failed&as=csv")
    assert answer.headers["Content-Disposition"] == "attachment; filename=scheduled-job-log.csv"
    lines = answer.text.splitlines()
    assert lines[0].startswith("Name,") and len(lines) == 3 and "Complete" not in answer.text


@pytest.mark.parametrize(
    "asked", ["status=[", 'status=["like","x"]', "nothing=1", "page=9999999", "status=[1,2]"]
)
def test_a_list_has_an_answer_to_any_filter(visitor: Visitor, asked: str) -> None:
    assert visitor.get(f"/app/scheduled-job-log?{asked}").status_code == 200


def test_a_number_leads_to_exactly_the_rows_that_it_counts(visitor: Visitor, site: SQLiteSite) -> None:
    for status in ("Not Sent", "Not Sent", "Sent"):
        site.insert("Email Queue", {"status": status})
    site.commit()
    page = visitor.get("/monitoring_dashboard/metric/mail.waiting").text
    (link,) = set(re.findall(r'href="(/app/email-queue[^"]*)"', page))
    assert "2 of 2 shown" in visitor.get(html.unescape(link)).text


def test_it_shows_a_single(visitor: Visitor) -> None:
    assert "recipients" in visitor.get("/app/monitoring-settings").text.lower()


@pytest.mark.parametrize(
    "path", ["/app/no-such-doctype", "/app/system-alert/no-such-alert", "/nothing", "/outbox/none.eml"]
)
def test_it_says_that_there_is_no_such_page(visitor: Visitor, path: str) -> None:
    answer = visitor.get(path)

    assert answer.status_code == 404
    assert "There is no such page here." in answer.text


def test_it_shows_the_messages_in_the_outbox(visitor: Visitor, site: SQLiteSite) -> None:
    mail = Mail(("beheer@vereniging.example",), "Het is <b>stuk</b>", "Kijk eens.\n", "<p>Kijk eens.</p>")
    name = Mailer(site).send(mail).reference.rsplit("/", 1)[1]

    assert "Het is &lt;b&gt;stuk&lt;/b&gt;" in visitor.get("/outbox").text
    assert "Kijk eens." in visitor.get(f"/outbox/{name}").text


@pytest.mark.parametrize("name", ["..%2fsite_config.json", "%2e%2e%2fsite.db", "site.db", ".eml.part"])
def test_it_shows_nothing_but_messages(visitor: Visitor, site: SQLiteSite, name: str) -> None:
    site.set_conf("mail_password", "secret")

    assert visitor.get(f"/outbox/{name}").status_code == 404


def test_it_never_shows_the_configuration(visitor: Visitor, site: SQLiteSite) -> None:
    site.set_conf("mail_password", "a-secret-word")

    assert "a-secret-word" not in visitor.get(PAGE).text


def test_it_keeps_a_request_log_that_is_measured(visitor: Visitor, site: SQLiteSite) -> None:
    from vuurtoren.signals.measuring import collect

    visitor.get(PAGE)
    visitor.get("/nothing")

    found = collect(site, ["requests"], fresh=True)
    assert (found.get("requests.own_last_hour").value, found.get("requests.last_hour").value) == (1, 1)


def test_it_says_what_failed_when_the_page_cannot_be_built(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vuurtoren.embedded.server import server

    def broken(*given: Any) -> str:
        raise RuntimeError("no template")

    monkeypatch.setattr(server, "monitoring_page", broken)
    answer = visitor.get(PAGE)

    assert answer.status_code == 500
    assert "no template" in answer.text


@given(
    st.text(max_size=80),
    st.dictionaries(st.sampled_from(["Origin", "Cookie", "Accept"]), st.text(max_size=40)),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_it_has_an_answer_for_any_path_and_header(
    visitor: Visitor, path: str, headers: dict[str, str]
) -> None:
    sendable = {name: value.encode("latin-1", "ignore").decode("latin-1") for name, value in headers.items()}
    one_line = {name: "".join(value.split()) for name, value in sendable.items() if value.isprintable()}

    assert visitor.get("/" + path, **one_line).status_code < 500
