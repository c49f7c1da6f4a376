"""Orders to Asterisk and the search for what became of them, over a scripted AMI client."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ami.actions import Action
from ami.errors import ActionTimeout, LinkLost, NotLive
from ami.session import Response
from callcenter.domain.instants import to_microseconds
from callcenter.phone.placer import AsteriskCalls, RecordFiles
from dialer.attempt import SECOND
from dialer.outcome import Source
from dialer.ports import Finding, Order, PhoneState, Placement

CLAIMED = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AT = to_microseconds(CLAIMED)
ORDER = Order(
    attempt_id="cb-0123456789ab",
    token=1,
    pbx="main",
    number="79161112233",
    executor="PJSIP/201",
    ring_seconds=30,
    claimed_at=AT,
    send_by=AT + 10 * SECOND,
    expires_at=AT + 40 * SECOND,
)
YES = Response(success=True, message="", headers={})
NO = Response(success=False, message="refused", headers={})


class ScriptedClient:
    """Answers by the action's name; an exception is raised instead."""

    def __init__(self, **answers: Response | Exception) -> None:
        self.answers: dict[str, Response | Exception] = {"CoreShowChannels": YES, "DBGet": NO, **answers}
        self.sent: list[Action] = []
        self.can_send = True
        self.booted_at: datetime | None = CLAIMED - timedelta(days=1)

    async def send(self, action: Action) -> Response:
        self.sent.append(action)
        answer = self.answers[action.name]
        if isinstance(answer, Exception):
            raise answer
        return answer


def calls(client: ScriptedClient | None, files: RecordFiles | None = None) -> AsteriskCalls:
    clients: Mapping[str, ScriptedClient | None] = {"main": client}
    return AsteriskCalls(lambda: clients, {"main": files} if files else {})  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize(
    ("answer", "placement"),
    [
        (YES, Placement.SENT),
        (NO, Placement.NOT_SENT),
        (NotLive("down"), Placement.NOT_SENT),
        (ActionTimeout("late"), Placement.UNCERTAIN),
        (LinkLost("gone"), Placement.UNCERTAIN),
    ],
)
async def test_order_is_sent_once_and_its_answer_says_only_whether_it_went(
    answer: Response | Exception, placement: Placement
) -> None:
    client = ScriptedClient(Originate=answer)
    assert await calls(client).place(ORDER) is placement
    (action,) = client.sent
    headers = dict(action.headers)
    assert (headers["ChannelId"], headers["Exten"], headers["Timeout"]) == (
        ORDER.attempt_id,
        ORDER.number,
        "30000",
    )
    assert ("Variable", f"EXPIRES={ORDER.expires_at // SECOND}") in action.headers


async def test_order_for_a_pbx_of_another_node_or_with_a_wrong_part_is_not_sent() -> None:
    assert await calls(None).place(ORDER) is Placement.NOT_SENT
    client = ScriptedClient(Originate=YES)
    assert await calls(client).place(replace(ORDER, number="112;1")) is Placement.NOT_SENT
    assert client.sent == []


def test_only_a_pbx_with_both_links_takes_orders() -> None:
    client = ScriptedClient()
    assert calls(client).ready
    assert calls(client).reachable() == {"main"}
    client.can_send = False
    assert not calls(client).ready
    assert not calls(None).ready


async def test_attempt_is_hung_up_wherever_it_is() -> None:
    client = ScriptedClient(Hangup=NO)
    await calls(client).hang_up(ORDER.attempt_id)
    assert dict(client.sent[0].headers)["Channel"] == ORDER.attempt_id
    broken = ScriptedClient(Hangup=LinkLost("gone"))
    await calls(broken).hang_up(ORDER.attempt_id)
    broken.can_send = False
    await calls(broken).hang_up(ORDER.attempt_id)
    assert len(broken.sent) == 1


@pytest.mark.parametrize("header", ["Uniqueid", "Linkedid"])
async def test_attempt_with_a_channel_is_alive(header: str) -> None:
    channels = Response(success=True, message="", headers={}, rows=({header: ORDER.attempt_id},))
    client = ScriptedClient(CoreShowChannels=channels)
    assert (await calls(client).examine(ORDER)).finding is Finding.ALIVE


@pytest.mark.regulation("2.9")
async def test_asterisks_database_is_asked_before_its_logs(tmp_path: Path) -> None:
    kept = Response(success=True, message="", headers={}, rows=({"Val": "BUSY|17||700|"},))
    found = await calls(ScriptedClient(DBGet=kept), files(tmp_path, cel=True)).examine(ORDER)
    assert found.finding is Finding.OVER and found.evidence is not None
    assert (found.evidence.source, found.evidence.dial_status) == (Source.ASTDB, "BUSY")
    assert found.ended_at == AT + 20 * SECOND


def files(folder: Path, *, cel: bool = False, cdr: bool = False) -> RecordFiles:
    """Record files, with a trace of the attempt in those that are named."""
    start = CLAIMED.timestamp()
    own = {"uniqueid": ORDER.attempt_id, "linkedid": ORDER.attempt_id}
    rows = [
        {**own, "eventtype": event, "eventtime": start + 20} for event in ("CHAN_START", "HANGUP", "CHAN_END")
    ]
    (folder / "cel").write_text("".join(json.dumps(row) + "\n" for row in rows if cel))
    record = {"linkedid": ORDER.attempt_id, "start": start + 1, "end": start + 30, "dstchannel": ""}
    (folder / "cdr").write_text(json.dumps(record) + "\n" if cdr else "")
    return RecordFiles(cel=folder / "cel", cdr=folder / "cdr")


