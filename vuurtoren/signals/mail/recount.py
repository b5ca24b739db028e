"""How many mails failed, counted again from the queue, as long as it keeps them."""

from __future__ import annotations

from datetime import timedelta

from vuurtoren.metrics.recount import Log, Recount
from vuurtoren.signals.mail.source import FAILED, QUEUE

GIVEN_UP = (Log(QUEUE, "modified", {"status": ("in", FAILED)}),)
RECOUNT = {"mail.failed_last_day": Recount(timedelta(days=1), GIVEN_UP)}
