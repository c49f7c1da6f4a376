// The live stream. One tab of a person leads and holds the one connection; the others hear it through a
// BroadcastChannel. When the leader goes, the next tab asks for everything after the last message it saw.
import { serverNow } from "./words";

export interface LiveMessage {
  id: number;
  kind: string;
  payload: Record<string, unknown>;
  /** Told again after F5 or a lost connection: show the state, do not announce it as news. */
  replayed: boolean;
}

type Broadcast =
  | { type: "message"; message: LiveMessage }
  | { type: "connection"; lostSince: number | null };

const REMEMBERED = 2000;
const RETRY_MS = [500, 1000, 2000, 4000];

export class LiveStream {
  private readonly channel: BroadcastChannel;
  private readonly seen = new Set<number>();
  private lastId: number;
  private failures = 0;
  private lostSince: number | null = null;

  constructor(
    private readonly person: string,
    private readonly baseline: number,
    private readonly kinds: string[],
    private readonly onMessage: (message: LiveMessage) => void,
    private readonly onConnection: (lostSince: number | null) => void,
  ) {
    this.lastId = baseline;
    this.channel = new BroadcastChannel(`callcenter-live-${person}`);
    this.channel.addEventListener("message", (event: MessageEvent<Broadcast>) => this.hear(event.data));
  }

  /** Lead when nobody leads; wait for the turn otherwise. */
  start(): void {
    // Web Locks exist on https and localhost only; without them every tab holds its own connection.
    if (!("locks" in navigator)) {
      this.connect();
      return;
    }
    void navigator.locks.request(`callcenter-live-${this.person}`, () => {
      document.documentElement.dataset["live"] = "leader";
      this.connect();
      return new Promise<never>(() => undefined);
    });
  }

  private connect(): void {
    const source = new EventSource(`/live?after=${this.lastId}`);
    source.addEventListener("open", () => {
      this.failures = 0;
      document.documentElement.dataset["stream"] = "open";
      this.setLost(null);
    });
    source.addEventListener("error", () => {
      document.documentElement.dataset["stream"] = "lost";
      if (this.lostSince === null) this.setLost(serverNow());
      // Always with an address of our own: it carries the last id even when this tab never got a message.
      source.close();
      setTimeout(() => void this.reconnect(), this.delay());
    });
    for (const kind of this.kinds) {
      source.addEventListener(kind, (event) => this.receive(kind, event as MessageEvent<string>));
    }
  }

  private async reconnect(): Promise<void> {
    try {
      const answer = await fetch("/session", { headers: { Accept: "application/json" } });
      if (answer.status === 401) {
        this.take({ id: 0, kind: "session.ended", payload: {}, replayed: false });
        return;
      }
    } catch {
      // the server is away; the stream itself will say when it is back
    }
    this.connect();
  }

  private delay(): number {
    const base = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)] ?? 1000;
    this.failures += 1;
    return base * (0.75 + Math.random() / 2);
  }

  private receive(kind: string, event: MessageEvent<string>): void {
    const id = Number(event.lastEventId);
    const payload = JSON.parse(event.data) as Record<string, unknown>;
    this.take({ id, kind, payload, replayed: false });
  }

  /** The leader's own message: act and tell the other tabs. */
  private take(message: LiveMessage): void {
    this.channel.postMessage({ type: "message", message } satisfies Broadcast);
    this.act(message);
  }

  private hear(broadcast: Broadcast): void {
    if (broadcast.type === "message") this.act(broadcast.message);
    else this.onConnection(broadcast.lostSince);
  }

  private act(message: LiveMessage): void {
    if (message.id > 0) {
      if (this.seen.has(message.id)) return;
      this.remember(message.id);
    }
    this.onMessage({ ...message, replayed: message.id > 0 && message.id <= this.baseline });
  }

  private remember(id: number): void {
    this.seen.add(id);
    if (id > this.lastId) this.lastId = id;
    if (this.seen.size > REMEMBERED) {
      const oldest = this.seen.values().next();
      if (!oldest.done) this.seen.delete(oldest.value);
    }
  }

  private setLost(since: number | null): void {
    this.lostSince = since;
    this.onConnection(since);
    this.channel.postMessage({ type: "connection", lostSince: since } satisfies Broadcast);
  }
}
