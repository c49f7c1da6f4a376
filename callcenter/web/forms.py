"""Reading what a browser's form sent: text only, trimmed, bounded."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from callcenter.domain.errors import InvalidInput


def text_field(form: Mapping[str, Any], name: str, *, most: int = 200) -> str:
    """A trimmed line of text, empty when it was not sent.

    Raises:
        InvalidInput: it is a file, longer than `most`, or holds control characters.
    """
    value = form.get(name, "")
    if not isinstance(value, str):
        raise InvalidInput({name: "text"})
    text = value.strip()
    if len(text) > most:
        raise InvalidInput({name: "too_long"})
    if any(ord(letter) < 32 for letter in text):
        raise InvalidInput({name: "control_characters"})
    return text


def secret_field(form: Mapping[str, Any], name: str, *, most: int = 1000) -> str:
    """A password exactly as typed.

    Raises:
        InvalidInput: it is a file or longer than `most`.
    """
    value = form.get(name, "")
    if not isinstance(value, str) or len(value) > most:
        raise InvalidInput({name: "too_long"})
    return value


def is_row_number(text: str) -> bool:
    """Whether it can be the number of a row: plain digits, no more than any database's row will have."""
    return text.isascii() and text.isdigit() and len(text) < 10


def number_in_path(request: web.Request, name: str) -> int:
    """An id from the address; one too long to be an id is nobody's."""
    text = request.match_info[name]
    return int(text) if is_row_number(text) else -1
