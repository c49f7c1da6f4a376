"""How telephony is, as people are told: fine, or stale since when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.ports.calls import LinkState

LIVE = "live"


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkView:
    """One PBX's link; `stale_since` is None while what the screens show of it is current."""

    link: LinkState
    stale_since: datetime | None


def link_views(links: Sequence[LinkState], now: datetime, stale_after: timedelta) -> Sequence[LinkView]:
    """A link that is not live, or whose listener fell silent, is stale since the PBX was last heard live."""
    return [LinkView(link=link, stale_since=_stale_since(link, now, stale_after)) for link in links]


def stale_since(views: Sequence[LinkView]) -> datetime | None:
    """Since when something on the screens may be out of date; None when nothing is."""
    return min((view.stale_since for view in views if view.stale_since is not None), default=None)


def _stale_since(link: LinkState, now: datetime, stale_after: timedelta) -> datetime | None:
    if link.state != LIVE or now - link.heartbeat_at > stale_after:
        return link.heartbeat_at
    return None
