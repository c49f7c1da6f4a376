// Small typed reading of what the server put into the page.

/** The element, or an error that names it: a page without it is a mistake of ours. */
export function required<E extends Element>(selector: string, root: ParentNode = document): E {
  const found = root.querySelector<E>(selector);
  if (found === null) throw new Error(`the page has no ${selector}`);
  return found;
}

/** A JSON block of the page (`<script type="application/json" id=…>`), or undefined when the page has none. */
export function pageData<T>(id: string): T | undefined {
  const block = document.getElementById(id);
  return block?.textContent ? (JSON.parse(block.textContent) as T) : undefined;
}

/** Whether the person is writing: then keys are his text and not our shortcuts. */
export function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["button", "submit", "checkbox", "radio", "reset"].includes(target.type);
}

/** Fills every `[data-fill=name]` of a fragment as text, never as markup, and hides the empty ones. */
export function fill(root: ParentNode, values: Record<string, string | null | undefined>): void {
  for (const place of root.querySelectorAll<HTMLElement>("[data-fill]")) {
    const value = values[place.dataset["fill"] ?? ""];
    if (value === undefined) continue;
    place.textContent = value ?? "";
    const block = place.closest<HTMLElement>("[data-when-filled]") ?? place;
    block.hidden = value === null || value === "";
  }
}
