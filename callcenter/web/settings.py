"""What the web room needs to know of the installation; built by the composition root from the settings."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

HealthCheck = Callable[[], Awaitable[str | None]]
"""Returns None when all is well, else one sentence saying what is not."""


def no_years(now: datetime) -> Sequence[int]:
    """A calendar without public holidays waits for no decree."""
    return ()


@dataclass(frozen=True, kw_only=True, slots=True)
class WebSettings:
    """`base_url` is the address people type, without a path; cookies are `Secure` when it is https.

    `health_checks` are asked by `/health/ready`, `metrics` gives the body of `/metrics`; `node` names this
    process on the system page. Times are shown in `time_zone`.
    """

    base_url: str
    demonstration: bool = False
    hotline_number: str = "+78005550640"
    time_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Moscow"))
    node: str = "main"
    health_checks: Mapping[str, HealthCheck] = field(default_factory=dict)
    metrics: Callable[[], bytes] | None = None
    link_stale_after: timedelta = timedelta(seconds=10)
    stream_ping: float = 15.0
    replay_limit: int = 1000
    streams_of_one: int = 300
    """Live streams one person may hold; a browser holds one for all its tabs where it can (https, localhost)."""
    mail_folder: str = ""
    """Where letters are written while there is no mail server; empty: they are sent."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses of reverse proxies whose `X-Forwarded-For` is believed."""
    unpublished_years: Callable[[datetime], Sequence[int]] = no_years
    """This year and the next as far as no decree about their moved working days is known."""

    api_requests_per_minute: int = 600
    """Requests of one token (or of one browser) to the API; the next ones are answered 429."""

    @property
    def secure(self) -> bool:
        """Whether browsers reach the program over TLS."""
        return urlsplit(self.base_url).scheme == "https"

    @property
    def origin(self) -> str:
        """Scheme and host as browsers send them in `Origin`."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def session_cookie(self) -> str:
        """`__Host-` makes browsers insist on TLS and on this very host; plain http cannot have it."""
        return "__Host-session" if self.secure else "session"
