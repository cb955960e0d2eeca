"use strict";
// Rows are kept and changed in place: what has the keyboard's focus keeps it over a refresh.
const MOST_ROWS = 200, COLD_STARTS = 200, SHOWN = 25, EVERY = 2000;
const $ = id => document.getElementById(id);
const ms = us => us == null ? "–" : us < 1e6 ? `${(us / 1000).toFixed(1)} ms` : `${(us / 1e6).toFixed(2)} s`;
const median = list => list.length ? [...list].sort((a, b) => a - b)[list.length >> 1] : null;
let token = sessionStorage.getItem("token");

// Until there is a token that the gateway takes, the page asks for it and shows nothing else.
function asks(yes) {
  if ($("login").hidden !== yes) return;
  $("login").hidden = !yes;
  $("main").hidden = yes;
  $("links").hidden = yes || !!token; // a link cannot carry the token
  if (yes) $("token").focus();
}
async function call(path, options = {}) {
  const response = await fetch(path, token ? { ...options, headers: { Authorization: `Bearer ${token}` } } : options);
  if (response.status === 401) {
    asks(true);
    throw new Error(token ? "The gateway does not take this token." : "The gateway needs a token.");
  }
  asks(false);
  return response;
}
const get = async path => {
  const response = await call(path);
  if (!response.ok) throw new Error(`${path} says ${response.status}.`);
  return response.json();
};

function cell(row, index, text, css = "") {
  while (row.cells.length <= index) row.insertCell();
  const td = row.cells[index];
  if (td.textContent !== String(text)) td.textContent = text;
  if (td.className !== css) td.className = css;
  return td;
}

// Brings the body's rows in line with the items; fill(row, item) writes one.
function reconcile(body, items, key, fill) {
  const rows = body.rowsByKey ??= new Map(), wanted = new Set(items.map(key));
  for (const [id, row] of rows) if (!wanted.has(id)) { row.remove(); rows.delete(id); }
  items.forEach((item, place) => {
    let row = rows.get(key(item));
    if (!row) rows.set(key(item), row = document.createElement("tr"));
    if (body.rows[place] !== row) body.insertBefore(row, body.rows[place] ?? null);
    fill(row, item);
  });
}

async function act(name, what, button) {
  button.disabled = true;
  try {
    const response = await call(`/api/functions/${encodeURIComponent(name)}/${what}`, { method: "POST" });
    if (!response.ok) say(`${name}: ${(await response.json()).detail ?? response.status}`);
  } catch (error) { say(error instanceof TypeError ? "The gateway does not answer." : error.message); }
  button.disabled = false;
  show();
}

function actions(row, name, index) {
  while (row.cells.length <= index) row.insertCell();
  const td = row.cells[index];
  if (td.firstChild) return;
  td.className = "n";
  for (const what of ["wake", "sleep"]) {
    const button = document.createElement("button");
    button.textContent = what;
    button.setAttribute("aria-label", `${what} ${name}`);
    button.onclick = () => act(name, what, button);
    td.append(button);
  }
}

const instance = i => `${i.id.slice(0, 40)} ${i.state.toLowerCase()}${i.endpoint ? " at " + i.endpoint : ""}`;

function functionRow(starts) {
  return (row, f) => {
    const mine = starts.get(f.name.toLowerCase()) ?? [], waits = mine.filter(c => c.outcome === "Served").map(c => c.penalty);
    cell(row, 0, f.name);
    const state = cell(row, 1, f.state, `state ${f.state}`);
    cell(row, 2, f.inFlight, "n");
    cell(row, 3, f.failure ?? [f.instances.map(instance).join(", "), f.rest?.reason].filter(Boolean).join(" · "), f.failure ? "reason" : "ids");
    cell(row, 4, mine.length ? `${mine.length}, ${waits.filter(us => us > 1000).length} felt` : "–", "n");
    cell(row, 5, ms(median(waits)), median(waits) > 1000 ? "n cost" : "n");
    actions(row, f.name, 6);
    state.title = f.failure ?? "";
  };
}

// Two lanes: what the function does, and what the client sees of it.
function timeline(td, c, end) {
  const p = c.phases, key = JSON.stringify([p, end]);
  if (td.dataset.key === key) return;
  td.dataset.key = key;
  const bar = document.createElement("div");
  bar.className = "bar";
  const part = (css, from, to) => {
    if (from == null || to == null || to <= from) return;
    const piece = document.createElement("i");
    piece.className = css;
    piece.style.left = `${100 * from / end}%`;
    piece.style.width = `${100 * (to - from) / end}%`;
    bar.append(piece);
  };
  let last = 0;
  for (const phase of ["wake", "started", "listening", "ready"]) {
    part(phase, last, p[phase]);
    last = Math.max(last, p[phase] ?? 0);
  }
  if (p.request != null) {
    const served = Math.max(p.request, p.ready ?? p.request);
    part("client window", 0, p.request);
    part("client penalty", p.request, served);
    part("client answer", served, p.firstByte);
    const mark = document.createElement("i");
    mark.className = "mark";
    mark.style.left = `${100 * p.request / end}%`;
    bar.append(mark);
  }
  const text = ["wake", "started", "listening", "ready", "request", "firstByte"].filter(n => p[n] != null).map(n => `${n} ${ms(p[n])}`).join(", ");
  bar.setAttribute("role", "img");
  bar.setAttribute("aria-label", `After the signal: ${text}`);
  bar.title = text;
  td.replaceChildren(bar);
}

