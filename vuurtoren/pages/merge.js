// A keyed merge: new content is written into the nodes that are there, so that whatever the visitor does stays.
// A node with an id is the same node wherever it stands; one without is the next of its kind in the same place.
// What the page itself put in (data-own) and what it keeps (data-keep) is left alone.
const OWN_ATTRIBUTES = {
	DETAILS: ["open"],
	svg: ["tabindex", "role", "aria-valuemin", "aria-valuemax", "aria-valuenow", "aria-valuetext"],
};

// `stays(node)` is asked of a node that is not wanted any more: one that stays keeps its place, as does one
// that is `pinned`. Focus, selection and what is seen of the page are as before.
function mergeContent(content, fresh, stays, pinned) {
	const give = hold(content);
	const leaving = [];
	mergeChildren(content, fresh);
	for (const node of leaving) node.remove();
	give();

	function mergeNode(from, to) {
		if (from.nodeType !== Node.ELEMENT_NODE) {
			if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
		} else if (!from.hasAttribute("data-keep")) {
			mergeAttributes(from, to);
			mergeChildren(from, to);
		}
		return from;
	}

	function mergeAttributes(from, to) {
		const own = OWN_ATTRIBUTES[from.nodeName] || [];
		for (const name of from.getAttributeNames()) {
			if (!to.hasAttribute(name) && !own.includes(name)) from.removeAttribute(name);
		}
		for (const name of to.getAttributeNames()) {
			const value = to.getAttribute(name);
			if (!own.includes(name) && from.getAttribute(name) !== value) from.setAttribute(name, value);
		}
	}

	function mergeChildren(from, to) {
		const before = Array.from(from.childNodes).filter((node) => !isOwn(node));
		const spare = before.filter((node) => !node.id);
		const wanted = Array.from(to.childNodes, (node) => known(node, spare) || made(node));
		const left = before.filter((node) => !wanted.includes(node) && !wantedElsewhere(node));
		const held = left.filter(stays);
		leaving.push(...left.filter((node) => !held.includes(node)));
		place(from, inPlace(before, wanted, held));
	}

	function known(node, spare) {
		if (node.id) {
			const there = document.getElementById(node.id);
			return there && content.contains(there) && there.nodeName === node.nodeName ? mergeNode(there, node) : null;
		}
		const at = spare.findIndex((each) => each.nodeType === node.nodeType && each.nodeName === node.nodeName);
		return at < 0 ? null : mergeNode(spare.splice(at, 1)[0], node);
	}

	// What is new may hold what was elsewhere.
	function made(node) {
		const own = document.importNode(node, false);
		if (node.nodeType === Node.ELEMENT_NODE) mergeChildren(own, node);
		return own;
	}

	function wantedElsewhere(node) {
		return Boolean(node.id) && fresh.querySelector("#" + CSS.escape(node.id)) !== null;
	}

	// The wanted order, in which those that keep their place are as far down among their like as before.
	function inPlace(before, wanted, held) {
		const fixed = before.filter((node) => held.includes(node) || (pinned(node) && wanted.includes(node)));
		if (!fixed.length) return wanted;
		const order = wanted.filter((node) => !fixed.includes(node));
		for (const node of fixed) {
			const alike = (other) => other.nodeName === node.nodeName;
			const place = before.filter(alike).indexOf(node);
			const there = order.filter(alike);
			const next = there[place] || null;
			const last = there[there.length - 1];
			const end = last ? order.indexOf(last) + 1 : Math.min(before.indexOf(node), order.length);
			order.splice(next ? order.indexOf(next) : end, 0, node);
		}
		return order;
	}
}

function isOwn(node) {
	return node.nodeType === Node.ELEMENT_NODE && node.hasAttribute("data-own");
}

// As few nodes as possible are moved, and never the one in which the visitor is: moving takes the focus.
function place(parent, order) {
	const positions = new Map(Array.from(parent.childNodes, (node, position) => [node, position]));
	const there = order.filter((node) => positions.has(node));
	const unmoved = new Set(longestInOrder(there, positions, there.find(isIn)));
	let next = null;
	for (const node of order.slice().reverse()) {
		if (!unmoved.has(node)) parent.insertBefore(node, next);
		next = node;
	}
}

