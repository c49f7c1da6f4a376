"""The words of our letters: read, changed, tried on oneself, and given back to the delivered ones."""

from collections.abc import Mapping, Sequence

from callcenter.domain.errors import InvalidInput, NotFound
from callcenter.domain.letters import LETTER_LOCALES, LetterOverride, LetterPreview
from callcenter.domain.notices import KEEP_TRYING, Notice, OutboxItem, OutboxKind
from callcenter.domain.people import Action, Person
from callcenter.domain.policy import require
from callcenter.domain.story import actor_of
from callcenter.ports.administration import LetterPress
from callcenter.ports.people import NewToken
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork, UnitOfWork


class LetterDesk:
    """Changes letters; every change is one audit row."""

    def __init__(
        self, open_uow: OpenUnitOfWork, clock: Clock, press: LetterPress, new_token: NewToken
    ) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._press = press
        self._new_token = new_token

    async def overrides(self, by: Person) -> Sequence[LetterOverride]:
        """The letters whose words were changed here."""
        require(by, Action.EDIT_LETTERS)
        async with self._open_uow(write=False) as uow:
            return await uow.letter_overrides.all()

    async def of(self, by: Person, name: str, locale: str) -> LetterOverride | None:
        """Our words of one letter; None while the delivered ones are in force.

        Raises:
            NotFound: there is no such letter or language.
        """
        require(by, Action.EDIT_LETTERS)
        _known(name, locale)
        async with self._open_uow(write=False) as uow:
            return await uow.letter_overrides.of(name, locale)

    def delivered(self, name: str, locale: str) -> tuple[str, str]:
        """Subject and text as delivered with the program."""
        _known(name, locale)
        return self._press.delivered(name, locale)

    def placeholders(self, name: str) -> Mapping[str, str]:
        """What may stand in this letter, each with its example value."""
        return self._press.placeholders(name)

    def problems(self, name: str, locale: str, subject: str, text: str) -> Mapping[str, tuple[str, str]]:
        """What is wrong, by field: a message key and the words it is about."""
        return self._press.problems(name, locale, subject, text)

    def preview(self, name: str, locale: str, words: tuple[str, str] | None) -> LetterPreview:
        """The letter with example values; None: the delivered one. InvalidInput when it cannot be sent."""
        _known(name, locale)
        if words is None:
            return self._press.delivered_preview(name, locale)
        return self._press.preview(name, locale, *words)

    async def save(self, by: Person, name: str, locale: str, subject: str, text: str) -> None:
        """Use these words from the next letter on.

        Raises:
            NotFound: there is no such letter or language.
            InvalidInput: by field; `problems` says what about.
        """
        require(by, Action.EDIT_LETTERS)
        _known(name, locale)
        wrong = self._press.problems(name, locale, subject, text)
        if wrong:
            raise InvalidInput({field: key for field, (key, _) in wrong.items()})
        override = LetterOverride(
            name=name,
            locale=locale,
            subject=subject,
            text=text,
            changed_at=self._clock.now(),
            changed_by=by.id,
        )
        async with self._open_uow() as uow:
            await uow.letter_overrides.put(override)
            await self._record(uow, by, "letter.changed", name, locale)
            await uow.commit()

    async def give_back(self, by: Person, name: str, locale: str) -> None:
        """Back to the delivered words; nothing happens when they are in force."""
        require(by, Action.EDIT_LETTERS)
        _known(name, locale)
        async with self._open_uow() as uow:
            if await uow.letter_overrides.drop(name, locale):
                await self._record(uow, by, "letter.given_back", name, locale)
                await uow.commit()

    async def try_on_self(self, by: Person, name: str, locale: str) -> str:
        """Send the saved letter with example values to oneself; returns the address.

        Raises:
            InvalidInput: the person has no address (`email`).
        """
        require(by, Action.EDIT_LETTERS)
        _known(name, locale)
        if by.mailbox is None:
            raise InvalidInput({"email": "missing"})
        now = self._clock.now()
        item = OutboxItem(
            id=0,
            kind=OutboxKind.MAIL,
            name=name,
            dedupe_key=f"trial:{by.id}:{self._new_token()[:64]}",
            to=by.mailbox,
            payload={"locale": locale, "example": True},
            created_at=now,
            next_try_at=now,
            give_up_at=now + KEEP_TRYING,
        )
        async with self._open_uow() as uow:
            await uow.outbox.add(item)
            await self._record(uow, by, "letter.tried", name, locale)
            await uow.commit()
        return by.mailbox

    async def _record(self, uow: UnitOfWork, by: Person, action: str, name: str, locale: str) -> None:
        await uow.audit.record(
            at=self._clock.now(),
            actor=actor_of(by.id),
            ticket_id=None,
            action=action,
            reason="",
            change={"letter": name, "locale": locale},
        )


def _known(name: str, locale: str) -> None:
    if name not in set(Notice) or locale not in LETTER_LOCALES:
        raise NotFound("letter", name=name[:40], locale=locale[:8])
