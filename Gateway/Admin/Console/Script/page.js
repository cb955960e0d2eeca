// The machine's view, what all views have in common, and the way from one to another.
function mistakes(list) {
  return list.map(m => el("li", {}, el("code", {}, m.path), ` ${m.message}`));
}

function showMachine() {
  const g = model.gateway;
  if (!g) return;
  const facts = [["Gateway", g.name], ["Version", g.version], ["Runtime", g.runtime], ["Running since", new Date(g.started).toLocaleString("en-GB")], ["Shared addresses", g.shared.join(", ") || "none"]];
  put($("facts"), facts, () => facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
  const c = g.configuration;
  put($("configuration"), c, () => [
    el("p", {}, `${plural(c.functions, "function")}, in use since ${new Date(c.since).toLocaleString("en-GB")}.`),
    c.errors.length ? el("p", { class: "felt" }, `A newer one has ${plural(c.errors.length, "mistake")} and is not in use; they are at the top of this page.`) : el("p", { class: "note" }, "It is what was read last."),
    c.needRestart.length ? el("p", {}, `Changed since the start, and in use after the next one: ${c.needRestart.join(", ")}.`) : null,
    c.warnings.length ? el("ul", {}, ...mistakes(c.warnings)) : null,
  ]);
  reconcile($("hooks"), g.hooks, h => `${h.interface} ${h.mode}`, row(["Interface", "Mode", "Why not better"]), (tr, h) => {
    text(tr.cells[0], h.interface === "*" ? "all" : h.interface);
    text(tr.cells[1], h.mode);
    text(tr.cells[2], [h.why, h.refused].filter(Boolean).join(" ")).className = "why";
  });
  $("no-hooks").hidden = g.hooks.length > 0;
}

function showMistakes() {
  const { errors = [], rejected = [] } = model.gateway?.configuration ?? {}, all = [...errors, ...rejected];
  $("mistakes").hidden = !all.length;
  put($("mistakes-list"), all, () => mistakes(all));
  text($("h-mistakes"), [
    errors.length ? `A newer configuration has ${plural(errors.length, "mistake")} and is not in use` : null,
    rejected.length ? `${plural(rejected.length, "container")} with labels cannot be used as written` : null,
  ].filter(Boolean).join("; "));
}

const VIEWS = { functions: showFunctions, function: showFunction, coldstarts: showStarts, machine: showMachine };
let view = "functions";
function route() {
  const [, word = "", name] = location.hash.split("/");
  try {
    if (word === "functions" && name) return ["function", decodeURIComponent(name)];
  } catch { /* Somebody has mistyped it. */ }
  return [word !== "function" && Object.hasOwn(VIEWS, word) ? word : "functions"];
}

function show() {
  showMistakes();
  VIEWS[view]();
}

function go(event) {
  let name;
  [view, name] = route();
  if (view !== "function") choose(null);
  else if (chosen?.name !== name) choose(name);
  for (const id of Object.keys(VIEWS)) $(`view-${id}`).hidden = id !== view;
  for (const link of $("nav").children) {
    if (link.hash === (view === "coldstarts" || view === "machine" ? `#/${view}` : "#/")) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${name ?? { functions: "Functions", coldstarts: "Cold starts", machine: "Machine" }[view]} – Headstart`;
  show();
  // A screen reader begins where the new view begins.
  if (event) {
    scrollTo(0, 0);
    $({ functions: "h-functions", function: "h-function", coldstarts: "h-coldstarts", machine: "h-machine" }[view]).focus({ preventScroll: true });
  }
}

const THEMES = { auto: "Theme: auto", light: "Theme: light", dark: "Theme: dark" };
function theme(word) {
  if (word === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = word;
  $("theme").textContent = THEMES[word];
  localStorage.setItem("theme", word);
}
$("theme").onclick = () => theme({ auto: "light", light: "dark", dark: "auto" }[document.documentElement.dataset.theme ?? "auto"]);
theme(THEMES[localStorage.getItem("theme")] ? localStorage.getItem("theme") : "auto");

for (const id of ["filter", "filter-starts"]) $(id).oninput = draw;
$("scale").onchange = draw;
document.querySelector(".skip").onclick = event => {
  event.preventDefault();
  $("main").focus();
};
addEventListener("hashchange", go);
go();
follow();
