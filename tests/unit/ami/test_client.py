"""The client of one PBX: its states, what it does about each fault, and what it refuses to do."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ami import actions
from ami.actions import Action
from ami.board import Limits
from ami.call import Call
from ami.errors import LinkLost, NotLive
from ami.framing import Framer, headers_of
from ami.journal import Journal, journal_files
from ami.link import LinkSettings
from ami.pbx import PbxSettings
from ami.signals import (
    CallAnswered,
    CallEnded,
    CallEntered,
    CallOutcome,
    CallQueued,
    LinkChanged,
    LinkState,
    MemberStatus,
    Signal,
)
from tests.unit.ami.event_table import capture_bytes, channel_headers, shown, table, the_cast
from tests.unit.ami.fake_asterisk import DANGEROUS_COMMANDS, HOST, Connection, FakeAsterisk, block
from tests.unit.ami.following import NOON, following, link_to, live, until
from tests.unit.ami.test_captures import EXPECTED
from tests.unit.ami.test_panoramisk_traps import an_event

EARLY = "1795355400.000000"
"""A clock before every recorded call, so that the first snapshot supersedes none of them."""


@pytest.fixture
async def pbx() -> AsyncIterator[FakeAsterisk]:
    logging.getLogger("ami").setLevel(logging.CRITICAL)
    async with FakeAsterisk() as fake:
        fake.now = EARLY
        yield fake


def channel_row(who: str, state: str, *, bridge: str = "") -> tuple[str, ...]:
    headers = channel_headers(the_cast(), who, "", state)
    described = (f"{name}: {value}" for name, value in headers.items())
    return ("Event: CoreShowChannel", *described, f"BridgeId: {bridge}", "Duration: 00:00:09")


CALLER_ROW = channel_row("caller", "Up")
ENTRY_ROW = ("Event: QueueEntry", "Queue: support", "Position: 1", "Uniqueid: 1.1", "Wait: 8")
MEMBER_ROW = (
    "Event: QueueMember",
    "Queue: support",
    "Name: Анна",
    "Location: PJSIP/101",
    "StateInterface: PJSIP/101",
    "Status: 1",
    "Paused: 0",
    "PausedReason: ",
)


async def test_link_comes_up_step_by_step_and_the_board_is_right_before_it_is_live(pbx: FakeAsterisk) -> None:
    pbx.channels = [CALLER_ROW]
    pbx.queue_rows = [("Event: QueueParams", "Queue: support"), MEMBER_ROW, ENTRY_ROW]
    async with live(pbx) as (client, follower):
        await follower.heard(lambda s: isinstance(s, LinkChanged) and s.state is LinkState.LIVE)
        assert follower.states == [
            LinkState.CONNECTING,
            LinkState.LOGIN,
            LinkState.WAIT_BOOTED,
            LinkState.SYNCING,
            LinkState.LIVE,
        ]
        assert [type(signal) for signal in follower.signals[4:]] == [
            CallEntered,
            CallQueued,
            MemberStatus,
            LinkChanged,
        ]
        assert [one.call_id for one in client.board.waiting("support")] == ["1.1"]
        assert client.stale_since is None and client.reason == ""


async def test_two_links_are_used_and_only_one_of_them_carries_events(pbx: FakeAsterisk) -> None:
    async with live(pbx) as (client, _):
        await client.send(actions.hangup("PJSIP/101-00000001"))
    assert sorted(login["Events"] for login in pbx.named("Login")) == ["off", "on"]
    (with_events,) = [one for one in pbx.connections if one.events_on]
    assert "Hangup" not in {action["Action"] for action in with_events.actions}


async def test_recorded_call_over_a_socket_tells_exactly_what_it_tells_in_pieces(pbx: FakeAsterisk) -> None:
    raw = capture_bytes("inbound_answered.min")
    async with live(pbx, link={"ping_every": 3600.0}) as (_, follower):
        for start in range(0, len(raw), 333):
            pbx.events().send_bytes(raw[start : start + 333])
            await asyncio.sleep(0)
        await follower.heard(lambda signal: isinstance(signal, CallEnded))
        calls = [signal for signal in follower.signals if not isinstance(signal, LinkChanged)]
    assert shown(calls, 1795355490.921117) == table(EXPECTED["inbound_answered"])


async def test_asterisk_that_is_still_starting_is_waited_for(pbx: FakeAsterisk) -> None:
    pbx.boots = False
    async with following(pbx) as (client, _):
        await client.wait_until(LinkState.WAIT_BOOTED)
        await pbx.seen("Ping", 3)
        assert client.state is LinkState.WAIT_BOOTED
        pbx.events().send("Event: FullyBooted", "Uptime: 3")
        await client.wait_until(LinkState.LIVE)


async def test_account_without_system_events_is_told_what_it_lacks(pbx: FakeAsterisk) -> None:
    pbx.boots = False
    async with following(pbx, booted_within=0.05) as (_, follower):
        await follower.heard(lambda s: "read = system" in getattr(s, "reason", ""))


@pytest.mark.parametrize("drop", ["while starting", "while syncing"])
async def test_link_that_breaks_before_it_is_live_is_tried_again(pbx: FakeAsterisk, drop: str) -> None:
    broken: list[Connection] = []

    def break_once(connection: Connection, action: dict[str, str]) -> None:
        if not broken:
            broken.append(connection)
            connection.drop()
        else:
            pbx.answers.clear()
            pbx._answer(connection, action)

    if drop == "while syncing":
        pbx.answers["QueueStatus"] = break_once
        async with live(pbx) as (client, _):
            assert (len(broken), client.state) == (1, LinkState.LIVE)
        return
    pbx.boots = False
    async with following(pbx) as (client, _):
        await client.wait_until(LinkState.WAIT_BOOTED)
        pbx.boots = True
        pbx.events().drop()
        await client.wait_until(LinkState.LIVE)


async def test_calls_of_the_gap_are_found_when_the_link_is_back(pbx: FakeAsterisk) -> None:
    async with live(pbx) as (client, follower):
        pbx.channels, pbx.queue_rows = [CALLER_ROW], [ENTRY_ROW]
        pbx.events().drop()
        entered = await follower.heard(lambda s: isinstance(s, CallEntered))
        assert isinstance(entered, CallEntered) and entered.reconstructed
        await client.wait_until(LinkState.LIVE)
        assert not client.counts.restarts
        live_again = [
            s for s in follower.of(LinkChanged) if isinstance(s, LinkChanged) and s.state is LinkState.LIVE
        ]
        assert not any(signal.restarted for signal in live_again)


async def test_restart_of_asterisk_is_told_from_a_lost_link_and_interrupts_its_calls(
    pbx: FakeAsterisk,
) -> None:
    async with live(pbx) as (client, follower):
        pbx.events().send_bytes(an_event("0.0 Newchannel caller Ring"))
        await follower.heard(lambda s: isinstance(s, CallEntered))
        await pbx.stop()
        pbx.uptime, pbx.now = 5, "1795355700.000000"
        await pbx.listen()
        ended = await follower.heard(lambda s: isinstance(s, CallEnded))
        assert isinstance(ended, CallEnded) and ended.outcome is CallOutcome.INTERRUPTED
        live_again = await follower.heard(lambda s: isinstance(s, LinkChanged) and s.restarted)
        assert isinstance(live_again, LinkChanged) and live_again.state is LinkState.LIVE
        assert client.counts.restarts == 1


@pytest.mark.parametrize(
    ("uptime", "now", "restarted"),
    [(0, "1795355503.000000", True), (3, "1795355502.600000", False), (3, "1795355501.200000", False)],
)
async def test_restart_is_known_by_the_uptime_where_nothing_else_tells(
    pbx: FakeAsterisk, uptime: int, now: str, restarted: bool
) -> None:
    """First boot at …499; whole seconds of uptime leave it unsure by one second, no more."""
    pbx.uptime, pbx.now = 1, "1795355500.000000"
    async with live(pbx) as (client, follower):
        pbx.uptime, pbx.now = uptime, now
        pbx.events().drop()
        await client.wait_until(LinkState.DOWN)
        await client.wait_until(LinkState.LIVE)
        ups = [s for s in await follower.heard_all(LinkChanged, 11) if isinstance(s, LinkChanged)]
        assert [s.restarted for s in ups if s.state is LinkState.LIVE] == [False, restarted]


@pytest.mark.parametrize(("started", "restarted"), [("2026-11-22", False), ("2026-11-23", True)])
async def test_restart_is_known_by_the_second_asterisk_says_it_started(
    pbx: FakeAsterisk, started: str, restarted: bool
) -> None:
    """A restart may take less than two seconds, and a lost link may look like one by its uptime."""
    pbx.started = "2026-11-22"
    async with live(pbx) as (client, follower):
        pbx.started, pbx.uptime = started, 1000 if restarted else 5
        pbx.events().drop()
        await client.wait_until(LinkState.DOWN)
        await client.wait_until(LinkState.LIVE)
        ups = [s for s in await follower.heard_all(LinkChanged, 11) if isinstance(s, LinkChanged)]
        assert [s.restarted for s in ups if s.state is LinkState.LIVE] == [False, restarted]
        assert client.counts.restarts == restarted


async def test_call_that_outlives_a_broken_link_goes_on(pbx: FakeAsterisk) -> None:
    async with live(pbx) as (client, follower):
        pbx.events().send_bytes(an_event("0.0 Newchannel caller Ring"))
        await follower.heard(lambda s: isinstance(s, CallEntered))
        pbx.channels = [channel_row("caller", "Up", bridge="b1"), channel_row("anna", "Up", bridge="b1")]
        pbx.now, pbx.uptime = "1795355600.000000", 1200
        pbx.events().drop()
        answered = await follower.heard(lambda s: isinstance(s, CallAnswered))
        assert isinstance(answered, CallAnswered) and answered.reconstructed
        assert len(follower.of(CallEntered)) == 1 and not follower.of(CallEnded)
        (call,) = client.board.calls.values()
        assert isinstance(call, Call) and call.talking


async def test_events_that_came_while_the_snapshot_was_taken_follow_it(pbx: FakeAsterisk) -> None:
    def event_first(connection: Connection, action: dict[str, str]) -> None:
        connection.send_bytes(an_event("0.5 QueueCallerJoin caller support 1"))
        pbx._channels(connection, action)

    pbx.channels = [CALLER_ROW]
    pbx.answers["CoreShowChannels"] = event_first
    async with live(pbx) as (_, follower):
        await follower.heard(lambda s: isinstance(s, CallQueued))
        told = [type(s) for s in follower.signals if not isinstance(s, LinkChanged)]
        assert told == [CallEntered, CallQueued]
        (entered,) = follower.of(CallEntered)
        assert isinstance(entered, CallEntered) and entered.reconstructed


async def test_nothing_is_sent_and_nothing_kept_while_the_link_is_not_live(pbx: FakeAsterisk) -> None:
    pbx.boots = False
    async with following(pbx) as (client, _):
        await client.wait_until(LinkState.WAIT_BOOTED)
        with pytest.raises(NotLive, match="Originate was not sent"):
            await client.send(
                actions.originate_callback(
                    attempt_id="cb-0123456789", executor="PJSIP/101", number="79161234567"
                )
            )
        pbx.events().send("Event: FullyBooted", "Uptime: 3")
        await client.wait_until(LinkState.LIVE, sending=True)
        await client.send(actions.ping())
    assert pbx.named("Originate") == []


async def test_dangerous_account_sends_nothing_and_says_why(pbx: FakeAsterisk) -> None:
    pbx.commands = DANGEROUS_COMMANDS
    async with following(pbx) as (client, _):
        await client.wait_until(LinkState.LIVE)
        await pbx.seen("ListCommands", 2)
        await until(lambda: "write command" in client.actions_reason)
        assert not client.can_send
        with pytest.raises(NotLive, match=r"manager\.conf"):
            await client.send(actions.ping())


async def test_dangerous_account_may_be_allowed_by_setting(pbx: FakeAsterisk) -> None:
    pbx.commands = DANGEROUS_COMMANDS
    async with live(pbx, refuse_dangerous=False) as (client, _):
        assert (await client.send(actions.ping())).success


async def test_every_variable_of_an_originate_reaches_asterisk(pbx: FakeAsterisk) -> None:
    """Two headers of one name: both go out, one line each."""
    order = Action(
        name="Originate", headers=(("Channel", "PJSIP/101"), ("Variable", "A=1"), ("Variable", "B=2"))
    )
    async with live(pbx) as (client, _):
        await client.send(order)
    sent = [
        line for connection in pbx.connections for line in connection.lines if line.startswith("Variable")
    ]
    assert sent == ["Variable: A=1", "Variable: B=2"]


async def test_answer_with_a_list_gives_its_rows(pbx: FakeAsterisk) -> None:
    def stored(connection: Connection, action: dict[str, str]) -> None:
        action_id = f"ActionID: {action['ActionID']}"
        connection.send("Response: Success", action_id, "EventList: start", "Message: Result will follow")
        connection.send(
            "Event: DBGetResponse", action_id, "Family: cb", f"Key: {action['Key']}", "Val: ANSWER|16|3||"
        )
        connection.send("Event: DBGetComplete", action_id, "EventList: Complete", "ListItems: 1")

    def absent(connection: Connection, action: dict[str, str]) -> None:
        connection.send(
            "Response: Error", f"ActionID: {action['ActionID']}", "Message: Database entry not found"
        )

    async with live(pbx) as (client, _):
        pbx.answers["DBGet"] = stored
        answer = await client.send(actions.db_get("cb", "cb-0123456789"))
        assert [row["Val"] for row in answer.rows] == ["ANSWER|16|3||"]
        pbx.answers["DBGet"] = absent
        answer = await client.send(actions.db_get("cb", "cb-0123456789"))
        assert (answer.success, answer.message, answer.rows) == (False, "Database entry not found", ())


async def test_unreachable_pbx_is_said_in_one_sentence_and_found_when_it_comes(pbx: FakeAsterisk) -> None:
    await pbx.stop()
    async with following(pbx) as (client, follower):
        down = await follower.heard(lambda s: isinstance(s, LinkChanged) and s.state is LinkState.DOWN)
        assert isinstance(down, LinkChanged)
        assert down.reason == f"no connection to {HOST}:{pbx.port}: Connection refused"
        assert client.stale_since == NOON
        await pbx.listen()
        await client.wait_until(LinkState.LIVE, sending=True)


async def test_asterisk_that_does_not_answer_a_login_is_left_and_tried_again(pbx: FakeAsterisk) -> None:
    pbx.silent = {"Login"}
    async with following(pbx, link={"login_within": 0.02}) as (client, follower):
        await follower.heard(lambda s: "no answer to Login" in getattr(s, "reason", ""))
        pbx.silent = set()
        await client.wait_until(LinkState.LIVE)


async def test_account_without_reporting_is_told_what_it_lacks(pbx: FakeAsterisk) -> None:
    def refuse(connection: Connection, action: dict[str, str]) -> None:
        connection.send("Response: Error", f"ActionID: {action['ActionID']}", "Message: Permission denied")

    pbx.answers["QueueStatus"] = refuse
    async with following(pbx) as (_, follower):
        await follower.heard(lambda s: "write = reporting" in getattr(s, "reason", ""))


async def test_clock_that_asterisk_does_not_tell_is_a_reason_to_try_again(pbx: FakeAsterisk) -> None:
    pbx.now = "noon"
    async with following(pbx) as (client, follower):
        await follower.heard(lambda s: "no Timestamp" in getattr(s, "reason", ""))
        pbx.now = EARLY
        await client.wait_until(LinkState.LIVE)


async def test_malformed_rows_of_a_snapshot_are_counted_and_the_others_used(pbx: FakeAsterisk) -> None:
    pbx.channels = [("Event: CoreShowChannel", "Channel: PJSIP/1-1"), CALLER_ROW]
    pbx.queue_rows = [("Event: QueueEntry", "Queue: support"), ENTRY_ROW]
    async with live(pbx) as (client, follower):
        await follower.heard(lambda s: isinstance(s, CallQueued))
        assert client.counts.malformed == 2


async def test_full_inbox_drops_and_counts_and_a_snapshot_puts_the_board_right(pbx: FakeAsterisk) -> None:
    holds = asyncio.Event()

    async with live(pbx, queued_messages=10, link={"ping_every": 3600.0}) as (client, follower):
        take = follower.take
        stuck = asyncio.Event()

        async def slow(signals: list[Signal]) -> None:
            if any(isinstance(signal, CallEntered) for signal in signals) and not holds.is_set():
                stuck.set()
                await holds.wait()
            await take(signals)

        client._consumer._on_signals = slow  # type: ignore[assignment]
        snapshots = client.counts.snapshots
        pbx.events().send_bytes(an_event("0.0 Newchannel caller Ring"))
        await stuck.wait()
        pbx.events().send_bytes(an_event("0.0 Newchannel anna Down") * 200)
        pbx.channels = [channel_row("caller", "Ring")]
        await until(lambda: bool(client.counts.dropped))
        holds.set()
        await until(lambda: client.counts.snapshots > snapshots)
        await follower.heard(lambda s: isinstance(s, CallEntered))
        assert client.state is LinkState.LIVE
        assert client.counts.dropped >= 100


async def test_board_is_checked_by_a_snapshot_now_and_then(pbx: FakeAsterisk) -> None:
    async with live(pbx, snapshot_every=0.02) as (client, follower):
        pbx.channels = [CALLER_ROW]
        await follower.heard(lambda s: isinstance(s, CallEntered))
        pbx.now = "1795355650.000000"
        pbx.channels = []
        await follower.heard(lambda s: isinstance(s, CallEnded))
        assert client.counts.snapshots >= 3 and not client.counts.breaks


async def test_link_that_can_give_no_snapshot_any_more_is_dropped(pbx: FakeAsterisk) -> None:
    async with live(pbx, snapshot_every=0.02, link={"action_within": 0.05}) as (client, follower):
        pbx.silent = {"CoreShowChannels"}
        await follower.heard(lambda s: isinstance(s, LinkChanged) and s.state is LinkState.DOWN)
        pbx.silent = set()
        await client.wait_until(LinkState.LIVE)


BAD = {
    "no header at all": b"hello",
    "a header without its event": b"Channel: PJSIP/101-00000001",
    "bytes that are no text": b"Event: Hangup\r\nChannel: \xff\xfe\x00",
    "a repeated id": an_event("0.0 Newchannel caller Ring")[:-4] + b"\r\nUniqueid: 9.9",
    "a truncated event": an_event("0.0 Newchannel caller Ring")[:60],
    "an impossible state": an_event("0.0 Newchannel caller Ring").replace(b"State: 4", b"State: 44")[:-4],
    "an impossible time": an_event("0.0 Newchannel caller Ring").replace(b"1795355500.0", b"0000000000.0")[
        :-4
    ],
    "a forged answer": b"Response: Success\r\nActionID: nobody-asked\r\nMessage: done",
}


@pytest.mark.parametrize("raw", BAD.values(), ids=BAD.keys())
async def test_bad_message_is_put_aside_the_link_stays_and_no_state_changes(
    pbx: FakeAsterisk, tmp_path: Path, raw: bytes
) -> None:
    journal = Journal(tmp_path, "main")
    async with live(pbx, journal=journal) as (client, follower):
        await follower.heard(lambda s: isinstance(s, LinkChanged) and s.state is LinkState.LIVE)
        board, told = client.board, len(follower.signals)
        pbx.events().send_bytes(raw + b"\r\n\r\n")
        pbx.events().send("Event: Reload", "Timestamp: 1795355600.000000")
        pbx.events().send_bytes(an_event("0.0 QueueMemberAdded support PJSIP/101 1 0"))
        await follower.heard(lambda s: isinstance(s, MemberStatus))
        assert (client.state, client.counts.breaks) == (LinkState.LIVE, 0)
        assert (client.board.calls, client.board.gone) == (board.calls, board.gone)
        assert len(follower.signals) == told + 1
        expected = 0 if raw.startswith(b"Response") else 1
        assert client.counts.malformed == expected
    journal.close()
    (path,) = journal_files(tmp_path, "main")
    kept = [headers_of(message) for message in Framer().feed(path.read_bytes())]
    assert len([headers for headers in kept if "PutAside" in headers]) == expected


async def test_event_that_a_rule_of_ours_fails_on_is_put_aside_and_the_rest_goes_on(
    pbx: FakeAsterisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ami import consumer

    sound = consumer.reduce

    def poisoned(board: object, event: object) -> object:
        if getattr(getattr(event, "channel", None), "uniqueid", "") == "1.2":
            raise KeyError("a bug of ours")
        return sound(board, event)  # type: ignore[arg-type]

    monkeypatch.setattr(consumer, "reduce", poisoned)
    journal = Journal(tmp_path, "main")
    async with live(pbx, journal=journal) as (client, follower):
        pbx.events().send_bytes(
            an_event("0.0 Newchannel second Ring") + an_event("0.0 Newchannel caller Ring")
        )
        await follower.heard(lambda s: isinstance(s, CallEntered))
        assert (client.counts.poisonous, client.state) == (1, LinkState.LIVE)
    journal.close()
    (path,) = journal_files(tmp_path, "main")
    assert b"PutAside: KeyError" in path.read_bytes()


async def test_bug_of_ours_while_becoming_live_is_one_more_break(
    pbx: FakeAsterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ami import client as client_module

    sound, failures = client_module.take_snapshot, []

    async def fails_once(*arguments: object, **named: object) -> object:
        if not failures:
            failures.append(1)
            raise KeyError("a bug of ours")
        return await sound(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(client_module, "take_snapshot", fails_once)
    async with following(pbx) as (client, follower):
        await follower.heard(lambda s: getattr(s, "reason", "") == "unexpected failure: KeyError")
        await client.wait_until(LinkState.LIVE)


async def test_everything_that_came_is_in_the_journal(pbx: FakeAsterisk, tmp_path: Path) -> None:
    journal = Journal(tmp_path, "main")
    async with live(pbx, journal=journal) as (_, follower):
        pbx.events().send_bytes(capture_bytes("inbound_answered.min"))
        await follower.heard(lambda s: isinstance(s, CallEnded))
    journal.close()
    (path,) = journal_files(tmp_path, "main")
    names = [headers_of(message)["Event"] for message in Framer().feed(path.read_bytes())]
    assert names[0] == "FullyBooted" and names.count("Hangup") == 2 and len(names) == 20


async def test_secret_is_in_no_representation_of_the_settings(pbx: FakeAsterisk) -> None:
    assert "s3cret" not in repr(PbxSettings(name="main", link=link_to(pbx, ssl=None)))
    assert "s3cret" not in repr(LinkSettings(host="h", username="u", secret="s3cret"))


async def test_two_pbxs_are_followed_side_by_side(pbx: FakeAsterisk) -> None:
    async with FakeAsterisk() as other:
        other.now = EARLY
        async with live(pbx) as (_, one), live(other, name="branch") as (_, two):
            for fake in (pbx, other):
                fake.events().send_bytes(an_event("0.0 Newchannel caller Ring"))
            first = await one.heard(lambda s: isinstance(s, CallEntered))
            second = await two.heard(lambda s: isinstance(s, CallEntered))
    assert [(s.pbx, s.call_id) for s in (first, second) if isinstance(s, CallEntered)] == [
        ("main", "1.1"),
        ("branch", "1.1"),
    ]


async def test_time_passes_by_the_clock_of_asterisk_not_by_ours(pbx: FakeAsterisk) -> None:
    """Our clock stands still at another hour; an ending that only time can settle is told all the same."""
    pbx.now = "1795355504.990000"
    limits = Limits(settle=timedelta(milliseconds=1))
    async with live(pbx, limits=limits) as (_, follower):
        for line in ("5.0 Newchannel caller Ring", "5.0 DialBegin caller>anna", "5.0 Hangup caller 16"):
            pbx.events().send_bytes(an_event(line))
        ended = await follower.heard(lambda s: isinstance(s, CallEnded))
    assert ended.at == datetime.fromtimestamp(1795355505, UTC)


async def test_connections_are_closed_when_the_client_stops(pbx: FakeAsterisk) -> None:
    async with live(pbx) as (client, _):
        pass
    await pbx.until(lambda: all(connection.gone for connection in pbx.connections))
    with pytest.raises((NotLive, LinkLost)):
        await client.send(actions.ping())


async def test_message_from_asterisk_larger_than_the_cap_does_not_break_an_action(pbx: FakeAsterisk) -> None:
    def huge(connection: Connection, action: dict[str, str]) -> None:
        connection.send_bytes(block("Response: Success", "X: " + "x" * 100_000))
        connection.send("Response: Success", f"ActionID: {action['ActionID']}", "Message: done")

    pbx.answers["Hangup"] = huge
    async with live(pbx) as (client, _):
        assert (await client.send(actions.hangup("1.1"))).message == "done"
        assert client.counts.framing.oversized == 1
