// Turns push notifications on: the form gets the browser's subscription. Uses bytes() and text() of passkeys.js.
"use strict";
{
  const current = async () => {
    const worker = await navigator.serviceWorker.getRegistration("/");
    return worker && worker.pushManager.getSubscription();
  };

  const turnOn = async (form) => {
    if (await Notification.requestPermission() !== "granted") return "denied";
    await navigator.serviceWorker.register("/service-worker.js");
    const { pushManager } = await navigator.serviceWorker.ready;
    const options = { userVisibleOnly: true, applicationServerKey: bytes(form.dataset.push) };
    const mine = await pushManager.subscribe(options).catch(async () => {
      await (await current()).unsubscribe();  // of an earlier key of the site
      return pushManager.subscribe(options);
    });
    form.elements.subscription.value = JSON.stringify(mine);
    form.submit();
  };

  const showForms = async (root) => {
    if (!window.PushManager || !window.Notification) return;
    for (const form of root.querySelectorAll("form[data-push]")) {
      const on = document.getElementById("notified");
      if (on) {  // the browser may have lost the subscription, or notifications may be blocked
        const mine = Notification.permission === "granted" && await current().catch(() => null);
        on.hidden = !mine || text(mine.options.applicationServerKey) !== form.dataset.push;
      }
      form.hidden = on ? !on.hidden : false;
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.push) return;
    event.preventDefault();
    event.stopPropagation();
    turnOn(form).catch(() => "failed").then((why) => {
      if (why) form.querySelector("output").textContent = form.dataset[why];
    });
  }, true);

  document.addEventListener("DOMContentLoaded", () => showForms(document));
  document.addEventListener("htmx:load", (event) => { if (event.target !== document.body) showForms(event.target); });
}
