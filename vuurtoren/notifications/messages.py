"""What a message about one alert says, and the summary of many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from vuurtoren.alerts.alerts import details_of, value_of
from vuurtoren.alerts.incidents.changed import fault_of
from vuurtoren.alerts.intents.retelling import lasted, over, retold
from vuurtoren.changes import before
from vuurtoren.failures import error_boundary
from vuurtoren.outward.page_paths import ROOT, path_of_alert
from vuurtoren.outward.templating import COLOURS, GOOD, LONGEST_SUBJECT, Link, Message, render
from vuurtoren.privacy.text import clean, one_line
from vuurtoren.rules.rule import rank
from vuurtoren.signals.catalogue import BY_KEY
from vuurtoren.signals.runbooks import path_of as runbook_path_of
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import as_shown, moment, quantity
from vuurtoren.site.values import Row
from vuurtoren.site.words.plurals import plural

Event = Literal["opened", "resolved"]
MOST_LINES = 50
"""A summary lists at most so many alerts; the page shows the others."""
MOST_EVIDENCE = 8
MOST_FOLLOWERS = 10
PAGE = ROOT
FIELDS = [
    "name", "alert_type", "severity", "status", "kind", "value", "threshold", "unit", "count", "timestamp",
    "first_seen", "message", "details", "runbook", "assigned_to", "resolved_by", "resolved_at", "resolution",
    "rule", "fingerprint",
]  # fmt: skip
"""Of an alert, all that a message may say."""


@dataclass(frozen=True)
class Notification:
    """One thing to tell: the row of System Alert, and whether it opened or was resolved.

    `reason` is why people are told (see `notifying`), `round` how often they were told the same before,
    `level` for which level of the escalation it is meant; 1 are the usual recipients. `speaks_for` are the
    messages of alerts that follow from this one and are not told by themselves. `route` names the Alert Route
    whose readers it is for.
    """

    row: Row
    event: Event
    note: str = ""
    reason: str = "first"
    round: int = 0
    level: int = 1
    speaks_for: tuple[str, ...] = ()
    route: str = ""

    @property
    def rings_at_once(self) -> bool:
        """Whether the bell rings beside the first channel: what is critical waits for no proof of a mail."""
        return self.event == "opened" and str(self.row["severity"]) == "CRITICAL"

    @property
    def urgency(self) -> tuple[int, bool, str, str]:
        """Sorts the most severe first, what opened before what ended, then the oldest; never by chance."""
        row = self.row
        return (
            -rank(str(row["severity"])),
            self.event == "resolved",
            str(row["timestamp"]),
            str(row["fingerprint"]),
        )


@dataclass(frozen=True)
class _Page:
    colour: str
    eyebrow: str
    headline: str
    note: str
    links: list[Link]
    footer: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)
    runbook: list[str] = field(default_factory=list)
    lines: list[_Line] = field(default_factory=list)
    more: str = ""


@dataclass(frozen=True)
class _Line:
    colour: str
    label: str
    headline: str
    when: str
    url: str


def about_one(site: Site, told: Notification) -> Message:
    """The message about one alert: value, threshold, since when, what to do, where to look."""
    told = replace(told, row=retold(site, told.row))
    row, resolved = told.row, told.event == "resolved"
    page = _Page(
        colour=_colour(told),
        eyebrow=f"{_label(site, told)} · {site.name}",
        headline=clean(over(site, row) if resolved else row["message"]),
        note=told.note,
        facts=_facts(site, told),
        evidence=[] if resolved else _evidence(site, details_of(row)),
        runbook=[] if resolved else clean(row["runbook"] or "").splitlines(),
        links=_links(site, row),
        footer=footer(site),
    )
    text, html = render(site, "alert", page)
    return Message(subject(site, site.translate(str(row["severity"])), headline(site, told)), text, html)


def about_many(site: Site, many: Sequence[Notification]) -> Message:
    """One message instead of many, the most severe first."""
    ordered = sorted(many, key=lambda told: told.urgency)
    opened = sum(told.event == "opened" for told in ordered)
    headline = plural(
        site.translate, opened, "1 alert opened, {1} resolved", "{0} alerts opened, {1} resolved"
    )
    headline = headline.format(opened, len(ordered) - opened)
    rest = len(ordered) - MOST_LINES
    page = _Page(
        colour=_colour(ordered[0]),
        eyebrow=f"{site.translate('Summary')} · {site.name}",
        headline=headline,
        note=_why_one_message(site, ordered),
        lines=[_line(site, told) for told in ordered[:MOST_LINES]],
        more=site.translate("And {0} more on the monitoring page.").format(rest) if rest > 0 else "",
        links=[_page_link(site)],
        footer=footer(site),
    )
    text, html = render(site, "summary", page)
    return Message(subject(site, site.translate(str(ordered[0].row["severity"])), headline), text, html)


def _why_one_message(site: Site, many: Sequence[Notification]) -> str:
    level = min(told.level for told in many)
    if level == 1 or any(told.event == "resolved" for told in many):
        return site.translate("Many things happened at once, so this is one message about all of them.")
    return site.translate("Nobody has acknowledged these in time, so level {0} is told.").format(level)


def subject(site: Site, severity: str, summary: str) -> str:
    """ "[HIGH] vereniging.example: 12 errors in the last hour", one line of at most 200 characters."""
    return one_line(f"[{severity}] {site.name}: {summary}", LONGEST_SUBJECT)


def footer(site: Site) -> str:
    """Who wrote this, and where to change who gets it."""
    return site.translate(
        "Sent by the monitor of {0}. Recipients, thresholds and rules: Monitoring Settings."
    ).format(site.name)


def _page_link(site: Site) -> Link:
    return Link(site.translate("Monitoring page"), site.url(PAGE))


def _links(site: Site, row: Row) -> list[Link]:
    links = [_page_link(site)]
    if row.get("name"):
        links.insert(0, Link(site.translate("Open the alert"), site.url(path_of_alert(str(row["name"])))))
    if runbook := runbook_path_of(str(row["rule"] or "")):
        links.append(Link(site.translate("Runbook"), site.url(runbook)))
    for doctype in details_of(row).get("links") or []:
        if isinstance(doctype, str) and site.has_doctype(doctype):
            links.append(Link(site.translate(doctype), site.url_to_list(doctype)))
    return links


def headline(site: Site, told: Notification) -> str:
    """What is true now: what it says while it is open, that it is over when it has ended."""
    message = str(told.row["message"])
    return over(site, told.row) if told.event == "resolved" else message


def _label(site: Site, told: Notification) -> str:
    severity = site.translate(str(told.row["severity"]))
    return f"{severity} · {site.translate('resolved')}" if told.event == "resolved" else severity


def _colour(told: Notification) -> str:
    return GOOD if told.event == "resolved" else COLOURS.get(str(told.row["severity"]), COLOURS["HIGH"])


def _line(site: Site, told: Notification) -> _Line:
    row = retold(site, told.row)
    when = row["resolved_at"] if told.event == "resolved" else row["first_seen"]
    return _Line(
        colour=_colour(told),
        label=_label(site, told),
        headline=one_line(over(site, row) if told.event == "resolved" else row["message"], 300),
        when=moment(when, site.translate),
        url=site.url(path_of_alert(str(row["name"]))),
    )


def _facts(site: Site, told: Notification) -> list[tuple[str, str]]:
    row = told.row
    facts = [(site.translate("What"), str(details_of(row).get("title") or row["alert_type"]))]
    _, which = site.translate, details_of(row).get("which")
    if isinstance(which, dict) and which:
        facts.append(
            (
                site.translate("Which"),
                ", ".join(f"{_(str(name))}: {_(str(value))}" for name, value in which.items()),
            )
        )
    if told.event == "resolved":
        facts.append((site.translate("While it was open"), clean(row["message"])))
    else:
        facts += _numbers(site, row)
    since = row["first_seen"]
    facts.append((site.translate("Since"), moment(since, site.translate)))
    if told.event == "resolved":
        facts += _ending(site, row)
    elif int(row["count"] or 0) > 1:
        facts.append((site.translate("Times seen"), str(row["count"])))
    if told.event == "opened":
        facts += _changes_before(site, row)
    if row.get("assigned_to"):
        facts.append((site.translate("Assigned to"), str(row["assigned_to"])))
    if told.speaks_for:
        facts.append((site.translate("Told with it"), _followers(site, told.speaks_for)))
    facts.append((site.translate("Why this comes"), _why(site, told)))
    return facts


def _why(site: Site, told: Notification) -> str:
    """What `reason` and `level` mean, for whoever reads the message."""
    _ = site.translate
    if told.level > 1 and told.event == "opened":
        text = _("to level {0}, as nobody has acknowledged it since {1}")
        return text.format(told.level, moment(told.row["timestamp"], site.translate))
    said = {
        "new in group": _("it opened beside others of its kind"),
        "escalated": _("it has become more severe"),
        "some resolved": _("it ended, others of its kind are open"),
        "all resolved": _("it ended"),
        "repeat elapsed": _("it is still open, and nobody has acknowledged it"),
    }
    return said.get(told.reason, _("it opened") if told.event == "opened" else _("it ended"))


def _followers(site: Site, said: Sequence[str]) -> str:
    text = "; ".join(one_line(each, 200) for each in said[:MOST_FOLLOWERS])
    rest = len(said) - MOST_FOLLOWERS
    if rest > 0:
        text += "; " + plural(site.translate, rest, "and 1 more", "and {0} more").format(rest)
    return text


def _numbers(site: Site, row: Row) -> list[tuple[str, str]]:
    rule = BY_KEY.get(str(row["rule"] or ""))
    if value_of(row) is None or (rule and not rule.adjustable):
        return []
    unit = str(row["unit"] or "")
    return [
        (site.translate("Value"), quantity(value_of(row), unit, site.translate)),
        (site.translate("Limit"), quantity(float(row["threshold"]), unit, site.translate)),
    ]


def _changes_before(site: Site, row: Row) -> list[tuple[str, str]]:
    """What had changed before it began; a message goes on without it where that cannot be read."""
    found = ""
    with error_boundary(site, "what changed before an alert"):
        fault = fault_of(site, row)
        found = before.line(site, fault, before.suspects(site, fault))
    return [(site.translate("It began"), found)] if found else []


def _ending(site: Site, row: Row) -> list[tuple[str, str]]:
    facts = [
        (site.translate("Resolved"), moment(row["resolved_at"], site.translate)),
        (site.translate("Lasted"), lasted(site, row) or site.translate("unknown")),
    ]
    if row["resolved_by"]:
        facts.append((site.translate("Resolved by"), str(row["resolved_by"])))
    if row["resolution"]:
        facts.append((site.translate("Why"), clean(row["resolution"])))
    return facts


def _evidence(site: Site, details: dict[str, Any]) -> list[str]:
    """A line for each row of evidence; for an event, a line for each of its details."""
    rows = details.get("evidence")
    if isinstance(rows, list):
        return [_row_text(site, row) for row in rows[:MOST_EVIDENCE]]
    return [one_line(f"{name}: {value}", 500) for name, value in list(details.items())[:MOST_EVIDENCE]]


def _row_text(site: Site, row: object) -> str:
    if isinstance(row, dict):
        return one_line(
            ", ".join(
                f"{site.translate(name)}: {as_shown(value, site.translate)}" for name, value in row.items()
            ),
            500,
        )
    return one_line(row, 500)
