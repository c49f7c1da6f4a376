"""How much time a ticket has left, in words and a tone that also read without colour; it ticks in the browser."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from callcenter.domain.lifecycle import Status
from callcenter.domain.ticket import Ticket
from callcenter.web import moments
from callcenter.web.translations import Words

NEAR = timedelta(minutes=15)
"""Less than this left of the resolve clock is worth a colour."""
NEAR_TO_ASSIGN = timedelta(minutes=2)


def say_left(ticket: Ticket, now: datetime, zone: ZoneInfo, words: Words) -> Markup:
    """«осталось 12 мин», «просрочено на 3 мин», «до завтра 9:05», «стоит: ждём клиента»; empty while nothing runs.

    Only a deadline of today is counted down: until another day's the clock stands still overnight.
    """
    if ticket.status is Status.WAITING:
        return _still(words("stands still: we wait for the client"))
    if ticket.status is Status.AT_VENDOR:
        return _still(words("stands still: at the developer's"))
    due = ticket.due_at
    if due is None:
        return Markup("")
    near = NEAR_TO_ASSIGN if ticket.status is Status.NEW else NEAR
    why = words("to be assigned by") if ticket.status is Status.NEW else words("to be answered by")
    title = f"{why} {moments.say_exactly(due, zone, words)}"
    if due >= now and due.astimezone(zone).date() != now.astimezone(zone).date():
        said = words("until %(moment)s", moment=moments.say_moment(due, now, zone, words))
        return Markup('<time class="left" data-tone="fine" datetime="{}" title="{}">{}</time>').format(
            due.isoformat(), title, said
        )
    left = due - now
    if left < timedelta(0):
        tone, said = "late", words("overdue by {time}")
    else:
        tone, said = "near" if left < near else "fine", words("{time} left")
    shown = said.replace("{time}", moments.say_duration(abs(left), words))
    return Markup(
        '<time class="ticking left" data-due="{}" data-near="{}" data-tone="{}" title="{}">{}</time>'
    ).format(due.isoformat(), int(near.total_seconds()), tone, title, shown)


def _still(said: str) -> Markup:
    return Markup('<span class="left" data-tone="still">{}</span>').format(said)
