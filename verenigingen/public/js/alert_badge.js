// How many alerts are open, in the bar of the desk: a number for those who may act on them, a question mark while
// nobody knows. It stands beside the bell, wherever this version of Frappe has that.
(function () {
	"use strict";
	const ASK = "/api/method/verenigingen.desk.alert_badge";
	const PAGE = "/monitoring_dashboard/alerts";
	const PEOPLE = ["System Manager", "Verenigingen Administrator"];
	const ASK_AGAIN_MS = 120000;
	let askedAt = null;
	let told = null;

	function mine() {
		const roles = (window.frappe && frappe.boot && frappe.boot.user && frappe.boot.user.roles) || [];
		return PEOPLE.some((role) => roles.includes(role));
	}

	function put(badge) {
		const bell = document.querySelector(".navbar .dropdown-notifications");
		if (bell) return bell.before(badge);
		const bar = document.querySelector(".body-sidebar .standard-items-sections");
		if (bar) return bar.append(badge);
	}

	function words(count) {
		if (count.open === null) return __("How many alerts are open is unknown: the monitor does not judge.", null, "Monitoring");
		return __("Open alerts: {0}, of them HIGH or CRITICAL: {1}", [count.open, count.severe], "Monitoring");
	}

	function show() {
		let badge = document.getElementById("verenigingen-alert-badge");
		if (!told || told.open === 0) {
			if (badge) badge.remove();
			return;
		}
		if (!badge) {
			badge = document.createElement("li");
			badge.id = "verenigingen-alert-badge";
			badge.className = "nav-item";
			badge.style.cssText = "list-style:none;display:flex;align-items:center;padding:0 8px";
			put(badge);
		}
		const link = document.createElement("a");
		link.href = PAGE;
		link.textContent = told.open === null ? "?" : told.open;
		link.title = words(told);
		link.setAttribute("aria-label", link.title);
		link.style.cssText =
			"min-width:20px;padding:1px 6px;border-radius:10px;text-align:center;font-size:12px;color:#fff;background:" +
			(told.severe ? "#b42318" : told.open === null ? "#525252" : "#8a4b08");
		badge.replaceChildren(link);
	}

	function judge(answer) {
		const count = answer && answer.message;
		if (!count || (count.open !== null && typeof count.open !== "number")) return;
		told = count;
		show();
	}

	// Of a page change without a question the badge comes back all the same, where the bar was drawn anew.
	function ask() {
		if (!mine()) return;
		show();
		if (askedAt !== null && Date.now() - askedAt < ASK_AGAIN_MS) return;
		askedAt = Date.now();
		fetch(ASK, { headers: { Accept: "application/json" }, credentials: "same-origin", cache: "no-store" })
			.then((response) => response.json())
			.then(judge)
			.catch(() => {});
	}

	$(document).on("app_ready page-change", ask);
	$(ask);
})();
