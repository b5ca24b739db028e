"""The newest checkpoint reaches people outside, is written down, and is missed when it does not."""

from __future__ import annotations

import hashlib
import hmac
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MovableClock, RememberingPostman
from tests.pages.whole import build_page
from vuurtoren.audit.anchors import checkpoint_publishing
from vuurtoren.audit.anchors.checkpoint_publishing import hand_out, hand_out_daily
from vuurtoren.audit.anchors.choices import choices, is_inside
from vuurtoren.audit.recording.trail import log_sepa_event
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import ANCHOR, CHECKPOINT
from vuurtoren.audit.verification.verification import Anchor, verify
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.outward.https_client import HttpsClient
from vuurtoren.signals.measuring import collect

OUTSIDE, INSIDE = "kascommissie@accountant.example", "bestuur@vereniging.example"
SECRET = "a secret of the receiver"


class Receiver:
    """What stands at the other end of a webhook: remembers the request and answers one line."""

    def __init__(self, answer: str = "HTTP/1.1 204 No Content", address: str = "93.184.216.34") -> None:
        self.answer, self.address, self.request = answer, address, b""

    @property
    def client(self) -> HttpsClient:
        return HttpsClient(lambda host, port: [self.address], lambda *given: self)

    def settimeout(self, seconds: float) -> None: ...

    def sendall(self, content: bytes) -> None:
        self.request += content

    def recv(self, most: int) -> bytes:
        return f"{self.answer}\r\n".encode()

    def close(self) -> None: ...

    @property
    def headers(self) -> dict[str, str]:
        head = self.request.partition(b"\r\n\r\n")[0].decode().splitlines()[1:]
        return dict(line.partition(": ")[::2] for line in head)

    @property
    def body(self) -> bytes:
        return self.request.partition(b"\r\n\r\n")[2]


@pytest.fixture
def sealed(site: SQLiteSite) -> SQLiteSite:
    for number in range(3):
        log_sepa_event(site, "Bank Submission", None, f"sent_{number}", {"compliance_status": "Compliant"})
    site.commit()
    seal(site)
    return site


def anchors(site: SQLiteSite) -> list[dict[str, Any]]:
    return site.get_all(ANCHOR, ["parent", "channel", "target", "receipt", "idx", "sent_at"], order_by="idx")


def test_nothing_is_handed_out_before_something_is_sealed(site: SQLiteSite) -> None:
    assert hand_out(site).problems == ["nothing was sealed yet, so there is nothing to hand out"]


def test_it_is_a_file_even_when_nobody_is_named(sealed: SQLiteSite) -> None:
    result = hand_out(sealed)
    assert not result.outside
    assert "audit_anchor_recipients" in result.problems[0]
    (path,) = (sealed.site_path() / "private" / "audit_anchors").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = Anchor.from_note(path.read_text("utf-8"))
    assert verify(sealed, anchors=[kept]).exit_code == 0
    assert [row["channel"] for row in anchors(sealed)] == ["file"]


def test_a_file_is_never_written_over(sealed: SQLiteSite) -> None:
    hand_out(sealed)
    (path,) = (sealed.site_path() / "private" / "audit_anchors").iterdir()
    path.chmod(0o600)
    path.write_text("somebody was here", "utf-8")
    hand_out(sealed)
    assert path.read_text("utf-8") == "somebody was here"
    assert len(list(path.parent.iterdir())) == 2
    hand_out(sealed)
    assert len(list(path.parent.iterdir())) == 2


def test_the_mail_carries_the_whole_note_and_the_line_for_the_minutes(
    sealed: SQLiteSite, postman: RememberingPostman
) -> None:
    sealed.set_conf("audit_anchor_recipients", [OUTSIDE])
    result = hand_out(sealed)
    (mail,) = postman.sent
    (row,) = sealed.get_all(CHECKPOINT, ["note", "root"])
    assert row["note"].rstrip("\n") in mail.text
    assert row["root"][:16] in result.minutes
    assert result.minutes in mail.text
    start = mail.text.index(row["note"][:20])
    copied = mail.text[start : mail.text.index("\n\nTo check it")] + "\n"
    assert verify(sealed, anchors=[Anchor.from_note(copied)]).exit_code == 0
    assert result.outside
    assert result.problems == []


