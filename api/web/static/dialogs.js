// What is asked before something is done: for how long, and why.
"use strict";

function openDialog(opener) {
  const dialog = document.getElementById(`ask-${opener.dataset.dialog}`).content.firstElementChild.cloneNode(true);
  dialog.querySelector("form").dataset.path = opener.dataset.path;
  dialog.querySelector(".subject").textContent = opener.dataset.subject;
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

// The time at which a clock in `zone` shows `wall` (2026-01-31T08:00).
function inZone(wall, zone) {
  const asUtc = Date.parse(`${wall}Z`);
  const parts = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  const shown = Date.parse(`${parts.format(asUtc).replace(" ", "T")}Z`);
  return new Date(asUtc - (shown - asUtc)).toISOString();
}

function bodyOf(form) {
  const { minutes, until, one_shot: oneShot, verdict, cause, ...body } = Object.fromEntries(new FormData(form));
  if (minutes === "until") body.until = inZone(until, document.getElementById("clock").dataset.zone);
  else if (minutes) body.minutes = Number(minutes);
  if (oneShot) body.one_shot = true;
  if (verdict) body.feedback = { verdict, cause };
  return JSON.stringify(body);
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("button[data-dialog]");
  if (opener) openDialog(opener);
  if (event.target.closest("button[data-close]")) event.target.closest("dialog").close();
});

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("dialog form");
  if (!form) return;
  event.preventDefault();
  const refused = form.querySelector(".refused");
  const done = await post(form.dataset.path, bodyOf(form), { button: event.submitter, refused });
  if (done) form.closest("dialog").close();
});

document.addEventListener("input", (event) => {
  if (event.target.name === "until") event.target.form.elements.minutes.value = "until";
  const form = event.target.form;
  if (form?.elements.until) form.elements.until.required = form.elements.minutes.value === "until";
});
