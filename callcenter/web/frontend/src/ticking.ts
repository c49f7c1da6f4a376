// Clocks that run without a reload. One timer for the page; the text changes only when the second does.
import { serverNow, timer } from "./words";

function tick(): void {
  const now = serverNow();
  for (const place of document.querySelectorAll<HTMLElement>("time.ticking[data-since]")) {
    const text = timer(now - Date.parse(place.dataset["since"] ?? ""));
    if (place.textContent !== text) place.textContent = text;
  }
}

/** Starts the clocks of this page and of everything that is swapped into it. */
export function startTicking(): void {
  tick();
  setInterval(tick, 1000);
  document.addEventListener("htmx:afterSettle", tick);
  document.addEventListener("visibilitychange", tick);
}

export { tick };
