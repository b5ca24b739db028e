// A silence is made once and ended once; the server checks roles and refuses every other change.
frappe.ui.form.on("Alert Silence", {
	refresh(frm) {
		if (frm.is_new()) return;
		frm.disable_save();
		if (frm.doc.ended_at) return;
		frm.add_custom_button(__("End now", null, "Monitoring"), () =>
			frappe.prompt(
				{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason", null, "Monitoring") },
				({ reason }) => frappe
					.call({
						method: "verenigingen.verenigingen.doctype.alert_silence.alert_silence.end_silence",
						type: "POST",
						args: { name: frm.doc.name, reason: reason || "" },
						freeze: true,
					})
					.then(() => frm.reload_doc()),
				__("End now", null, "Monitoring"),
				__("End now", null, "Monitoring")
			)
		);
	},
});
