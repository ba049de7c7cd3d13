// The demo's phones: reports the messages that were shown and the calls that were answered, and speaks calls aloud.
"use strict";

const reported = new Set();
const answered = new Set();

function report(row) {
  const { message, signature, method } = row.dataset;
  if (reported.has(message)) return;
  reported.add(message);
  const name = { text: "handset", call: "handset_calls", email: "handset_mails" }[method];
  fetch(`/receipts/${name}`, { method: "POST", body: new URLSearchParams({ id: message, signature }) })
    .then((answer) => { if (answer.status === 404) reported.delete(message); });
}

function speak(call) {
  if (!("speechSynthesis" in window)) return;
  speechSynthesis.cancel();
  for (const line of call.querySelector(".words").textContent.trim().split("\n")) {
    const words = new SpeechSynthesisUtterance(line);
    words.lang = call.dataset.language;
    words.rate = 0.8;
    speechSynthesis.speak(words);
  }
}

function look() {
  for (const row of document.querySelectorAll("[data-message]")) {
    const call = row.querySelector("details");
    if (!call) { report(row); continue; }
    call.open = answered.has(row.dataset.message);
    call.ontoggle = () => {
      if (!call.open || answered.has(row.dataset.message)) return;
      answered.add(row.dataset.message);
      report(row);
      speak(call);
    };
  }
}

document.addEventListener("DOMContentLoaded", look);
document.addEventListener("htmx:afterSettle", look);
