// The view of one function.
const MOST_LINES = 1000;
let chosen = null;

// Begins to show a function; what belongs to the one before ends.
function choose(name) {
  chosen?.abort.abort();
  chosen = name == null ? null : { name, abort: new AbortController(), starts: [], since: null };
  if (!chosen) return;
  $("f-log").replaceChildren();
  $("f-keys").byKey = null;
  $("f-keys").replaceChildren();
  if (isConnected) load(chosen);
}

// Gets what the events do not tell: earlier starts, and the output. It is called again after each break.
function load(mine) {
  mine.abort.abort();
  mine.abort = new AbortController();
  $("f-log").replaceChildren();
  past(mine);
  output(mine, mine.abort.signal);
}

async function past(mine) {
  try {
    mine.starts = merge(mine.starts, await get(`/api/coldstarts?function=${encodeURIComponent(mine.name)}&last=${SHOWN}`, { signal: mine.abort.signal }), SHOWN);
    draw();
  } catch (error) { if (!mine.abort.signal.aborted) say(explain(error)); }
}

async function keys(mine, since) {
  mine.since = since;
  try {
    const list = await get(`/api/functions/${encodeURIComponent(mine.name)}/configuration`);
    if (mine !== chosen) return;
    reconcile($("f-keys"), list, k => k.key, row(["Key", "Value", "From"]), (tr, k) => {
      text(tr.cells[0], k.key);
      text(tr.cells[1], k.value === "" ? "(empty)" : k.value).className = "code";
      text(tr.cells[2], k.source);
    });
  } catch { /* It has just been removed, which the view says. */ }
}

// The last lines that its programs wrote, and those to come.
async function output(mine, signal) {
  const log = $("f-log");
  const add = (line, css) => {
    const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 30;
    log.append(el("p", { class: css }, line.at ? el("time", { datetime: line.at }, clock(line.at)) : "", line.text));
    while (log.childElementCount > MOST_LINES) log.firstChild.remove();
    if (isAtEnd) log.scrollTop = log.scrollHeight;
  };
  try {
    const isFollowed = $("f-follow").checked;
    const response = await call(`/api/functions/${encodeURIComponent(mine.name)}/logs?tail=200&follow=${isFollowed}`, { signal });
    let rest = "";
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop();
      for (const line of lines.map(JSON.parse)) add(line, line.instance ? line.stream : "gateway");
    }
    if (isFollowed && !signal.aborted) add({ text: "The gateway has ended this." }, "gateway");
  } catch (error) {
    if (!signal.aborted) add({ text: explain(error) }, "gateway");
  }
}
$("f-follow").onchange = () => load(chosen);

function actions(f) {
  put($("f-actions"), [f.name, f.tiers], () => {
    const wake = el("button", { type: "button", class: "first", onclick: () => act(f.name, "wake", wake) }, "Wake");
    const tier = el("select", { "aria-label": "Tier to sleep in" }, el("option", { value: "" }, "as configured"), ...(f.tiers ?? []).map(word => el("option", { value: word }, word)));
    const sleep = el("button", { type: "button", onclick: () => act(f.name, `sleep${tier.value ? `?tier=${tier.value}` : ""}`, sleep) }, "Sleep");
    return [wake, sleep, tier];
  });
}

function rests(f) {
  const said = f.rest?.reason, list = [
    f.idleTier === "Auto" ? `Idle:Tier is Auto: the tier is chosen by what wakes cost and what clients' handshakes hide.` : `Idle:Tier says ${f.idleTier}.`,
    f.missingTier ? `A tier is missing: ${f.missingTier}` : null,
    f.notice ? `Of its container: ${f.notice}` : null,
    f.trust ? `For now it is woken by ${f.trust.needs} at the earliest: ${f.trust.reason}` : null,
    f.scale ? `${f.scale.ready} of ${plural(f.scale.desired, "instance")} that it should have take requests: ${f.scale.reason}` : null,
  ].filter(Boolean);
  return [said ? el("p", {}, said) : el("p", {}, "Nothing has been decided yet: it has not rested since the gateway started."), ...list.map(line => el("p", { class: "note" }, line))];
}

