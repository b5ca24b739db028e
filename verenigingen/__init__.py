"""Monitoring, alerting and a provable SEPA audit trail for Frappe sites, inside the bench."""

__version__ = "0.1.0"
