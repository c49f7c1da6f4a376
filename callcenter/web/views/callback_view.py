"""Callbacks as screens show them: with what this person may do, and what he typed when it was refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from callcenter.domain.errors import InvalidInput
from callcenter.domain.numbers import display, parse_number
from callcenter.domain.people import Action, Person, may
from callcenter.domain.ticket import Ticket
from callcenter.services.callback_desk import CallbackDesk, may_ask, may_tend
from callcenter.services.callback_views import OnTicket, Phone, SeriesView
from callcenter.web.callback_wording import CallbackWords

_LOCAL_FORM = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, kw_only=True, slots=True)
class CallbackRefusal:
    """What was refused on a screen of callbacks: by field, `""` for the whole, with what was typed."""

    form: str
    typed: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def whole(self) -> str:
        """What is said above everything."""
        return self.problems.get("", "")


NO_REFUSAL = CallbackRefusal(form="")


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketCallbacks:
    """The panel of a ticket's page. `shown` is the series in work, else the last one; `problem` forbids the number."""

    on: OnTicket
    cb: CallbackWords
    shown: SeriesView | None
    problem: str
    may_ask: bool
    may_tend: bool
    may_choose: bool
    may_allow_again: bool
    executor_id: int | None
    executor: Phone | None
    soonest: datetime
    picker: Sequence[str]
    refusal: CallbackRefusal

    @property
    def offers(self) -> bool:
        """Whether a callback may be asked for now."""
        return self.may_ask and self.on.dialable and self.on.open is None

    @property
    def earlier(self) -> Sequence[SeriesView]:
        """The series before the one that is shown, newest first."""
        return [each for each in reversed(self.on.series) if each is not self.shown]

    def typed(self, form: str, name: str) -> str:
        """What was typed into a refused form."""
        return self.refusal.typed.get(name, "") if self.refusal.form == form else ""

    def refused(self, form: str, name: str) -> str:
        """What is wrong with a field of a refused form."""
        return self.refusal.problems.get(name, "") if self.refusal.form == form else ""

    def opened(self, form: str) -> bool:
        """Whether this form was refused and stands open."""
        return self.refusal.form == form


def ticket_callbacks(
    on: OnTicket,
    ticket: Ticket,
    by: Person,
    desk: CallbackDesk,
    cb: CallbackWords,
    *,
    refusal: CallbackRefusal,
    now: datetime,
    zone: ZoneInfo,
) -> TicketCallbacks:
    """The panel for this person."""
    shown = on.open or (on.series[-1] if on.series else None)
    moderates = may(by, Action.MODERATE_TICKETS)
    executor_id = shown.callback.executor_id if on.open and shown else ticket.assignee_id
    if executor_id is None and not moderates:
        executor_id = by.id
    return TicketCallbacks(
        on=on,
        cb=cb,
        shown=shown,
        problem=number_problem(desk, on.number, ticket, cb),
        may_ask=may_ask(by, ticket),
        may_tend=shown is not None and may_tend(by, ticket, shown.callback),
        may_choose=moderates,
        may_allow_again=moderates or may(by, Action.RUN_DIALER),
        executor_id=executor_id,
        executor=next((each for each in on.phones if each.person.id == executor_id), None),
        soonest=desk.earliest(),
        picker=picker_bounds(now, zone),
        refusal=refusal,
    )


def number_problem(desk: CallbackDesk, number: str | None, ticket: Ticket, cb: CallbackWords) -> str:
    """Why the ticket's number will not be dialled, in words; empty when it may be."""
    raw = number or _raw_of(ticket)
    problem = desk.number_problem(raw)
    return "" if problem is None else cb.number_problem(problem, as_read(raw))


def _raw_of(ticket: Ticket) -> str:
    """What stands on the ticket as a number; a withheld one is none."""
    known = [each for each in (ticket.contact_phone, ticket.caller) if each is not None and not each.hidden]
    return known[0].raw if known else ""


def as_read(typed: str) -> str:
    """A number as people read it; what is no number stays as it was typed, not too long.

    >>> as_read("88091234567"), as_read("доб. 12")
    ('+7 809 123-45-67', 'доб. 12')
    """
    e164 = parse_number(typed).e164
    return display(e164) if e164 is not None else typed[:40]


def local_instant(text: str, zone: ZoneInfo) -> datetime | None:
    """The instant a time picker sent, local to the installation; None when it sent none.

    Raises InvalidInput when it is no time.
    """
    if not text:
        return None
    try:
        local = datetime.strptime(text[:16], _LOCAL_FORM)  # noqa: DTZ007 - the picker has no zone, ours is added
    except ValueError as error:
        raise InvalidInput({"at": "callback.wrong_time"}) from error
    return local.replace(tzinfo=zone)


def picker_bounds(now: datetime, zone: ZoneInfo) -> Sequence[str]:
    """What a time picker proposes (in half an hour, on a whole five minutes), its least and its greatest."""
    local = now.astimezone(zone).replace(second=0, microsecond=0)
    later = local + timedelta(minutes=30)
    proposed = later + timedelta(minutes=-later.minute % 5)
    return [each.strftime(_LOCAL_FORM) for each in (proposed, local, local + timedelta(days=60))]
