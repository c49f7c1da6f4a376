"""What can go wrong, as one line for the person at the terminal and one exit code for the caller."""

from __future__ import annotations

FAILED = 1
CANNOT_RUN_HERE = 3


class SampleError(Exception):
    """Something failed; the message is one line."""

    exit_code = FAILED


class CannotRunHere(SampleError):
    """This machine lacks what the sample needs; the caller goes on without a PBX."""

    exit_code = CANNOT_RUN_HERE
