"""What is to be done once on a new site, until it is done: each with a link or an exact command."""

from __future__ import annotations

from dataclasses import dataclass

from vuurtoren.audit.anchors import choices
from vuurtoren.notifications import outbox
from vuurtoren.notifications.recipients import recipients
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.frame.address import href
from vuurtoren.site.protocol import in_bench


@dataclass(frozen=True)
class FirstStep:
    """One step that is not done yet; `command` is typed on the server, `href` is opened."""

    said: str
    command: str = ""
    href: str = ""


def build(facts: Facts) -> tuple[FirstStep, ...]:
    """Only what can be done on this platform, and is known to be missing."""
    _ = facts.translate
    known = facts.snapshot.get
    of_a_bench = in_bench(facts.site)
    settings = facts.list_href("Monitoring Settings") or href("settings")
    steps = []
    if of_a_bench and known("scheduler.enabled").value in (0, False):
        steps.append(FirstStep(_("Switch the scheduler on"), "bench --site SITE enable-scheduler"))
    if not recipients(facts.site, facts.settings).addresses:
        steps.append(FirstStep(_("Say who is told"), href=settings))
    if not outbox.newest(facts.site, {"status": "Proven"}, 1):
        steps.append(FirstStep(_("Send a test message and see it proven"), href=href("notifications")))
    if of_a_bench and known("backup.age_hours").value is None:
        steps.append(FirstStep(_("Make a first backup"), "bench --site SITE backup"))
    if of_a_bench and known("requests.last_hour").value is None:
        steps.append(FirstStep(_("Switch the request log on"), "bench --site SITE set-config -p monitor 1"))
    if not choices.choices(facts.site).reaches_outside:
        said = _(
            "Say who outside keeps the checkpoints of the audit trail: the audit committee, the accountant"
        )
        steps.append(
            FirstStep(
                said, f"bench --site SITE set-config -p {choices.RECIPIENTS_KEY} '[\"kas@example.nl\"]'"
            )
            if of_a_bench
            else FirstStep(said, f"{choices.RECIPIENTS_KEY} in site_config.json")
        )
    if not facts.settings.heartbeat_url:
        steps.append(
            FirstStep(
                _("Let somebody outside notice when the monitor is silent: a heartbeat address"),
                href=settings,
            )
        )
    return tuple(steps)
