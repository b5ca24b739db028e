"""Tables of Monitoring Settings, the texts that say the same, and the one becoming the other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.settings import settings, tables, text_forms
from vuurtoren.settings.carrying_over import carry_over

JAN, PIET = "jan@vereniging.example", "piet@vereniging.example"
TEXTS: dict[str, Any] = {
    "recipients": f'{JAN}\n"Boer, Piet" <{PIET}>',
    "channel_order": "desk\nemail",
    "parallel_channels": "slack",
    "quiet_hours": "LOW 20:00-08:00\nHIGH 00:30-06:00",
    "escalation_2_minutes": 30,
    "escalation_2_recipients": "two@x.example",
    "escalation_2_severity": "LOW",
    "escalation_2_channels": "email",
    "escalation_3_minutes": 90,
    "escalation_3_recipients": "three@x.example",
}
UNREADABLE: dict[str, Any] = {
    "recipients": f"{JAN}\nnobody",
    "channel_order": "email\nE Mail!",
    "quiet_hours": "LOW 20:00-08:00\nHIGH noon",
    "escalation_2_minutes": 99_999,
}
NAMES = st.sampled_from(["email", "desk", "pigeon_2", "slack"])
TIMES = st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda t: f"{t[0]:02}:{t[1]:02}:00")
LEVEL = st.sampled_from(["1", "2", "3"])


@st.composite
def filled(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """Tables as somebody may have filled them in, each row by its level."""
    people = [
        {"level": level, "user": "", "address": f"{name}@x.example"}
        for level, name in draw(st.sets(st.tuples(LEVEL, st.sampled_from("abcd"))))
    ]
    named = [
        {"level": level, "channel": name, "every_message": 0}
        for level, name in draw(st.lists(st.tuples(LEVEL, NAMES), unique=True))
    ]
    named += [{"level": "1", "channel": name, "every_message": 1} for name in draw(st.sets(NAMES))]
    quiet = [
        {"severity": severity, "from_time": start, "until_time": until}
        for severity in draw(st.sets(st.sampled_from(["LOW", "MEDIUM", "HIGH"])))
        for start, until in [draw(st.tuples(TIMES, TIMES).filter(lambda both: both[0] != both[1]))]
    ]
    levels = [
        {"level": level, "after_minutes": minutes, "severity": "CRITICAL"}
        for level, minutes in draw(st.dictionaries(st.sampled_from("23"), st.integers(1, 10_080))).items()
    ]
    return dict(zip(text_forms.KINDS, (people, named, quiet, levels), strict=True))


def in_order(rows: Mapping[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    """Rows of a table by their place, whose order among different places says nothing."""
    return {
        kind: sorted(map(str, each)) if kind != text_forms.CHANNEL_ROWS else _by_place(each)
        for kind, each in rows.items()
    }


def _by_place(rows: list[dict[str, Any]]) -> list[str]:
    return [str(row) for row in sorted(rows, key=lambda row: (row["level"], row["every_message"]))]


def carry(site: SQLiteSite) -> tuple[str, ...]:
    return carry_over(site, lambda fields: site.set_single(settings.DOCTYPE, fields))


@given(filled())
def test_what_texts_say_of_tables_is_what_the_tables_said(rows: dict[str, list[dict[str, Any]]]) -> None:
    held = tables.join(tables.texts(rows))
    assert in_order(held.rows) == in_order(rows)
    assert not any(held.problems.values())


@given(filled())
def test_tables_say_with_their_texts_what_they_say_alone(rows: dict[str, list[dict[str, Any]]]) -> None:
    assert tables.join(rows | tables.texts(rows)).rows == tables.join(rows).rows


def test_settings_in_tables_are_those_in_texts(site: SQLiteSite) -> None:
    site.set_single(settings.DOCTYPE, TEXTS)
    before = settings.read(site)
    assert carry(site)
    after, stored = settings.read(site), site.get_single(settings.DOCTYPE)

    assert after == before and not after.problems
    assert [row["address"] for row in stored["recipient_rows"] if row["level"] == "1"] == [
        JAN,
        f'"Boer, Piet" <{PIET}>',
    ]
    assert {field: stored[field] for field in TEXTS if stored[field] not in ("", None, 0)} == {
        "escalation_2_severity": "HIGH"
    }


def test_carrying_over_again_changes_nothing(site: SQLiteSite) -> None:
    site.set_single(settings.DOCTYPE, TEXTS)
    carry(site)
    stored = site.get_single(settings.DOCTYPE)

    assert carry(site) == ()
    assert site.get_single(settings.DOCTYPE) == stored


@pytest.mark.parametrize("after", range(1, 10))
def test_killed_anywhere_and_run_again_it_has_carried_all_over_once(
    site: SQLiteSite, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    site.set_single(settings.DOCTYPE, TEXTS)
    site.commit()
    before, insert, done = settings.read(site), site.insert, []

    def dying(doctype: str, values: Mapping[str, Any]) -> str:
        done.append(doctype)
        if len(done) == after:
            raise KeyboardInterrupt
        return insert(doctype, values)

    with monkeypatch.context() as patched:
        patched.setattr(site, "insert", dying)
        with pytest.raises(KeyboardInterrupt):
            carry(site)
    site.rollback()
    carry(site)
    rows = [row for kind in text_forms.KINDS for row in site.get_single(settings.DOCTYPE)[kind]]
    assert (settings.read(site), len(rows)) == (before, 12)


def test_what_no_row_can_say_stays_in_its_text_and_is_named(site: SQLiteSite) -> None:
    site.set_single(settings.DOCTYPE, UNREADABLE)
    carry(site)
    stored, held = site.get_single(settings.DOCTYPE), settings.read(site)

    assert [stored[field] for field in UNREADABLE] == ["nobody", "e mail!", "HIGH noon", 99_999]
    assert held.recipients.split() == [JAN, "nobody"]
    assert held.channels.order == ("email",) and list(held.channels.quiet) == ["LOW"]
    for said in ("'e mail!' is no name", "'HIGH noon' is not like", "escalation_2_minutes: from 0"):
        assert any(said in problem for problem in held.problems), said
    assert carry(site) == ()


def test_a_row_holds_against_a_text_that_says_otherwise(site: SQLiteSite) -> None:
    quiet = [{"severity": "LOW", "from_time": "22:00:00", "until_time": "07:00:00"}]
    levels = [{"level": "2", "after_minutes": 15, "severity": "HIGH"}]
    told = [{"level": "2", "address": "two@x.example"}]
    site.set_single(
        settings.DOCTYPE,
        {"quiet_hour_rows": quiet, "escalation_level_rows": levels, "recipient_rows": told},
    )
    site.set_single(settings.DOCTYPE, {"quiet_hours": "LOW 20:00-08:00", "escalation_2_minutes": 30})
    held = settings.read(site)

    assert held.channels.quiet["LOW"].said() == "22:00-07:00"
    assert [level.after for level in held.levels] == [timedelta(minutes=15)]
    assert len(held.problems) == 2


def test_a_user_is_told_under_the_address_that_the_user_has_now(site: SQLiteSite) -> None:
    user = site.insert("User", {"name": JAN, "email": JAN, "enabled": 1})
    rows = [
        {"level": "1", "user": user},
        {"level": "2", "user": user},
        {"level": "1", "user": "gone@x.example"},
    ]
    site.set_single(
        settings.DOCTYPE,
        {"recipient_rows": rows, "escalation_level_rows": [{"level": "2", "after_minutes": 30}]},
    )
    site.update("User", user, {"email": PIET})
    held = settings.read(site)

    assert (held.recipients, held.levels[0].recipients) == (PIET, (PIET,))
    assert any("no user 'gone@x.example'" in problem for problem in held.problems)


@pytest.mark.parametrize(
    ("table", "rows", "said"),
    [
        ("recipient_rows", [{"level": "1", "address": "nobody"}], "'nobody' is not a mail address"),
        ("recipient_rows", [{"level": "2", "address": "a@x.example"}], "say after how many minutes"),
        ("recipient_rows", [{"level": "1"}], "neither a user nor a mail address"),
        ("channel_rows", [{"level": "1", "channel": "E Mail!"}], "no name of a channel"),
        ("channel_rows", [{"level": "2", "channel": "desk", "every_message": 1}], "on level 2 no channel"),
        ("quiet_hour_rows", [{"severity": "LOW", "from_time": "08:00", "until_time": "08:00"}], "never ends"),
        (
            "quiet_hour_rows",
            [{"severity": "CRITICAL", "from_time": "20:00", "until_time": "08:00"}],
            "never held",
        ),
        ("quiet_hour_rows", [{"severity": "LOW", "from_time": "20:00"}], "no time of day"),
        (
            "quiet_hour_rows",
            2 * [{"severity": "LOW", "from_time": "1:00", "until_time": "2:00"}],
            "more than one",
        ),
        ("escalation_level_rows", [{"level": "2", "after_minutes": 30}], "tells the usual ones again"),
        ("escalation_level_rows", [{"level": "4", "after_minutes": 30}], "'4' is no level"),
        ("escalation_level_rows", 2 * [{"level": "2", "after_minutes": 0}], "more than one row"),
        ("escalation_level_rows", [{"level": "3", "after_minutes": -1}], "escalation_3_minutes"),
    ],
)
def test_rows_that_cannot_hold_are_refused_with_a_sentence(
    table: str, rows: list[dict[str, Any]], said: str
) -> None:
    with pytest.raises(settings.BadSettings, match=said):
        settings.check({table: rows, "mail_enabled": 1})


def test_a_channel_that_gets_every_message_may_stand_in_the_order_too() -> None:
    rows = [
        {"level": "1", "channel": name, "every_message": every} for name, every in (("email", 0), ("desk", 1))
    ]
    held = tables.join({"channel_rows": [*rows, {"level": "1", "channel": "desk", "every_message": 0}]})
    assert (held.channels(1), held.channels(1, True)) == (["email", "desk"], ["desk"])
