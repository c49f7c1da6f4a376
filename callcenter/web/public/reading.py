"""Reading what a public form sent."""

from collections.abc import Mapping
from typing import Any

from aiohttp.web_request import FileField

from callcenter.domain.attachments import LARGEST_ATTACHMENT, MOST_ATTACHMENTS, Upload
from callcenter.domain.forms import LIMITS

_LONGEST_READ = 4
"""Times a field's limit: more is nobody's typing and is not given back."""


def typed(form: Mapping[str, Any]) -> dict[str, str]:
    """Every known field as it was typed; what is not text counts as empty."""
    return {
        name: _whole(value[: limit * _LONGEST_READ]) if isinstance(value := form.get(name, ""), str) else ""
        for name, limit in LIMITS.items()
    }


def text(form: Mapping[str, Any], name: str, most: int = 400) -> str:
    """A hidden field."""
    value = form.get(name, "")
    return _whole(value[:most]) if isinstance(value, str) else ""


def _whole(value: str) -> str:
    """JSON can escape half of a character (`\\ud800`), which no database and no letter can hold."""
    return value.encode(errors="replace").decode()


def uploads(form: Mapping[str, Any], name: str = "attachments") -> list[Upload]:
    """The files of a form; an empty file field sends one without a name. Reads no more than what could be taken."""
    many = form.getall(name, []) if hasattr(form, "getall") else []
    files = [each for each in many if isinstance(each, FileField) and each.filename]
    return [
        Upload(name=each.filename, body=each.file.read(LARGEST_ATTACHMENT + 1))
        for each in files[: MOST_ATTACHMENTS + 1]
    ]
