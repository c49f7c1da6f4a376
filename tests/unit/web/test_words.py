"""Translations, instants and durations, as people read them."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import callcenter.web
from callcenter.domain.calls import CallOutcome, FoundBy, RingEnd
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.people import PhoneState, Role
from callcenter.domain.ticket import Source
from callcenter.web.moments import say_duration, say_moment
from callcenter.web.translations import Words, load_words
from callcenter.web.wording import say

WEB = Path(callcenter.web.__file__).parent
MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 23, 11, 5, tzinfo=UTC)
KEYWORDS = {"_": None, "N_": None, "words": None, "gettext": None, "ngettext": (1, 2), "plural": (1, 2)}


def used_messages() -> set[str]:
    found = extract_from_dir(
        WEB,
        method_map=[("templates/**.html", "jinja2"), ("**.py", "python")],
        options_map={"templates/**.html": {"newstyle_gettext": "true", "trimmed": "true"}},
        keywords=KEYWORDS,
    )
    # reports are worded in the domain, because they are pages, workbooks and paper alike
    worded = extract_from_dir(
        WEB.parent / "domain",
        method_map=[("report*.py", "python"), ("report.py", "python")],
        keywords=KEYWORDS,
    )
    return {each[2][0] if isinstance(each[2], tuple) else each[2] for each in (*found, *worded)}


@pytest.fixture(scope="module")
def russian() -> Words:
    return load_words()["ru"]


def test_every_message_of_the_screens_has_its_russian_words() -> None:
    translated = {
        message.id[0] if isinstance(message.id, tuple) else message.id
        for path in (WEB / "locale" / "ru" / "LC_MESSAGES").glob("*.po")
        for message in read_po(io.BytesIO(path.read_bytes()))
        if message.id and (all(message.string) if isinstance(message.string, tuple) else message.string)
    }
    assert used_messages() - translated == set()
    assert translated - used_messages() == set()


def test_no_words_are_asked_for_where_extraction_cannot_see_them() -> None:
    hidden = re.compile(r"words_of\([^)]*\)\(|\.words\([^)]*\)\(")
    assert [path for path in WEB.rglob("*.py") if hidden.search(path.read_text(encoding="utf-8"))] == []


def test_placeholders_survive_the_translation(russian: Words) -> None:
    places = re.compile(r"%\(\w+\)s|\{\w+\}")
    for message in used_messages():
        assert sorted(set(places.findall(message))) == sorted(set(places.findall(russian(message)))), message


def every_member() -> Iterator[StrEnum]:
    for kind in (Status, CancelReason, CallOutcome, RingEnd, FoundBy, Source, Role, PhoneState):
        yield from kind


@pytest.mark.parametrize("member", list(every_member()), ids=repr)
def test_every_value_of_the_domain_has_its_own_words(member: StrEnum, russian: Words) -> None:
    assert re.search("[а-я]", say(member, russian))


@pytest.mark.parametrize(
    ("count", "said"), [(1, "1 ждёт"), (2, "2 ждут"), (5, "5 ждут"), (11, "11 ждут"), (21, "21 ждёт")]
)
def test_plurals_are_right(count: int, said: str, russian: Words) -> None:
    assert russian.plural("%(num)s waits", "%(num)s wait", count) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 11, 23, 11, 5, tzinfo=UTC), "сегодня 14:05"),
        (datetime(2026, 11, 22, 21, 0, tzinfo=UTC), "сегодня 0:00"),
        (datetime(2026, 11, 22, 20, 59, tzinfo=UTC), "вчера 23:59"),
        (datetime(2026, 11, 24, 6, 0, tzinfo=UTC), "завтра 9:00"),
        (datetime(2026, 11, 20, 6, 0, tzinfo=UTC), "пт 20.11 9:00"),
        (datetime(2026, 10, 1, 6, 0, tzinfo=UTC), "01.10 9:00"),
        (datetime(2025, 12, 31, 6, 0, tzinfo=UTC), "31.12.2025 9:00"),
    ],
)
def test_instants_are_said_as_people_say_them(at: datetime, said: str, russian: Words) -> None:
    assert say_moment(at, NOW, MOSCOW, russian) == said


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=40), "40 с"),
        (timedelta(minutes=12), "12 мин"),
        (timedelta(hours=1, minutes=5), "1 ч 05 мин"),
        (timedelta(seconds=-3), "0 с"),
    ],
)
def test_lengths_of_time_are_said_in_words(length: timedelta, said: str, russian: Words) -> None:
    assert say_duration(length, russian) == said
