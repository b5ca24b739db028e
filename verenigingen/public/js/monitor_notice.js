// A notice on every desk page while the monitor is silent: whoever opens the desk is a witness too.
(function () {
	"use strict";
	const HEALTH = "/api/method/verenigingen.www.monitoring_dashboard.health";
	const PAGE = "/monitoring_dashboard";
	const PEOPLE = ["System Manager", "Verenigingen Administrator"];
	const ASK_AGAIN_MS = 120000;
	let askedAt = null;

	function mine() {
		const roles = (window.frappe && frappe.boot && frappe.boot.user && frappe.boot.user.roles) || [];
		return PEOPLE.some((role) => roles.includes(role));
	}

	// An age below zero lies in the future, and is none.
	function aged(health) {
		return typeof health.age_seconds === "number" && health.age_seconds >= 0;
	}

	function words(health) {
		if (health.status === "never ran") return __("The monitor of this site has never run: nobody is told of a problem.", null, "Monitoring");
		if (health.status === "failing") {
			return __("The monitor of this site runs, but cannot do its work: {0}", [health.because || __("see the monitoring page", null, "Monitoring")], "Monitoring");
		}
		if (health.status !== "silent" || !aged(health)) {
			return __("When the monitor of this site last ran is unknown: the clock or the time zone was changed.", null, "Monitoring");
		}
		const minutes = Math.floor(health.age_seconds / 60);
		return __("The monitor of this site has been silent for {0} minutes: nobody is told of a problem.", [minutes], "Monitoring");
	}

	function show(text) {
		let notice = document.getElementById("verenigingen-monitor-notice");
		if (!text) {
			if (notice) notice.remove();
			return;
		}
		if (!notice) {
			notice = document.createElement("div");
			notice.id = "verenigingen-monitor-notice";
			notice.setAttribute("role", "alert");
			notice.style.cssText =
				"position:fixed;left:0;right:0;bottom:0;z-index:1030;padding:8px 16px;text-align:center;background:#b42318;color:#fff";
			document.body.appendChild(notice);
		}
		const link = document.createElement("a");
		link.href = PAGE;
		link.textContent = __("Open the monitoring page", null, "Monitoring");
		link.style.cssText = "color:#fff;text-decoration:underline;margin-left:8px";
		notice.replaceChildren(document.createTextNode(text), link);
	}

	// Only an answer of ours counts: a server in maintenance says 503 too, and a lost network says nothing.
	function judge(answer) {
		const health = answer && answer.message;
		if (!health || typeof health.status !== "string") return;
		show(health.status === "ok" && aged(health) ? "" : words(health));
	}

	function ask() {
		if (!mine() || (askedAt !== null && Date.now() - askedAt < ASK_AGAIN_MS)) return;
		askedAt = Date.now();
		fetch(HEALTH, { headers: { Accept: "application/json" }, credentials: "same-origin", cache: "no-store" })
			.then((response) => response.json())
			.then(judge)
			.catch(() => {});
	}

	$(document).on("app_ready page-change", ask);
	$(ask);
})();