const lastOf = c => Math.max(1, ...Object.values(c.phases).filter(us => us != null));

function coldRow(end) {
  return (row, c) => {
    cell(row, 0, c.at.slice(11, 23)).title = `${c.at}${c.client ? ", client " + c.client : ""}`;
    cell(row, 1, c.function).title = c.instance;
    cell(row, 2, c.signal);
    cell(row, 3, c.tier);
    cell(row, 4, c.outcome, `state ${c.outcome}`);
    cell(row, 5, ms(c.phases.ready), "n");
    cell(row, 6, ms(c.phases.request), "n");
    cell(row, 7, c.outcome === "Served" ? ms(c.penalty) : "–", c.penalty > 1000 ? "n cost" : "n");
    while (row.cells.length <= 8) row.insertCell();
    timeline(row.cells[8], c, end ?? lastOf(c));
  };
}

function summary(functions, served, hooks) {
  const states = Map.groupBy(functions, f => f.state);
  const counts = [...states].map(([state, list]) => `${list.length} ${state.toLowerCase()}`).join(", ");
  const hidden = served.filter(c => c.penalty <= 1000).length;
  const attached = hooks.filter(h => h.mode !== "none").map(h => h.interface === "*" ? h.mode : `${h.mode} on ${h.interface}`).join(", ");
  return `${functions.length} functions: ${counts || "none"}. ` + (served.length ? `Of the last ${served.length} cold starts ${hidden} were hidden. ` : "") + `eBPF: ${attached || "none"}.`;
}

function render([functions, coldStarts, hooks]) {
  const word = $("filter").value.trim().toLowerCase(), matches = (...texts) => !word || texts.some(text => text.toLowerCase().includes(word));
  const starts = Map.groupBy(coldStarts, c => c.function.toLowerCase());
  const chosen = functions.filter(f => matches(f.name, f.state));
  reconcile($("functions"), chosen.slice(0, MOST_ROWS), f => f.name, functionRow(starts));
  $("more").textContent = chosen.length > MOST_ROWS ? `${chosen.length - MOST_ROWS} more: filter by name or state.` : "";

  const shown = coldStarts.filter(c => matches(c.function, c.outcome)).slice(-SHOWN).reverse();
  const end = $("scale").checked ? Math.max(1, ...shown.map(lastOf)) : null;
  reconcile($("coldstarts"), shown, c => `${c.at} ${c.function} ${c.instance}`, coldRow(end));
  $("none").textContent = shown.length ? "" : "None yet: call a function that is at rest.";

  reconcile($("ebpf"), hooks, h => `${h.interface} ${h.mode}`, (row, h) => { cell(row, 0, h.interface === "*" ? "all" : h.interface); cell(row, 1, h.mode); cell(row, 2, h.why ?? "", "reason"); });
  $("without").textContent = hooks.length ? "" : "No eBPF: functions wake by ClientHello and by request. The gateway's log says why.";
  $("summary").textContent = summary(functions, coldStarts.filter(c => c.outcome === "Served"), hooks);
}

let latest = null, said = 0;
function say(text) { $("error").textContent = text; said = Date.now(); }

async function show() {
  try {
    latest = await Promise.all([get("/api/functions"), get(`/api/coldstarts?last=${COLD_STARTS}`), get("/api/ebpf")]);
    render(latest);
    if (Date.now() - said > 5000) $("error").textContent = "";
  } catch (error) {
    say(error instanceof TypeError ? "The gateway does not answer." : error.message);
  }
}

// The next question waits for the answer, and a slow one (ten thousand functions) makes them rarer. A hidden page asks nothing.
async function follow() {
  const began = performance.now();
  if ($("follow").checked && !document.hidden && $("login").hidden) await show();
  setTimeout(follow, Math.max(EVERY, 10 * (performance.now() - began)));
}

const redraw = () => { if (latest) render(latest); };
$("login").onsubmit = event => {
  event.preventDefault();
  token = $("token").value.trim();
  sessionStorage.setItem("token", token);
  $("token").value = "";
  $("error").textContent = "";
  show();
};
$("filter").oninput = redraw;
$("scale").onchange = redraw;
document.addEventListener("visibilitychange", () => { if (!document.hidden && $("follow").checked) show(); });
follow();
