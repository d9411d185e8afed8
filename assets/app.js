/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What scripts add to pages that work without them.  No framework, no inline
 * code, no dialogs but the palette.  Words come from the page (data-*
 * attributes and the palette's <template>), never from here.
 *
 *   data-key="e"            pressing e clicks, ticks or focuses the element
 *   data-go="inbox"         g then i follows the link
 *   table[data-list]        j k x Enter, Shift+arrows, Shift+A; .pick boxes
 *   [data-bulk]             shown while rows are ticked; [data-bulk-count]
 *   aside[data-pane]        follows the cursor: row's a[data-pane-link]
 *   form[data-draft=KEY]    saved every 2 s: POST /drafts, copy in the browser
 *   form[data-guard]        warns before unsaved changes are left
 *   [data-presence=AT]      who else is here: GET /presence?at=AT
 *   [data-hold-ms]          counts down the time in which sending can be undone
 *   time[data-relative]     "5 min ago" keeps up
 *   button[data-copy]       copies its value, or the text of data-copy-from
 *   input[type=file][data-files]  lists the chosen files with their sizes
 *   details[data-remember=KEY]    stays open or shut in this browser
 *   [data-snippets=URL]     Ctrl / in its form puts in one of the snippets there
 *   button[data-take=ID]    puts the marked text of the page into field ID
 */
(function () {
	"use strict";

	const doc = document;
	const ja = doc.documentElement.lang === "ja";
	const one = (s, el) => (el || doc).querySelector(s);
	const all = (s, el) => Array.from((el || doc).querySelectorAll(s));
	const shown = (el) => el.getClientRects().length > 0;
	const csrf = () => { const m = one('meta[name="csrf"]'); return m ? m.content : ""; };
	const keep = {
		get(k) { try { return localStorage.getItem(k); } catch (e) { return null; } },
		set(k, v) { try { localStorage.setItem(k, v); } catch (e) { /* full or forbidden */ } },
		drop(k) { try { localStorage.removeItem(k); } catch (e) { /* forbidden */ } },
	};
	const json = (url, options) => fetch(url, Object.assign({
		headers: { Accept: "application/json" }, credentials: "same-origin",
	}, options)).then((r) => r.ok ? r.json() : Promise.reject(r)).then((j) => j.data || j);
	const make = (tag, className, text) => {
		const el = doc.createElement(tag);
		if (className) el.className = className;
		if (text !== undefined) el.textContent = text;
		return el;
	};

	doc.documentElement.classList.add("js");
	all("[data-needs-script]").forEach((el) => { el.hidden = false; });

	/* ---------- keys ---------- */

	const singleKeys = doc.body.dataset.keys !== "off";
	const typing = (el) => el && (el.isContentEditable ||
		/^(TEXTAREA|SELECT)$/.test(el.tagName) ||
		(el.tagName === "INPUT" && !/^(checkbox|radio|button|submit|reset)$/.test(el.type)));
	/* g and a letter: the pages of the navigation by their names. */
	const goTo = { h: "home", i: "inbox", c: "incidents", d: "desk", p: "phishing",
		v: "vulnerabilities", o: "observe", u: "publish", s: "publish", t: "team", a: "admin" };
	let goUntil = 0;

	function press(el) {
		if (/^(TEXTAREA|SELECT)$/.test(el.tagName) || (el.tagName === "INPUT" && typing(el))) {
			const box = el.closest("details");
			if (box) box.open = true;
			el.focus();
			if (el.select) el.select();
		} else {
			if (el.tagName === "INPUT" || el.tagName === "SUMMARY") el.focus();
			el.click();
			/* A menu that a key opens waits for the words, or for Enter. */
			const menu = el.tagName === "SUMMARY" && el.closest("details.menu[open]");
			const next = menu && (one('input:not([type="hidden"]):not([type="checkbox"]):not([type="radio"]), textarea', menu) || one('button[data-kind="primary"]', menu));
			if (next && shown(next)) next.focus();
		}
	}

	doc.addEventListener("keydown", (e) => {
		/* While the IME composes every key belongs to it: Enter chooses a
		 * word and must not send a letter. */
		if (e.isComposing || e.keyCode === 229 || e.defaultPrevented) return;
		const mod = e.ctrlKey || e.metaKey;
		if (mod && !e.altKey && !e.shiftKey && e.key.toLowerCase() === "k") {
			if (openPalette(everything)) e.preventDefault();
			return;
		}
		if (mod && !e.altKey && e.key === "/") {
			const form = e.target.closest && e.target.closest("form");
			const box = (form && one("[data-snippets]", form)) || (!typing(e.target) && one("[data-snippets]"));
			if (box && snippets(box)) e.preventDefault();
			return;
		}
		if (mod && e.key === "Enter") {
			const form = e.target.closest && e.target.closest("form");
			const b = one('[data-key="Ctrl+Enter"]', form || doc);
			if (b && !b.disabled) { e.preventDefault(); b.click(); }
			return;
		}
		if (mod || e.altKey || typing(e.target) || (e.target.closest && e.target.closest("dialog"))) return;
		if (list && listKey(e)) { e.preventDefault(); return; }
		if (!singleKeys || e.key.length !== 1 || e.repeat) return;
		if (Date.now() < goUntil) {
			goUntil = 0;
			const link = goTo[e.key] && one('a[data-go="' + goTo[e.key] + '"]');
			if (link) { e.preventDefault(); link.click(); }
			return;
		}
		if (e.key === "g") { goUntil = Date.now() + 1500; return; }
		/* The page's own key before the bar's of the same name. */
		const own = all('[data-key="' + CSS.escape(e.key) + '"]').filter((x) => shown(x) && !x.disabled);
		/* The form that has the focus, or that a key has led to, before the others. */
		const here = (e.target.closest && e.target.closest("form")) || one(":target");
		const el = (here && own.find((x) => here.contains(x))) || own.find((x) => x.closest("main")) || own[0];
		if (el) { e.preventDefault(); press(el); }
	});

	/* ---------- a decision table that is written ---------- */

	/* The root of the tree beside it is in sight. */
	all(".model-tree").forEach((x) => {
		const root = one('rect.c-node[x="0"]', x);
		if (root) x.scrollTop = root.getBoundingClientRect().top - x.getBoundingClientRect().top - x.clientHeight / 2;
	});

	const table = one("form[data-fill]");
	if (table) {
		const cells = all('select[name="outcome"]', table);
		const told = one("[data-fill-holes]", table);
		const count = () => {
			cells.forEach((c) => { c.closest("tr").toggleAttribute("data-hole", c.value === ""); });
			if (told) told.textContent = cells.filter((c) => c.value === "").length;
		};
		table.addEventListener("input", count);
		table.addEventListener("keydown", (e) => {
			const i = cells.indexOf(e.target), mod = e.ctrlKey || e.metaKey;
			if (i < 0 || e.isComposing || e.altKey) return;
			const set = (value) => { cells[i].value = value; cells[i].dispatchEvent(new Event("input", { bubbles: true })); };
			if (mod && e.key.toLowerCase() === "d") {
				if (i > 0) set(cells[i - 1].value);
			} else if (!mod && /^[0-9]$/.test(e.key) && Number(e.key) < cells[i].options.length) {
				set(cells[i].options[Number(e.key)].value);
			} else if (mod || e.key !== "Enter") {
				return;
			}
			e.preventDefault();
			if (cells[i + 1]) cells[i + 1].focus();
		});
		count();
	}

	/* ---------- lists ---------- */

	const list = one("table[data-list]");
	const rows = () => list ? all("tbody > tr", list) : [];
	const boxOf = (tr) => one('.pick input[type="checkbox"]', tr);
	let anchor = -1;

	const at = () => rows().findIndex((r) => r.hasAttribute("data-cursor"));
	function moveTo(i) {
		const r = rows();
		if (!r.length) return;
		i = Math.max(0, Math.min(r.length - 1, i));
		r.forEach((x, n) => x.toggleAttribute("data-cursor", n === i));
		r[i].scrollIntoView({ block: "nearest" });
		const link = one("a[data-open]", r[i]) || one("a", r[i]);
		if (link) link.focus({ preventScroll: true });
		showPane(r[i]);
	}
	function tick(i, on) {
		const b = rows()[i] && boxOf(rows()[i]);
		if (b) { b.checked = on; }
	}
	function listKey(e) {
		const i = at(), n = rows().length;
		if (e.shiftKey && (e.key === "ArrowDown" || e.key === "ArrowUp")) {
			if (!n) return false;
			const from = Math.max(0, i), to = Math.max(0, Math.min(n - 1, from + (e.key === "ArrowDown" ? 1 : -1)));
			if (anchor < 0) anchor = from;
			for (let k = 0; k < n; k++)
				if (k >= Math.min(from, to, anchor) && k <= Math.max(from, to, anchor))
					tick(k, k >= Math.min(to, anchor) && k <= Math.max(to, anchor));
			moveTo(to);
			count();
			return true;
		}
		if (!singleKeys) return false;
		if (e.key === "j" || e.key === "k") { anchor = -1; moveTo(i < 0 ? 0 : i + (e.key === "j" ? 1 : -1)); return true; }
		if (e.key === "x" && i >= 0) { const b = boxOf(rows()[i]); if (b) { b.checked = !b.checked; anchor = i; count(); } return true; }
		/* Once for what is shown, once more for all of the list. */
		if (e.key === "A" && e.shiftKey) {
			const more = one("[data-bulk-all]:not([hidden]) input");
			if (more && shown(more) && n > 0 && rows().every((r) => { const b = boxOf(r); return !b || b.checked; })) more.checked = !more.checked;
			else pickAll(true);
			return true;
		}
		if (e.key === "Enter" && i >= 0 && !/^(A|BUTTON|SUMMARY|INPUT)$/.test(e.target.tagName)) {
			const link = one("a[data-open]", rows()[i]);
			if (link) link.click();
			return true;
		}
		return false;
	}

	const head = list && one("[data-pick-all]", list);
	function pickAll(on) { rows().forEach((r, i) => tick(i, on)); count(); }
	function count() {
		const boxes = rows().map(boxOf).filter(Boolean), n = boxes.filter((b) => b.checked).length;
		rows().forEach((r) => { const b = boxOf(r); if (b) r.setAttribute("aria-selected", b.checked); });
		if (head) { head.checked = n > 0 && n === boxes.length; head.indeterminate = n > 0 && n < boxes.length; }
		all("[data-bulk]").forEach((b) => { b.hidden = n === 0; });
		all("[data-bulk-count]").forEach((b) => { b.textContent = String(n); });
		all("[data-bulk-all]").forEach((b) => {
			const offer = n > 0 && n === boxes.length;
			b.hidden = !offer;
			const box = one("input", b);
			if (!offer && box) box.checked = false;
		});
	}
	if (list) {
		let last = -1;
		if (head) head.addEventListener("change", () => pickAll(head.checked));
		list.addEventListener("click", (e) => {
			const tr = e.target.closest("tbody > tr");
			if (!tr) return;
			const i = rows().indexOf(tr);
			if (e.target.matches('.pick input')) {
				if (e.shiftKey && last >= 0)
					for (let k = Math.min(last, i); k <= Math.max(last, i); k++) tick(k, e.target.checked);
				last = i;
				count();
			}
		});
		list.addEventListener("focusin", (e) => {
			const tr = e.target.closest("tbody > tr");
			if (tr) rows().forEach((x) => x.toggleAttribute("data-cursor", x === tr));
		});
		count();
	}

	/* The pane beside a list is part of the same page under another address. */
	let paneTimer = 0, paneStop = null;
	function showPane(tr) {
		const pane = one("aside[data-pane]"), link = one("a[data-pane-link]", tr);
		if (!pane || !link || !shown(pane)) return;
		clearTimeout(paneTimer);
		paneTimer = setTimeout(() => {
			if (paneStop) paneStop.abort();
			paneStop = new AbortController();
			fetch(link.href, { credentials: "same-origin", headers: { Accept: "text/html" }, signal: paneStop.signal })
				.then((r) => r.ok ? r.text() : Promise.reject(r))
				.then((t) => {
					const fresh = new DOMParser().parseFromString(t, "text/html").querySelector("aside[data-pane]");
					const old = one("aside[data-pane]");
					if (fresh && old) old.replaceWith(doc.adoptNode(fresh));
				}).catch(() => { /* the row's link still works */ });
		}, 120);
	}

	/* ---------- palette ---------- */

	/*
	 * One dialog for two questions: where to go and what to do (Ctrl K), and which
	 * snippet to put in (Ctrl /). A source says what there is for some words:
	 * at once, and a little later what the server knows.
	 */
	const palette = one("dialog.palette");
	let source = null, items = [], chosen = 0, askTimer = 0, asked = 0, stop = null, eager = false;

	const fold = (s) => s.normalize("NFKC").toLowerCase();
	function openPalette(from) {
		if (!palette || !palette.showModal) return false;
		if (!palette.open) {
			source = from;
			palette.showModal();
			const input = one("input", palette);
			input.value = "";
			ask("");
			input.focus();
		}
		return true;
	}
	/* What this page can do, and its links. */
	function local(q) {
		const f = fold(q), seen = new Set();
		return all("main [data-key][data-palette], [data-key][data-palette], main [data-key], a[data-go], .bar a[href], .foot a[href]").map((el) => {
			const own = el.closest("main") && el.dataset.key;
			let text = el.dataset.palette || el.getAttribute("aria-label") || "";
			/* The words of a button without its key and its number. */
			if (!text && /^(TEXTAREA|SELECT|INPUT)$/.test(el.tagName))
				text = el.id && one('label[for="' + CSS.escape(el.id) + '"]') ? one('label[for="' + CSS.escape(el.id) + '"]').textContent : "";
			else if (!text) {
				const copy = el.cloneNode(true);
				all("kbd, .count, svg, .visually-hidden", copy).forEach((x) => x.remove());
				text = copy.textContent;
			}
			return { label: text.replace(/\s+/g, " ").trim(), el, group: own ? palette.dataset.acts : palette.dataset.pages,
				hint: el.dataset.go ? "g " + (Object.keys(goTo).find((k) => goTo[k] === el.dataset.go) || "") : (el.dataset.key || "") };
		}).filter((x) => {
			if (!x.label || x.el.disabled || seen.has(x.label) || !fold(x.label).includes(f)) return false;
			if (x.el.closest("main") && !shown(x.el)) return false;
			seen.add(x.label);
			return true;
		}).sort((a, b) => (a.group === palette.dataset.acts ? 0 : 1) - (b.group === palette.dataset.acts ? 0 : 1));
	}
	const everything = {
		now: local,
		later: (q, signal) => json("/palette?q=" + encodeURIComponent(q), { signal }).then((d) => {
			const mine = local(q), acts = mine.filter((x) => x.group === palette.dataset.acts);
			const names = new Set(mine.map((x) => x.label));
			/* What the server found stands between the page's acts and its links. */
			return acts.concat((d.items || []).filter((x) => !names.has(x.label)), mine.filter((x) => !acts.includes(x)));
		}),
	};
	function draw() {
		const box = one(".palette-list", palette), input = one("input", palette);
		let group = null, into = box;
		chosen = Math.max(0, Math.min(items.length - 1, chosen));
		box.textContent = "";
		items.forEach((it, i) => {
			if (it.group && it.group !== group) {
				into = make("div", "palette-part");
				const name = make("div", "palette-group", it.group);
				name.id = "palette-group-" + i;
				into.setAttribute("role", "group");
				into.setAttribute("aria-labelledby", name.id);
				into.append(name);
				box.append(into);
			}
			group = it.group;
			const d = make("div", "palette-item");
			d.id = "palette-" + i;
			d.setAttribute("role", "option");
			d.setAttribute("aria-selected", String(i === chosen));
			d.append(make("span", "", it.label));
			if (it.hint) {
				const hint = make("span", "subtle", it.hint);
				/* Places in braces belong there. */
				if (source.digits) hint.dataset.places = "";
				d.append(hint);
			}
			d.addEventListener("click", () => run(it));
			into.append(d);
			if (i === chosen) d.scrollIntoView({ block: "nearest" });
		});
		if (items.length) input.setAttribute("aria-activedescendant", "palette-" + chosen);
		else { input.removeAttribute("aria-activedescendant"); box.append(make("p", "palette-group", palette.dataset.none)); }
	}
	/* Another line is chosen: nothing else moves. */
	function choose(n) {
		const old = one("#palette-" + chosen, palette), d = one("#palette-" + n, palette);
		if (old) old.setAttribute("aria-selected", "false");
		if (!d) return;
		chosen = n;
		d.setAttribute("aria-selected", "true");
		d.scrollIntoView({ block: "nearest" });
		one("input", palette).setAttribute("aria-activedescendant", d.id);
	}
	function ask(q) {
		const from = source, mine = ++asked;
		items = from.now(q);
		chosen = 0;
		eager = false;
		draw();
		clearTimeout(askTimer);
		if (stop) stop.abort();
		if (!from.later) return;
		askTimer = setTimeout(() => {
			stop = new AbortController();
			from.later(q, stop.signal).then((list) => {
				if (mine !== asked) return;
				const at = items[chosen], moved = chosen > 0;
				items = list;
				/* Who has gone down already stays on the line chosen. */
				chosen = moved ? Math.max(0, list.findIndex((x) => x.label === at.label)) : 0;
				draw();
				if (eager) run(items[chosen]);
			}).catch(() => { /* the page's own entries remain */ });
		}, q ? 60 : 0);
	}
	function run(it) {
		if (!it) return;
		palette.close();
		if (it.run) it.run();
		else if (it.el) press(it.el);
		else if (it.href) location.assign(it.href);
	}
	if (palette) {
		const input = one("input", palette);
		input.addEventListener("input", (e) => { if (!e.isComposing) ask(input.value.trim()); });
		input.addEventListener("compositionend", () => ask(input.value.trim()));
		input.addEventListener("keydown", (e) => {
			if (e.isComposing || e.keyCode === 229) return;
			const n = items.length;
			if (e.key === "ArrowDown" || e.key === "ArrowUp") {
				e.preventDefault();
				if (n) choose((chosen + (e.key === "ArrowDown" ? 1 : n - 1)) % n);
			} else if (e.key === "Enter") {
				e.preventDefault();
				/* Faster than the server: it is done when the answer is there. */
				if (items.length) run(items[chosen]);
				else eager = true;
			}
			else if (source.digits && input.value === "" && /^[1-9]$/.test(e.key) && items[e.key - 1]) {
				e.preventDefault();
				run(items[e.key - 1]);
			}
		});
		palette.addEventListener("click", (e) => { if (e.target === palette) palette.close(); });
		all("[data-palette-open]").forEach((b) => b.addEventListener("click", (e) => { if (openPalette(everything)) e.preventDefault(); }));
	}

	/* ---------- snippets ---------- */

	function snippets(box) {
		const field = box && one("textarea", box.closest("form"));
		let list = null;
		if (!field) return false;
		const put = (text) => {
			const at = field.selectionStart, end = field.selectionEnd, v = field.value;
			const before = v.slice(0, at), text2 = (at > 0 && before.slice(-1) !== "\n" && text.includes("\n") ? "\n" : "") + text;
			field.focus();
			field.setRangeText(text2, at, end, "end");
			field.dispatchEvent(new Event("input", { bubbles: true }));
		};
		const fit = (q) => (list || []).filter((x) => fold(x.name + " " + x.text).includes(fold(q))).map((x, i) => ({
			label: (q || i > 8 ? "" : (i + 1) + "  ") + x.name, hint: x.text.replace(/\s+/g, " ").slice(0, 50), run: () => put(x.text) }));
		return openPalette({
			digits: true,
			now: fit,
			later: (q) => list ? Promise.resolve(fit(q)) : json(box.dataset.snippets).then((d) => { list = d.items; return fit(one("input", palette).value.trim()); }),
		});
	}
	all("[data-snippets]").forEach((box) => {
		const b = one("[data-snippet-open]", box), select = one("select", box);
		if (!b) return;
		/* Enter in another field of the form must not press it. */
		b.type = "button";
		if (select) select.hidden = true;
		b.addEventListener("click", () => snippets(box));
	});

	/* ---------- toasts: ten seconds, longer while looked at ---------- */

	all(".toast").forEach((t) => {
		let timer = 0;
		const start = () => { clearTimeout(timer); timer = setTimeout(() => { if (t.matches(":hover, :focus-within")) start(); else t.remove(); }, 10000); };
		start();
		["mouseenter", "focusin"].forEach((n) => t.addEventListener(n, () => clearTimeout(timer)));
		["mouseleave", "focusout"].forEach((n) => t.addEventListener(n, start));
	});

	/* ---------- drafts ---------- */

	const own = (f) => all("input, textarea, select", f).filter((x) => x.name &&
		!/^(hidden|password|file|submit)$/.test(x.type) && !x.closest("[data-no-draft]"));
	function read(f) {
		const o = {};
		own(f).forEach((x) => {
			if (/^(checkbox|radio)$/.test(x.type)) {
				if (!(x.name in o)) o[x.name] = [];
				if (x.checked) o[x.name].push(x.value);
			} else o[x.name] = x.value;
		});
		return o;
	}
	function fill(f, o) {
		own(f).forEach((x) => {
			if (!(x.name in o)) return;
			if (/^(checkbox|radio)$/.test(x.type)) x.checked = o[x.name].includes(x.value);
			else x.value = o[x.name];
		});
	}
	/* A draft goes when the page after its sending is no error page. */
	const sent = {
		get() { try { return sessionStorage.getItem("sent"); } catch (e) { return null; } },
		set(k) { try { sessionStorage.setItem("sent", k); } catch (e) { /* forbidden */ } },
		drop() { try { sessionStorage.removeItem("sent"); } catch (e) { /* forbidden */ } },
	};
	let dropped = Promise.resolve();
	if (sent.get() && !one("[data-error], [data-mistakes]") && csrf()) {
		keep.drop("draft:" + sent.get());
		dropped = json("/drafts", { method: "POST", body: new URLSearchParams({ csrf: csrf(), key: sent.get(), body: "" }) }).catch(() => {});
	}
	sent.drop();
	all("form[data-draft]").forEach((f) => {
		const key = f.dataset.draft, local = "draft:" + key;
		const status = one("[data-draft-status]", f);
		const say = (text) => {
			if (!status) return;
			const d = new Date();
			status.textContent = text ? text.replace("%", String(d.getHours()).padStart(2, "0") + ":" + String(d.getMinutes()).padStart(2, "0")) : "";
		};
		let last = JSON.stringify(read(f)), timer = 0, sending = false, gone = false, lost = 0;
		/* After a refused form the page already holds what was typed. Else the
		 * newer of the server's draft and a copy that never reached it. */
		const restore = (text) => {
			let fields = null, at = 0;
			try { if (text.body) { fields = JSON.parse(text.body); at = Date.parse(text.saved_at) || 0; } } catch (e) { fields = null; }
			try {
				const c = JSON.parse(keep.get(local) || "null");
				if (c && c.at > at) fields = c.fields;
			} catch (e) { keep.drop(local); }
			if (!fields || JSON.stringify(read(f)) !== last || JSON.stringify(fields) === last) return;
			fill(f, fields);
			say(status && status.dataset.restored);
			timer = setTimeout(save, 2000);
		};
		if (!one("[data-mistakes]"))
			dropped.then(() => json("/drafts?key=" + encodeURIComponent(key))).then(restore, () => restore({}));
		function save() {
			timer = 0;
			const now = JSON.stringify(read(f));
			if (now === last || sending || gone) return;
			sending = true;
			json("/drafts", { method: "POST", keepalive: now.length < 60000, body: new URLSearchParams({ csrf: csrf(), key, body: now }) })
				.then((d) => {
					last = now;
					keep.drop(local);
					/* What was removed stays told until the page is left. */
					lost += d.dropped || 0;
					say(status && (lost ? status.dataset.dropped.trim() + " " + lost : status.dataset.saved));
				})
				.catch(() => say(status && status.dataset.failed))
				.finally(() => { sending = false; if (JSON.stringify(read(f)) !== last && !timer && !gone) timer = setTimeout(save, 5000); });
		}
		f.addEventListener("input", () => {
			keep.set(local, JSON.stringify({ at: Date.now(), fields: read(f) }));
			clearTimeout(timer);
			timer = setTimeout(save, 2000);
		});
		f.addEventListener("submit", () => { gone = true; clearTimeout(timer); sent.set(key); });
		doc.addEventListener("visibilitychange", () => { if (doc.visibilityState === "hidden") save(); });
	});

	/* ---------- leaving with unsaved changes ---------- */

	let dirty = false;
	all("form[data-guard]").forEach((f) => {
		f.addEventListener("input", () => { dirty = true; });
		f.addEventListener("submit", () => { dirty = false; });
	});
	addEventListener("beforeunload", (e) => { if (dirty) e.preventDefault(); });

	/* A second click must not post twice. */
	doc.addEventListener("submit", (e) => {
		const f = e.target;
		if (f.method !== "post" || e.defaultPrevented) return;
		if (f.dataset.sent) { e.preventDefault(); return; }
		f.dataset.sent = "1";
		setTimeout(() => { delete f.dataset.sent; }, 4000);
	});
	addEventListener("pageshow", () => all("form[data-sent]").forEach((f) => { delete f.dataset.sent; }));

	/* ---------- who else is here ---------- */

	all("[data-presence]").forEach((el) => {
		const where = el.dataset.presence;
		let editing = false;
		doc.addEventListener("input", (e) => { if (e.target.closest("form[data-draft], form[data-guard]")) editing = true; });
		const poll = () => {
			if (doc.visibilityState === "hidden") return;
			json("/presence?at=" + encodeURIComponent(where) + (editing ? "&writing=1" : "")).then((d) => {
				el.textContent = "";
				(d.others || []).forEach((p) => {
					const s = make("span", "presence");
					s.append(make("span", "avatar", Array.from(p.name)[0] || "?"));
					s.append(doc.createTextNode(p.text));
					el.append(s);
				});
			}).catch(() => { /* next time */ });
		};
		poll();
		setInterval(poll, 10000);
	});

	/* ---------- mail that still can be held back ---------- */

	all("[data-hold-ms]").forEach((el) => {
		const end = Date.now() + Number(el.dataset.holdMs), out = one("[data-hold-text]", el) || el;
		const text = out.dataset.holdText || "%", box = el.closest("[data-hold]") || el;
		const step = () => {
			const n = Math.ceil((end - Date.now()) / 1000);
			if (n > 0) { out.textContent = text.replace("%", String(n)); setTimeout(step, 250); return; }
			out.textContent = out.dataset.holdDone || "";
			all("button", box).forEach((b) => { b.hidden = true; });
		};
		step();
	});

	/* ---------- small things ---------- */

	function relative() {
		all("time[data-relative]").forEach((t) => {
			const s = Math.round((Date.now() - Date.parse(t.dateTime)) / 1000);
			if (!(s >= 0) || s >= 86400) return;
			const m = Math.floor(s / 60), h = Math.floor(m / 60);
			t.textContent = m < 1 ? (ja ? "たった今" : "just now") : h < 1 ? (ja ? m + "分前" : m + " min ago") : (ja ? h + "時間前" : h + " h ago");
		});
	}
	relative();
	if (one("time[data-relative]")) setInterval(relative, 30000);

	/* On a narrow screen the newest is what one looks for. */
	all('.chart:is([data-size="wide"], [data-size="middle"]) .chart-scroll').forEach((el) => { el.scrollLeft = el.scrollWidth; });

	/* A line chart: what stands under the pointer, and a stretch drawn with it opens larger. */
	all("figure[data-zoom]").forEach((box) => {
		const svg = one("svg.c", box), lines = svg ? all("polyline", svg) : [];
		if (!lines.length) return;
		const p = lines[0].points, n = p.length, x0 = p[0].x, x1 = p[n - 1].x, rows = all("tbody tr", box), heads = all("thead th", box);
		const from = Number(box.dataset.from), step = (Number(box.dataset.to) - from) / n;
		const mark = doc.createElementNS(svg.namespaceURI, "rect"), note = make("p", "chart-note zoom");
		const time = (i) => new Date(from + i * step).toISOString().slice(0, 16);
		let start = -1;
		mark.setAttribute("class", "c-zoom");
		mark.setAttribute("y", "8");
		mark.setAttribute("height", svg.viewBox.baseVal.height - 34);
		svg.append(mark);
		one(".chart-scroll", box).after(note);
		note.textContent = ja ? "線の上をなぞると値が、範囲を選ぶと拡大が見られます。" : "Point at the lines for numbers; draw over a stretch to enlarge it.";
		const at = (e) => {
			const m = svg.getScreenCTM(), x = (e.clientX - m.e) / m.a;
			return Math.max(0, Math.min(n - 1, Math.round((x - x0) / (x1 - x0) * (n - 1))));
		};
		const show = (i, j) => {
			const a = Math.min(i, j), b = Math.max(i, j), w = (x1 - x0) / (n - 1);
			mark.setAttribute("x", x0 + a * w - 1);
			mark.setAttribute("width", Math.max(2, (b - a) * w));
			if (a !== b) { note.textContent = time(a).replace("T", " ") + " – " + time(b + 1).replace("T", " ") + " UTC"; return; }
			const cells = rows.length === n ? all("td", rows[a]) : [];
			note.textContent = time(a).replace("T", " ") + " UTC" + cells.map((c, k) => " · " + heads[k + 1].textContent + " " + c.textContent).join("");
		};
		svg.addEventListener("pointermove", (e) => { const i = at(e); show(start < 0 ? i : start, i); });
		svg.addEventListener("pointerdown", (e) => { if (e.pointerType !== "touch") { start = at(e); svg.setPointerCapture(e.pointerId); e.preventDefault(); } });
		svg.addEventListener("pointerup", (e) => {
			const i = at(e), a = Math.min(start, i), b = Math.max(start, i);
			if (start >= 0 && b > a) location.href = box.dataset.zoom + "&from=" + time(a) + "&to=" + time(b + 1);
			start = -1;
		});
	});

	doc.addEventListener("click", (e) => {
		const b = e.target.closest && e.target.closest("button[data-copy], button[data-copy-from], button[data-print], button[data-take]");
		if (!b) return;
		if ("print" in b.dataset) { print(); return; }
		if (b.dataset.take) {
			const field = doc.getElementById(b.dataset.take), text = String(getSelection()).trim();
			if (!field) return;
			for (let d = field.closest("details"); d; d = d.parentElement.closest("details")) d.open = true;
			if (text) field.value = text;
			field.focus();
			return;
		}
		const from = b.dataset.copyFrom && doc.getElementById(b.dataset.copyFrom);
		const text = from ? from.innerText : b.dataset.copy;
		const done = () => { b.dataset.done = ""; setTimeout(() => delete b.dataset.done, 1500); };
		if (navigator.clipboard) { navigator.clipboard.writeText(text).then(done, () => {}); return; }
		const t = make("textarea", "visually-hidden");
		t.value = text;
		b.after(t);
		t.select();
		if (doc.execCommand("copy")) done();
		t.remove();
		b.focus();
	});

	const size = (n) => n < 1024 ? n + " B" : n < 1048576 ? (n / 1024).toFixed(0) + " KB" : (n / 1048576).toFixed(1) + " MB";
	all("input[type=file][data-files]").forEach((input) => {
		const ul = make("ul", "files");
		ul.setAttribute("aria-live", "polite");
		input.after(ul);
		input.addEventListener("change", () => {
			ul.textContent = "";
			let sum = 0;
			Array.from(input.files).forEach((f) => {
				const li = make("li");
				sum += f.size;
				li.append(make("span", "", f.name), make("span", "subtle", size(f.size)));
				ul.append(li);
			});
			const most = Number(input.dataset.max || 0);
			if (most && sum > most) {
				const li = make("li", "", input.dataset.tooLarge || "");
				li.dataset.state = "late";
				ul.append(li);
			}
		});
	});

	all("details[data-remember]").forEach((d) => {
		const k = "open:" + d.dataset.remember, v = keep.get(k);
		if (v) d.open = v === "1";
		d.addEventListener("toggle", () => keep.set(k, d.open ? "1" : "0"));
	});
	/* A .menu shuts when the attention goes elsewhere. */
	const shut = (e) => all("details.menu[open]").forEach((d) => { if (!d.contains(e.target)) d.open = false; });
	doc.addEventListener("click", shut);
	doc.addEventListener("focusin", shut);
	doc.addEventListener("keydown", (e) => {
		if (e.key !== "Escape" || e.isComposing) return;
		const d = e.target.closest && e.target.closest("details.menu[open]");
		if (d) { d.open = false; one("summary", d).focus(); }
	});

	/* After a refused form: to the list of mistakes, which links to each. */
	const mistakes = one("[data-mistakes]");
	if (mistakes) {
		/* "This is empty" says more with the name of its field before it. */
		all("a[href^='#']", mistakes).forEach((link) => {
			const label = one(`label[for="${CSS.escape(link.hash.slice(1))}"]`);
			const name = label && label.firstChild && label.firstChild.nodeType === 3 && label.firstChild.textContent.trim();
			if (name) link.textContent = `${name}: ${link.textContent}`;
		});
		mistakes.focus();
	}
	else { const f = one("[data-focus]"); if (f && !location.hash) f.focus(); }
}());
