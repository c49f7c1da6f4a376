// The pop-up of a ringing phone: one per call, filled as text, withdrawn when it stops ringing here.
import htmx from "htmx.org";
import { fill, required } from "./dom";
import type { LiveMessage } from "./live";
import { announce } from "./shell";
import { tick } from "./ticking";
import { moment, say } from "./words";

export interface Pop {
  call_id: number;
  ticket_id: number;
  hotline: string | null;
  phone_queue: string | null;
  number: { e164: string | null; display: string | null; raw: string; hidden: boolean };
  caller_name: string;
  possible_clients: { id: number; name: string; organization: { name: string } | null }[];
  open_tickets: { id: number; number: string; status: string; subject: string; missed: string | null }[];
  last_calls: { id: number; entered_at: string; outcome: string | null }[];
  waiting_since: string;
  ringing_since: string;
  reconstructed: boolean;
  callbacks?: Calling[];
}

/** A series of callbacks to the number that calls: we have been calling him about this ticket. */
interface Calling {
  ticket_id: number;
  executor: string | null;
  attempts: number;
  last_at: string | null;
  due_at: string | null;
}

interface Withdrawal {
  call_id: number;
  reason: string;
}

const NOTE_MS = 6000;

export class PopStack {
  private readonly place = required<HTMLElement>("#pops");
  private readonly shown = new Map<number, { pop: Pop; element: HTMLElement }>();
  private readonly otherTabs: BroadcastChannel;

  constructor(person: string) {
    this.otherTabs = new BroadcastChannel(`callcenter-pops-${person}`);
    this.otherTabs.addEventListener("message", (event: MessageEvent<number>) => this.drop(event.data));
  }

  /** Acts on a live message if it is about a pop-up. */
  take(message: LiveMessage): void {
    if (message.kind === "pop.show") this.show(message.payload as unknown as Pop, !message.replayed);
    else if (message.kind === "pop.withdraw") void this.withdraw(message.payload as unknown as Withdrawal);
    else if (message.kind === "stream.reset") void this.readAgain();
  }

  /** Shows a call once, however often it is told; news are also said aloud. */
  show(pop: Pop, isNews: boolean): void {
    if (this.shown.has(pop.call_id)) return;
    const element = this.build(pop);
    this.shown.set(pop.call_id, { pop, element });
    this.place.prepend(element);
    htmx.process(element);
    tick();
    if (isNews) announce(this.sentence(pop), true);
  }

  /** Enter: the draft of the call that came last. False when nothing rings. */
  openTop(): boolean {
    const link = this.place.querySelector<HTMLAnchorElement>(".pop .pop-open");
    link?.click();
    return link !== null;
  }

  /** Esc: puts the newest pop-up away; the call goes on ringing and its draft stays. */
  hideTop(): boolean {
    const top = this.place.querySelector<HTMLElement>(".pop");
    if (!top) return false;
    this.hide(Number(top.dataset["call"]));
    return true;
  }

  /** Whether an element belongs to a pop-up. */
  holds(target: EventTarget | null): boolean {
    return target instanceof Element && target.closest(".pop-hide") === null && this.place.contains(target);
  }

  private hide(callId: number): void {
    this.drop(callId);
    this.otherTabs.postMessage(callId);
    void fetch(`/pops/${callId}/seen`, { method: "POST" }).catch(() => undefined);
  }

  private drop(callId: number): Pop | undefined {
    const known = this.shown.get(callId);
    this.shown.delete(callId);
    known?.element.remove();
    return known?.pop;
  }

  private async withdraw(withdrawal: Withdrawal): Promise<void> {
    const pop = this.drop(withdrawal.call_id);
    if (!pop) return;
    const number = this.numberOf(pop);
    if (withdrawal.reason === "answered_elsewhere") {
      const person = await this.whoAnswered(withdrawal.call_id);
      this.note(person ? say("answeredBy", { person, number }) : say("stopped", { number }));
    } else if (withdrawal.reason === "caller_left") {
      this.note(say("callerLeft", { number }));
    }
  }

  private async whoAnswered(callId: number): Promise<string | null> {
    try {
      const answer = await fetch(`/pops/${callId}/answered-by`, { headers: { Accept: "application/json" } });
      if (!answer.ok) return null;
      return ((await answer.json()) as { name: string | null }).name;
    } catch {
      return null; // the note says it without the name
    }
  }

  private note(text: string): void {
    const element = clone("#note-template");
    fill(element, { text });
    this.place.append(element);
    announce(text);
    setTimeout(() => element.remove(), NOTE_MS);
  }

