"""Letters whose words the administrator has changed; the delivered ones live in `callcenter/mail/templates`."""

from dataclasses import dataclass
from datetime import datetime

LETTER_LOCALES = ("ru", "en")
SUBJECT_LIMIT = 120
TEXT_LIMIT = 8000


@dataclass(frozen=True, kw_only=True, slots=True)
class LetterOverride:
    """Our own words of one letter in one language: a subject in ASCII and a text with placeholders."""

    name: str
    locale: str
    subject: str
    text: str
    changed_at: datetime
    changed_by: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LetterPreview:
    """How a letter would look with example values."""

    subject: str
    text: str
    page: str
