"""Slack, through an address that Frappe's own DocType Slack Webhook URL keeps."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from vuurtoren.notifications.channels.channel import Notice, Receipt, SendRefused, unproven
from vuurtoren.outward.https_client import HttpsClient, NotAnswered
from vuurtoren.privacy.text import shorten
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Proof

DOCTYPE = "Slack Webhook URL"
LONGEST_TEXT = 3000


@dataclass(frozen=True)
class SlackChannel:
    """One message to the channel of the chosen Slack Webhook URL; Slack's answer of 2xx is the proof."""

    name: str = "slack"
    client: HttpsClient = field(default_factory=HttpsClient)

    def hindrance(self, site: Site, settings: Settings) -> str:
        if not site.has_doctype(DOCTYPE):
            return site.translate("this site has no {0}").format(DOCTYPE)
        if not settings.channels.slack_webhook:
            return site.translate("no {0} is chosen in Monitoring Settings").format(DOCTYPE)
        if not _address(site, settings):
            return site.translate("{0} {1} is not there").format(DOCTYPE, settings.channels.slack_webhook)
        return ""

    def audience(self, site: Site, settings: Settings) -> str:
        return settings.channels.slack_webhook

    def send(self, site: Site, settings: Settings, notice: Notice) -> Receipt:
        text = f"{_escaped(notice.subject)}\n{_escaped(shorten(notice.text, LONGEST_TEXT))}\n{notice.url}"
        body = json.dumps({"text": text}, ensure_ascii=False).encode("utf-8", "replace")
        headers = {"Content-Type": "application/json; charset=utf-8"}
        try:
            status = self.client.post(_address(site, settings), body, headers)
        except NotAnswered as refused:
            raise SendRefused(str(refused)) from refused
        return Receipt(notice.delivery, site.translate("answered {0}").format(status))

    def prove(self, site: Site, reference: str) -> Proof:
        return unproven(site)


def _address(site: Site, settings: Settings) -> str:
    row = site.get(DOCTYPE, settings.channels.slack_webhook)
    return str(row["webhook_url"] or "") if row else ""


def _escaped(text: str) -> str:
    """The three characters that mean something to Slack."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
