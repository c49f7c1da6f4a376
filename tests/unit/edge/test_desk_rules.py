"""The desk's rules as they come from the settings."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from callcenter.building.help_desk import desk_rules
from callcenter.domain.ticket import Kind
from config.settings import Settings
from sla.timeline import ClockName


@pytest.mark.regulation("2.6")
@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_request_has_a_target_in_the_running_program(kind: Kind) -> None:
    rules = desk_rules(Settings(), ZoneInfo("Europe/Moscow"))
    assert rules.terms.targets.of(ClockName.RESOLVE, kind) >= timedelta(minutes=30)
