"""How often one asker may come: a bucket that holds a minute's requests and fills steadily."""

from collections import OrderedDict
from datetime import datetime, timedelta
from math import ceil

from aiohttp import web

from callcenter.domain.errors import TooManyAttempts

_MOST_ASKERS = 10_000


class RateLimit:
    """Counts in this process; askers beyond ten thousand push out those seen longest ago."""

    def __init__(self, per_minute: int) -> None:
        self._most = float(per_minute)
        self._each = max(timedelta(minutes=1) / per_minute, timedelta.resolution)
        self._buckets: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def take(self, asker: str, now: datetime) -> None:
        """Let one request through.

        Raises:
            TooManyAttempts: the bucket is empty; `retry_after` is in whole seconds.
        """
        left, since = self._buckets.pop(asker, (self._most, now))
        left = min(self._most, left + max(now - since, timedelta(0)) / self._each)
        allowed = left >= 1
        self._buckets[asker] = (left - 1 if allowed else left, now)
        if len(self._buckets) > _MOST_ASKERS:
            self._buckets.popitem(last=False)
        if not allowed:
            wait = (1 - left) * self._each
            raise TooManyAttempts("too many requests", retry_after=max(1, ceil(wait.total_seconds())))


REQUESTS: web.AppKey[RateLimit] = web.AppKey("api_requests", RateLimit)
WRONG_TOKENS: web.AppKey[RateLimit] = web.AppKey("api_wrong_tokens", RateLimit)
WRONG_TOKENS_PER_MINUTE = 30
