// Clocks that run without a reload. One timer for the page; the text changes only when the second does.
import { say, serverNow, timer } from "./words";

/** A length of time in words, whole minutes; under a minute in seconds, from two days on in days and hours. */
function spoken(milliseconds: number): string {
  const seconds = Math.floor(Math.abs(milliseconds) / 1000);
  if (seconds < 60) return say("seconds", { seconds: String(seconds) });
  const minutes = Math.floor(seconds / 60) % 60;
  const hours = Math.floor(seconds / 3600);
  if (hours === 0) return say("minutes", { minutes: String(minutes) });
  if (hours < 48) return say("hours", { hours: String(hours), minutes: String(minutes).padStart(2, "0") });
  return say("days", { days: String(Math.floor(hours / 24)), hours: String(hours % 24) });
}

function tickDeadlines(now: number): void {
  for (const place of document.querySelectorAll<HTMLElement>("time.ticking[data-due]")) {
    const left = Date.parse(place.dataset["due"] ?? "") - now;
    const near = left < Number(place.dataset["near"]) * 1000 ? "near" : "fine";
    const tone = left < 0 ? "late" : near;
    const late = (left > -60_000 ? place.dataset["sayJust"] : undefined) ?? place.dataset["sayLate"] ?? "overdue";
    const words = left < 0 ? late : (place.dataset["sayLeft"] ?? "left");
    const text = say(words, { time: spoken(left) });
    if (place.dataset["tone"] !== tone) place.dataset["tone"] = tone;
    if (place.textContent !== text) place.textContent = text;
  }
}

function tick(): void {
  const now = serverNow();
  for (const place of document.querySelectorAll<HTMLElement>("time.ticking[data-since]")) {
    const text = timer(now - Date.parse(place.dataset["since"] ?? ""));
    if (place.textContent !== text) place.textContent = text;
  }
  tickDeadlines(now);
}

/** Starts the clocks of this page and of everything that is swapped into it. */
export function startTicking(): void {
  tick();
  setInterval(tick, 1000);
  document.addEventListener("htmx:afterSettle", tick);
  document.addEventListener("visibilitychange", tick);
}

export { tick };
