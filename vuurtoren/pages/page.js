(function () {
	const root = document.getElementById("monitoring");
	if (!root || !window.fetch || !window.DOMParser) return;
	const METHODS = "/api/method/" + root.dataset.methods + ".";
	const TIMEOUT_MS = 20000;
	const UNDO = { acknowledge: "unacknowledge", resolve: "reopen" };
	const PERIOD_MS = Number(root.dataset.refreshSeconds) * 1000;
	const content = document.getElementById("vm-content");
	// Forms that are filled in, files of the past and what lies beside these pages stay as they were read.
	const refreshes = root.dataset.refreshes === "1";
	let drawnAt = performance.now();
	let drawnOn = Date.now();
	let sentLast = content.innerHTML;
	let unreachableSince = null;
	let timer = null;
	let running = null;

	function say(text, alarm) {
		const line = document.getElementById("vm-live");
		line.textContent = text;
		line.classList.toggle("vm-alarm", Boolean(alarm));
	}

	// The tab says how many alerts nobody has acknowledged, and its icon how the site is.
	function dress() {
		const head = document.getElementById("vm-head");
		const colours = { ok: "#16794a", warning: "#c77700", critical: "#b3261e", unknown: "#5a4fb0", notice: "#1f5fbf" };
		const drawn = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="' + (colours[head.dataset.level] || "#57616d") + '"/></svg>';
		let icon = document.querySelector("link[rel~=icon]");
		if (!icon) icon = document.head.appendChild(Object.assign(document.createElement("link"), { rel: "icon" }));
		icon.href = "data:image/svg+xml," + encodeURIComponent(drawn);
		document.title = head.dataset.title;
	}

	// What is set as code can be copied whole, where the browser lets a page do so.
	function copies() {
		for (const button of content.querySelectorAll("[data-copies]")) button.hidden = !navigator.clipboard;
	}

	// Site time, as everywhere on the page: what the site said when it drew the page, and what has passed since.
	function clock() {
		const drawn = Number(document.getElementById("vm-clock").dataset.seconds);
		const seconds = Math.floor(drawn + (performance.now() - drawnAt) / 1000) % 86400;
		const parts = [seconds / 3600, (seconds / 60) % 60, seconds % 60];
		return parts.map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");
	}

	function fill(template, text) {
		return template.replace("{0}", text);
	}

	// Ages count on between refreshes, so that a page that cannot refresh shows how old its numbers are.
	function duration(seconds) {
		if (seconds < 120) return seconds + "\u202fs";
		if (seconds < 3600) return Math.floor(seconds / 60) + "\u202fmin";
		if (seconds < 86400) return two(seconds, 3600, root.dataset.saidHours, 60, "min");
		return two(seconds, 86400, root.dataset.saidDays, 3600, root.dataset.saidHours);
	}

	function two(seconds, large, largeName, small, smallName) {
		const whole = Math.floor(seconds / large);
		const rest = Math.floor((seconds % large) / small);
		if (whole >= 10 || !rest) return whole + "\u202f" + largeName;
		return whole + "\u202f" + largeName + " " + rest + "\u202f" + smallName;
	}

	function growOlder() {
		const passed = Math.round((performance.now() - drawnAt) / 1000);
		const shownClock = document.getElementById("vm-clock");
		const time = clock().slice(0, 5);
		if (shownClock.textContent !== time) shownClock.textContent = time;
		for (const time of content.querySelectorAll("time[data-seconds]")) {
			const age = Number(time.dataset.seconds) + passed;
			if (age < 0) continue;
			const text = age < 5 ? root.dataset.saidNow : fill(root.dataset.saidAgo, duration(age));
			if (time.textContent !== text) time.firstChild.nodeValue = text;
		}
	}

	// What the visitor did something with stays where it is until the page is loaded anew, with the answer in it.
	const acted = new Set();
	// What was chosen in a list and not sent yet.
	const chosen = new Map();

	function typed(node) {
		const notes = node.querySelectorAll ? Array.from(node.querySelectorAll("input[name=note]")) : [];
		return notes.some((note) => note.value.trim());
	}

	function stays(node) {
		return acted.has(node.id) || typed(node);
	}

	// What the site sent last is shown again when it has nothing new: what a visitor left may go now.
	function show(html) {
		merge(html || sentLast);
		if (html) {
			sentLast = html;
			drawnAt = performance.now();
			drawnOn = Date.now();
		}
		growOlder();
		copies();
		dress();
	}

	function merge(html) {
		const fresh = new DOMParser().parseFromString("<div>" + html + "</div>", "text/html").body.firstElementChild;
		mergeContent(content, fresh, stays, (node) => acted.has(node.id));
		for (const alert of content.querySelectorAll(".vm-alert")) sayWhetherListed(alert, fresh);
		for (const field of content.querySelectorAll("input[name=csrf_token]")) {
			field.value = field.value || root.dataset.csrfToken;
		}
		for (const list of content.querySelectorAll("select")) chooseAgain(list);
		readableCharts(content);
	}

	// An alert that ended, or that there is no room for any more, stays grey while it is needed here.
	function sayWhetherListed(alert, fresh) {
		const listed = fresh.querySelector("#" + CSS.escape(alert.id)) !== null;
		const line = alert.querySelector(":scope > .vm-over");
		alert.classList.toggle("vm-is-over", !listed);
		if (line) line.remove();
		if (listed) return;
		const ended = fresh.querySelector("#" + CSS.escape(alert.id.replace("vm-alert-", "vm-ended-")));
		const at = ended && ended.dataset.endedAt;
		for (const button of alert.querySelectorAll("button[name=action]")) button.disabled = Boolean(at) && button.value !== "comment";
		const said = at ? fill(root.dataset.saidEnded, at) : root.dataset.saidNotListed;
		const over = ownLine("vm-over", typed(alert) ? said + " " + root.dataset.saidNotSent : said);
		alert.insertBefore(over, alert.querySelector(":scope > .vm-answer"));
	}

	function chooseAgain(list) {
		const given = list.querySelector("option[selected]") || list.options[0];
		const wanted = chosen.has(list) ? chosen.get(list) : given && given.value;
		if (list.value !== wanted) list.value = wanted;
	}

	function ownLine(kind, text) {
		const line = document.createElement("p");
		line.className = kind;
		line.dataset.own = "";
		line.textContent = text;
		return line;
	}

	async function call(method, options) {
		const headers = Object.assign({ Accept: "application/json" }, options.headers);
		const fixed = { credentials: "same-origin", headers, signal: AbortSignal.timeout(TIMEOUT_MS) };
		const answer = await fetch(METHODS + method, Object.assign({}, options, fixed));
		const body = await answer.json().catch(() => ({}));
		if (answer.ok) return body.message;
		const refused = new Error(reasonOf(body) || answer.status + " " + answer.statusText);
		refused.status = answer.status;
		throw refused;
	}

	function reasonOf(body) {
		try {
			return JSON.parse(JSON.parse(body._server_messages)[0]).message.replace(/<[^>]*>/g, "");
		} catch (noMessage) {
			return (body.exception || "").split("\n")[0].replace(/^[\w.]+: /, "");
		}
	}

	// What is shown already is not sent again; after a sleep of this machine its ages are wrong, so all is.
	function seen() {
		const slept = Math.abs(Date.now() - drawnOn - (performance.now() - drawnAt)) > 2000;
		return slept ? "" : document.getElementById("vm-head").dataset.digest;
	}

	async function refresh() {
		try {
			const asked = new URLSearchParams({ here: root.dataset.here, seen: seen() });
			const html = await call("get_dashboard_html?" + asked, { cache: "no-store" });
			show(html);
			unreachableSince = null;
			say(fill(root.dataset.saidUpdated, clock()));
		} catch (failure) {
			if (failure.status === 401 || failure.status === 403) {
				say(root.dataset.saidLoggedOut, true);
				return false;
			}
			unreachableSince = unreachableSince || clock();
			say(fill(root.dataset.saidUnreachable, unreachableSince), true);
		}
		return true;
	}

	// One refresh at a time; the next one is planned when this one has ended.
	function refreshNow() {
		clearTimeout(timer);
		running = running || refresh().then(function (again) {
			running = null;
			if (again && refreshes && !document.hidden) timer = setTimeout(refreshNow, PERIOD_MS);
		});
		return running;
	}

	// Which method a button stands for, and how its arguments are named.
	function asked(form, action) {
		const given = (name) => (form.elements[name] ? form.elements[name].value : "");
		if (action === "end_silence") return ["end_silence", { name: given("silence"), reason: given("note") }];
		if (action === "maintenance") return ["open_maintenance_window", { minutes: given("minutes"), reason: given("note"), starts: given("starts"), repeats: given("repeats"), repeats_until: given("repeats_until"), spares_critical: form.querySelector("[name=spares_critical]:checked") ? "1" : "" }];
		if (action === "silence") return ["silence_alert", { alert_name: given("alert"), minutes: given("minutes"), reason: given("note") }];
		if (action === "assign") return ["assign_alert", { alert_name: given("alert"), user: given("user"), note: given("note") }];
		if (action === "verify_audit") return ["verify_audit_trail", {}];
		if (action.endsWith("_suggestion")) return [action, { name: given("suggestion") }];
		return [action + "_alert", { alert_name: given("alert"), note: given("note") }];
	}

	async function act(form, action, note) {
		const [method, fields] = asked(form, action);
		if ("note" in fields) fields.note = note;
		return call(method, {
			method: "POST",
			body: new URLSearchParams(fields),
			headers: { "X-Frappe-CSRF-Token": form.elements.csrf_token.value },
		});
	}

	// A verification answers with findings, every other step with one message.
	function told(done) {
		if (done.message) return done.message;
		const findings = done.findings.slice(0, 20).map((each) => each.kind + ": " + each.explanation);
		return [done.answer, ...findings].join("; ");
	}

	function notice(text, failed) {
		const line = document.getElementById("vm-notice");
		line.textContent = text;
		line.hidden = false;
		line.classList.toggle("vm-is-critical", failed);
		line.classList.toggle("vm-is-ok", !failed);
		line.focus();
	}

	// The answer stands in the alert that it is about, else above the alerts.
	function answer(name, text, failed, undo) {
		const alert = name && document.getElementById("vm-alert-" + slug(name));
		if (!alert) return notice(text, failed);
		const line = ownLine("vm-answer " + (failed ? "vm-is-critical" : "vm-is-ok"), text);
		line.tabIndex = -1;
		line.setAttribute("role", "status");
		if (undo) line.append(undoButton(undo));
		const before = alert.querySelector(":scope > .vm-answer");
		if (before) before.remove();
		alert.append(line);
		line.focus({ preventScroll: true });
		line.scrollIntoView({ block: "nearest" });
	}

	function undoButton(action) {
		const button = document.createElement("button");
		button.type = "button";
		button.className = "vm-button";
		button.dataset.undo = action;
		button.textContent = root.dataset.saidUndo;
		return button;
	}

	function slug(name) {
		return name.replace(/[^A-Za-z0-9]/g, "-");
	}

	// Undo sends no note: what is typed there by now is about something else.
	async function carryOut(form, action, undoes) {
		const name = form.elements.alert ? form.elements.alert.value : "";
		const note = undoes ? null : form.elements.note;
		const sent = note ? note.value : "";
		const buttons = form.querySelectorAll("button:not([disabled])");
		if (name) acted.add("vm-alert-" + slug(name));
		buttons.forEach((button) => (button.disabled = true));
		try {
			const done = await act(form, action, sent);
			if (note && note.value === sent) note.value = "";
			for (const list of form.querySelectorAll("select")) chosen.delete(list);
			buttons.forEach((button) => (button.disabled = false));
			await running;
			await refreshNow();
			answer(name, told(done), done.exit_code === 1, UNDO[action]);
		} catch (failure) {
			buttons.forEach((button) => (button.disabled = false));
			answer(name, fill(root.dataset.saidFailed, failure.message), true);
		}
	}

	root.addEventListener("submit", function (event) {
		const form = event.target;
		if (!refreshes || !form.matches(".vm-act") || !event.submitter) return;
		event.preventDefault();
		carryOut(form, event.submitter.value);
	});

	root.addEventListener("change", (event) => event.target.matches("select") && chosen.set(event.target, event.target.value));

	root.addEventListener("click", function (event) {
		const undo = event.target.closest("[data-undo]");
		const copy = event.target.closest("[data-copies]");
		if (copy) navigator.clipboard.writeText(document.getElementById(copy.dataset.copies).textContent);
		if (undo) carryOut(undo.closest(".vm-alert").querySelector("form.vm-act"), undo.dataset.undo, true);
		if (!refreshes || !event.target.closest("#vm-refresh")) return;
		event.preventDefault();
		refreshNow();
	});

	document.addEventListener("visibilitychange", function () {
		if (document.hidden) {
			clearTimeout(timer);
			if (refreshes) say(root.dataset.saidPaused);
		} else if (refreshes) {
			refreshNow();
		}
	});
	document.documentElement.style.overflowAnchor = "none"; // a refresh holds the page still by itself
	startReading(root);
	readableCharts(content);
	const current = content.querySelector(".vm-nav [aria-current]");
	if (current) current.closest("ul").scrollLeft = current.offsetLeft - 60;
	copies();
	dress();
	setInterval(growOlder, 1000);
	if (refreshes) timer = setTimeout(refreshNow, PERIOD_MS);
})();
