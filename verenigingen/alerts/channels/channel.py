"""Forwarded for one release: jobs queued before the update, cached hooks and other apps name it here."""

from vuurtoren.notifications.channels.channel import Channel, Notice
from vuurtoren.notifications.channels.channel import Receipt as Taken
from vuurtoren.notifications.channels.channel import SendRefused as NotTaken

__all__ = ["Channel", "NotTaken", "Notice", "Taken"]
