// What is open stands out: Frappe itself would draw “Active” in green.
const STATUS_COLOURS = { Active: "red", Acknowledged: "orange", Resolved: "green" };
const SEVERITY_COLOURS = { LOW: "blue", MEDIUM: "yellow", HIGH: "orange", CRITICAL: "red" };

frappe.listview_settings["System Alert"] = {
	hide_name_column: true,
	add_fields: ["severity"],
	get_indicator(doc) {
		return [__(doc.status, null, "Monitoring"), STATUS_COLOURS[doc.status], `status,=,${doc.status}`];
	},
	formatters: {
		severity(value) {
			const colour = SEVERITY_COLOURS[value] || "gray";
			return `<span class="indicator-pill ${colour} ellipsis">${frappe.utils.escape_html(__(value, null, "Monitoring"))}</span>`;
		},
	},
};
