"""What the monitoring commands say, for `bench --site … monitoring` and `python -m verenigingen` alike."""

from __future__ import annotations

from dataclasses import dataclass

from vuurtoren.alerts import stored_state
from vuurtoren.alerts.alerts import OPEN_STATUSES
from vuurtoren.alerts.intents.retelling import RETOLD, retold
from vuurtoren.audit.key_files import open_key_files
from vuurtoren.health.titles import title
from vuurtoren.rules.rule import rank
from vuurtoren.settings import settings
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import moment
from vuurtoren.site.values import Row
from vuurtoren.site.words.plurals import plural
from vuurtoren.site.words.words import said

WELL, WRONG, UNKNOWN = 0, 1, 2
"""Exit codes: nothing is wrong; something is; that could not be found out."""
LINES_SHOWN = 20


@dataclass(frozen=True)
class CommandResult:
    """What a command prints, and the exit code that scripts read."""

    text: str
    exit_code: int


def status(site: Site) -> CommandResult:
    """Open alerts, checks that could not be made, when the monitor last ran, and whether mail can leave."""
    alerts, unknowns, runs = _open_alerts(site), _unknown_checks(site), _runs(site)
    never_ran = not any(run["succeeded_at"] for run in runs)
    exit_code = WRONG if alerts else UNKNOWN if unknowns or never_ran else WELL
    sections = [
        [f"{site.name} ({site.platform}), {moment(site.now(), site.translate)}"],
        _alert_lines(site, alerts),
        _unknown_lines(site, unknowns),
        _run_lines(site, runs),
        [_mail_line(site)],
        _key_file_lines(site),
    ]
    return CommandResult("\n".join(line for section in sections for line in section), exit_code)


def check(site: Site) -> CommandResult:
    """Measure and judge everything now, then say how the site is."""
    from vuurtoren.engines.alert_manager import AlertManager

    manager = AlertManager(site)
    problems = [problem for interval in ("tick", "hourly", "daily") if (problem := manager.run(interval))]
    outcome = status(site)
    if not problems:
        return outcome
    return CommandResult("\n".join([*problems, outcome.text]), outcome.exit_code or UNKNOWN)


def test_alert(site: Site) -> CommandResult:
    """Open a test alert, send its message, and say what really happened to it."""
    from vuurtoren.engines.alert_manager import AlertManager

    said = AlertManager(site).test_alert_system()
    site.commit()
    return CommandResult(str(said["message"]), WELL if said["status"] == "success" else WRONG)


def _open_alerts(site: Site) -> list[Row]:
    """The worst first, in the language spoken now."""
    fields = list(dict.fromkeys(["severity", "status", "message", "first_seen", *RETOLD]))
    rows = site.get_all("System Alert", fields, {"status": ("in", OPEN_STATUSES)}, order_by="first_seen")
    return sorted((retold(site, row) for row in rows), key=lambda row: -rank(row["severity"]))


def _unknown_checks(site: Site) -> list[Row]:
    return stored_state.not_judged(site, settings.read(site).rules)


def _runs(site: Site) -> list[Row]:
    """Rows without a status are no runs: they keep what a job has to remember."""
    fields = ["job", "status", "succeeded_at", "error"]
    return site.get_all("Monitoring Run", fields, {"status": ("is", "set")}, order_by="job")


def _alert_lines(site: Site, alerts: list[Row]) -> list[str]:
    if not alerts:
        return [site.translate("No alert is open.")]
    text = plural(site.translate, len(alerts), "1 alert is open:", "{0} alerts are open:")
    lines = [text.format(len(alerts))]
    for alert in alerts[:LINES_SHOWN]:
        since = site.translate("since {0}").format(moment(alert["first_seen"], site.translate))
        seen = "" if alert["status"] == "Active" else f", {site.translate(alert['status'])}"
        lines.append(
            f"  {site.translate(alert['severity']):8}  {_first_line(alert['message'])} ({since}{seen})"
        )
    return lines + _left_out(site, len(alerts))


def _unknown_lines(site: Site, unknowns: list[Row]) -> list[str]:
    if not unknowns:
        return []
    text = plural(
        site.translate, len(unknowns), "1 check could not be made:", "{0} checks could not be made:"
    )
    lines = [text.format(len(unknowns))]
    for row in unknowns[:LINES_SHOWN]:
        text = site.translate("unknown since {0}, because {1}")
        since = moment(row["answer_since"], site.translate)
        lines.append(f"  {row['rule']}: " + text.format(since, _first_line(row["reason"])))
    return lines + _left_out(site, len(unknowns))


def _run_lines(site: Site, runs: list[Row]) -> list[str]:
    if not runs:
        return [site.translate("The monitor has not run yet.")]
    lines = []
    for run in runs:
        when = moment(run["succeeded_at"], site.translate) if run["succeeded_at"] else site.translate("never")
        error = f": {_first_line(run['error'])}" if run["status"] == "Failed" else ""
        name = title(str(run["job"]), site.translate)
        lines.append(site.translate("Last success of “{0}”: {1}").format(name, when) + error)
    return lines


def _mail_line(site: Site) -> str:
    try:
        state = site.mail()
    except Unavailable as reason:
        return site.translate("Whether mail can leave is unknown, because {0}").format(
            reason.said(site.translate)
        )
    hindrances = [state.no_account_because, state.muted_because, state.suspended_because]
    hindered = "; ".join(said(each, site.translate) for each in hindrances if each)
    if hindered:
        return site.translate("Mail cannot leave: {0}").format(hindered)
    return site.translate("Mail leaves by: {0}").format(said(state.account, site.translate))


def _key_file_lines(site: Site) -> list[str]:
    """Files with keys that others may read, each as the command that closes it."""
    try:
        files = open_key_files(site)
    except (Unavailable, OSError):
        return []
    if not files:
        return []
    told = plural(
        site.translate,
        len(files),
        "1 file with keys of the audit trail can be read by others on this machine:",
        "{0} files with keys of the audit trail can be read by others on this machine:",
    )
    lines = [told.format(len(files)), *(f"  {file.command}" for file in files[:LINES_SHOWN])]
    return lines + _left_out(site, len(files))


def _left_out(site: Site, total: int) -> list[str]:
    more = total - LINES_SHOWN
    return ["  " + site.translate("and {0} more").format(more)] if more > 0 else []


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0]
