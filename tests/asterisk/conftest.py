"""A real Asterisk with the sample configuration, started once for all tests of this folder.

No test is skipped: where Asterisk cannot run, they fail and say why, unless CALLCENTER_NO_PBX=1 leaves them out.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.asterisk.observer import Observer, observing
from tests.asterisk.sample_pbx import SamplePbx, running_sample, worker

LEFT_OUT = os.environ.get("CALLCENTER_NO_PBX") == "1"
collect_ignore_glob = ["test_*.py"] if LEFT_OUT else []


def pytest_report_header() -> str:
    """Say whether the real Asterisk takes part."""
    return "real Asterisk: " + ("left out, CALLCENTER_NO_PBX=1 is set" if LEFT_OUT else "takes part")


@pytest.fixture(scope="session")
def pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SamplePbx]:
    """The running PBX; short times, open at all hours when the program is away."""
    with running_sample(tmp_path_factory.mktemp("pbx"), worker()) as sample:
        yield sample


@pytest.fixture
async def ami(pbx: SamplePbx) -> AsyncIterator[Observer]:
    """A logged-in AMI connection of the program's account; whatever a test leaves on the line is hung up."""
    async with observing(pbx.facts) as observer:
        yield observer
        await observer.hang_up_everything()
