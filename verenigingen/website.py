"""What Frappe's website asks; Frappe calls what lies in installed apps only."""

from vuurtoren.frappe_adapter.own_pages import OwnPages

__all__ = ["OwnPages"]
