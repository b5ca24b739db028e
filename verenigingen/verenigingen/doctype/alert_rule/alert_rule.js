// Metrics and keys are chosen from what this site measures; a shipped rule shows its own values as hints.
frappe.ui.form.on("Alert Rule", {
	refresh(frm) {
		frappe
			.call({
				method: "verenigingen.verenigingen.doctype.alert_rule.alert_rule.get_choices",
				type: "GET",
			})
			.then(({ message }) => {
				frm.alert_choices = message;
				const metrics = Object.entries(message.metrics);
				const options = metrics.map(([key, unit]) => ({ value: key, label: key, description: unit }));
				frm.set_df_property("metric", "options", options);
				frm.fields_dict.metric.set_data(options); // an input that is there already reads no options again
				frm.trigger("show_shipped");
			});
	},
	rule_key(frm) {
		frm.trigger("show_shipped");
	},
	metric(frm) {
		frm.set_value("unit", frm.alert_choices?.metrics[frm.doc.metric] || "");
	},
	show_shipped(frm) {
		const shipped = frm.alert_choices?.rules[frm.doc.rule_key];
		const fields = ["title", "metric", "operator", "threshold", "critical_threshold", "severity"];
		fields.push("judged", "pending_for", "keep_firing_for", "unknown_for", "summary", "runbook", "links");
		for (const field of fields) {
			const control = frm.fields_dict[field];
			control.$input?.attr("placeholder", shipped ? shipped[field] : "");
		}
		for (const field of ["title", "metric", "operator", "threshold", "severity"])
			frm.set_df_property(field, "reqd", shipped ? 0 : 1);
		for (const field of ["metric", "operator"]) frm.set_df_property(field, "read_only", shipped ? 1 : 0);
		frm.set_intro(""); // Frappe puts one intro below the other
		frm.set_intro(
			shipped
				? __("This changes the shipped rule “{0}” about {1}. Fields left empty keep the shipped value.", [shipped.title, shipped.metric], "Monitoring")
				: __("This adds a rule of its own.", null, "Monitoring")
		);
	},
});

// “What would this have done?” for the values of the form, saved or not.
frappe.ui.form.on("Alert Rule", {
	refresh(frm) {
		frm.add_custom_button(__("What would this have done?", null, "Monitoring"), () => {
			// of the DocType, not of the form: the form hides the key of a saved rule, and what is empty
			const fields = frm.meta.fields.filter((field) => frappe.model.is_value_type(field));
			const record = Object.fromEntries(fields.map(({ fieldname }) => [fieldname, frm.doc[fieldname]]));
			frappe
				.call({
					method: "verenigingen.www.monitoring_backtest.backtest_form",
					type: "POST",
					args: { record: JSON.stringify(record), days: 90 },
					freeze: true,
					freeze_message: __("Looking back 90 days", null, "Monitoring"),
				})
				.then(({ message }) => {
					const dialog = new frappe.ui.Dialog({
						title: __("What would this have done?", null, "Monitoring"),
						size: "extra-large",
						fields: [{ fieldtype: "HTML", fieldname: "answer" }],
					});
					// escaped by the server
					dialog.fields_dict.answer.$wrapper.html(message.html);
					dialog.show();
				});
		});
	},
});
