// A kind of error as a page: how often it came, in a chart, and what people may do about it in the monitoring.
const BARS = 48;
const HOUR = /^[0-9T: -]+$/;

frappe.ui.form.on("Error Kind", {
	refresh(frm) {
		frm.disable_save();
		if (frm.is_new()) return;
		const page = `/monitoring_dashboard/error/${encodeURIComponent(frm.doc.name)}`;
		frm.add_custom_button(__("Open in the monitoring", null, "Monitoring"), () => window.open(page, "_blank", "noopener"));
		if (frm.doc.last_doctype && frm.doc.last_document && frappe.model.can_read(frm.doc.last_doctype)) {
			frm.add_custom_button(__("Last document", null, "Monitoring"), () => frappe.set_route("Form", frm.doc.last_doctype, frm.doc.last_document));
		}
		show_hours(frm);
	},
});

function show_hours(frm) {
	const wrapper = frm.get_field("hours_chart").$wrapper.empty();
	let hours = {};
	try {
		hours = JSON.parse(frm.doc.hours || "{}") || {};
	} catch {
		hours = {};
	}
	const newest = Object.keys(hours).filter((hour) => HOUR.test(hour)).sort().slice(-BARS);
	if (!newest.length) {
		wrapper.html(`<p class="text-muted">${__("No hour is on record.", null, "Monitoring")}</p>`);
		return;
	}
	new frappe.Chart(wrapper[0], {
		type: "bar",
		height: 180,
		colors: ["#b42318"],
		axisOptions: { xAxisMode: "tick", xIsSeries: 1 },
		data: { labels: newest.map((hour) => hour.replace("T", " ")), datasets: [{ name: __("Count", null, "Monitoring"), values: newest.map((hour) => Number(hours[hour]) || 0) }] },
	});
}
