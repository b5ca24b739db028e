"""The walk as a page: whoever looks keeps nothing, whoever acts answers for people and keeps the walk."""

from __future__ import annotations

import pytest

from vuurtoren.acceptance import page
from vuurtoren.acceptance.acceptance import walk
from vuurtoren.acceptance.steps import STEPS
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.endpoints.whitelist import Forbidden, embedded_looks_only


def served(site: SQLiteSite, **form: str) -> str:
    return page.serve(site, {}, form).body


def test_every_step_and_every_figure_stands_on_the_page(site: SQLiteSite) -> None:
    html = served(site)
    assert [step.key for step in STEPS if f"<td>{step.key}</td>" not in html] == []
    assert "API response time, on the server" in html


def test_to_look_keeps_nothing_and_to_keep_says_what_changed_since(site: SQLiteSite) -> None:
    assert "Changed since" not in served(site) + served(site)
    served(site, keep="1")
    assert "Changed since 2026-11-04 10:00" in served(site)


def test_what_a_person_says_is_kept_with_name_and_note(site: SQLiteSite) -> None:
    html = served(site, step="9.training", by="Jan <b>Jansen</b>", note="12 November", holds="yes")
    assert "Jan &lt;b&gt;Jansen&lt;/b&gt;, 2026-11-04 10:00: 12 November" in html
    served(site, step="9.contacts", by="Jan Jansen", holds="no")
    stands = {step.key: step.state for step in walk(site).steps}
    assert (stands["9.training"], stands["9.contacts"]) == ("passed", "failed")


@pytest.mark.parametrize("form", [{"step": "0.python", "by": "Jan"}, {"step": "9.training", "by": " "}])
def test_an_answer_that_nobody_gives_is_refused_in_words(site: SQLiteSite, form: dict[str, str]) -> None:
    assert 'role="alert"' in served(site, **form)


def test_the_report_to_sign_is_a_file(site: SQLiteSite) -> None:
    file = page.serve(site, {"as": "print"}, {}).file
    assert file and file.text.startswith("<!doctype html>")
    assert "Business sign-off" in file.text


def test_who_only_looks_is_offered_no_form_and_refused_one(site: SQLiteSite) -> None:
    token = embedded_looks_only.set(True)
    try:
        assert "<form" not in served(site).partition('class="vm-section"')[2]
        with pytest.raises(Forbidden):
            served(site, keep="1")
    finally:
        embedded_looks_only.reset(token)
