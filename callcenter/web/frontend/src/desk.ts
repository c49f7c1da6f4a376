// The desk by keyboard: rows by J and K, actions by their letters, Ctrl+Enter sends; what is typed survives.
// Letters are found by their place on the keyboard, so they work in the Russian layout too.
import { isWriting } from "./dom";
import { say } from "./words";

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
  const all = [currentRow()?.querySelector<HTMLElement>(wanted), ...document.querySelectorAll<HTMLElement>(`#main ${wanted}`)];
  const found = all.find((each) => each && !each.closest("[hidden]"));
  if (!found) return false;
  if (found.dataset["hotkeyDoes"] === "focus") found.focus();
  else found.click();
  if (found.tagName === "SUMMARY") {
    found.parentElement?.querySelector<HTMLElement>("textarea, select, input:not([type=hidden])")?.focus();
  }
  return true;
}

function onKey(event: KeyboardEvent): void {
  if (event.isComposing || document.querySelector("dialog[open]")) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target instanceof Element ? event.target.closest<HTMLFormElement>("#main form") : null;
    const button = ["button.primary", "button.danger", "button:not([type=button])"]
      .map((each) => form?.querySelector<HTMLButtonElement>(each))
      .find((each) => each);
    if (button) {
      event.preventDefault();
      button.click();
    }
    return;
  }
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || isWriting(event.target)) return;
  if (event.code === "KeyJ" && rows().length > 0) step(1);
  else if (event.code === "KeyK" && rows().length > 0) step(-1);
  else if (!/^Key[A-Z]$/.test(event.code) || !act(event.code)) return;
  event.preventDefault();
}

// --- what is typed survives an expired session, a reload and a lost connection -----------------------------------

// Every form that is sent to us is kept while it is typed, for this person in this tab, until it was accepted.

type Kept = Record<string, string[]>;
type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const NEVER_KEPT = new Set(["hidden", "password", "file", "submit", "button", "reset"]);
let owner = "";

function keyOf(form: HTMLFormElement): string | undefined {
  const own = form.dataset["keep"];
  if (own === "no" || form.getAttribute("method")?.toLowerCase() !== "post" || form.closest('[hx-boost="false"]')) return undefined;
  return `kept:${owner}:${own ?? form.getAttribute("action") ?? location.pathname}`;
}

function fieldsOf(form: HTMLFormElement): Field[] {
  return [...form.elements].filter(
    (each): each is Field =>
      (each instanceof HTMLInputElement || each instanceof HTMLTextAreaElement || each instanceof HTMLSelectElement) &&
      each.name !== "" &&
      !NEVER_KEPT.has(each.type),
  );
}

function isTicked(field: Field): field is HTMLInputElement {
  return field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio");
}

function read(form: HTMLFormElement): Kept {
  const kept: Kept = {};
  for (const field of fieldsOf(form)) {
    const values = (kept[field.name] ??= []);
    if (!isTicked(field) || field.checked) values.push(field.value);
  }
  return kept;
}

function restore(form: HTMLFormElement, key: string): void {
  const text = sessionStorage.getItem(key);
  if (text === null) return;
  const kept = JSON.parse(text) as Kept;
  const sent = JSON.stringify(read(form));
  const places = new Map<string, number>();
  for (const field of fieldsOf(form)) {
    const values = kept[field.name];
    if (!values) continue;
    if (isTicked(field)) {
      if (field.checked === field.defaultChecked) field.checked = values.includes(field.value);
      continue;
    }
    const place = places.get(field.name) ?? 0;
    places.set(field.name, place + 1);
    // whoever typed on while the page was settling has the last word
    const typed = !(field instanceof HTMLSelectElement) && field.value !== field.defaultValue;
    if (values[place] !== undefined && !typed) field.value = values[place];
  }
  if (JSON.stringify(read(form)) !== sent) tellRestored(form, key);
  form.dispatchEvent(new CustomEvent("form:restored", { bubbles: true }));
}

/** What stands in the form is not what is stored: he is told, and may drop it. */
function tellRestored(form: HTMLFormElement, key: string): void {
  const note = document.createElement("p");
  note.className = "restored small";
  note.textContent = `${say("restored")} `;
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "quiet";
  drop.textContent = say("restoredDrop");
  drop.addEventListener("click", () => {
    form.reset();
    sessionStorage.removeItem(key);
    note.remove();
  });
  note.append(drop);
  form.prepend(note);
}

function keepForms(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("#main form:not([data-kept])")) {
    form.dataset["kept"] = "yes";
    const key = keyOf(form);
    if (key === undefined) continue;
    restore(form, key);
    const keep = (): void => {
      if (form.dataset["sending"] === undefined) sessionStorage.setItem(key, JSON.stringify(read(form)));
    };
    form.addEventListener("input", keep);
    form.addEventListener("change", keep);
  }
}

interface Sent {
  xhr: XMLHttpRequest;
  elt: Element;
  requestConfig?: { elt?: Element };
}

/** The form behind a request; after an answer was swapped in, htmx tells of it on whatever is left of the page. */
function sentForm(event: Event): HTMLFormElement | undefined {
  const { elt, requestConfig } = (event as CustomEvent<Sent>).detail;
  const form = requestConfig?.elt ?? elt;
  return form instanceof HTMLFormElement ? form : undefined;
}

/** From now on its text is on the way: a field that loses the focus when the page goes must not bring it back. */
function holdSent(event: Event): void {
  const form = sentForm(event);
  if (form) form.dataset["sending"] = "yes";
}

function forgetSent(event: Event): void {
  const form = sentForm(event);
  const key = form && keyOf(form);
  if (!form || key === undefined) return;
  const { status } = (event as CustomEvent<Sent>).detail.xhr;
  if (status >= 200 && status < 300) sessionStorage.removeItem(key);
  else delete form.dataset["sending"];
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
export function startDesk(person: string): void {
  owner = person;
  document.addEventListener("keydown", onKey);
  document.addEventListener("change", onChange);
  document.addEventListener("htmx:afterSettle", keepForms);
  document.addEventListener("parts:merged", keepForms);
  document.addEventListener("htmx:beforeRequest", holdSent);
  document.addEventListener("htmx:afterRequest", forgetSent);
  keepForms();
}
