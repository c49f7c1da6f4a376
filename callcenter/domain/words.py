"""Messages to be said in the reader's language: what marks them, and what says them.

The domain knows messages in English only; `callcenter.web.translations` has the languages.
"""

from typing import Protocol


class Words(Protocol):
    """The words of one language."""

    @property
    def locale(self) -> str: ...

    def __call__(self, message: str, /, **values: object) -> str: ...

    def plural(self, one: str, many: str, count: int, /, **values: object) -> str: ...


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "extract, translate later"
    """Mark a message for extraction."""
    return message
