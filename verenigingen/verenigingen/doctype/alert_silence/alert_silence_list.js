// Which silences still hold.
frappe.listview_settings["Alert Silence"] = {
	hide_name_column: true,
	add_fields: ["ended_at"],
	get_indicator(doc) {
		return doc.ended_at ? [__("Ended", null, "Monitoring"), "gray", "ended_at,is,set"] : [__("Holds", null, "Monitoring"), "orange", "ended_at,is,not set"];
	},
};
