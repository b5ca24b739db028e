from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Evaluate, MovableClock
from verenigingen.tests.support.wire import PUBLIC, Wire, wired
from vuurtoren.alerts.events import record_event
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.notifications import outbox
from vuurtoren.notifications.channels.slack import SlackChannel
from vuurtoren.notifications.delivery import deliver
from vuurtoren.outward.https_client import NotAnswered, is_public
from vuurtoren.settings import settings

URL = "https://hooks.example.org:8443/in?x=1"
SECRET = "a secret that both sides know"


@pytest.fixture
def wire(site: SQLiteSite) -> Iterator[Wire]:
    site.set_single("Monitoring Settings", {"channel_order": "webhook\ndesk", "webhook_url": URL})
    site._config["alert_webhook_secret"] = SECRET
    site.commit()
    with wired() as made:
        yield made


def state(site: SQLiteSite) -> tuple[str, str]:
    (row,) = site.get_all(outbox.DOCTYPE, ["status", "proof", "failure"], {"channel": "webhook"})
    return row["status"], str(row["proof"] or row["failure"])


def tell(site: SQLiteSite) -> None:
    deliver(site, settings.read(site))


def test_an_answer_of_2xx_is_the_proof_and_the_connection_goes_to_the_judged_address(
    site: SQLiteSite, judge: Evaluate, wire: Wire
) -> None:
    judge(12)
    tell(site)
    assert state(site) == ("Proven", "answered 204")
    assert wire.connected == [(PUBLIC, 8443, "hooks.example.org")]
    assert wire.sent.startswith(b"POST /in?x=1 HTTP/1.1\r\nHost: hooks.example.org:8443\r\n")


def test_a_receiver_can_prove_who_sent_it_and_when(site: SQLiteSite, judge: Evaluate, wire: Wire) -> None:
    judge(12)
    tell(site)
    head, body = wire.sent.split(b"\r\n\r\n", 1)
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    timestamp = headers["X-Verenigingen-Timestamp"]
    expected = hmac.new(SECRET.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["X-Verenigingen-Signature"] == f"v1={expected}"
    assert int(timestamp) == 1793782800
    told = json.loads(body)
    assert told["delivery"] == headers["X-Verenigingen-Delivery"]
    assert (told["severity"], told["event"], told["alerts"][0]["value"]) == ("HIGH", "opened", 12.0)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
        "64:ff9b::7f00:1", "2002:7f00:1::", "255.255.255.255", "no address",
    ],
)  # fmt: skip
def test_an_address_inside_the_network_is_refused_and_the_bell_rings(
    site: SQLiteSite, judge: Evaluate, wire: Wire, address: str
) -> None:
    wire.addresses = [PUBLIC, address]
    judge(12)
    tell(site)
    assert wire.connected == []
    assert state(site)[0] == "Failed"
    assert "was not reached" in state(site)[1]
    assert site.count("Notification Log") == 1


def test_it_is_allowed_where_the_settings_say_so(site: SQLiteSite, judge: Evaluate, wire: Wire) -> None:
    wire.addresses = ["10.1.2.3"]
    site.set_single("Monitoring Settings", {"webhook_allow_private": 1})
    judge(12)
    tell(site)
    assert wire.connected == [("10.1.2.3", 8443, "hooks.example.org")]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_a_link_local_address_is_not_followed(
    site: SQLiteSite, judge: Evaluate, wire: Wire, status: int
) -> None:
    wire.answer = f"HTTP/1.1 {status} Found\r\nLocation: https://169.254.169.254/\r\n\r\n".encode()
    judge(12)
    tell(site)
    assert wire.connected == [(PUBLIC, 8443, "hooks.example.org")]
    assert state(site)[0] == "Failed"
    assert "redirects are not followed" in state(site)[1]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 500 Oh no\r\n\r\n", "answered 500"),
        (b"SSH-2.0-OpenSSH\r\n", "was not reached"),
        (b"", "was not reached"),
        (b"x" * 10_000, "was not reached"),
    ],
)
def test_any_other_answer_is_no_proof(
    site: SQLiteSite, judge: Evaluate, wire: Wire, answer: bytes, said: str
) -> None:
    wire.answer = answer
    judge(12)
    tell(site)
    assert state(site)[0] == "Failed"
    assert said in state(site)[1]


