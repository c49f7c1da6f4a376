"""The dialer built from the settings: rules, ledger, worker, and what people and the hotline do with callbacks."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from ami.client import Client
from callcenter.clock import SystemClock, steady
from callcenter.domain.calls import CallOutcome
from callcenter.domain.instants import to_microseconds
from callcenter.domain.missed_calls import MissedCallRule
from callcenter.phone.attempts import AttemptListener
from callcenter.phone.placer import AsteriskCalls, RecordFiles
from callcenter.services.api_answers import keyed
from callcenter.services.callback_desk import CallbackDesk
from callcenter.services.callback_endings import CallbackEndings
from callcenter.services.callback_ledger import CallbackLedger
from callcenter.services.callback_tickets import DeskTickets
from callcenter.services.callback_views import CallbackViews
from callcenter.services.callbacks import Callbacks
from callcenter.services.desk import Desk
from callcenter.services.dialer_control import DialerControl
from callcenter.services.dialer_rules import DialerCalendar, DialerRules, Hours
from callcenter.services.dialer_start import DialerStart
from callcenter.services.inbound_callbacks import InboundCallbacks
from callcenter.services.missed_calls import MissedCallCallbacks
from callcenter.store import Database
from callcenter.web.callback_room import CallbackRoom
from config.settings import Dialer as DialerSettings
from config.settings import MissedCalls, Settings
from dialer.admission import Rules
from dialer.attempt import Outcome
from dialer.breaker import BreakerPolicy
from dialer.caps import Caps
from dialer.outcome import CauseTable
from dialer.permission import RUSSIA, NumberProblem, NumberRule
from dialer.policy import Policy
from dialer.worker import Worker, WorkerSettings

_MICROSECOND = timedelta(microseconds=1)
_ID_BYTES = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialer:
    """The parts of one node's dialer. `attempts` takes the listener's signals, `inbound` the hotline's calls."""

    callbacks: Callbacks
    control: DialerControl
    views: CallbackViews
    inbound: InboundCallbacks
    attempts: AttemptListener
    worker: Worker
    start: DialerStart
    missed: MissedCallCallbacks
    missed_rule: MissedCallRule

    async def run(self) -> None:
        """Look whether this database fits the calls already placed, then work until cancelled."""
        checked = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.start.run(checked))
            await checked.wait()
            tasks.create_task(self.worker.run())


def build_dialer(
    database: Database,
    settings: Settings,
    calendar: Hours,
    desk: Desk,
    *,
    clients: Callable[[], Mapping[str, Client | None]],
    node: str = "",
) -> Dialer:
    """The dialer on one database; `clients` gives the present AMI client of each PBX this node listens to."""
    clock, rules = SystemClock(), dialer_rules(settings.dialer, calendar, ZoneInfo(settings.calendar.zone))
    tickets = DeskTickets(desk)
    endings = CallbackEndings(rules, tickets)
    calls = AsteriskCalls(clients, record_files(settings))
    ledger = CallbackLedger(database.uow, rules, endings, calls.reachable)
    worker = Worker(
        ledger,
        calls,
        lambda: to_microseconds(clock.now()),
        new_attempt_id,
        steady=steady,
        settings=WorkerSettings(clock_jump=settings.dialer.clock_jump // _MICROSECOND),
        causes=cause_table(settings.dialer),
    )
    control = DialerControl(keyed(database.uow), clock, rules)
    callbacks = Callbacks(keyed(database.uow), clock, rules, endings, wake=worker.wake)
    missed_rule = missed_call_rule(settings.dialer.missed_calls)
    return Dialer(
        callbacks=callbacks,
        control=control,
        views=CallbackViews(database.uow, clock, control),
        inbound=InboundCallbacks(tickets, wait=settings.dialer.gap, counting=rules.rules.policy.counted),
        attempts=AttemptListener(ledger, cause_table(settings.dialer)),
        worker=worker,
        start=DialerStart(
            database.uow, clock, calls, node=node, longest_silence=settings.dialer.longest_silence
        ),
        missed=MissedCallCallbacks(desk, callbacks, missed_rule),
        missed_rule=missed_rule,
    )


def record_files(settings: Settings) -> Mapping[str, RecordFiles]:
    """Where each Asterisk keeps its records, and the hints of its phones."""
    return {
        name: RecordFiles(cel=pbx.cel_file, cdr=pbx.cdr_file, hint_context=pbx.hint_context)
        for name, pbx in settings.pbx.items()
    }


def callback_room(dialer: Dialer, desk: Desk) -> CallbackRoom:
    """What the screens of callbacks ask."""
    return CallbackRoom(
        desk=CallbackDesk(desk, dialer.callbacks),
        views=dialer.views,
        control=dialer.control,
        missed_rule=dialer.missed_rule,
    )


def new_attempt_id() -> str:
    """An unguessable channel id; its beginning tells Asterisk's events that it is ours."""
    return f"cb-{secrets.token_hex(_ID_BYTES)}"


def cause_table(settings: DialerSettings) -> CauseTable:
    """What the carrier's answers mean: the usual, but for what is set."""
    return CauseTable().but(
        {int(code): Outcome(meaning) for code, meaning in settings.sip_codes.items()},
        {int(code): Outcome(meaning) for code, meaning in settings.hangup_causes.items()},
    )


def missed_call_rule(settings: MissedCalls) -> MissedCallRule:
    """For which missed calls a callback is asked by rule, as it is set."""
    return MissedCallRule(
        enabled=settings.enabled,
        outcomes=frozenset(CallOutcome(each) for each in settings.outcomes),
        shortest_wait=settings.shortest_wait,
        delay=settings.delay,
        oldest=timedelta(hours=settings.oldest_hours),
        executors=frozenset(settings.executors),
    )


def dialer_rules(settings: DialerSettings, calendar: Hours, zone: ZoneInfo) -> DialerRules:
    """The rules of clause 2.9 as they are set."""
    denied = NumberRule(prefixes=settings.denied_prefixes, problem=NumberProblem.NOT_LISTED)
    policy = Policy(
        limit=settings.attempts,
        gap=settings.gap // _MICROSECOND,
        executor_ring=settings.executor_ring // _MICROSECOND,
        client_ring=settings.client_ring // _MICROSECOND,
        retry_first=settings.retry_first // _MICROSECOND,
        retry_longest=settings.retry_longest // _MICROSECOND,
        ask_after=settings.ask_after,
        snooze=settings.snooze // _MICROSECOND,
        counted=frozenset(Outcome(each) for each in settings.counted),
        waits={Outcome.UNKNOWN: settings.unknown_retry // _MICROSECOND},
    )
    caps = Caps(
        concurrent=settings.concurrent,
        per_second=settings.per_second,
        per_number_a_day=settings.per_number_a_day,
        minutes_a_day=settings.minutes_a_day,
    )
    rules = Rules(
        policy=policy, caps=caps, calendar=DialerCalendar(calendar, zone), numbers=(denied, *RUSSIA)
    )
    breaker = BreakerPolicy(
        failures=settings.breaker_failures,
        first=settings.breaker_first // _MICROSECOND,
        longest=settings.breaker_longest // _MICROSECOND,
    )
    return DialerRules(
        rules=rules,
        breaker=breaker,
        client_first=frozenset(settings.client_first),
        machine_detection=settings.machine_detection,
    )
