"""An independent recount: the measures made in plain Python from the raw rows themselves, by the regulation's words.

It shares nothing with the program's counting: no tallies, no SQL groups, no histograms. Rows come as dictionaries.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from callcenter.store import Database
from callcenter.store.statement import Statement
from callcenter.store.tables import metadata
from tests.year import ORDER

Row = Mapping[str, Any]
RAW = [
    name
    for name in ORDER
    if name not in ("person", "hotline", "product", "organization", "client", "ringing")
]
WEEK = timedelta(days=7)


def second(at: datetime) -> int:
    """An instant without its fraction of a second."""
    return int(at.timestamp())


class Raw:
    """All raw rows of a house. `await Raw.of(database)`."""

    def __init__(self, tables: Mapping[str, Sequence[Row]]) -> None:
        self.tables = tables
        self.tickets = {row["id"]: row for row in tables["ticket"]}
        self.calls_of: dict[int, list[Row]] = {}
        self.calls_by_number: dict[str, list[Row]] = {}
        for call in sorted(tables["call"], key=lambda row: row["entered_at"]):
            self.calls_of.setdefault(call["ticket_id"], []).append(call)
            if call["caller_e164"]:
                self.calls_by_number.setdefault(call["caller_e164"], []).append(call)
        self.reopened = {row["ticket_id"] for row in tables["ticket_step"] if row["what"] == "reopened"}
        self.called_back = {row["ticket_id"] for row in tables["callback"]}
        self.handed = {row["ticket_id"] for row in tables["handover"]}
        self.verdicts: dict[int, list[Row]] = {}
        for row in tables["verdict"]:
            self.verdicts.setdefault(row["ticket_id"], []).append(row)

    @classmethod
    async def of(cls, database: Database) -> "Raw":
        tables: dict[str, list[Row]] = {}
        async with database.uow(write=False) as uow:
            for name in RAW:
                table = metadata.tables[name]
                names = [column.name for column in table.c]
                rows = await uow.statistics._db.rows(Statement(select(*table.c)))
                tables[name] = [dict(zip(names, row, strict=True)) for row in rows]
        return cls(tables)

    def within(self, name: str, column: str, since: datetime, until: datetime) -> list[Row]:
        return [row for row in self.tables[name] if row[column] is not None and since <= row[column] < until]

    def repeats(self, call: Row) -> bool:
        """Whether this number had called in the seven days before, both instants without fractions."""
        number = call["caller_e164"]
        return number is not None and any(
            other["entered_at"] < call["entered_at"]
            and second(call["entered_at"]) - second(other["entered_at"]) <= WEEK.total_seconds()
            for other in self.calls_by_number[number]
        )


def nearest_rank(values: Sequence[int], percent: int) -> float | None:
    ordered = sorted(values)
    return ordered[math.ceil(len(ordered) * percent / 100) - 1] if ordered else None


def share(upper: float, lower: float) -> float | None:
    return 100 * upper / lower if lower else None


def mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def wait_of(call: Row) -> int | None:
    """From the queue (else from the entry) to the answer, or to the end of a caller nobody spoke with."""
    if call["outcome"] == "outside_hours" or (call["outcome"] is None and call["answered_at"] is None):
        return None
    end = call["answered_at"] or call["ended_at"]
    return None if end is None else max(0, second(end) - second(call["queued_at"] or call["entered_at"]))


def of_calls(raw: Raw, calls: Sequence[Row], spans: float) -> dict[str, float | None]:
    """Every measure of calls; `spans` is the operators' time in seconds."""
    offered = [call for call in calls if call["outcome"] != "outside_hours"]
    answered = [call for call in offered if call["answered_at"]]
    gone = [call for call in offered if call["outcome"] == "abandoned"]
    short = [call for call in gone if wait_of(call) < 5]  # type: ignore[operator]
    waits = [wait for call in offered if (wait := wait_of(call)) is not None]
    waits_answered = [wait_of(call) for call in answered]
    within = sum(wait <= 20 for wait in waits_answered if wait is not None)
    gone_within = sum(wait_of(call) <= 20 for call in gone)  # type: ignore[operator]
    talks = [second(call["ended_at"]) - second(call["answered_at"]) for call in answered if call["ended_at"]]
    known = [call for call in calls if call["caller_e164"]]
    base = len(offered) - len(short)
    return {
        "calls.offered": len(offered),
        "calls.answered": len(answered),
        "calls.answered_share": share(len(answered), base),
        "calls.abandoned": len(gone) - len(short),
        "calls.abandoned_share": share(len(gone) - len(short), base),
        "calls.abandoned_short": len(short),
        "calls.outside_hours": len(calls) - len(offered),
        "calls.lost": len(offered) - len(answered) - len(gone),
        "calls.reconstructed": sum(call["found_by"] != "live" for call in calls),
        "wait.mean": mean(waits),
        "wait.median": nearest_rank(waits, 50),
        "wait.p90": nearest_rank(waits, 90),
        "wait.longest": max(waits, default=None),
        "asa": mean([wait for wait in waits_answered if wait is not None]),
        "aht": mean(talks),
        "service_level": share(within + gone_within, len(answered) + len(gone)),
        "service_level.answered": share(within, len(answered)),
        "occupancy": share(sum(talks), spans),
        "calls.repeat": share(sum(raw.repeats(call) for call in known), len(known)),
    }


