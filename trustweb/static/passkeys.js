// Passkeys: reads the WebAuthn options from the form, asks the browser, and submits its answer in the form.
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt());
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
let waiting, timer;

async function ask(form, how) {
  if (waiting) waiting.abort();
  waiting = new AbortController();
  const asked = (key, value) => key === "challenge" || key === "id" ? bytes(value) : value;
  const publicKey = JSON.parse(form.dataset.passkey, asked);
  const verb = publicKey.user ? "create" : "get";
  const { id, type, response } = await navigator.credentials[verb]({ publicKey, signal: waiting.signal, ...how });
  const said = PARTS.filter((part) => response[part]).map((part) => [part, text(response[part])]);
  if (response.getTransports) said.push(["transports", response.getTransports()]);
  form.elements.answer.value = JSON.stringify({ id, rawId: id, type, response: Object.fromEntries(said) });
  form.submit();
}

// Lets the browser offer passkeys where the account is typed. The challenge expires after minutes, so it is renewed.
async function offer(form) {
  if (!await PublicKeyCredential.isConditionalMediationAvailable?.()) return;
  ask(form, { mediation: "conditional" }).catch(() => {});
  timer = setTimeout(() => renew(form), JSON.parse(form.dataset.passkey).timeout * 0.7);
}

async function renew(form) {
  const page = await (await fetch(location)).text();
  const fresh = new DOMParser().parseFromString(page, "text/html").querySelector("[data-auto]");
  if (!fresh) return;
  form.dataset.passkey = fresh.dataset.passkey;
  offer(form);
}

function show(root) {
  if (!window.PublicKeyCredential) return;
  for (const form of root.querySelectorAll("[data-passkey]")) {
    form.hidden = false;
    form.nextElementSibling.hidden = true;
    if ("auto" in form.dataset) offer(form);
  }
}

// Runs before the listener of trustweb.js (capture), which would take a second try for a double click.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.passkey) return;
  event.preventDefault();
  event.stopPropagation();
  clearTimeout(timer);
  ask(form).catch((error) => {
    form.querySelector("output").textContent = form.dataset[error.name === "InvalidStateError" ? "twice" : "failed"];
    if ("auto" in form.dataset) renew(form);
  });
}, true);

document.addEventListener("DOMContentLoaded", () => show(document));
document.addEventListener("htmx:load", (event) => { if (event.target !== document.body) show(event.target); });
