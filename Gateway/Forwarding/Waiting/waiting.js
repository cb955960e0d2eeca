
'use strict';
const page = document.body, say = page.dataset, detail = document.getElementById('detail'), bar = document.querySelector('progress'), time = document.getElementById('time');
const order = ['waiting', 'starting', 'listening', 'ready'];
const words = { waiting: 'It waits for its turn to start.', starting: detail.textContent, listening: 'It is up, and about to answer.', ready: 'It is ready.' };
let begun = performance.now() - Number(say.elapsed), typical = Number(say.typical), phase = '';

function seconds(milliseconds) { return `${Math.max(1, Math.round(milliseconds / 1000))} s`; }

function draw() {
  const elapsed = performance.now() - begun, runs = phase !== 'waiting';
  // The bar says what is known: how much of the usual time has passed. After it, or without one, it only moves.
  if (typical && runs && elapsed < typical) { bar.value = elapsed / typical; } else { bar.removeAttribute('value'); }
  time.textContent = !runs || elapsed < 1000 && !typical ? ''
    : !typical ? `${seconds(elapsed)} so far`
    : elapsed < typical * 1.1 ? `${seconds(elapsed)} of about ${seconds(typical)}`
    : `${seconds(elapsed)} so far; it takes about ${seconds(typical)} as a rule`;
}

function show(now) {
  if (now === phase) { return; }
  phase = say.phase = now;
  detail.textContent = words[now];
  for (const step of document.querySelectorAll('[data-step]')) {
    const at = order.indexOf(step.dataset.step), here = order.indexOf(now);
    step.classList.toggle('done', at < here || now === 'ready');
    if (at === here && now !== 'ready') { step.setAttribute('aria-current', 'step'); } else { step.removeAttribute('aria-current'); }
  }
}

function fail(problem) {
  say.state = 'failed';
  document.title = document.querySelector('h1').textContent = `${say.host} did not start`;
  detail.textContent = problem.detail;
  document.querySelector('#request code').textContent = problem.requestId;
}

function follow() {
  const events = new EventSource(say.events);
  const ticks = setInterval(draw, 250);
  events.addEventListener('start', event => {
    const start = JSON.parse(event.data);
    [begun, typical] = [performance.now() - start.elapsed, start.typical ?? 0];
    show(start.phase);
    draw();
  });
  events.addEventListener('ready', () => {
    clearInterval(ticks);
    events.close();
    show('ready');
    bar.value = 1;
    location.reload();
  });
  events.addEventListener('failed', event => {
    clearInterval(ticks);
    events.close();
    fail(JSON.parse(event.data));
  });
  // A browser tries again by itself, unless the answer was something else: then the service may be there, or must not be followed.
  events.onerror = () => { if (events.readyState === EventSource.CLOSED) { setTimeout(() => location.reload(), Number(say.retryAfter) * 1000); } };
}

if (say.state === 'starting') {
  show(say.phase);
  draw();
  follow();
}
