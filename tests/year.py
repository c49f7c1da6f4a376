"""A believable year of a hotline, from a seed: the same rows each time, day after day, in bulk inserts.

Seasons of reporting, Mondays and the days after holidays, the dip at lunch, outages of one product, callers who
hang up, who call again, who are called back, vendors who are late. Nothing here uses the program's statistics.

    rows = Year(seed=1, first=date(2025, 12, 1), days=60, calls_a_day=40)
    write_sqlite(path, rows.batches())     # tests/year_writing.py
"""

import json
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from callcenter.domain.ticket_clocks import DESK_TARGETS
from callcenter.store.tables_tickets import NO_DEADLINE
from sla.calendar import BusinessCalendar
from sla.clock import Terms
from sla.record import dump_verdict
from sla.spec import regulation_spec
from sla.timeline import Happening, Pause, Step, Timeline
from sla.verdict import judge

Row = dict[str, Any]
Batch = dict[str, list[Row]]

CALENDAR = BusinessCalendar(regulation_spec())
TERMS = Terms(targets=DESK_TARGETS, calendar=CALENDAR)
ORDER = (
    "person",
    "hotline",
    "product",
    "organization",
    "client",
    "ticket",
    "call",
    "ringing",
    "ticket_step",
    "verdict",
    "handover",
    "callback",
    "callback_attempt",
    "staffed_span",
)
HOURS = {9: 0.9, 10: 1.35, 11: 1.3, 12: 1.0, 13: 0.55, 14: 1.05, 15: 1.2, 16: 1.0, 17: 0.65}
MONTHS = {
    1: 1.4,
    2: 1.0,
    3: 1.25,
    4: 1.4,
    5: 0.8,
    6: 0.85,
    7: 1.1,
    8: 0.7,
    9: 0.9,
    10: 1.15,
    11: 1.0,
    12: 1.2,
}
WEEKDAYS = (1.3, 1.1, 1.0, 0.95, 0.75, 0.0, 0.0)
OPERATORS, EXECUTORS, PRODUCTS = range(1, 9), range(9, 17), range(1, 7)
MODERATOR = 17
PEOPLE = 17
NO_TEXT = {"subject": "", "text": "", "said_text": "", "answer": "", "rating_text": "", "contact_name": ""}


