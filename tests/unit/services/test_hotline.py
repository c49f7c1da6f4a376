"""`Hotline.apply` and `reconcile` on the in-memory store."""

from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.calls import CallFact, CallOutcome, CallTransferred, FoundBy, RingEnd
from callcenter.domain.errors import Conflict, Unavailable
from callcenter.domain.lifecycle import Status
from callcenter.domain.live import FLOOR, LiveKind, LiveMessage
from callcenter.domain.people import Person, PhoneState
from callcenter.domain.ticket import Ticket
from callcenter.services.hotline import Hotline
from tests import make
from tests.fakes.clock import FakeClock
from tests.fakes.database import FakeDatabase
from tests.fakes.unit_of_work import FakeUnitOfWork

MISSED = [outcome for outcome in CallOutcome if outcome is not CallOutcome.ANSWERED]


@pytest.fixture
async def store() -> FakeDatabase:
    """One hotline, three operators on 101, 102 and 103."""
    store = FakeDatabase()
    async with store.uow() as uow:
        await uow.calls.add_hotline(make.hotline())
        for n in (1, 2, 3):
            await uow.people.add(
                make.person(f"op{n}", f"Оператор {n}", endpoint=f"PJSIP/10{n}"), password_hash=None
            )
        await uow.commit()
    return store


@pytest.fixture
def hotline(store: FakeDatabase) -> Hotline:
    return Hotline(store.uow, FakeClock())


def tickets(store: FakeDatabase) -> list[Ticket]:
    return list(store.memory.tickets.values())


def operator(store: FakeDatabase, n: int) -> Person:
    return next(each for each in store.memory.people.values() if each.login == f"op{n}")


def messages(store: FakeDatabase, kind: LiveKind, audience: str | None = None) -> list[LiveMessage]:
    return [each for each in store.published if each.kind is kind and audience in {None, each.audience}]


async def test_a_call_to_the_hotline_opens_one_draft_that_holds_it(
    store: FakeDatabase, hotline: Hotline
) -> None:
    applied = await hotline.apply([make.entered(caller="8 (916) 123-45-67", name="IVAN")])
    (ticket,) = tickets(store)
    (call,) = store.memory.calls.values()
    assert (ticket.status, ticket.number, ticket.missed) == (Status.DRAFT, "1001", None)
    assert ticket.caller == make.number("8 (916) 123-45-67")
    assert (call.ticket_id, call.caller.e164, call.caller_name) == (ticket.id, make.CALLER, "IVAN")
    assert (applied.facts, dict(applied.ignored)) == (1, {})


@pytest.mark.parametrize("did", ["88005550640", "+78005550640", "78005550640", "8 (800) 555-06-40"])
@pytest.mark.regulation("1.6")
async def test_every_form_of_the_hotlines_number_is_one_number(
    store: FakeDatabase, hotline: Hotline, did: str
) -> None:
    await hotline.apply([make.entered(did=did)])
    assert len(tickets(store)) == 1


@pytest.mark.parametrize("did", ["s", "101", "", "+74950000000", "anonymous"])
async def test_outbound_internal_and_foreign_calls_open_no_ticket(
    store: FakeDatabase, hotline: Hotline, did: str
) -> None:
    applied = await hotline.apply([make.entered(did=did), make.ringing(), make.answered(), make.ended()])
    assert tickets(store) == []
    assert store.published == []
    assert applied.ignored == {"not_our_number": 1, "unknown_call": 3}
    assert hotline.totals["unknown_call"] == 3


async def test_a_whole_call_told_twice_changes_nothing_the_second_time(
    store: FakeDatabase, hotline: Hotline
) -> None:
    story = [make.entered(), make.queued(), make.ringing(), make.answered(), make.ended()]
    for fact in story:
        await hotline.apply([fact])
    before, told = store.memory.copied(), len(store.published)
    for fact in story:
        await hotline.apply([fact])
    await hotline.apply([make.entered(found_by=FoundBy.CDR), make.ended(second=61)])
    assert store.memory.calls == before.calls
    assert store.memory.tickets == before.tickets
    assert store.memory.rings == before.rings
    assert len(store.published) == told


@pytest.mark.regulation("2.1")
async def test_a_further_call_of_the_number_joins_the_open_draft(
    store: FakeDatabase, hotline: Hotline
) -> None:
    await hotline.apply([make.entered("1"), make.ended("1", 30, CallOutcome.ABANDONED)])
    await hotline.apply([make.entered("2", 60)])
    (ticket,) = tickets(store)
    assert {each.ticket_id for each in store.memory.calls.values()} == {ticket.id}
    assert ticket.updated_at == make.at(60)
    assert [row["action"] for row in store.memory.audit] == ["ticket.drafted", "ticket.missed", "call.joined"]


