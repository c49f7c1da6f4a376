// The list of all tickets and the page of one: rows that change in place, marks, actions that open below their row.
import htmx from "htmx.org";
import type { LiveMessage } from "./live";
import { announce, goTo } from "./shell";
import { tick } from "./ticking";
import { say } from "./words";

const GATHER_MS = 300;
const LEAST_INTERVAL_MS = 1500;

// --- the list: a row changes where it stands; what is new is told, and comes when asked for ------------------------

const changed = new Set<string>();
const news = new Set<string>();
let reading = false;

function list(): HTMLElement | null {
  return document.querySelector<HTMLElement>("[data-live-rows]");
}

function rowOf(id: string): HTMLTableRowElement | null {
  return list()?.querySelector<HTMLTableRowElement>(`tr[data-key="${CSS.escape(id)}"]`) ?? null;
}

/** A ticket changed: its row is read again if it is on the screen, else the list says that it may have grown. */
export function followTickets(message: LiveMessage): void {
  if (!list() || message.kind !== "ticket.changed" || message.replayed) return;
  const id = String(message.payload["ticket_id"]);
  if (rowOf(id)) {
    changed.add(id);
    void readRows();
  } else if (message.payload["before"] !== message.payload["status"]) tellNews(id, String(message.payload["status"]));
}

function tellNews(id: string, status: string): void {
  const place = document.querySelector<HTMLElement>("#list-news");
  const wanted = place?.dataset["statuses"] ?? "";
  if (!place || (wanted !== "" && !wanted.split(" ").includes(status))) return;
  news.add(id);
  const words = place.querySelector("[data-fill=news]");
  if (words) words.textContent = say("listChanged", { count: String(news.size) });
  place.hidden = false;
}

