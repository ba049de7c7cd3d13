// Conveniences only: every page works without this file.
"use strict";

// Counts "You can send a new code in 24 seconds" down; its buttons are disabled until then.
function countDown(root) {
  for (const line of root.querySelectorAll("[data-until]")) {
    const end = Date.now() + 1000 * Number(line.dataset.until);
    const pattern = line.textContent;
    const tick = () => {
      const left = Math.ceil((end - Date.now()) / 1000);
      if (!line.isConnected) return clearInterval(timer);
      if (left <= 1) {  // "1 seconds" would be wrong in most languages
        line.textContent = "";
        return clearInterval(timer);
      }
      // Longer waits are in minutes and stand still.
      if (left <= 90 && Number(line.dataset.until) <= 90) line.textContent = pattern.replace(/\d+/, left);
    };
    const timer = setInterval(tick, 1000);
  }
  for (const button of root.querySelectorAll("button[data-after]")) {
    const seconds = Number(button.dataset.after);
    if (!seconds) continue;
    button.disabled = true;
    setTimeout(() => {
      button.disabled = false;
      if ("byItself" in button.dataset) button.click();
    }, 1000 * seconds);
  }
}

// Shows a note when the server cannot be reached.
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    if (event.detail.requestConfig && event.detail.requestConfig.triggeringEvent) {
      const note = document.querySelector(".offline") || document.createElement("div");
      note.className = "note bad offline";
      note.setAttribute("role", "alert");
      note.textContent = document.body.dataset.offline;
      (document.querySelector(".panel") || document.querySelector("main")).prepend(note);
    }
  });
}

// A hidden page polls for sign-ins only every fifth time.
let round = 0;
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "prompts" && document.hidden && ++round % 5) event.preventDefault();
});

// Submits a form once for a double click.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 4000);
});

// Reloads a page from the Back button's cache, which may be out of date.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

document.addEventListener("DOMContentLoaded", () => {
  countDown(document);
  // A GET form without fields leaves a bare "?" in the address.
  if (/\?$/.test(location.href)) history.replaceState(history.state, "", location.pathname);
  const zones = document.querySelector("[data-time-zone]");
  if (zones) {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if ([...zones.options].some((option) => option.value === here)) zones.value = here;
  }
});
document.addEventListener("htmx:load", (event) => { if (event.target !== document.body) countDown(event.target); });
