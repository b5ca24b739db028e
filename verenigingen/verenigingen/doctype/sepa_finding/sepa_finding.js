// Accepting is a decision with a reason and an end; the server checks roles and writes it into the trail.
frappe.ui.form.on("SEPA Finding", {
	refresh(frm) {
		frm.disable_save();
		if (frm.doc.status !== "Open") return;
		frm.add_custom_button(__("Accept the risk", null, "Monitoring"), () =>
			frappe.prompt(
				[
					{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason", null, "Monitoring"), reqd: 1 },
					{ fieldname: "until", fieldtype: "Date", label: __("Until", null, "Monitoring"), reqd: 1 },
				],
				(given) =>
					frappe
						.call({
							method: "verenigingen.www.monitoring_sepa.accept_finding",
							type: "POST",
							args: { name: frm.doc.name, reason: given.reason, until: given.until },
							freeze: true,
						})
						.then(() => frm.reload_doc()),
				__("Accept the risk", null, "Monitoring")
			)
		);
	},
});