@dataclass(kw_only=True)
class Year:
    """`followups`: how many further calls a ticket gets on average. `judged` False: verdicts are copies of real ones.

    `first_ids`: where ticket and call numbers begin.
    """

    seed: int
    first: date
    days: int
    calls_a_day: float
    followups: float = 0.25
    judged: bool = True
    first_ticket: int = 1001
    first_call: int = 1
    outages: set[date] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self._ticket, self._call = self.first_ticket, self.first_call
        self._callback = self._handover = self._span = 0
        self._numbers = [f"+7916{n:07d}" for n in range(max(200, int(self.calls_a_day * 40)))]
        working = [day for day in self._days() if CALENDAR.day(day).hours]
        self.outages |= set(self.random.sample(working, max(1, len(working) // 40)) if working else [])
        self._templates: dict[tuple[str, str, bool], list[str]] = {}

    def _days(self) -> Iterator[date]:
        return (self.first + timedelta(days=number) for number in range(self.days))

    def batches(self) -> Iterator[Batch]:
        """The people and things first, then each day's rows."""
        yield self.house()
        for day in self._days():
            yield self.day(day)

    def house(self) -> Batch:
        """Who works here, and what is supported."""
        people = [
            {
                "id": number,
                "login": f"p{number}",
                "name": f"Сотрудник {number}",
                "roles": ",operator," if number in OPERATORS else ",executor,",
                "locale": "ru",
                "theme": "auto",
                "active": True,
            }
            for number in range(1, PEOPLE + 1)
        ]
        return {
            "person": people,
            "hotline": [{"id": 1, "name": "Горячая линия"}, {"id": 2, "name": "Линия партнёров"}],
            "product": [
                {
                    "id": n,
                    "code": f"p{n}",
                    "name": f"Программа {n}",
                    "vendor": "Разработчик",
                    "support_included": True,
                }
                for n in PRODUCTS
            ],
        }

    def load(self, day: date) -> float:
        """How many first calls to expect on a day."""
        if not CALENDAR.day(day).hours:
            return 0.0
        rest = sum(not CALENDAR.day(day - timedelta(days=n)).hours for n in (1, 2, 3))
        after_holidays = 1.5 if rest == 3 else 1.0
        outage = 2.0 if day in self.outages else 1.0
        weekday = WEEKDAYS[day.weekday()] or 0.8  # a moved working Saturday
        return self.calls_a_day * MONTHS[day.month] * weekday * after_holidays * outage

    def day(self, day: date) -> Batch:
        """Everything that began on this day."""
        batch: Batch = {name: [] for name in ORDER}
        load = self.load(day)
        if not load:
            for _ in range(self._poisson(self.calls_a_day / 100)):
                self._closed_call(batch, day)
            return batch
        for _ in range(self._poisson(load)):
            self._caller(batch, self._instant(day), outage=day in self.outages)
        for _ in range(self._poisson(load * 0.2)):
            self._form(batch, self._instant(day))
        for _ in range(self._poisson(self.calls_a_day / 40)):
            self._closed_call(batch, day)
        self._shifts(batch, day)
        return batch

    def _poisson(self, mean: float) -> int:
        if mean > 50:
            return max(0, round(self.random.gauss(mean, math.sqrt(mean))))
        limit, product, count = math.exp(-mean), self.random.random(), 0
        while product > limit:
            product *= self.random.random()
            count += 1
        return count

    def _instant(self, day: date) -> datetime:
        hour = self.random.choices(list(HOURS), weights=list(HOURS.values()))[0]
        local = datetime.combine(day, time(hour), CALENDAR.zone)
        return (local + timedelta(seconds=self.random.uniform(0, 3600))).astimezone(UTC)

    def _number(self) -> str | None:
        if self.random.random() < 0.02:
            return None
        return self._numbers[int(len(self._numbers) * self.random.random() ** 2)]

    def _closed_call(self, batch: Batch, day: date) -> None:
        at = datetime.combine(day, time(self.random.randint(18, 22), 30), CALENDAR.zone).astimezone(UTC)
        number = self._number()
        ticket = self._new_ticket(batch, at, "call", number)
        call = self._new_call(batch, ticket, at, number)
        call["outcome"], call["ended_at"] = (
            "outside_hours",
            at + timedelta(seconds=self.random.uniform(5, 40)),
        )
        ticket["missed"] = "outside_hours"

    def _new_ticket(self, batch: Batch, at: datetime, source: str, number: str | None) -> Row:
        row: Row = {
            "id": self._ticket,
            "version": 1,
            "status": "draft",
            "source": source,
            "hotline_id": 1 if self.random.random() < 0.8 else 2,
            "caller_raw": number or "anonymous",
            "caller_e164": number,
            "created_at": at,
            "updated_at": at,
            "priority": "normal",
            "due_at": NO_DEADLINE,
            **NO_TEXT,
        }
        self._ticket += 1
        batch["ticket"].append(row)
        return row

    def _new_call(self, batch: Batch, ticket: Row, at: datetime, number: str | None) -> Row:
        row: Row = {
            "id": self._call,
            "pbx": "main",
            "linkedid": f"main-{self._call}",
            "hotline_id": ticket["hotline_id"],
            "ticket_id": ticket["id"],
            "did_raw": "88005550640",
            "did_e164": "+78005550640",
            "caller_raw": number or "anonymous",
            "caller_e164": number,
            "caller_name": "",
            "found_by": "live" if self.random.random() > 0.01 else "cdr",
            "entered_at": at,
        }
        self._call += 1
        batch["call"].append(row)
        return row

    def _caller(self, batch: Batch, at: datetime, *, outage: bool) -> None:
        number = self._number()
        ticket = self._new_ticket(batch, at, "call", number)
        call = self._new_call(batch, ticket, at, number)
        end = self._queue(call, at, crowded=outage)
        for _ in range(self._poisson(self.followups)):
            again = self._new_call(
                batch, ticket, end + timedelta(seconds=self.random.uniform(60, 5400)), number
            )
            self._queue(again, again["entered_at"], crowded=outage)
            if call["outcome"] != "answered":
                call = again
        if call["outcome"] != "answered":
            ticket["missed"] = call["outcome"]
            if number is not None and self.random.random() < 0.7:
                self._callbacks(batch, ticket, call["ended_at"])
            return
        ticket["operator_id"] = call["answered_by"]
        if self.random.random() < 0.95:
            said = call["answered_at"] + timedelta(seconds=self.random.uniform(40, 240))
            self._registered(batch, ticket, arrived=at, submitted=said, outage=outage)

    def _queue(self, call: Row, at: datetime, *, crowded: bool) -> datetime:
        """The caller's way through the queue; the instant he is gone."""
        dice = self.random.random
        call["queued_at"] = at + timedelta(seconds=dice() * 6)
        call["phone_queue"] = "hotline"
        patience = self.random.expovariate(1 / 90)
        wait = self.random.expovariate(1 / (60 if crowded else 14))
        if dice() < 0.01:
            call["ended_at"] = call["queued_at"] + timedelta(seconds=wait)
            call["outcome"] = self.random.choice(["interrupted", "unknown", "queue_empty", "queue_full"])
        elif wait > 180:
            call["ended_at"], call["outcome"] = call["queued_at"] + timedelta(seconds=180), "queue_timeout"
        elif wait > patience:
            call["ended_at"], call["outcome"] = call["queued_at"] + timedelta(seconds=patience), "abandoned"
        else:
            call["answered_at"] = call["queued_at"] + timedelta(seconds=wait)
            call["answered_by"] = self.random.choice(OPERATORS)
            call["ended_at"] = call["answered_at"] + timedelta(seconds=20 + self.random.expovariate(1 / 180))
            call["outcome"] = "answered"
        end: datetime = call["ended_at"]
        return end

    def _form(self, batch: Batch, at: datetime) -> None:
        ticket = self._new_ticket(
            batch, at, "form" if self.random.random() < 0.8 else "operator", self._number()
        )
        self._registered(batch, ticket, arrived=at, submitted=at, outage=False)

    def _registered(
        self, batch: Batch, ticket: Row, *, arrived: datetime, submitted: datetime, outage: bool
    ) -> None:
        dice, minutes = self.random.random, lambda mean: timedelta(minutes=self.random.expovariate(1 / mean))
        kind = (
            "outage"
            if outage and dice() < 0.7
            else self.random.choices(["reference", "outage", "vendor"], [75, 15, 10])[0]
        )
        topic = {"reference": self.random.randint(1, 4), "outage": 5, "vendor": self.random.randint(7, 9)}[
            kind
        ]
        product = 3 if outage else self.random.choice([*PRODUCTS, None])
        executor = self.random.choice(EXECUTORS)
        placed = submitted + timedelta(seconds=self.random.expovariate(1 / 20))
        ticket |= {"kind": kind, "topic_id": topic, "product_id": product, "status": "assigned"}
        ticket |= {"arrived_at": arrived, "registered_at": placed, "assignee_id": executor}
        ticket["said_at"] = submitted if dice() < 0.97 else None
        steps = [
            Step(at=arrived, what=Happening.ARRIVED, kind=kind, priority="normal"),
            Step(at=submitted, what=Happening.SUBMITTED),
            Step(at=placed, what=Happening.PLACED),
        ]
        at = CALENDAR.add(placed, minutes(2.2)) + timedelta(seconds=1)
        steps.append(Step(at=at, what=Happening.ASSIGNED))
        if kind == "vendor":
            at = self._vendor(batch, ticket, steps, at + minutes(6))
        elif dice() < 0.1:
            steps.append(Step(at=at + minutes(3), what=Happening.PAUSED, pause=Pause.CLIENT))
            steps.append(Step(at=steps[-1].at + minutes(90), what=Happening.RESUMED))
            at = steps[-1].at
        if dice() < 0.12:
            self._callbacks(batch, ticket, at, accepted=True)
        self._ended(batch, ticket, steps, CALENDAR.add(at, minutes(35 if kind == "outage" else 14)), kind)

    def _ended(self, batch: Batch, ticket: Row, steps: list[Step], at: datetime, kind: str) -> None:
        dice = self.random.random()
        at = max(at, steps[-1].at) + timedelta(seconds=1)
        if dice < 0.03:
            ticket["status"] = "in_progress"
        elif dice < 0.10:
            ticket["status"] = "cancelled"
            ticket["cancel_reason"] = self.random.choice(["unreachable", "by_client", "duplicate", "spam"])
            steps.append(Step(at=at, what=Happening.CANCELLED))
        else:
            ticket["status"] = "resolved" if dice < 0.6 else "closed"
            steps.append(Step(at=at, what=Happening.RESOLVED))
            if dice > 0.97:
                again = at + timedelta(minutes=40)
                steps += [Step(at=again, what=Happening.REOPENED), Step(at=again, what=Happening.RETURNED)]
                steps.append(Step(at=again + timedelta(minutes=3), what=Happening.ASSIGNED))
                at = again + timedelta(minutes=25)
                steps.append(Step(at=at, what=Happening.RESOLVED))
            if self.random.random() < 0.3:
                ticket["rating"] = self.random.choices([1, 2, 3, 4, 5], [2, 2, 6, 30, 60])[0]
        ticket["updated_at"] = at
        if ticket["status"] != "in_progress":
            ticket["ended_at"] = at
            self._verdicts(batch, ticket, steps, kind)
        batch["ticket_step"] += [
            {
                "ticket_id": ticket["id"],
                "no": no,
                "at": step.at,
                "what": str(step.what),
                "kind": step.kind,
                "priority": step.priority,
                "pause": None if step.pause is None else str(step.pause),
            }
            for no, step in enumerate(steps)
        ]

    def _verdicts(self, batch: Batch, ticket: Row, steps: Sequence[Step], kind: str) -> None:
        """Judged by `sla`; where `judged` is off, one in two hundred tickets is, and its verdicts are copied.

        Copies of kept ones are cut short: nobody reads them, and a million of them take gigabytes.
        """
        if self.judged or not self._templates or self.random.random() < 0.005:
            found = judge(Timeline(ticket=str(ticket["id"]), steps=tuple(steps)), TERMS, steps[-1].at)
            rows = [
                {
                    "ticket_id": ticket["id"],
                    "clock": str(each.clock),
                    "number": each.number,
                    "kind": each.kind,
                    "outcome": str(each.outcome),
                    "ended_at": each.ended_at,
                    "record": json.dumps(dump_verdict(each), ensure_ascii=False, sort_keys=True),
                }
                for each in found
            ]
            batch["verdict"] += rows
            if not self.judged and len(rows) == 3:
                self._templates.setdefault(("", kind, False), []).append(json.dumps(rows, default=str))
            return
        known = self._templates.get(("", kind, False)) or next(iter(self._templates.values()))
        for row in json.loads(self.random.choice(known[-100:])):
            short = row if row["outcome"] == "breached" else {**row, "record": row["record"][:300]}
            batch["verdict"].append({**short, "ticket_id": ticket["id"], "ended_at": ticket["ended_at"]})

    def _vendor(self, batch: Batch, ticket: Row, steps: list[Step], at: datetime) -> datetime:
        self._handover += 1
        back = at + timedelta(minutes=self.random.expovariate(1 / 300))
        steps.append(Step(at=at, what=Happening.PAUSED, pause=Pause.VENDOR))
        steps.append(Step(at=back, what=Happening.RESUMED))
        batch["handover"].append(
            {
                "id": self._handover,
                "ticket_id": ticket["id"],
                "vendor": "Разработчик",
                "at": at,
                "by": ticket["assignee_id"],
                "due_at": CALENDAR.add(at, timedelta(hours=8)),
                "dossier": "",
                "ended_at": back,
                "answer": "",
            }
        )
        return back

    def _callbacks(self, batch: Batch, ticket: Row, at: datetime, *, accepted: bool = False) -> None:
        number = ticket["caller_e164"]
        if number is None:
            return
        self._callback += 1
        executor = ticket.get("assignee_id") or MODERATOR
        series: Row = {
            "id": self._callback,
            "version": 1,
            "ticket_id": ticket["id"],
            "number": number,
            "executor_id": executor,
            "origin": "executor" if accepted else "moderator",
            "asked_by": executor,
            "asked_at": at,
            "reason": "first",
            "snoozed": False,
        }
        counted, no, state = 0, 0, ""
        while not state:
            no += 1
            begun = CALENDAR.next_open(at)
            at = begun + timedelta(seconds=self.random.uniform(10, 60))
            outcome = self.random.choices(
                ["reached", "no_answer", "busy", "trunk_failed", "executor_missed", "wrong_number"],
                [50, 25, 10, 8, 6, 1],
            )[0]
            batch["callback_attempt"].append(self._attempt(series, no, begun, at, outcome))
            counted += outcome in ("no_answer", "busy")
            state = {"reached": "reached", "wrong_number": "wrong_number"}.get(outcome, "")
            state = "unreachable" if counted == 3 else state
            at += timedelta(minutes=31 if outcome in ("no_answer", "busy") else 3)
        ended = batch["callback_attempt"][-1]["ended_at"]
        batch["callback"].append({**series, "state": state, "updated_at": ended, "ended_at": ended})

    def _attempt(self, series: Row, no: int, begun: datetime, at: datetime, outcome: str) -> Row:
        return {
            "id": f"cb-{series['id']}-{no}",
            "callback_id": series["id"],
            "ticket_id": series["ticket_id"],
            "no": no,
            "number": series["number"],
            "executor_id": series["executor_id"],
            "pbx": "main",
            "endpoint": "PJSIP/101",
            "token": 1,
            "due_at": begun,
            "claimed_at": begun,
            "send_by": begun,
            "expires_at": at,
            "lease_until": at,
            "stage": "client_ringing",
            "ended_at": at,
            "outcome": outcome,
            "rule": "",
            "seen": "",
            "touched": outcome not in ("executor_missed", "trunk_failed"),
            "client_first": False,
        }

    def _shifts(self, batch: Batch, day: date) -> None:
        for person in OPERATORS:
            if self.random.random() < 0.1:
                continue
            begin = datetime.combine(day, time(8, 55), CALENDAR.zone).astimezone(UTC)
            noon, end = (
                begin + timedelta(hours=self.random.uniform(3, 5)),
                begin + timedelta(hours=9, minutes=6),
            )
            for since, until in ((begin, noon), (noon + timedelta(minutes=40), end)):
                self._span += 1
                batch["staffed_span"].append(
                    {"id": self._span, "person_id": person, "since": since, "until": until}
                )
