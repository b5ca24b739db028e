// An audit entry can be read and nothing else.
frappe.ui.form.on("SEPA Audit Log", {
	refresh(frm) {
		frm.disable_save();
		frm.set_read_only();
		show_details(frm);
	},
});

function show_details(frm) {
	const shown = $("<pre>")
		.css({ "white-space": "pre-wrap", "overflow-wrap": "anywhere" })
		.text(indented(frm.doc.details)); // text(), because the details hold whatever a bank sent
	// a field of its own, because the stored one is hidden from everybody whom the server may not show it to
	frm.get_field("details_shown").$wrapper.empty().append(shown);
}

function indented(details) {
	try {
		// PostgreSQL hands out an object, MariaDB the text
		const parsed = typeof details === "string" ? JSON.parse(details || "{}") : details || {};
		return JSON.stringify(parsed, null, 2);
	} catch (error) {
		return details;
	}
}
