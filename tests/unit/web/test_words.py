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
from callcenter.domain.story import AuditEntry
from callcenter.domain.ticket import Source
from callcenter.web.moments import say_duration, say_moment, say_size
from callcenter.web.translations import Words, load_words
from callcenter.web.views.story_view import story_lines
from callcenter.web.wording import say
from sla.timeline import ClockName

WEB = Path(callcenter.web.__file__).parent
MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 23, 11, 5, tzinfo=UTC)
KEYWORDS = {"_": None, "N_": None, "words": None, "gettext": None, "ngettext": (1, 2), "plural": (1, 2)}


SAME_IN_BOTH = {"%(month)s %(year)s"}
"""What Russians write in Latin letters too."""


def of_file(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    for message in read_po(io.BytesIO(path.read_bytes())):
        if message.id:
            each = message.id[0] if isinstance(message.id, tuple) else message.id
            yield each, tuple(message.string) if isinstance(message.string, tuple) else (message.string,)


def catalogue(locale: str) -> dict[str, tuple[str, ...]]:
    """Every message of a language with its forms."""
    return {
        each: said
        for path in (WEB / "locale" / locale / "LC_MESSAGES").glob("*.po")
        for each, said in of_file(path)
    }


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
        (timedelta(hours=47, minutes=59), "47 ч 59 мин"),
        (timedelta(days=21, hours=2, minutes=4), "21 дн 2 ч"),
        (timedelta(seconds=-3), "0 с"),
    ],
)
def test_lengths_of_time_are_said_in_words(length: timedelta, said: str, russian: Words) -> None:
    assert say_duration(length, russian) == said


@pytest.mark.parametrize(
    ("size", "said"), [(11, "1 КБ"), (1536, "2 КБ"), (2**20, "1,0 МБ"), (int(9.44 * 2**20), "9,4 МБ")]
)
def test_sizes_of_files_are_said_as_people_read_them(size: int, said: str, russian: Words) -> None:
    assert say_size(size, russian) == said


@pytest.mark.regulation("2.10")
@pytest.mark.parametrize("clock", list(ClockName))
def test_a_missed_deadline_is_told_by_its_own_words(clock: ClockName, russian: Words) -> None:
    entry = AuditEntry(
        id=1, at=NOW, actor="deadlines", ticket_id=7, action="deadline.breached", reason="",
        change={"clock": str(clock)},
    )  # fmt: skip
    (line,) = story_lines([entry], {}, russian)
    assert re.fullmatch("Срок нарушен: [а-я ]+[.]", line.said)


def test_no_translation_waits_for_somebody_to_look_at_it() -> None:
    fuzzy = [
        (path.name, message.id)
        for path in (WEB / "locale").glob("*/LC_MESSAGES/*.po")
        for message in read_po(io.BytesIO(path.read_bytes()))
        if message.id and message.fuzzy
    ]
    assert fuzzy == []


def test_both_languages_have_the_same_messages_and_the_english_are_all_said() -> None:
    russian_ids, english_ids = (set(catalogue(locale)) for locale in ("ru", "en"))
    assert russian_ids == english_ids
    assert [each for each, said in catalogue("en").items() if not all(said)] == []


def test_no_language_shows_through_the_other() -> None:
    russian_in_english = [
        each for each, said in catalogue("en").items() if re.search("[а-яё]", " ".join(said), re.I)
    ]
    assert [each for each in russian_in_english if not re.search("[а-яё]", each, re.I)] == []
    english = [
        each for each, said in catalogue("ru").items() if (each,) == said and re.search("[a-z]{3}", each)
    ]
    assert set(english) <= SAME_IN_BOTH


def test_a_message_is_translated_in_one_way_wherever_it_stands() -> None:
    said: dict[str, set[tuple[str, ...]]] = {}
    for path in (WEB / "locale" / "ru" / "LC_MESSAGES").glob("*.po"):
        for message, words in of_file(path):
            said.setdefault(message, set()).add(words)
    assert {message: ways for message, ways in said.items() if len(ways) > 1} == {}