def of_tickets(raw: Raw, since: datetime, until: datetime) -> dict[str, float | None]:
    """Tickets, steps and ratings."""
    opened = raw.within("ticket", "created_at", since, until)
    ended = raw.within("ticket", "ended_at", since, until)
    steps = raw.within("ticket_step", "at", since, until)
    solved = [row for row in ended if row["source"] == "call" and row["status"] in ("resolved", "closed")]
    first = [
        row
        for row in solved
        if len(raw.calls_of.get(row["id"], [])) == 1
        and row["id"] not in raw.called_back | raw.handed | raw.reopened
    ]
    ratings = [row["rating"] for row in ended if row["rating"]]
    found: dict[str, float | None] = {
        "tickets.opened": len(opened),
        "fcr": share(len(first), len(solved)),
        "rating.mean": mean(ratings),
        "rating.count": len(ratings),
        "tickets.registered": sum(row["what"] == "placed" for row in steps),
    }
    for source in ("call", "form", "operator"):
        found[f"tickets.opened.{source}"] = sum(row["source"] == source for row in opened)
    for what in ("assigned", "resolved", "cancelled", "reopened"):
        found[f"tickets.{what}"] = sum(row["what"] == what for row in steps)
    found["tickets.status.cancelled"] = sum(row["status"] == "cancelled" for row in ended)
    found["tickets.status.resolved"] = sum(row["status"] in ("resolved", "closed") for row in ended)
    for reason in ("unreachable", "by_client", "duplicate", "spam"):
        found[f"tickets.cancelled.{reason}"] = sum(row["cancel_reason"] == reason for row in ended)
    return found


def of_clocks(raw: Raw, since: datetime, until: datetime) -> dict[str, float | None]:
    """Clocks kept and broken, and the broken ones' minutes by holder, read from the verdicts' own intervals."""
    verdicts = [
        json.loads(row["record"])
        for ticket in raw.within("ticket", "ended_at", since, until)
        for row in raw.verdicts.get(ticket["id"], [])
    ]
    found: dict[str, float | None] = {}
    for name in ("place", "assign", "resolve-reference", "resolve-outage", "resolve-vendor"):
        clock, _, kind = name.partition("-")
        mine = [row for row in verdicts if row["clock"] == clock and kind in ("", row["kind"])]
        judged = [row for row in mine if row["outcome"] in ("kept", "breached")]
        found[f"clock.{name}"] = share(sum(row["outcome"] == "kept" for row in judged), len(judged))
    broken = [row for row in verdicts if row["outcome"] == "breached"]
    for holder in ("line", "moderator", "executor", "client", "vendor"):
        found[f"breach.held.{holder}"] = sum(_held(row, holder) for row in broken) / 60
        found[f"breach.overrun.{holder}"] = sum(_over(row, holder) for row in broken) / 60
    return found


def _lengths(intervals: Iterable[Row], since: str = "") -> int:
    total = timedelta()
    for each in intervals:
        start, end = datetime.fromisoformat(each["start"]), datetime.fromisoformat(each["end"])
        if since:
            start = max(start, datetime.fromisoformat(since))
        total += max(end - start, timedelta())
    return total // timedelta(seconds=1)


def _held(verdict: Row, holder: str) -> int:
    return _lengths(
        each for each in verdict["intervals"] if each["doing"] != "closed" and each["holder"] == holder
    )


def _over(verdict: Row, holder: str) -> int:
    return _lengths(
        (each for each in verdict["intervals"] if each["doing"] == "working" and each["holder"] == holder),
        verdict["breached_at"],
    )


