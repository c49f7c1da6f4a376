"""Shows letters with example values and says what is wrong with our words (port `LetterPress`)."""

from collections.abc import Mapping
from datetime import UTC, datetime

from callcenter.domain.errors import InvalidInput
from callcenter.domain.letters import LetterOverride, LetterPreview
from callcenter.domain.notices import Notice, OutboxItem, OutboxKind
from callcenter.mail.letters import EXAMPLES, Letters, body_part
from callcenter.mail.own_words import NEEDED, names_in, wrong_in_letter

_ALWAYS = frozenset({"number", "hotline_number", "locale"})
_NOT_OURS = frozenset({"unsubscribe_url"})
_LONG_AGO = datetime(2026, 1, 12, 9, tzinfo=UTC)


class Press:
    """Port `LetterPress`."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters

    def delivered(self, name: str, locale: str) -> tuple[str, str]:
        return self._letters.delivered(name, locale)

    def placeholders(self, name: str) -> Mapping[str, str]:
        known = sorted((self._used(name) | _ALWAYS) - {"locale"})
        return {each: self._example(each) for each in known}

    def problems(self, name: str, locale: str, subject: str, text: str) -> Mapping[str, tuple[str, str]]:
        used = self._used(name)
        return wrong_in_letter(
            self._letters.sandbox, subject, text, allowed=used | _ALWAYS, needed=used & NEEDED
        )

    def preview(self, name: str, locale: str, subject: str, text: str) -> LetterPreview:
        wrong = self.problems(name, locale, subject, text)
        if wrong:
            raise InvalidInput({field: key for field, (key, _) in wrong.items()})
        ours = LetterOverride(
            name=name, locale=locale, subject=subject, text=text, changed_at=_LONG_AGO, changed_by=0
        )
        return self._shown(name, locale, ours)

    def delivered_preview(self, name: str, locale: str) -> LetterPreview:
        return self._shown(name, locale, None)

    def _used(self, name: str) -> frozenset[str]:
        """Placeholders of the delivered letter, in either of its languages."""
        found: frozenset[str] = frozenset()
        for locale in ("ru", "en"):
            _, text = self._letters.delivered(name, locale)
            found |= names_in(self._letters.sandbox.parse(text))
        return found - _NOT_OURS

    def _shown(self, name: str, locale: str, ours: LetterOverride | None) -> LetterPreview:
        item = OutboxItem(
            id=0,
            kind=OutboxKind.MAIL,
            name=Notice(name),
            dedupe_key="",
            to="client@example.ru",
            payload={"locale": locale, "example": True},
            created_at=_LONG_AGO,
            next_try_at=_LONG_AGO,
            give_up_at=_LONG_AGO,
        )
        letter = self._letters.write(item, own=ours)
        return LetterPreview(
            subject=str(letter["Subject"]), text=body_part(letter, "plain"), page=body_part(letter, "html")
        )

    def _example(self, name: str) -> str:
        root, _, part = name.partition(".")
        value = self._letters.hotline_number if root == "hotline_number" else EXAMPLES.get(root, "")
        if part and isinstance(value, Mapping):
            value = value[part]
        if isinstance(value, list):
            return ", ".join(
                str(each.get("name", "")) if isinstance(each, dict) else str(each) for each in value
            )
        return str(value)
