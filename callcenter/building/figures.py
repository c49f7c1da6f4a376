"""What one node knows of itself, for `/metrics`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ami.client import Client
from callcenter.building.statistics import Gauges
from callcenter.live.in_process import InProcessFeed
from callcenter.services.forms import PublicForms
from callcenter.services.hotline import Hotline
from callcenter.services.outbox import OutboxWorker
from callcenter.telemetry import Figure
from dialer.worker import Worker

LINK_FATES = ("events", "malformed", "unknown", "poisonous", "dropped", "breaks", "restarts", "snapshots")
"""What became of what a PBX sent; names of `ami` counts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeFigures:
    """Called at each scrape; every figure is of this process since its start."""

    hotline: Hotline
    outbox: OutboxWorker
    forms: PublicForms
    feed: InProcessFeed
    dialer: Worker
    gauges: Gauges
    clients: Callable[[], Mapping[str, Client | None]]

    def __call__(self) -> Iterator[Figure]:
        """All figures as they stand."""
        yield from self._of_calls()
        yield from self._of_what_goes_out_and_comes_in()
        yield from self._of_streams()
        yield Figure(
            name="dialer",
            help="Steps of the dialer",
            values=self.dialer.counts,
            label="what",
            counter=True,
        )
        yield from self.gauges.figures()
        yield from self._of_links()

    def _of_calls(self) -> Iterator[Figure]:
        totals = self.hotline.totals
        yield Figure(name="call_facts", help="Facts about calls", values={"": totals["facts"]}, counter=True)
        ignored = {name: value for name, value in totals.items() if name != "facts"}
        yield Figure(
            name="call_facts_ignored",
            help="Facts that changed nothing",
            values=ignored,
            label="why",
            counter=True,
        )

    def _of_what_goes_out_and_comes_in(self) -> Iterator[Figure]:
        yield Figure(
            name="outbox_attempts",
            help="Attempts to deliver by how they ended",
            values=dict(self.outbox.totals),
            label="end",
            counter=True,
        )
        yield Figure(
            name="public_forms",
            help="Sent forms by what became of them",
            values=dict(self.forms.totals),
            label="fate",
            counter=True,
        )

    def _of_streams(self) -> Iterator[Figure]:
        feed = self.feed.figures()
        yield Figure(name="live_streams", help="Open live streams", values={"": feed.subscribers})
        yield Figure(
            name="live_messages", help="Messages published", values={"": feed.published}, counter=True
        )
        yield Figure(
            name="live_shed", help="Streams dropped for slowness", values={"": feed.shed}, counter=True
        )

    def _of_links(self) -> Iterator[Figure]:
        clients = self.clients()
        live = {
            name: float(client is not None and client.stale_since is None) for name, client in clients.items()
        }
        yield Figure(name="pbx_link_live", help="1 while the link is live", values=live, label="pbx")
        for fate in LINK_FATES:
            values = {
                name: getattr(client.counts, fate) for name, client in clients.items() if client is not None
            }
            yield Figure(name=f"ami_{fate}", help=f"AMI: {fate}", values=values, label="pbx", counter=True)
