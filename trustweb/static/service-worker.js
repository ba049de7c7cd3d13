// Shows a notification for a sign-in that waits for this browser, even while no page is open.
"use strict";

addEventListener("install", () => skipWaiting());

addEventListener("push", (event) => {
  const { title, body, url } = event.data.json();
  event.waitUntil(registration.showNotification(title, { body, data: url, tag: url, renotify: true }));
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data, location.href);
  if (url.origin === location.origin) event.waitUntil(clients.openWindow(url));
});

// The push service has changed this browser's subscription. The key and the CSRF token are in a form of /prompts.
addEventListener("pushsubscriptionchange", (event) => event.waitUntil((async () => {
  const page = await (await fetch("/prompts")).text();
  const found = (name) => page.match(`${name}="([^"]+)"`)?.[1];
  const options = { userVisibleOnly: true, applicationServerKey: found("data-key") };
  if (!options.applicationServerKey) return;  // this browser is not trusted any more
  const moved = event.newSubscription || await registration.pushManager.subscribe(options);
  const body = new URLSearchParams({ csrf_token: found('"csrf_token" value'), subscription: JSON.stringify(moved) });
  await fetch("/prompts/notifications", { method: "POST", body });
})()));
