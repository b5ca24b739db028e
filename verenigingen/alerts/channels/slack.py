"""Slack, through an address that Frappe's own DocType Slack Webhook URL keeps."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from verenigingen.alerts.channels.channel import Notice, NotTaken, Taken
from verenigingen.alerts.channels.posting import NotPosted, Poster
from verenigingen.alerts.settings import Settings
from verenigingen.alerts.text import shorten
from verenigingen.site.protocol import Site
from verenigingen.site.values import Proof

DOCTYPE = "Slack Webhook URL"
LONGEST_TEXT = 3000


@dataclass(frozen=True)
class SlackChannel:
    """One message to the channel of the chosen Slack Webhook URL; Slack's answer of 2xx is the proof."""

    name: str = "slack"
    poster: Poster = field(default_factory=Poster)

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

    def hand_over(self, site: Site, settings: Settings, notice: Notice) -> Taken:
        text = f"{_escaped(notice.subject)}\n{_escaped(shorten(notice.text, LONGEST_TEXT))}\n{notice.url}"
        body = json.dumps({"text": text}, ensure_ascii=False).encode("utf-8", "replace")
        headers = {"Content-Type": "application/json; charset=utf-8"}
        try:
            status = self.poster.post(_address(site, settings), body, headers)
        except NotPosted as refused:
            raise NotTaken(str(refused)) from refused
        return Taken(notice.delivery, site.translate("answered {0}").format(status))

    def prove(self, site: Site, reference: str) -> Proof:
        return Proof("failed", site.translate("a webhook is proven by its answer or not at all"))


def _address(site: Site, settings: Settings) -> str:
    row = site.get(DOCTYPE, settings.channels.slack_webhook)
    return str(row["webhook_url"] or "") if row else ""


def _escaped(text: str) -> str:
    """The three characters that mean something to Slack."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
