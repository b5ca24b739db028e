// A button on the batch: may it be sent? The server judges and writes the answer into the audit trail.
frappe.ui.form.on("Direct Debit Batch", {
	refresh(frm) {
		const roles = ["System Manager", "Verenigingen Administrator"];
		if (frm.is_new() || !roles.some((role) => frappe.user_roles.includes(role))) return;
		frm.add_custom_button(__("May it be sent?", null, "Monitoring"), () =>
			frappe
				.call({
					method: "verenigingen.sepa.check_batch",
					type: "POST",
					args: { batch: frm.doc.name },
					freeze: true,
					freeze_message: __("Looking at the batch and its file…", null, "Monitoring"),
				})
				.then(({ message: said }) => {
					if (!said) return;
					const colors = { "may be sent": "green", "must not be sent": "red" };
					const text = frappe.utils.escape_html(said.text);
					frappe.msgprint({
						title: __("May it be sent?", null, "Monitoring"),
						indicator: colors[said.answer] || "orange",
						message: `<pre style="white-space: pre-wrap">${text}</pre>`,
					});
				})
		);
	},
});
