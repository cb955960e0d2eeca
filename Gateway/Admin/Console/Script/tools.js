// What all views use: elements, words for numbers, lists whose rows are kept.
const $ = id => document.getElementById(id);

function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element[key] = value;
    else if (value === true) element.setAttribute(key, "");
    else if (value != null && value !== false) element.setAttribute(key, value);
  }
  element.append(...children.filter(child => child != null));
  return element;
}

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const plural = (count, word) => `${number.format(count)} ${word}${count === 1 ? "" : "s"}`;

// Three digits say enough of a time, which is in microseconds here.
function duration(us) {
  if (us == null) return "–";
  const [value, unit] = us < 1000 ? [us, "µs"] : us < 1e6 ? [us / 1000, "ms"] : us < 6e7 ? [us / 1e6, "s"] : [us / 6e7, "min"];
  return `${value >= 100 || value === 0 ? Math.round(value) : Number(value.toPrecision(3))} ${unit}`;
}

function size(bytes) {
  if (bytes == null) return "–";
  const power = bytes < 1024 ? 0 : Math.min(4, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 2 ** (10 * power)).toPrecision(3))} ${["B", "KiB", "MiB", "GiB", "TiB"][power]}`;
}

const rate = perSecond => perSecond >= 100 ? number.format(Math.round(perSecond)) : number.format(perSecond);
const clock = at => new Date(at).toLocaleTimeString("en-GB", { hour12: false }) + "." + at.slice(20, 23);
const sum = list => list.reduce((all, one) => all + one, 0);

// The value that this share of the list does not exceed; null if the list is empty.
function quantile(list, share) {
  const sorted = [...list].sort((one, other) => one - other);
  return sorted.length ? sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] : null;
}

// Writes only what has changed, so that what is selected or focused stays so.
function text(element, value) {
  if (element.textContent !== String(value)) element.textContent = value;
  return element;
}
function put(element, key, make) {
  key = JSON.stringify(key);
  if (element.shows === key) return;
  element.shows = key;
  element.replaceChildren(...[make()].flat().filter(child => child != null));
}

// Brings the children in line with the items, and keeps those of items that stay. make(item) makes a child, fill(child, item) writes it.
function reconcile(parent, items, key, make, fill) {
  const known = parent.byKey ??= new Map(), wanted = new Set(items.map(key));
  for (const [id, child] of known) if (!wanted.has(id)) { child.remove(); known.delete(id); }
  items.forEach((item, place) => {
    let child = known.get(key(item));
    if (!child) known.set(key(item), child = make(item));
    if (parent.children[place] !== child) parent.insertBefore(child, parent.children[place] ?? null);
    fill(child, item);
  });
}

// A row of a table: its first cell is a heading, and each knows the name of its column for narrow screens.
function row(labels, numeric = []) {
  return () => {
    const tr = el("tr", { role: "row" });
    labels.forEach((label, i) => tr.append(i === 0 ? el("th", { scope: "row", role: "rowheader" }) : el("td", { role: "cell", "data-label": label || null, class: numeric.includes(i) ? "n" : null })));
    return tr;
  };
}

const state = (word, more = "") => el("span", { class: `state ${word}` }, word + more);

const SVG = "http://www.w3.org/2000/svg";
function sparkline(values, label) {
  const most = Math.max(1, ...values), svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${values.length * 2} 24`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("class", "spark");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  values.forEach((value, i) => {
    if (!value) return;
    const bar = document.createElementNS(SVG, "rect"), height = Math.max(1, 24 * value / most);
    for (const [name, v] of [["x", i * 2], ["y", 24 - height], ["width", 1.6], ["height", height]]) bar.setAttribute(name, v);
    svg.append(bar);
  });
  return svg;
}

// Round numbers from 0 to the end, of which there are four to nine.
function ticks(end) {
  const raw = end / 5, power = 10 ** Math.floor(Math.log10(raw)), step = [1, 2, 5, 10].map(n => n * power).find(n => n >= raw);
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => i * step);
}
