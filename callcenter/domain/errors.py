"""Every error the application can report, on one screen: a stable `code`, a message key and its parameters.

HTTP status lives in `web/errors.py`; the Russian words live in the translation files. Expected outcomes
(busy, no answer, a duplicate event) are values and never appear here.
"""

from collections.abc import Mapping


class CallCenterError(Exception):
    """Base of all errors we raise on purpose; `code` is stable, `details` hold what the message needs."""

    code = "error"

    def __init__(self, message: str = "", **details: object) -> None:
        super().__init__(message or self.code)
        self.details: Mapping[str, object] = details


class InvalidInput(CallCenterError):
    """What was sent cannot be accepted; `problems` maps a field to a message key."""

    code = "invalid_input"

    def __init__(self, problems: Mapping[str, str], message: str = "") -> None:
        super().__init__(message, problems=dict(problems))
        self.problems = dict(problems)


class NotFound(CallCenterError):
    """There is no such thing, or the person may not know of it."""

    code = "not_found"


class Conflict(CallCenterError):
    """Somebody else changed it first; `details` say what it is now."""

    code = "conflict"


class TransitionRefused(Conflict):
    """The life cycle has no such step from the present status (`domain/lifecycle.py`)."""

    code = "transition_refused"


class Stale(Conflict):
    """The request names a version that is no longer the present one; `details` say what it is now."""

    code = "stale"


class InFlight(Conflict):
    """The same request (by its key) is being carried out right now; `retry_after` is in seconds."""

    code = "in_flight"


class AnswerLost(Conflict):
    """The request (by its key) was carried out before; its answer was lost in a crash, the change was not."""

    code = "answer_lost"


class KeyReused(InvalidInput):
    """An `Idempotency-Key` came a second time, with another request."""

    code = "key_reused"


class VersionRequired(CallCenterError):
    """The request changes something that others change too and does not say which version it saw."""

    code = "version_required"


class NotSignedIn(CallCenterError):
    """No valid session: sign in and come back, nothing typed is lost."""

    code = "not_signed_in"


class Forbidden(CallCenterError):
    """The policy function said no (`domain/people.py`)."""

    code = "forbidden"


class TooManyAttempts(CallCenterError):
    """A rate limit was met; `retry_after` is in seconds."""

    code = "too_many_attempts"


class Unavailable(CallCenterError):
    """The database or the PBX cannot be reached right now; nothing was accepted, try again later."""

    code = "unavailable"


class Misconfigured(CallCenterError):
    """The settings or the surroundings are wrong in a way a person must mend; the message says how."""

    code = "misconfigured"
