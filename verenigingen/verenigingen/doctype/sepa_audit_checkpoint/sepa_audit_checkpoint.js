// A checkpoint is read and nothing else.
frappe.ui.form.on("SEPA Audit Checkpoint", {
	refresh(frm) {
		frm.disable_save();
		frm.set_read_only();
	},
});
