// Conveniences only: every page works without this file.
"use strict";

// "You can send a new code in 24 seconds" counts down, and its buttons wait with it.
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
      // Longer waits are said in minutes; those stand still.
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

// A server that is gone is said, not passed over.
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

// A page that nobody looks at asks for sign-ins less often.
let round = 0;
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "prompts" && document.hidden && ++round % 5) event.preventDefault();
});

// A double click is one click.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 4000);
});

// A page kept by the Back button may show what is no longer so.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

document.addEventListener("DOMContentLoaded", () => {
  countDown(document);
  // A form with nothing to say leaves a bare "?" behind.
  if (/\?$/.test(location.href)) history.replaceState(history.state, "", location.pathname);
  const zones = document.querySelector("[data-time-zone]");
  if (zones) {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if ([...zones.options].some((option) => option.value === here)) zones.value = here;
  }
});
document.addEventListener("htmx:load", (event) => { if (event.target !== document.body) countDown(event.target); });
