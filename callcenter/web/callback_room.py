"""The services behind the screens of callbacks, handed over as one value by the composition root."""

from dataclasses import dataclass

from callcenter.services.callback_desk import CallbackDesk
from callcenter.services.callback_views import CallbackViews
from callcenter.services.dialer_control import DialerControl


@dataclass(frozen=True, kw_only=True, slots=True)
class CallbackRoom:
    """What people do with callbacks, what screens show of them, and the dialer's own switch."""

    desk: CallbackDesk
    views: CallbackViews
    control: DialerControl
