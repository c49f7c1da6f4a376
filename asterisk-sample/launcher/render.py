"""Templates + settings + fresh secrets -> one directory of Asterisk configuration, and the connection file."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launcher.errors import SampleError
from launcher.settings import Phone, Settings

SAMPLE = Path(__file__).resolve().parent.parent
WORD = re.compile(r"@([A-Z][A-Z_]*)@")


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Directories as Asterisk will see them."""

    etc: str
    state: str
    modules: str = "/usr/lib/x86_64-linux-gnu/asterisk/modules"


def make_secrets(settings: Settings) -> dict[str, str]:
    """A secret for the AMI account and for each phone; nothing has a default one."""
    names = [settings.ami_user, *(phone.extension for phone in settings.operators + settings.executors)]
    return {name: secrets.token_urlsafe(24) for name in names}


def render(settings: Settings, keys: dict[str, str], places: Places, target: Path) -> None:
    """Write every template of `etc/` into `target`. Raises SampleError when a word has no value."""
    words = {
        **settings.words(),
        "ETC": places.etc,
        "STATE": places.state,
        "MODULES": places.modules,
        "AMI_SECRET": keys[settings.ami_user],
        "PHONES": "\n".join(_phone(phone, keys) for phone in settings.operators + settings.executors),
    }
    target.mkdir(parents=True, exist_ok=True)
    for template in sorted((SAMPLE / "etc").glob("*.conf")):
        write_private(target / template.name, _filled(template, words))


def copy_sounds(target: Path) -> None:
    """Put the sample's own announcements where the instance finds them as `custom/<name>`."""
    target.mkdir(parents=True, exist_ok=True)
    for sound in (SAMPLE / "sounds").glob("*.gsm"):
        shutil.copyfile(sound, target / sound.name)


def _filled(template: Path, words: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] not in words:
            raise SampleError(f"{template.name}: no value for {match[0]}")
        return words[match[1]]

    return WORD.sub(value, template.read_text(encoding="utf-8"))


def _phone(phone: Phone, keys: dict[str, str]) -> str:
    number = phone.extension
    kind = "browser" if phone.webrtc else "phone"
    return (
        f'[{number}]({kind})\nauth = {number}\naors = {number}\ncallerid = "{phone.name}" <{number}>\n\n'
        f"[{number}](login)\nusername = {number}\npassword = {keys[number]}\n\n"
        f"[{number}](place)\n"
    )


def connection(settings: Settings, keys: dict[str, str], run: Path) -> dict[str, Any]:
    """Everything that a program needs to work with this PBX, secrets included."""

    def described(phone: Phone) -> dict[str, Any]:
        return {
            "extension": phone.extension,
            "name": phone.name,
            "webrtc": phone.webrtc,
            "channel": f"PJSIP/{phone.extension}",
            "secret": keys[phone.extension],
        }

    state = run / "state"
    return {
        "pbx": settings.system_name,
        "ami": {
            "host": settings.host,
            "port": settings.ami_port,
            "username": settings.ami_user,
            "secret": keys[settings.ami_user],
        },
        "agi": {"host": settings.host, "port": settings.agi_port},
        "sip": {"host": settings.host, "port": settings.sip_port},
        "websocket": f"ws://{settings.host}:{settings.http_port}/ws",
        "trunk": {"host": settings.trunk_host, "port": settings.trunk_port, "channel": "PJSIP/trunk"},
        "hotline": {"forms": settings.hotline_forms(), "queue": settings.queue},
        "operators": [described(phone) for phone in settings.operators],
        "executors": [described(phone) for phone in settings.executors],
        "files": {
            "cel": str(state / "log" / "cel-custom" / "cel.json"),
            "cdr": str(state / "log" / "cdr-custom" / "cdr.json"),
            "log": str(state / "log" / "messages.log"),
        },
    }


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner and group may read, whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    with os.fdopen(
        os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    fresh.rename(path)


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in a JSON file, or None when there is no such file."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise SampleError(f"{path} is damaged ({error}); remove it") from error
    return dict(found)
