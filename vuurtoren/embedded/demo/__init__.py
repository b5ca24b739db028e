"""A fictional association's believable bad week: what newcomers look at and what tests stand on."""

from __future__ import annotations

from pathlib import Path

MARK = "this-is-a-demo.txt"
"""The file that marks a folder as holding a told story, and nothing of value."""
HOST_DOCTYPES = Path(__file__).with_name("host_doctypes.json")
"""DocTypes of a host app and of ERPNext that the monitor may find, for `SQLiteSite(extra_schema=…)`."""
