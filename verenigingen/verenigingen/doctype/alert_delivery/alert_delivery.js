// A message as a page: what became of it, in the colour of its outcome, and the way back to its alert.
const OUTCOMES = { Proven: "green", Failed: "red", "Given up": "red", "Not proven": "orange" };

frappe.ui.form.on("Alert Delivery", {
	refresh(frm) {
		frm.disable_save();
		frm.page.set_indicator(__(frm.doc.status, null, "Monitoring"), OUTCOMES[frm.doc.status] || "blue");
		if (frm.doc.alert) {
			frm.add_custom_button(__("Open the alert", null, "Monitoring"), () => frappe.set_route("Form", "System Alert", frm.doc.alert));
		}
		if (frm.doc.failure) frm.set_intro(frappe.utils.escape_html(frm.doc.failure), "orange");
	},
});
