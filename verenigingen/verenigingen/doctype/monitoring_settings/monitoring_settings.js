// A test alert from the form: what really happened to its message is shown; and the channels of this site to choose from.
frappe.ui.form.on("Monitoring Settings", {
	onload(frm) {
		frm.set_query("user", "recipient_rows", () => ({ filters: { enabled: 1, name: ["not in", ["Guest"]] } }));
	},
	refresh(frm) {
		const chosen = (frm.doc.channel_rows || []).map((row) => row.channel);
		const known = (frm.doc.__onload && frm.doc.__onload.channels) || [];
		const offered = [...new Set(["", ...known, ...chosen])];
		frm.fields_dict.channel_rows.grid.update_docfield_property("channel", "options", offered);
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
