"""Who joined and left, and what was invoiced and paid on each day, counted again from the records.

A record says what it is today: an invoice that was cancelled since is not counted, as it is not on its day
either once it is cancelled.
"""

from __future__ import annotations

from datetime import timedelta

from vuurtoren.host_records.names import MEMBER, TERMINATION
from vuurtoren.metrics.recount import Log, Recount
from vuurtoren.signals.association.finance import SUBMITTED, TODAY

NONE = timedelta(0)
JOINED = (Log(MEMBER, "creation", record=True, day="member_since"),)
LEFT = (Log(TERMINATION, "execution_date", {"status": "Executed"}, record=True),)
RECOUNT = {
    "members.new_today": Recount(NONE, JOINED, since="day"),
    "members.new_this_week": Recount(NONE, JOINED, since="week"),
    "members.terminated_today": Recount(NONE, LEFT, since="day"),
    "members.terminated_last_day": Recount(timedelta(days=1), LEFT),
    **{
        metric: Recount(
            NONE,
            (Log(record, "creation", {"docstatus": SUBMITTED}, record=True, day="posting_date"),),
            since="day",
        )
        for metric, record in TODAY.items()
    },
}
