"""Who should take a ticket, and why: a pure choice over facts, shown to the moderator. Regulation: 2.4, 2.5."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from callcenter.domain.shifts import Availability

_TOPIC, _PRODUCT, _CLIENT_EACH, _CLIENT_MOST = 4.0, 3.0, 1.0, 3.0


class Because(StrEnum):
    """A reason for an executor; `count` beside it says how much."""

    SERVES_TOPIC = "serves_topic"
    SERVES_PRODUCT = "serves_product"
    KNOWS_CLIENT = "knows_client"
    LOAD = "load"


class Excluded(StrEnum):
    """Why an executor cannot take it now."""

    OFF_SHIFT = "off_shift"
    ON_LEAVE = "on_leave"
    OTHER_TOPICS = "other_topics"
    OTHER_PRODUCTS = "other_products"


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """Facts about one executor: `load` is his open tickets, `known` the solved ones of this client or company."""

    person_id: int
    name: str
    availability: Availability
    topic_ids: Collection[int]
    product_ids: Collection[int]
    load: int
    known: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """One line of the explanation."""

    because: Because
    count: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggestion:
    """An eligible executor with his score and what it is made of."""

    person_id: int
    name: str
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Exclusion:
    """An executor who is not eligible now, and why."""

    person_id: int
    name: str
    why: Excluded


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """The eligible, best first, and the others with the reason against them."""

    ranked: tuple[Suggestion, ...]
    excluded: tuple[Exclusion, ...]

    @property
    def best(self) -> Suggestion | None:
        """Whom we propose; None when nobody is eligible."""
        return self.ranked[0] if self.ranked else None


def propose(candidates: Iterable[Candidate], *, topics: Collection[int], product_id: int | None) -> Proposal:
    """Rank who may take a ticket on this topic (with its parents) and product.

    Eligible: on shift, serving the topic and the product (who names none serves all). A named topic counts 4, a
    named product 3, each solved ticket of this client 1 (at most 3), each open ticket in hand -1; equal scores go
    to the less loaded, then to the one who is longer with us.
    """
    ranked: list[tuple[float, int, int, Suggestion]] = []
    excluded: list[Exclusion] = []
    for each in candidates:
        why = _against(each, topics, product_id)
        if why is not None:
            excluded.append(Exclusion(person_id=each.person_id, name=each.name, why=why))
            continue
        suggestion = _suggestion(each, topics, product_id)
        ranked.append((-suggestion.score, each.load, each.person_id, suggestion))
    ranked.sort(key=lambda row: row[:3])
    return Proposal(ranked=tuple(row[3] for row in ranked), excluded=tuple(excluded))


def _against(each: Candidate, topics: Collection[int], product_id: int | None) -> Excluded | None:
    if each.availability is Availability.ON_LEAVE:
        return Excluded.ON_LEAVE
    if each.availability is Availability.OFF_SHIFT:
        return Excluded.OFF_SHIFT
    if each.topic_ids and topics and not set(each.topic_ids) & set(topics):
        return Excluded.OTHER_TOPICS
    if each.product_ids and product_id is not None and product_id not in each.product_ids:
        return Excluded.OTHER_PRODUCTS
    return None


def _suggestion(each: Candidate, topics: Collection[int], product_id: int | None) -> Suggestion:
    serves_topic = bool(each.topic_ids) and not set(topics).isdisjoint(each.topic_ids)
    serves_product = product_id is not None and product_id in each.product_ids
    return _scored(each.person_id, each.name, each.load, each.known, serves_topic, serves_product)


@lru_cache(maxsize=4096)
def _scored(
    person_id: int, name: str, load: int, known: int, serves_topic: bool, serves_product: bool
) -> Suggestion:
    """The same for most tickets of a list: one value instead of thousands."""
    score, reasons = 0.0, []
    if serves_topic:
        score += _TOPIC
        reasons.append(Reason(because=Because.SERVES_TOPIC))
    if serves_product:
        score += _PRODUCT
        reasons.append(Reason(because=Because.SERVES_PRODUCT))
    if known:
        score += min(known * _CLIENT_EACH, _CLIENT_MOST)
        reasons.append(Reason(because=Because.KNOWS_CLIENT, count=known))
    score -= load
    reasons.append(Reason(because=Because.LOAD, count=load))
    return Suggestion(person_id=person_id, name=name, score=score, reasons=tuple(reasons))
