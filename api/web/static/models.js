// Draws what models compare: a value beside what was expected of it, or days beside their interval.
"use strict";

{
  const BUCKETS = 300;
  const STEPS_S = [60, 300, 600, 1800, 3600, 7200, 14400, 43200];
  const zone = document.getElementById("clock").dataset.zone;
  const hour = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone });
  const day = new Intl.DateTimeFormat("en-CA", { month: "2-digit", day: "2-digit", timeZone: zone });
  const plots = new Map();

  const dayAndHour = (ts) => (ts === null ? "–" : `${day.format(ts * 1000)} ${hour.format(ts * 1000)}`);

  async function means(asset, point, { start, end, every }) {
    if (!point) return new Map();
    const query = new URLSearchParams({
      point, every: `${every}s`, agg: "mean",
      start: new Date(start).toISOString(), end: new Date(end).toISOString(),
    });
    const answer = await fetch(`/api/v1/assets/${encodeURIComponent(asset)}/samples?${query}`);
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.detail);
    return new Map(found.items.map((item) => [Date.parse(item.ts) / 1000, item.mean]));
  }

  // Rows at regular times: where nothing is known the lines are interrupted.
  async function columns(figure, span) {
    const { asset, value, expected, low, high, tolerance, limit } = figure.dataset;
    const [values, should, least, most] = await Promise.all(
      [value, expected, low, high].map((point) => means(asset, point, span)),
    );
    const ts = [...new Set([values, should, least, most].flatMap((each) => [...each.keys()]))].sort((a, b) => a - b);
    const of = (each) => ts.map((at) => each.get(at) ?? null);
    const off = (by) => ts.map((at) => (should.has(at) ? should.get(at) + by : null));
    const room = Number(tolerance);
    const band = tolerance ? [off(-room), off(room)] : [of(least), of(most)];
    return [ts, of(values), of(should), ...band, ts.map(() => (limit ? Number(limit) : null))];
  }

  function options(figure, box, span) {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const names = JSON.parse(figure.dataset.names);
    const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } };
    const shown = (_, v) => (v === null || v === undefined ? "–" : asText(v, null));
    const { expected, low, tolerance, limit } = figure.dataset;
    const edge = { stroke: "transparent", points: { show: false }, value: shown };
    return {
      width: box.clientWidth,
      height: 190,
      tzDate: (ts) => uPlot.tzDate(new Date(ts * 1000), zone),
      scales: { x: { range: () => [span.start / 1000, span.end / 1000] } },
      axes: [
        { ...axis, space: 80, values: (_, ticks, _axis, _space, step) => ticks.map((ts) => (step < 86400 ? hour : day).format(ts * 1000)) },
        { ...axis, size: 56 },
      ],
      series: [
        { label: say("time"), value: (_, ts) => dayAndHour(ts) },
        { label: names.value, stroke: colour("--curve"), width: 2, value: shown },
        { label: names.expected, stroke: colour("--quiet"), width: 1.5, dash: [6, 4], value: shown, show: Boolean(expected) },
        { label: `${names.band} ${say("min")}`, ...edge, show: Boolean(low || tolerance) },
        { label: `${names.band} ${say("max")}`, ...edge, show: Boolean(low || tolerance) },
        { label: names.limit, stroke: colour("--warning"), width: 1.5, dash: [2, 3], points: { show: false }, value: shown, show: Boolean(limit) },
      ],
      bands: [{ series: [4, 3], fill: colour("--band") }],
      legend: { show: false },
      cursor: { drag: { x: false, y: false } },
    };
  }

  async function draw(figure) {
    const box = figure.querySelector(".drawing");
    const [start, end] = [Number(figure.dataset.start), Number(figure.dataset.end)];
    const every = STEPS_S.find((step) => (end - start) / 1000 / step <= BUCKETS) ?? 86400;
    const span = { start, end, every };
    try {
      const data = await columns(figure, span);
      plots.get(box)?.destroy();
      box.replaceChildren();
      plots.set(box, new uPlot(options(figure, box, span), data, box));
      figure.dataset.drawn = String(data[0].length);
    } catch (error) {
      box.textContent = say("no_chart", { reason: error.message });
    }
  }

  function drawAll() {
    for (const box of plots.keys()) if (!box.isConnected) plots.delete(box);
    for (const figure of document.querySelectorAll("#models .compared")) draw(figure);
  }

  document.getElementById("models")?.addEventListener("htmx:after:swap", drawAll);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  let width = 0;
  const section = document.getElementById("models");
  if (section) {
    new ResizeObserver(() => {
      if (width && width !== section.clientWidth) drawAll();
      width = section.clientWidth;
    }).observe(section);
  }
}
