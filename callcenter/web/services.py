"""The services the screens ask, handed over as one value by the composition root."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from callcenter.ports.people import Passwords
from callcenter.ports.statistics import StatisticsRoom
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork
from callcenter.services.api_answers import ApiAnswers, keyed
from callcenter.services.api_tokens import ApiTokens
from callcenter.services.client_import import ClientImport
from callcenter.services.desk import Desk
from callcenter.services.people import PeopleRegister
from callcenter.services.sign_in import SignIn
from callcenter.web.administration_room import AdministrationRoom
from callcenter.web.api.room import ApiRoom
from callcenter.web.callback_room import CallbackRoom
from callcenter.web.desk_room import DeskRoom
from callcenter.web.public.room import PublicRoom
from callcenter.web.question_room import QuestionRoom
from callcenter.web.reports_room import ReportsRoom

_TOKEN_BYTES = 32


def new_token() -> str:
    """An unguessable, URL-safe string."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


@dataclass(frozen=True, kw_only=True, slots=True)
class Services:
    """`open_uow` is for reading what a screen shows; every change goes through a service."""

    open_uow: OpenUnitOfWork
    sign_in: SignIn
    people: PeopleRegister
    client_import: ClientImport
    api_tokens: ApiTokens
    api_answers: ApiAnswers
    public: PublicRoom | None = None
    """Public pages and the outbox; None where the program runs without them."""
    callbacks: CallbackRoom | None = None
    """The dialer; its screens are offered only where this is given."""
    administration: AdministrationRoom | None = None
    """Staffing, topics, products, targets, letters, audit; their screens are offered only where this is given."""
    desk: DeskRoom | None = None
    """Registration, moderation and execution of tickets; their screens are offered only where this is given."""
    questions: QuestionRoom | None = None
    """Frequent questions and staffing; their screens are offered only where this is given."""
    reports: ReportsRoom | None = None
    """Report documents and their mailing; given together with `statistics`."""
    statistics: StatisticsRoom | None = None
    """Figures, checks, the zero-loss ledger and compliance; their screens are offered only where this is given."""
    api: ApiRoom | None = None
    """What the API asks of the help desk beside what the screens ask; given together with `desk`."""

    @classmethod
    def on(
        cls,
        open_uow: OpenUnitOfWork,
        clock: Clock,
        passwords: Passwords,
        *,
        session_length: timedelta,
        desk: Desk | None = None,
    ) -> Self:
        """Every service over one store."""
        answers, open_uow = ApiAnswers(open_uow, clock), keyed(open_uow)
        return cls(
            open_uow=open_uow,
            sign_in=SignIn(open_uow, clock, passwords, new_token, session_length=session_length),
            people=PeopleRegister(open_uow, clock, new_token),
            client_import=ClientImport(open_uow, clock),
            api_tokens=ApiTokens(open_uow, clock, new_token),
            api_answers=answers,
            desk=None if desk is None else DeskRoom.on(desk),
            api=None if desk is None else ApiRoom.on(desk),
        )
