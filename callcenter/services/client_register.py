"""One client or one company added or corrected by hand; lists of them come by `client_import`. Regulation: 2.1."""

from callcenter.domain.clients import Client, Organization
from callcenter.domain.erasure import ERASED_NAME
from callcenter.domain.errors import InvalidInput, NotFound
from callcenter.domain.forms import is_email, is_inn
from callcenter.domain.numbers import parse_number
from callcenter.domain.people import Action, Person
from callcenter.domain.policy import require
from callcenter.domain.story import actor_of
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork, UnitOfWork

NAME_LIMIT, MOST_PHONES = 300, 20


class ClientRegister:
    """Every change is one audit row, which names nobody: who was changed stands in it as a number."""

    def __init__(self, open_uow: OpenUnitOfWork, clock: Clock) -> None:
        self._open_uow = open_uow
        self._clock = clock

    async def save_organization(self, by: Person, organization: Organization) -> Organization:
        """Add (id 0) or change a company.

        Raises:
            InvalidInput: by field.
            NotFound: there is no such company.
            Conflict: another company has this INN.
        """
        require(by, Action.IMPORT_CLIENTS)
        wanted = Organization(
            id=organization.id, name=_name(organization.name), inn=(organization.inn or "").strip() or None
        )
        if wanted.inn is not None and not is_inn(wanted.inn):
            raise InvalidInput({"inn": "inn"})
        async with self._open_uow() as uow:
            if wanted.id == 0:
                wanted = await uow.clients.add_organization(wanted)
            else:
                await uow.clients.save_organization(wanted)
            told: dict[str, object] = {"organization_id": wanted.id}
            await self._record(uow, by, "organization", organization.id == 0, told)
            await uow.commit()
        return wanted

    async def save_client(self, by: Person, client: Client) -> Client:
        """Add (id 0) or change a client; numbers as people write them.

        Raises:
            InvalidInput: by field; a client has a number or an address.
            NotFound: there is no such client, or he was forgotten.
        """
        require(by, Action.IMPORT_CLIENTS)
        wanted = Client(
            id=client.id,
            name=_name(client.name),
            organization_id=client.organization_id,
            phones=_phones(client.phones),
            email=(client.email or "").strip().casefold() or None,
        )
        if wanted.email is not None and not is_email(wanted.email):
            raise InvalidInput({"email": "email"})
        if wanted.email is None and not wanted.phones:
            raise InvalidInput({"phones": "phone_or_email_needed"})
        async with self._open_uow() as uow:
            await _check_links(uow, wanted)
            if wanted.id == 0:
                wanted = await uow.clients.add_client(wanted)
            else:
                await uow.clients.save_client(wanted)
            told: dict[str, object] = {
                "client_id": wanted.id,
                "organization_id": wanted.organization_id,
                "phones": len(wanted.phones),
                "has_email": wanted.email is not None,
            }
            await self._record(uow, by, "client", client.id == 0, told)
            await uow.commit()
        return wanted

    async def _record(
        self, uow: UnitOfWork, by: Person, what: str, added: bool, change: dict[str, object]
    ) -> None:
        await uow.audit.record(
            at=self._clock.now(),
            actor=actor_of(by.id),
            ticket_id=None,
            action=f"{what}.{'added' if added else 'changed'}",
            reason="",
            change=change,
        )


async def _check_links(uow: UnitOfWork, client: Client) -> None:
    if client.id != 0:
        present = await uow.clients.by_id(client.id)
        if present is None or present.name == ERASED_NAME:
            raise NotFound("client", client_id=client.id)
    company = client.organization_id
    if company is not None and await uow.clients.organization(company) is None:
        raise InvalidInput({"organization_id": "choice"})


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or name == ERASED_NAME:
        raise InvalidInput({"name": "required"})
    if len(name) > NAME_LIMIT:
        raise InvalidInput({"name": "too_long"})
    return name


def _phones(typed: tuple[str, ...]) -> tuple[str, ...]:
    numbers = [parse_number(each).e164 for each in typed]
    if len(numbers) > MOST_PHONES:
        raise InvalidInput({"phones": "too_many"})
    if None in numbers:
        raise InvalidInput({"phones": "phone"})
    return tuple(dict.fromkeys(each for each in numbers if each is not None))
