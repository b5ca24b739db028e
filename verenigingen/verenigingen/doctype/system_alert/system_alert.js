// The two steps that a person can take; the server checks roles and refuses every other change.
frappe.ui.form.on("System Alert", {
	refresh(frm) {
		frm.disable_save();
		if (frm.doc.status === "Active") {
			frm.add_custom_button(__("Acknowledge"), () => take_step(frm, "acknowledge_alert", __("Acknowledge")));
		}
		if (frm.doc.status !== "Resolved") {
			frm.add_custom_button(__("Silence"), () => silence(frm));
			frm.add_custom_button(__("Resolve"), () => take_step(frm, "resolve_alert", __("Resolve")));
		}
		if (frm.doc.rule) {
			const runbook = `/monitoring_runbook?rule=${encodeURIComponent(frm.doc.rule)}`;
			frm.add_custom_button(__("Runbook"), () => window.open(runbook, "_blank", "noopener"));
		}
		frm.page.set_indicator(__(frm.doc.status), { Active: "red", Acknowledged: "orange", Resolved: "green" }[frm.doc.status]);
	},
});

function take_step(frm, method, label) {
	frappe.prompt(
		{ fieldname: "note", fieldtype: "Small Text", label: __("Note") },
		({ note }) => frappe
			.call({
				method: `verenigingen.verenigingen.doctype.system_alert.system_alert.${method}`,
				type: "POST",
				args: { alert_name: frm.doc.name, note: note || "" },
				freeze: true,
			})
			.then(() => frm.reload_doc()),
		label,
		label
	);
}

function silence(frm) {
	const choices = { "0": __("until it is resolved, then tell me"), "60": __("1 hour"), "480": __("8 hours"), "1440": __("1 day"), "10080": __("7 days") };
	const options = Object.entries(choices).map(([value, label]) => ({ value, label }));
	frappe.prompt(
		[
			{ fieldname: "minutes", fieldtype: "Select", label: __("How long"), options, default: "0", reqd: 1 },
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
		],
		({ minutes, reason }) => frappe
			.call({
				method: "verenigingen.www.monitoring_dashboard.silence_alert",
				type: "POST",
				args: { alert_name: frm.doc.name, minutes, reason },
				freeze: true,
			})
			.then(({ message }) => frappe.show_alert(message.message)),
		__("Silence"),
		__("Silence")
	);
}
