/* Shows findings: filters, order, pages and details. Every text enters the page as text. */
"use strict";
(() => {
  const ROWS_ON_A_PAGE = 100;
  const FILTERS = {
    text: "Words", severity: "Severity", shape: "Rule", family: "Family", level: "Level", role: "Role", since: "Since",
  };
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const table = byId("table"), form = byId("filters");
  const count = (number) => number.toLocaleString("en");

  /** An element with attributes and children. */
  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  // --- What is shown: kept in the page's address, so that it can be sent to somebody ------------

  let findings = null, view = new Uint32Array(0), state = readAddress(), isJump = false;

  function readAddress() {
    const said = new URLSearchParams(location.hash.slice(1));
    const state = { sort: said.get("sort") ?? "", page: Math.max(1, Math.floor(Number(said.get("page"))) || 1) };
    for (const name of Object.keys(FILTERS)) state[name] = said.get(name) ?? "";
    return state;
  }

  function writeAddress() {
    const said = new URLSearchParams();
    for (const name of [...Object.keys(FILTERS), "sort"]) if (state[name]) said.set(name, state[name]);
    if (state.page > 1) said.set("page", state.page);
    history.replaceState(null, "", `#${said}`);
  }

  function change(changes) {
    Object.assign(state, { page: 1 }, changes);
    writeAddress();
    select();
  }

  function select() {
    showFilters();
    if (!findings) return;
    view = findings.selected(state);
    show();
  }

  function show() {
    const pages = Math.max(1, Math.ceil(view.length / ROWS_ON_A_PAGE));
    state.page = Math.min(state.page, pages);
    const from = (state.page - 1) * ROWS_ON_A_PAGE;
    showRows(from, from + ROWS_ON_A_PAGE);
    showPaging(pages);
    showOrder();
    byId("shown").textContent =
      view.length === findings.length ? count(view.length) : `${count(view.length)} of ${count(findings.length)}`;
  }

  function showRows(from, to) {
    const rows = Array.from(view.subarray(from, to), (row, place) => findingRow(row, from + place + 1));
    if (!rows.length) rows.push(element("tr", {}, element("td", { colspan: 6 }, "Nothing here. Clear a filter to see more.")));
    table.tBodies[0].replaceChildren(...rows);
  }

  const badge = (severity) =>
    element("span", { class: `badge ${severity.toLowerCase()}` }, { Violation: "Broken", Warning: "To look at", Info: "To complete" }[severity]);

  function findingRow(row, number) {
    const [label] = findings.shape(row), code = findings.text("role", row), role = code || findings.text("focus", row);
    const opener = element("button", { type: "button", class: "open", "aria-expanded": "false", "aria-label": `Details of finding ${number}: ${label}, ${role}` });
    const line = element("tr", { class: "finding" },
      element("td", {}, opener, badge(findings.severity(row))),
      element("th", { scope: "row", class: code ? "" : "focus" }, role),
      element("td", {}, label),
      element("td", {}, findings.text("message", row)),
      element("td", {}, findings.text("value", row)),
      element("td", { class: "place" }, ...breakable(findings.place(row))));
    const toggle = () => {
      const isOpen = opener.getAttribute("aria-expanded") === "true";
      opener.setAttribute("aria-expanded", String(!isOpen));
      if (isOpen) line.nextElementSibling.remove();
      else line.after(element("tr", { class: "details" }, element("td", { colspan: 6 }, details(row))));
    };
    line.addEventListener("click", (event) => {
      const isLeft = !event.target.closest("a") && (event.target === opener || !String(getSelection()));
      if (isLeft) toggle();
    });
    return line;
  }

  /** A path that breaks between folders. */
  const breakable = (path) =>
    path.split("/").flatMap((part, number) => (number ? ["/", element("wbr", {}), part] : [part]));

  function details(row) {
    const [rule, link, iri] = findings.shape(row), role = findings.rows.role[row];
    const code = findings.text("role", row), label = findings.facts.role_label[role];
    const percent = findings.facts.role_percent[role], title = label === code ? "" : label;
    const only = code && element("a", { href: `#${new URLSearchParams({ role: code })}` }, `all findings of ${code}`);
    const list = element("dl", {});
    const say = (name, ...content) => {
      if (content.some(Boolean)) list.append(element("div", {}, element("dt", {}, name), element("dd", {}, ...content)));
    };
    say("What to do", findings.text("message", row));
    say("Role", code && `${[title, percent >= 0 ? `${percent}% complete` : ""].filter(Boolean).join(", ")} `, only);
    say("Place", findings.place(row));
    say("Found at", mono(findings.text("focus", row)));
    say("Property", mono(findings.text("path", row)));
    say("Value", mono(findings.text("value", row)));
    say("Rule", rule, link && " · ", link && element("a", { href: link, rel: "noreferrer noopener" }, "What the rule says"));
    say("Shape", mono(iri));
    say("Kind of check", mono(findings.text("component", row)));
    return list;
  }

  const mono = (text) => text && element("code", {}, text);

  function showPaging(pages) {
    const paging = byId("paging"), held = document.activeElement?.dataset?.step;
    paging.hidden = pages === 1;
    const step = (name, page) => {
      const isAbsent = page < 1 || page > pages;
      const button = element("button", { type: "button", "data-step": name, "aria-disabled": String(isAbsent) }, name);
      button.addEventListener("click", () => { if (!isAbsent) turn(page); });
      return button;
    };
    const field = element("input", { id: "page", type: "number", min: 1, max: pages, value: state.page });
    field.addEventListener("change", () => turn(Math.min(pages, Math.max(1, Math.floor(Number(field.value)) || 1))));
    paging.replaceChildren(
      step("Previous", state.page - 1),
      element("label", { for: "page" }, "Page"), field, element("span", {}, `of ${count(pages)}`),
      step("Next", state.page + 1));
    if (held) paging.querySelector(`[data-step="${held}"]`).focus({ preventScroll: true });
  }

  function turn(page) {
    state.page = page;
    writeAddress();
    show();
    table.scrollIntoView({ block: "start" });
  }

  function showOrder() {
    for (const head of table.tHead.rows[0].cells) {
      const is = state.sort.replace("-", "") === head.dataset.column;
      if (is) head.setAttribute("aria-sort", state.sort.startsWith("-") ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  }

  function showFilters() {
    const chips = byId("chips"), made = [];
    for (const [name, title] of Object.entries(FILTERS)) {
      const field = form.elements[name], value = state[name];
      if (field && field !== document.activeElement) setField(field, value);
      if (!value) continue;
      const shown = field?.selectedOptions?.[0]?.textContent ?? value;
      const chip = element("button", { type: "button", "aria-label": `Remove the filter ${title}: ${shown}` }, `${title}: ${shown}`);
      chip.addEventListener("click", () => { change({ [name]: "" }); byId("findings").focus({ preventScroll: true }); });
      made.push(chip);
    }
    chips.replaceChildren(...made);
    chips.hidden = !made.length;
    markCell();
  }

  /** Not every family of a large catalog has a row above, but each can be asked for. */
  function setField(field, value) {
    if (field.options && ![...field.options].some((option) => option.value === value)) field.add(new Option(value, value));
    field.value = value;
  }

  function markCell() {
    for (const link of document.querySelectorAll(".heat a[aria-current]")) link.removeAttribute("aria-current");
    if (!state.family && !state.level) return;
    const address = `#${new URLSearchParams({ family: state.family, level: state.level })}`;
    document.querySelector(`.heat a[href="${CSS.escape(address)}"]`)?.setAttribute("aria-current", "true");
  }

  // --- Tables above, and keys ----------------------------------------------------------------------

  /** A heading becomes a button that sorts. */
  function makeSorter(head, act) {
    const button = element("button", { type: "button", class: "sorter" }, ...head.childNodes);
    button.addEventListener("click", act);
    head.replaceChildren(button);
  }

  function sortTable(head) {
    const body = head.closest("table").tBodies[0], column = head.cellIndex, isText = head.dataset.sort === "text";
    const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    const key = (line) => {
      const cell = line.cells[column], link = cell.querySelector("a");
      return cell.dataset.key ?? (link ? link.firstChild.data : "-1");
    };
    const lines = [...body.rows].map((line) => [isText ? key(line) : Number(key(line)), line]);
    lines.sort(([a], [b]) => sign * (isText ? a.localeCompare(b, "en") : a - b));
    body.replaceChildren(...lines.map(([, line]) => line));
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
  }

  const STEPS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

  /** The heat map takes one stop of the tab key; arrows go from cell to cell. */
  function makeGrid(heat) {
    const links = [...heat.querySelectorAll("a")];
    for (const link of links.slice(1)) link.tabIndex = -1;
    const enter = (link) => {
      for (const other of heat.querySelectorAll('a:not([tabindex="-1"])')) other.tabIndex = -1;
      link.removeAttribute("tabindex");
    };
    heat.addEventListener("focusin", (event) => { if (event.target.matches("td a")) enter(event.target); });
    heat.addEventListener("keydown", (event) => {
      const step = STEPS[event.key], cell = event.target.closest("td");
      if (!step || !cell) return;
      event.preventDefault();
      let column = cell.cellIndex, line = cell.parentNode.rowIndex, next;
      do {
        column += step[0];
        line += step[1];
        next = heat.rows[line]?.cells[column];
      } while (next && !next.querySelector("a")?.checkVisibility());
      next?.querySelector("a").focus();
    });
  }

  function listen() {
    let waiting = 0;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => change(Object.fromEntries(Object.keys(FILTERS).map((name) => [name, ""]))));
    form.elements.text.addEventListener("input", (event) => {
      clearTimeout(waiting);
      waiting = setTimeout(() => change({ text: event.target.value }), 150);
    });
    form.addEventListener("change", (event) => {
      if (event.target.name !== "text") change({ [event.target.name]: event.target.value });
    });
    for (const head of table.tHead.rows[0].cells) {
      const name = head.dataset.column;
      makeSorter(head, () => change({ sort: state.sort === name ? `-${name}` : name }));
    }
    document.addEventListener("click", (event) => {
      const link = event.target.closest('a[href^="#"]');
      if (!link?.hash.includes("=")) return;
      isJump = true;
      if (link.hash === location.hash) jump();
    });
    addEventListener("hashchange", () => {
      if (location.hash && !location.hash.includes("=")) return; // a part of the page, not a filter
      state = readAddress();
      select();
      if (isJump) jump();
    });
    addEventListener("beforeprint", () => { if (findings) showRows(0, printed()); });
    addEventListener("afterprint", () => { if (findings) show(); });
  }

  /** As many rows as the page shows without a script: 200, or up to 500 violations. */
  function printed() {
    let violations = 0;
    for (const row of view) if (findings.rows.severity[row] === 0) violations += 1;
    return Math.max(200, Math.min(500, violations));
  }

  function jump() {
    isJump = false;
    const heading = byId("findings"), isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    heading.focus({ preventScroll: true });
    heading.scrollIntoView({ behavior: isStill ? "auto" : "smooth", block: "start" });
  }

  /** Long tables begin with their first rows; a button shows all of them. */
  function makeFold(button) {
    const folded = button.closest("section").querySelector("table"), more = button.textContent;
    button.addEventListener("click", () => {
      const isAll = folded.classList.toggle("all");
      button.setAttribute("aria-expanded", String(isAll));
      button.textContent = isAll ? "Show fewer" : more;
    });
  }

  async function start() {
    for (const button of document.querySelectorAll(".all-rows")) makeFold(button);
    for (const head of document.querySelectorAll("table[data-sortable] th[data-sort]")) makeSorter(head, () => sortTable(head));
    for (const heat of document.querySelectorAll(".heat")) makeGrid(heat);
    if (!table) return;
    listen();
    showFilters();
    try {
      findings = new Findings(await readData());
    } catch (error) {
      root.classList.remove("js");
      form.before(element("p", { class: "note" }, `This browser could not read all findings: these are the most severe. (${error})`));
      return;
    }
    table.classList.add("live");
    select();
    root.dataset.ready = "true";
    performance.mark("ready");
  }

  // A painted page first: a hidden one is never painted, so time passing counts as well.
  const painted = () => new Promise((done) => { requestAnimationFrame(() => setTimeout(done)); setTimeout(done, 300); });
  addEventListener("DOMContentLoaded", () => painted().then(start));
})();
