// The shell around the pages: it stays while htmx swaps the main region, so streams and calls live on.
import htmx from "htmx.org";
import { required } from "./dom";
import { say } from "./words";

/** Goes to a page of ours without leaving the shell. */
export function goTo(path: string): void {
  const link = document.createElement("a");
  link.href = path;
  link.hidden = true;
  required("#links").append(link);
  htmx.process(link);
  link.click();
  link.remove();
}

/** Says something once to people who listen to the screen instead of looking at it. */
export function announce(sentence: string, urgent = false): void {
  const place = required<HTMLElement>(urgent ? "#announce-now" : "#announce");
  place.textContent = "";
  // a screen reader speaks of changes, so the same sentence twice needs an empty moment between
  requestAnimationFrame(() => (place.textContent = sentence));
}

function markTab(): void {
  const here = location.pathname;
  for (const tab of document.querySelectorAll<HTMLAnchorElement>(".tabs a")) {
    const path = new URL(tab.href).pathname;
    const also = (tab.dataset["also"] ?? "").split(" ").filter((each) => each !== "");
    const under = (place: string): boolean => here === place || here.startsWith(place + "/");
    const current = path === "/" ? here === "/" : [path, ...also].some(under);
    if (current) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
}

function afterSwap(): void {
  markTab();
  required<HTMLDetailsElement>(".who").open = false;
  const main = required<HTMLElement>("#main");
  const wanted = main.querySelector<HTMLElement>("[autofocus]");
  if (wanted) wanted.focus();
  else if (!document.activeElement || document.activeElement === document.body) main.focus({ preventScroll: true });
}

const SAID_FOR_MS = 8000;
let unsaying: ReturnType<typeof setTimeout> | undefined;

/** What was asked did not arrive: said at once and to the eye, beside the banner of a lost stream. */
function tellUnreachable(): void {
  const place = required<HTMLElement>("#unsent");
  announce(say("unreachable"), true);
  place.textContent = say("unreachable");
  place.hidden = false;
  clearTimeout(unsaying);
  unsaying = setTimeout(() => (place.hidden = true), SAID_FOR_MS);
}

/** Keeps tabs, focus and title right while pages come and go. */
export function startShell(): void {
  document.addEventListener("htmx:pushedIntoHistory", markTab);
  document.addEventListener("htmx:historyRestore", markTab);
  document.addEventListener("htmx:afterSettle", (event) => {
    if ((event.target as Element | null)?.id === "main") afterSwap();
  });
  document.addEventListener("htmx:sendError", () => tellUnreachable());
  const menu = required<HTMLDetailsElement>(".who");
  document.addEventListener("click", (event) => {
    if (menu.open && !menu.contains(event.target as Node)) menu.open = false;
  });
  markTab();
}

/** Shows whether the stream to the server is open; a blink of two seconds is not worth a word. */
export class ConnectionSign {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly since: (at: number) => string) {}

  show(lostSince: number | null): void {
    clearTimeout(this.timer);
    const sign = required<HTMLElement>("#connection");
    if (lostSince === null) {
      sign.hidden = true;
      return;
    }
    this.timer = setTimeout(() => {
      sign.textContent = say("connectionLost", { time: this.since(lostSince) });
      sign.hidden = false;
    }, 2000);
  }
}
