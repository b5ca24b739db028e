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
after_migrate = ["verenigingen.install.after_migrate"]
before_uninstall = "verenigingen.install.before_uninstall"
after_uninstall = "verenigingen.install.after_uninstall"

# The monitor: every step commits by itself and works in bounded batches, far below the 300 seconds of a job
scheduler_events = {
    "all": ["verenigingen.utils.alert_manager.run_tick"],
    "hourly": ["verenigingen.utils.alert_manager.run_hourly_checks"],
    "daily": ["verenigingen.utils.alert_manager.run_daily_checks"],
}

# Nobody's personal data is stored in clear, whoever writes the error
doc_events = {
    "Error Log": {"before_insert": "verenigingen.site.frappe_events.redact_error_log"},
}

# A document may be deleted although the audit trail or an alert names it
ignore_links_on_delete = ["SEPA Audit Log", "System Alert"]
