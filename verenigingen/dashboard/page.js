(function () {
	"use strict";
	const root = document.getElementById("monitoring");
	if (!root || !window.fetch || !window.DOMParser) return;
	const METHODS = "/api/method/verenigingen.www.monitoring_dashboard.";
	const TIMEOUT_MS = 20000;
	const PERIOD_MS = Number(root.dataset.refreshSeconds) * 1000;
	const content = document.getElementById("vm-content");
	let drawnAt = performance.now();
	let unreachableSince = null;
	let timer = null;
	let running = null;

	function say(text, alarm) {
		const line = document.getElementById("vm-live");
		line.textContent = text;
		line.classList.toggle("vm-alarm", Boolean(alarm));
	}

	function clock(moment) {
		return moment.toLocaleTimeString([], { hour12: false });
	}

	function fill(template, text) {
		return template.replace("{0}", text);
	}

	// Ages count on between refreshes, so that a page that cannot refresh shows how old its numbers are.
	function duration(seconds) {
		if (seconds < 120) return seconds + "\u202fs";
		if (seconds < 3600) return Math.floor(seconds / 60) + "\u202fmin";
		if (seconds < 86400) return two(seconds, 3600, "h", 60, "min");
		return two(seconds, 86400, root.dataset.saidDays, 3600, "h");
	}

	function two(seconds, large, largeName, small, smallName) {
		const whole = Math.floor(seconds / large);
		const rest = Math.floor((seconds % large) / small);
		if (whole >= 10 || !rest) return whole + "\u202f" + largeName;
		return whole + "\u202f" + largeName + " " + rest + "\u202f" + smallName;
	}

	function growOlder() {
		const passed = Math.round((performance.now() - drawnAt) / 1000);
		for (const time of content.querySelectorAll("time[data-seconds]")) {
			const age = Number(time.dataset.seconds) + passed;
			if (age < 0) continue;
			const text = age < 5 ? root.dataset.saidNow : fill(root.dataset.saidAgo, duration(age));
			if (time.textContent !== text) time.textContent = text;
		}
	}

	// New numbers are written into the nodes that are there, so that focus, scroll, open details and half
	// written notes stay.
	function sameNode(one, other) {
		return one.nodeType === other.nodeType && one.nodeName === other.nodeName && (one.id || "") === (other.id || "");
	}

	function merge(from, to) {
		if (from.nodeType !== Node.ELEMENT_NODE) {
			if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
			return;
		}
		if (from.hasAttribute("data-keep")) return;
		mergeAttributes(from, to);
		mergeChildren(from, to);
	}

	function mergeAttributes(from, to) {
		const own = from.nodeName === "DETAILS" ? ["open"] : [];
		for (const name of from.getAttributeNames()) {
			if (!to.hasAttribute(name) && !own.includes(name)) from.removeAttribute(name);
		}
		for (const name of to.getAttributeNames()) {
			const value = to.getAttribute(name);
			if (!own.includes(name) && from.getAttribute(name) !== value) from.setAttribute(name, value);
		}
	}

	function mergeChildren(from, to) {
		let here = from.firstChild;
		for (const wanted of Array.from(to.childNodes)) {
			const match = find(here, wanted);
			if (!match) {
				from.insertBefore(document.importNode(wanted, true), here);
				continue;
			}
			while (here !== match) here = drop(here);
			merge(match, wanted);
			here = match.nextSibling;
		}
		while (here) here = drop(here);
	}

	function drop(node) {
		const next = node.nextSibling;
		node.remove();
		return next;
	}

	// An element with an id may have moved further down; one without stands where it stood.
	function find(here, wanted) {
		if (here && sameNode(here, wanted)) return here;
		if (!wanted.id) return null;
		for (let node = here; node; node = node.nextSibling) if (sameNode(node, wanted)) return node;
		return null;
	}

	function show(html) {
		const fresh = new DOMParser().parseFromString("<div>" + html + "</div>", "text/html");
		const focused = document.activeElement;
		mergeChildren(content, fresh.body.firstElementChild);
		if (focused && focused !== document.body && !focused.isConnected) document.getElementById("vm-main").focus();
		for (const field of content.querySelectorAll("input[name=csrf_token]")) {
			field.value = field.value || root.dataset.csrfToken;
		}
		drawnAt = performance.now();
		growOlder();
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

	async function refresh() {
		try {
			show(await call("get_dashboard_html", { cache: "no-store" }));
			unreachableSince = null;
			say(fill(root.dataset.saidUpdated, clock(new Date())));
		} catch (failure) {
			if (failure.status === 401 || failure.status === 403) {
				say(root.dataset.saidLoggedOut, true);
				return false;
			}
			unreachableSince = unreachableSince || new Date();
			say(fill(root.dataset.saidUnreachable, clock(unreachableSince)), true);
		}
		return true;
	}

	// One refresh at a time; the next one is planned when this one has ended.
	function refreshNow() {
		clearTimeout(timer);
		running = running || refresh().then(function (again) {
			running = null;
			if (again && !document.hidden) timer = setTimeout(refreshNow, PERIOD_MS);
		});
		return running;
	}

	// Which method a button stands for, and how its arguments are named.
	function asked(form, action) {
		const given = (name) => (form.elements[name] ? form.elements[name].value : "");
		if (action === "end_silence") return ["end_silence", { name: given("silence"), reason: given("note") }];
		if (action === "maintenance") return ["open_maintenance_window", { minutes: given("minutes"), reason: given("note") }];
		if (action === "silence") return ["silence_alert", { alert_name: given("alert"), minutes: given("minutes"), reason: given("note") }];
		if (action === "assign") return ["assign_alert", { alert_name: given("alert"), user: given("user"), note: given("note") }];
		if (action === "verify_audit") return ["verify_audit_trail", {}];
		if (action.endsWith("_suggestion")) return [action, { name: given("suggestion") }];
		return [action + "_alert", { alert_name: given("alert"), note: given("note") }];
	}

	async function act(form, action) {
		const [method, fields] = asked(form, action);
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

	root.addEventListener("submit", async function (event) {
		const form = event.target;
		if (!form.matches(".vm-act") || !event.submitter) return;
		event.preventDefault();
		const buttons = form.querySelectorAll("button");
		buttons.forEach((button) => (button.disabled = true));
		try {
			const done = await act(form, event.submitter.value);
			if (form.elements.note) form.elements.note.value = "";
			await running;
			await refreshNow();
			notice(told(done), done.exit_code === 1);
		} catch (failure) {
			notice(fill(root.dataset.saidFailed, failure.message), true);
		}
		buttons.forEach((button) => (button.disabled = false));
	});

	root.addEventListener("click", function (event) {
		if (!event.target.closest("#vm-refresh")) return;
		event.preventDefault();
		refreshNow();
	});

	// The pointer reads a chart off.
	const SVG = "http://www.w3.org/2000/svg";

	function pointer(chart, event) {
		const plot = chart.querySelector("svg");
		if (!plot || !chart.dataset.readings) return;
		const box = plot.getBoundingClientRect();
		const at = ((event.clientX - box.left) / box.width) * 1000;
		let nearest = null;
		for (const reading of chart.dataset.readings.split("|")) {
			const [place, text] = reading.split("=");
			if (!nearest || Math.abs(place - at) < Math.abs(nearest.place - at)) nearest = { place: Number(place), text };
		}
		if (nearest) mark(chart, box, nearest);
	}

	function mark(chart, box, reading) {
		unmark(chart);
		const x = box.left - chart.getBoundingClientRect().left + (reading.place / 1000) * box.width;
		const line = draw("line", { class: "vm-pointer", x1: x, x2: x, y1: 8, y2: 92 });
		const right = reading.place > 500;
		const text = draw("text", { class: "vm-read", x: right ? x - 6 : x + 6, y: 18, "text-anchor": right ? "end" : "start" });
		text.textContent = reading.text;
		chart.append(line, text);
	}

	function unmark(chart) {
		chart.querySelectorAll(".vm-pointer, .vm-read").forEach((shape) => shape.remove());
	}

	function draw(name, attributes) {
		const shape = document.createElementNS(SVG, name);
		for (const key of Object.keys(attributes)) shape.setAttribute(key, attributes[key]);
		return shape;
	}

	root.addEventListener("pointermove", function (event) {
		const chart = event.target.closest && event.target.closest("svg.vm-chart");
		if (chart) pointer(chart, event);
	});
	root.addEventListener("pointerout", function (event) {
		const chart = event.target.closest && event.target.closest("svg.vm-chart");
		if (chart && !chart.contains(event.relatedTarget)) unmark(chart);
	});

	document.addEventListener("visibilitychange", function () {
		if (document.hidden) {
			clearTimeout(timer);
			say(root.dataset.saidPaused);
		} else {
			refreshNow();
		}
	});
	setInterval(growOlder, 1000);
	timer = setTimeout(refreshNow, PERIOD_MS);
})();
