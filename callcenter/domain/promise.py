"""The sentence an operator says to the caller: number, time, and where he can help himself. Regulation: 2.1."""

from datetime import datetime

DEFAULT_SENTENCE = (
    "Ваша заявка № {number}. Специалист ответит {until}. "
    "Подать заявку и следить за ней можно самостоятельно: {address}"
)
"""A setting; the words in braces are filled in."""

_DAYS = (
    "в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу", "в воскресенье",
)  # fmt: skip
_MONTHS = (
    "января", "февраля", "марта", "апреля", "мая", "июня",
    "июля", "августа", "сентября", "октября", "ноября", "декабря",
)  # fmt: skip


def spoken_until(due: datetime, now: datetime) -> str:
    """A deadline as it is said aloud; both in the hotline's own time zone.

    >>> friday = datetime(2026, 11, 20, 17, 50)
    >>> spoken_until(datetime(2026, 11, 20, 17, 55), friday)
    'сегодня до 17:55'
    >>> spoken_until(datetime(2026, 11, 23, 9, 20), friday)
    'в понедельник, 23 ноября, до 9:20'
    """
    clock = f"до {due.hour}:{due.minute:02}"
    days = (due.date() - now.date()).days
    if days == 0:
        return f"сегодня {clock}"
    if days == 1:
        return f"завтра {clock}"
    return f"{_DAYS[due.weekday()]}, {due.day} {_MONTHS[due.month - 1]}, {clock}"


def sentence(template: str, *, number: str, until: str, address: str) -> str:
    """The template with its three words; other braces stay as they are.

    >>> sentence("№ {number}, {until}. {address} {x}", number="1042", until="сегодня до 9:30", address="a.ru")
    '№ 1042, сегодня до 9:30. a.ru {x}'
    """
    for word, value in (("number", number), ("until", until), ("address", address)):
        template = template.replace("{" + word + "}", value)
    return template
