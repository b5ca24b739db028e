"""What treasurer and audit committee come to the SEPA page for, by clicks alone, in a real browser."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.compliance import books
from tests.compliance.test_returned import came_back
from tests.pages.browser import browser as chromium
from tests.pages.browser.test_browser import found, server, shared_browser, until
from tests.pages.browser.test_tasks import Person, person
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.verification.daily_verification import verify_now
from vuurtoren.compliance import scanning
from vuurtoren.composition import use_site
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.pages.sepa.minutes import short_form

__all__ = ["person", "server", "shared_browser"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (chromium.CHROMIUM and chromium.DRIVER), reason=chromium.MISSING),
]


@pytest.fixture
def site(association: SQLiteSite) -> Iterator[SQLiteSite]:
    """An association with a member whose collection came back, and a trail that is sealed and verified."""
    append_only_guard.install(association)
    books.association(association)
    came_back(association, "MD01")
    scanning.scan(association)
    seal(association, sweep=True)
    verify_now(association)
    association.commit()
    use_site(association)
    yield association
    use_site(None)


def member_of(site: SQLiteSite) -> str:
    return str(site.get_all("SEPA Return", ["member"])[0]["member"])


def types(person: Person, selector: str, text: str) -> None:
    field = found(person.browser, selector)
    field.clear()
    field.send_keys(text)


def test_the_entry_of_a_member_is_found_and_proven_with_four_clicks(
    person: Person, site: SQLiteSite, tmp_path: Path
) -> None:
    kept = {"behavior": "allow", "downloadPath": str(tmp_path)}
    person.browser.execute_cdp_cmd("Browser.setDownloadBehavior", kept)
    person.opens().clicks_on(".vm-nav a[href$='/sepa']")
    types(person, "#vm-question", member_of(site))
    person.clicks_on("form:has(#vm-question) button")
    person.sees("As it was sealed? Yes: as it was sealed")
    person.clicks_on("form[action$='get_proof'] button")
    proof = tmp_path / "proof-for-the-auditor.zip"
    until(person.browser, lambda: proof.exists() and proof.stat().st_size)
    with zipfile.ZipFile(io.BytesIO(proof.read_bytes())) as made:
        assert {"proof.json", "checkpoint.txt", "verify_sepa_audit.py"} <= set(made.namelist())
    assert person.clicks <= 4


def test_the_digits_of_the_minutes_are_confirmed_with_two_clicks(person: Person, site: SQLiteSite) -> None:
    person.opens().clicks_on(".vm-nav a[href$='/sepa']")
    types(person, "#vm-minutes", short_form(site))
    person.clicks_on("form:has(#vm-minutes) button")
    person.sees("Confirmed: the checkpoint of size")
    assert person.clicks <= 2


def test_whether_the_next_batch_may_be_sent_is_asked_with_two_clicks(
    person: Person, site: SQLiteSite
) -> None:
    due = (site.now() + timedelta(days=12)).date()
    books.batch(site, "B-NEXT", due, [books.mandate(site, status="Suspended", is_active=0)])
    person.opens().clicks_on(".vm-nav a[href$='/sepa']").clicks_on("button[value=check_batch]")
    person.sees("B-NEXT must not be sent, because:")
    assert person.clicks <= 2


def test_the_report_of_a_year_of_dues_is_at_most_three_pages_of_a4(person: Person, site: SQLiteSite) -> None:
    mandates = [books.mandate(site) for _member in range(6)]
    for run in range(12):
        due = (site.now() - timedelta(days=30 * run + 5)).date()
        lines = books.batch(site, f"RUN-{run}", due, mandates, status="Submitted")
        books.came_back(site, lines[run % 6], ("AM04", "AC04", "MD06", "MS03")[run % 4])
        books.collected(site, f"RUN-{run}")
    scanning.scan(site)
    until_day = site.now().date()
    person.opens(f"monitoring_sepa?from={until_day.replace(year=until_day.year - 1)}&to={until_day}")
    person.sees("For audit committee and board")
    a4 = {"paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": True}
    printed = base64.b64decode(person.browser.execute_cdp_cmd("Page.printToPDF", a4)["data"])
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 3


@pytest.mark.parametrize("width", [390, 1440])
def test_the_page_fits_the_screen_and_complains_of_nothing(person: Person, width: int) -> None:
    chromium.resize(person.browser, width)
    person.browser.get_log("browser")
    person.opens("monitoring_sepa")
    root = "document.documentElement"
    assert person.browser.execute_script(f"return {root}.scrollWidth - {root}.clientWidth") <= 0
    assert person.browser.get_log("browser") == []


SCRIPT = Path(__file__).parents[3] / "verenigingen" / "public" / "js" / "direct_debit_batch_check.js"
DESK = """<!doctype html><title>Desk</title><body><script>
window.asked = []; window.shown = []; window.buttons = []; window.handlers = {};
window.__ = (text) => text;
window.frappe = {
    user_roles: ROLES,
    ui: { form: { on: (doctype, events) => { handlers[doctype] = events; } } },
    utils: { escape_html: (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;") },
    call: (given) => { asked.push(given); return Promise.resolve(ANSWER); },
    msgprint: (given) => { shown.push(given); },
};
</script><script>SCRIPT</script>"""
PRESS = """
const form = { doc: { name: "B-1" }, is_new: () => arguments[0],
    add_custom_button: (title, press) => buttons.push([title, press]) };
handlers["Direct Debit Batch"].refresh(form);
if (buttons.length) buttons[0][1]();
"""


def pressed(browser: Any, *, roles: str = '["System Manager"]', answer: str, is_new: bool = False) -> Any:
    """The form of a batch with our script; what the button asked the server, and what it showed."""
    page = DESK.replace("ROLES", roles).replace("ANSWER", answer)
    page = page.replace("SCRIPT", SCRIPT.read_text("utf-8"), 1)
    browser.get("data:text/html;charset=utf-8;base64," + base64.b64encode(page.encode()).decode())
    browser.get_log("browser")
    browser.execute_script(PRESS, is_new)
    browser.execute_async_script("setTimeout(arguments[0], 50)")
    assert browser.get_log("browser") == []
    return browser.execute_script("return [buttons.map((each) => each[0]), asked, shown]")


@pytest.mark.parametrize(
    ("answer", "color"),
    [("may be sent", "green"), ("must not be sent", "red"), ("could not be decided", "orange")],
)
def test_the_button_in_the_form_of_a_batch_asks_and_shows_the_answer(
    shared_browser: Any, answer: str, color: str
) -> None:
    said = f'{{message: {{answer: "{answer}", text: "B-1 {answer} <b>"}}}}'
    titles, asked, shown = pressed(shared_browser, answer=said)
    assert titles == ["May it be sent?"]
    assert [(each["method"], each["type"], each["args"]) for each in asked] == [
        ("verenigingen.sepa.check_batch", "POST", {"batch": "B-1"})
    ]
    assert [each["indicator"] for each in shown] == [color]
    assert f"B-1 {answer} &lt;b>" in shown[0]["message"]


def test_an_answer_that_was_refused_shows_nothing_more(shared_browser: Any) -> None:
    assert pressed(shared_browser, answer="{}")[2] == []


@pytest.mark.parametrize(("roles", "is_new"), [('["Kascommissie"]', False), ('["System Manager"]', True)])
def test_the_button_is_for_who_may_ask_and_for_a_batch_that_is_saved(
    shared_browser: Any, roles: str, is_new: bool
) -> None:
    titles, asked, _shown = pressed(shared_browser, roles=roles, answer="{}", is_new=is_new)
    assert (titles, asked) == ([], [])
