// The view of all functions.
const MOST_ROWS = 200, HIDDEN = 1000; // a penalty of up to a millisecond is noise
const awake = f => f.state === "Running" || f.state === "Starting" || f.state === "Draining";
const perSecond = f => f.traffic ? sum(f.traffic.requests.slice(-10)) / 10 : 0;
const ORDER = ["Failed", "Starting", "Draining", "Running", "Paused", "PagedOut", "Initialized", "Stopped"];

const COLUMNS = [
  { label: "Function", by: f => f.name, up: true },
  { label: "State", by: f => ORDER.indexOf(f.state), up: true },
  { label: "Rests", by: f => f.rest?.tier ?? f.idleTier, up: true },
  { label: "Requests/s", by: perSecond, n: true },
  { label: "p50", by: f => f.traffic?.p50 ?? -1, n: true },
  { label: "p99", by: f => f.traffic?.p99 ?? -1, n: true },
  { label: "Errors", by: f => f.traffic?.errors ?? 0, n: true },
  { label: "Memory", by: f => f.memory ?? -1, n: true },
  { label: "Last cold start", by: f => model.last.get(keyOf(f.name))?.penalty ?? -1, n: true },
  { label: "" },
];
let sorted = { column: 0, up: true };

function sort(column) {
  sorted = { column, up: sorted.column === column ? !sorted.up : !!COLUMNS[column].up };
  draw();
}
COLUMNS.forEach((column, i) => {
  const th = el("th", { role: "columnheader", scope: "col", class: column.n ? "n" : null });
  th.append(column.by ? el("button", { type: "button", onclick: () => sort(i) }, column.label) : el("span", { class: "sr" }, "Actions"));
  $("columns").append(th);
  if (column.by) $("sort").append(el("option", { value: i }, column.label));
});
$("sort").onchange = () => { sorted = { column: Number($("sort").value), up: !!COLUMNS[$("sort").value].up }; draw(); };

// "*" is every address of the machine, of which the one is known by which this page was loaded.
const urlOf = address => address.replace("://*", `://${location.hostname.includes(":") ? `[${location.hostname}]` : location.hostname}`);
function addresses(f) {
  return (f.addresses ?? []).map(address => address.includes("://*.")
    ? el("span", {}, address)
    : el("a", { href: urlOf(address), target: "_blank", rel: "noreferrer" }, urlOf(address)));
}

function penalty(start) {
  if (!start) return ["–"];
  const when = el("small", { title: start.at }, ` ${start.signal}, ${clock(start.at).slice(0, 8)}`);
  if (start.outcome !== "Served") return [el("span", { class: start.outcome }, start.outcome.toLowerCase()), when];
  return [start.penalty <= HIDDEN ? el("span", { class: "Served" }, "hidden") : el("span", { class: "felt" }, `${duration(start.penalty)} waited`), when];
}

function action(cell, f) {
  cell.name = f.name;
  const what = awake(f) ? "sleep" : "wake";
  const button = cell.button ??= cell.appendChild(el("button", { type: "button", onclick: () => act(cell.name, cell.what, cell.button) }));
  cell.what = what;
  text(button, what === "wake" ? "Wake" : "Sleep");
  button.setAttribute("aria-label", `${button.textContent} ${f.name}`);
}

function functionRow(tr, f) {
  tr.shownFor = f.name;
  const [name, st, rests, requests, p50, p99, errors, memory, last, actions] = tr.cells, traffic = f.traffic;
  put(name, [f.name, f.addresses, f.program], () => [el("a", { href: `#/functions/${encodeURIComponent(f.name)}` }, f.name), el("small", {}, ...addresses(f).slice(0, 1), f.addresses?.length ? null : `${f.runtime ?? ""} ${f.program ?? ""}`)]);
  const count = f.instances.filter(i => i.state === f.state).length;
  put(st, [f.state, count, f.inFlight], () => el("span", {}, state(f.state, count > 1 ? ` × ${count}` : ""), f.inFlight ? el("small", {}, ` ${f.inFlight} in flight`) : null));
  const why = f.failure ?? f.trust?.reason ?? f.rest?.reason ?? "";
  put(rests, [f.rest?.tier, f.idleTier, why], () => el("span", { title: why || null }, f.rest?.tier ?? f.idleTier ?? "–", f.idleTier === "Auto" && f.rest ? el("small", {}, " by Auto") : null));
  const now = perSecond(f);
  put(requests, traffic?.requests ?? null, () => traffic ? el("span", { class: "flow" }, sparkline(traffic.requests, `${plural(sum(traffic.requests), "request")} in the last minute`), rate(now)) : "–");
  text(p50, duration(traffic?.p50));
  text(p99, duration(traffic?.p99));
  put(errors, traffic?.errors ?? null, () => traffic?.errors ? el("span", { class: "felt" }, String(traffic.errors)) : traffic ? "0" : "–");
  text(memory, size(f.memory));
  const start = model.last.get(keyOf(f.name));
  put(last, start ?? null, () => el("span", {}, ...penalty(start)));
  action(actions, f);
  // A narrow screen has no room for what is not there.
  for (const cell of tr.cells) cell.toggleAttribute("data-none", cell.textContent === "–");
}

