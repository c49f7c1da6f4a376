"""The journal keeps every message as it came, within bounds, and gives it back to the reducer."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ami.framing import Framer, headers_of
from ami.journal import Journal, journal_files, masked, replay
from ami.reducer import reduce_all
from tests.unit.ami.event_table import CAPTURES, capture_bytes, capture_events, empty_board

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def messages(name: str) -> list[bytes]:
    return Framer().feed(capture_bytes(name))


def test_journal_replays_to_the_same_end(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "main")
    for message in messages("inbound_answered.all"):
        journal.write(message, NOW)
    journal.close()
    original = reduce_all(empty_board(), capture_events(capture_bytes("inbound_answered.all")))
    assert reduce_all(empty_board(), replay(journal_files(tmp_path, "main"))) == original


def test_capture_itself_can_be_replayed() -> None:
    path = CAPTURES / "inbound_answered.min.ami"
    assert list(replay([path])) == capture_events(path.read_bytes())


def test_message_put_aside_is_kept_with_its_reason_and_not_replayed(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "main")
    journal.write(b"Event: Hangup\r\nCause: x", NOW, put_aside="header Cause\r\nis not a number")
    journal.write(b"Event: Hangup", NOW)
    journal.write(b"Event: VarSet", NOW)
    journal.close()
    (path,) = journal_files(tmp_path, "main")
    (aside, _, _) = Framer().feed(path.read_bytes())
    assert headers_of(aside)["PutAside"] == "header Cause  is not a number"
    assert list(replay([path])) == []


def test_unstamped_event_is_replayed_at_its_arrival(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "main")
    journal.write(b"Event: FullyBooted\r\nUptime: 5", NOW)
    journal.close()
    assert [event.at for event in replay(journal_files(tmp_path, "main"))] == [NOW]


def test_journal_is_bounded_and_keeps_the_newest(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "main", file_bytes=1000, files=3)
    for number in range(200):
        journal.write(f"Event: E{number}".encode(), NOW)
    journal.close()
    paths = journal_files(tmp_path, "main")
    assert [path.name for path in paths] == ["main.ami.2", "main.ami.1", "main.ami"]
    assert all(path.stat().st_size <= 1000 for path in paths)
    kept = [headers_of(message)["Event"] for path in paths for message in Framer().feed(path.read_bytes())]
    assert kept == [f"E{number}" for number in range(200 - len(kept), 200)]


def test_journal_goes_on_after_a_restart(tmp_path: Path) -> None:
    for name in ("First", "Second"):
        journal = Journal(tmp_path, "main")
        journal.write(f"Event: {name}".encode(), NOW)
        journal.close()
    (path,) = journal_files(tmp_path, "main")
    assert [headers_of(message)["Event"] for message in Framer().feed(path.read_bytes())] == [
        "First",
        "Second",
    ]


def test_full_disk_is_counted_and_nothing_else(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.fail("this machine has no /dev/full to write to")
    (tmp_path / "main.ami").symlink_to(full)
    journal = Journal(tmp_path, "main")
    journal.write(b"Event: X", NOW)
    journal.flush()
    journal.close()
    journal.write(b"Event: Y", NOW)
    journal.flush()
    assert journal.failed == 4


def test_masked_journal_shows_no_number_and_no_name_and_still_replays() -> None:
    for path in CAPTURES.glob("*.all.ami"):
        hidden = [masked(message, keep={"88001234567"}) for message in Framer().feed(path.read_bytes())]
        text = b"\r\n\r\n".join(hidden)
        assert b"79161234567" not in text and b"79990001122" not in text and "Петров".encode() not in text
        assert len(reduce_all(empty_board(), capture_events(text + b"\r\n\r\n"))[1]) == len(
            reduce_all(empty_board(), capture_events(path.read_bytes()))[1]
        )


def test_mask_keeps_ids_times_and_the_hotlines_own_number() -> None:
    raw = b"Timestamp: 1795355490.921117\r\nUniqueid: 1795355490.0\r\nDID: 88001234567\r\nNum: 79161234567"
    assert masked(raw, keep={"88001234567"}) == raw.replace(b"79161234567", b"7********67")
