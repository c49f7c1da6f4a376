"""Builders of AMI actions, the one place where a header value is checked before it goes to Asterisk.

Asterisk takes a bare LF as a line end and refuses a line over 1,024 bytes; panoramisk checks neither. Originate is
made from one fixed template: application, context form and variable names are constants, the number is digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ami.errors import UnsafeHeader

LONGEST_LINE: Final = 1024
ATTEMPT_VARIABLE: Final = "__ATTEMPT"
EXPIRY_VARIABLE: Final = "EXPIRES"
LISTEN_VARIABLE: Final = "LISTEN"
EXECUTOR_CONTEXT: Final = "callback-executor"
CLIENT_CONTEXT: Final = "callback-client"

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}\Z", re.ASCII)
_ENDPOINT: Final = re.compile(r"(PJSIP|SIP|IAX2|Local)/[A-Za-z0-9_.@-]{1,80}\Z", re.ASCII)
_PHONE: Final = re.compile(r"PJSIP/([A-Za-z0-9][A-Za-z0-9_-]{0,39})\Z", re.ASCII)
_EXTENSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}\Z", re.ASCII)
_CONTEXT: Final = re.compile(r"[A-Za-z0-9_-]{1,79}\Z", re.ASCII)
_DIGITS: Final = re.compile(r"[0-9]{5,15}\Z", re.ASCII)
_ATTEMPT_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{7,79}\Z", re.ASCII)
_MODULE: Final = re.compile(r"[a-z0-9_]{1,60}\.so\Z", re.ASCII)
_DB_KEY: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}\Z", re.ASCII)
_QUEUE: Final = re.compile(r"[A-Za-z0-9_.-]{1,79}\Z", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """One checked action. `lists`: Asterisk answers with a list that ends in a `…Complete` event."""

    name: str
    headers: tuple[tuple[str, str], ...] = ()
    lists: bool = False

    def __post_init__(self) -> None:
        for name, value in (("Action", self.name), *self.headers):
            check_header(name, value)


def check_header(name: str, value: str) -> None:
    r"""Raise UnsafeHeader unless this header is one line that Asterisk takes.

    >>> check_header("Exten", "7916\nAction: Command")
    Traceback (most recent call last):
    ...
    ami.errors.UnsafeHeader: Exten: control characters are never sent
    """
    if _NAME.match(name) is None:
        raise UnsafeHeader("a header's name is letters and digits")
    if any(ord(letter) < 32 or 127 <= ord(letter) < 160 or letter in "\u2028\u2029" for letter in value):
        raise UnsafeHeader(f"{name}: control characters are never sent")
    try:
        line = f"{name}: {value}\r\n".encode()
    except UnicodeEncodeError as error:
        raise UnsafeHeader(f"{name}: not text that can be written as UTF-8") from error
    if len(line) > LONGEST_LINE:
        raise UnsafeHeader(f"{name}: a line over {LONGEST_LINE} bytes is refused by Asterisk")


def _of_form(form: re.Pattern[str], what: str, value: str) -> str:
    if form.match(value) is None:
        raise UnsafeHeader(f"not a valid {what}")
    return value


def login(username: str, secret: str, *, events: bool) -> Action:
    """Sign in; `events=False` makes a link that only carries actions."""
    return Action(
        name="Login",
        headers=(("Username", username), ("Secret", secret), ("Events", "on" if events else "off")),
    )


def ping() -> Action:
    """A sign of life; the answer carries Asterisk's clock."""
    return Action(name="Ping")


def core_show_channels() -> Action:
    """All live channels."""
    return Action(name="CoreShowChannels", lists=True)


def queue_status() -> Action:
    """All queues with their members and callers."""
    return Action(name="QueueStatus", lists=True)


def core_status() -> Action:
    """When Asterisk started and how many calls it has."""
    return Action(name="CoreStatus")


def core_settings() -> Action:
    """Asterisk's version and limits."""
    return Action(name="CoreSettings")


def list_commands() -> Action:
    """The actions this account may use; see `ami.privileges`."""
    return Action(name="ListCommands")


def db_get(family: str, key: str) -> Action:
    """One value of AstDB; the answer's rows hold `Val`, an Error means there is none."""
    return Action(
        name="DBGet",
        headers=(
            ("Family", _of_form(_DB_KEY, "AstDB family", family)),
            ("Key", _of_form(_DB_KEY, "AstDB key", key)),
        ),
        lists=True,
    )


def extension_state(extension: str, context: str) -> Action:
    """What Asterisk knows of the phone behind a hint: header `Status`, -1 where there is no such hint."""
    return Action(
        name="ExtensionState",
        headers=(
            ("Exten", _of_form(_EXTENSION, "extension", extension)),
            ("Context", _of_form(_CONTEXT, "context", context)),
        ),
    )


