"""Nothing unsafe leaves for Asterisk: one line a header, fixed forms, one template for dialling."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ami import actions
from ami.actions import Action, extension_state, originate_callback, originate_client_first
from ami.errors import DangerousAccount, UnsafeHeader
from ami.privileges import dangerous_privileges, refuse_dangerous

GOOD: dict[str, Any] = {
    "attempt_id": "cb-0123456789abcdef",
    "executor": "PJSIP/101",
    "number": "79161234567",
    "context": "callback",
    "ring_seconds": 25,
}


@pytest.mark.parametrize(
    "bad", ["a\nAction: Command", "a\r\nx: y", "\x00", "a\x1bb", "\x7f", "\x85", "\u2028", "\ud800"]
)
def test_control_characters_are_never_sent(bad: str) -> None:
    with pytest.raises(UnsafeHeader):
        Action(name="Hangup", headers=(("Channel", bad),))


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_is_built_is_one_line_of_at_most_1024_bytes(name: str, value: str) -> None:
    try:
        Action(name="Ping", headers=((name, value),))
    except UnsafeHeader:
        return
    line = f"{name}: {value}\r\n".encode()
    assert len(line) <= 1024 and len(line.splitlines()) == 1 and b"\n" not in line[:-2]


def test_line_asterisk_would_refuse_is_refused_here() -> None:
    Action(name="Ping", headers=(("Reason", "я" * 500),))
    with pytest.raises(UnsafeHeader, match="1024 bytes"):
        Action(name="Ping", headers=(("Reason", "я" * 510),))


def test_callback_is_dialled_from_one_fixed_template() -> None:
    action = originate_callback(**GOOD)
    assert (action.name, dict(action.headers)) == (
        "Originate",
        {
            "ActionID": "cb-0123456789abcdef",
            "Channel": "PJSIP/101",
            "ChannelId": "cb-0123456789abcdef",
            "Context": "callback",
            "Exten": "79161234567",
            "Priority": "1",
            "Timeout": "25000",
            "CallerID": "<79161234567>",
            "Async": "true",
            "Variable": "__ATTEMPT=cb-0123456789abcdef",
        },
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"number": "+79161234567"},
        {"number": "7916123456w7"},
        {"number": "٧٩١٦١٢٣٤٥٦٧"},
        {"number": ""},
        {"number": "1" * 30},
        {"executor": "PJSIP/101&PJSIP/102"},
        {"executor": "System/true"},
        {"executor": "PJSIP/101\n"},
        {"executor": "PJSIP/101,opt"},
        {"context": "call back"},
        {"context": "x\ny"},
        {"attempt_id": "short"},
        {"attempt_id": "cb-0123,SHELL=1"},
        {"ring_seconds": 0},
        {"ring_seconds": 3600},
    ],
)
def test_callback_with_any_part_out_of_form_is_not_built(changes: dict[str, Any]) -> None:
    with pytest.raises(UnsafeHeader):
        originate_callback(**{**GOOD, **changes})


def test_other_actions_check_their_parts() -> None:
    assert dict(
        actions.queue_pause(endpoint="PJSIP/101", paused=True, queue="support", reason="обед").headers
    ) == {
        "Interface": "PJSIP/101",
        "Paused": "true",
        "Queue": "support",
        "Reason": "обед",
    }
    with pytest.raises(UnsafeHeader):
        actions.queue_pause(endpoint="PJSIP/101", paused=True, queue="a b")
    with pytest.raises(UnsafeHeader):
        actions.db_get("cb", "x/../y")
    with pytest.raises(UnsafeHeader):
        actions.hangup("PJSIP/1\r\nAction: Reload")


SAFE = {
    "Response": "Success",
    "Originate": "Originate a call.  (Priv: originate,all)",
    "CoreStatus": "Show PBX core status variables.  (Priv: system,reporting,all)",
    "Hangup": "Hangup channel.  (Priv: system,call,all)",
    "Ping": "Keepalive command.  (Priv: <none>)",
    "Odd": ["Twice.  (Priv: command,all)", "Twice."],
}


def test_account_of_least_privilege_passes() -> None:
    refuse_dangerous(SAFE)
    assert dangerous_privileges(SAFE) == frozenset()


@pytest.mark.parametrize(
    ("line", "privilege"),
    [
        ({"Command": "Execute Asterisk CLI Command.  (Priv: command,all)"}, "command"),
        ({"UpdateConfig": "Update basic configuration.  (Priv: config,all)"}, "config"),
        ({"DBPut": "Put DB entry.  (Priv: system,all)"}, "system"),
        ({"Reload": "Send a reload event.  (Priv: system,config,all)"}, "config"),
    ],
)
def test_account_equal_to_a_shell_is_refused(line: dict[str, str], privilege: str) -> None:
    with pytest.raises(DangerousAccount, match="write") as raised:
        refuse_dangerous({**SAFE, **line})
    assert privilege in raised.value.privileges


FIRST: dict[str, Any] = {
    "attempt_id": "cb-0123456789abcdef",
    "executor": "PJSIP/101",
    "number": "79161234567",
    "ring_seconds": 60,
    "expires_at": 1_800_000_000,
}


def test_client_is_rung_first_through_the_dialplans_own_table() -> None:
    action = originate_client_first(**FIRST)
    assert action.name == "Originate"
    assert action.headers == (
        ("ActionID", "cb-0123456789abcdef"),
        ("Channel", "Local/79161234567@callback-client/n"),
        ("ChannelId", "cb-0123456789abcdef"),
        ("OtherChannelId", "cb-0123456789abcdef-2"),
        ("Context", "callback-executor"),
        ("Exten", "101"),
        ("Priority", "1"),
        ("Timeout", "60000"),
        ("CallerID", "<79161234567>"),
        ("Async", "true"),
        ("Variable", "__ATTEMPT=cb-0123456789abcdef"),
        ("Variable", "EXPIRES=1800000000"),
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"executor": "SIP/101"},
        {"executor": "PJSIP/101,1"},
        {"executor": "PJSIP/"},
        {"number": "7916123456w"},
        {"number": "79161234567@internal"},
        {"attempt_id": "cb"},
        {"ring_seconds": 0},
        {"ring_seconds": 301},
    ],
)
def test_client_first_takes_nothing_but_its_own_forms(wrong: dict[str, Any]) -> None:
    with pytest.raises(UnsafeHeader):
        originate_client_first(**{**FIRST, **wrong})


def test_state_of_a_phone_is_asked_by_its_hint() -> None:
    assert extension_state("201", "internal").headers == (("Exten", "201"), ("Context", "internal"))
    for extension, context in (("201\n", "internal"), ("2 1", "internal"), ("201", "a b"), ("", "internal")):
        with pytest.raises(UnsafeHeader):
            extension_state(extension, context)
