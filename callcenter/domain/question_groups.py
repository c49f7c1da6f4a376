"""Grouping requests by the words they share, so that every membership can be explained by adding up points.

A group is a list of words with weights. A text belongs to the group with the most points, and to none below `JOINS`:

    points(text, group) = Σ over shared words of  w(word) · g(word)  /  (‖text‖ · ‖group‖)

(cosine, 0 to 1), where w(word) = √ln(1 + N/n) for a word in n of N texts, and g(word) = w(word) · the share of the
group's texts that hold it. Groups begin as pairs of words that stand together in many texts and rarely apart
(normalised pointwise mutual information: G. Bouma, "Normalized (Pointwise) Mutual Information in Collocation
Extraction", 2009), and are then let settle: each text to its best group, each group's weights from its texts.
Nothing is random, and the order of the texts does not matter. Regulation: 3.2.
"""

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

JOINS = 0.45
"""Points a text must have to belong to a group."""
SAME = 0.62
"""Two groups whose words agree so far are one."""
FEWEST, ONE_IN = 3, 2000
"""Texts that make a group: three, and in big corpora one in two thousand."""
MOST_GROUPS = 600
GROUP_WORDS = 10
PAIRED_TERMS = 10
ROUNDS = 3
COMMON_SHARE = 0.25
"""A word is one of the group's when so many of its texts hold it, or half as many as hold its foremost word."""