def hangup(channel_or_id: str, *, cause: int = 16) -> Action:
    """End one channel, by name or unique id. `cause` is Q.850."""
    return Action(name="Hangup", headers=(("Channel", channel_or_id), ("Cause", str(int(cause)))))


def queue_pause(*, endpoint: str, paused: bool, queue: str = "", reason: str = "") -> Action:
    """Pause or unpause a member in one queue, in all when `queue` is empty."""
    headers = [
        ("Interface", _of_form(_ENDPOINT, "endpoint", endpoint)),
        ("Paused", "true" if paused else "false"),
    ]
    if queue:
        headers.append(("Queue", _of_form(_QUEUE, "queue name", queue)))
    if reason:
        headers.append(("Reason", reason))
    return Action(name="QueuePause", headers=tuple(headers))


def originate_callback(
    *,
    attempt_id: str,
    executor: str,
    number: str,
    context: str = "callback",
    ring_seconds: int = 30,
    expires_at: int | None = None,
    listen: bool = False,
) -> Action:
    """Ring the executor, then send him to `number@context`, which dials the client.

    `ring_seconds` is the executor's leg only. The attempt's id becomes ChannelId, ActionID and Linkedid, so every
    event of both legs names it. After `expires_at` (Unix time) the dialplan does not dial the client any more.
    `listen`: the dialplan listens whether a machine answered before it joins the two.
    Raises UnsafeHeader unless each part has its fixed form.
    """
    number = _of_form(_DIGITS, "number: digits only", number)
    attempt_id = _of_form(_ATTEMPT_ID, "attempt id", attempt_id)
    if not 1 <= ring_seconds <= 300:
        raise UnsafeHeader("the executor's phone rings between 1 and 300 seconds")
    expiry = () if expires_at is None else (("Variable", f"{EXPIRY_VARIABLE}={int(expires_at)}"),)
    return Action(
        name="Originate",
        headers=(
            ("ActionID", attempt_id),
            ("Channel", _of_form(_ENDPOINT, "endpoint", executor)),
            ("ChannelId", attempt_id),
            ("Context", _of_form(_CONTEXT, "context", context)),
            ("Exten", number),
            ("Priority", "1"),
            ("Timeout", str(int(ring_seconds) * 1000)),
            ("CallerID", f"<{number}>"),
            ("Async", "true"),
            ("Variable", f"{ATTEMPT_VARIABLE}={attempt_id}"),
            *expiry,
            *_listening(listen),
        ),
    )


def _listening(listen: bool) -> tuple[tuple[str, str], ...]:
    return (("Variable", f"{LISTEN_VARIABLE}=1"),) if listen else ()


def module_loaded(module: str) -> Action:
    """Whether a module runs, by the dialplan function IFMODULE: header `Value` is `1` or `0`; `reporting` suffices."""
    name = _of_form(_MODULE, "module: <name>.so", module)
    return Action(name="Getvar", headers=(("Variable", f"IFMODULE({name})"),))


def originate_client_first(
    *, attempt_id: str, executor: str, number: str, ring_seconds: int, expires_at: int, listen: bool = False
) -> Action:
    """Ring the client through `number@callback-client`; who answers is sent to the executor's extension.

    `ring_seconds` is a bound on the client's leg; the dialplan's own limit is shorter. The dialplan decides whether
    the number may be dialled and whether the order comes too late. Raises UnsafeHeader unless each part has its form.
    """
    number = _of_form(_DIGITS, "number: digits only", number)
    attempt_id = _of_form(_ATTEMPT_ID, "attempt id", attempt_id)
    phone = _PHONE.match(executor)
    if phone is None:
        raise UnsafeHeader("not a valid executor's phone: PJSIP/<name>")
    if not 1 <= ring_seconds <= 300:
        raise UnsafeHeader("the client's phone rings between 1 and 300 seconds")
    return Action(
        name="Originate",
        headers=(
            ("ActionID", attempt_id),
            ("Channel", f"Local/{number}@{CLIENT_CONTEXT}/n"),
            ("ChannelId", attempt_id),
            ("OtherChannelId", f"{attempt_id}-2"),  # of itself Asterisk would append `;2`
            ("Context", EXECUTOR_CONTEXT),
            ("Exten", phone[1]),
            ("Priority", "1"),
            ("Timeout", str(int(ring_seconds) * 1000)),
            ("CallerID", f"<{number}>"),
            ("Async", "true"),
            ("Variable", f"{ATTEMPT_VARIABLE}={attempt_id}"),
            ("Variable", f"{EXPIRY_VARIABLE}={int(expires_at)}"),
            *_listening(listen),
        ),
    )
