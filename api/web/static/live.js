// Keeps the page as things are: one event stream; lists are fetched again when it says that they changed.
"use strict";

const page = document.getElementById("page");
const words = JSON.parse(page.dataset.words);
const clockAhead = Number(page.dataset.now) - Date.now();
const SHOW_LOST_AFTER_MS = 2000;
const TRY_AGAIN_MS = 3000;
const KINDS = ["alarm", "work_order", "set_aside", "flood", "sample"].map((kind) => `events=${kind}`).join("&");

const now = () => Date.now() + clockAhead;
const say = (name, values = {}) => words[name].replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
const tell = (name, detail) => document.body.dispatchEvent(new CustomEvent(name, { detail }));
const inLanguage = (text) => (words.language === "zh" ? text.zh || text.en : text.en || text.zh);

function ago(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 100) return say("ago_s", { n: seconds });
  if (seconds < 6000) return say("ago_min", { n: Math.round(seconds / 60) });
  if (seconds < 172800) return say("ago_h", { n: Math.round(seconds / 3600) });
  return say("ago_d", { n: Math.round(seconds / 86400) });
}

// The same rounding as in voice.py.
function asText(value, states) {
  if (value === null || !Number.isFinite(value)) return "–";
  if (states) return states[value] ?? "–";
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

// Readings

let readings = new Map();
const told = new Map(); // the last sample of each point that the stream told
let watched = "";

function indexReadings() {
  readings = new Map();
  for (const button of document.querySelectorAll("#readings .reading")) {
    const key = `${button.dataset.asset}/${button.dataset.point}`;
    readings.set(key, button);
    // A list that was fetched before a sample came may be shown after it.
    const sample = told.get(key);
    if (sample && timeOf(sample) >= Number(button.dataset.ts)) showSample(sample);
  }
  showAges();
  const assets = [...new Set([...readings.values()].map((button) => button.dataset.asset))];
  const charted = page.dataset.charted;
  if (charted && !assets.includes(charted)) assets.push(charted);
  const query = assets.map((asset) => `asset=${encodeURIComponent(asset)}`).join("&");
  if (query !== watched) connect(query);
}

const timeOf = (sample) => (sample.ts ? Date.parse(sample.ts) : 0);

function showSample(sample) {
  const button = readings.get(`${sample.asset}/${sample.point}`);
  if (!button) return;
  const states = button.dataset.states ? JSON.parse(button.dataset.states) : null;
  const good = sample.quality === "good";
  button.dataset.ts = timeOf(sample);
  button.classList.toggle("is-bad", !good);
  button.querySelector(".number").textContent = asText(sample.value, states);
  button.querySelector(".note").textContent = good ? "" : say("bad");
  showAge(button);
}

function showAge(button) {
  const ts = Number(button.dataset.ts);
  const age = now() - ts;
  const stale = ts > 0 && age > Number(button.dataset.staleMs);
  button.classList.toggle("is-stale", stale);
  if (button.classList.contains("is-bad")) return;
  const unknown = ts > 0 || button.querySelector(".number").textContent === "–" ? "" : say("age_unknown");
  button.querySelector(".note").textContent = stale ? `${say("stale")} · ${ago(age)}` : unknown;
}

function showAges() {
  for (const button of readings.values()) if (button.dataset.ts !== "") showAge(button);
  for (const moment of document.querySelectorAll(".ago")) {
    moment.textContent = `(${ago(now() - Number(moment.dataset.at))})`;
  }
  const clock = document.getElementById("clock");
  clock.textContent = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: clock.dataset.zone }).format(now());
}

// The event stream

let source = null;
let lostSince = null;
let again = null;

