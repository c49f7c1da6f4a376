"""The examples in the docstrings of `sla` are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import sla

MODULES = sorted(module.name for module in pkgutil.iter_modules(sla.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_the_module_hold(name: str) -> None:
    module = importlib.import_module(f"sla.{name}")
    outcome = doctest.testmod(module)
    assert outcome.failed == 0


def test_most_modules_have_examples() -> None:
    counts = [doctest.testmod(importlib.import_module(f"sla.{name}")).attempted for name in MODULES]
    assert sum(counts) >= 20
