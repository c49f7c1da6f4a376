"""Events are untrusted input: what is needed must be there once and look right; the rest is not looked at."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ami.events import (
    AgentRingNoAnswer,
    ChannelFacts,
    Hangup,
    MalformedEvent,
    Newchannel,
    OriginateResponse,
    QueueMember,
    Shutdown,
    UserEvent,
    parse,
    unescape,
)
from ami.framing import headers_of
from tests.unit.ami.event_table import CAPTURES

MESSAGES = [
    headers_of(message)
    for path in sorted(CAPTURES.glob("*.all.ami"))
    for message in path.read_bytes().split(b"\r\n\r\n")[:-1]
]
KNOWN = [headers for headers in MESSAGES if parse(headers, arrived_at=datetime(2026, 11, 22, tzinfo=UTC))]
NEWCHANNEL = next(headers for headers in KNOWN if headers["Event"] == "Newchannel")
CHANNEL = (
    "Channel", "ChannelState", "CallerIDNum", "CallerIDName", "Context", "Exten", "Uniqueid", "Linkedid"
)  # fmt: skip
NEEDED = {
    "Newchannel": CHANNEL,
    "Newstate": CHANNEL,
    "Hangup": (*CHANNEL, "Cause"),
    "DialBegin": tuple(f"Dest{name}" for name in CHANNEL),
    "DialState": (*(f"Dest{name}" for name in CHANNEL), "DialStatus"),
    "DialEnd": (*(f"Dest{name}" for name in CHANNEL), "DialStatus"),
    "BridgeEnter": (*CHANNEL, "BridgeUniqueid"),
    "BridgeLeave": (*CHANNEL, "BridgeUniqueid"),
    "QueueCallerJoin": (*CHANNEL, "Queue", "Position"),
    "QueueCallerLeave": (*CHANNEL, "Queue"),
    "QueueCallerAbandon": (*CHANNEL, "Queue"),
    "AgentCalled": (*CHANNEL, *(f"Dest{name}" for name in CHANNEL), "Queue", "Interface"),
    "AgentConnect": (*CHANNEL, *(f"Dest{name}" for name in CHANNEL), "Queue", "Interface"),
    "AgentComplete": (*CHANNEL, "Queue", "Interface", "TalkTime"),
    "AgentRingNoAnswer": (*CHANNEL, "Queue", "Interface", "RingTime"),
    "QueueMemberStatus": (
        "Queue",
        "Interface",
        "StateInterface",
        "MemberName",
        "Status",
        "Paused",
        "PausedReason",
    ),
    "OriginateResponse": ("Response", "Reason", "Uniqueid"),
    "UserEvent": ("UserEvent",),
}


@pytest.mark.parametrize(
    ("event", "header"), [(event, header) for event in NEEDED for header in NEEDED[event]]
)
def test_event_without_a_header_it_needs_is_malformed(event: str, header: str) -> None:
    whole = next(headers for headers in KNOWN if headers["Event"] == event)
    without = {name: value for name, value in whole.items() if name != header}
    with pytest.raises(MalformedEvent) as raised:
        parse(without)
    assert (raised.value.event, raised.value.header, raised.value.problem) == (event, header, "is missing")


@pytest.mark.parametrize(
    ("event", "header"), [(event, header) for event in NEEDED for header in NEEDED[event]]
)
def test_event_with_a_needed_header_twice_is_malformed(event: str, header: str) -> None:
    whole = next(headers for headers in KNOWN if headers["Event"] == event)
    with pytest.raises(MalformedEvent, match="is repeated"):
        parse({**whole, header: [str(whole[header]), "forged"]})


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Timestamp", "0000000000.000000"),
        ("Timestamp", "1795355490"),
        ("Timestamp", "٣٣٣٣٣٣٣٣٣٣.000000"),
        ("ChannelState", "eleven"),
        ("ChannelState", "99"),
        ("ChannelState", "-1"),
        ("Uniqueid", ""),
        ("Uniqueid", "a b"),
        ("Linkedid", "1\n2"),
        ("Uniqueid", "x" * 200),
    ],
)
def test_impossible_value_is_malformed(header: str, value: str) -> None:
    with pytest.raises(MalformedEvent, match=header):
        parse({**NEWCHANNEL, header: value})


def test_event_nobody_uses_is_none_and_its_headers_are_not_looked_at() -> None:
    assert parse({"Event": "VarSet", "Timestamp": "nonsense"}) is None
    assert parse({"Response": "Success"}) is None


def test_two_event_headers_are_malformed() -> None:
    with pytest.raises(MalformedEvent):
        parse({**NEWCHANNEL, "Event": ["Newchannel", "Hangup"]})


def test_instant_is_the_one_asterisk_stamped() -> None:
    event = parse(
        {**NEWCHANNEL, "Timestamp": "1795355490.921117"}, arrived_at=datetime(2030, 1, 1, tzinfo=UTC)
    )
    assert isinstance(event, Newchannel)
    assert event.at == datetime(2026, 11, 22, 13, 51, 30, 921117, tzinfo=UTC)


def test_time_of_arrival_stands_in_when_asterisk_does_not_stamp_its_events() -> None:
    arrived = datetime(2026, 11, 22, 10, tzinfo=UTC)
    unstamped = {name: value for name, value in NEWCHANNEL.items() if name != "Timestamp"}
    event = parse(unstamped, arrived_at=arrived)
    assert event is not None and event.at == arrived
    with pytest.raises(MalformedEvent, match="Timestamp"):
        parse(unstamped)


def test_name_is_unescaped_and_free_of_control_characters() -> None:
    event = parse({**NEWCHANNEL, "CallerIDName": 'O\\\'Брайен\\r\\nEvent: Hangup\\t\\"x\\"\x07'})
    assert isinstance(event, Newchannel)
    assert event.channel.caller_name == 'O\'БрайенEvent: Hangup"x"'


def test_number_keeps_what_the_other_side_sent_but_no_control_characters() -> None:
    for sent, kept in (
        ("anonymous", "anonymous"),
        ("<unknown>", "<unknown>"),
        ("", ""),
        ("+7 916\n1", "+7 9161"),
    ):
        event = parse({**NEWCHANNEL, "CallerIDNum": sent})
        assert isinstance(event, Newchannel)
        assert event.channel.caller_number == kept


def test_number_of_any_length_is_bounded() -> None:
    event = parse({**NEWCHANNEL, "CallerIDNum": "9" * 10_000})
    assert isinstance(event, Newchannel)
    assert len(event.channel.caller_number) == 256


@given(st.text(max_size=300))
def test_unescaped_name_never_holds_a_line_end(name: str) -> None:
    assert not set(unescape(name)) & set("\r\n\x00\x0b\x0c\x1b\x85\u2028\u2029")


@given(
    st.dictionaries(st.sampled_from([*NEWCHANNEL, "Queue", "Cause"]), st.text(max_size=40)),
    st.sampled_from([*NEEDED]),
)
def test_any_headers_give_an_event_or_a_malformed_event(headers: dict[str, str], name: str) -> None:
    try:
        event = parse({**headers, "Event": name})
    except MalformedEvent:
        return
    assert event is not None


def test_dialled_number_in_a_channel_variable_is_read() -> None:
    event = parse({**NEWCHANNEL, "ChanVariable": ["X=1", "DID=88005550640"]})
    assert isinstance(event, Newchannel)
    assert event.channel.did == "88005550640"


def test_channel_is_described_whole() -> None:
    event = parse(NEWCHANNEL)
    assert isinstance(event, Newchannel)
    assert isinstance(event.channel, ChannelFacts)
    assert event.channel.channel.startswith("PJSIP/")


def test_ring_time_of_a_missed_ring_is_milliseconds() -> None:
    event = next(parse(headers) for headers in KNOWN if headers["Event"] == "AgentRingNoAnswer")
    assert isinstance(event, AgentRingNoAnswer)
    assert event.ring_ms >= 2000


def test_sip_code_is_kept_where_asterisk_sends_it() -> None:
    codes = {event.tech_cause for headers in KNOWN if isinstance(event := parse(headers), Hangup)}
    assert codes == {"", "404", "480", "486", "503"}


def test_originate_response_without_an_action_id_is_known_by_the_channel() -> None:
    event = parse(
        {
            "Event": "OriginateResponse",
            "Timestamp": "1795355490.921117",
            "Response": "Failure",
            "Reason": "0",
            "Uniqueid": "cb-12345678",
        }
    )
    assert isinstance(event, OriginateResponse)
    assert (event.uniqueid, event.action_id, event.success) == ("cb-12345678", "", False)


@pytest.mark.parametrize(
    ("event", "changes", "header"),
    [
        ("OriginateResponse", {"Response": "Maybe"}, "Response"),
        ("QueueMemberStatus", {"Status": "9"}, "Status"),
        ("QueueMemberStatus", {"Queue": ""}, "Queue"),
        ("DialEnd", {"DialStatus": ""}, "DialStatus"),
        ("Hangup", {"Cause": "sixteen"}, "Cause"),
    ],
)
def test_value_outside_its_range_is_malformed(event: str, changes: dict[str, str], header: str) -> None:
    whole = next(headers for headers in KNOWN if headers["Event"] == event)
    with pytest.raises(MalformedEvent, match=f"header {header}"):
        parse({**whole, **changes})


def test_own_headers_of_a_user_event_are_apart_from_the_channels() -> None:
    event = next(
        e for headers in KNOWN if isinstance(e := parse(headers), UserEvent) and e.name == "CallbackDone"
    )
    assert [name for name, _ in event.fields][:2] == ["Attempt", "DialStatus"]
    assert event.field("dialstatus") in ("ANSWER", "BUSY", "NOANSWER", "CONGESTION", "CHANUNAVAIL")
    assert event.field("absent") == ""


def test_member_is_watched_through_his_state_interface() -> None:
    members = {
        (event.interface, event.endpoint)
        for headers in KNOWN
        if isinstance(event := parse(headers), QueueMember)
    }
    assert ("Local/101@members", "PJSIP/101") in members


def test_shutdown_says_whether_asterisk_comes_back() -> None:
    event = parse({"Event": "Shutdown", "Timestamp": "1795355490.921117", "Restart": "True"})
    assert event == Shutdown(at=event.at, restart=True) if event else False
