// The list says of each entry whether it is as it was sealed, and lets those who may verify the trail do so.
frappe.listview_settings["SEPA Audit Log"] = {
	hide_name_column: true,
	onload(listview) {
		const may = ["Kascommissie", "Verenigingen Kascommissie", "Verenigingen Administrator", "System Manager"];
		if (frappe.user.has_role(may)) {
			listview.page.add_inner_button(__("Verify the trail", null, "Monitoring"), () => verify_the_trail(listview));
		}
	},
	refresh(listview) {
		show_states(listview);
	},
};

function show_states(listview) {
	const names = (listview.data || []).map((row) => row.name);
	if (!names.length) {
		return;
	}
	frappe.call({
		method: "verenigingen.verenigingen.doctype.sepa_audit_log.sepa_audit_log.shown_states",
		type: "GET",
		args: { names: JSON.stringify(names) },
		callback(answer) {
			for (const [name, text] of Object.entries(answer.message || {})) {
				const box = listview.$result.find(".list-row-checkbox").filter((_, each) => each.dataset.name === name);
				const subject = box.closest(".list-row").find(".list-subject");
				subject.find(".audit-state").remove();
				$("<span class='audit-state text-muted small ml-2'>").text(text).attr("title", text).appendTo(subject);
			}
		},
	});
}

function verify_the_trail(listview) {
	frappe.call({
		method: "verenigingen.www.monitoring_dashboard.verify_audit_trail",
		type: "POST",
		freeze: true,
		freeze_message: __("Verifying the audit trail", null, "Monitoring"),
		callback(answer) {
			if (answer.message) {
				show_findings(answer.message);
				listview.refresh();
			}
		},
	});
}

function show_findings(found) {
	const dialog = new frappe.ui.Dialog({ title: __("Verification of the audit trail", null, "Monitoring"), size: "large" });
	const body = $(dialog.body).append($("<p>").text(found.answer)); // text(), because findings quote rows
	const list = $("<ul>").appendTo(body);
	for (const each of found.findings) {
		const where = ["position", "event", "row", "checkpoint"]
			.filter((place) => each[place] !== null)
			.map((place) => `${place} ${each[place]}`)
			.join(", ");
		$("<li>").text([each.kind, where, each.explanation].filter(Boolean).join(": ")).appendTo(list);
	}
	if (found.more_findings) {
		$("<p>").text(__("And {0} more.", [found.more_findings], "Monitoring")).appendTo(body);
	}
	dialog.show();
}
