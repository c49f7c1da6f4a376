"""One instance of the sample PBX: its addresses, its times, its people."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from launcher.errors import SampleError


@dataclass(frozen=True, kw_only=True, slots=True)
class Phone:
    """A person's telephone: a desk phone, or a browser when `webrtc`."""

    extension: str
    name: str
    webrtc: bool = False


OPERATORS = (
    Phone(extension="101", name="Иванова Анна"),
    Phone(extension="102", name="Петров Олег"),
    Phone(extension="103", name="Сидорова Мария"),
    Phone(extension="111", name="Кузнецов Илья", webrtc=True),
    Phone(extension="112", name="Орлова Дарья", webrtc=True),
)
EXECUTORS = (
    Phone(extension="201", name="Васильев Пётр"),
    Phone(extension="202", name="Громова Елена"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What the templates need besides secrets. Times are seconds."""

    host: str = "127.0.0.1"
    sip_port: int = 5160
    ami_port: int = 5138
    http_port: int = 8188
    agi_port: int = 4573
    rtp_start: int = 17000
    rtp_end: int = 17999
    trunk_host: str = "127.0.0.2"
    trunk_port: int = 5170
    system_name: str = "sample"
    ami_user: str = "callcenter"
    number: str = "8005550640"
    queue: str = "support"
    strategy: str = "rrmemory"
    ring_timeout: int = 20
    queue_retry: int = 1
    queue_timeout: int = 120
    queue_length: int = 20
    wrapup: int = 5
    announce_frequency: int = 45
    agi_patience: int = 3
    callback_ring: int = 30
    callback_executor_ring: int = 20
    static_hours: str = "09:00-17:59,mon-fri,*,*,Europe/Moscow"
    welcome: str = "custom/hotline-welcome"
    sorry: str = "custom/hotline-busy"
    closed: str = "custom/hotline-closed"
    callback_hello: str = "custom/hotline-callback"
    callback_sorry: str = "custom/hotline-callback-sorry"
    callback_machine: str = "beep&beep"
    operators: tuple[Phone, ...] = field(default=OPERATORS)
    executors: tuple[Phone, ...] = field(default=EXECUTORS)

    def with_changes(self, changes: dict[str, str]) -> Settings:
        """A copy with text values from the command line put in; raises SampleError for a wrong one."""
        kinds = {f.name: type(getattr(self, f.name)) for f in fields(self)}
        typed: dict[str, Any] = {}
        for name, text in changes.items():
            if kinds.get(name) is int and re.fullmatch(r"[0-9]{1,5}", text):
                typed[name] = int(text)
            elif kinds.get(name) is str and re.fullmatch(r"[^\x00-\x1f;\[\]\\@]*", text):
                typed[name] = text
            else:
                raise SampleError(f"--set {name}={text}: no such setting, or not a value for it")
        return replace(self, **typed)

    def words(self) -> dict[str, str]:
        """The templates' words for these settings."""
        plain = {f.name.upper(): str(getattr(self, f.name)) for f in fields(self)}
        return {**plain, "TRUNK_NUMBER": f"7{self.number}"}

    def hotline_forms(self) -> list[str]:
        """Every form in which a carrier may send the hotline's number."""
        return [f"8{self.number}", f"+7{self.number}", f"7{self.number}", self.number]


def default_run_directory() -> Path:
    """Where the demonstration's instance keeps its configuration and records."""
    base = os.environ.get("XDG_STATE_HOME") or Path("~/.local/state").expanduser()
    return Path(base) / "hotline-callcenter" / "pbx"
