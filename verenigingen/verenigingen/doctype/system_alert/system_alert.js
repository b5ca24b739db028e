// What a person can do about an alert; the server checks roles and refuses every other change.
const PAGE = "verenigingen.www.monitoring_dashboard.";
// Data, as Frappe draws what is typed into a Small Text as markup.
const WORDS = { fieldtype: "Data", length: 2000 };
const INDICATORS = { Active: "red", Acknowledged: "orange", Resolved: "green" };

frappe.ui.form.on("System Alert", {
	refresh(frm) {
		frm.disable_save();
		if (frm.doc.status === "Active") {
			frm.add_custom_button(__("Acknowledge", null, "Monitoring"), () => with_note(frm, "acknowledge_alert", __("Acknowledge", null, "Monitoring")));
		}
		if (frm.doc.status === "Acknowledged") {
			const label = __("Take back the acknowledgement", null, "Monitoring");
			frm.add_custom_button(label, () => with_note(frm, "unacknowledge_alert", label));
		}
		if (frm.doc.status === "Resolved" && frm.doc.resolved_by) {
			frm.add_custom_button(__("Reopen", null, "Monitoring"), () => with_note(frm, "reopen_alert", __("Reopen", null, "Monitoring")));
		}
		if (frm.doc.status !== "Resolved") {
			frm.add_custom_button(__("Assign", null, "Monitoring"), () => assign(frm));
			frm.add_custom_button(__("Silence", null, "Monitoring"), () => silence(frm));
			frm.add_custom_button(__("Resolve", null, "Monitoring"), () => with_note(frm, "resolve_alert", __("Resolve", null, "Monitoring")));
		}
		frm.add_custom_button(__("Comment", null, "Monitoring"), () => with_note(frm, "comment_alert", __("Comment", null, "Monitoring"), true));
		if (!frm.is_new()) {
			const page = `/monitoring_dashboard/alert/${encodeURIComponent(frm.doc.name)}`;
			frm.add_custom_button(__("Open in the monitoring", null, "Monitoring"), () => window.open(page, "_blank", "noopener"));
		}
		if (frm.doc.rule) {
			const runbook = `/monitoring_runbook?rule=${encodeURIComponent(frm.doc.rule)}`;
			frm.add_custom_button(__("Runbook", null, "Monitoring"), () => window.open(runbook, "_blank", "noopener"));
		}
		frm.page.set_indicator(__(frm.doc.status, null, "Monitoring"), INDICATORS[frm.doc.status]);
		show_facts(frm);
		show_steps(frm);
	},
});

// What was measured and found, in rows instead of JSON; texts are texts, whoever wrote them.
function show_facts(frm) {
	let facts = null;
	try {
		facts = JSON.parse(frm.doc.details || "{}");
	} catch {
		facts = { text: frm.doc.details };
	}
	const rows = Object.entries(facts && typeof facts === "object" ? facts : { text: facts })
		.filter(([key, value]) => key !== "evidence_words" && value !== null && in_words(value).trim())
		.map(([key, value]) => `<tr><th scope="row" class="text-muted" style="width: 30%">${frappe.utils.escape_html(__(frappe.unscrub(key), null, "Monitoring"))}</th><td style="overflow-wrap: anywhere; white-space: pre-line">${frappe.utils.escape_html(in_words(value))}</td></tr>`);
	frm.get_field("facts").$wrapper.html(rows.length ? `<table class="table table-sm">${rows.join("")}</table>` : "");
}

function in_words(value) {
	if (Array.isArray(value)) return value.map(in_words).join("\n");
	if (value && typeof value === "object") {
		return Object.entries(value).map(([key, each]) => `${frappe.unscrub(key)}: ${in_words(each)}`).join(", ");
	}
	return String(value);
}

function call(frm, method, args) {
	return frappe
		.call({ method: PAGE + method, type: "POST", args: { alert_name: frm.doc.name, ...args }, freeze: true })
		.then(({ message }) => {
			frappe.show_alert(frappe.utils.escape_html(message.message));
			return frm.reload_doc();
		});
}

function with_note(frm, method, label, reqd = false) {
	const note = { ...WORDS, fieldname: "note", label: __("Note", null, "Monitoring"), reqd };
	frappe.prompt(note, (given) => call(frm, method, { note: given.note || "" }), label, label);
}

function assign(frm) {
	frappe.call({ method: PAGE + "get_assignable_users", type: "GET" }).then(({ message }) => {
		const fields = [
			{ fieldname: "user", fieldtype: "Select", label: __("Assigned to", null, "Monitoring"), options: ["", ...message], default: frm.doc.assigned_to || frappe.session.user, description: __("Empty: to nobody", null, "Monitoring") },
			{ ...WORDS, fieldname: "note", label: __("Note", null, "Monitoring") },
		];
		const label = __("Assign", null, "Monitoring");
		frappe.prompt(fields, ({ user, note }) => call(frm, "assign_alert", { user: user || "", note: note || "" }), label, label);
	});
}

function silence(frm) {
	const choices = { "0": __("until it is resolved, then tell me", null, "Monitoring"), "60": __("1 hour", null, "Monitoring"), "480": __("8 hours", null, "Monitoring"), "1440": __("1 day", null, "Monitoring"), "10080": __("7 days", null, "Monitoring") };
	const options = Object.entries(choices).map(([value, label]) => ({ value, label }));
	const fields = [
		{ fieldname: "minutes", fieldtype: "Select", label: __("How long", null, "Monitoring"), options, default: "0", reqd: 1 },
		{ ...WORDS, fieldname: "reason", label: __("Reason", null, "Monitoring"), reqd: 1 },
	];
	const label = __("Silence", null, "Monitoring");
	frappe.prompt(fields, ({ minutes, reason }) => call(frm, "silence_alert", { minutes, reason }), label, label);
}

function show_steps(frm) {
	const args = { alert_name: frm.doc.name };
	frappe.call({ method: PAGE + "get_alert_steps", type: "GET", args }).then(({ message }) => {
		const rows = message.map((step) => {
			const by = step.step_by ? ` · ${frappe.utils.escape_html(step.step_by)}` : "";
			const to = step.assignee ? `: ${frappe.utils.escape_html(step.assignee)}` : "";
			const note = step.note ? `<div class="text-muted" style="white-space: pre-line">${frappe.utils.escape_html(step.note)}</div>` : "";
			const at = frappe.datetime.str_to_user(String(step.at).split(".")[0]);
			return `<li class="mb-2"><strong>${__(step.step, null, "Monitoring")}</strong>${to}${by} <span class="text-muted">${at}</span>${note}</li>`;
		});
		frm.get_field("steps").$wrapper.html(rows.length ? `<ol class="pl-3">${rows.join("")}</ol>` : `<p class="text-muted">${__("No step is on record.", null, "Monitoring")}</p>`);
	});
}
