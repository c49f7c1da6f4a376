"""Options of the whole test run."""

from collections import defaultdict

import pytest
from hypothesis import settings

from callcenter.domain.regulation import CLAUSES

# the same examples each time: what was found is written down as an @example, what passed once passes again
settings.register_profile("house", derandomize=True, deadline=None)
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--regulation", action="store_true", help="print each clause with the tests marked with it"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for mark in item.iter_markers("regulation"):
            unknown = [clause for clause in mark.args if clause not in CLAUSES]
            if unknown or not mark.args:
                raise pytest.UsageError(f"{item.nodeid}: no such clause of the regulation: {unknown}")


def pytest_collection_finish(session: pytest.Session) -> None:
    if not session.config.getoption("--regulation"):
        return
    proofs: dict[str, list[str]] = defaultdict(list)
    for item in session.items:
        for mark in item.iter_markers("regulation"):
            for clause in mark.args:
                proofs[clause].append(item.nodeid)
    for clause, title in CLAUSES.items():
        print(f"\n{clause}  {title}")
        print("\n".join(f"    {test}" for test in proofs[clause]) or "    (no test yet)")
    session.items.clear()
