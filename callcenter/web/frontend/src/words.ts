// Words and instants in the page's language; the server puts the few sentences scripts say into `#words`.
import { pageData } from "./dom";

const words = pageData<Record<string, string>>("words") ?? {};

/** The sentence with its `{places}` filled; the key itself when the page does not have it. */
export function say(key: string, places: Record<string, string> = {}): string {
  const sentence = words[key] ?? key;
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => places[name] ?? whole);
}

// The person's own clock may be wrong; ages are counted by the server's.
let ahead = 0;

/** Tells what the server's clock shows now. */
export function setServerTime(iso: string): void {
  ahead = Date.parse(iso) - Date.now();
}

/** A message made at this instant has arrived: the server's clock shows that or more. */
export function serverTimeIsAtLeast(iso: string): void {
  if (Date.parse(iso) > serverNow()) setServerTime(iso);
}

/** The server's present instant, milliseconds. */
export function serverNow(): number {
  return Date.now() + ahead;
}

/** A running time as clocks show it: 1:40, 1:00:05. */
export function timer(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(seconds / 60) % 60;
  const hours = Math.floor(seconds / 3600);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** Hours and minutes in the installation's time zone. */
export function clock(iso: string): string {
  const zone = document.documentElement.dataset["zone"] ?? "Europe/Moscow";
  return new Intl.DateTimeFormat("ru-RU", { hour: "numeric", minute: "2-digit", timeZone: zone }).format(new Date(iso));
}

/** An instant as people say it today: «сегодня 14:05», «вчера 9:30», «20.11 16:00». */
export function moment(iso: string): string {
  const zone = document.documentElement.dataset["zone"] ?? "Europe/Moscow";
  const day = (at: number) => new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(new Date(at));
  const at = Date.parse(iso);
  const time = clock(iso);
  if (day(at) === day(serverNow())) return say("today", { time });
  if (day(at) === day(serverNow() - 86_400_000)) return say("yesterday", { time });
  const date = new Intl.DateTimeFormat("ru-RU", { day: "2-digit", month: "2-digit", timeZone: zone }).format(new Date(at));
  return `${date} ${time}`;
}
