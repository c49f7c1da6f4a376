"""The most frequent questions of a month: found in the texts, kept by number, compared, and corrected by people.

A question keeps its number from month to month because its words are known: texts are first offered to the known
questions, and only what is left forms new ones (`question_groups`). What people said — these two are one, this one is
two, call it so — are rules that are applied after each grouping, and may be taken back. Regulation: 3.2.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from callcenter.domain.errors import InvalidInput
from callcenter.domain.question_groups import Corpus, Group, Weights, group_texts, why
from callcenter.domain.question_lexicon import WRITTEN
from callcenter.domain.question_words import Morphology, Reader, RequestText, Token, terms_in_order

TITLE_LIMIT = 200
NAME_WORDS = 7
NAMED_FROM = 200
"""So many of the best fitting texts are read for a name."""
EXAMPLES, ANSWERS = 3, 3
CHANCE = 0.01
"""A change is marked when chance alone would bring one as great less often than this."""
RISE = 1.5
FEWEST_TO_MARK = 5
FEWEST_NEW = 3
MOST_SPLIT_WORDS = 5
_BELONGS = frozenset(
    {"не", "нет", "при", "после", "для", "без", "в", "на", "с", "к", "из", "от", "о", "об", "по"}
)


class RuleKind(StrEnum):
    """What a person may say about questions."""

    MERGE = "merge"
    SPLIT = "split"
    RENAME = "rename"


class Trend(StrEnum):
    """How a question's number compares with the period before."""

    NEW = "new"
    RISING = "rising"
    FALLING = "falling"
    STEADY = "steady"


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A question we know. `words` are its terms with weights, the heaviest first, `name` its own words.

    A question split off from another has that one as `parent_id`, and the terms a text must hold in `required`.
    """

    id: int
    name: str
    words: tuple[tuple[str, float], ...]
    first_month: date
    parent_id: int | None = None
    required: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class QuestionRule:
    """What a person said. MERGE: `question_id` is a part of `into_id`; SPLIT: `into_id` was split off from it;
    RENAME: it is called `title`. A rule taken back has `revoked_at`.
    """

    id: int
    kind: RuleKind
    question_id: int
    by: int
    at: datetime
    into_id: int | None = None
    title: str = ""
    revoked_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Membership:
    """A ticket of the month: the question its words lead to, the one it counts for by the rules, and its terms."""

    ticket_id: int
    at: datetime
    found_id: int | None
    question_id: int | None
    points: float
    terms: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedQuestion:
    """A question in a period. `before`: tickets in the period before; `expected`: as many as then, for a period as
    long as this one has lasted. `chance`: how often chance alone would change so much (`likelihood`).
    """

    question_id: int
    name: str
    words: tuple[tuple[str, float], ...]
    tickets: int
    before: int
    expected: float
    trend: Trend
    chance: float
    examples: tuple[int, ...] = ()
    answers: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class QuestionRun:
    """One grouping of a month (`month` is its first day): when, of how many texts, and how many found a question.

    `skipped`: rows that could not be read. `frozen_at`: it is the month's last. What explanations are made of:
    `weights` of terms, `forms` of terms as people write them, `groups`: the words of each question as found.
    """

    id: int
    month: date
    at: datetime
    texts: int
    grouped: int
    skipped: int = 0
    frozen_at: datetime | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    forms: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[int, tuple[tuple[str, float], ...]] = field(default_factory=dict)

    def written(self, term: str) -> str:
        """A term as people write it."""
        return self.forms.get(term, term)


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundQuestion:
    """A group as found; `question_id` None: a new one. `members`: index of the text and its points."""

    question_id: int | None
    name: str
    words: tuple[tuple[str, float], ...]
    members: Mapping[int, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """What grouping found: the terms of every text, weight and usual form of every term, the groups, biggest first."""

    terms: Sequence[tuple[str, ...]]
    weights: Mapping[str, float]
    forms: Mapping[str, str]
    questions: Sequence[FoundQuestion]


def find_questions(
    texts: Sequence[RequestText],
    morphology: Morphology,
    *,
    products: Iterable[str] = (),
    known: Mapping[int, Weights] | None = None,
) -> Findings:
    """Group the texts of a month; the same texts in any order give the same groups.

    The only part that takes long (about a tenth of a millisecond a text): run it in a thread.
    """
    ordered = sorted(texts, key=lambda each: each.ticket_id)
    place = {id(each): index for index, each in enumerate(ordered)}
    reader = Reader(morphology, products)
    read = reader.read(ordered)
    terms = [terms_in_order(each) for each in read]
    corpus, groups = group_texts(terms, known)
    found = [_found(group, read, morphology) for group in groups]
    back = {place[id(each)]: index for index, each in enumerate(texts)}
    return Findings(
        terms=[terms[place[id(each)]] for each in texts],
        weights=(weights := _weights(corpus, groups)),
        forms=_forms(read, weights),
        questions=[
            FoundQuestion(
                question_id=each.question_id,
                name=each.name,
                words=each.words,
                members={back[index]: points for index, points in each.members.items()},
            )
            for each in found
        ],
    )


def _weights(corpus: Corpus, groups: Sequence[Group]) -> Mapping[str, float]:
    """The weights of all terms of texts that were grouped: what an explanation is computed from later."""
    held = {term for row, vector in enumerate(corpus.vectors) for term in vector if corpus.alike[row]}
    return {term: round(corpus.weight[term], 4) for term in sorted(held)} if groups else {}


def _forms(read: Iterable[Sequence[Token]], weights: Weights) -> Mapping[str, str]:
    """How each term is written most often; the shortest of equals."""
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for text in read:
        for token in text:
            if token.term in weights and token.term is not None:
                written[token.term][token.form] += 1
    return {
        term: min(forms, key=lambda form: (-forms[form], len(form), form)) for term, forms in written.items()
    }


def _found(group: Group, read: Sequence[Sequence[Token]], morphology: Morphology) -> FoundQuestion:
    best = sorted(group.members, key=lambda index: (-round(group.members[index], 6), index))
    name = name_of([read[index] for index in best[:NAMED_FROM]], dict(group.words))
    if " " not in name and morphology.known(name.lower()):
        name = _as_title(morphology.lemma(name.lower()) or name)
    return FoundQuestion(question_id=group.origin, name=name, words=group.words, members=group.members)


def name_of(read: Iterable[Sequence[Token]], words: Weights) -> str:
    """A group in its own words: the stretch of a sentence that says most of its terms most often, as it was written.

    «не» and a preposition before it belong to it. Empty when no text holds a word of the group.
    """
    said: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    worth: dict[tuple[str, ...], float] = {}
    for text in read:
        stretch = _best_stretch(text, words)
        if stretch is None:
            continue
        value, start, end = stretch
        key = tuple(token.term for token in text[start:end] if token.term in words and token.term is not None)
        forms = [token.form for token in text[start:end]]
        if start and text[start - 1].form in _BELONGS:
            forms.insert(0, text[start - 1].form)
        said[key][" ".join(forms)] += 1
        worth[key] = value
    if not said:
        return ""
    chosen = min(said, key=lambda key: (-round(worth[key] * math.sqrt(said[key].total()), 6), key))
    written = min(said[chosen], key=lambda text: (-said[chosen][text], len(text), text))
    return _as_title(written)


def _as_title(text: str) -> str:
    said = " ".join(WRITTEN.get(word, word) for word in text.split())
    return (said[:1].upper() + said[1:])[:TITLE_LIMIT]


def _best_stretch(text: Sequence[Token], words: Weights) -> tuple[float, int, int] | None:
    """The stretch of at most `NAME_WORDS` words of one sentence that holds most of the group; the shorter of equals."""
    best: tuple[float, int, int] | None = None
    for start, first in enumerate(text):
        if first.term not in words:
            continue
        held: set[str] = set()
        value = 0.0
        for end in range(start, min(start + NAME_WORDS, len(text))):
            token = text[end]
            if token.form == ".":
                break
            if token.term is None or token.term not in words or token.term in held:
                continue
            held.add(token.term)
            value += words[token.term]
            worth = value - 0.05 * (end - start)
            if best is None or worth > best[0] + 1e-9:
                best = worth, start, end + 1
    return best


class Rulebook:
    """The rules in force, put in order once; a rule about a question that is not there is passed over."""

    def __init__(self, questions: Mapping[int, Question], rules: Iterable[QuestionRule]) -> None:
        self._questions = questions
        self._parts: dict[int, list[Question]] = defaultdict(list)
        self._merged: dict[int, int] = {}
        self._titles: dict[int, str] = {}
        for rule in sorted(rules, key=lambda rule: rule.id):
            if rule.revoked_at is not None:
                continue
            if rule.kind is RuleKind.RENAME:
                self._titles[rule.question_id] = rule.title
            elif rule.into_id is None or rule.into_id not in questions:
                continue
            elif rule.kind is RuleKind.SPLIT:
                self._parts[rule.question_id].append(questions[rule.into_id])
            else:
                self._merged[rule.question_id] = rule.into_id

    def resolve(self, found_id: int, terms: Iterable[str]) -> int:
        """The question a ticket counts for: parts split off first (the older first), then merges, along the way.

        Rules that lead in a circle end where they would begin to repeat.
        """
        parts = self._parts.get(found_id)
        if parts is None and found_id not in self._merged:
            return found_id
        held = frozenset(terms)
        at, seen = found_id, {found_id}
        while True:
            split = (each.id for each in self._parts.get(at, ()) if held.issuperset(each.required))
            following = next(split, self._merged.get(at))
            if following is None or following in seen:
                return at
            seen.add(following)
            at = following

    def merged_into(self, question_id: int) -> int | None:
        """The question this one is a part of by a person's word."""
        return self._merged.get(question_id)

    def title(self, question_id: int) -> str:
        """What a question is called: what a person called it last, else its own words."""
        if question_id in self._titles:
            return self._titles[question_id]
        known = self._questions.get(question_id)
        return known.name if known is not None else ""


