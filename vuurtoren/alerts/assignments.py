"""Who looks after an alert, and what people say about it."""

from __future__ import annotations

from vuurtoren.alerts import alerts, steps
from vuurtoren.alerts.alerts import NotPossible
from vuurtoren.alerts.people import people
from vuurtoren.endpoints.permission import PEOPLE
from vuurtoren.outward.page_paths import path_of_alert
from vuurtoren.privacy.text import one_line
from vuurtoren.site.protocol import Site


def assign(site: Site, name: str, user: str, note: str = "") -> None:
    """Give an open alert to somebody who may see it, and ring their bell; raises NotPossible."""
    row, why, by = alerts.existing(site, name), alerts.words(site, note), site.user()
    if row["status"] == "Resolved":
        raise NotPossible(site.translate("This alert is resolved already."))
    if user not in people(site):
        text = site.translate("{0} is no enabled user with one of the roles {1}.")
        raise NotPossible(text.format(one_line(user, 60) or "—", ", ".join(PEOPLE)))
    if row["assigned_to"] == user:
        raise NotPossible(site.translate("It is assigned to {0} already.").format(user))
    _give(site, name, user, row["assigned_to"])
    steps.record(site, name, "Assigned", by=by, note=why, assignee=user)
    alerts.on_lists(site, name, user, one_line(row["message"], 160))
    if user != by:
        subject = site.translate("Assigned to you: {0}").format(one_line(row["message"], 160))
        said = site.translate("{0} assigned this alert to you.").format(by)
        link = f"/{path_of_alert(name)}"
        site.notify_desk([user], subject, f"{said}\n\n{why}".strip(), alerts.DOCTYPE, name, link)


def unassign(site: Site, name: str, note: str = "") -> None:
    """Let the alert be nobody's again; raises NotPossible when it is nobody's."""
    row, why = alerts.existing(site, name), alerts.words(site, note)
    if not row["assigned_to"]:
        raise NotPossible(site.translate("It is assigned to nobody."))
    _give(site, name, None, row["assigned_to"])
    left = str(row["assigned_to"])
    steps.record(site, name, "Unassigned", by=site.user(), note=why, assignee=left)
    alerts.on_lists(site, name, "", "")


def comment(site: Site, name: str, note: str) -> None:
    """Write something in the log of an alert, open or not; raises NotPossible without words."""
    alerts.existing(site, name)
    said = alerts.words(site, note).strip()
    if not said:
        raise NotPossible(site.translate("A comment needs words."))
    steps.record(site, name, "Commented", by=site.user(), note=said)


def _give(site: Site, name: str, user: str | None, before: object) -> None:
    if not site.update(alerts.DOCTYPE, name, {"assigned_to": user}, expect={"assigned_to": before}):
        raise NotPossible(site.translate("Somebody else assigned it at this very moment: look again."))
