"""Text that people typed, made harmless for files: no control characters, nothing a spreadsheet would run."""

import re

_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff\ufffe\uffff]+"
)
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
LONGEST = 2000
"""Letters of one cell; more is shortened."""


def plain(text: str) -> str:
    """One line without control characters, direction marks and broken letters.

    >>> plain("Петров\\r\\nBcc: x\\u202e")
    'Петров Bcc: x'
    """
    line = _CONTROL.sub(" ", text[: LONGEST + 1]).strip()
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def inert(text: str) -> str:
    """Text for a CSV cell: what Excel would take for a formula begins with an apostrophe, as OWASP advises.

    >>> inert("=1+1"), inert("Отчёт")
    ("'=1+1", 'Отчёт')
    """
    line = plain(text)
    return f"'{line}" if line.lstrip().startswith(_RUNS) else line
