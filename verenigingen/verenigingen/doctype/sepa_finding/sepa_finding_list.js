// What is open stands out, by how soon somebody has to act.
const FINDING_COLOURS = { C: "red", H: "orange", M: "blue", I: "gray" };

frappe.listview_settings["SEPA Finding"] = {
	hide_name_column: true,
	add_fields: ["severity"],
	get_indicator(doc) {
		const colour = doc.status === "Open" ? FINDING_COLOURS[doc.severity] : "gray";
		return [__(doc.status, null, "Monitoring"), colour, `status,=,${doc.status}`];
	},
};
