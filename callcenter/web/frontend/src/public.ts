// Public pages work without this script; with it, a form that fails keeps its files, a retry after a lost connection
// stays one request, typed words survive a reload, and a frame grows with its content.

const WORDS_KEPT = ["name", "phone", "email", "organization", "inn", "text", "product"];
const TIMEOUT_MS = 60_000;
const LARGEST_FILE = 10 * 2 ** 20;
const LARGEST_ALL = 18 * 2 ** 20;

function keepWords(form: HTMLFormElement): void {
  const key = form.dataset.keep;
  if (!key) return;
  const fields = WORDS_KEPT.map((name) => form.elements.namedItem(name)).filter(
    (field): field is HTMLInputElement => field !== null && "value" in field,
  );
  try {
    const kept: Record<string, string> = JSON.parse(sessionStorage.getItem(key) ?? "{}");
    for (const field of fields) field.value ||= kept[field.name] ?? "";
    form.addEventListener("input", () => {
      const words = Object.fromEntries(fields.map((field) => [field.name, field.value]));
      sessionStorage.setItem(key, JSON.stringify(words));
    });
  } catch {
    // a browser that keeps nothing for frames of other sites: the server still gives everything back
  }
}

function forgetWords(form: HTMLFormElement): void {
  try {
    if (form.dataset.keep) sessionStorage.removeItem(form.dataset.keep);
  } catch {
    // nothing was kept
  }
}

function tooLarge(form: HTMLFormElement): boolean {
  const files = [...(form.querySelector<HTMLInputElement>("input[type=file]")?.files ?? [])];
  return files.some((file) => file.size > LARGEST_FILE) || files.reduce((sum, file) => sum + file.size, 0) > LARGEST_ALL;
}

function complain(form: HTMLFormElement, text: string): void {
  const input = form.querySelector<HTMLInputElement>("input[type=file]");
  const note = document.getElementById("attachments-note");
  if (!input || !note) return;
  note.className = "problem";
  note.textContent = text;
  input.setAttribute("aria-invalid", "true");
  input.focus();
}

function showAnswer(text: string): void {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  const main = document.getElementById("main");
  const next = fresh.getElementById("main");
  if (!main || !next) return;
  const chosen = main.querySelector<HTMLInputElement>("input[type=file]");
  const empty = next.querySelector<HTMLInputElement>("input[type=file]");
  const keepsFiles = Boolean(chosen?.files?.length);
  if (chosen && empty && keepsFiles) {
    for (const name of ["aria-invalid", "aria-describedby"]) {
      const value = empty.getAttribute(name);
      if (value === null) chosen.removeAttribute(name);
      else chosen.setAttribute(name, value);
    }
    empty.replaceWith(chosen);
    next.querySelector(".lost")?.remove();
  }
  main.replaceChildren(...next.childNodes);
  document.title = fresh.title;
  start();
  document.getElementById("problems")?.focus();
}

async function send(form: HTMLFormElement, button: HTMLElement): Promise<void> {
  const label = button.textContent;
  const failed = document.getElementById("failed");
  button.setAttribute("aria-disabled", "true");
  button.textContent = form.dataset.sending ?? label;
  if (failed) failed.hidden = true;
  const body = new FormData(form);
  try {
    const answer = await fetch(form.action, { method: "POST", body, signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (answer.redirected) {
      forgetWords(form);
      location.assign(answer.url);
      return;
    }
    if (answer.status >= 500) throw new Error(String(answer.status));
    showAnswer(await answer.text());
  } catch {
    if (failed) {
      failed.hidden = false;
      failed.tabIndex = -1;
      failed.focus();
    }
  }
  button.removeAttribute("aria-disabled");
  button.textContent = label;
}

function start(): void {
  const form = document.querySelector<HTMLFormElement>("form.request");
  const button = form?.querySelector<HTMLElement>("#send");
  if (!form || !button) return;
  keepWords(form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") return;
    if (tooLarge(form)) complain(form, form.dataset.tooLarge ?? "");
    else void send(form, button);
  });
}

function growFrame(): void {
  if (window.parent === window) return;
  const tell = (): void =>
    window.parent.postMessage({ callcenter: "height", height: document.documentElement.offsetHeight }, "*");
  new ResizeObserver(tell).observe(document.documentElement);
  tell();
}

start();
growFrame();
document.getElementById("problems")?.focus();
document.documentElement.dataset.ready = "";
