// The card of a callback: it is there before the executor hears the client, and its keys work wherever he is.
// What he put away stays away for this call; a call that connected may still be marked as a machine.
import { isWriting, required } from "./dom";
import { announce } from "./shell";

const AWAY = "callback-cards-away";
const KEPT = 20;

function away(): string[] {
  return JSON.parse(sessionStorage.getItem(AWAY) ?? "[]") as string[];
}

function cards(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("#callback-card .callback-card:not([hidden])")];
}

function putAway(attempt: string): void {
  sessionStorage.setItem(AWAY, JSON.stringify([...away(), attempt].slice(-KEPT)));
  hideAway();
}

/** Cards come by htmx and by the live merge; whatever was put away is hidden again, new ones are said aloud. */
function hideAway(): void {
  const gone = away();
  for (const card of document.querySelectorAll<HTMLElement>("#callback-card .callback-card")) {
    const attempt = card.dataset["attempt"] ?? "";
    const hidden = gone.includes(attempt);
    if (card.hidden !== hidden) card.hidden = hidden;
    if (!hidden && card.dataset["said"] === undefined) {
      card.dataset["said"] = "yes";
      announce(card.getAttribute("aria-label") ?? "", true);
    }
  }
}

/** What cannot be taken back asks once more; the question has the focus, so that Enter does it and Esc does not. */
const SURE = "details.sure";

function onToggle(event: Event): void {
  const asked = event.target;
  if (asked instanceof HTMLDetailsElement && asked.matches(SURE) && asked.open) asked.querySelector("button")?.focus();
}

function leaveBe(target: EventTarget | null): boolean {
  const asked = target instanceof Element ? target.closest<HTMLDetailsElement>(`${SURE}[open]`) : null;
  if (!asked) return false;
  asked.open = false;
  asked.querySelector("summary")?.focus();
  return true;
}

/** Enter opens, Z puts off, V puts right who answered, Esc hides; a pop-up of a ringing hotline call goes first. */
function onKey(event: KeyboardEvent): void {
  if (event.code === "Escape" && leaveBe(event.target)) {
    event.preventDefault();
    event.stopPropagation();
    return;
  }
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || event.isComposing) return;
  if (isWriting(event.target) || document.querySelector("dialog[open], #pops .pop")) return;
  const card = cards()[0];
  const code = event.code === "NumpadEnter" ? "Enter" : event.code;
  const found = card?.querySelector<HTMLElement>(`[data-card-key="${code}"]`);
  if (!found) return;
  const elsewhere = event.target instanceof Element && event.target.closest("a, button, summary") !== null;
  if (code === "Enter" && elsewhere) return; // Enter on a button presses that button, on the card as anywhere
  event.preventDefault();
  event.stopPropagation();
  found.click();
}

/** Listens to the whole page; does nothing where the shell has no place for the card. */
export function startDialer(): void {
  document.addEventListener("toggle", onToggle, { capture: true });
  document.addEventListener("keydown", onKey, { capture: true });
  if (!document.getElementById("callback-card")) return;
  const place = required<HTMLElement>("#callback-card");
  place.addEventListener("click", (event) => {
    const hides = (event.target as Element).closest<HTMLElement>("[data-hides]");
    if (hides) putAway(hides.dataset["hides"] ?? "");
  });
  new MutationObserver(hideAway).observe(place, { childList: true, subtree: true });
  hideAway();
}
