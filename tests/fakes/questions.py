"""In-memory `QuestionRows`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from callcenter.domain.errors import Conflict
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.questions import AskedQuestion, Membership, Question, QuestionRule, QuestionRun
from callcenter.domain.ticket import Ticket
from callcenter.ports.questions import AnsweredTicket, StoredText
from tests.fakes.memory import Memory

_NOT_ASKED = {CancelReason.SPAM, CancelReason.NOT_A_REQUEST, CancelReason.DUPLICATE}


class FakeQuestionRows:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def _asked_tickets(self, since: datetime, until: datetime) -> list[Ticket]:
        found = [
            each
            for each in self._memory.tickets.values()
            if each.registered_at is not None
            and each.arrived_at is not None
            and since <= each.arrived_at < until
            and each.cancel_reason not in _NOT_ASKED
            and (each.subject or each.text)
        ]
        return sorted(found, key=lambda each: (each.arrived_at, each.id))

    async def first_arrival(self) -> datetime | None:
        arrivals = [each.arrived_at for each in self._memory.tickets.values() if each.arrived_at is not None]
        return min(arrivals, default=None)

    async def texts(
        self, since: datetime, until: datetime, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[StoredText]:
        from_here = after or (since, 0)
        return [
            StoredText(ticket_id=each.id, at=each.arrived_at, subject=each.subject, text=each.text)
            for each in self._asked_tickets(since, until)
            if each.arrived_at is not None and (each.arrived_at, each.id) > from_here
        ][:limit]

    async def count_texts(self, since: datetime, until: datetime) -> int:
        return len(self._asked_tickets(since, until))

    async def questions(self) -> Sequence[Question]:
        return [self._memory.questions[key] for key in sorted(self._memory.questions)]

    async def add(self, question: Question) -> Question:
        added = replace(question, id=self._memory.next_id("question"))
        self._memory.questions[added.id] = added
        return added

    async def save_words(self, words: Mapping[int, Sequence[tuple[str, float]]]) -> None:
        for key, each in words.items():
            self._memory.questions[key] = replace(self._memory.questions[key], words=tuple(each))

    async def rules(self) -> Sequence[QuestionRule]:
        return [self._memory.question_rules[key] for key in sorted(self._memory.question_rules)]

    async def add_rule(self, rule: QuestionRule) -> QuestionRule:
        added = replace(rule, id=self._memory.next_id("question_rule"))
        self._memory.question_rules[added.id] = added
        return added

    async def revoke_rule(self, rule_id: int, *, at: datetime, by: int) -> bool:
        present = self._memory.question_rules.get(rule_id)
        if present is None or present.revoked_at is not None:
            return False
        self._memory.question_rules[rule_id] = replace(present, revoked_at=at)
        return True

    async def start_run(self, run: QuestionRun) -> QuestionRun:
        added = replace(run, id=self._memory.next_id("question_run"))
        self._memory.question_runs[added.id] = ("building", added)
        return added

    async def add_members(self, run_id: int, members: Sequence[Membership]) -> None:
        self._memory.question_members.update({(run_id, each.ticket_id): each for each in members})

    async def show_run(self, run: QuestionRun, asked: Sequence[AskedQuestion]) -> None:
        for key, (state, present) in list(self._memory.question_runs.items()):
            if state == "shown" and present.month == run.month and key != run.id:
                if present.frozen_at is not None:
                    raise Conflict("the month is frozen", month=run.month.isoformat())
                self._memory.question_runs[key] = ("replaced", present)
        self._memory.question_runs[run.id] = ("shown", run)
        await self.replace_asked(run.id, asked)

    def _shown(self) -> list[QuestionRun]:
        shown = [run for state, run in self._memory.question_runs.values() if state == "shown"]
        return sorted(shown, key=lambda run: run.month, reverse=True)

    async def runs(self) -> Sequence[QuestionRun]:
        return [replace(run, weights={}, forms={}, groups={}) for run in self._shown()]

    async def run(self, month: date) -> QuestionRun | None:
        return next((run for run in self._shown() if run.month == month), None)

    async def clear_unseen(self, *, started_before: datetime, limit: int) -> int:
        dropped = 0
        for key, (state, run) in list(self._memory.question_runs.items()):
            if state == "shown" or (state == "building" and run.at >= started_before):
                continue
            for row in [each for each in self._memory.question_members if each[0] == key][: limit - dropped]:
                del self._memory.question_members[row]
                dropped += 1
            if dropped >= limit:
                break
            self._memory.questions_asked.pop(key, None)
            del self._memory.question_runs[key]
        return dropped

    async def members(self, run_id: int) -> Sequence[Membership]:
        rows = self._memory.question_members
        return [rows[key] for key in sorted(rows) if key[0] == run_id]

    async def members_of(self, run_id: int, question_id: int, *, limit: int) -> Sequence[Membership]:
        own = [each for each in await self.members(run_id) if each.question_id == question_id]
        return sorted(own, key=lambda each: (-each.points, each.ticket_id))[:limit]

    async def member(self, ticket_id: int) -> tuple[QuestionRun, Membership] | None:
        for run in self._shown():
            if (found := self._memory.question_members.get((run.id, ticket_id))) is not None:
                return run, found
        return None

    async def move_members(self, run_id: int, moved: Mapping[int, int | None]) -> None:
        for ticket_id, question_id in moved.items():
            present = self._memory.question_members[run_id, ticket_id]
            self._memory.question_members[run_id, ticket_id] = replace(present, question_id=question_id)

    async def replace_asked(self, run_id: int, asked: Sequence[AskedQuestion]) -> None:
        self._memory.questions_asked[run_id] = tuple(asked)

    async def asked(self, run_id: int) -> Sequence[AskedQuestion]:
        return self._memory.questions_asked.get(run_id, ())

    async def counts(self, since: datetime, until: datetime) -> Mapping[int | None, int]:
        shown = {run.id for run in self._shown()}
        return Counter(
            each.question_id
            for (run_id, _), each in self._memory.question_members.items()
            if run_id in shown and since <= each.at < until
        )

    async def answered(self, run_id: int) -> Sequence[AnsweredTicket]:
        found = []
        for each in await self.members(run_id):
            ticket = self._memory.tickets.get(each.ticket_id)
            if each.question_id is None or ticket is None or not ticket.answer:
                continue
            if ticket.status in {Status.RESOLVED, Status.CLOSED}:
                found.append(
                    AnsweredTicket(
                        ticket_id=each.ticket_id,
                        question_id=each.question_id,
                        rating=ticket.rating,
                        confirmed=ticket.status is Status.CLOSED,
                        points=each.points,
                    )
                )
        return found
