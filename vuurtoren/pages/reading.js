// Charts are read off by pointer, touch and arrow keys: a line at the place, and its time and value beside it.
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: -10, PageDown: 10, Home: -1e6, End: 1e6 };
let shown = null;

function readings(chart) {
	return (chart.dataset.readings || "").split("|").filter(Boolean).map(function (reading) {
		const cut = reading.indexOf("=");
		return { place: Number(reading.slice(0, cut)), text: reading.slice(cut + 1) };
	});
}

function chartOf(event) {
	const chart = event.target.closest && event.target.closest("svg.vm-chart");
	return chart && chart.dataset.readings ? chart : null;
}

// After every refresh: what can be read, and what was being read.
function readableCharts(content) {
	for (const chart of content.querySelectorAll("svg.vm-chart")) {
		const values = readings(chart);
		if (!values.length) {
			for (const name of OWN_ATTRIBUTES.svg) if (name !== "role") chart.removeAttribute(name);
			chart.setAttribute("role", "img");
			continue;
		}
		const fixed = { tabindex: 0, role: "slider", "aria-valuemin": 1, "aria-valuemax": values.length };
		for (const name of Object.keys(fixed)) chart.setAttribute(name, fixed[name]);
		if (!shown || shown.chart !== chart) announce(chart, values, values.length - 1);
	}
	if (shown && shown.chart.isConnected) read(shown.chart, shown.place);
	else unread();
}

function announce(chart, values, index) {
	chart.setAttribute("aria-valuenow", index + 1);
	chart.setAttribute("aria-valuetext", values[index].text);
}

// `place` is in per mille of the width of the chart.
function read(chart, place) {
	const values = readings(chart);
	unread();
	if (!values.length) return;
	const index = nearest(values, place);
	shown = { chart, place: values[index].place, index };
	announce(chart, values, index);
	draw(chart, values[index]);
}

function nearest(values, place) {
	const far = (index) => Math.abs(values[index].place - place);
	return values.reduce((best, each, index) => (far(index) < far(best) ? index : best), 0);
}

function unread() {
	if (shown) for (const mark of shown.marks || []) mark.remove();
	shown = null;
}

function draw(chart, reading) {
	const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
	const x = reading.place / 10 + "%";
	const drawn = { class: "vm-pointer", x1: x, x2: x, y1: 8, y2: Number(chart.getAttribute("height")) - 18, "data-own": "" };
	for (const name of Object.keys(drawn)) line.setAttribute(name, drawn[name]);
	const said = document.createElement("div");
	const [box, around] = [chart.getBoundingClientRect(), chart.parentElement.getBoundingClientRect()];
	said.className = "vm-read";
	said.dataset.own = "";
	said.setAttribute("aria-hidden", "true");
	const beside = (reading.place / 1000) * box.width + 6;
	said.style.top = box.top - around.top - chart.parentElement.clientTop + "px";
	said.style.left = box.left - around.left - chart.parentElement.clientLeft + "px";
	said.style.width = box.width + "px";
	const text = document.createElement("span");
	text.textContent = reading.text;
	said.append(text);
	chart.append(line);
	chart.parentElement.append(said);
	const room = Math.max(0, box.width - text.getBoundingClientRect().width);
	text.style.marginLeft = Math.min(room, Math.max(0, reading.place > 500 ? beside - 12 - text.getBoundingClientRect().width : beside)) + "px";
	shown.marks = [line, said];
}

function followPointer(event) {
	const chart = chartOf(event);
	if (!chart) return;
	const box = chart.getBoundingClientRect();
	read(chart, ((event.clientX - box.left) / box.width) * 1000);
}

// A finger that was lifted leaves its reading until the next touch elsewhere.
function leaveChart(event) {
	const chart = chartOf(event);
	if (chart && event.pointerType === "mouse" && document.activeElement !== chart && !chart.contains(event.relatedTarget)) unread();
}

function readByKey(event) {
	const chart = chartOf(event);
	if (!chart || !(event.key in KEYS) || event.altKey || event.ctrlKey || event.metaKey) return;
	event.preventDefault();
	const values = readings(chart);
	const from = shown && shown.chart === chart ? shown.index : values.length - 1;
	const index = Math.min(values.length - 1, Math.max(0, from + KEYS[event.key]));
	read(chart, values[index].place);
}

function startReading(root) {
	root.addEventListener("pointermove", followPointer);
	root.addEventListener("pointerdown", (event) => (chartOf(event) ? followPointer(event) : unread()));
	root.addEventListener("pointerout", leaveChart);
	root.addEventListener("keydown", readByKey);
	root.addEventListener("focusin", (event) => chartOf(event) && !shown && read(chartOf(event), 1000));
	root.addEventListener("focusout", (event) => chartOf(event) && unread());
}