async def test_a_call_after_the_window_opens_its_own_draft(store: FakeDatabase) -> None:
    hotline = Hotline(store.uow, FakeClock(), join_window=timedelta(minutes=1))
    await hotline.apply([make.entered("1"), make.entered("2", 60), make.entered("3", 121)])
    assert [each.ticket_id for each in store.memory.calls.values()] == [1001, 1001, 1002]


@pytest.mark.parametrize("caller", ["anonymous", "", "<unknown>", "Restricted", "garbage"])
async def test_hidden_and_malformed_numbers_never_join(
    store: FakeDatabase, hotline: Hotline, caller: str
) -> None:
    await hotline.apply([make.entered("1", caller=caller), make.entered("2", 1, caller=caller)])
    assert len(tickets(store)) == 2
    assert all(each.possible_client_id is None for each in tickets(store))


async def test_a_registered_ticket_is_not_joined(store: FakeDatabase, hotline: Hotline) -> None:
    await hotline.apply([make.entered("1")])
    async with store.uow() as uow:
        (draft,) = store.memory.tickets.values()
        await uow.tickets.save(replace(draft, status=Status.NEW))
        await uow.commit()
    await hotline.apply([make.entered("2", 1)])
    assert len(tickets(store)) == 2


async def test_a_recognised_client_is_only_possible(store: FakeDatabase, hotline: Hotline) -> None:
    async with store.uow() as uow:
        company = await uow.clients.add_organization(make.organization())
        petrov = await uow.clients.add_client(make.client(organization_id=company.id))
        await uow.commit()
    await hotline.apply([make.entered(), make.ringing()])
    (ticket,) = tickets(store)
    assert (ticket.possible_client_id, ticket.client_id) == (petrov.id, None)
    (pop,) = messages(store, LiveKind.POP_SHOW)
    assert pop.payload["possible_clients"] == [
        {
            "id": petrov.id,
            "name": petrov.name,
            "organization": {"id": company.id, "name": company.name},
            "verified": False,
        }
    ]


async def test_two_clients_with_one_phone_are_both_shown_and_none_is_chosen(
    store: FakeDatabase, hotline: Hotline
) -> None:
    async with store.uow() as uow:
        for name in ("Первый", "Второй"):
            await uow.clients.add_client(make.client(name))
        await uow.commit()
    await hotline.apply([make.entered(), make.ringing()])
    (ticket,) = tickets(store)
    assert ticket.possible_client_id is None
    (pop,) = messages(store, LiveKind.POP_SHOW)
    possible = pop.payload["possible_clients"]
    assert isinstance(possible, list)
    assert [each["name"] for each in possible] == ["Первый", "Второй"]


async def test_the_pop_up_goes_only_to_whose_phone_rings_with_all_that_is_known(
    store: FakeDatabase, hotline: Hotline
) -> None:
    await hotline.apply([make.entered("old", -600), make.ended("old", -590, CallOutcome.ABANDONED)])
    async with store.uow() as uow:
        other = await uow.tickets.add(replace(make.ticket(status=Status.WAITING), subject="Отчёт"))
        await uow.commit()
    await hotline.apply([make.entered(name="IVAN"), make.queued()])
    await hotline.apply([make.ringing(endpoint="PJSIP/102")])
    (pop,) = messages(store, LiveKind.POP_SHOW)
    (old, call) = store.memory.calls.values()
    assert pop.audience == f"person:{operator(store, 2).id}"
    assert pop.event_at == make.at(2)
    assert pop.payload == {
        "call_id": call.id,
        "ticket_id": call.ticket_id,
        "hotline": "Горячая линия",
        "phone_queue": make.QUEUE,
        "number": {"e164": make.CALLER, "display": "+7 916 123-45-67", "raw": make.CALLER, "hidden": False},
        "caller_name": "IVAN",
        "possible_clients": [],
        "open_tickets": [
            {
                "id": other.id,
                "number": other.number,
                "status": "waiting",
                "subject": "Отчёт",
                "missed": None,
                "updated_at": make.at(0).isoformat(),
            }
        ],
        "last_calls": [
            {
                "id": old.id,
                "ticket_id": old.ticket_id,
                "entered_at": make.at(-600).isoformat(),
                "outcome": "abandoned",
                "answered_by": None,
            }
        ],
        "waiting_since": make.at(0).isoformat(),
        "ringing_since": make.at(2).isoformat(),
        "reconstructed": False,
    }


