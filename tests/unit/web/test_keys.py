"""The list of keys under `?` tells the truth: every key of a screen is in it, and it names no other."""

import re
from pathlib import Path

import callcenter.web

TEMPLATES = Path(callcenter.web.__file__).parent / "templates"
PRESSED_IN_SCRIPTS = {"J", "K"}
"""Rows of a list are walked by `desk.ts`, whatever the list is."""


def offered() -> set[str]:
    """Letters that a control of some screen answers to."""
    found: set[str] = set()
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r'data-hotkey="Key([A-Z])"', text))
        found |= set(re.findall(r"opener\([a-z_']+, '([A-Z])'", text))
    return found


def listed() -> set[str]:
    """Letters that the list names."""
    text = (TEMPLATES / "shortcuts.html").read_text(encoding="utf-8")
    return set(re.findall(r"<kbd>([A-Z])</kbd>", text))


def test_every_key_of_a_screen_is_in_the_list_and_every_listed_key_does_something() -> None:
    assert offered() | PRESSED_IN_SCRIPTS == listed()


def test_a_key_is_printed_on_the_control_that_answers_to_it() -> None:
    silent = []
    for path in TEMPLATES.rglob("*.html"):
        for tag, key, rest in re.findall(
            r'<(button|a|summary)\b[^>]*data-hotkey="Key([A-Z])"[^>]*>(.*?)</(?:button|a|summary)>',
            path.read_text(encoding="utf-8"),
            re.S,
        ):
            if f"<kbd>{key}</kbd>" not in rest and "<kbd>" not in rest:
                silent.append((path.name, tag, key))
    assert silent == []
