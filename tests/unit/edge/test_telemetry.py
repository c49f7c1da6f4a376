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


@pytest.mark.parametrize(
    "text",
    [
        "tel:+79161234567",
        "sip:79161234567@pbx",
        "PJSIP/79161234567-0000001a",
        "Local/89161234567@callback-0001;1",
        "he called from 89161234567.",
        "8 (916) 123-45-67",
        "+7 916 123-45-67",
        "79161234567-79161234567",
    ],
)
def test_a_number_is_masked_whatever_stands_around_it(text: str) -> None:
    assert "4567" not in telemetry.masked(text).replace("-", "").replace(" ", "")


@pytest.mark.parametrize(
    "text",
    ["main-1795355490.12", "1795355490.123456", "2026-11-22T10:11:12.123456Z", "rows 12345678901234567890"],
)
def test_instants_and_call_ids_stay_readable(text: str) -> None:
    assert telemetry.masked(text) == text


@pytest.mark.usefixtures("restored_logging")
@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_is_masked_too_and_shows_no_variables(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    telemetry.set_up_logs(level="info", form=form)

    def sign_in(password: str) -> None:
        raise ValueError(f"bad number 89161234567 of ivan@example.org, {len(password)} letters")

    word = "-".join(("correct", "horse"))  # its text stands in no line of source that a traceback quotes
    try:
        sign_in(word)
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("some.library").exception("failed")
    said = capsys.readouterr().err
    assert said.count("13 letters") == 2
    assert "89161234567" not in said and "ivan@" not in said and word not in said


@pytest.mark.usefixtures("restored_logging")
@pytest.mark.parametrize("form", ["json", "console"])
def test_hostile_text_neither_forges_a_line_nor_commands_the_terminal(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    telemetry.set_up_logs(level="info", form=form)
    hostile = "Ivan\r\n2026-11-22 [info] signed in\x1b[2J\x9b5n"
    structlog.get_logger().warning(hostile, caller=hostile)
    logging.getLogger("some.library").error("refused %s", hostile)
    try:
        raise ValueError("\x1b]0;title\x07")
    except ValueError:
        structlog.get_logger().exception("failed")
    said = capsys.readouterr().err
    assert not any(line.startswith("2026-11-22 [info]") for line in said.split("\n"))
    assert not {"\x1b[2J", "\x9b", "\x1b]", "\x07", "\r"} & {
        said[i : i + n] for i in range(len(said)) for n in (1, 2, 4)
    }


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