function isIn(node) {
	const selection = document.getSelection();
	const focused = document.activeElement;
	if (focused && focused !== document.body) return node.contains(focused);
	return Boolean(selection.anchorNode) && !selection.isCollapsed && node.contains(selection.anchorNode);
}

// The longest part of the nodes that stands in this order already; with `through` in it, where that is given.
function longestInOrder(nodes, positions, through) {
	const pivot = nodes.indexOf(through);
	const at = (node) => positions.get(node);
	const usable = nodes.filter((node, index) => pivot < 0 || node === through || index < pivot === at(node) < at(through));
	const best = usable.map(() => ({ length: 1, before: -1 }));
	for (let here = 0; here < usable.length; here++) {
		for (let earlier = 0; earlier < here; earlier++) {
			const longer = best[earlier].length + 1;
			if (at(usable[earlier]) < at(usable[here]) && longer > best[here].length) best[here] = { length: longer, before: earlier };
		}
	}
	const found = [];
	let last = best.reduce((top, each, index) => (top < 0 || each.length > best[top].length ? index : top), -1);
	for (; last >= 0; last = best[last].before) found.unshift(usable[last]);
	return found;
}

// Remembers where the visitor is; the answer is a function that brings them back there.
function hold(content) {
	const steps = [holdFocus(content), holdSelection(content), holdSideways(content), holdScroll(content)];
	return () => steps.forEach((step) => step());
}

function holdFocus(content) {
	const focused = document.activeElement;
	if (!focused || !content.contains(focused)) return () => {};
	const range = focused.matches("input:not([type=hidden]), textarea") ? [focused.selectionStart, focused.selectionEnd] : null;
	return function () {
		if (document.activeElement === focused) return;
		const target = focused.isConnected ? focused : document.getElementById("vm-main");
		target.focus({ preventScroll: true });
		if (range && target === focused) focused.setSelectionRange(...range);
	};
}

function holdSelection(content) {
	const selection = document.getSelection();
	const ends = [selection.anchorNode, selection.anchorOffset, selection.focusNode, selection.focusOffset];
	if (selection.isCollapsed || !content.contains(ends[0]) || !content.contains(ends[2])) return () => {};
	const long = (node) => (node.nodeType === Node.TEXT_NODE ? node.length : node.childNodes.length);
	return function () {
		if (!ends[0].isConnected || !ends[2].isConnected) return;
		const [from, start, to, end] = [ends[0], Math.min(ends[1], long(ends[0])), ends[2], Math.min(ends[3], long(ends[2]))];
		if (selection.anchorNode === from && selection.anchorOffset === start && selection.focusNode === to && selection.focusOffset === end) return;
		selection.setBaseAndExtent(from, start, to, end);
	};
}

function holdSideways(content) {
	const moved = Array.from(content.querySelectorAll(".vm-scroll, .vm-nav ul"), (node) => [node, node.scrollLeft]);
	return () => moved.forEach(([node, left]) => node.scrollLeft !== left && (node.scrollLeft = left));
}

// What the visitor is in, else what is uppermost on the screen, stays at its height; the top of the page is the top.
function holdScroll(content) {
	const seen = Array.from(content.querySelectorAll("article[id], section[id], details[id], form[id], li[id]")).filter(isSeen);
	const focused = content.contains(document.activeElement) && isSeen(document.activeElement) ? [document.activeElement] : [];
	const marks = [...focused, ...(window.scrollY > 0 ? seen : [])].map((node) => [node, node.getBoundingClientRect().top]);
	return function () {
		const mark = marks.find(([node]) => node.isConnected);
		if (mark) window.scrollBy({ top: mark[0].getBoundingClientRect().top - mark[1], behavior: "instant" });
	};
}

// What is under the bar at the top is not seen.
function isSeen(node) {
	const box = node.getBoundingClientRect();
	const bar = document.querySelector(".vm-head");
	const top = bar && !bar.contains(node) ? Math.max(0, bar.getBoundingClientRect().bottom) : 0;
	return box.height > 0 && box.top >= top && box.top < window.innerHeight;
}