@pytest.mark.regulation("2.9")
async def test_then_the_event_log_then_the_call_records(tmp_path: Path) -> None:
    found = await calls(ScriptedClient(), files(tmp_path, cel=True, cdr=True)).examine(ORDER)
    assert found.evidence is not None and found.evidence.source is Source.CEL
    found = await calls(ScriptedClient(), files(tmp_path, cdr=True)).examine(ORDER)
    assert found.evidence is not None and found.evidence.source is Source.CDR
    assert found.ended_at == AT + 30 * SECOND


@pytest.mark.regulation("2.9")
async def test_no_trace_in_an_asterisk_that_has_not_restarted_is_told_from_one_that_has(
    tmp_path: Path,
) -> None:
    client = ScriptedClient()
    records = files(tmp_path)
    assert (await calls(client, records).examine(ORDER)).finding is Finding.NO_TRACE
    client.booted_at = CLAIMED + timedelta(seconds=1)
    assert (await calls(client, records).examine(ORDER)).finding is Finding.NO_TRACE_RESTARTED
    client.booted_at = None
    assert (await calls(client, records).examine(ORDER)).finding is Finding.NO_TRACE_RESTARTED


async def test_without_any_records_nothing_can_be_concluded_from_no_trace() -> None:
    assert (await calls(ScriptedClient()).examine(ORDER)).finding is Finding.NO_TRACE_RESTARTED


@pytest.mark.parametrize(
    "answers",
    [{"CoreShowChannels": NO}, {"CoreShowChannels": LinkLost("gone")}, {"DBGet": ActionTimeout("late")}],
)
async def test_record_that_cannot_be_read_decides_nothing(
    tmp_path: Path, answers: dict[str, Response | Exception]
) -> None:
    found = await calls(ScriptedClient(**answers), files(tmp_path, cdr=True)).examine(ORDER)
    assert found.finding is Finding.UNREADABLE


async def test_log_file_that_cannot_be_opened_decides_nothing(tmp_path: Path) -> None:
    found = await calls(ScriptedClient(), RecordFiles(cel=tmp_path)).examine(ORDER)
    assert found.finding is Finding.UNREADABLE


async def test_pbx_nobody_follows_now_decides_nothing() -> None:
    assert (await calls(None).examine(ORDER)).finding is Finding.UNREADABLE


DENIAL = Response(success=False, message="Extension does not exist.", headers={})
FIRST = replace(ORDER, client_first=True)


@pytest.mark.regulation("2.9")
async def test_number_that_has_no_extension_was_denied_and_not_merely_unsent() -> None:
    assert await calls(ScriptedClient(Originate=DENIAL)).place(ORDER) is Placement.DENIED
    assert await calls(ScriptedClient(Originate=DENIAL)).place(FIRST) is Placement.NOT_SENT


@pytest.mark.regulation("2.9")
async def test_client_first_is_ordered_by_its_own_template() -> None:
    client = ScriptedClient(Originate=YES)
    assert await calls(client).place(FIRST) is Placement.SENT
    headers = dict(client.sent[0].headers)
    assert (headers["Channel"], headers["Exten"]) == ("Local/79161112233@callback-client/n", "201")
    assert ("Variable", f"EXPIRES={ORDER.expires_at // SECOND}") in client.sent[0].headers


@pytest.mark.parametrize(
    ("status", "phone"),
    [
        ("0", PhoneState.FREE),
        ("1", PhoneState.BUSY),
        ("2", PhoneState.BUSY),
        ("4", PhoneState.AWAY),
        ("8", PhoneState.BUSY),
        ("9", PhoneState.BUSY),
        ("16", PhoneState.BUSY),
        ("-1", PhoneState.UNKNOWN),
        ("", PhoneState.UNKNOWN),
        ("idle", PhoneState.UNKNOWN),
    ],
)
async def test_hint_tells_whether_the_executors_phone_can_be_rung(status: str, phone: PhoneState) -> None:
    answer = Response(success=True, message="Extension Status", headers={"Status": status})
    client = ScriptedClient(ExtensionState=answer)
    assert await calls(client, RecordFiles(hint_context="internal")).executor_phone(ORDER) is phone
    assert dict(client.sent[0].headers) == {"Exten": "201", "Context": "internal"}


async def test_phone_is_unknown_where_nobody_can_be_asked() -> None:
    hints = RecordFiles(hint_context="internal")
    refused = Response(success=False, message="Permission denied", headers={"Status": "4"})
    for answer in (refused, LinkLost("gone"), ActionTimeout("late")):
        assert await calls(ScriptedClient(ExtensionState=answer), hints).executor_phone(ORDER) is (
            PhoneState.UNKNOWN
        )
    assert await calls(None, hints).executor_phone(ORDER) is PhoneState.UNKNOWN
    unsafe = replace(ORDER, executor="Local/a@b")
    assert await calls(ScriptedClient(), hints).executor_phone(unsafe) is PhoneState.UNKNOWN
    silent = ScriptedClient()
    assert await calls(silent, RecordFiles()).executor_phone(ORDER) is PhoneState.UNKNOWN
    assert silent.sent == []


async def test_our_attempts_in_the_records_are_listed_with_their_first_trace(tmp_path: Path) -> None:
    pbx = calls(ScriptedClient(), files(tmp_path, cel=True, cdr=True))
    found = await pbx.attempts_since(CLAIMED - timedelta(minutes=1))
    assert found == {ORDER.attempt_id: CLAIMED + timedelta(seconds=1)}
    assert await pbx.attempts_since(CLAIMED + timedelta(hours=1)) == {}
    missing = calls(ScriptedClient(), RecordFiles(cel=tmp_path / "nobody"))
    assert await missing.attempts_since(CLAIMED) == {}
