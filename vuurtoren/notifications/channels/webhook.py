"""A signed webhook: whoever receives it can prove that this site sent it, and when."""

from __future__ import annotations

import calendar
import hashlib
import hmac
import json
from dataclasses import dataclass, field

from vuurtoren.notifications.channels.channel import Notice, Receipt, SendRefused, unproven
from vuurtoren.outward.https_client import HttpsClient, NotAnswered
from vuurtoren.settings.settings import Settings
from vuurtoren.site import configured
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Proof

SECRET_KEY = "alert_webhook_secret"
SHORTEST_SECRET = 16


@dataclass(frozen=True)
class WebhookChannel:
    """Posts JSON to the https address of Monitoring Settings; an answer of 2xx is the proof.

    `X-Verenigingen-Signature` is `v1=` and the HMAC-SHA256, in hex, of the timestamp, a full stop and the
    body; `X-Verenigingen-Timestamp` counts seconds since 1970 (UTC); `X-Verenigingen-Delivery` stays the
    same when a message is sent again.
    """

    name: str = "webhook"
    client: HttpsClient = field(default_factory=HttpsClient)

    def hindrance(self, site: Site, settings: Settings) -> str:
        if not settings.channels.webhook_url:
            return site.translate("no webhook address is set in Monitoring Settings")
        if len(secret(site)) < SHORTEST_SECRET:
            text = site.translate("{0} in the site configuration needs at least {1} characters")
            return text.format(SECRET_KEY, SHORTEST_SECRET)
        return ""

    def audience(self, site: Site, settings: Settings) -> str:
        return settings.channels.webhook_url

    def send(self, site: Site, settings: Settings, notice: Notice) -> Receipt:
        body = json.dumps(_content(site, notice), ensure_ascii=False, default=str).encode("utf-8", "replace")
        timestamp = str(calendar.timegm(notice.sent_at_utc.timetuple()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-Verenigingen-Delivery": notice.delivery,
            "X-Verenigingen-Timestamp": timestamp,
            "X-Verenigingen-Signature": signature(secret(site), timestamp, body),
        }
        channels = settings.channels
        try:
            status = self.client.post(
                channels.webhook_url, body, headers, allow_private=channels.webhook_allow_private
            )
        except NotAnswered as refused:
            raise SendRefused(str(refused)) from refused
        return Receipt(notice.delivery, site.translate("answered {0}").format(status))

    def prove(self, site: Site, reference: str) -> Proof:
        return unproven(site)


def signature(secret_text: str, timestamp: str, body: bytes) -> str:
    """The value of X-Verenigingen-Signature; a receiver computes the same and compares."""
    signed = hmac.new(secret_text.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"v1={signed.hexdigest()}"


def secret(site: Site) -> str:
    """The secret that both sides know; empty when there is none."""
    try:
        return configured.text(site, SECRET_KEY)
    except Unavailable:
        return ""


def _content(site: Site, notice: Notice) -> dict[str, object]:
    return {
        "version": 1,
        "delivery": notice.delivery,
        "site": site.name,
        "event": notice.event,
        "severity": notice.severity,
        "subject": notice.subject,
        "text": notice.text,
        "url": notice.url,
        "alerts": [dict(facts) for facts in notice.facts],
        "sent_at_utc": notice.sent_at_utc.isoformat(timespec="seconds") + "Z",
    }
