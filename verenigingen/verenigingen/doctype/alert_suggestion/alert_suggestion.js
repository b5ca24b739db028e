// One click decides; the server checks roles, and whether the rule is still as it was.
frappe.ui.form.on("Alert Suggestion", {
	refresh(frm) {
		frm.disable_save();
		const methods = {
			Open: [["apply_suggestion", __("Apply")], ["dismiss_suggestion", __("Dismiss")]],
			Applied: [["take_back_suggestion", __("Take back")]],
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