  /** Too much was missed to be told one by one: take what rings now, and only that. */
  private async readAgain(): Promise<void> {
    const answer = await fetch("/pops", { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const ringing = (await answer.json()) as Pop[];
    const now = new Set(ringing.map((pop) => pop.call_id));
    for (const callId of [...this.shown.keys()]) if (!now.has(callId)) this.drop(callId);
    for (const pop of ringing) this.show(pop, true);
  }

  private build(pop: Pop): HTMLElement {
    const element = clone("#pop-template");
    element.dataset["call"] = String(pop.call_id);
    const number = this.numberOf(pop);
    element.setAttribute("aria-label", say("rings", { number, client: "" }));
    fill(element, {
      number,
      queue: pop.hotline ?? pop.phone_queue,
      client: pop.possible_clients.map(clientName).join(" / "),
      stranger: pop.possible_clients.length > 0 ? "" : say(pop.number.hidden ? "hiddenNumber" : "unknownCaller"),
      callerName: pop.caller_name && pop.caller_name !== pop.number.raw ? pop.caller_name : "",
      reconstructed: pop.reconstructed ? say("reconstructed") : "",
    });
    required<HTMLElement>(".pop-wait", element).dataset["since"] = pop.waiting_since;
    list(element, "tickets", "#pop-ticket", pop.open_tickets, (ticket, row) => {
      fill(row, {
        ticketNumber: `№ ${ticket.number}`,
        subject: ticket.subject || (ticket.missed ? say(`missed.${ticket.missed}`) : say("noSubject")),
        status: say(`status.${ticket.status}`),
      });
      required<HTMLAnchorElement>("a", row).href = `/tickets/${ticket.id}`;
    });
    list(element, "callbacks", "#pop-callback", pop.callbacks ?? [], (calling, row) => {
      fill(row, { calling: callingSentence(calling), executor: calling.executor });
      required<HTMLAnchorElement>("a", row).href = `/tickets/${calling.ticket_id}`;
    });
    list(element, "calls", "#pop-call", pop.last_calls.slice(0, 3), (call, row) => {
      fill(row, { at: moment(call.entered_at), outcome: say(call.outcome ? `outcome.${call.outcome}` : "onTheLine") });
    });
    const open = required<HTMLAnchorElement>(".pop-open", element);
    // who registers calls comes to the form at once; a draft that became a ticket meanwhile leads on to it by itself
    open.href = `/tickets/${pop.ticket_id}${element.dataset["opensAt"] ?? ""}`;
    open.addEventListener("click", () => this.hideAfterOpening(pop.call_id));
    required(".pop-hide", element).addEventListener("click", () => this.hide(pop.call_id));
    return element;
  }

  private hideAfterOpening(callId: number): void {
    // after the click has been handled: an element that left the page cannot navigate
    setTimeout(() => this.hide(callId), 0);
  }

  private sentence(pop: Pop): string {
    const client = pop.possible_clients.length > 0
      ? say("possibly", { client: pop.possible_clients.map(clientName).join(", ") })
      : say(pop.number.hidden ? "hiddenNumber" : "unknownCaller");
    return say("rings", { number: this.numberOf(pop), client });
  }

  private numberOf(pop: Pop): string {
    return pop.number.display ?? (pop.number.hidden ? say("hidden") : pop.number.raw);
  }
}

/** «мы звонили ему по № 1042: звонков 2, последний сегодня 14:05, следующий сегодня 14:35» */
function callingSentence(calling: Calling): string {
  const times = calling.last_at === null
    ? say("calledNever")
    : say("calledTimes", { times: String(calling.attempts), last: moment(calling.last_at) });
  const next = calling.due_at === null ? "" : `, ${say("calledNext", { next: moment(calling.due_at) })}`;
  return say("calledAbout", { number: String(calling.ticket_id), attempts: times + next });
}

function clientName(client: Pop["possible_clients"][number]): string {
  return client.organization ? `${client.name}, ${client.organization.name}` : client.name;
}

function clone(template: string): HTMLElement {
  const content = required<HTMLTemplateElement>(template).content.cloneNode(true) as DocumentFragment;
  return required<HTMLElement>("*", content);
}

function list<T>(
  root: HTMLElement,
  name: string,
  template: string,
  items: T[],
  build: (item: T, row: HTMLElement) => void,
): void {
  const block = required<HTMLElement>(`[data-list=${name}]`, root);
  block.hidden = items.length === 0;
  const place = required<HTMLElement>("ul", block);
  for (const item of items) {
    const row = clone(template);
    build(item, row);
    place.append(row);
  }
}
