"""Real SIP calls by SIPp: the carrier's callers, the operators' phones, the carrier as the called side."""

from __future__ import annotations

import os
import select
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from launcher.errors import CannotRunHere, SampleError
from launcher.lifetime import die_with_parent
from launcher.render import SAMPLE, read_json

SCENARIOS = SAMPLE / "sipp"
REGISTERED_FOR = 3600
"""Seconds: SIPp does not register again, and the longest proof takes a quarter of an hour."""
REGISTER_PATIENCE = 10.0
SIGN_OFF_PATIENCE = 2.0
CALL_PATIENCE = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """One kind of demonstration call. Times are milliseconds; `ring` is how long the operator lets it ring."""

    caller: str = "caller_hangs_up"
    number: str = "79160000001"
    name: str = ""
    phone: str | None = "answers"
    ring: int = 3000
    stay: int = 12000


STORIES = {
    "answered": Story(name="Незнакомый"),
    "known": Story(number="79161234567", name="Иван Петров"),
    "hidden": Story(caller="caller_hidden"),
    "abandoned": Story(phone="rings_for_ever", stay=9000),
    "unanswered": Story(caller="caller_waits", phone="rings_for_ever"),
    "waiting": Story(caller="caller_waits", phone=None),
}


def place_call(
    run: Path,
    kind: str,
    number: str | None = None,
    extension: str = "101",
    ring: int | None = None,
    stay: int | None = None,
) -> str:
    """Place one call of a known kind and return, in one line, how it ended; blocks until it is over."""
    facts = read_json(run / "connection.json")
    if facts is None:
        raise SampleError(f"no sample PBX has been started from {run}")
    story = STORIES[kind]
    story = replace(
        story,
        number=number or story.number,
        ring=story.ring if ring is None else ring,
        stay=story.stay if stay is None else stay,
    )
    with registered_phone(facts, extension, story.phone, story.ring) if story.phone else nullcontext():
        caller = start_caller(facts, story.caller, story.number, story.name, story.stay)
        code = caller.wait()
    shown = "a hidden number" if kind == "hidden" else story.number
    if code != 0:
        raise SampleError(f"the {kind} call from {shown} did not go as planned (SIPp ended with {code})")
    return f"the {kind} call from {shown} is over"


def start_caller(
    facts: dict[str, Any], scenario: str, number: str, name: str, stay: int, dial: str | None = None
) -> subprocess.Popen[bytes]:
    """Start one caller on the carrier's side; he stays `stay` milliseconds after the PBX answered."""
    host = facts["trunk"]["host"]
    keys = {"number": number, "name": name, "on_answer": "true"}
    wanted = ["-s", dial or facts["hotline"]["forms"][0], "-m", "1", "-timeout", str(CALL_PATIENCE)]
    if scenario != "caller_waits":
        wanted += ["-recv_timeout", str(stay)]
    return _sipp(facts, scenario, host, [*wanted, *_keys(keys)])


def start_carrier(
    facts: dict[str, Any], scenario: str, delay: int, calls: int, more: Sequence[str] = ()
) -> subprocess.Popen[bytes]:
    """Start the carrier's called side, for so many calls: what clients do when the PBX dials out by the trunk.

    `scenario`: the name of a `called_<name>.xml`, or the path of one's own without `.xml`. `more` are further options
    of SIPp, such as its log of messages.
    """
    trunk = facts["trunk"]
    options = ["-d", str(delay), "-m", str(calls), *more]
    name = scenario if scenario.startswith("/") else f"called_{scenario}"
    return _sipp(facts, name, trunk["host"], options, port=trunk["port"])


def start_phone_call(
    facts: dict[str, Any], extension: str, dial: str, stay: int, secret: str | None = None
) -> subprocess.Popen[bytes]:
    """Let a desk phone dial a number; it hangs up `stay` milliseconds after the answer."""
    options = ["-s", dial, "-m", "1", "-d", str(stay), *_keys({"extension": extension})]
    with _login(extension, secret or _person(facts, extension)["secret"]) as login:
        place = facts["sip"]["host"]
        return _sipp(facts, "phone_dials", place, [*options, *_login_file(login)], pass_fds=(login,))


