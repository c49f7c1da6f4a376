"""Clients of ours who speak: what they say is made here, G.711 tone bursts as long as the words would be."""

from __future__ import annotations

import math
from pathlib import Path

from launcher.calls import SCENARIOS

RATE = 8000
"""Samples a second of G.711; each is one byte."""
GREETING = ((5.0, True),)
"""An answering machine: it tells its whole greeting without waiting for an answer."""
HELLO = ((0.3, False), (0.5, True), (6.0, False))
"""A person: one word, and then silence until somebody answers."""

Speech = tuple[tuple[float, bool], ...]


def speaking_client(folder: Path, name: str, speech: Speech) -> str:
    """A carrier scenario of SIPp whose client answers and says this; for `SamplePbx.carrier`."""
    voice = folder / f"{name}.ulaw"
    voice.write_bytes(b"".join(_tone(seconds) if aloud else _silence(seconds) for seconds, aloud in speech))
    text = (SCENARIOS / "called_answers.xml").read_text().replace("[media_port]", "[rtpstream_audio_port]")
    speak = f'<nop><action><exec rtp_stream="{voice},1,0,PCMU/8000"/></action></nop>'
    speaks = text.replace('  <recv request="BYE"', f'  {speak}\n  <recv request="BYE"')
    assert speaks.count("rtp_stream=") == 1
    (folder / f"{name}.xml").write_text(speaks)
    return str(folder / name)


def _tone(seconds: float) -> bytes:
    """A voice-like tone of 200 Hz."""
    period = bytes(_ulaw(int(8000 * math.sin(2 * math.pi * each / 40))) for each in range(40))
    return period * int(seconds * RATE / 40)


def _silence(seconds: float) -> bytes:
    return bytes([_ulaw(0)]) * int(seconds * RATE)


def _ulaw(sample: int) -> int:
    """One 16-bit sample as G.711 has it (ITU-T G.711, mu-law)."""
    sign, level = (0x80, -sample) if sample < 0 else (0, sample)
    level = min(level, 32635) + 132
    exponent = level.bit_length() - 8
    return ~(sign | exponent << 4 | level >> exponent + 3 & 0x0F) & 0xFF
