"""Whether the backups can be restored, and whether a copy of them lies elsewhere."""
