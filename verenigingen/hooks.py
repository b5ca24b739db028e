"""What Frappe reads to know this app: declarations only."""

from vuurtoren.names import ours as _ours

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
after_app_install = "verenigingen.install.after_app_install"
before_migrate = ["verenigingen.install.before_migrate"]
after_migrate = ["verenigingen.install.after_migrate"]
before_uninstall = "verenigingen.install.before_uninstall"
after_uninstall = "verenigingen.install.after_uninstall"

# The monitor, in a module whose name no other app has: every step commits by itself and works in bounded
# batches, far below the 300 seconds of a job. Each run seals what no worker has sealed yet; the hourly and
# daily ones verify, and hand a checkpoint out. The drill of a backup, once a month, has the long queue's time
scheduler_events = {
    "all": ["verenigingen.monitoring_jobs.run_tick", "verenigingen.monitoring_jobs.take_over_tick"],
    "hourly": ["verenigingen.monitoring_jobs.run_hourly_checks"],
    "daily": ["verenigingen.monitoring_jobs.run_daily_checks"],
    "daily_long": ["verenigingen.monitoring_jobs.run_backup_drill"],
}

# Whoever opens the desk sees it when the monitor has fallen silent, and how many alerts are open
app_include_js = [
    "/assets/verenigingen/js/monitor_notice.js",
    "/assets/verenigingen/js/alert_badge.js",
]

# A tile among the apps of the site, for those who may see the monitoring; it opens the workspace
app_logo_url = "/assets/verenigingen/lighthouse.svg"
add_to_apps_screen = [
    {
        "name": app_name,
        "logo": app_logo_url,
        "title": "Monitoring",
        "route": "/app/monitoring",
        "has_permission": "verenigingen.desk.sees_the_tile",
    }
]

# What the search bar of the desk finds by its words
global_search_doctypes = {
    "Default": [
        {"doctype": "System Alert"},
        {"doctype": "Error Kind"},
        {"doctype": "Alert Rule"},
        {"doctype": "SEPA Finding"},
    ]
}

# A button on the batch, where the host app has one: may it be sent?
doctype_js = {"Direct Debit Batch": "public/js/direct_debit_batch_check.js"}

# Nobody's personal data is stored in clear, whoever writes the error; the audit trail is told of users that
# get another name; and the SEPA documents tell it by themselves, where they exist
doc_events = {
    "Error Log": {
        # before what is not validated, after what Frappe 16 copies from title to text, and after `db_set`
        "before_validate": "verenigingen.events.redact_fields",
        "before_save": "verenigingen.events.redact_fields",
        "on_change": "verenigingen.events.redact_stored_fields",
        "after_insert": "verenigingen.events.tell_once_a_week",
    },
    "Version": {"before_insert": "verenigingen.events.redact_version"},
    "User": {"after_rename": "verenigingen.events.user_renamed"},
    "SEPA Mandate": {
        "after_insert": "verenigingen.events.created",
        "on_change": "verenigingen.events.changed",
        "on_trash": "verenigingen.events.deleted",
    },
    "Direct Debit Batch": {
        "after_insert": "verenigingen.events.created",
        "on_change": "verenigingen.events.changed",
        "on_submit": "verenigingen.events.submitted",
        "on_cancel": "verenigingen.events.cancelled",
    },
    "SEPA Return File Log": {
        "after_insert": "verenigingen.events.created",
        "on_change": "verenigingen.events.changed",
    },
    "Bank Transaction": {
        "after_insert": "verenigingen.events.created",
        "on_change": "verenigingen.events.changed",
        "on_cancel": "verenigingen.events.cancelled",
    },
    # where `host_records` says that the SEPA documents have other names
    "*": dict.fromkeys(
        ("after_insert", "on_change", "on_submit", "on_cancel", "on_trash"), "verenigingen.events.elsewhere"
    ),
}

# Frappe counts whatever anybody asks for, and looks up before it asks who may read; of what this app keeps,
# only those who may read it learn anything. Who asks is remembered, so that code which makes itself
# Administrator acts for nobody on alerts
auth_hooks = ["verenigingen.events.note_visitor", "verenigingen.gates.refuse_unreadable"]

# Where a bench is spread over several machines, each tells the others of itself
after_request = ["verenigingen.events.tell_after_request"]
after_job = ["verenigingen.events.tell_after_job"]

# Whatever permissions somebody adds: nobody writes in the trail by hand
has_permission = dict.fromkeys(
    ("SEPA Audit Log", "SEPA Audit Leaf", "SEPA Audit Checkpoint"),
    "verenigingen.events.may_do_with_the_trail",
)

# Our pages stay ours where another app has pages of the same names
page_renderer = "verenigingen.website.OwnPages"
website_route_rules = [
    {"from_route": "/monitoring_dashboard/<path:monitoring_page>", "to_route": "monitoring_dashboard"}
]

# Beside another app that has the names of the checklist, they answer with ours over HTTP
override_whitelisted_methods = {
    "frappe.client.get_count": "verenigingen.gates.get_count",
    **_ours.overridden_methods(),
}

# A document may be deleted although the audit trail or an alert names it
ignore_links_on_delete = ["SEPA Audit Log", "System Alert", "Alert Step", "Alert Notification"]
