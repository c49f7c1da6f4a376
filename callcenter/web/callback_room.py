"""The services behind the screens of callbacks, handed over as one value by the composition root."""

from dataclasses import dataclass, field

from callcenter.domain.missed_calls import MissedCallRule
from callcenter.services.callback_desk import CallbackDesk
from callcenter.services.callback_views import CallbackViews
from callcenter.services.dialer_control import DialerControl
from dialer.attempt import CLIENT_UNAVAILABLE, Outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class CallbackRoom:
    """What people do with callbacks, what screens show of them, the dialer's switch, and the rule for missed calls."""

    desk: CallbackDesk
    views: CallbackViews
    control: DialerControl
    missed_rule: MissedCallRule = field(default_factory=MissedCallRule)


def counting_of(room: CallbackRoom | None) -> frozenset[Outcome]:
    """Which outcomes count against the client, as it is set; the regulation's own list without a dialer."""
    return CLIENT_UNAVAILABLE if room is None else room.control.counted
