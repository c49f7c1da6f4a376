"""What those who watch the program are told."""

from callcenter.web.settings import WebSettings
from tests.unit.web.conftest import OpenOffice


async def fine() -> str | None:
    return None


async def stale() -> str | None:
    return "telephony stale since 12:00"


async def broken() -> str | None:
    raise ConnectionError("secret host name")


async def test_a_node_is_ready_only_when_every_part_is_well(open_office: OpenOffice) -> None:
    checks = {"database": fine, "telephony": stale, "redis": broken}
    office = await open_office(WebSettings(base_url="http://localhost:8080", health_checks=checks))
    answer = await office.client.get("/health/ready")
    assert answer.status == 503
    assert (await answer.json())["checks"] == {
        "database": "ok",
        "telephony": "telephony stale since 12:00",
        "redis": "ConnectionError",
    }
    assert (await office.client.get("/health/live")).status == 200


async def test_figures_are_offered_as_prometheus_text(open_office: OpenOffice) -> None:
    office = await open_office(
        WebSettings(
            base_url="http://localhost:8080", health_checks={"database": fine}, metrics=lambda: b"calls 1\n"
        )
    )
    assert (await office.client.get("/health/ready")).status == 200
    answer = await office.client.get("/metrics")
    assert answer.content_type == "text/plain"
    assert await answer.text() == "calls 1\n"


async def test_a_year_whose_days_off_are_not_decreed_is_a_warning_that_stops_nothing(
    open_office: OpenOffice,
) -> None:
    office = await open_office(
        WebSettings(
            base_url="http://localhost:8080",
            health_checks={"database": fine},
            unpublished_years=lambda now: [now.year + 1],
        )
    )
    answer = await office.client.get("/health/ready")
    next_year = office.clock.now().year + 1
    assert answer.status == 200
    assert (await answer.json())["warnings"] == {
        "calendar": f"no decree about moved working days is known for {next_year}"
    }
