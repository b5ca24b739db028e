"""The panels of backups and of what makes a site unsafe without an error."""

from __future__ import annotations

from vuurtoren.signals.panel import PanelContent, PanelPage, SignalPanel, first_of, table
from vuurtoren.signals.placement import numbers


def backups(page: PanelPage) -> PanelContent:
    _ = page.translate
    age, none = page.snapshot.get("backup.age_hours"), page.snapshot.get("backup.unusable")
    newest = first_of(age.evidence, "file")
    well = _("The newest is {0}.").format(newest) if newest else _("There is a backup.")
    shown = numbers("backup.age_hours", "backup.size_bytes", "backup.room_percent") if age.known else ()
    if age.known and none.value:
        well = _("{0} is no backup: {1}. The newest that is one is {2}.").format(
            first_of(none.evidence, "file"), first_of(none.evidence, "because"), newest
        )
    main = numbers("backup.age_hours", "backup.unusable")
    tried = page.snapshot.get("backup.restorable")
    if tried.value is False:
        well = _("{0} could not be restored: {1}.").format(
            first_of(tried.evidence, "file"), first_of(tried.evidence, "because")
        )
        main += numbers("backup.restorable")
    more = numbers("backup.restorable", "backup.drill_age_days", "backup.copy_age_hours")
    return PanelContent(age.reason or well, main, shown + more)


def safety(page: PanelPage) -> PanelContent:
    _ = page.translate
    dangers = page.snapshot.get("safety.dangerous_settings")
    rows = table(dangers.evidence, "setting", "value", "effect")
    found = _("A dangerous setting in the site configuration:") if rows else _("No dangerous setting.")
    return PanelContent(
        dangers.reason or found,
        numbers("safety.dangerous_settings"),
        numbers("logins.failed_last_day", "migrations.pending", "certificate.days_left"),
        columns=(_("Setting"), _("Value"), _("Effect")) if rows else (),
        rows=rows,
    )


def key_files(page: PanelPage) -> PanelContent:
    _ = page.translate
    files = page.snapshot.get("safety.open_key_files")
    rows = table(files.evidence, "file", "mode", "mend")
    found = _("Other accounts of this machine may read keys of the audit trail. Close the files:")
    return PanelContent(
        files.reason or (found if rows else _("Nobody else on this machine may read the keys of the trail.")),
        numbers("safety.open_key_files"),
        columns=(_("File"), _("Mode"), _("Command")) if rows else (),
        rows=rows,
    )


PANELS = (
    SignalPanel("backups", "Backups", backups),
    SignalPanel("safety", "Safety", safety),
    SignalPanel("key_files", "Files with keys", key_files),
)
