"""A list's filter as it stands in an address: names and values from lists of ours, nothing about a person.

`operator=me` and `executor=me` are whoever looks, so that a shared view is everybody's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from callcenter.domain.errors import InvalidInput
from callcenter.domain.lifecycle import OPEN, CancelReason, Status
from callcenter.domain.lists import Filter, Sort
from callcenter.domain.ticket import Kind, Priority, Source

ME = "me"
ANY, STILL_OPEN = "any", "open"
_CHOICES: Mapping[str, type[StrEnum]] = {
    "kind": Kind,
    "priority": Priority,
    "source": Source,
    "reason": CancelReason,
    "sort": Sort,
}
_PEOPLE = {"operator": "operator_id", "executor": "assignee_id"}
_NUMBERS = {"product": "product_id", "topic": "topic_id", "site": "site_id", "client": "client_id"}
_YES = ("missed", "overdue")
_DAYS = ("from", "to")
WORDS, LONGEST_SEARCH = "q", 100
NAMES = ("status", *_CHOICES, *_PEOPLE, *_NUMBERS, *_YES, *_DAYS)
"""Every name that may stand in the address, in the order it is written."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What was asked for: `values` by name as they stand in the form (empty ones are left out)."""

    values: Mapping[str, str]

    @property
    def query(self) -> str:
        """The query string of this list, always written alike, so that equal lists have equal addresses."""
        return urlencode([(name, self.values[name]) for name in NAMES if name in self.values])

    @property
    def address(self) -> str:
        """Where this list is."""
        return f"/tickets?{self.query}" if self.query else "/tickets"

    @property
    def sort(self) -> Sort:
        """The order; what has ended has no time left and comes newest first."""
        chosen = self.values.get("sort")
        if chosen is not None:
            wanted = Sort(chosen)
            return Sort.NEWEST if wanted is Sort.TIME_LEFT and not self._open_only else wanted
        return Sort.TIME_LEFT if self._open_only else Sort.NEWEST

    @property
    def _open_only(self) -> bool:
        return self.statuses() <= OPEN and bool(self.statuses())

    def statuses(self) -> frozenset[Status]:
        """The statuses asked for; none for every status."""
        wanted = self.values.get("status", STILL_OPEN)
        if wanted == ANY:
            return frozenset()
        return OPEN if wanted == STILL_OPEN else frozenset({Status(wanted)})

    def wanted(self, me: int, now: datetime, zone: ZoneInfo) -> Filter:
        """The filter it means to this person at this instant."""
        given = self.values
        fields: dict[str, Any] = {
            field: int(given[name]) if given[name] != ME else me
            for name, field in {**_PEOPLE, **_NUMBERS}.items()
            if name in given
        }
        return Filter(
            statuses=self.statuses(),
            kind=Kind(given["kind"]) if "kind" in given else None,
            priority=Priority(given["priority"]) if "priority" in given else None,
            source=Source(given["source"]) if "source" in given else None,
            cancel_reason=CancelReason(given["reason"]) if "reason" in given else None,
            missed=True if "missed" in given else None,
            overdue_at=now if "overdue" in given else None,
            since=_midnight(given.get("from"), zone),
            until=_midnight(given.get("to"), zone, days=1),
            **fields,
        )


def asked(values: Mapping[str, Any]) -> Asked:
    """Read a form or an address; unknown names are left out.

    Raises:
        InvalidInput: a value is none of ours, by name.
    """
    found: dict[str, str] = {}
    problems: dict[str, str] = {}
    for name in NAMES:
        value = values.get(name, "")
        value = value.strip() if isinstance(value, str) else "?"
        if not value or (name == "status" and value == STILL_OPEN):
            continue
        if not _is_ours(name, value):
            problems[name] = "not_a_day" if name in _DAYS else "choice"
        found[name] = value
    if problems:
        raise InvalidInput(problems)
    return Asked(values=found)


def read_query(query: str) -> Asked:
    """The list of a saved view; values that are none of ours any more are left out."""
    values = dict(parse_qsl(query))
    return asked({name: value for name, value in values.items() if name in NAMES and _is_ours(name, value)})


def query_of_view(wanted: Asked, text: str) -> str:
    """What a saved view keeps: the list, and the words that were searched for among it.

    The words stay in the store: the view's address names the view, because they may be somebody's name or number.
    """
    return urlencode([*parse_qsl(wanted.query), (WORDS, text)]) if text else wanted.query


def words_of_view(query: str) -> str:
    """The words a saved view searches for; empty when it is a plain list.

    >>> words_of_view("status=any&q=%D0%BE%D1%82%D1%87%D1%91%D1%82"), words_of_view("status=any")
    ('отчёт', '')
    """
    return " ".join(dict(parse_qsl(query)).get(WORDS, "").split())[:LONGEST_SEARCH]


def _is_ours(name: str, value: str) -> bool:
    if name == "status":
        return value in {ANY, STILL_OPEN, *Status}
    if name in _CHOICES:
        return value in set(_CHOICES[name])
    if name in _PEOPLE and value == ME:
        return True
    if name in _PEOPLE or name in _NUMBERS:
        return value.isascii() and value.isdigit() and len(value) < 10
    if name in _YES:
        return value == "yes"
    try:
        return 2000 <= date.fromisoformat(value).year < 2100
    except ValueError:
        return False


def _midnight(day: str | None, zone: ZoneInfo, *, days: int = 0) -> datetime | None:
    if day is None:
        return None
    return datetime.combine(date.fromisoformat(day) + timedelta(days=days), time(), tzinfo=zone)


BUILT_IN: Sequence[tuple[str, str]] = (
    ("open", ""),
    ("overdue", "overdue=yes"),
    ("missed", "missed=yes"),
    ("mine", "executor=me"),
    ("registered", "status=any&sort=newest&operator=me"),
    ("resolved", "status=resolved&sort=updated"),
    ("all", "status=any&sort=newest"),
)
"""The lists everybody has."""
