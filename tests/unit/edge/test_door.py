"""A caller hears whether the hotline is open by the one business calendar."""

from datetime import UTC, datetime

import pytest

from ami.agi import AgiQuestion
from callcenter.phone.door import HotlineDoor
from sla.calendar import BusinessCalendar
from sla.spec import regulation_spec


def question(script: str = "hotline") -> AgiQuestion:
    return AgiQuestion(script=script, channel="PJSIP/trunk-1", uniqueid="1", caller="", arguments=())


@pytest.mark.regulation("1.3")
@pytest.mark.parametrize(
    ("moscow", "state"),
    [
        (datetime(2026, 11, 20, 5, 59, 59, tzinfo=UTC), "closed"),
        (datetime(2026, 11, 20, 6, 0, 0, tzinfo=UTC), "open"),
        (datetime(2026, 11, 20, 14, 59, 59, tzinfo=UTC), "open"),
        (datetime(2026, 11, 20, 15, 0, 0, tzinfo=UTC), "closed"),
        (datetime(2026, 11, 22, 9, 0, 0, tzinfo=UTC), "closed"),
    ],
)
async def test_the_caller_is_let_in_from_nine_to_six_moscow_time_on_working_days(
    moscow: datetime, state: str
) -> None:
    door = HotlineDoor(BusinessCalendar(regulation_spec()).is_open, lambda: moscow)
    assert await door(question()) == {"HOTLINE_STATE": state}


async def test_another_script_is_not_answered() -> None:
    door = HotlineDoor(lambda _: True, lambda: datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="no answer to 'shutdown'"):
        await door(question("shutdown"))