async def test_a_hidden_number_pops_up_as_hidden(store: FakeDatabase, hotline: Hotline) -> None:
    await hotline.apply([make.entered(caller="anonymous"), make.ringing()])
    (pop,) = messages(store, LiveKind.POP_SHOW)
    assert pop.payload["number"] == {"e164": None, "display": None, "raw": "anonymous", "hidden": True}
    assert pop.payload["last_calls"] == []


async def test_all_phones_ring_one_answers_and_the_others_pop_ups_go(
    store: FakeDatabase, hotline: Hotline
) -> None:
    await hotline.apply([make.entered(), *(make.ringing(endpoint=f"PJSIP/10{n}") for n in (1, 2, 3))])
    assert len(messages(store, LiveKind.POP_SHOW)) == 3
    await hotline.apply([make.answered(endpoint="PJSIP/102")])
    gone = {each.audience: each.payload["reason"] for each in messages(store, LiveKind.POP_WITHDRAW)}
    assert gone == {
        f"person:{operator(store, 1).id}": "answered_elsewhere",
        f"person:{operator(store, 2).id}": "answered",
        f"person:{operator(store, 3).id}": "answered_elsewhere",
    }
    (ticket,) = tickets(store)
    assert ticket.operator_id == operator(store, 2).id
    await hotline.apply([make.stopped(endpoint="PJSIP/101", reason=RingEnd.ANSWERED_ELSEWHERE)])
    assert len(messages(store, LiveKind.POP_WITHDRAW)) == 3


async def test_one_pop_up_per_call_and_person_however_many_devices_ring(
    store: FakeDatabase, hotline: Hotline
) -> None:
    await hotline.apply([make.entered(), make.ringing(), make.ringing(second=3)])
    assert len(messages(store, LiveKind.POP_SHOW)) == 1


async def test_a_phone_that_rings_again_after_a_pause_pops_up_again(
    store: FakeDatabase, hotline: Hotline
) -> None:
    await hotline.apply([make.entered(), make.ringing(second=2), make.stopped(second=17)])
    await hotline.apply([make.ringing(second=22)])
    await hotline.apply([make.ringing(second=2)])
    assert len(messages(store, LiveKind.POP_SHOW)) == 2


async def test_a_late_report_of_ringing_does_not_pop_up_over_an_answered_or_ended_call(
    store: FakeDatabase, hotline: Hotline
) -> None:
    await hotline.apply([make.entered(), make.answered(second=5, endpoint="PJSIP/101")])
    await hotline.apply([make.ringing(second=4, endpoint="PJSIP/102")])
    await hotline.apply([make.ended()])
    applied = await hotline.apply([make.ringing(second=70, endpoint="PJSIP/103")])
    assert messages(store, LiveKind.POP_SHOW) == []
    assert applied.ignored == {"late_ring": 1}


async def test_a_phone_that_is_nobodys_rings_without_a_pop_up(store: FakeDatabase, hotline: Hotline) -> None:
    applied = await hotline.apply(
        [make.entered(), make.ringing(endpoint="PJSIP/999"), make.answered(endpoint="PJSIP/999")]
    )
    assert messages(store, LiveKind.POP_SHOW) == []
    assert applied.ignored == {"nobodys_phone": 2}
    (call,) = store.memory.calls.values()
    assert (call.answered_at, call.answered_by) == (make.at(5), None)


@pytest.mark.regulation("2.1")
@pytest.mark.parametrize("outcome", MISSED)
async def test_a_call_nobody_answered_leaves_a_missed_draft_with_its_reason(
    store: FakeDatabase, hotline: Hotline, outcome: CallOutcome
) -> None:
    await hotline.apply([make.entered(), make.ringing(), make.ended(outcome=outcome)])
    (ticket,) = tickets(store)
    (call,) = store.memory.calls.values()
    assert (ticket.missed, call.outcome) == (outcome, outcome)
    (gone,) = messages(store, LiveKind.POP_WITHDRAW)
    assert gone.payload["reason"] == "caller_left"
    changed = messages(store, LiveKind.TICKET_CHANGED, FLOOR)[-1]
    assert changed.payload["missed"] == str(outcome)


