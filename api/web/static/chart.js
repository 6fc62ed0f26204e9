// Draws one point of one asset: the mean between the least and the greatest, and live readings at its end.
"use strict";

{
  const BUCKETS = 300;
  const box = document.getElementById("chart");
  const caption = document.getElementById("chart-now");
  const assets = document.getElementById("chart-asset");
  const points = document.getElementById("chart-point");
  const ranges = document.getElementById("chart-range");
  const zone = document.getElementById("clock").dataset.zone;
  // Until somebody chooses, the chart shows what the most pressing alarm is about.
  const chosen = { asset: "", point: "", seconds: 900, byHand: false, ...remembered(), ...about() };
  let samples = [];
  let plot = null;
  let asked = 0;

  // The page of one asset shows that one.
  function about() {
    const { asset, point } = page.dataset;
    return asset ? { asset, point, byHand: true } : {};
  }

  function remembered() {
    try {
      return JSON.parse(localStorage.getItem("plantroom-chart") ?? "{}");
    } catch {
      return {};
    }
  }

  const selected = () => document.querySelector(
    `#readings .reading[data-asset="${CSS.escape(chosen.asset)}"][data-point="${CSS.escape(chosen.point)}"]`,
  );
  const textOf = (element, part) => element?.querySelector(part)?.textContent.trim() ?? "";

  function choose(asset, point) {
    const buttons = [...document.querySelectorAll("#readings .reading")];
    const ofAsset = buttons.filter((button) => button.dataset.asset === asset);
    chosen.asset = asset;
    chosen.point = point || (ofAsset.some((button) => button.dataset.point === chosen.point) ? chosen.point : firstPoint(ofAsset));
    try {
      if (chosen.byHand && !page.dataset.asset) localStorage.setItem("plantroom-chart", JSON.stringify(chosen));
    } catch {
      // a browser that keeps nothing still draws
    }
    fillChoices();
    tell("plantroom-charted", asset);
    load();
  }

  function firstPoint(buttons) {
    const numbers = buttons.filter((button) => !button.dataset.states);
    return (numbers[0] ?? buttons[0])?.dataset.point ?? chosen.point;
  }

  function fillChoices() {
    const listed = [...document.querySelectorAll("#readings .asset")].map((item) => ({
      value: item.id.slice("asset-".length),
      label: item.querySelector("h3 > a").textContent.trim(),
    }));
    fill(assets, listed, chosen.asset);
    const ofAsset = [...document.querySelectorAll("#readings .reading")].filter((b) => b.dataset.asset === chosen.asset);
    fill(points, ofAsset.map((b) => ({ value: b.dataset.point, label: textOf(b, ".label") })), chosen.point);
    for (const button of document.querySelectorAll("#readings .reading")) {
      button.setAttribute("aria-pressed", String(button === selected()));
    }
  }

  function fill(select, options, value) {
    const all = options.some((option) => option.value === value) || !value ? options : [{ value, label: value }, ...options];
    const key = JSON.stringify(all);
    if (select.dataset.key !== key) {
      select.replaceChildren(...all.map((option) => new Option(option.label, option.value)));
      select.dataset.key = key;
    }
    select.value = value;
  }

  async function load() {
    if (!chosen.asset || !chosen.point) return;
    const mine = ++asked;
    const every = Math.max(1, Math.round(chosen.seconds / BUCKETS));
    const query = new URLSearchParams({
      point: chosen.point,
      start: new Date(now() - chosen.seconds * 1000).toISOString(),
      every: `${every}s`,
    });
    try {
      const answer = await fetch(`/api/v1/assets/${encodeURIComponent(chosen.asset)}/samples?${query}`);
      const document_ = await answer.json();
      if (mine !== asked) return;
      if (!answer.ok) throw new Error(document_.detail);
      samples = document_.items.map((item) => [Date.parse(item.ts) / 1000, item.mean, item.min, item.max]);
      draw();
    } catch (error) {
      if (mine === asked) caption.textContent = say("no_chart", { reason: error.message });
    }
  }

  // Where readings are missing the line is interrupted: missing is not the last value.
  function columns() {
    const every = chosen.seconds / BUCKETS;
    const stale = Number(selected()?.dataset.staleMs ?? 30000) / 1000;
    const gap = Math.max(3 * every, stale);
    const start = now() / 1000 - chosen.seconds;
    samples = samples.filter(([ts]) => ts >= start);
    const rows = [];
    for (const row of samples) {
      const last = rows.at(-1);
      if (last && row[0] - last[0] > gap) rows.push([last[0] + gap, null, null, null]);
      rows.push(row);
    }
    return [0, 1, 2, 3].map((column) => rows.map((row) => row[column]));
  }

  function options() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } };
    const states = selected()?.dataset.states;
    const names = states ? JSON.parse(states) : null;
    const value = (_, v) => (v === null || v === undefined ? "–" : asText(v, null));
    const stepped = names ? { paths: uPlot.paths.stepped({ align: 1 }) } : {};
    const edge = { stroke: "transparent", points: { show: false }, value };
    return {
      width: box.clientWidth - 20,
      height: Math.max(120, box.clientHeight - 56),
      tzDate: (ts) => uPlot.tzDate(new Date(ts * 1000), zone),
      scales: {
        x: { range: () => [now() / 1000 - chosen.seconds, now() / 1000] },
        y: names ? { range: [-0.1, names.length - 0.9] } : { range: aroundReadings },
      },
      axes: [
        { ...axis, space: 80, values: (_, ticks, _axis, _space, step) => ticks.map(step < 60 ? timeOfDay : hourAndMinute) },
        { ...axis, size: names ? 80 : 56, ...(names && { splits: () => names.map((_, n) => n), values: (_, ticks) => ticks.map((n) => names[n] ?? "") }) },
      ],
      series: [
        { label: say("time"), value: (_, ts) => (ts === null ? "–" : timeOfDay(ts)) },
        { label: say("mean"), stroke: colour("--curve"), width: 2, value, ...stepped },
        { label: say("min"), ...edge },
        { label: say("max"), ...edge },
      ],
      bands: names ? [] : [{ series: [3, 2], fill: colour("--band") }],
      legend: { markers: { show: false } },
      cursor: { drag: { x: false, y: false } },
    };
  }

  const clockTime = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: zone });
  const timeOfDay = (ts) => clockTime.format(ts * 1000);
  const hourAndMinute = (ts) => timeOfDay(ts).slice(0, 5);

  // Room around the readings, so that noise of a thousandth is not drawn as a mountain.
  function aroundReadings(_, least, greatest) {
    if (least === null) return [0, 1];
    const room = Math.max((greatest - least) * 0.1, Math.abs(greatest) * 0.02, 0.05);
    return [least >= 0 ? Math.max(0, least - room) : least - room, greatest + room];
  }

  function draw() {
    plot?.destroy();
    plot = new uPlot(options(), columns(), box);
    describe();
  }

  function describe() {
    const reading = selected();
    const asset = document.getElementById(`asset-${chosen.asset}`)?.querySelector("h3 > a").textContent.trim() ?? chosen.asset;
    const strong = document.createElement("b");
    strong.textContent = textOf(reading, ".value");
    const empty = samples.length === 0 ? ` ${say("no_samples")}` : "";
    caption.replaceChildren(`${asset} · ${textOf(reading, ".label") || chosen.point}  `, strong, empty);
  }

  function follow(sample) {
    if (sample.asset !== chosen.asset || sample.point !== chosen.point || !plot) return;
    const ts = Date.parse(sample.ts) / 1000;
    const last = samples.at(-1);
    if (sample.quality === "good" && sample.value !== null && (!last || ts > last[0])) {
      samples.push([ts, sample.value, sample.value, sample.value]);
    }
    describe();
  }

  function chooseMostPressing() {
    const alarm = document.querySelector(".alarm [data-asset][data-point]");
    const first = document.querySelector("#readings .reading:not([data-states])") ?? document.querySelector("#readings .reading");
    const start = alarm ?? (chosen.asset ? null : first);
    if (start && (start.dataset.asset !== chosen.asset || start.dataset.point !== chosen.point)) {
      choose(start.dataset.asset, start.dataset.point);
    }
  }

  function chooseByHand(asset, point) {
    chosen.byHand = true;
    choose(asset, point);
  }

  assets.addEventListener("change", () => chooseByHand(assets.value, ""));
  points.addEventListener("change", () => chooseByHand(chosen.asset, points.value));
  ranges.addEventListener("click", (event) => {
    if (!event.target.dataset.seconds) return;
    chosen.seconds = Number(event.target.dataset.seconds);
    showRange();
    choose(chosen.asset, chosen.point);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-point]");
    if (button) chooseByHand(button.dataset.asset, button.dataset.point);
  });
  document.body.addEventListener("plantroom-sample", (event) => follow(event.detail));
  document.body.addEventListener("htmx:after:swap", () => {
    if (!chosen.byHand) chooseMostPressing();
    fillChoices();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new ResizeObserver(() => plot && draw()).observe(box);

  function showRange() {
    for (const button of ranges.children) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.seconds) === chosen.seconds));
    }
  }

  setInterval(() => plot?.setData(columns()), 1000);
  setInterval(load, 30000);
  showRange();
  if (chosen.byHand) choose(chosen.asset, chosen.point);
  else chooseMostPressing();
}
