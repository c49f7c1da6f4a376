"""What the program says of itself: structured logs with masked telephone numbers, and Prometheus metrics."""

import logging
import re
import sys
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Histogram, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

_PHONE = re.compile(r"(?<![\w.:-])(\+?\d{4})(\d{4,9})(\d{2})(?![\w.:-])", re.ASCII)
_RUSSIAN = re.compile(
    r"(?<!\d)((?:\+?7|8)[ (-]{0,2}\d{3})([ )-]{0,2}\d{3}[ -]?\d{2}[ -]?)(\d{2})(?!\d)", re.ASCII
)
"""Eleven digits that begin so are a number whatever stands around them: `sip:`, a channel's name, a full stop."""
_EMAIL = re.compile(r"\b[\w.+-]+@([\w-]+\.[\w.-]+)\b")
_SECRET = re.compile(r"secret|password|token|cookie", re.IGNORECASE)


def masked(text: str) -> str:
    """The text with telephone numbers and mail addresses made unreadable.

    >>> masked("call from +79161234567 and 88005550640, ivan@example.org")
    'call from +7916*****67 and 8800*****40, ***@example.org'
    >>> masked("linkedid main-1795355490.12, 120 ms")
    'linkedid main-1795355490.12, 120 ms'
    """
    text = _RUSSIAN.sub(lambda match: match[1] + "*" * 5 + match[3], text)
    text = _PHONE.sub(lambda match: match[1] + "*" * len(match[2]) + match[3], text)
    return _EMAIL.sub(r"***@\1", text)


def _masked_value(key: str, value: object) -> object:
    if _SECRET.search(key):
        return "***"
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {name: _masked_value(str(name), item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_masked_value(key, item) for item in value]
    return value


def mask_personal(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor: no telephone number, mail address or secret reaches a log."""
    for key, value in event.items():
        event[key] = _masked_value(key, value)
    return event


def _visible(letter: str) -> str:
    return letter if letter.isprintable() or letter in "\n\t" else f"\\x{ord(letter):02x}"


def inert(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor for terminals: no event begins a line of its own, nothing moves the cursor or the title."""
    event["event"] = "".join(map(_visible, str(event.get("event", "")))).replace("\n", "\\n")
    if "exception" in event:
        event["exception"] = "".join(map(_visible, str(event["exception"])))
    return event


def set_up_logs(*, level: str, form: str) -> None:
    """Send structlog and the standard `logging` of libraries through one masked renderer to standard error."""
    as_json = form == "json" or (form == "auto" and not sys.stderr.isatty())
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # a traceback is text before it is masked; a terminal's pretty one would show local variables, passwords too
    last: list[Any] = [structlog.processors.format_exc_info, mask_personal, *([] if as_json else [inert])]
    structlog.configure(
        processors=[*shared, *last, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, *last],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("aiosqlite", "aiohttp.access", "panoramisk", "alembic"):
        logging.getLogger(noisy).setLevel("WARNING")


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One figure at the moment it is asked for; a counter only grows, a gauge is as it is now."""

    name: str
    help: str
    values: Mapping[str, float]
    label: str = ""
    counter: bool = False


class Metrics(Collector):
    """Every figure offered at `/metrics`, in a registry of its own (two programs in one process do not clash).

    `figures` is asked at each scrape, so nothing is kept twice; only what must be summed up on the way is kept here.
    """

    def __init__(self, figures: Callable[[], Iterable[Figure]]) -> None:
        self._figures = figures
        self._registry = CollectorRegistry()
        self._registry.register(self)
        self.event_to_commit = Histogram(
            "callcenter_event_to_commit_seconds",
            "From the PBX's time of an event to the commit that tells of it",
            buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
            registry=self._registry,
        )

    def describe(self) -> Iterable[Metric]:
        """Nothing is promised ahead of the first scrape."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """The figures as Prometheus wants them."""
        for figure in self._figures():
            family = (CounterMetricFamily if figure.counter else GaugeMetricFamily)(
                f"callcenter_{figure.name}", figure.help, labels=[figure.label] if figure.label else None
            )
            for name, value in figure.values.items():
                family.add_metric([name] if figure.label else [], value)
            yield family

    def exposition(self) -> bytes:
        """The body of `/metrics`."""
        return generate_latest(self._registry)