def checked_title(text: str) -> str:
    """A name on one line; InvalidInput on `title` when it is empty or too long."""
    title = " ".join(text.split())
    if not title:
        raise InvalidInput({"title": "required"})
    if len(title) > TITLE_LIMIT:
        raise InvalidInput({"title": "too_long"})
    return title


def explained(member: Membership, words: Weights, weights: Weights) -> list[tuple[str, float]]:
    """Why a ticket belongs to a question: each shared term and the points it adds, the most telling first."""
    return why(member.terms, weights, words)


def likelihood(now: int, before: int, share: float) -> float:
    """How often chance alone would make `now` so far from its part of both: the exact two-sided binomial test.

    Of now + before tickets each falls into the present period with probability `share` (its part of both lengths)
    when nothing has changed. Twice the smaller tail, at most 1. Source: J. Przyborowski, H. Wilenski (1940),
    "Homogeneity of results in testing samples from Poisson series", Biometrika 31.

    >>> round(likelihood(10, 10, 0.5), 3), likelihood(20, 2, 0.5) < 0.001
    (1.0, True)
    """
    total = now + before
    if not total or not 0 < share < 1:
        return 1.0
    logs = [
        math.lgamma(total + 1)
        - math.lgamma(count + 1)
        - math.lgamma(total - count + 1)
        + count * math.log(share)
        + (total - count) * math.log1p(-share)
        for count in range(total + 1)
    ]
    upper = math.fsum(math.exp(each) for each in logs[now:])
    lower = math.fsum(math.exp(each) for each in logs[: now + 1])
    return min(1.0, 2 * min(upper, lower))


