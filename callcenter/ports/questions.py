"""The Protocols of the most frequent questions; `ports.UnitOfWork.questions` carries `QuestionRows`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from callcenter.domain.people import Person
from callcenter.domain.questions import AskedQuestion, Membership, Question, QuestionRule, QuestionRun
from callcenter.domain.statistics import Period


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredText:
    """What a registered ticket asks. `readable` is False for a row that is not text; it is left out and counted."""

    ticket_id: int
    at: datetime
    subject: str
    text: str
    readable: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class AnsweredTicket:
    """A grouped ticket that was answered: for which question, how the client liked it, whether he confirmed."""

    ticket_id: int
    question_id: int
    rating: int | None
    confirmed: bool
    points: float


class QuestionRows(Protocol):
    """Texts to group, questions, what people said of them, and what was found month by month."""

    async def first_arrival(self) -> datetime | None:
        """When the oldest registered ticket arrived."""
        ...

    async def texts(
        self, since: datetime, until: datetime, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[StoredText]:
        """Registered requests that arrived in this time, by arrival; spam and duplicates are none."""
        ...

    async def count_texts(self, since: datetime, until: datetime) -> int:
        """How many `texts` there are."""
        ...

    async def questions(self) -> Sequence[Question]:
        """Every question ever found or split off, by number."""
        ...

    async def add(self, question: Question) -> Question:
        """Store a new one (its `id` is ignored)."""
        ...

    async def save_words(self, words: Mapping[int, Sequence[tuple[str, float]]]) -> None:
        """What these questions are recognised by from now on."""
        ...

    async def rules(self) -> Sequence[QuestionRule]:
        """Every rule, those taken back as well, by number."""
        ...

    async def add_rule(self, rule: QuestionRule) -> QuestionRule: ...

    async def revoke_rule(self, rule_id: int, *, at: datetime, by: int) -> bool:
        """False when there is none, or it was taken back before."""
        ...

    async def start_run(self, run: QuestionRun) -> QuestionRun:
        """A new grouping that nobody sees yet (its `id` is ignored)."""
        ...

    async def add_members(self, run_id: int, members: Sequence[Membership]) -> None: ...

    async def show_run(self, run: QuestionRun, asked: Sequence[AskedQuestion]) -> None:
        """Make this the grouping of its month; Conflict when the month is frozen with another."""
        ...

    async def runs(self) -> Sequence[QuestionRun]:
        """The grouping shown of each month, newest first, without what explanations are made of."""
        ...

    async def run(self, month: date) -> QuestionRun | None:
        """The grouping of a month, whole."""
        ...

    async def clear_unseen(self, *, started_before: datetime, limit: int) -> int:
        """Drop so many rows of groupings that were replaced or never finished; how many were dropped."""
        ...

    async def members(self, run_id: int) -> Sequence[Membership]:
        """Every text of a grouping, by ticket."""
        ...

    async def members_of(self, run_id: int, question_id: int, *, limit: int) -> Sequence[Membership]:
        """The tickets of one question, the best fitting first."""
        ...

    async def member(self, ticket_id: int) -> tuple[QuestionRun, Membership] | None:
        """Where a ticket belongs in the newest grouping that read it."""
        ...

    async def move_members(self, run_id: int, moved: Mapping[int, int | None]) -> None:
        """Count these tickets for these questions."""
        ...

    async def replace_asked(self, run_id: int, asked: Sequence[AskedQuestion]) -> None: ...

    async def asked(self, run_id: int) -> Sequence[AskedQuestion]:
        """The questions of a grouping, the most frequent first."""
        ...

    async def counts(self, since: datetime, until: datetime) -> Mapping[int | None, int]:
        """Tickets by question (None: of no question) over the shown groupings."""
        ...

    async def answered(self, run_id: int) -> Sequence[AnsweredTicket]: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class QuestionReport:
    """The most frequent questions of a period, the most frequent first.

    `texts`: requests read; `grouped`: those that belong to a question. `at`: when they were grouped, None: never
    yet. `frozen`: this is the month's stored result. `compared`: the period that `before` counts, None: nothing is
    known of it and no question is marked.
    """

    period: Period
    rows: Sequence[AskedQuestion]
    texts: int
    grouped: int
    at: datetime | None
    frozen: bool
    compared: Period | None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self.rows


class FrequentQuestions(Protocol):
    """What screens and reports ask. Regulation: 3.2."""

    async def of(self, period: Period) -> QuestionReport:
        """The questions of a period: a whole month as it was stored, any other from what its months found."""
        ...

    async def freeze(self, by: Person | None, month: date) -> QuestionReport:
        """Group a past month for the last time and keep it; a frozen month is returned as it is.

        Raises:
            InvalidInput: the month is not over (`month`).
        """
        ...
