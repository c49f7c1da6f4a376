"""Asterisk asks whether the hotline is open; the answer comes from the same calendar as everything else."""

from collections.abc import Callable, Mapping
from datetime import datetime

from ami.agi import AgiQuestion


class HotlineDoor:
    """Answers FastAGI's question `hotline` with `HOTLINE_STATE` = open or closed. Regulation: 1.3."""

    def __init__(self, is_open: Callable[[datetime], bool], now: Callable[[], datetime]) -> None:
        self._is_open = is_open
        self._now = now

    async def __call__(self, question: AgiQuestion) -> Mapping[str, str]:
        """The channel variables for the call that asks.

        Raises:
            ValueError: not our question; the dialplan goes on with its static hours.
        """
        if question.script != "hotline":
            raise ValueError(f"no answer to {question.script!r}")
        return {"HOTLINE_STATE": "open" if self._is_open(self._now()) else "closed"}
