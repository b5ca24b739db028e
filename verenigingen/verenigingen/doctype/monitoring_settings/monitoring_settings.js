// A test alert from the form: what really happened to its message is shown.
frappe.ui.form.on("Monitoring Settings", {
	refresh(frm) {
		frm.add_custom_button(__("Send a test alert", null, "Monitoring"), () =>
			frappe
				.call({
					method: "verenigingen.utils.alert_manager.test_alert_system",
					type: "POST",
					freeze: true,
				})
				.then(({ message }) =>
					frappe.msgprint({
						title: __("Test alert", null, "Monitoring"),
						message: frappe.utils.escape_html(message.message),
						indicator: message.status === "success" ? "green" : "red",
					})
				)
		);
		frm.add_custom_button(__("Open the monitoring page", null, "Monitoring"), () => window.open("/monitoring_dashboard"));
	},
});
