"""Alert Notification: what is to be told of an alert; written by `vuurtoren.alerts.intents` only."""

from verenigingen.verenigingen.doctype.append_only import OwnRecord


class AlertNotification(OwnRecord):
    """See alert_notification.json for its fields."""