function tile(name, value, ...sub) {
  return el("div", {}, el("dt", {}, name), el("dd", {}, value), ...sub.map(line => typeof line === "string" ? el("dd", { class: "sub" }, line) : line));
}

function tiles(functions) {
  const states = ORDER.map(word => [word, functions.filter(f => f.state === word).length]).filter(([, count]) => count);
  const served = model.starts.filter(start => start.outcome === "Served"), waits = served.map(start => start.penalty), hidden = waits.filter(us => us <= HIDDEN).length;
  const requests = sum(functions.map(perSecond)), errors = sum(functions.map(f => f.traffic?.errors ?? 0)), memory = sum(functions.map(f => f.memory ?? 0));
  put($("tiles"), [states, hidden, waits.length, quantile(waits, .5), quantile(waits, .99), requests, errors, memory], () => [
    tile("Functions", number.format(functions.length), (() => {
      const stack = el("dd", { class: "stack", "aria-hidden": "true" });
      for (const [word, count] of states) stack.appendChild(el("i", { class: word })).style.flexGrow = count;
      return stack;
    })(), states.map(([word, count]) => `${count} ${word.toLowerCase()}`).join(", ")),
    tile("Requests", `${rate(requests)}/s`, errors ? `${plural(errors, "error")} in the last minute` : "no errors in the last minute"),
    tile("Cold starts hidden", waits.length ? `${Math.floor(100 * hidden / waits.length)} %` : "–", waits.length ? `${hidden} of the last ${waits.length}` : "none yet"),
    tile("Waited for a cold start", duration(quantile(waits, .5)), waits.length ? `median; p99 ${duration(quantile(waits, .99))}` : "none yet"),
    tile("Memory of functions", memory ? size(memory) : "–", `${functions.filter(f => f.memory).length} hold some`),
  ]);
}

function showFunctions() {
  const functions = [...model.functions.values()], word = $("filter").value.trim().toLowerCase();
  tiles(functions);
  const column = COLUMNS[sorted.column], way = sorted.up ? 1 : -1;
  [...$("columns").cells].forEach((th, i) => i === sorted.column ? th.setAttribute("aria-sort", sorted.up ? "ascending" : "descending") : th.removeAttribute("aria-sort"));
  $("sort").value = sorted.column;
  const chosen = functions.filter(f => !word || [f.name, f.state, f.runtime, f.program, ...(f.addresses ?? [])].some(part => part?.toLowerCase().includes(word)))
    .map(f => [column.by(f), f])
    .sort(([one, f], [other, g]) => one === other ? (f.name < g.name ? -1 : 1) : (one < other ? -way : way)).map(([, f]) => f);
  // A row that moves takes the focus with it, so none does while one has it.
  const body = $("functions").tBodies[0], places = new Map([...body.rows].map((tr, i) => [tr.shownFor, i]));
  if (body.contains(document.activeElement)) chosen.sort((f, g) => (places.get(f.name) ?? Infinity) - (places.get(g.name) ?? Infinity) || 0);
  reconcile(body, chosen.slice(0, MOST_ROWS), f => f.name, row(COLUMNS.map(c => c.label), COLUMNS.flatMap((c, i) => c.n ? [i] : [])), functionRow);
  text($("count"), !functions.length ? "No function is configured: add one below Gateway:Functions in appsettings.json." : chosen.length > MOST_ROWS ? `${MOST_ROWS} of ${number.format(chosen.length)}: filter for more` : word ? `${chosen.length} of ${functions.length}` : "");
  const g = model.gateway;
  if (g) text($("gateway"), `${g.name}, version ${g.version}, since ${new Date(g.started).toLocaleString("en-GB")}`);
}
