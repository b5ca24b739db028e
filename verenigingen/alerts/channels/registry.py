"""The channels of this site by name: those shipped, and those that other apps name in a hook."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from verenigingen.alerts.channel_settings import CHANNEL_NAME
from verenigingen.alerts.channels.channel import Channel
from verenigingen.alerts.channels.desk import DeskChannel
from verenigingen.alerts.channels.mailing import EmailChannel
from verenigingen.alerts.channels.slack import SlackChannel
from verenigingen.alerts.channels.webhook import WebhookChannel
from verenigingen.alerts.own_errors import boundary
from verenigingen.site.protocol import Site

HOOK = "monitoring_channels"
SHIPPED: tuple[Channel, ...] = (EmailChannel(), DeskChannel(), WebhookChannel(), SlackChannel())


def channels(site: Site) -> Mapping[str, Channel]:
    """Every channel by its name; one of another app that cannot be loaded is reported and left out."""
    known: dict[str, Channel] = {channel.name: channel for channel in SHIPPED}
    for path in site.hooks(HOOK):
        with boundary(site, f"channel {path}"):
            channel = _loaded(path)
            known.setdefault(channel.name, channel)
    return known


def _loaded(path: str) -> Channel:
    """The channel at a dotted path: an instance, or a class or function that makes one."""
    module, _, attribute = path.rpartition(".")
    found = getattr(import_module(module), attribute)
    channel: Channel = found() if callable(found) else found
    if not CHANNEL_NAME.fullmatch(channel.name):
        raise ValueError(f"{channel.name!r} is no name for a channel")
    return channel
