// Light, dark, or as the computer says. The choice is the person's and is kept with him.

/** Makes every `[data-theme-choice]` control change the page at once. */
export function startTheme(): void {
  document.addEventListener("change", (event) => {
    const choice = (event.target as HTMLElement | null)?.closest<HTMLInputElement>("[data-theme-choice]");
    if (choice) document.documentElement.dataset["theme"] = choice.value;
  });
}