@contextmanager
def registered_phone(
    facts: dict[str, Any], extension: str, scenario: str, delay: int, more: Sequence[str] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    """A desk phone that is registered when the block begins and signed off when it ends.

    `more` are further options of SIPp, such as `-rtp_echo`: the phone then speaks back what it hears.
    """
    host, port = facts["sip"]["host"], free_port(facts["sip"]["host"])
    calls = ["-oocsf", str(SCENARIOS / f"called_{scenario}.xml"), "-d", str(delay), "-m", "1000", *more]
    phone, registered = _registration(facts, extension, (host, port), REGISTERED_FOR, calls)
    try:
        if not registered:
            raise SampleError(f"phone {extension} could not register")
        yield phone
    finally:
        _end(phone)
        sign_off, _ = _registration(facts, extension, (host, port), 0, ["-m", "1"])
        _end(sign_off)  # signed off, or the PBX is gone: either way it knows this phone no longer


def _registration(
    facts: dict[str, Any], extension: str, place: tuple[str, int], expires: int, more: list[str]
) -> tuple[subprocess.Popen[bytes], bool]:
    """Start a phone that registers for so many seconds; whether the PBX agreed within its patience."""
    host, port = place
    told, tell = os.pipe()
    person = _person(facts, extension)
    keys = _keys({"expires": str(expires), "ready": f"echo registered > /dev/fd/{tell}"})
    try:
        with _login(extension, person["secret"]) as login:
            options = ["-s", extension, "-l", "1", *_login_file(login), *keys, *more]
            phone = _sipp(facts, "phone_registers", host, options, port=port, pass_fds=(tell, login))
    finally:
        os.close(tell)
    with os.fdopen(told, "rb") as listener:
        heard, _, _ = select.select([listener], [], [], REGISTER_PATIENCE if expires else SIGN_OFF_PATIENCE)
        return phone, bool(heard and listener.readline())


@contextmanager
def _login(extension: str, secret: str) -> Iterator[int]:
    """SIPp's file with a phone's name and secret, in memory: neither on the disk nor in the list of processes."""
    login = os.memfd_create("login")
    try:
        os.write(login, f"SEQUENTIAL\n[authentication username={extension} password={secret}]\n".encode())
        yield login
    finally:
        os.close(login)


def _login_file(descriptor: int) -> list[str]:
    return ["-inf", f"/dev/fd/{descriptor}"]


def _end(sipp: subprocess.Popen[bytes]) -> None:
    sipp.kill()
    sipp.wait()


def free_port(host: str) -> int:
    """A UDP port that nobody uses at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _sipp(
    facts: dict[str, Any],
    scenario: str,
    host: str,
    options: list[str],
    port: int | None = None,
    pass_fds: tuple[int, ...] = (),
) -> subprocess.Popen[bytes]:
    program = shutil.which("sipp")
    if program is None:
        raise CannotRunHere("SIPp is not installed: apt-get install sip-tester")
    sip = facts["sip"]
    place = ["-r", "100", "-i", host, "-mi", host, "-p", str(port or free_port(host)), "-nostdin"]
    file = SCENARIOS / f"{scenario}.xml"
    return subprocess.Popen(
        [program, f"{sip['host']}:{sip['port']}", "-sf", str(file), *place, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        pass_fds=pass_fds,
        preexec_fn=die_with_parent,
    )


def _keys(values: dict[str, str]) -> list[str]:
    return [part for name, value in values.items() for part in ("-key", name, value)]


def _person(facts: dict[str, Any], extension: str) -> dict[str, Any]:
    for person in facts["operators"] + facts["executors"]:
        if person["extension"] == extension and not person["webrtc"]:
            return dict(person)
    raise SampleError(f"{extension} is not a desk phone of this PBX")
