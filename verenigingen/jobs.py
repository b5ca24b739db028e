"""What background workers call; Frappe calls functions of installed apps only."""

from vuurtoren.frappe_adapter.jobs import run

__all__ = ["run"]