def of_callbacks(raw: Raw, since: datetime, until: datetime) -> dict[str, float | None]:
    """Series, attempts and hand-overs."""
    attempts = [row for row in raw.within("callback_attempt", "claimed_at", since, until) if row["outcome"]]
    outcomes = [row["outcome"] for row in attempts]
    series = [row["state"] for row in raw.within("callback", "ended_at", since, until)]
    back = raw.within("handover", "ended_at", since, until)
    return {
        "callbacks.asked": len(raw.within("callback", "asked_at", since, until)),
        "callbacks.attempts": len(attempts),
        "callbacks.reached": share(outcomes.count("reached"), len(attempts)),
        "callbacks.unavailable": sum(each in ("no_answer", "busy", "declined") for each in outcomes),
        "callbacks.technical": sum(each in ("trunk_failed", "interrupted") for each in outcomes),
        "callbacks.series.reached": series.count("reached"),
        "callbacks.series.unreachable": series.count("unreachable"),
        "callbacks.series.wrong_number": series.count("wrong_number"),
        "vendor.handed": len(raw.within("handover", "at", since, until)),
        "vendor.late": share(sum(row["ended_at"] > row["due_at"] for row in back), len(back)),
    }


UNAVAILABLE = ("no_answer", "busy", "declined", "unreachable", "answering_machine")


def of_rules(raw: Raw, since: datetime, until: datetime) -> dict[str, float | None]:
    """How often each rule was kept, by the regulation's words."""
    calls = [
        call for call in raw.within("call", "entered_at", since, until) if call["outcome"] != "outside_hours"
    ]
    staffed = [call for call in calls if call["answered_at"] or call["outcome"] != "queue_empty"]
    ended = raw.within("ticket", "ended_at", since, until)
    solved = [row for row in ended if row["status"] in ("resolved", "closed")]
    reference = [row for row in solved if row["kind"] == "reference"]
    placed = [
        raw.tickets[row["ticket_id"]]
        for row in raw.within("ticket_step", "at", since, until)
        if row["what"] == "placed"
    ]
    spoken = [row for row in placed if row["source"] in ("call", "operator")]
    complete = [
        row
        for row in placed
        if row["topic_id"] and row["kind"] and (row["contact_e164"] or row["contact_email"])
    ]
    return {
        "rule.line": share(len(staffed), len(calls)),
        "rule.responsible": share(sum(row["assignee_id"] is not None for row in solved), len(solved)),
        "rule.said": share(sum(row["said_at"] is not None for row in spoken), len(spoken)),
        "rule.house": share(sum(row["id"] not in raw.handed for row in reference), len(reference)),
        "rule.complete": share(len(complete), len(placed)),
        **_of_series(raw, since, until),
    }


def _of_series(raw: Raw, since: datetime, until: datetime) -> dict[str, float | None]:
    """Three counted attempts before «unreachable», and half an hour between a counted one and the next."""
    given_up = [
        row for row in raw.within("callback", "ended_at", since, until) if row["state"] == "unreachable"
    ]
    counted: dict[int, list[Row]] = {}
    for row in raw.tables["callback_attempt"]:
        if row["outcome"] in UNAVAILABLE:
            counted.setdefault(row["callback_id"], []).append(row)
    kept = every = 0
    for row in raw.within("callback_attempt", "claimed_at", since, until):
        earlier = [
            one["ended_at"]
            for one in counted.get(row["callback_id"], [])
            if one["claimed_at"] < row["claimed_at"]
        ]
        if earlier:
            pause = second(row["claimed_at"]) - second(max(earlier))
            every += 1
            kept += pause >= 30 * 60 and second(row["claimed_at"]) - second(row["due_at"]) < 6 * 60
    return {
        "rule.series": share(sum(len(counted.get(row["id"], [])) == 3 for row in given_up), len(given_up)),
        "rule.gap": share(kept, every),
    }


def staffed_seconds(raw: Raw, since: datetime, until: datetime) -> int:
    """Each day's share of each operator's time, in whole seconds by person and stretch of the day."""
    by_person: dict[int, int] = {}
    for row in raw.tables["staffed_span"]:
        length = min(row["until"], until) - max(row["since"], since)
        if length > timedelta():
            by_person[row["person_id"]] = by_person.get(row["person_id"], 0) + length // timedelta(seconds=1)
    return sum(by_person.values())


def recount(raw: Raw, since: datetime, until: datetime) -> dict[str, float | None]:
    """Every measure of a stretch of time, by code; None where there is nothing to divide by."""
    calls = raw.within("call", "entered_at", since, until)
    return {
        **of_calls(raw, calls, staffed_seconds(raw, since, until)),
        **of_tickets(raw, since, until),
        **of_clocks(raw, since, until),
        **of_callbacks(raw, since, until),
        **of_rules(raw, since, until),
    }
