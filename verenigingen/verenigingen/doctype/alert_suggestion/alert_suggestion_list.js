// What still waits for a decision stands out.
const DECISION_COLOURS = { Open: "blue", Applied: "green", Reverted: "gray", Dismissed: "gray", Outdated: "gray" };

frappe.listview_settings["Alert Suggestion"] = {
	hide_name_column: true,
	get_indicator(doc) {
		return [__(doc.status, null, "Monitoring"), DECISION_COLOURS[doc.status], `status,=,${doc.status}`];
	},
};
