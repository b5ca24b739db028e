"""The life of a kind of error: looked after, muted, mended, and told once when it is back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from werkzeug.test import Client

from tests.conftest import MovableClock, RememberingPostman
from vuurtoren.alerts.alerts import NotPossible
from vuurtoren.alerts.evaluation import evaluate
from vuurtoren.embedded.server.gate import TOKEN_HEADER, Gate
from vuurtoren.embedded.server.server import Application
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.error_kinds import decisions, index
from vuurtoren.notifications.delivery import deliver
from vuurtoren.pages.methods import kind_actions
from vuurtoren.settings import settings
from vuurtoren.signals.catalogue import BY_KEY

Look = Callable[[], None]


@pytest.fixture
def kind(site: SQLiteSite) -> str:
    """The fingerprint of an error that is known."""
    fails(site)
    return str(site.get_all("Error Kind", ["name"])[0]["name"])


@pytest.fixture
def look(site: SQLiteSite, measured: Callable[..., object], clock: MovableClock) -> Look:
    """Five minutes later: measure, judge and tell."""

    def at_a_tick() -> None:
        clock.move(minutes=5)
        rules = [BY_KEY["error_kind_back"], BY_KEY["new_error_kind"]]
        evaluate(site, measured(site, "errors"), settings.read(site), ("tick",), rules=rules)  # type: ignore[arg-type]
        deliver(site, settings.read(site))

    return at_a_tick


def fails(site: SQLiteSite, title: str = "The gateway does not answer") -> None:
    site.insert("Error Log", {"method": title, "error": "x"})
    index.index_new_errors(site)


def back(postman: RememberingPostman) -> list[str]:
    return [mail.subject for mail in postman.sent if "it is back" in mail.subject]


def test_what_is_mended_and_comes_back_is_told_once(
    site: SQLiteSite, kind: str, look: Look, clock: MovableClock, postman: RememberingPostman
) -> None:
    decisions.resolve(site, kind, "a newer library")
    look()
    assert back(postman) == []
    for _ in range(3):
        fails(site)
        look()
    assert len(back(postman)) == 1
    assert "The gateway does not answer" in back(postman)[0]


def test_it_ends_when_it_is_mended_again(
    site: SQLiteSite, kind: str, look: Look, clock: MovableClock
) -> None:
    decisions.resolve(site, kind)
    clock.move(minutes=1)
    fails(site)
    look()
    assert site.count("System Alert", {"rule": "error_kind_back", "status": "Active"}) == 1
    decisions.resolve(site, kind)
    look()
    assert site.count("System Alert", {"rule": "error_kind_back", "status": "Active"}) == 0


def test_it_ends_when_it_was_never_mended(
    site: SQLiteSite, kind: str, look: Look, clock: MovableClock
) -> None:
    decisions.resolve(site, kind)
    clock.move(minutes=1)
    fails(site)
    look()
    decisions.reopen(site, kind)
    look()
    assert site.count("System Alert", {"rule": "error_kind_back", "status": "Active"}) == 0


def test_each_kind_that_is_back_is_told(
    site: SQLiteSite, kind: str, look: Look, clock: MovableClock, postman: RememberingPostman
) -> None:
    fails(site, "Another error altogether")
    kinds = [str(row["name"]) for row in site.get_all("Error Kind", ["name"])]
    for each in kinds:
        decisions.resolve(site, each)
    clock.move(minutes=1)
    fails(site)
    look()
    fails(site, "Another error altogether")
    look()
    assert len(back(postman)) == 2


def test_a_muted_kind_is_neither_new_nor_back(
    site: SQLiteSite, kind: str, look: Look, clock: MovableClock, postman: RememberingPostman
) -> None:
    decisions.resolve(site, kind)
    decisions.mute(site, kind, site.now() + timedelta(hours=1))
    clock.move(minutes=1)
    fails(site)
    look()
    assert postman.sent == []
    clock.move(minutes=61)
    look()
    assert len(back(postman)) == 1


@pytest.mark.parametrize("decide", [decisions.resolve, decisions.reopen])
def test_what_is_not_known_cannot_be_decided(
    site: SQLiteSite, decide: Callable[[SQLiteSite, str], None]
) -> None:
    for name in ("nothing", "", "x" * 200, "\x00"):
        with pytest.raises(decisions.Refused):
            decide(site, name)
    assert site.count(decisions.DOCTYPE) == 0


def test_what_nobody_mended_cannot_be_taken_back(site: SQLiteSite, kind: str) -> None:
    with pytest.raises(decisions.Refused, match="Nobody has said"):
        decisions.reopen(site, kind)


@pytest.mark.parametrize("minutes", ["", "0", "-5", "1e3", "²", "99999999"])
def test_nobody_mutes_for_no_time(site: SQLiteSite, kind: str, minutes: str) -> None:
    with pytest.raises(NotPossible):
        kind_actions.mute(site, kind, minutes)


def test_only_who_may_see_it_looks_after_it(site: SQLiteSite, kind: str) -> None:
    with pytest.raises(NotPossible):
        kind_actions.assign(site, kind, "stranger@example.org")
    kind_actions.assign(site, kind, "Administrator")
    assert decisions.of_kind(site, kind).owned_by == "Administrator"


def test_enter_in_the_note_decides_nothing(site: SQLiteSite, kind: str) -> None:
    """In a field of one line Enter presses the first button, which says that the error is mended."""
    client = Client(Application(site, Gate("127.0.0.1", 8000, "", token="t")))
    page = client.get(f"/monitoring_dashboard/error/{kind}", headers={"Host": "127.0.0.1:8000"}).text
    form = page[page.index('name="kind"') :].partition("</form>")[0]
    assert "<textarea" in form
    assert form.count("<input") == 0


def test_the_page_has_a_button_for_each_and_says_what_holds(site: SQLiteSite, kind: str) -> None:
    client = Client(Application(site, Gate("127.0.0.1", 8000, "", token="t")))
    path, headers = f"/monitoring_dashboard/error/{kind}", {"Host": "127.0.0.1:8000", TOKEN_HEADER: "t"}

    def press(action: str, **more: str) -> str:
        return client.post(path, data={"action": action, "kind": kind, **more}, headers=headers).text

    assert "mended it by hand" in press("resolve_kind", note="mended it by hand")
    assert decisions.of_kind(site, kind).resolved_at is not None
    assert 'value="reopen_kind"' in client.get(path, headers=headers).text
    press("reopen_kind")
    press("assign_kind", user="Administrator")
    assert "Muted until" in press("mute_kind", minutes="1440")
    listed = client.get("/monitoring_dashboard/errors", headers=headers).text
    assert "Muted until" in listed and "Administrator" in listed
    press("unmute_kind")
    held = decisions.of_kind(site, kind)
    assert (held.resolved_at, held.muted_until, held.owned_by) == (None, None, "Administrator")
