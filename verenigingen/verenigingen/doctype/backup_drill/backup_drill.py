"""Backup Drill: whether a backup could be restored, and when; written by `vuurtoren.backups` only."""

from verenigingen.verenigingen.doctype.append_only import OwnRecord


class BackupDrill(OwnRecord):
    """See backup_drill.json for its fields."""