Terms = tuple[str, ...]
Weights = Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Words with weights (their squares add up to 1, the heaviest first) and the texts that belong: index to points.

    `origin` is the key of the known group that this one goes on from, None for one found anew.
    """

    origin: int | None
    words: tuple[tuple[str, float], ...]
    members: Mapping[int, float]


@dataclass(slots=True)
class _Forming:
    """A group while it settles."""

    words: dict[str, float]
    origin: int | None = None
    kept: dict[str, float] = field(default_factory=dict)
    """What a known group was; its new words lean on them, so that it stays itself."""


class Corpus:
    """The texts as terms, equal ones once, with the weight of every term; the rarest terms weigh nothing."""

    def __init__(self, texts: Sequence[Terms], *, lasting: Iterable[str] = ()) -> None:
        alike: dict[Terms, list[int]] = {}
        for index, terms in enumerate(texts):
            alike.setdefault(tuple(sorted(terms)), []).append(index)
        self.size = len(texts)
        self.fewest = max(FEWEST, self.size // ONE_IN)
        counts: Counter[str] = Counter()
        for terms, indexes in alike.items():
            for term in terms:
                counts[term] += len(indexes)
        self.counts = counts
        known = frozenset(lasting)
        rare = max(2, self.fewest // 3)
        self.weight = {
            term: math.sqrt(math.log1p(max(self.size, 1) / count))
            for term, count in counts.items()
            if count >= rare or term in known
        }
        self.alike: list[Sequence[int]] = []
        self.vectors: list[dict[str, float]] = []
        self.sizes: list[int] = []
        for terms in sorted(alike):
            vector = unit({term: self.weight[term] for term in terms if term in self.weight})
            if vector:
                self.alike.append(alike[terms])
                self.vectors.append(vector)
                self.sizes.append(len(alike[terms]))
        self.holding: dict[str, list[int]] = defaultdict(list)
        for number, vector in enumerate(self.vectors):
            for term in vector:
                self.holding[term].append(number)


def unit(vector: Mapping[str, float]) -> dict[str, float]:
    """The vector at length 1, words in order; empty stays empty."""
    length = math.sqrt(math.fsum(value * value for value in vector.values()))
    return {term: vector[term] / length for term in sorted(vector)} if length > 0 else {}


def points(text: Weights, group: Weights) -> float:
    """How well a text fits a group, both at length 1: 0 (no word shared) to 1."""
    if len(text) > len(group):
        text, group = group, text
    return math.fsum(value * group[term] for term, value in text.items() if term in group)


def why(terms: Terms, weight: Weights, words: Weights) -> list[tuple[str, float]]:
    """What each shared word adds to the points of a text in a group, the most telling first."""
    vector = unit({term: weight[term] for term in terms if term in weight})
    shared = [(term, value * words[term]) for term, value in vector.items() if term in words]
    return sorted(shared, key=lambda row: (-row[1], row[0]))


def group_texts(
    texts: Sequence[Terms], known: Mapping[int, Weights] | None = None
) -> tuple[Corpus, list[Group]]:
    """Groups of texts, the biggest first; `known` ones of earlier months stay themselves, however few they have."""
    former = known or {}
    corpus = Corpus(texts, lasting=(term for words in former.values() for term in words))
    forming = [
        _Forming(words=unit(words), origin=key, kept=unit(words)) for key, words in sorted(former.items())
    ]
    forming += _seeds(corpus, _taken(corpus, forming))
    for _ in range(ROUNDS):
        forming = _merged(_settled(corpus, forming))
    belonging = _assign(corpus, forming)
    groups = []
    for number, formed in enumerate(forming):
        members = {index: score for row, score in belonging.get(number, ()) for index in corpus.alike[row]}
        if len(members) >= corpus.fewest or (formed.origin is not None and members):
            words = tuple(sorted(formed.words.items(), key=lambda row: (-row[1], row[0])))
            groups.append(Group(origin=formed.origin, words=words, members=members))
    groups.sort(key=lambda group: (-len(group.members), group.words))
    return corpus, groups


def _assign(corpus: Corpus, forming: Sequence[_Forming]) -> dict[int, list[tuple[int, float]]]:
    """Rows of the corpus by their best group, with their points."""
    heading: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for number, group in enumerate(forming):
        for term, value in group.words.items():
            heading[term].append((number, value))
    found: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for row, vector in enumerate(corpus.vectors):
        scores: dict[int, float] = {}
        for term, value in vector.items():
            for number, weight in heading.get(term, ()):
                scores[number] = scores.get(number, 0.0) + value * weight
        if not scores:
            continue
        best = min(scores, key=lambda number: (-round(scores[number], 9), number))
        if scores[best] >= JOINS:
            found[best].append((row, scores[best]))
    return found


def _taken(corpus: Corpus, forming: Sequence[_Forming]) -> set[int]:
    return {row for rows in _assign(corpus, forming).values() for row, _ in rows} if forming else set()


def _centre(corpus: Corpus, rows: Iterable[int]) -> dict[str, float]:
    """The words of a group from its texts: weight times the share of texts that hold the word."""
    held: Counter[str] = Counter()
    total = 0
    for row in rows:
        size = corpus.sizes[row]
        total += size
        for term in corpus.vectors[row]:
            held[term] += size
    if not total:
        return {}
    enough = min(COMMON_SHARE, max(held.values()) / total / 2)
    shares = {term: count / total for term, count in held.items() if count / total >= enough and count > 1}
    weighed = {term: share * corpus.weight[term] for term, share in shares.items()}
    foremost = sorted(weighed, key=lambda term: (-weighed[term], term))[:GROUP_WORDS]
    return unit({term: weighed[term] for term in foremost})


def _settled(corpus: Corpus, forming: Sequence[_Forming]) -> list[_Forming]:
    belonging = _assign(corpus, forming)
    settled = []
    for number, group in enumerate(forming):
        rows = [row for row, _ in belonging.get(number, ())]
        size = sum(corpus.sizes[row] for row in rows)
        if group.origin is None and size < corpus.fewest:
            continue
        centre = _centre(corpus, rows) if size >= corpus.fewest else {}
        if group.kept:
            centre = _blend(group.kept, centre)
        if centre:
            settled.append(_Forming(words=centre, origin=group.origin, kept=group.kept))
    return settled


def _blend(kept: Weights, centre: Weights) -> dict[str, float]:
    """Half what it was, half what it is."""
    both = {term: kept.get(term, 0.0) + centre.get(term, 0.0) for term in {*kept, *centre}}
    foremost = sorted(both, key=lambda term: (-both[term], term))[:GROUP_WORDS]
    return unit({term: both[term] for term in foremost})


def _merged(forming: Sequence[_Forming]) -> list[_Forming]:
    """One group of each two that agree; known groups, which people have told apart, are never merged."""
    heading: dict[str, list[int]] = defaultdict(list)
    kept: list[_Forming] = []
    for group in sorted(forming, key=lambda group: group.origin is None):
        near = Counter(number for term in group.words for number in heading.get(term, ()))
        same = group.origin is None and any(
            points(group.words, kept[number].words) >= SAME for number in sorted(near)
        )
        if not same:
            for term in group.words:
                heading[term].append(len(kept))
            kept.append(group)
    return kept


def _seeds(corpus: Corpus, covered: set[int]) -> list[_Forming]:
    """Pairs of words that begin groups: greedily the best pair among the texts that no group has yet."""
    pairs = _pairs(corpus, covered)
    heap = [(-_worth(corpus, pair, count), pair) for pair, count in pairs.items() if count >= corpus.fewest]
    heapq.heapify(heap)
    found: list[_Forming] = []
    while heap and len(found) < MOST_GROUPS:
        claimed, pair = heapq.heappop(heap)
        rows = [row for row in _holding_both(corpus, pair) if row not in covered]
        count = sum(corpus.sizes[row] for row in rows)
        if count < corpus.fewest:
            continue
        worth = -_worth(corpus, pair, count)
        if worth > claimed + 1e-9:
            heapq.heappush(heap, (worth, pair))
            continue
        centre = _centre(corpus, rows)
        covered.update(row for row in rows if points(corpus.vectors[row], centre) >= JOINS)
        covered.update(rows)
        covered.update(_near(corpus, centre, covered))
        found.append(_Forming(words=centre))
    return found + _single_words(corpus, covered)


def _single_words(corpus: Corpus, covered: set[int]) -> list[_Forming]:
    """What is left and of which one word says all ("печать"): such texts group by it alone."""
    left: Counter[str] = Counter()
    for row, vector in enumerate(corpus.vectors):
        if row not in covered and len(vector) == 1:
            left[next(iter(vector))] += corpus.sizes[row]
    return [
        _Forming(words={term: 1.0})
        for term, count in sorted(left.items(), key=lambda row: (-row[1], row[0]))
        if count >= corpus.fewest
    ][:MOST_GROUPS]


def _pairs(corpus: Corpus, covered: set[int]) -> Counter[tuple[str, str]]:
    pairs: Counter[tuple[str, str]] = Counter()
    for row, vector in enumerate(corpus.vectors):
        if row in covered:
            continue
        # the words that most texts share say most about a frequent question
        terms = sorted(sorted(vector, key=lambda term: (-corpus.counts[term], term))[:PAIRED_TERMS])
        size = corpus.sizes[row]
        for first in range(len(terms)):
            for second in range(first + 1, len(terms)):
                pairs[terms[first], terms[second]] += size
    return pairs


def _worth(corpus: Corpus, pair: tuple[str, str], count: int) -> float:
    """Texts times the weight of both words times how much closer they stand than by chance."""
    first, second = (corpus.counts[term] for term in pair)
    together = count / corpus.size
    bound = 1.0 if together >= 1 else math.log(count * corpus.size / (first * second)) / -math.log(together)
    return count * (corpus.weight[pair[0]] + corpus.weight[pair[1]]) * max(bound, 0.01)


def _holding_both(corpus: Corpus, pair: tuple[str, str]) -> list[int]:
    first, second = sorted((corpus.holding[term] for term in pair), key=len)
    return sorted(set(first).intersection(second))


def _near(corpus: Corpus, centre: Weights, covered: set[int]) -> list[int]:
    """Uncovered rows that would join this group: they hold two of its three foremost words."""
    foremost = sorted(centre, key=lambda term: (-centre[term], term))[:3]
    held = Counter(row for term in foremost for row in corpus.holding[term])
    return [
        row
        for row, count in held.items()
        if count >= 2 and row not in covered and points(corpus.vectors[row], centre) >= JOINS
    ]
