// What still waits for somebody stands out.
const RETURN_COLOURS = { "To Do": "orange", Done: "green", "Not Needed": "gray" };

frappe.listview_settings["SEPA Return"] = {
	hide_name_column: true,
	get_indicator(doc) {
		return [__(doc.state, null, "Monitoring"), RETURN_COLOURS[doc.state], `state,=,${doc.state}`];
	},
};
