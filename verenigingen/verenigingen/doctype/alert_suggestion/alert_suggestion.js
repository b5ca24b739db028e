// One click decides; the server checks roles, and whether the rule is still as it was.
frappe.ui.form.on("Alert Suggestion", {
	refresh(frm) {
		frm.disable_save();
		const methods = {
			Open: [["apply_suggestion", __("Apply", null, "Monitoring")], ["dismiss_suggestion", __("Dismiss", null, "Monitoring")]],
			Applied: [["take_back_suggestion", __("Take back", null, "Monitoring")]],
		};
		for (const [method, label] of methods[frm.doc.status] || []) {
			frm.add_custom_button(label, () =>
				frappe
					.call({
						method: "verenigingen.www.monitoring_dashboard." + method,
						type: "POST",
						args: { name: frm.doc.name },
						freeze: true,
					})
					.then(() => frm.reload_doc())
			);
		}
	},
});