function chart(traffic) {
  if (!traffic) return el("p", { class: "note" }, "None.");
  const most = Math.max(1, ...traffic.requests), plot = el("div", { class: "plot", role: "img", "aria-label": `${plural(sum(traffic.requests), "request")} in the last minute, ${most} in the busiest second` });
  for (const value of traffic.requests) {
    const bar = el("i");
    bar.style.height = `${100 * value / most}%`;
    plot.append(bar);
  }
  return el("div", { class: "chart" }, el("div", { class: "y" }, el("span", {}, `${number.format(most)}/s`), el("span", {}, "0")), plot,
    el("div", { class: "x" }, ...["60 s ago", "45", "30", "15", "now"].map(word => el("span", {}, word))));
}

function functionTiles(f, starts) {
  const waits = starts.filter(start => start.outcome === "Served").map(start => start.penalty), hidden = waits.filter(us => us <= HIDDEN).length;
  put($("f-tiles"), [f.traffic, f.inFlight, f.openConnections, f.memory, f.instances.length, waits], () => [
    tile("Requests", `${rate(perSecond(f))}/s`, `${plural(f.inFlight, "request")} in flight, ${plural(f.openConnections, "open connection")}`),
    tile("Time to answer", duration(f.traffic?.p50), f.traffic ? `median; p99 ${duration(f.traffic.p99)}` : "no requests in the last minute"),
    tile("Errors", f.traffic ? String(f.traffic.errors) : "–", "status 500 and higher, last minute"),
    tile("Cold starts hidden", waits.length ? `${Math.floor(100 * hidden / waits.length)} %` : "–", waits.length ? `${hidden} of ${waits.length}; median wait ${duration(quantile(waits, .5))}` : "none yet"),
    tile("Memory", size(f.memory), plural(f.instances.length, "instance")),
  ]);
}

function showFunction() {
  const f = model.functions.get(keyOf(chosen.name));
  text($("h-function"), f?.name ?? chosen.name);
  for (const part of $("view-function").children) part.hidden = !f && !part.matches(".crumbs, .title:first-of-type, #f-what");
  if (!f) {
    text($("f-what"), model.gateway ? "There is no function of this name." : "");
    return;
  }
  chosen.starts = merge(chosen.starts, model.starts.filter(start => keyOf(start.function) === keyOf(f.name)), SHOWN);
  put($("f-state"), f.state, () => state(f.state));
  actions(f);
  text($("f-what"), `${f.runtime} · ${f.program}`);
  put($("f-addresses"), f.addresses, () => addresses(f));
  $("f-failure").hidden = !f.failure;
  text($("f-words"), f.failure ?? "");
  functionTiles(f, chosen.starts);
  put($("f-rest"), [f.rest, f.idleTier, f.trust, f.missingTier, f.scale, f.notice], () => rests(f));
  put($("f-traffic"), f.traffic ?? null, () => chart(f.traffic));
  reconcile($("f-instances"), f.instances, i => i.id, row(["Instance", "State", "Address", "In flight"], [3]), (tr, i) => {
    text(tr.cells[0], i.id.slice(0, 64));
    put(tr.cells[1], i.state, () => state(i.state));
    text(tr.cells[2], i.endpoint ?? "–");
    text(tr.cells[3], i.inFlight);
  });
  text($("f-none"), f.instances.length ? "" : "It has none: its next signal makes one.");
  $("f-none").hidden = f.instances.length > 0;
  drawStarts($("f-starts"), chosen.starts, { withName: false, common: false });
  const since = model.gateway?.configuration.since;
  if (since && chosen.since !== since) keys(chosen, since);
}