function connect(query = watched) {
  watched = query;
  clearTimeout(again);
  source?.close();
  source = new EventSource(`/api/v1/events?${KINDS}${query && `&${query}`}`);
  source.onopen = found;
  source.onerror = lose;
  source.addEventListener("alarm", (event) => {
    announce(JSON.parse(event.data));
    tell("plantroom-alarm");
  });
  source.addEventListener("flood", () => tell("plantroom-alarm"));
  source.addEventListener("set_aside", (event) => {
    remind(JSON.parse(event.data));
    tell("plantroom-alarm");
    tell("plantroom-set-aside");
  });
  source.addEventListener("work_order", () => tell("plantroom-work-order"));
  source.addEventListener("reset", () => tell("plantroom-refresh"));
  source.addEventListener("sample", (event) => {
    const sample = JSON.parse(event.data);
    told.set(`${sample.asset}/${sample.point}`, sample);
    showSample(sample);
    tell("plantroom-sample", sample);
  });
}

function found() {
  lostSince = null;
  showStream();
  tell("plantroom-refresh");
}

function lose() {
  lostSince ??= now();
  showStream();
  if (source.readyState === EventSource.CLOSED) {
    clearTimeout(again);
    again = setTimeout(connect, TRY_AGAIN_MS);
  }
}

function showStream() {
  const stream = document.getElementById("stream");
  const banner = document.getElementById("lost");
  const open = source?.readyState === EventSource.OPEN && lostSince === null;
  const lost = lostSince !== null && now() - lostSince >= SHOW_LOST_AFTER_MS;
  const state = open ? "good" : lostSince === null ? "waiting" : "bad";
  if (stream.dataset.state !== state) {
    stream.dataset.state = state;
    stream.textContent = say(open ? "live" : lostSince === null ? "connecting" : "lost");
  }
  if (banner.hidden === lost) {
    const time = lost ? new Date(lostSince).toLocaleTimeString("en-GB", { timeZone: document.getElementById("clock").dataset.zone }) : "";
    banner.textContent = lost ? say("lost_long", { time }) : "";
    banner.hidden = !lost;
    document.body.classList.toggle("is-lost", lost);
  }
}

function remind({ phase, set_aside: each }) {
  if (phase !== "reminder") return;
  const what = [each.title && inLanguage(each.title), each.asset ?? each.site].filter(Boolean).join(", ");
  document.getElementById("announcement").textContent = say("ends_soon", { what });
}

function announce(alarm) {
  if (alarm.state !== "active_unacked" || document.getElementById(`alarm-${alarm.id}`)) return;
  const severity = say(`severity.${alarm.severity}`);
  document.getElementById("announcement").textContent = `${severity}: ${inLanguage(alarm.title) || alarm.rule}, ${alarm.asset}`;
}

// What people do

async function post(path, body, { button, refused }) {
  button.disabled = true;
  refused.textContent = "";
  try {
    const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body });
    if (!answer.ok) throw new Error((await answer.json()).detail);
    tell("plantroom-refresh");
    return true;
  } catch (error) {
    refused.textContent = say("refused", { reason: error.message });
    return false;
  } finally {
    button.disabled = false;
  }
}

const send = (button) =>
  post(button.dataset.post, button.dataset.body ?? "{}", { button, refused: document.getElementById("refused") });

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-post]");
  if (button) send(button);
});

function showWaiting() {
  const count = Number(document.getElementById("alarm-count")?.dataset.unacknowledged ?? 0);
  const name = page.dataset.name;
  document.title = count ? `(${count}) ${name}` : name;
}

// What was unfolded stays so when its list is fetched again.
const unfolded = new Set();
document.addEventListener(
  "toggle",
  ({ target }) => (target.open ? unfolded.add(target.id) : unfolded.delete(target.id)),
  true,
);

document.body.addEventListener("htmx:after:swap", () => {
  for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
  indexReadings();
  showWaiting();
});
document.body.addEventListener("htmx:response:error", (event) => {
  if (event.detail.ctx.response.status === 401) window.location.assign("/");
});
document.body.addEventListener("htmx:error", lose);
document.body.addEventListener("htmx:after:request", (event) => {
  if (event.detail.ctx.response?.status === 200 && source?.readyState === EventSource.OPEN) {
    lostSince = null;
    showStream();
  }
});
document.body.addEventListener("plantroom-charted", (event) => {
  page.dataset.charted = event.detail;
  indexReadings();
});

indexReadings();
if (source === null) connect("");
showWaiting();
setInterval(() => {
  showAges();
  showStream();
}, 1000);
