"""A real embedded site in a temporary folder, with a clock that tests move and a postman that remembers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import settings

from verenigingen.audit import refusal
from verenigingen.site import use_site
from verenigingen.site.errors import MailNotAccepted
from verenigingen.site.sqlite_site import SQLiteSite
from verenigingen.site.values import Mail, MailReceipt, MailState

settings.register_profile("no-timing", deadline=None)
settings.load_profile("no-timing")


class MovableClock:
    """Stands still until a test moves it; starts on Wednesday 4 November 2026, 10:00 in Amsterdam."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 4, 9, 0, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        return self.moment

    def move(self, **timedelta_parts: float) -> None:
        self.moment += timedelta(**timedelta_parts)


class RememberingPostman:
    """Takes every message over and keeps it, or refuses with the reason it was given."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []
        self.refuses_because = ""

    def send(self, mail: Mail) -> MailReceipt:
        if self.refuses_because:
            raise MailNotAccepted(self.refuses_because)
        self.sent.append(mail)
        return MailReceipt("outbox", f"message-{len(self.sent)}")

    def state(self) -> MailState:
        return MailState("monitor@vereniging.example", self.refuses_because, "", "")


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def postman() -> RememberingPostman:
    return RememberingPostman()


@pytest.fixture
def site(tmp_path: Path, clock: MovableClock, postman: RememberingPostman) -> Iterator[SQLiteSite]:
    made = SQLiteSite(
        tmp_path / "site",
        clock=clock,
        name="vereniging.example",
        config={"time_zone": "Europe/Amsterdam", "alert_recipients": ["beheer@vereniging.example"]},
        postman=postman,
    )
    refusal.install(made)
    use_site(made)
    yield made
    use_site(None)
    made.store.close()
