// Parts of a page that follow the live stream. A message says that something changed; the part is read again
// and merged row by row, so the focus, the selection and the row under the pointer stay where they are.
import htmx from "htmx.org";
import { isWriting } from "./dom";
import type { LiveMessage } from "./live";
import { tick } from "./ticking";

const GATHER_MS = 120;
const LEAST_INTERVAL_MS = 700;
const LIST_INTERVAL_MS = 1500; // a list costs more than the line, and nobody reads it anew twice a second

let person = "";
const due = new Set<HTMLElement>();
let reading = false;

/** Whose screen this is: his own rows are marked, and his own parts read only what concerns him. */
export function followFor(personId: number): void {
  person = String(personId);
  document.addEventListener("htmx:afterSettle", markMine);
  markMine();
}

/** Reads again every part that follows this kind of message. */
export function refreshOn(message: LiveMessage): void {
  for (const region of document.querySelectorAll<HTMLElement>("[data-refresh-on]")) {
    const kinds = (region.dataset["refreshOn"] ?? "").split(" ");
    const mine = region.dataset["refreshMine"] === undefined || isMine(message, region);
    const follows = kinds.includes(message.kind) && mine && isOfTicket(message, region) && concerns(message, region);
    if (follows || message.kind === "stream.reset") ask(region);
  }
}

/** Reads every live part of the page again: after a lost connection. */
export function refreshAll(): void {
  for (const region of document.querySelectorAll<HTMLElement>("[data-refresh-on]")) ask(region);
}

/** Reads the parts that also change when nobody tells (a listener that fell silent cannot say so). */
export function refreshPeriodically(): void {
  let second = 0;
  setInterval(() => {
    second += 1;
    for (const region of document.querySelectorAll<HTMLElement>("[data-refresh-every]")) {
      if (second % Number(region.dataset["refreshEvery"]) === 0) ask(region);
    }
  }, 1000);
}

function isMine(message: LiveMessage, region: HTMLElement): boolean {
  if (message.kind.startsWith("pop.") || message.kind === "dialer.changed") return true;
  if (String(message.payload["executor_id"] ?? "") === person) return true;
  if (String(message.payload["operator_id"] ?? "") === person) return true;
  const calls = message.payload["call_ids"];
  return Array.isArray(calls) && calls.some((id) => region.querySelector(`[data-call="${Number(id)}"]`) !== null);
}

/** A part that shows one ticket's affairs does not follow those of other tickets. */
function isOfTicket(message: LiveMessage, region: HTMLElement): boolean {
  const ticket = region.dataset["refreshTicket"];
  const told = message.payload["ticket_id"];
  if (ticket === undefined) return true;
  if (told !== undefined) return String(told) === ticket;
  const calls = message.payload["call_ids"];
  const shows = (id: unknown): boolean => region.querySelector(`[data-part="ticket-calls"] [data-key="${Number(id)}"]`) !== null;
  return !Array.isArray(calls) || calls.some(shows);
}

/**
 * Whether a changed ticket can have changed what a part shows. Of five changes a second one or none concerns a
 * person's list; two hundred people who read theirs at each would be a thousand readings a second.
 *
 * `data-refresh-states`: tickets that are, or were, in one of these states; with `data-refresh-crossing` only when
 * they came or went (a figure). `data-refresh-of="me"`: those this person has, had, or sees here.
 * `data-refresh-seen`: those that stand here. `data-refresh-asked`: any, unless it shows that nothing is asked.
 */
function concerns(message: LiveMessage, region: HTMLElement): boolean {
  if (message.kind !== "ticket.changed") return true;
  const { status, before, assignee_id: now, was_assignee_id: then } = message.payload;
  const states = region.dataset["refreshStates"]?.split(" ");
  if (states !== undefined) {
    const is = states.includes(String(status));
    const was = before === undefined ? is : states.includes(String(before));
    // a call's own message does not say what was before: it may be a new draft
    return region.dataset["refreshCrossing"] === undefined || before === undefined ? is || was : is !== was;
  }
  // nothing is asked of him: only a new question, which is told for itself, can change that
  if (region.dataset["refreshAsked"] !== undefined) return region.textContent?.trim() !== "0";
  const mine = region.dataset["refreshOf"] === "me";
  if (mine && (String(now ?? "") === person || String(then ?? "") === person)) return true;
  if (!mine && region.dataset["refreshSeen"] === undefined) return true;
  return region.querySelector(`a[href="/tickets/${Number(message.payload["ticket_id"])}"]`) !== null;
}

