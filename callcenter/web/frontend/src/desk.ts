// The desk by keyboard: rows by J and K, actions by their letters, Ctrl+Enter sends; what is typed survives.
// Letters are found by their place on the keyboard, so they work in the Russian layout too.
import { isWriting } from "./dom";

function rows(): HTMLTableRowElement[] {
  return [...document.querySelectorAll<HTMLTableRowElement>("[data-rows] > tr")];
}

function currentRow(): HTMLTableRowElement | undefined {
  return document.activeElement?.closest<HTMLTableRowElement>("[data-rows] > tr") ?? rows()[0];
}

function step(by: number): void {
  const all = rows();
  const at = document.activeElement?.closest<HTMLTableRowElement>("[data-rows] > tr");
  const next = all[at ? all.indexOf(at) + by : 0];
  next?.querySelector<HTMLElement>("a")?.focus();
}

function act(code: string): boolean {
  const wanted = `[data-hotkey="${code}"]`;
  const found =
    currentRow()?.querySelector<HTMLElement>(wanted) ?? document.querySelector<HTMLElement>(`#main ${wanted}`);
  if (!found) return false;
  if (found.dataset["hotkeyDoes"] === "focus") found.focus();
  else found.click();
  if (found instanceof HTMLElement && found.tagName === "SUMMARY") {
    found.parentElement?.querySelector<HTMLElement>("textarea, select, input:not([type=hidden])")?.focus();
  }
  return true;
}

function onKey(event: KeyboardEvent): void {
  if (event.isComposing || document.querySelector("dialog[open]")) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target instanceof Element ? event.target.closest<HTMLFormElement>("#main form") : null;
    const button = form?.querySelector<HTMLButtonElement>("button.primary, button");
    if (button) {
      event.preventDefault();
      button.click();
    }
    return;
  }
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || isWriting(event.target)) return;
  if (event.code === "KeyJ") step(1);
  else if (event.code === "KeyK") step(-1);
  else if (!/^Key[A-Z]$/.test(event.code) || !act(event.code)) return;
  event.preventDefault();
}

// --- what is typed survives an expired session, a reload and a lost connection -----------------------------------

type Kept = Record<string, string>;

function read(form: HTMLFormElement): Kept {
  const kept: Kept = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && name !== "version") kept[name] = value;
  }
  return kept;
}

function restore(form: HTMLFormElement): void {
  const key = form.dataset["keep"] ?? "";
  const text = sessionStorage.getItem(key);
  if (text === null) return;
  for (const [name, value] of Object.entries(JSON.parse(text) as Kept)) {
    for (const field of form.querySelectorAll<HTMLInputElement>(`[name="${CSS.escape(name)}"]`)) {
      if (field.type === "radio" || field.type === "checkbox") field.checked = field.value === value;
      else if (field.tagName !== "BUTTON") field.value = value;
    }
  }
}

function keepForms(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-keep]:not([data-kept])")) {
    form.dataset["kept"] = "yes";
    restore(form);
    form.addEventListener("input", () => sessionStorage.setItem(form.dataset["keep"] ?? "", JSON.stringify(read(form))));
  }
}

function forgetSent(event: Event): void {
  const { xhr, elt } = (event as CustomEvent<{ xhr: XMLHttpRequest; elt: Element }>).detail;
  const key = elt instanceof HTMLFormElement ? elt.dataset["keep"] : undefined;
  if (key !== undefined && xhr.status >= 200 && xhr.status < 300) sessionStorage.removeItem(key);
}

// --- the registration form: a chosen client fills the empty contact, a topic proposes its kind --------------------

function fillContact(choice: HTMLInputElement): void {
  const form = choice.form;
  if (!form) return;
  for (const name of ["contact_name", "contact_phone", "contact_email"]) {
    const field = form.elements.namedItem(name);
    const known = choice.getAttribute(`data-${name.replace("_", "-")}`) ?? "";
    if (field instanceof HTMLInputElement && known !== "" && (field.value === "" || field.dataset["filled"] === field.value)) {
      field.value = known;
      field.dataset["filled"] = known;
    }
  }
}

function proposeKind(topic: HTMLSelectElement): void {
  const kind = topic.selectedOptions[0]?.dataset["kind"];
  if (!kind || !topic.form || topic.form.querySelector('[name="kind"]:checked:not([data-proposed])')) return;
  const radio = topic.form.querySelector<HTMLInputElement>(`[name="kind"][value="${kind}"]`);
  if (!radio) return;
  for (const other of topic.form.querySelectorAll<HTMLElement>('[name="kind"]')) delete other.dataset["proposed"];
  radio.checked = true;
  radio.dataset["proposed"] = "yes";
}

function onChange(event: Event): void {
  const field = event.target;
  if (field instanceof HTMLInputElement && field.name === "choice") fillContact(field);
  if (field instanceof HTMLInputElement && field.name === "kind") delete field.dataset["proposed"];
  if (field instanceof HTMLSelectElement && field.name === "topic_id") proposeKind(field);
}

/** Listens to the whole page; pages come and go under it. */
export function startDesk(): void {
  document.addEventListener("keydown", onKey);
  document.addEventListener("change", onChange);
  document.addEventListener("htmx:afterSettle", keepForms);
  document.addEventListener("htmx:afterRequest", forgetSent);
  keepForms();
}
