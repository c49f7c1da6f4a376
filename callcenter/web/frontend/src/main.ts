import htmx from "htmx.org";
import { startDesk } from "./desk";
import { startCopying } from "./admin";
import { startDialer } from "./dialer";
import { pageData } from "./dom";
import { startKeys } from "./keys";
import { LiveStream, type LiveMessage } from "./live";
import { PopStack, type Pop } from "./pop";
import { followFor, refreshAll, refreshOn, refreshPeriodically } from "./regions";
import { ConnectionSign, startShell } from "./shell";
import { startTheme } from "./theme";
import { followTickets, startTickets } from "./tickets";
import { startTicking } from "./ticking";
import { clock, serverTimeIsAtLeast, setServerTime } from "./words";

interface Shell {
  person: number;
  now: string;
  live_id: number;
  kinds: string[];
  pops: Pop[];
}

// No eval, no inline style: the page's Content-Security-Policy forbids both.
Object.assign(htmx.config, {
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  historyCacheSize: 0,
  scrollIntoViewOnBoost: false,
  selfRequestsOnly: true,
  responseHandling: [
    { code: "204", swap: false },
    { code: "...", swap: true },
  ],
});

function start(shell: Shell): void {
  setServerTime(shell.now);
  startTicking();
  startShell();
  startTheme();
  followFor(shell.person);
  refreshPeriodically();
  const pops = new PopStack(String(shell.person));
  for (const pop of shell.pops) pops.show(pop, false);
  startKeys(pops);
  startTickets();
  startDesk(String(shell.person));
  startDialer();
  startCopying();

  const sign = new ConnectionSign((at) => clock(new Date(at).toISOString()));
  let wasLost = false;
  let leaving = false; // the tab that signs out goes where its answer leads
  document.addEventListener("submit", (event) => {
    if (event.target instanceof HTMLFormElement && event.target.getAttribute("action")?.endsWith("/sign-out")) leaving = true;
  });
  const onMessage = (message: LiveMessage): void => {
    if (message.kind === "session.ended") {
      // back to this very page afterwards: what was typed here is waiting in it
      if (!leaving) location.assign(`/sign-in?reason=ended&next=${encodeURIComponent(location.pathname)}`);
      return;
    }
    if (typeof message.payload["at"] === "string") serverTimeIsAtLeast(message.payload["at"]);
    pops.take(message);
    refreshOn(message);
    followTickets(message);
  };
  const onConnection = (lostSince: number | null): void => {
    sign.show(lostSince);
    if (lostSince === null && wasLost) refreshAll();
    wasLost = lostSince !== null;
  };
  new LiveStream(String(shell.person), shell.live_id, shell.kinds, onMessage, onConnection).start();
  document.documentElement.dataset["ready"] = "yes";
}

const shell = pageData<Shell>("shell");
if (shell) start(shell);
else startTheme();
