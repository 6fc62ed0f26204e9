// Changes rules and tries them: what a rule would have done, drawn with its limits and its alarms.
"use strict";

{
  const page = document.getElementById("rule");
  const about = page ? JSON.parse(page.dataset.script) : null;
  const word = (name, values) => about.words[name].replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");

  async function send(method, path, body, refused) {
    refused.textContent = "";
    const answer = await fetch(path, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body && JSON.stringify(body),
    }).catch((error) => ({ ok: false, json: async () => ({ detail: error.message }) }));
    if (answer.ok) return answer.json();
    refused.textContent = (await answer.json()).detail;
    return null;
  }

  const overrideOf = (asset) => (asset ? about.assets[asset].override : about.site_override);
  const paramsOf = (asset) => (asset ? about.assets[asset].params : about.params);

  function ask(name, opener) {
    const dialog = document.getElementById(`ask-${name}`).content.firstElementChild.cloneNode(true);
    const form = dialog.querySelector("form");
    const { asset, path, subject } = opener.dataset;
    dialog.querySelector(".subject").textContent = subject;
    const present = overrideOf(asset)?.params ?? {};
    for (const param of paramsOf(asset)) {
      const field = form.elements[`param-${param.name}`];
      if (!field) continue;
      field.value = present[param.name] ?? "";
      field.placeholder = `${param.value} ${param.unit}`;
    }
    dialog.addEventListener("close", () => dialog.remove());
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const body = bodyOf(form, name, overrideOf(asset));
      if (await send("PUT", path, body, form.querySelector(".refused"))) location.reload();
    });
    document.body.append(dialog);
    dialog.showModal();
  }

  // A change takes the place of the one before: what is not asked about now is said again.
  function bodyOf(form, name, before) {
    const given = Object.fromEntries(new FormData(form));
    const body = { reason: given.reason, params: before?.params ?? {} };
    if (before && before.enabled !== null) body.enabled = before.enabled;
    if (name === "change") body.params = written(given);
    else body.enabled = name === "on";
    if (given.minutes) body.minutes = Number(given.minutes);
    return body;
  }

  function written(given) {
    const params = Object.entries(given).filter(([key, value]) => key.startsWith("param-") && value.trim());
    return Object.fromEntries(params.map(([key, value]) => [key.slice("param-".length), withUnit(key, value.trim())]));
  }

  function withUnit(key, value) {
    const unit = about.params.find((param) => `param-${param.name}` === key).unit;
    return unit && Number.isFinite(Number(value)) ? `${value} ${unit}` : value;
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const refused = document.querySelector("main .refused");
    if ("change" in button.dataset) ask("change", button);
    if (button.dataset.switch) ask(button.dataset.switch, button);
    if ("undo" in button.dataset && (await send("DELETE", button.dataset.path, null, refused))) location.reload();
    if ("reload" in button.dataset && (await send("POST", "/api/v1/rules/reload", null, refused))) location.reload();
    if ("close" in button.dataset) button.closest("dialog").close();
  });

  // Trying

  const form = document.getElementById("try");
  const told = document.getElementById("tried");
  const box = document.getElementById("try-chart");
  let drawn = null;

  function showLimits() {
    for (const param of paramsOf(form.elements.asset.value)) form.elements[`param-${param.name}`].value = param.value;
  }

  form?.elements.asset.addEventListener("change", showLimits);
  if (form) showLimits();

  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(form));
    const params = written(given);
    told.textContent = `${word("trying")} …`;
    event.submitter.disabled = true;
    const refused = document.querySelector("main .refused");
    const body = { id: about.rule, site: about.site, assets: [given.asset], params };
    const found = await send("POST", "/api/v1/rules/try", body, refused);
    event.submitter.disabled = false;
    told.textContent = found ? summary(found) : refused.textContent;
    if (found) await draw(found, given.asset, params);
  });

  const clock = about && new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short", timeZone: about.zone });

  function summary(found) {
    const sums = {
      alarms: found.tried.alarms,
      per_hour: Number(found.tried.per_hour.toPrecision(2)),
      active: Number(found.tried.active_hours.toPrecision(2)),
      present: found.present?.alarms ?? 0,
      samples: found.samples,
      since: clock.format(Date.parse(found.since)),
      to: clock.format(Date.parse(found.to)),
    };
    const unknown = Object.keys(found.unknown).join(", ");
    return [
      word("tried", sums),
      found.more.length ? word("tried_more", { count: found.more.length }) : "",
      found.fewer.length ? word("tried_fewer", { count: found.fewer.length }) : "",
      unknown ? word("tried_unknown", { points: unknown }) : "",
    ].filter(Boolean).join(" ");
  }

  async function draw(found, asset, params) {
    const [since, to] = [Date.parse(found.since), Date.parse(found.to)];
    const every = Math.max(1, Math.round((to - since) / 300_000));
    const query = new URLSearchParams({ point: about.point.name, start: found.since, end: found.to, every: `${every}s` });
    const samples = await send("GET", `/api/v1/assets/${encodeURIComponent(asset)}/samples?${query}`, null, document.querySelector("main .refused"));
    if (!samples) return;
    const rows = samples.items.map((item) => [Date.parse(item.ts) / 1000, item.mean, item.min, item.max]);
    const columns = [0, 1, 2, 3].map((column) => rows.map((row) => row[column]));
    const limits = paramsOf(asset)
      .filter((param) => param.unit === about.point.unit && !/deadband/.test(param.name))
      .map((param) => [param.name, params[param.name] === undefined ? param.value : Number.parseFloat(params[param.name])]);
    limits.push(...about.lines.map((value) => ["", value]));
    box.hidden = false;
    drawn?.destroy();
    drawn = new uPlot(options(found, limits, [since / 1000, to / 1000]), columns, box);
    box.dataset.alarms = found.alarms.length;
  }

  function options(found, limits, span) {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } };
    const edge = { stroke: "transparent", points: { show: false } };
    const reach = (_, least, greatest) => {
      const all = [least, greatest, ...limits.map(([, value]) => value)].filter((value) => value !== null);
      const room = (Math.max(...all) - Math.min(...all)) * 0.08 || 1;
      return [Math.min(...all) - room, Math.max(...all) + room];
    };
    return {
      width: box.clientWidth,
      height: 260,
      tzDate: (ts) => uPlot.tzDate(new Date(ts * 1000), about.zone),
      scales: { x: { range: () => span }, y: { range: reach } },
      axes: [{ ...axis, space: 110, values: (_, ticks) => ticks.map((ts) => clock.format(ts * 1000).slice(5)) }, { ...axis, size: 56 }],
      series: [{}, { stroke: colour("--curve"), width: 2, points: { show: false } }, edge, edge],
      bands: [{ series: [3, 2], fill: colour("--band") }],
      legend: { show: false },
      cursor: { show: false },
      hooks: {
        drawClear: [(plot) => shade(plot, found.alarms, span, colour("--critical"))],
        draw: [(plot) => rule(plot, limits, colour("--critical"))],
      },
    };
  }

  // When the alarms would have been active; at least two pixels, so that a short one is seen.
  function shade(plot, alarms, [, end], colour) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.globalAlpha = 0.22;
    ctx.fillStyle = colour;
    for (const alarm of alarms) {
      const from = plot.valToPos(Date.parse(alarm.at) / 1000, "x", true);
      const to = plot.valToPos(alarm.until ? Date.parse(alarm.until) / 1000 : end, "x", true);
      ctx.fillRect(from, bbox.top, Math.max(2, to - from), bbox.height);
    }
    ctx.restore();
  }

  function rule(plot, limits, colour) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = colour;
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.font = `${12 * devicePixelRatio}px system-ui`;
    for (const [name, value] of limits) {
      const y = plot.valToPos(value, "y", true);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
      ctx.fillText(`${name} ${value}`, bbox.left + 6, y - 5);
    }
    ctx.restore();
  }
}
