"""The state of the machine, and what each person sets for himself."""

from datetime import timedelta
from typing import Literal

from callcenter.domain.people import Action
from callcenter.web.api.calls import LinkState
from callcenter.web.api.fields import Asked, Told
from callcenter.web.api.operation import ApiCall, operation
from callcenter.web.health import ask
from callcenter.web.keys import CLOCK, SETTINGS

_DAY, _LISTED = timedelta(hours=24), 50


class LookBody(Asked):
    """Language and theme of one's own screens, letters and exports."""

    locale: Literal["ru", "en"]
    theme: Literal["auto", "light", "dark"]


class System(Told):
    """Links, health (null: well, else what is wrong), a day's calls by outcome (`open`: not over yet).

    `unpublished_years`: no decree about their moved days is known. `tickets_without_clocks`: open ones whose record of
    time is lost, the newest fifty.
    """

    node: str
    links: list[LinkState]
    health: dict[str, str | None]
    calls_of_a_day: dict[str, int]
    unpublished_years: list[int]
    tickets_without_clocks: list[int]


async def get_system(call: ApiCall) -> object:
    """Telephony links, health checks, and a day's calls by outcome."""
    settings, now = call.request.app[SETTINGS], call.request.app[CLOCK].now()
    health = await ask(settings.health_checks)
    async with call.open_uow(write=False) as uow:
        outcomes = await uow.calls.count_by_outcome(now - _DAY, now)
        return {
            "node": settings.node,
            "links": await uow.links.all(),
            "health": health,
            "calls_of_a_day": {str(outcome or "open"): count for outcome, count in outcomes},
            "tickets_without_clocks": await uow.clocks.unclocked(open_only=True, limit=_LISTED),
            "unpublished_years": list(settings.unpublished_years(now)),
        }


async def choose_look(call: ApiCall, body: LookBody) -> None:
    """One's own language and theme."""
    await call.services.people.choose_look(call.person.id, locale=body.locale, theme=body.theme)


OPERATIONS = (
    operation("GET", "/system", Action.SEE_SYSTEM, get_system, answer=System),
    operation("PUT", "/me/look", Action.CHANGE_OWN_SETTINGS, choose_look),
)
