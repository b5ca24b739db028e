// The numbers of a day lie packed in one text; their course is drawn by the page of the monitoring.
frappe.ui.form.on("Metric Series", {
	refresh(frm) {
		frm.disable_save();
		if (frm.is_new()) return;
		const page = `/monitoring_dashboard/metric/${encodeURIComponent(frm.doc.metric)}`;
		const open = __("Open in the monitoring", null, "Monitoring");
		frm.add_custom_button(open, () => window.open(page, "_blank", "noopener"));
		frm.get_field("course").$wrapper.html(`<p><a href="${page}" target="_blank" rel="noopener">${__("The course of this number, drawn", null, "Monitoring")}</a></p>`);
	},
});
