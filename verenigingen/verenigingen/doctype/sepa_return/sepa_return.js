// Saying that it is done is a statement of a person; the server checks roles and writes it into the trail.
frappe.ui.form.on("SEPA Return", {
	refresh(frm) {
		frm.disable_save();
		if (frm.doc.state !== "To Do") return;
		for (const [state, label] of [["Done", __("It is done", null, "Monitoring")], ["Not Needed", __("Nothing is needed", null, "Monitoring")]]) {
			frm.add_custom_button(label, () =>
				frappe.prompt(
					[{ fieldname: "how", fieldtype: "Small Text", label: __("How", null, "Monitoring"), reqd: 1 }],
					(given) =>
						frappe
							.call({
								method: "verenigingen.www.monitoring_sepa.settle_return",
								type: "POST",
								args: { name: frm.doc.name, state, how: given.how },
								freeze: true,
							})
							.then(() => frm.reload_doc()),
					label
				)
			);
		}
	},
});
