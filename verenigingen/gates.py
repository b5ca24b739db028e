"""Who may ask Frappe about what this app keeps; Frappe calls functions of installed apps only."""

from vuurtoren.frappe_adapter.access.counting import get_count
from vuurtoren.frappe_adapter.access.gate import refuse_unreadable

__all__ = ["get_count", "refuse_unreadable"]
