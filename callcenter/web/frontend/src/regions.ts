// Parts of a page that follow the live stream. A message says that something changed; the part is read again
// and merged row by row, so the focus, the selection and the row under the pointer stay where they are.
import htmx from "htmx.org";
import type { LiveMessage } from "./live";
import { tick } from "./ticking";

const LEAST_INTERVAL_MS = 400;

interface Reading {
  running: boolean;
  again: boolean;
}

const readings = new WeakMap<Element, Reading>();

/** Reads again every part that follows this kind of message. */
export function refreshOn(message: LiveMessage): void {
  for (const region of document.querySelectorAll<HTMLElement>("[data-refresh-on]")) {
    const kinds = (region.dataset["refreshOn"] ?? "").split(" ");
    if (kinds.includes(message.kind) || message.kind === "stream.reset") void refresh(region);
  }
}

/** Reads every live part of the page again: after a lost connection, or when too much was missed to replay. */
export function refreshAll(): void {
  for (const region of document.querySelectorAll<HTMLElement>("[data-refresh-on]")) void refresh(region);
}

/** Reads the parts that also change when nobody tells (a listener that fell silent cannot say so). */
export function refreshPeriodically(): void {
  let second = 0;
  setInterval(() => {
    second += 1;
    for (const region of document.querySelectorAll<HTMLElement>("[data-refresh-every]")) {
      if (second % Number(region.dataset["refreshEvery"]) === 0) void refresh(region);
    }
  }, 1000);
}

async function refresh(region: HTMLElement): Promise<void> {
  const reading = readings.get(region) ?? { running: false, again: false };
  readings.set(region, reading);
  if (reading.running) {
    reading.again = true;
    return;
  }
  reading.running = true;
  try {
    do {
      reading.again = false;
      await read(region);
      await new Promise((resolve) => setTimeout(resolve, LEAST_INTERVAL_MS));
    } while (reading.again && region.isConnected);
  } finally {
    reading.running = false;
  }
}

async function read(region: HTMLElement): Promise<void> {
  let html: string;
  try {
    const answer = await fetch(region.dataset["refreshFrom"] ?? location.pathname, {
      headers: { "HX-Request": "true", "HX-Target": region.id },
    });
    if (!answer.ok) return;
    html = await answer.text();
  } catch {
    return; // the connection sign tells of it, and the reset after reconnecting reads again
  }
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  merge(region, fresh.content);
  tick();
}

/** Brings the region to the fresh state: keyed children move, come and go; unkeyed parts are replaced if changed. */
export function merge(region: Element, fresh: ParentNode): void {
  for (const part of fresh.querySelectorAll<HTMLElement>("[data-part]")) {
    const old = region.querySelector<HTMLElement>(`[data-part="${part.dataset["part"] ?? ""}"]`);
    if (!old) continue;
    if (part.dataset["keyed"] !== undefined) mergeRows(old, part);
    else if (essence(old) !== essence(part)) {
      old.innerHTML = part.innerHTML;
      htmx.process(old);
    }
  }
}

function mergeRows(old: HTMLElement, fresh: HTMLElement): void {
  const kept = new Map([...old.children].map((row) => [(row as HTMLElement).dataset["key"] ?? "", row]));
  let before: Element | null = old.firstElementChild;
  for (const row of [...fresh.children] as HTMLElement[]) {
    const key = row.dataset["key"] ?? "";
    const same = kept.get(key);
    if (!same) {
      row.classList.add("arrives");
      old.insertBefore(row, before);
      htmx.process(row);
      continue;
    }
    kept.delete(key);
    let current: Element = same;
    if (essence(same) !== essence(row)) {
      same.replaceWith(row);
      htmx.process(row);
      if (before === same) before = row;
      current = row;
    }
    if (before === current) before = current.nextElementSibling;
    else old.insertBefore(current, before);
  }
  for (const gone of kept.values()) gone.remove();
}

/** What a part says, without the running digits of its clocks and the marks scripts put on it. */
function essence(element: Element): string {
  return element.outerHTML
    .replace(/(<time class="ticking"[^>]*>)[^<]*/g, "$1")
    .replace(/ class="arrives"| arrives/g, "");
}
