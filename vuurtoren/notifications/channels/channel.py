"""What a channel is: it takes a notice over or says why not, and later says what is proven."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from vuurtoren.outward.templating import Message
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Proof


class SendRefused(Exception):
    """The channel did not take the notice; the text says why, for people."""


@dataclass(frozen=True)
class Notice:
    """One message for one channel: about one alert, or a summary of several.

    `delivery` names the delivery and stays the same when it is tried again, so that a receiver can drop the
    second copy. `alert` is the name of the System Alert, empty for a summary. `facts` holds a mapping of
    plain values for each alert. `opens_thread` marks the first message about an alert.
    """

    delivery: str
    event: str
    severity: str
    subject: str
    text: str
    html: str
    url: str
    sent_at_utc: datetime
    alert: str = ""
    opens_thread: bool = False
    facts: tuple[Mapping[str, Any], ...] = ()
    told_before: tuple[str, ...] = ()
    """At the end of an alert: the addresses that this channel wrote to before, whoever is to be told now."""
    level: int = 1
    compose: Callable[[], Message] | None = field(default=None, compare=False, repr=False)
    """The same message again, in the language that the site speaks when it is called."""

    def said_again(self) -> Message:
        """The message in the language that the site speaks now, where its maker can say it again."""
        return self.compose() if self.compose else Message(self.subject, self.text, self.html)


@dataclass(frozen=True)
class Receipt:
    """How the notice is found again, a line each, and the proof where handing over is already one."""

    reference: str
    proof: str = ""
    said: str = ""
    """Who took it over, for people; the reference when empty."""
    addresses: tuple[str, ...] = ()
    """Whom it wrote to, where that are addresses."""


class Channel(Protocol):
    """One way to reach people. `name` has lower-case letters, digits and underscores, at most 30."""

    @property
    def name(self) -> str: ...

    def hindrance(self, site: Site, settings: Settings) -> str:
        """Why it can take nothing now, or empty."""

    def audience(self, site: Site, settings: Settings) -> str:
        """Who is reached, for people."""

    def send(self, site: Site, settings: Settings, notice: Notice) -> Receipt:
        """Take one notice over within seconds; raises SendRefused. Must not commit."""

    def prove(self, site: Site, reference: str) -> Proof:
        """What is known by now about a notice that was taken over without proof."""


def unproven(site: Site) -> Proof:
    """What a channel knows later whose answer is the proof: nothing that it did not know at once."""
    return Proof("failed", site.translate("a webhook is proven by its answer or not at all"))
