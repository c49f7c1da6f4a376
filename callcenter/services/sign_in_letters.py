"""One-time sign-in links by mail: the row of the outbox holds a nonce, the link is made when the letter is sent."""

from callcenter.domain.errors import InvalidInput, NotFound
from callcenter.domain.notices import KEEP_TRYING, Notice, OutboxItem, OutboxKind
from callcenter.domain.people import Action, Person
from callcenter.domain.policy import require
from callcenter.domain.story import actor_of
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork
from callcenter.services.sign_in import LINK_LENGTH, store_link
from callcenter.services.status_links import PublicLinks


class SignInLetters:
    """Who reads the database cannot sign in with what he finds there: the link needs the installation's key."""

    def __init__(self, open_uow: OpenUnitOfWork, clock: Clock, links: PublicLinks) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._links = links

    async def send(self, by: Person, person_id: int) -> str:
        """Queue the letter; returns the address it goes to.

        Raises:
            NotFound: there is no such person, or he was dismissed.
            InvalidInput: he has no address (`email`).
        """
        require(by, Action.EDIT_PEOPLE)
        now, nonce = self._clock.now(), self._links.new_token()[:64]
        async with self._open_uow() as uow:
            person = await uow.people.by_id(person_id)
            if person is None or not person.active:
                raise NotFound("person", person_id=person_id)
            if person.mailbox is None:
                raise InvalidInput({"email": "missing"})
            until = await store_link(uow, person.id, self._links.sign_in_token(nonce), now)
            item = OutboxItem(
                id=0,
                kind=OutboxKind.MAIL,
                name=Notice.SIGN_IN,
                dedupe_key=f"{Notice.SIGN_IN}:{person.id}:{nonce}",
                to=person.mailbox,
                payload={
                    "locale": person.locale,
                    "about": {"until": until.isoformat()},
                    "sign_in_nonce": nonce,
                },
                created_at=now,
                next_try_at=now,
                # a link that is too old is of no use to anybody
                give_up_at=now + min(KEEP_TRYING, LINK_LENGTH),
            )
            await uow.outbox.add(item)
            await uow.audit.record(
                at=now,
                actor=actor_of(by.id),
                ticket_id=None,
                action="person.link_mailed",
                reason="",
                change={"person_id": person.id, "login": person.login},
            )
            await uow.commit()
        return person.mailbox