def test_it_is_written_down_without_the_address_itself(sealed: SQLiteSite) -> None:
    sealed.set_conf("audit_anchor_recipients", f"{OUTSIDE}, {INSIDE}")
    hand_out(sealed)
    mail = next(row for row in anchors(sealed) if row["channel"] == "mail")
    assert mail["target"] == "k***@accountant.example, b***@vereniging.example"
    assert mail["receipt"] == "outbox: message-1"


@pytest.mark.parametrize(
    ("site_name", "address", "inside"),
    [
        ("vereniging.example", "x@vereniging.example", True),
        ("leden.vereniging.nl", "x@vereniging.nl", True),
        ("leden.vereniging.nl", "x@mail.vereniging.nl", True),
        ("vereniging.nl", "x@mail.VERENIGING.nl", True),
        ("leden.vereniging.nl", "x@accountant.nl", False),
        ("vereniging.nl", "x@nietvereniging.nl", False),
    ],
)
def test_the_own_domain_is_not_outside(tmp_path: Path, site_name: str, address: str, inside: bool) -> None:
    site = SQLiteSite(tmp_path, name=site_name, config={"audit_anchor_recipients": address})
    chosen = choices(site)
    assert (chosen.inside, chosen.outside) == (((address,), ()) if inside else ((), (address,)))
    assert not is_inside("x@accountant.nl", frozenset())
    site.store.close()


def test_an_address_inside_is_told_but_named_and_does_not_count(
    sealed: SQLiteSite, postman: RememberingPostman
) -> None:
    sealed.set_conf("audit_anchor_recipients", INSIDE)
    result = hand_out(sealed)
    assert not result.outside
    assert postman.sent[0].recipients == (INSIDE,)
    assert "Not outside the association" in postman.sent[0].text
    assert [row["channel"] for row in anchors(sealed)] == ["file", "mail inside"]
    assert checkpoint_publishing.last_outside(sealed) is None


def test_a_mail_that_nobody_takes_is_a_problem_and_no_anchor(
    sealed: SQLiteSite, postman: RememberingPostman
) -> None:
    sealed.set_conf("audit_anchor_recipients", OUTSIDE)
    postman.refuses_because = "no outgoing account"
    assert hand_out(sealed).problems == ["no outgoing account"]
    assert [row["channel"] for row in anchors(sealed)] == ["file"]


# ---- webhook
def with_webhook(site: SQLiteSite, url: str = "https://anchors.example/in?x=1") -> None:
    site.set_conf("audit_anchor_webhook", url)
    site.set_conf("audit_anchor_webhook_secret", SECRET)


def test_a_webhook_is_signed_and_holds_the_note(sealed: SQLiteSite) -> None:
    with_webhook(sealed)
    receiver = Receiver()
    assert hand_out(sealed, receiver.client).outside
    signed = receiver.headers["X-Verenigingen-Timestamp"].encode() + b"." + receiver.body
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert receiver.headers["X-Verenigingen-Signature"] == f"v1={expected}"
    assert verify(sealed, anchors=[Anchor.from_note(json.loads(receiver.body)["note"])]).exit_code == 0
    assert (anchors(sealed)[1]["target"], anchors(sealed)[1]["receipt"]) == (
        "anchors.example",
        "answered 204",
    )


@pytest.mark.parametrize(
    ("receiver", "url", "problem"),
    [
        (Receiver("HTTP/1.1 302 Found"), "https://anchors.example", "redirects are not followed"),
        (Receiver("HTTP/1.1 500 No"), "https://anchors.example", "answered 500"),
        (Receiver("SSH-2.0"), "https://anchors.example", "was not reached"),
        (Receiver(address="127.0.0.1"), "https://anchors.example", "was not reached"),
        (Receiver(address="169.254.169.254"), "https://anchors.example", "was not reached"),
        (Receiver(address="10.1.2.3"), "https://anchors.example", "was not reached"),
        (Receiver(address="fe80::1"), "https://anchors.example", "was not reached"),
        (Receiver(), "http://anchors.example", "https://"),
    ],
)
def test_a_webhook_that_is_not_taken_is_no_anchor(
    sealed: SQLiteSite, receiver: Receiver, url: str, problem: str
) -> None:
    with_webhook(sealed, url)
    result = hand_out(sealed, receiver.client)
    assert problem in result.problems[0]
    assert not result.outside
    assert [row["channel"] for row in anchors(sealed)] == ["file"]


