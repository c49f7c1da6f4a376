// Buttons that copy a text of the page (`data-copies` names its element); they say that it was done.
const SAID_FOR_MS = 2000;

/** Listens once for the whole document: pages come and go. */
export function startCopying(): void {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>("[data-copies]") : null;
    if (button !== null) void copy(button);
  });
}

async function copy(button: HTMLButtonElement): Promise<void> {
  const source = document.getElementById(button.dataset["copies"] ?? "");
  if (source === null) return;
  try {
    await navigator.clipboard.writeText(source.textContent?.trim() ?? "");
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), SAID_FOR_MS);
  } catch {
    // no permission to copy: the text is selected, Ctrl+C does the rest
    getSelection()?.selectAllChildren(source);
  }
}
