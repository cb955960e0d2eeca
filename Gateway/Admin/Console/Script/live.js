// What the gateway says: /api/events, followed for as long as the page is visible.
const MOST_STARTS = 200;
const model = { gateway: null, functions: new Map(), starts: [], last: new Map() };
const keyOf = name => name.toLowerCase();
const SILENCE = 40_000; // the gateway sends something every 15 s
let token = sessionStorage.getItem("token"), isDrawn = false, following = null, isConnected = false, retry = 500;

let toast = 0;
function say(message) {
  $("toast").textContent = message;
  clearTimeout(toast);
  toast = setTimeout(() => $("toast").textContent = "", 8000);
}
const explain = error => error instanceof TypeError ? "The gateway does not answer." : error.message;

// Until there is a token that the gateway takes, the page asks for it and shows nothing else.
function asks(yes) {
  if ($("login").hidden !== yes && $("views").hidden === yes) return;
  $("login").hidden = !yes;
  $("views").hidden = yes;
  $("nav").hidden = yes;
  $("links").hidden = !!token; // a link cannot carry the token
  $("no-links").hidden = !token;
  if (yes) $("token").focus();
}

async function call(path, options = {}) {
  const response = await fetch(path, token ? { ...options, headers: { Authorization: `Bearer ${token}` } } : options);
  if (response.status === 401) {
    asks(true);
    throw Object.assign(new Error(token ? "The gateway does not take this token." : ""), { isRefused: true });
  }
  if (!response.ok) throw new Error((await response.json().catch(() => null))?.detail ?? `${path} says ${response.status}.`);
  return response;
}
const get = async (path, options) => (await call(path, options)).json();

function live(word, css) {
  text($("live"), word);
  $("live").className = css;
}

const keyOfStart = start => `${start.at} ${start.function} ${start.instance}`;
// The last ones of two lists, in order.
function merge(starts, more, most) {
  const all = new Map([...starts, ...more].map(start => [keyOfStart(start), start]));
  return [...all.values()].sort((one, other) => one.at < other.at ? -1 : 1).slice(-most);
}
function remember(starts) {
  for (const start of starts) {
    const before = model.last.get(keyOf(start.function));
    if (!before || before.at < start.at) model.last.set(keyOf(start.function), start);
  }
  model.starts = merge(model.starts, starts, MOST_STARTS);
}

const events = {
  gateway: gateway => model.gateway = gateway,
  functions: functions => functions.forEach(f => model.functions.set(keyOf(f.name), f)),
  removed: names => names.forEach(name => model.functions.delete(keyOf(name))),
  coldstarts: remember,
};

// Server-sent events (HTML, section 9.2.6), of which the gateway uses event and data. EventSource cannot send a token.
async function* read(response, heard) {
  let rest = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    heard();
    const parts = (rest + chunk).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      const fields = Object.fromEntries(part.split("\n").map(line => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
      if (fields.event) yield [fields.event, JSON.parse(fields.data)];
    }
  }
}

async function follow() {
  if (following) {
    following.again = true;
    return;
  }
  if (document.hidden) return;
  const mine = following = new AbortController();
  let silence;
  // A line that vanishes is told by nothing but its silence.
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(restart, SILENCE);
  };
  try {
    heard();
    const response = await call("/api/events", { signal: mine.signal });
    // What was removed while nobody listened is not told.
    model.functions.clear();
    model.starts = [];
    model.last = new Map((await get("/api/coldstarts?latest=true", { signal: mine.signal })).map(start => [keyOf(start.function), start]));
    asks(false);
    live("Live", "on");
    retry = 500;
    isConnected = true;
    if (chosen) load(chosen);
    for await (const [name, data] of read(response, heard)) {
      events[name]?.(data);
      draw();
    }
    throw new TypeError();
  } catch (error) {
    if (mine.signal.aborted) live("Paused", "");
    else if (error.isRefused) {
      live("", "");
      if (error.message) say(error.message);
    } else {
      live(error instanceof TypeError ? "The gateway does not answer" : error.message, "off");
      setTimeout(follow, retry = Math.min(2 * retry, 8000));
    }
  } finally {
    clearTimeout(silence);
    isConnected = false;
    following = null;
    if (mine.again) follow();
  }
}

// Follows anew: what was followed may be over without a word, or belong to another token.
function restart() {
  if (!following) return void follow();
  following.again = true;
  following.abort();
}

// Many events make one drawing.
function draw() {
  if (isDrawn) return;
  isDrawn = true;
  requestAnimationFrame(() => {
    isDrawn = false;
    show();
  });
}

// What comes of it is told by an event.
async function act(name, what, button) {
  if (button.hasAttribute("aria-disabled")) return; // a button that is disabled would lose the focus
  button.setAttribute("aria-disabled", "true");
  try {
    await call(`/api/functions/${encodeURIComponent(name)}/${what}`, { method: "POST" });
  } catch (error) { if (!error.isRefused || error.message) say(`${name}: ${explain(error)}`); }
  button.removeAttribute("aria-disabled");
}

$("login").onsubmit = event => {
  event.preventDefault();
  token = $("token").value.trim();
  sessionStorage.setItem("token", token);
  $("token").value = "";
  restart();
};
// A page that nobody sees holds no connection: browsers have six to a host.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) return void follow();
  following?.abort();
  chosen?.abort.abort();
});
