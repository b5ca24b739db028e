// A change is read and nothing else.
frappe.ui.form.on("Alert Rule Change", {
	refresh(frm) {
		frm.disable_save();
	},
});