def test_a_webhook_without_a_real_secret_is_not_called(sealed: SQLiteSite) -> None:
    with_webhook(sealed)
    sealed.set_conf("audit_anchor_webhook_secret", "short")
    receiver = Receiver()
    assert "secret" in hand_out(sealed, receiver.client).problems[0]
    assert receiver.request == b""


# ---- every day
def test_it_is_handed_out_once_a_day_from_six_in_the_morning(
    sealed: SQLiteSite, postman: RememberingPostman, clock: MovableClock
) -> None:
    sealed.set_conf("audit_anchor_recipients", OUTSIDE)
    clock.move(hours=-5)
    assert hand_out_daily(sealed) == ""
    assert postman.sent == []
    clock.move(hours=3)
    for _ in range(4):
        assert hand_out_daily(sealed) == ""
        clock.move(hours=1)
    assert len(postman.sent) == 1


def test_a_refusal_is_tried_again_every_hour(
    sealed: SQLiteSite, postman: RememberingPostman, clock: MovableClock
) -> None:
    sealed.set_conf("audit_anchor_recipients", OUTSIDE)
    postman.refuses_because = "no outgoing account"
    assert hand_out_daily(sealed) == "no outgoing account"
    clock.move(hours=1)
    postman.refuses_because = ""
    assert hand_out_daily(sealed) == ""
    assert len(postman.sent) == 1


# ---- what is measured
def measured(site: SQLiteSite, key: str) -> Any:
    return collect(site, ["audit"], fresh=True).get(key)


def test_the_age_counts_from_the_last_handing_out(sealed: SQLiteSite, clock: MovableClock) -> None:
    sealed.set_conf("audit_anchor_recipients", OUTSIDE)
    hand_out(sealed)
    clock.move(hours=5)
    assert measured(sealed, "audit.last_anchor_age_hours").value == 5.0


def test_never_handed_out_counts_from_the_first_event(sealed: SQLiteSite, clock: MovableClock) -> None:
    hand_out(sealed)
    clock.move(hours=50)
    metric = measured(sealed, "audit.last_anchor_age_hours")
    assert metric.value == 50.0
    assert "never" in str(metric.evidence)


def test_a_trail_without_events_has_no_age(site: SQLiteSite) -> None:
    assert measured(site, "audit.last_anchor_age_hours").reason == "the trail holds no event yet"


def test_the_page_shows_the_line_for_the_minutes(sealed: SQLiteSite) -> None:
    page = build_page(sealed)
    content = page.sepa.content
    assert content is not None
    assert hand_out(sealed).minutes in content.said


def test_of_everybody_the_newest_checkpoint_is_known_that_they_have(
    sealed: SQLiteSite, clock: MovableClock
) -> None:
    sealed.set_conf("audit_anchor_recipients", [OUTSIDE])
    hand_out(sealed)
    clock.move(days=1)
    log_sepa_event(sealed, "Bank Submission", None, "sent_3", {"compliance_status": "Compliant"})
    sealed.commit()
    seal(sealed)
    hand_out(sealed)
    found = checkpoint_publishing.holders(sealed, 10)
    outside = [each for each in found if each.outside]
    assert [(each.channel, each.tree_size, each.sent_at) for each in outside] == [("mail", 4, sealed.now())]
    assert OUTSIDE not in outside[0].target and outside[0].target.endswith("@accountant.example")
    assert {each.channel for each in found} == {"mail", "file"}
    assert len(checkpoint_publishing.holders(sealed, 1)) == 1
    shown = build_page(sealed).sepa.content
    assert shown and [row[1] for row in shown.holders if "outside" in row[1]] == ["mail, outside"]