function markMine(): void {
  for (const row of document.querySelectorAll<HTMLElement>("tr[data-people]")) {
    row.classList.toggle("mine", (row.dataset["people"] ?? "").split(" ").includes(person));
  }
}

function ask(region: HTMLElement): void {
  due.add(region);
  if (!reading) void readDue();
}

/** One burst of messages is one reading; the parts of the shell and the workspace come in one request. */
async function readDue(): Promise<void> {
  reading = true;
  try {
    while (due.size > 0) {
      // not all browsers in the same instant
      await pause(GATHER_MS * (0.5 + Math.random()));
      const regions = [...due].filter((region) => region.isConnected);
      due.clear();
      const shared = regions.filter((region) => region.dataset["refreshWant"] !== undefined);
      const own = regions.filter((region) => region.dataset["refreshWant"] === undefined);
      if (shared.length > 0) {
        const want = shared.map((region) => region.dataset["refreshWant"] ?? "").join(" ");
        await read(`/workspace/parts?want=${encodeURIComponent(want)}`, shared);
      }
      for (const [address, parts] of byAddress(own)) await read(address, parts);
      tick();
      markMine();
      await pause(own.length > 0 ? LIST_INTERVAL_MS : LEAST_INTERVAL_MS);
    }
  } finally {
    reading = false;
  }
}

/** Parts that come from one place are read in one request. */
function byAddress(regions: HTMLElement[]): Map<string, HTMLElement[]> {
  const found = new Map<string, HTMLElement[]>();
  for (const region of regions) {
    const address = region.dataset["refreshFrom"] ?? location.pathname;
    found.set(address, [...(found.get(address) ?? []), region]);
  }
  return found;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function read(address: string, regions: HTMLElement[]): Promise<void> {
  let html: string;
  try {
    const answer = await fetch(address, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    html = await answer.text();
  } catch {
    return; // the connection sign tells of it, and after reconnecting everything is read again
  }
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  for (const region of regions) {
    // a copy for each: rows move out of what they are merged from, and two regions may hold the same part
    merge(region, fresh.content.cloneNode(true) as DocumentFragment);
    document.documentElement.dataset["merging"] = "yes";
    region.dispatchEvent(new CustomEvent("parts:merged", { bubbles: true }));
    delete document.documentElement.dataset["merging"];
  }
}

/** Brings the region to the fresh state: keyed children move, come and go; unkeyed parts are replaced if changed. */
export function merge(region: Element, fresh: ParentNode): void {
  for (const part of fresh.querySelectorAll<HTMLElement>("[data-part]")) {
    const old = region.querySelector<HTMLElement>(`[data-part="${part.dataset["part"] ?? ""}"]`);
    if (!old) continue;
    if (part.dataset["keyed"] !== undefined) mergeRows(old, part);
    else if (isBeingWritten(old)) continue;
    else if (essence(old) !== essence(part)) {
      old.innerHTML = part.innerHTML;
      htmx.process(old);
    }
  }
}

/** What somebody types into stays as it is; it is read again with the next change or the next minute. */
function isBeingWritten(part: HTMLElement): boolean {
  return part.contains(document.activeElement) && isWriting(document.activeElement);
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
    if (essence(same) !== essence(row) && !isHeld(same)) {
      keepMark(same, row);
      same.replaceWith(row);
      htmx.process(row);
      if (before === same) before = row;
      current = row;
    }
    if (before === current) before = current.nextElementSibling;
    else old.insertBefore(current, before);
  }
  for (const gone of kept.values()) {
    if (isHeld(gone)) gone.classList.add("gone");
    else gone.remove();
  }
}

/** A form somebody has open: what he types stays, whatever becomes of the ticket meanwhile. */
function isHeld(element: Element): boolean {
  return element instanceof HTMLElement && element.dataset["holds"] !== undefined && !element.hidden;
}

/** A row that was marked stays marked when it is shown anew. */
function keepMark(old: Element, fresh: Element): void {
  const was = old.querySelector<HTMLInputElement>('[name="ticket"]');
  const now = fresh.querySelector<HTMLInputElement>('[name="ticket"]');
  if (was && now) now.checked = was.checked;
}

/** What a part says, without the running digits of its clocks and the marks scripts put on it. */
function essence(element: Element): string {
  return element.outerHTML
    .replace(/(<time class="ticking[^>]*>)[^<]*/g, "$1")
    .replace(/ data-tone="[a-z]*"/g, "")
    .replace(/ open=""/g, "")
    .replace(/ data-kept="yes"/g, "")
    .replace(/ aria-expanded="[a-z]*"/g, "")
    .replace(/ class="[^"]*\b(?:arrives|mine)\b[^"]*"/g, "");
}
