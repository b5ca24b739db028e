"""What Frappe reads to know this app: declarations only."""

app_name = "verenigingen"
app_title = "Verenigingen"
app_publisher = "Verenigingen maintainers"
app_description = "Monitoring, alerting and a provable SEPA audit trail for Frappe sites, inside the bench"
app_email = "maintainers@verenigingen.invalid"
app_license = "mit"
required_apps: list[str] = []

# The life of the app on a site
before_install = "verenigingen.install.before_install"
after_install = "verenigingen.install.after_install"
before_migrate = ["verenigingen.install.before_migrate"]
after_migrate = ["verenigingen.install.after_migrate"]
before_uninstall = "verenigingen.install.before_uninstall"
after_uninstall = "verenigingen.install.after_uninstall"

# The monitor: every step commits by itself and works in bounded batches, far below the 300 seconds of a job.
# Each run seals what no worker has sealed yet; the hourly and daily ones verify, and hand a checkpoint out
scheduler_events = {
    "all": ["verenigingen.utils.alert_manager.run_tick"],
    "hourly": ["verenigingen.utils.alert_manager.run_hourly_checks"],
    "daily": ["verenigingen.utils.alert_manager.run_daily_checks"],
}

# Whoever opens the desk sees it when the monitor has fallen silent
app_include_js = ["/assets/verenigingen/js/monitor_notice.js"]

# Nobody's personal data is stored in clear, whoever writes the error; and the SEPA documents tell the audit
# trail by themselves, where they exist
doc_events = {
    "Error Log": {"before_insert": "verenigingen.site.frappe_events.redact_error_log"},
    "SEPA Mandate": {
        "after_insert": "verenigingen.site.sepa_document_events.created",
        "on_change": "verenigingen.site.sepa_document_events.changed",
        "on_trash": "verenigingen.site.sepa_document_events.deleted",
    },
    "Direct Debit Batch": {
        "after_insert": "verenigingen.site.sepa_document_events.created",
        "on_change": "verenigingen.site.sepa_document_events.changed",
        "on_submit": "verenigingen.site.sepa_document_events.submitted",
        "on_cancel": "verenigingen.site.sepa_document_events.cancelled",
    },
    "SEPA Return File Log": {
        "after_insert": "verenigingen.site.sepa_document_events.created",
        "on_change": "verenigingen.site.sepa_document_events.changed",
    },
    "Bank Transaction": {
        "after_insert": "verenigingen.site.sepa_document_events.created",
        "on_change": "verenigingen.site.sepa_document_events.changed",
        "on_cancel": "verenigingen.site.sepa_document_events.cancelled",
    },
}

# Whatever permissions somebody adds: nobody writes in the trail by hand
has_permission = dict.fromkeys(
    ("SEPA Audit Log", "SEPA Audit Leaf", "SEPA Audit Checkpoint"),
    "verenigingen.site.frappe_events.may_do_with_the_trail",
)

# A document may be deleted although the audit trail or an alert names it
ignore_links_on_delete = ["SEPA Audit Log", "System Alert", "Alert Step"]
