"""The upgrade lane tells a message that says again what was said from one that is new."""

from __future__ import annotations

from scripts.told_again import subject_of, told_again


def mail(subject: str, about: str = "") -> dict[str, str]:
    return {
        "message": f"From: a@example\nSubject: {subject}\n\n[REPORT] of the body\n",
        "reference_name": about,
    }


REPORT = mail("[REPORT] vereniging.example: Alerts opened in the last 24 hours: 6; open now: 5")
LATER_REPORT = mail("[REPORT] vereniging.example: Nothing happened")
ROUTINE = mail("[ROUTINE] vereniging.example: 21 items of the routines wait for a person")


def test_a_report_of_a_kind_that_was_told_is_told_again() -> None:
    found = told_again({"a": REPORT}, {"a": REPORT, "b": LATER_REPORT}, [])
    assert found == ["b tells again of REPORT: '[REPORT] vereniging.example: Nothing happened'"]


def test_a_kind_of_report_that_the_older_release_did_not_know_is_told_once() -> None:
    assert told_again({"a": REPORT}, {"a": REPORT, "b": ROUTINE}, []) == []
    twice = told_again({"a": REPORT}, {"a": REPORT, "b": ROUTINE, "c": ROUTINE}, [])
    assert [each.split(":")[0] for each in twice] == ["c tells again of ROUTINE"]


def test_an_alert_of_before_is_told_again_and_a_new_one_is_not() -> None:
    now = {"a": mail("[HIGH] vereniging.example: on fire", "old"), "b": mail("[LOW] x: y", "new")}
    assert [each.split(":")[0] for each in told_again({}, now, ["old"])] == ["a tells again of old"]


def test_a_message_about_nothing_known_is_told_again() -> None:
    assert told_again({}, {"a": mail("hello"), "b": {"message": ""}}, []) == [
        "a tells again of nothing: 'hello'",
        "b tells again of nothing: ''",
    ]


def test_a_subject_is_read_from_an_encoded_and_folded_header_and_from_its_field() -> None:
    assert subject_of(mail("=?utf-8?q?=5BWEEK=5D_x=3A_caf=C3=A9?=\n and more")).startswith("[WEEK] x: café")
    assert subject_of({"subject": "[LOW] x: y"}) == "[LOW] x: y"