def test_a_server_that_answers_one_byte_at_a_time_is_left_after_the_time_limit(
    site: SQLiteSite, judge: Evaluate, wire: Wire
) -> None:
    wire.seconds_a_read = 4
    judge(12)
    tell(site)
    assert "answered over https within 10 seconds" in state(site)[1]


def test_it_is_tried_again_under_the_same_delivery(
    site: SQLiteSite, judge: Evaluate, wire: Wire, clock: MovableClock
) -> None:
    wire.fails = ConnectionRefusedError("Connection refused")
    judge(12)
    tell(site)
    assert "was not reached" in state(site)[1]
    wire.fails = None
    clock.move(minutes=4)
    tell(site)
    assert state(site) == ("Proven", "answered 204")
    (row,) = site.get_all(outbox.DOCTYPE, ["attempts"], {"channel": "webhook"})
    assert row["attempts"] == 2


@pytest.mark.parametrize("secret", ["", "short"])
def test_without_a_good_secret_nothing_leaves(
    site: SQLiteSite, judge: Evaluate, wire: Wire, secret: str
) -> None:
    site._config["alert_webhook_secret"] = secret
    judge(12)
    tell(site)
    assert wire.connected == []
    assert "alert_webhook_secret" in state(site)[1]
    assert site.count("Notification Log") == 1


def test_html_line_breaks_and_formulas_reach_the_receiver_as_they_are(site: SQLiteSite, wire: Wire) -> None:
    text = '=cmd|"/c calc"!A1 <b>x</b>\r\nX-Injected: 1'
    record_event(site, settings.read(site), "T", "HIGH", text)
    site.commit()
    tell(site)
    head, body = wire.sent.split(b"\r\n\r\n", 1)
    assert b"Injected" not in head
    assert json.loads(body)["alerts"][0]["message"] == text.replace("\r\n", "\n")


@pytest.mark.parametrize(
    "url",
    ["http://a.example/", "https://", "https://u:p@a.example/", "https://a.example/\r\nX: 1", "ftp://a", ""],
)
def test_only_plain_https_addresses_are_posted_to(url: str) -> None:
    with pytest.raises(NotAnswered):
        Wire().client().post(url, b"", {})


@given(st.integers(0, 2**32 - 1))
def test_no_form_of_a_private_address_counts_as_public(number: int) -> None:
    import ipaddress

    plain = ipaddress.IPv4Address(number)
    if not is_public(str(plain)):
        assert not is_public(f"::ffff:{plain}")
        assert not is_public(str(ipaddress.IPv6Address((0x64FF9B << 96) + number)))


def test_without_frappes_slack_addresses_slack_says_so(site: SQLiteSite, wire: Wire) -> None:
    hindrance = SlackChannel(client=wire.client()).hindrance(site, settings.read(site))
    assert hindrance == "this site has no Slack Webhook URL"


def test_slack_gets_its_text_escaped_through_the_address_that_frappe_keeps(
    tmp_path: Path, clock: MovableClock, wire: Wire
) -> None:
    schema = tmp_path / "slack.json"
    schema.write_text(json.dumps({"Slack Webhook URL": {"fields": {"webhook_url": "Data"}}}))
    site = SQLiteSite(tmp_path / "slack", clock=clock, extra_schema=[schema])
    address = {"name": "ops", "webhook_url": "https://hooks.slack.example/services/T/B/x"}
    site.insert("Slack Webhook URL", address)
    site.set_single("Monitoring Settings", {"channel_order": "slack", "slack_webhook": "ops"})
    record_event(site, settings.read(site), "T", "HIGH", "5 < 6 & <!channel>")
    site.commit()
    tell(site)
    head, body = wire.sent.split(b"\r\n\r\n", 1)
    assert head.startswith(b"POST /services/T/B/x HTTP/1.1")
    assert "5 &lt; 6 &amp; &lt;!channel&gt;" in json.loads(body)["text"]
    assert site.tally(outbox.DOCTYPE, ["channel", "status"]) == {("slack", "Proven"): 1}
    site.store.close()