async def test_the_next_answered_call_clears_the_missed_mark(store: FakeDatabase, hotline: Hotline) -> None:
    await hotline.apply([make.entered("1"), make.ended("1", 30, CallOutcome.ABANDONED)])
    await hotline.apply([make.entered("2", 60), make.answered("2", 65)])
    (ticket,) = tickets(store)
    assert (ticket.missed, ticket.operator_id) == (None, operator(store, 1).id)


async def test_an_interrupted_call_that_was_answered_is_not_missed(
    store: FakeDatabase, hotline: Hotline
) -> None:
    await hotline.apply([make.entered(), make.answered(), make.ended(outcome=CallOutcome.INTERRUPTED)])
    (ticket,) = tickets(store)
    (call,) = store.memory.calls.values()
    assert (ticket.missed, call.outcome) == (None, CallOutcome.ANSWERED)


async def test_a_transfer_hands_the_draft_over_and_is_kept(store: FakeDatabase, hotline: Hotline) -> None:
    await hotline.apply([make.entered(), make.answered(), make.ringing(second=20, endpoint="PJSIP/102")])
    assert len(messages(store, LiveKind.POP_SHOW)) == 1
    moved = CallTransferred(
        key=make.key(), at=make.at(30), from_endpoint="PJSIP/101", to_endpoint="PJSIP/102"
    )
    await hotline.apply([moved])
    again = await hotline.apply([moved])
    (ticket,) = tickets(store)
    (transfer,) = store.memory.transfers
    assert ticket.operator_id == operator(store, 2).id
    assert (transfer.from_person_id, transfer.to_person_id) == (operator(store, 1).id, operator(store, 2).id)
    assert again.ignored == {"known_transfer": 1}
    (gone,) = messages(store, LiveKind.POP_WITHDRAW)
    assert gone.payload["reason"] == "answered"


async def test_a_transfer_to_an_outside_phone_keeps_the_draft_where_it_was(
    store: FakeDatabase, hotline: Hotline
) -> None:
    outside = CallTransferred(key=make.key(), at=make.at(9), from_endpoint=None, to_endpoint="PJSIP/trunk")
    await hotline.apply([make.entered(), make.answered(), outside])
    (ticket,) = tickets(store)
    assert ticket.operator_id == operator(store, 1).id


async def test_a_ticket_that_left_the_drafts_keeps_its_operator(
    store: FakeDatabase, hotline: Hotline
) -> None:
    await hotline.apply([make.entered()])
    async with store.uow() as uow:
        (draft,) = store.memory.tickets.values()
        await uow.tickets.save(replace(draft, status=Status.NEW, operator_id=operator(store, 3).id))
        await uow.commit()
    await hotline.apply([make.answered()])
    (ticket,) = tickets(store)
    assert ticket.operator_id == operator(store, 3).id


async def test_presence_follows_the_phone_and_repetitions_cost_nothing(
    store: FakeDatabase, hotline: Hotline
) -> None:
    await hotline.apply([make.reported(), make.reported("PJSIP/999")])
    commits = store.commits
    applied = await hotline.apply([make.reported(second=1)])
    assert store.commits == commits
    assert applied.ignored == {"known_phone_state": 1}
    await hotline.apply([make.reported(second=2, state="ringing", paused=True)])
    await hotline.apply([make.reported(second=1, state="busy")])
    (presence,) = store.memory.presence.values()
    assert (presence.phone, presence.paused, presence.since) == (PhoneState.RINGING, True, make.at(2))
    assert len(messages(store, LiveKind.PRESENCE_CHANGED, FLOOR)) == 2


async def test_a_phone_that_changed_twice_in_a_batch_is_told_of_as_it_stands_now(
    store: FakeDatabase, hotline: Hotline
) -> None:
    late, early = make.reported(second=3, state="busy"), make.reported(second=2, state="ringing")
    await hotline.apply([make.reported(), late, early])
    (presence,) = store.memory.presence.values()
    assert presence.phone is PhoneState.BUSY
    (told,) = messages(store, LiveKind.PRESENCE_CHANGED, FLOOR)
    assert told.payload["phone"] == "busy"


async def test_a_phone_state_we_do_not_know_is_unknown(store: FakeDatabase, hotline: Hotline) -> None:
    await hotline.apply([make.reported(state="on fire")])
    (presence,) = store.memory.presence.values()
    assert presence.phone is PhoneState.UNKNOWN


