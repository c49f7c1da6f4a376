"""Children that cannot outlive their parent."""

from __future__ import annotations

import ctypes
import os
import signal
from pathlib import Path

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(death_signal: int = signal.SIGKILL) -> None:
    """Ask the kernel to send `death_signal` to this process when its parent dies; for `preexec_fn`."""
    _libc.prctl(PR_SET_PDEATHSIG, death_signal)


def follow_parent() -> None:
    """Let this process end with SIGTERM when the one that started it dies, also by kill -9."""
    parent = os.getppid()
    die_with_parent(signal.SIGTERM)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


def host_children(pid: int) -> list[int]:
    """Direct children of a process, as this namespace numbers them."""
    with Path(f"/proc/{pid}/task/{pid}/children").open() as listing:
        return [int(child) for child in listing.read().split()]
