"""Alert Delivery: one message on one channel; written by `vuurtoren.notifications` only."""

from verenigingen.verenigingen.doctype.append_only import OwnRecord


class AlertDelivery(OwnRecord):
    """See alert_delivery.json for its fields."""