async def test_a_batch_is_one_commit_and_one_line_message(store: FakeDatabase, hotline: Hotline) -> None:
    before = store.commits
    await hotline.apply([make.ringing(), make.entered(), make.entered("2", 1, caller="+79990000000")])
    assert store.commits == before + 1
    (line,) = messages(store, LiveKind.LINE_CHANGED, FLOOR)
    assert line.payload["call_ids"] == [each.id for each in store.memory.calls.values()]
    assert len(messages(store, LiveKind.POP_SHOW)) == 1, "the call was entered before it rang"


async def test_an_empty_batch_does_not_touch_the_database(store: FakeDatabase, hotline: Hotline) -> None:
    before = store.commits
    assert (await hotline.apply([])).facts == 0
    assert store.commits == before


async def test_an_unavailable_database_takes_nothing_and_the_same_batch_works_later(
    store: FakeDatabase, hotline: Hotline
) -> None:
    store.unavailable = True
    with pytest.raises(Unavailable):
        await hotline.apply([make.entered(), make.reported()])
    store.unavailable = False
    await hotline.apply([make.entered(), make.reported()])
    assert len(tickets(store)) == 1
    assert len(store.memory.presence) == 1


async def test_a_batch_that_meets_another_node_is_tried_again(
    store: FakeDatabase, hotline: Hotline, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = FakeUnitOfWork.commit, [Conflict("call"), Conflict("call")]

    async def commit(uow: FakeUnitOfWork) -> None:
        if failures:
            raise failures.pop()
        await real(uow)

    monkeypatch.setattr(FakeUnitOfWork, "commit", commit)
    await hotline.apply([make.entered()])
    assert len(tickets(store)) == 1
    assert hotline.totals["retried_batches"] == 2


async def test_a_fact_without_a_rule_is_a_programming_error(hotline: Hotline) -> None:
    with pytest.raises(TypeError, match="CallFact"):
        await hotline.apply([CallFact(key=make.key(), at=make.at(0))])


async def test_after_a_gap_calls_that_are_gone_are_closed_and_found_ones_opened(
    store: FakeDatabase, hotline: Hotline
) -> None:
    await hotline.apply(
        [make.entered("gone"), make.entered("live", 1, caller="+79990000001"), make.ringing("live")]
    )
    found = [
        make.entered("found", 5, caller="+79990000002", found_by=FoundBy.CDR),
        make.ended("found", 9, CallOutcome.ABANDONED),
    ]
    applied = await hotline.reconcile(make.PBX, {make.key("live")}, found=found)
    calls = {each.key.linkedid: each for each in store.memory.calls.values()}
    assert applied.facts == 3
    assert calls["gone"].outcome is CallOutcome.UNKNOWN
    assert calls["live"].ended_at is None
    assert (calls["found"].outcome, calls["found"].reconstructed) == (CallOutcome.ABANDONED, True)
    assert len(tickets(store)) == 3


async def test_after_a_restart_calls_were_interrupted_unless_the_records_know_better(
    store: FakeDatabase, hotline: Hotline
) -> None:
    await hotline.apply([make.entered("1"), make.entered("2", 1, caller="+79990000001"), make.ringing("1")])
    await hotline.reconcile(make.PBX, (), restarted=True)
    await hotline.apply([make.answered("2", 5), make.ended("2", 9)])
    outcomes = {each.key.linkedid: each.outcome for each in store.memory.calls.values()}
    assert outcomes == {"1": CallOutcome.INTERRUPTED, "2": CallOutcome.ANSWERED}
    assert {each.missed for each in tickets(store)} == {CallOutcome.INTERRUPTED, None}
    assert all(each.ended_at is not None for each in store.memory.rings), "no operator is stuck"


async def test_after_a_gap_phones_that_no_longer_ring_lose_their_pop_up(
    store: FakeDatabase, hotline: Hotline
) -> None:
    await hotline.apply([make.entered(), make.ringing(), make.ringing(endpoint="PJSIP/102")])
    await hotline.reconcile(make.PBX, {make.key()}, ringing={(make.key(), "PJSIP/102")})
    (gone,) = messages(store, LiveKind.POP_WITHDRAW)
    assert gone.audience == f"person:{operator(store, 1).id}"


async def test_calls_of_another_pbx_are_left_alone(store: FakeDatabase, hotline: Hotline) -> None:
    await hotline.apply([make.entered(pbx="pbx2")])
    await hotline.reconcile(make.PBX, ())
    (call,) = store.memory.calls.values()
    assert call.ended_at is None
