"""Browser phones: WebRTC endpoints that register over the WebSocket with a secret of their own.

Calls in a real browser are tested in tests/browser.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

import aiohttp
import pytest

from tests.asterisk.observer import Observer
from tests.asterisk.sample_pbx import SamplePbx


@pytest.mark.parametrize("extension", ["111", "112"])
def test_browser_phones_speak_webrtc(pbx: SamplePbx, extension: str) -> None:
    endpoint = pbx.cli(f"pjsip show endpoint {extension}")
    for setting in ("webrtc", "dtls_auto_generate_cert", "use_avpf", "ice_support", "rtcp_mux"):
        assert re.search(rf"^ *{setting} +: (yes|true)$", endpoint, re.MULTILINE | re.IGNORECASE), setting


async def test_browser_phone_registers_and_is_a_free_operator(pbx: SamplePbx, ami: Observer) -> None:
    person = _operator(pbx, "111")
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(pbx.facts["websocket"], protocols=["sip"]) as phone,
    ):
        answer = await _register(phone, "111", person["secret"])
        assert answer.startswith("SIP/2.0 200 ")
        await ami.event("QueueMemberStatus", Interface="PJSIP/111", Status="1")
        gone = await _register(phone, "111", person["secret"], expires=0, sequence=3)
        assert gone.startswith("SIP/2.0 200 ")


async def test_browser_phone_with_anothers_secret_is_refused(pbx: SamplePbx) -> None:
    person = _operator(pbx, "112")
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(pbx.facts["websocket"], protocols=["sip"]) as phone,
    ):
        answer = await _register(phone, "111", person["secret"])
    assert answer.startswith("SIP/2.0 401 ")


def _operator(pbx: SamplePbx, extension: str) -> dict[str, Any]:
    (person,) = [one for one in pbx.facts["operators"] if one["extension"] == extension]
    assert person["webrtc"] is True
    return dict(person)


async def _register(
    phone: aiohttp.ClientWebSocketResponse, extension: str, secret: str, expires: int = 60, sequence: int = 1
) -> str:
    """REGISTER, answer the challenge, return the final answer."""
    await phone.send_str(_request(extension, expires, sequence, ""))
    challenge = await _answer(phone)
    assert challenge.startswith("SIP/2.0 401 "), challenge
    asked = dict(re.findall(r'(realm|nonce|opaque|algorithm)="?([^",\r]+)"?', challenge, re.IGNORECASE))
    await phone.send_str(_request(extension, expires, sequence + 1, _digest(extension, secret, asked)))
    return await _answer(phone)


async def _answer(phone: aiohttp.ClientWebSocketResponse) -> str:
    while True:
        message = await phone.receive_str(timeout=10)
        if message.startswith("SIP/2.0 "):
            return message


def _request(extension: str, expires: int, sequence: int, authorization: str) -> str:
    lines = [
        "REGISTER sip:pbx.invalid SIP/2.0",
        f"Via: SIP/2.0/WS browser.invalid;branch=z9hG4bK-{extension}-{sequence}",
        f"From: <sip:{extension}@pbx.invalid>;tag=browser",
        f"To: <sip:{extension}@pbx.invalid>",
        f"Call-ID: {extension}@browser.invalid",
        f"CSeq: {sequence} REGISTER",
        f"Contact: <sip:{extension}@browser.invalid;transport=ws>",
        f"Expires: {expires}",
        "Max-Forwards: 70",
        *([authorization] if authorization else []),
        "Content-Length: 0",
    ]
    return "\r\n".join(lines) + "\r\n\r\n"


def _digest(extension: str, secret: str, asked: dict[str, str]) -> str:
    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    uri = "sip:pbx.invalid"
    who, what = md5(f"{extension}:{asked['realm']}:{secret}"), md5(f"REGISTER:{uri}")
    response = md5(f"{who}:{asked['nonce']}:00000001:c0ffee:auth:{what}")
    return (
        f'Authorization: Digest username="{extension}", realm="{asked["realm"]}", nonce="{asked["nonce"]}", '
        f'uri="{uri}", response="{response}", algorithm=MD5, cnonce="c0ffee", nc=00000001, qop=auth, '
        f'opaque="{asked["opaque"]}"'
    )