async function readRows(): Promise<void> {
  if (reading) return;
  reading = true;
  await pause(GATHER_MS);
  while (changed.size > 0) {
    const ids = [...changed].slice(0, 60);
    for (const id of ids) changed.delete(id);
    await replaceRows(ids);
    await pause(LEAST_INTERVAL_MS);
  }
  reading = false;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function replaceRows(ids: string[]): Promise<void> {
  const address = list()?.dataset["liveRows"];
  if (!address) return;
  let html: string;
  try {
    const answer = await fetch(`${address}?ids=${ids.join(",")}`, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    html = await answer.text();
  } catch {
    return; // the connection sign tells of it; the next change reads the row again
  }
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  for (const row of fresh.content.querySelectorAll<HTMLTableRowElement>("tr")) replaceRow(row);
  tick();
}

function replaceRow(fresh: HTMLTableRowElement): void {
  const old = rowOf(fresh.dataset["key"] ?? "");
  if (!old || old.dataset["version"] === fresh.dataset["version"]) return;
  const focused = old.contains(document.activeElement) ? document.activeElement?.tagName.toLowerCase() : undefined;
  const mark = old.querySelector<HTMLInputElement>("[name=ticket]");
  const freshMark = fresh.querySelector<HTMLInputElement>("[name=ticket]");
  if (mark && freshMark) freshMark.checked = mark.checked;
  fresh.classList.add("changed");
  fresh.classList.toggle("is-marked", mark?.checked ?? false);
  old.replaceWith(fresh);
  htmx.process(fresh);
  if (focused) fresh.querySelector<HTMLElement>(focused)?.focus();
}

function reload(): void {
  news.clear();
  const form = document.querySelector<HTMLFormElement>("form.filters");
  const searched = form?.querySelector<HTMLInputElement>("[name=q]")?.defaultValue;
  if (form && searched) form.requestSubmit();
  else goTo(location.pathname + location.search);
}

// --- marks ------------------------------------------------------------------------------------------------------------

function marks(): HTMLInputElement[] {
  return [...document.querySelectorAll<HTMLInputElement>("#main tbody [name=ticket]")];
}

function countMarks(): void {
  const bar = document.querySelector<HTMLElement>("#marked");
  if (!bar) return;
  const marked = marks().filter((each) => each.checked).length;
  bar.hidden = marked === 0;
  const words = bar.querySelector("[data-fill=marked]");
  if (words) words.textContent = say("marked", { count: String(marked) });
  for (const row of document.querySelectorAll("#main [data-rows] > tr")) {
    row.classList.toggle("is-marked", row.querySelector<HTMLInputElement>("[name=ticket]")?.checked ?? false);
  }
}

function markAll(on: boolean): void {
  for (const each of marks()) each.checked = on;
  countMarks();
}

// --- a ticket's page: one action open at a time, what is typed stays ----------------------------------------------------

function panelOf(name: string): HTMLElement | null {
  return document.getElementById(`act-${name}`);
}

function show(name: string, open: boolean, focus = true): void {
  for (const each of document.querySelectorAll<HTMLElement>(".act-panel:not(.asked)")) {
    const own = each.id === `act-${name}` || each.dataset["follows"] === name;
    each.hidden = !(own && open);
  }
  syncOpeners();
  const panel = panelOf(name);
  if (!open || !panel || !focus) return;
  panel.querySelector<HTMLElement>("textarea, select, input:not([type=hidden])")?.focus();
  panel.scrollIntoView({ block: "nearest" });
}

function syncOpeners(): void {
  for (const each of document.querySelectorAll<HTMLElement>("[data-act]")) {
    each.setAttribute("aria-expanded", String(panelOf(each.dataset["act"] ?? "")?.hidden === false));
  }
}

function insert(button: HTMLElement): void {
  const words = button.closest("li")?.querySelector("[data-answer]")?.textContent ?? "";
  const field = button.closest(".act-panel")?.querySelector<HTMLTextAreaElement>("[name=answer]");
  if (!field) return;
  field.value = field.value.trim() === "" ? words : `${field.value.trimEnd()}\n\n${words}`;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

function shownVersion(): string | undefined {
  return document.querySelector<HTMLElement>("#ticket-news [data-version]")?.dataset["version"];
}

let seenVersion: string | undefined;

/** Somebody else changed the ticket: say what happened; forms that are open stay as they are. */
function tellChange(): void {
  syncOpeners();
  for (const gone of document.querySelectorAll<HTMLElement>(".act-panel.gone:not([data-told])")) {
    gone.dataset["told"] = "yes";
    const note = document.createElement("p");
    note.className = "problem";
    note.textContent = say("actGone");
    gone.prepend(note);
    for (const button of gone.querySelectorAll("button")) button.disabled = true;
  }
  const version = shownVersion();
  const place = document.querySelector<HTMLElement>("#ticket-news");
  if (!place || version === undefined || version === seenVersion) return;
  seenVersion = version;
  place.hidden = false;
  announce(place.querySelector("[data-part]")?.textContent?.trim() ?? "");
}

/** He has read what happened: what he sends next is about the ticket as it is now. */
function newsRead(): void {
  const version = shownVersion();
  const place = document.querySelector<HTMLElement>("#ticket-news");
  if (!place || version === undefined) return;
  for (const field of document.querySelectorAll<HTMLInputElement>("#acts [name=version]")) field.value = version;
  place.hidden = true;
  document.querySelector<HTMLElement>(".act-panel:not([hidden]) textarea")?.focus();
}

function onClick(event: Event): void {
  if (!(event.target instanceof Element)) return;
  const opener = event.target.closest<HTMLElement>("[data-act]");
  if (opener) show(opener.dataset["act"] ?? "", panelOf(opener.dataset["act"] ?? "")?.hidden === true);
  const inserts = event.target.closest<HTMLElement>("[data-insert]");
  if (inserts) insert(inserts);
  if (event.target.closest("[data-news-read]")) newsRead();
  if (event.target.closest("[data-unmark]")) markAll(false);
  if (event.target.closest("[data-reload-list]")) reload();
}

function onChange(event: Event): void {
  const field = event.target;
  if (!(field instanceof HTMLInputElement)) return;
  if (field.dataset["markAll"] !== undefined) markAll(field.checked);
  else if (field.name === "ticket") countMarks();
}

function onEscape(event: KeyboardEvent): void {
  if (event.key !== "Escape" || !(event.target instanceof Element)) return;
  const panel = event.target.closest<HTMLElement>(".act-panel:not(.asked)");
  if (!panel) return;
  const name = panel.dataset["key"] ?? "";
  show(name, false);
  document.querySelector<HTMLElement>(`[data-act="${CSS.escape(name)}"]`)?.focus();
}

function onRestored(event: Event): void {
  if (document.documentElement.dataset["merging"] !== undefined) return; // he closed it himself; it waits closed
  const panel = event.target instanceof Element ? event.target.closest<HTMLElement>(".act-panel[hidden]") : null;
  if (panel && !document.querySelector(".act-panel:not(.asked):not([hidden])")) show(panel.dataset["key"] ?? "", true, false);
}

function onPage(): void {
  seenVersion = shownVersion();
  news.clear();
  changed.clear();
  countMarks();
  syncOpeners();
}

/** A long list of executors comes with its best; the others are added when the field is opened. */
function offerTheRest(event: Event): void {
  const field = event.target;
  if (!(field instanceof HTMLSelectElement) || field.dataset["restFrom"] === undefined) return;
  const source = document.getElementById(field.dataset["restFrom"]);
  delete field.dataset["restFrom"];
  if (!(source instanceof HTMLSelectElement)) return;
  const there = new Set([...field.options].map((option) => option.value));
  for (const option of source.options) {
    if (!there.has(option.value)) field.add(new Option(option.text, option.value));
  }
}

/** Listens to the whole page; pages come and go under it. */
export function startTickets(): void {
  document.addEventListener("click", onClick);
  document.addEventListener("change", onChange);
  document.addEventListener("keydown", onEscape);
  document.addEventListener("focusin", offerTheRest);
  document.addEventListener("form:restored", onRestored);
  document.addEventListener("parts:merged", (event) => {
    if (event.target instanceof HTMLElement && event.target.id === "ticket") tellChange();
    countMarks();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if ((event.target as Element | null)?.id === "main") onPage();
  });
  onPage();
}
