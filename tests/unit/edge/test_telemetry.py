"""Logs name no one: numbers, addresses and secrets are masked wherever they stand."""

import doctest
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from callcenter import telemetry


@pytest.fixture
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(telemetry).failed == 0


def test_numbers_addresses_and_secrets_are_masked_at_any_depth() -> None:
    event = telemetry.mask_personal(
        None,
        "info",
        {
            "event": "call from 89161234567",
            "ami_secret": "hunter2",
            "card": {"caller": "+79161234567", "mails": ["a@example.org"], "session_token": "abc"},
            "count": 3,
        },
    )
    assert event == {
        "event": "call from 8916*****67",
        "ami_secret": "***",
        "card": {"caller": "+7916*****67", "mails": ["***@example.org"], "session_token": "***"},
        "count": 3,
    }


@pytest.mark.usefixtures("restored_logging")
def test_our_logs_and_a_librarys_logs_come_out_as_one_masked_json_stream(
    capsys: pytest.CaptureFixture[str],
) -> None:
    telemetry.set_up_logs(level="info", form="json")
    structlog.get_logger().info("ringing", caller="+79161234567")
    logging.getLogger("some.library").warning("refused %s", "+79161234567")
    structlog.get_logger().debug("not shown")
    ours, theirs = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["caller"], ours["level"]) == ("ringing", "+7916*****67", "info")
    assert theirs["event"] == "refused +7916*****67"


@pytest.mark.usefixtures("restored_logging")
def test_a_traceback_is_masked_too(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.set_up_logs(level="info", form="json")
    try:
        raise ValueError("bad number 89161234567")
    except ValueError:
        structlog.get_logger().exception("failed")
    assert "89161234567" not in capsys.readouterr().err


def test_figures_are_asked_for_at_each_scrape() -> None:
    facts = {"CallEntered": 1.0}
    metrics = telemetry.Metrics(
        lambda: [
            telemetry.Figure(name="call_facts", help="Facts", values=facts, label="fact", counter=True),
            telemetry.Figure(name="live_streams", help="Streams", values={"": 3}),
        ]
    )
    metrics.event_to_commit.observe(0.003)
    facts["CallEntered"] = 2.0
    text = metrics.exposition().decode()
    assert 'callcenter_call_facts_total{fact="CallEntered"} 2.0' in text
    assert "callcenter_live_streams 3.0" in text
    assert 'callcenter_event_to_commit_seconds_bucket{le="0.005"} 1.0' in text


def test_two_programs_in_one_process_do_not_clash() -> None:
    first, second = telemetry.Metrics(lambda: ()), telemetry.Metrics(lambda: ())
    first.event_to_commit.observe(1)
    assert "seconds_count 0.0" in second.exposition().decode()
