// “Who would have heard of what?” for the values of the form, saved or not.
frappe.ui.form.on("Alert Route", {
	refresh(frm) {
		frm.add_custom_button(__("Who would have heard of what?", null, "Monitoring"), () => {
			const fields = frm.meta.fields.filter((field) => frappe.model.is_value_type(field));
			const record = Object.fromEntries(fields.map(({ fieldname }) => [fieldname, frm.doc[fieldname]]));
			frappe
				.call({
					method: "verenigingen.www.monitoring_dashboard.preview_route",
					type: "POST",
					args: { record: JSON.stringify({ ...record, name: frm.is_new() ? "" : frm.doc.name }) },
					freeze: true,
					freeze_message: __("Looking back 31 days", null, "Monitoring"),
				})
				.then(({ message }) => {
					const dialog = new frappe.ui.Dialog({
						title: __("Who would have heard of what?", null, "Monitoring"),
						size: "large",
						fields: [{ fieldtype: "HTML", fieldname: "answer" }],
					});
					// escaped by the server
					dialog.fields_dict.answer.$wrapper.html(message.html);
					dialog.show();
				});
		});
	},
});
