// Cold starts on a time axis: above what the function does, below what its client sees of it.
const SHOWN = 50, PHASES = ["wake", "started", "listening", "ready"];
const lastOf = start => Math.max(1, ...Object.values(start.phases).filter(us => us != null));

function timeline(start, end) {
  const p = start.phases, bar = el("div", { class: "bar", role: "img" }), axis = el("div", { class: "axis", "aria-hidden": "true" });
  const at = (css, from, to) => {
    const piece = el("i", { class: css });
    piece.style.left = `${100 * from / end}%`;
    if (to != null) piece.style.width = `${100 * (to - from) / end}%`;
    bar.append(piece);
  };
  const part = (css, from, to) => { if (from != null && to != null && to > from) at(css, from, to); };
  at("lane", 0, end);
  at("lane client", 0, end);
  for (const tick of ticks(end)) {
    at("grid", tick);
    const label = el("span", {}, tick ? duration(tick) : "0");
    label.style.left = `${100 * tick / end}%`;
    axis.append(label);
  }
  let last = 0;
  for (const phase of PHASES) {
    part(phase, last, p[phase]);
    last = Math.max(last, p[phase] ?? 0);
  }
  if (p.request != null) {
    const served = Math.max(p.request, p.ready ?? p.request);
    part("client window", 0, p.request);
    part("client penalty", p.request, served);
    part("client answer", served, p.firstByte);
    at("mark", p.request);
  }
  const words = [...PHASES, "request", "firstByte"].filter(name => p[name] != null).map(name => `${name} ${duration(p[name])}`).join(", ");
  bar.setAttribute("aria-label", `After the signal: ${words}`);
  bar.title = words;
  return [bar, axis];
}

function startItem(withName) {
  return (li, start) => {
    const [who, what, when] = li.children;
    put(who, start.at, () => [withName ? el("a", { href: `#/functions/${encodeURIComponent(start.function)}` }, start.function) : el("span", {}, clock(start.at)),
      el("small", {}, withName ? `${clock(start.at)} · ` : "", `${start.signal} from ${start.tier}`)]);
    put(what, [start.outcome, start.penalty], () => [el("span", {}, ...penalty(start).slice(0, 1)),
      el("small", {}, [start.phases.ready != null ? `ready after ${duration(start.phases.ready)}` : null, start.phases.request != null ? `window ${duration(start.phases.request)}` : null].filter(Boolean).join(" · "))]);
    put(when, [start.phases, li.end], () => timeline(start, li.end));
  };
}

function legend() {
  const part = (css, word) => el("span", {}, el("i", { class: css }), word);
  return el("p", { class: "legend", "aria-hidden": "true" }, el("b", {}, "Function"), part("wake", "dispatch and turn"), part("started", "runtime"), part("listening", "boot"), part("ready", "probe"),
    el("b", {}, "Client"), part("window", "handshakes, nothing waits"), part("penalty", "waits for the function"), part("answer", "answer on its way"));
}

// Draws a list, the last one first.
function drawStarts(box, starts, { withName, common }) {
  box.list ??= (box.append(legend()), box.appendChild(el("ol")));
  box.note ??= box.appendChild(el("p", { class: "note" }));
  const shown = starts.slice(-SHOWN).reverse(), end = common ? Math.max(1, ...shown.map(lastOf)) : null;
  reconcile(box.list, shown, keyOfStart, () => el("li", { class: "start" }, el("div", { class: "who" }), el("div"), el("div")), (li, start) => {
    li.end = (end ?? lastOf(start)) * 1.02;
    startItem(withName)(li, start);
  });
  text(box.note, shown.length ? "" : "None yet: call a function that is at rest.");
  box.note.hidden = shown.length > 0;
}

function showStarts() {
  const word = $("filter-starts").value.trim().toLowerCase();
  drawStarts($("starts"), model.starts.filter(start => !word || [start.function, start.signal, start.outcome, start.tier].some(part => part.toLowerCase().includes(word))), { withName: true, common: $("scale").checked });
}
