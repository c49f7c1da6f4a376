// Keys. Letters and signs are found by their place on the keyboard, so they work in the Russian layout too.
import { isWriting, required } from "./dom";
import type { PopStack } from "./pop";

function isSlash(event: KeyboardEvent): boolean {
  return !event.shiftKey && (event.key === "/" || event.code === "Slash");
}

function isQuestion(event: KeyboardEvent): boolean {
  return event.key === "?" || (event.shiftKey && event.code === "Slash");
}

function onControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("a, button, summary, input, select, textarea") !== null;
}

/** Listens to the whole page. */
export function startKeys(pops: PopStack): void {
  const shortcuts = required<HTMLDialogElement>("#shortcuts");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || shortcuts.open) return;
    if (event.key === "Escape") {
      // before the browser does: some clear a search field on Esc, and Esc never loses what was typed
      if (pops.hideTop() || isWriting(event.target)) event.preventDefault();
      const menu = document.querySelector<HTMLDetailsElement>(".who");
      if (menu?.open) menu.open = false;
      return;
    }
    if (isWriting(event.target)) return;
    if (event.key === "Enter" && (!onControl(event.target) || pops.holds(event.target))) {
      if (pops.openTop()) event.preventDefault();
    } else if (isQuestion(event)) {
      event.preventDefault();
      shortcuts.showModal();
    } else if (isSlash(event)) {
      event.preventDefault();
      (document.querySelector<HTMLInputElement>("#main [data-slash]") ?? document.querySelector<HTMLInputElement>("#find"))?.focus();
    } else if (/^Digit[1-9]$/.test(event.code)) {
      document.querySelectorAll<HTMLAnchorElement>(".tabs a")[Number(event.code.slice(5)) - 1]?.click();
    }
  });
  for (const opener of document.querySelectorAll("[data-opens=shortcuts]")) {
    opener.addEventListener("click", () => shortcuts.showModal());
  }
}
