"""The whole program as `callcenter serve` builds it, on a database and a moment of one's choice.

    python -m tests.bench.served_program sqlite:///house.db 18200 2026-11-12T14:30:00+00:00

Its clock goes on from that moment, so that a generated year has a present day. Nothing closes tickets by itself.
"""

import asyncio
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from callcenter.bootstrap import Program, until_stopped
from callcenter.clock import SystemClock
from config.settings import Settings


def moved_to(moment: datetime) -> None:
    """Let every clock of this process begin at this moment."""
    shift = moment - datetime.now(UTC)
    SystemClock.now = lambda self: datetime.now(UTC) + shift  # type: ignore[method-assign]


async def serve(url: str, port: int, folder: Path) -> None:
    """Serve until SIGTERM."""
    settings = Settings.model_validate(
        {
            "database": {"url": url},
            "web": {"port": port},
            "agi": {"enabled": False},
            "desk": {"close_after_days": 0},
            "public": {"key_file": folder / "key", "attachments_dir": folder / "files"},
            "mail": {"files_dir": folder / "mail"},
        }
    )
    async with Program(settings) as program:
        print("ready", flush=True)
        await until_stopped(program)


if __name__ == "__main__":
    moved_to(datetime.fromisoformat(sys.argv[3]))
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(serve(sys.argv[1], int(sys.argv[2]), Path(name)))
