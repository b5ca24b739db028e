"""Which channels carry messages, in which order, and when: the part of Monitoring Settings about telling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from vuurtoren.outward.web_addresses import is_https
from vuurtoren.settings import quiet_hours, tables
from vuurtoren.settings.quiet_hours import Quiet
from vuurtoren.settings.tables import Joined
from vuurtoren.settings.text_forms import (
    CHANNEL_NAME,
    CHANNEL_ROWS,
    FIRST,
    ORDERS,
    PARALLEL,
    QUIET,
    QUIET_ROWS,
)
from vuurtoren.site.words.words import Words

MAIL = "email"
DESK = "desk"
USUAL_ORDER = (MAIL, DESK)
USUAL_PROOF_MINUTES = 5
LONGEST = {"proof_minutes": 1440, "repeat_hours": 720}
"""A day until a message counts as lost, a month until it is told again: beyond that it is a typing error."""


@dataclass(frozen=True)
class ChannelSettings:
    """The channels as the administrator chose them.

    A message goes to the first of `order`, and to the next one when it is refused or not proven within
    `proof_after`; those `in_parallel` get every message beside that. `repeat_after` None means that a
    standing alert is told once. `problems` holds a sentence for what had to be ignored.
    """

    order: tuple[str, ...] = USUAL_ORDER
    in_parallel: tuple[str, ...] = ()
    proof_after: timedelta = timedelta(minutes=USUAL_PROOF_MINUTES)
    repeat_after: timedelta | None = None
    quiet: Mapping[str, Quiet] = field(default_factory=dict)
    webhook_url: str = ""
    webhook_allow_private: bool = False
    slack_webhook: str = ""
    apprise_allow_private: bool = False
    problems: tuple[str, ...] = ()


def read(row: Mapping[str, Any]) -> ChannelSettings:
    """The channels of one row of Monitoring Settings; with mail switched off and no order given, none."""
    held = tables.join(row)
    named, refused = channel_names(held, FIRST)
    order = named or USUAL_ORDER
    if not row.get("mail_enabled"):
        order = tuple(name for name in named if name != MAIL)
    parallel, more_refused = channel_names(held, FIRST, every_message=True)
    quiet, not_quiet = quiet_hours.read(held.rows[QUIET_ROWS])
    numbers = {key: min(_number(row.get(key)), longest) for key, longest in LONGEST.items()}
    too_long = [
        Words("{0}: at most {1}, which now holds", key, longest)
        for key, longest in LONGEST.items()
        if _number(row.get(key)) > longest
    ]
    return ChannelSettings(
        order=order,
        in_parallel=tuple(name for name in parallel if name not in order[:1]),
        proof_after=timedelta(minutes=numbers["proof_minutes"] or USUAL_PROOF_MINUTES),
        repeat_after=timedelta(hours=numbers["repeat_hours"]) if numbers["repeat_hours"] else None,
        quiet=quiet,
        webhook_url=str(row.get("webhook_url") or "").strip(),
        webhook_allow_private=bool(row.get("webhook_allow_private")),
        slack_webhook=str(row.get("slack_webhook") or ""),
        apprise_allow_private=bool(row.get("apprise_allow_private")),
        problems=(
            *held.said(*(key for key, number in ORDERS.items() if number == FIRST), PARALLEL, QUIET),
            *_no_places(held),
            *refused,
            *more_refused,
            *not_quiet,
            *too_long,
        ),
    )


def refusals(values: Mapping[str, Any]) -> list[str]:
    """A sentence for every value that must not be saved."""
    sentences = list(read(values).problems)
    for key in ("proof_minutes", "repeat_hours"):
        if _number(values.get(key), least=-1) < 0:
            sentences.append(Words("{0}: 0 or more", key))
    url = str(values.get("webhook_url") or "").strip()
    if url and not is_https(url):
        sentences.append(Words("webhook_url: an address that begins with https:// and names a host"))
    return sentences


def channel_names(
    held: Joined, number: int, *, every_message: bool = False
) -> tuple[tuple[str, ...], list[str]]:
    """The names of the channels of a level, each once, and a sentence for each that is none."""
    given = held.channels(number, every_message)
    named = tuple(name for name in given if CHANNEL_NAME.fullmatch(name))
    key = PARALLEL if every_message else next(key for key, of in ORDERS.items() if of == number)
    return named, [
        Words("{0}: {1} is no name of a channel", key, repr(name)) for name in given if name not in named
    ]


def _no_places(held: Joined) -> list[str]:
    rows = held.rows[CHANNEL_ROWS]
    odd: list[str] = [
        Words("{0}: {1} is no level", CHANNEL_ROWS, repr(level)) for level in tables.levels_of(rows)
    ]
    alone = (str(row["level"]) for row in rows if row["every_message"] and str(row["level"]) != str(FIRST))
    return odd + [
        Words("{0}: on level {1} no channel gets every message", CHANNEL_ROWS, level) for level in alone
    ]


def _number(value: object, least: int = 0) -> int:
    try:
        return max(least, int(value or 0))  # type: ignore[call-overload,no-any-return]
    except (TypeError, ValueError, OverflowError):
        return 0
