"""The channels of this site by name: those shipped, and those that other apps name in a hook."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from vuurtoren.failures import error_boundary
from vuurtoren.notifications.channels.apprise_channel import AppriseChannel
from vuurtoren.notifications.channels.channel import Channel
from vuurtoren.notifications.channels.desk import DeskChannel
from vuurtoren.notifications.channels.mailing import EmailChannel
from vuurtoren.notifications.channels.slack import SlackChannel
from vuurtoren.notifications.channels.webhook import WebhookChannel
from vuurtoren.settings.text_forms import CHANNEL_NAME
from vuurtoren.site.protocol import Site

HOOK = "monitoring_channels"
SHIPPED: tuple[Channel, ...] = (
    EmailChannel(), DeskChannel(), WebhookChannel(), SlackChannel(), AppriseChannel(),
)  # fmt: skip


def channels(site: Site) -> Mapping[str, Channel]:
    """Every channel by its name; one of another app that cannot be loaded is reported and left out."""
    known: dict[str, Channel] = {channel.name: channel for channel in SHIPPED}
    for path in site.hooks(HOOK):
        with error_boundary(site, f"channel {path}"):
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
    return channel if hasattr(channel, "send") else _with_its_old_verb(channel)


def _with_its_old_verb(channel: Any) -> Channel:
    """A channel of another app from before `send` was called so; for one release."""
    channel.send = channel.hand_over
    old: Channel = channel
    return old