def trend_of(now: int, before: int, *, share: float, known_before: bool) -> tuple[Trend, float]:
    """New, rising, falling or steady, and how likely chance alone is (`likelihood`).

    `share` is this period's part of the working time of both periods. New: at least `FEWEST_NEW` tickets and never
    asked before. Rising or falling: by half or more against as long a time of the period before, at least
    `FEWEST_TO_MARK` tickets in both together, and chance below 1 %.
    """
    chance = likelihood(now, before, share)
    if not known_before and not before:
        return (Trend.NEW if now >= FEWEST_NEW else Trend.STEADY), chance
    if now + before < FEWEST_TO_MARK or chance >= CHANCE or not 0 < share < 1:
        return Trend.STEADY, chance
    expected = before * share / (1 - share)
    if now >= RISE * expected:
        return Trend.RISING, chance
    return (Trend.FALLING if now * RISE <= expected else Trend.STEADY), chance


def answer_rank(rating: int | None, *, confirmed: bool) -> int | None:
    """How good an answer is as an example, higher is better; None for one the client was not content with."""
    if rating is not None:
        return rating * 2 if rating >= 4 else None
    return 5 if confirmed else 1


def asked_questions(
    members: Sequence[Membership],
    rulebook: Rulebook,
    words: Mapping[int, tuple[tuple[str, float], ...]],
    *,
    before: Mapping[int, int],
    share: float | None,
    known_before: Callable[[int], bool],
    answers: Mapping[int, Sequence[int]],
) -> list[AskedQuestion]:
    """The questions of a month, the most frequent first; `share` None: there is nothing to compare with."""
    of_question: dict[int, list[Membership]] = defaultdict(list)
    for member in members:
        if member.question_id is not None:
            of_question[member.question_id].append(member)
    asked = []
    for question_id, own in of_question.items():
        earlier = before.get(question_id, 0)
        trend, chance = Trend.STEADY, 1.0
        expected = 0.0
        if share is not None:
            trend, chance = trend_of(len(own), earlier, share=share, known_before=known_before(question_id))
            expected = earlier * share / (1 - share) if share < 1 else 0.0
        own.sort(key=lambda member: (-round(member.points, 6), member.ticket_id))
        asked.append(
            AskedQuestion(
                question_id=question_id,
                name=rulebook.title(question_id),
                words=words.get(question_id, ()),
                tickets=len(own),
                before=earlier,
                expected=round(expected, 2),
                trend=trend,
                chance=chance,
                examples=_different(own),
                answers=tuple(answers.get(question_id, ()))[:ANSWERS],
            )
        )
    return sorted(asked, key=lambda each: (-each.tickets, each.question_id))


def _different(members: Sequence[Membership]) -> tuple[int, ...]:
    """The best fitting tickets that do not all say the same."""
    seen: dict[tuple[str, ...], int] = {}
    for member in members:
        seen.setdefault(member.terms, member.ticket_id)
        if len(seen) == EXAMPLES:
            break
    return tuple(seen.values())
