"""What a docstring shows is what the code does: every example in the five packages is run."""

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for package in ("ami", "callcenter", "config", "dialer", "sla")
    for path in (ROOT / package).rglob("*.py")
    if "node_modules" not in path.parts and ">>> " in path.read_text()
)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_a_module_hold(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted and not found.failed


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > 50
